"""An earlier commit beside the working tree: make bench AGAINST=commit."""

import os
import shutil
import subprocess

import users
from kinds import MODELS, SUMMARY
from load import BUILD, ROOT, Nginx, asked, measured, wrk

TARGETS = ("return",) + SUMMARY + ("return.FUSION", "FUSION", "verify")
KERNEL_ROUNDS = 16
HTTP_ROUNDS = 12


class Version:
    """A tree, the model that it trained on the data, and what it built."""

    def __init__(self, tree, models, data):
        self.module = os.path.join(tree, "build",
                                   "ngx_http_keyauth_module.so")
        self.kernels = [os.path.join(tree, "build", "bench", "kernels"),
                        models, data]
        self.model = os.path.join(models, "keyauth.model")
        users.train(data, models, os.path.join(tree, "build", "keyauth"))


def commit_of(name):
    done = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--verify", "--short=7",
         name + "^{commit}"], capture_output=True, text=True)

    if done.returncode != 0:
        raise SystemExit("bench: there is no commit %s" % name)

    return done.stdout.strip()


def checkout(commit):
    """The commit's tree, built by its own Makefile; files stay for later."""
    tree = os.path.join(BUILD, "against", commit)

    if not os.path.exists(tree):
        part = tree + ".part"           # of one that was interrupted
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        archive = subprocess.Popen(["git", "-C", ROOT, "archive", commit],
                                   stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", part], stdin=archive.stdout,
                       check=True)
        if archive.wait() != 0:
            raise SystemExit("bench: git archive failed")
        os.rename(part, tree)

    # the make that started this one has options of its own
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES",
                           "MAKELEVEL")}
    subprocess.run(["make", "-s", "-C", tree, "-j%d" % os.cpu_count(), "all",
                    "build/bench/kernels"], env=env, check=True)

    return tree


def measure(name, data, worker, say):
    commit = commit_of(name)
    say("building %s, training both" % commit)
    tree = checkout(commit)
    versions = {"new": Version(ROOT, os.path.join(BUILD, "models"), data),
                "old": Version(tree, os.path.join(tree, "build", "models"),
                               data)}

    return {"commit": commit, "ns": kernels(versions, worker, say),
            "http": http(versions, say)}


def in_turns(versions, turn):
    """What comes second may find a slower machine: so each is, in turn."""
    return list(versions.items())[::-1 if turn % 2 else 1]


def kernels(versions, worker, say):
    say("kernels of both, %d turns" % KERNEL_ROUNDS)
    programs = {v: worker(it.kernels, "") for v, it in versions.items()}
    samples = {name: {v: [] for v in versions} for name in MODELS}

    for turn in range(KERNEL_ROUNDS):
        for name in MODELS:
            for v, program in in_turns(programs, turn):
                samples[name][v].append(program.time(name, turn)[0])

    for program in programs.values():
        program.close()

    return samples


def http(versions, say):
    say("requests to both, %d turns" % HTTP_ROUNDS)
    servers = {v: Nginx(it.model, v, module=it.module)
               for v, it in versions.items()}
    samples = {target: {v: [] for v in versions} for target in TARGETS}

    for turn in range(HTTP_ROUNDS):
        for target in TARGETS:
            path, text = asked(target)
            for v, nginx in in_turns(servers, turn):
                samples[target][v].append(measured(
                    lambda: wrk(nginx.url(path), text, 1), nginx.worker()))

    for nginx in servers.values():
        nginx.stop()

    return samples
