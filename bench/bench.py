#!/usr/bin/python3 -B
"""make bench: kernels and server against what they are measured by.

    bench/bench.py [--only PART,...] [--users N,...] [--against COMMIT]
    bench/bench.py --docs

What is compared is run in turns, A B C A B C, and each turn gives one ratio:
the table shows their median, least and largest.  All figures go to
build/bench/results.json; --docs measures nothing and writes
docs/performance.md from it.  Parts that --only leaves out keep the figures
they had.  The part "million" takes minutes, and is measured where --only names it.
--against measures the working tree against an earlier commit, and nothing else.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time

import against
import profiler
import report
import store
import users
from kinds import MODELS, SUMMARY
from load import (BUILD, CONNECTIONS, ROOT, SERVER_CORE, Flask, Nginx, Scraper,
                  ask, asked, body, h2load, measured, pin, wrk)
from machine import machine

RESULTS = os.path.join(BUILD, "results.json")
FORMAT = 3              # of the results: others are not read
TARGETS = ("return",) + SUMMARY + ("return.FUSION", "FUSION")
SHAPES = {"keep-alive": TARGETS + ("verify",), "new connections": TARGETS,
          "TLS 1.3": TARGETS, "HTTP/2, TLS 1.3": TARGETS}

KERNEL_ROUNDS = 8       # as many as there are batches of rows
HTTP_ROUNDS = 4
FLASK_ROUNDS = 3
METRICS_ROUNDS = 8
RELOAD_ROUNDS = 4
RELOAD_SECONDS = 4
SWITCHES = 15           # reloads whose time to the first answer is taken


def say(text):
    print("bench: " + text, flush=True)


class Worker:
    """A program that answers each line it gets with a line of numbers."""

    def __init__(self, command, last):
        self.process = subprocess.Popen(
            pin(SERVER_CORE, command), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"})
        self.names = []

        for line in self.process.stdout:
            if line.strip() == last:
                return
            self.names.append(line.strip())

        raise SystemExit("bench: %s failed" % command[0])

    def time(self, name, batch):
        self.process.stdin.write("%s %d\n" % (name, batch))
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()

        if not answer:
            raise SystemExit("bench: %s failed" % name)

        return [float(n) for n in answer]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Bench:
    def __init__(self, data):
        self.data = data
        self.models = os.path.join(BUILD, "models")
        self.peers = os.path.join(BUILD, "peers.joblib")
        self.model = os.path.join(self.models, "keyauth.model")
        self.trained = self.trained_peers = False
        self.kernels_program = os.path.join(BUILD, "kernels")

    def train(self, peers=False):
        """Both sides learn the same rows; once, for the parts that need it."""
        if not self.trained:
            self.trained = True
            say("training on " + os.path.relpath(self.data, ROOT))
            users.train(self.data, self.models)

        if peers and not self.trained_peers:
            self.trained_peers = True
            say("training the peers")
            subprocess.run([os.path.join(ROOT, "bench", "peers.py"), "train",
                            self.data, self.peers], check=True)

    def kernels(self):
        self.train(peers=True)
        say("kernels, %d turns" % KERNEL_ROUNDS)
        rows = os.path.join(BUILD, "rows.csv")
        command = [self.kernels_program, self.models, self.data]

        with open(rows, "w") as f:
            subprocess.run(command + ["rows"], stdout=f, check=True)

        ours = Worker(command, "")
        peers = Worker([os.path.join(ROOT, "bench", "peers.py"), "time",
                        self.peers, rows], "ready")
        samples = {name: [] for name in ours.names}
        samples.update({"sklearn." + name: [] for name in peers.names})
        again = []

        for turn in range(KERNEL_ROUNDS):
            for name in ours.names:
                ns, pairs = ours.time(name, turn)
                samples[name].append(ns)
                if name == "SVM":
                    again.append(pairs)

            for name in peers.names:
                ns, = peers.time(name, turn)
                samples["sklearn." + name].append(ns)

        ours.close()
        peers.close()

        return {"ns": samples, "pairs_again": sum(again) / len(again)}

    def http(self):
        self.train()
        say("requests to nginx, %d turns" % HTTP_ROUNDS)
        nginx = Nginx(self.model)
        worker = nginx.worker()
        samples = {s: {t: [] for t in SHAPES[s]} for s in SHAPES}

        for turn in range(HTTP_ROUNDS):
            for shape in SHAPES:
                for target in rotated(SHAPES[shape], turn):
                    samples[shape][target].append(measured(
                        lambda: load(nginx, shape, target), worker))

        nginx.stop()

        return samples

    def flask(self):
        self.train(peers=True)
        say("requests to Flask, %d turns" % FLASK_ROUNDS)
        nginx, flask = Nginx(self.model), Flask(self.peers)
        samples = {m: {"flask": [], "keyauth": []} for m in SUMMARY}

        for turn in range(FLASK_ROUNDS):
            for model in SUMMARY:
                samples[model]["flask"].append(
                    wrk(flask.url("predict"), body(model), 2,
                        connections=flask.connections))
                samples[model]["keyauth"].append(
                    wrk(nginx.url("predict"), body(model), 1))

        flask.stop()
        nginx.stop()

        return samples

    def metrics(self):
        """By RF, whose requests are the shortest but for the SVM's."""
        self.train()
        say("metrics, %d turns" % METRICS_ROUNDS)
        off = Nginx(self.model, "uncounted")
        on = Nginx(self.model, "counted", counted=True)
        servers = {"off": off, "on": on, "scraped": on}
        samples = {kind: [] for kind in servers}

        for turn in range(METRICS_ROUNDS):
            for kind in rotated(tuple(servers), turn):
                nginx = servers[kind]
                with (Scraper(nginx) if kind == "scraped"
                      else contextlib.nullcontext()):
                    samples[kind].append(measured(
                        lambda: wrk(nginx.url("predict"), body("RF"), 1),
                        nginx.worker()))

        off.stop()
        on.stop()

        return samples

    def reload(self):
        self.train()
        say("reloads, %d turns" % RELOAD_ROUNDS)
        other = os.path.join(BUILD, "other")
        users.train(users.synthetic(110, other, seed=2), other)
        models = [self.model, os.path.join(other, "keyauth.model")]
        nginx = Nginx(self.model, "reload")
        samples = {"with": [], "without": []}

        for turn in range(RELOAD_ROUNDS):
            for kind in rotated(("without", "with"), turn):
                samples[kind].append(
                    during_reloads(nginx, models, kind == "with"))

        samples["switch_ms"] = [switch(nginx, models[i % 2])
                                for i in range(SWITCHES)]
        nginx.stop()

        return samples

    def memory(self):
        self.train()
        say("memory")
        figures = {}

        for name, model in (("with", self.model), ("without", None)):
            nginx = Nginx(model, "memory")
            for target in MODELS:
                wrk(nginx.url("predict" if model else "return"),
                    body(target), 1)
            figures[name] = memory_of(nginx.worker())
            nginx.stop()

        figures["model"] = os.path.getsize(self.model)

        return figures

    def store(self):
        self.train()
        return store.measure(self.model, say)

    def million(self):
        self.train()
        return store.million(self.model, say, memory_of)

    def profile(self):
        self.train()
        say("where a request's time goes")
        nginx = Nginx(self.model)
        figures = profiler.profile(nginx, TARGETS)
        nginx.stop()

        return figures

    def users(self, counts, known):
        """Numbers of users that are not measured now keep their figures."""
        figures = {f["users"]: f for f in known}

        for n in counts:
            say("%d users" % n)
            figures[n] = users.measure(n, Worker, self.kernels_program)

        return [figures[n] for n in sorted(figures)]


