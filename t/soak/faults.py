"""What the machine can do to a server: the rows of soak.py after the loads."""

import glob
import os
import random
import subprocess
import time

from server import Server, rows, timings

FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketime.so.1") or [""])[0]


def full_disk():
    """a full disk under the logs"""
    with Server() as server:
        small = server.path("small")
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs",
                        small], check=True)
        try:
            server.configure(error_log=small + "/error.log",
                             access_log=small + "/access.log")
            pids = server.workers()
            server.hup()
            server.wait(lambda: not set(pids) & set(server.workers()))
            good = sum(server.status() == 200 for _ in range(2000))
            used = os.statvfs(small)
            full = used.f_bfree == 0
            os.truncate(small + "/access.log", 0)

            # nginx does not try again in the second in which it was full
            logged = server.wait(lambda: server.status() == 200 and
                                 os.path.getsize(small + "/access.log"), 3)
            return (good == 2000 and full and logged,
                    "%d of 2000 answered, lines dropped while it was full, "
                    "%s again when there was room"
                    % (good, "logged" if logged else "NOT logged"))
        finally:
            server.stop()
            subprocess.run(["umount", small], check=True)


def no_log_folder():
    """the folder of the logs taken away"""
    with Server() as server:
        folder = server.path("logs")
        os.mkdir(folder)
        server.configure(access_log=folder + "/access.log")
        pids = server.workers()
        server.hup()
        server.wait(lambda: not set(pids) & set(server.workers()))
        os.rename(folder, server.path("gone"))
        answered = server.status() == 200
        pids = server.workers()
        server.hup()
        refused = server.wait(lambda: "logs/access.log\" failed"
                              in server.log())
        kept = server.workers() == pids and server.status() == 200
        os.rename(server.path("gone"), folder)
        server.hup()
        back = server.wait(lambda: not set(pids) & set(server.workers()))
        return (answered and refused and kept and back,
                "answers go on, the reload is refused and the old workers "
                "stay, the next one is taken")


def no_memory():
    """a zone of shared memory that is full, and one that finds no memory"""
    http = "keyauth_replay_zone replays:%s window=1h;"

    with Server(http=http % "32k") as server:
        some = list(rows())
        statuses, accepted, last = set(), 0, None

        for i in range(400):
            user, press, release = some[i % len(some)]
            moved = [[str(float(t) + 1000 * i + random.uniform(-9, 9))
                      for t in times] for times in (press, release)]
            body = '{"UserID":%s,"FAR":0.2,%s}' % (user, timings(*moved))
            status, _, text = server.ask("/verify", body)
            statuses.add(status)
            if '"Accepted":true' in text:
                accepted += 1
                last = body

        replay = '"Reason":"replay"' in server.ask("/verify", last)[2]
        bad = [line for line in server.log().splitlines()
               if "[alert]" in line or "[crit]" in line or "[emerg]" in line]

        pids = server.workers()
        server.configure(http=http % "200000000m")
        server.hup()
        refused = server.wait(lambda: "Cannot allocate memory" in server.log())
        kept = (server.workers() == pids and '"Reason":"replay"'
                in server.ask("/verify", last)[2])
        server.configure(http=http % "32k")
        server.hup()
        back = server.wait(lambda: not set(pids) & set(server.workers()))
        return (statuses == {200} and accepted > 150 and replay and not bad
                and refused and kept and back,
                "%d claims kept in 32 kB, the oldest gave way, the last is "
                "known; a reload to a zone larger than memory is refused, the "
                "next one is taken" % accepted)


def descriptors():
    """no descriptor left for a connection"""
    with Server(workers=1, connections=1024,
                main="worker_rlimit_nofile 64;") as server:
        pids = server.workers()
        first = server.connect()
        server.ask(connection=first)
        idle = [server.connect(timeout=1) for _ in range(100)]
        for one in idle:
            one.connect()
        full = server.wait(lambda: "Too many open files" in server.log())
        kept = server.ask(connection=first)[0] == 200
        for one in idle:
            one.close()
        began = time.monotonic()
        back = server.wait(lambda: server.status() == 200)
        took = time.monotonic() - began
        return (full and kept and back and server.workers() == pids,
                "who is connected is answered, who is not waits; all are "
                "%.1f s after descriptors are free" % took)


def clock():
    """the clock two days ahead, and back"""
    name = "/tmp/keyauth-soak-clock.%d" % os.getpid()

    def set_clock(offset):
        with open(name, "w") as f:
            f.write(offset + "\n")

    if not FAKETIME:
        return True, "SKIPPED: package faketime is not there"

    key = "soak"
    digest = subprocess.run(["sha256sum"], input=key, text=True,
                            capture_output=True).stdout.split()[0]
    tomorrow = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400))
    set_clock("+0")

    with Server(env={"LD_PRELOAD": FAKETIME, "FAKETIME_NO_CACHE": "1",
                     "FAKETIME_TIMESTAMP_FILE": name,
                     "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
                main="env FAKETIME_TIMESTAMP_FILE; env FAKETIME_NO_CACHE; "
                     "env FAKETIME_DONT_FAKE_MONOTONIC; env LD_PRELOAD;",
                http="keyauth_replay_zone replays:1m window=1h;") as server:
        with open(server.path("keys"), "w") as f:
            f.write("soak:%s:%s\n" % (digest, tomorrow))
        os.chmod(server.path("keys"), 0o644)
        server.configure(server="location = /keyed { keyauth_api_keys %s; "
                         "keyauth_predict; }" % server.path("keys"))
        pids = server.workers()
        server.hup()
        server.wait(lambda: not set(pids) & set(server.workers()))
        pids = server.workers()
        headers = {"Authorization": "Bearer " + key}

        def keyed():
            return server.status(path="/keyed", headers=headers)

        user, press, release = next(iter(rows()))
        claim = '{"UserID":%s,"FAR":0.2,%s}' % (user, timings(press, release))
        server.ask("/verify", claim)
        seen = [keyed()]

        for offset, wanted in (("+2d", 401), ("-2d", 200), ("+0", 200)):
            set_clock(offset)
            server.wait(lambda: keyed() == wanted, 3)
            seen.append(keyed())
            seen.append('"Reason":"replay"' in server.ask("/verify",
                                                          claim)[2])

        os.unlink(name)
        return (seen == [200, 401, True, 200, True, 200, True]
                and server.workers() == pids
                and server.status() == 200,
                "a key expires and is good again with it; replays are known "
                "all the time, by a clock that does not jump")


ROWS = [("disk", full_disk), ("logs", no_log_folder), ("zone", no_memory),
        ("files", descriptors), ("clock", clock)]
