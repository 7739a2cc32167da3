#!/usr/bin/python3

"""Faults and loads, and what has to hold through them, as one table.

    t/soak/soak.py [--quick] [ROW ...]

make soak runs all rows in about five minutes, in a network of its own;
--quick gives each a sixth of its time.  It fails if any row does.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time

from faults import ROWS as FAULTS
from replicate import ROWS as REPLICATION
from server import BUILD, MODELS, Server, keeps_connections, resident, \
    result, rows, summary, timings

CLIENT = os.path.join(BUILD, "soak", "client")
STATUSES = {"200", "400", "404", "413", "422"}


def seeds():
    """Valid bodies, each with its path."""
    some = list(rows())
    yield from ("/predict " + summary(m) for m in ("RF", "SVM", "XGB"))
    for model in ("RF", "SVM", "XGB", "FUSION"):
        _, press, release = random.choice(some)
        yield '/predict {"Model":"%s","Top":3,%s}' % (
            model, timings(press, release))
    yield '/predict {"Model":"FUSION","FAR":0.01,%s}' % timings(*some[0][1:])
    yield "/predict [%s,%s]" % (summary("RF"), summary("XGB"))
    for user, press, release in some[:3]:
        yield '/verify {"UserID":%s,"FAR":0.1,%s}' % (
            user, timings(press, release))
    yield '/verify {"UserID":%s,"Attempts":[{%s},{%s}]}' % (
        some[0][0], timings(*some[0][1:]), timings(*some[1][1:]))


def reloads(seconds):
    """HUP every 200 ms, two good models by turns and a bad one"""
    kept = keeps_connections()

    # without a watch, by reloads alone
    with Server(watch="off", http="keepalive_min_timeout 2s;" if kept
                else "") as server:
        bad = server.path("bad.model")
        with open(MODELS[0], "rb") as f:
            model = bytearray(f.read())
        model[len(model) // 2] ^= 1
        with open(bad, "wb") as f:
            f.write(model)

        answers = []
        for model in MODELS:
            server.install(model)
            pids = server.workers()
            server.hup()
            server.wait(lambda: not set(pids) & set(server.workers()))
            answers.append(answer(server))

        wrk = server.wrk(seconds, ["/predict " + summary("RF")], answers,
                         close=not kept)
        before = resident(server.pid())
        end = time.monotonic() + seconds - 1
        n = 0

        while time.monotonic() < end:
            server.install([MODELS[0], MODELS[1], bad][n % 3])
            server.hup()
            n += 1
            time.sleep(0.2)

        got = result(wrk)
        grown = resident(server.pid()) - before
        log = server.log()
        failed = got["status"] + got["broken"]
        good = (failed == 0 and got["strange"] == 0 and got["kinds"] == 2
                and grown <= 1024 and "[alert]" not in log
                and log.count("the file is damaged") >= n // 3 - 1 > 0)
        return good, ("%d reloads, %d requests, %d failed, %s, %d of "
                      "neither model, master %+d KiB, %d [alert]"
                      % (n, got["requests"], failed,
                         "lost connections included" if kept
                         else "each on its own connection",
                         got["strange"], grown, log.count("[alert]")))


def answer(server):
    """What wrk.lua takes for an answer of the model that serves now."""
    status, _, body = server.ask()
    return "%d %s %s" % (status, server.last.headers["Keyauth-Model"], body)


def swaps(seconds):
    """a new model each second under 32 kept connections, and none, by turns"""
    bodies = ["/predict " + summary("RF")]
    count = "location = /connections { stub_status; }"
    turns = seconds // 5

    with Server(server=count) as server:
        answers, took, pids = [answer(server)], [], server.workers()

        def install(model):
            """Milliseconds from the rename to an answer by the new model."""
            server.install(model)
            began = time.monotonic()
            swapped = server.wait(lambda: answer(server) != answers[0])
            took.append(1000 * (time.monotonic() - began))
            return swapped

        def load(each_second):
            """p99, and what was not as it should be"""
            # wrk tries the address with one connection more
            lost = server.connections() + connections + 2
            wrk = server.wrk(seconds // turns, bodies, answers, connections)
            for n in range(seconds // turns - 1):
                time.sleep(1)
                if each_second:
                    server.install(MODELS[n % 2])
            got = result(wrk)
            lost = server.connections() - lost
            return got["p99"], (got["status"] + got["broken"], lost,
                                got["strange"]), got["kinds"]

        connections = 32
        swapped = install(MODELS[1])
        answers.append(answer(server))

        for _ in range(10):
            server.install(MODELS[0])
            server.wait(lambda: answer(server) == answers[0])
            time.sleep(random.uniform(0, 0.2))
            swapped = swapped and install(MODELS[1])

        pairs = [(load(False), load(True)) for _ in range(turns)]
        ratio = sorted(one[0] / none[0] for none, one in pairs)[turns // 2]
        faults = [sum(f) for f in zip(*(one[1] for p in pairs for one in p))]
        kinds = min(one[2] for _, one in pairs)
        good = (swapped and faults == [0, 0, 0] and kinds == 2
                and max(took) <= 200 and ratio <= 1.5
                and server.workers() == pids and "[alert]" not in server.log())
        return good, ("%d failed, %d connections lost, %d of neither model; "
                      "p99 %.2f x that without; answers change within %.0f "
                      "ms, mean %.0f" % (*faults, ratio, max(took),
                                         sum(took) / len(took)))


def jittered(row, by):
    user, press, release = row
    moved = [[str(float(t) + by + random.uniform(-1.9, 1.9)) for t in times]
             for times in (press, release)]
    return '{"UserID":%s,"FAR":0.2,%s}' % (user, timings(*moved))


def kills(seconds):
    """kill -9 of a worker each second, claims and predictions under way"""
    some = list(rows())
    bodies = ["/predict " + summary("RF")]
    bodies += ["/verify " + jittered(random.choice(some), 1000 * i)
               for i in range(200)]
    http = "keyauth_replay_zone replays:1m window=1h;"

    with Server(http=http) as server:
        claim = next(c for c in (jittered(r, 5e5) for r in some)
                     if '"Accepted":true' in server.ask("/verify", c)[2])
        wrk = server.wrk(seconds, bodies)
        end = time.monotonic() + seconds - 1
        probes, kept, lost, slowest, n = [], 0, 0, 0, 0
        counts = [server.counted()]

        while time.monotonic() < end:
            for _ in range(8 - len(probes)):
                probes.append(server.connect())
            probes = [(p, server.ask(connection=p)[1]) for p in probes]
            victim = random.choice(server.workers())
            os.kill(victim, signal.SIGKILL)
            began = time.monotonic()
            server.wait(lambda: server.status() == 200)
            slowest = max(slowest, time.monotonic() - began)
            n += 1
            counts.append(server.counted())
            left = []

            # who is connected to the other worker notices nothing
            for probe, pid in probes:
                if pid == victim:
                    probe.close()
                    continue
                try:
                    kept += server.ask(connection=probe)[0] == 200
                    left.append(probe)
                except OSError:
                    lost += 1
            probes = left
            time.sleep(max(0, began + 1 - time.monotonic()))

        got = result(wrk)
        counts.append(server.counted())
        counted = (counts == sorted(counts)
                   and counts[-1] - counts[0] >= got["requests"])
        replayed = '"Reason":"replay"' in server.ask("/verify", claim)[2]
        two = server.wait(lambda: len(server.workers()) == 2)
        fresh = any('"Accepted":true' in server.ask("/verify",
                                                    jittered(r, 9e5))[2]
                    for r in some)
        good = (lost == 0 and kept > 0 and slowest <= 1 and replayed and fresh
                and counted and two and got["status"] == 0 and got["broken"] <= 16 * n)
        return good, ("%d kills, %d requests, %d broken off, %d of the other "
                      "worker's, answered after %.0f ms, replays %s, counters %s"
                      % (n, got["requests"], got["broken"], lost,
                         1000 * slowest,
                         "known" if replayed and fresh else "LOST",
                         "kept" if counted else "LOST"))


def mutants(count):
    """mutated bodies over HTTP, by structure and by byte"""
    text = "".join(s + "\n" for s in seeds())
    http = "keyauth_replay_zone replays:1m;"

    with Server(workers=1, http=http) as server:
        pids = server.workers()

        def send(n, seed):
            done = subprocess.run([CLIENT, "mutate", str(server.port), str(n),
                                   str(seed)], input=text, text=True,
                                  stdout=subprocess.PIPE, check=True)
            return eval(done.stdout)

        send(count // 10, 1)
        before = resident(pids[0])
        began = time.monotonic()
        got = send(count, 2)
        rate = count / (time.monotonic() - began)
        grown = resident(pids[0]) - before
        broken = got.pop("broken")
        log = server.log()
        crashed = server.workers() != pids or "exited on signal" in log
        good = (not crashed and set(got) <= STATUSES and broken == 0
                and sum(got.values()) == count and grown <= 1024
                and got.get("200", 0) > count / 100)
        return good, ("%d bodies, %.0f a second: %s; %d unanswered, worker "
                      "%+d KiB, %s" % (count, rate, ", ".join(
                          "%d x %s" % (got[k], k) for k in sorted(got)),
                          broken, grown, "CRASHED" if crashed
                          else "no crash"))


def crowd(count):
    """slow clients (one byte a second) and a tenth as many idle ones"""
    bodies = ["/predict " + summary("RF")]

    def p99(server):
        got = [result(server.wrk(2, bodies, connections=4)) for _ in range(3)]
        return sorted(g["p99"] for g in got)[1] / 1000, \
            sum(g["status"] + g["broken"] for g in got)

    with Server(main="worker_rlimit_nofile 32768;") as server:
        alone, failed = p99(server)
        client = subprocess.Popen(
            [CLIENT, "slow", str(server.port), str(count), str(count // 10)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = client.stdout.readline() == "ready\n"
        among, more = p99(server)
        held = sum(1 for pid in server.workers()
                   for _ in os.scandir("/proc/%d/fd" % pid))
        memory = sum(resident(pid) for pid in server.workers())
        client.stdin.close()
        client.wait()
        good = (ready and failed + more == 0 and among <= 3 * alone
                and held > 1.1 * count)
        return good, ("%d slow, %d idle: p99 %.2f ms, alone %.2f ms; %d "
                      "failed, workers hold %d MiB"
                      % (count, count // 10, among, alone, failed + more,
                         memory / 1024))


LOADS = [("reloads", reloads, 60), ("swaps", swaps, 60), ("kills", kills, 30),
         ("mutants", mutants, 1000000), ("crowd", crowd, 10000)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    names = [row[0] for row in LOADS + REPLICATION + FAULTS]
    parser.add_argument("--quick", action="store_true",
                        help="a sixth of the time")
    parser.add_argument("rows", nargs="*", metavar="ROW",
                        help=" ".join(names))
    options = parser.parse_args()

    if set(options.rows) - set(names):
        parser.error("rows are: %s" % " ".join(names))

    random.seed(1)
    began = time.monotonic()
    failed = 0

    for name, row, *size in LOADS + REPLICATION + FAULTS:
        if options.rows and name not in options.rows:
            continue
        good, text = row(*(s // 6 if options.quick else s for s in size))
        failed += not good
        print("%-11s %-8s %s\n%20s %s" % (name, "holds" if good else "FAILS",
                                          row.__doc__, "", text), flush=True)

    print("%d failed, %.0f s" % (failed, time.monotonic() - began))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