def rotated(names, by):
    by %= len(names)
    return names[by:] + names[:by]


def load(nginx, shape, target):
    path, text = asked(target)

    if shape == "HTTP/2, TLS 1.3":
        return h2load(nginx.url(path, tls=True), text, 1)

    return wrk(nginx.url(path, tls=shape == "TLS 1.3"), text, 1,
               close=shape == "new connections")


def during_reloads(nginx, models, reloads):
    """A run of wrk; with reloads, to the other model's file each second."""
    client = subprocess.Popen(
        [sys.executable, "-c", "import load, json, sys\n"
         "print(json.dumps(load.wrk(sys.argv[1], load.body('RF'), %d)))"
         % RELOAD_SECONDS, nginx.url("predict")],
        cwd=os.path.join(ROOT, "bench"), stdout=subprocess.PIPE, text=True)

    for second in range(RELOAD_SECONDS if reloads else 0):
        time.sleep(0.5)
        nginx.configure(models[second % 2])
        nginx.reload()
        time.sleep(0.5)

    return json.loads(client.communicate()[0])


def switch(nginx, model):
    """Milliseconds from HUP to the first answer by the other model."""
    _, before, _ = ask(nginx.url("predict"), body("RF"))
    nginx.configure(model)
    start = time.monotonic()
    nginx.reload()

    while ask(nginx.url("predict"), body("RF"))[1] == before:
        if time.monotonic() - start > 10:
            raise SystemExit("bench: the model does not change")

    taken = (time.monotonic() - start) * 1000
    time.sleep(0.3)

    return taken


def memory_of(pid):
    figures = {}

    with open("/proc/%d/smaps_rollup" % pid) as f:
        for line in f:
            name, _, rest = line.partition(":")
            if rest.endswith("kB\n"):
                figures[name] = int(rest.split()[0])

    return {"private": figures["Private_Clean"] + figures["Private_Dirty"],
            "dirty": figures["Private_Dirty"], "pss": figures["Pss"],
            "rss": figures["Rss"]}


def read():
    """Earlier figures, to which a part's are added."""
    if os.path.exists(RESULTS):
        with open(RESULTS) as f:
            results = json.load(f)
        if results.get("format") == FORMAT:
            return results

    return {"format": FORMAT, "when": {}}


def main():
    parts = ("kernels", "http", "metrics", "flask", "reload", "memory",
             "store", "users", "profile")
    parser = argparse.ArgumentParser(description="Measures keyauth.")
    parser.add_argument("--only", default=",".join(parts))
    parser.add_argument("--users", default="10,110,500")
    parser.add_argument("--against", metavar="COMMIT")
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()

    os.makedirs(BUILD, exist_ok=True)
    results = read()

    if options.docs:
        report.write(results)
        return

    bench = Bench(os.path.join(ROOT, os.environ.get(
        "DATA", "trainer/synthetic.csv")))
    start = time.time()

    here = machine(bench.data)
    chosen = ["against"] if options.against else options.only.split(",")

    for part in chosen:
        if part not in parts + ("against", "million"):
            parser.error("no such part: " + part)
        results["when"][part] = "%s, %s" % (here["date"], here["commit"])
        if part == "users":
            results[part] = bench.users(
                [int(n) for n in options.users.split(",")],
                results.get(part, []))
        elif part == "against":
            results[part] = against.measure(options.against, bench.data,
                                            Worker, say)
        else:
            results[part] = getattr(bench, part)()

    results.update(here, connections=CONNECTIONS)

    with open(RESULTS, "w") as f:
        json.dump(results, f, indent=1)

    print(report.text(results))
    say("took %d s; figures are in %s" % (time.time() - start,
                                          os.path.relpath(RESULTS, ROOT)))


if __name__ == "__main__":
    main()
