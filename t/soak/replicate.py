"""The rows of soak.py about hosts that replicate their stores."""

import base64
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

from server import ROOT

sys.path[:0] = [ROOT + "/t/lib"]

import replicated as r      # noqa: E402

os.environ["PATH"] += ":/usr/sbin:/sbin"


def p99(lags):
    return sorted(lags)[len(lags) * 99 // 100] if lags else float("nan")


def fleet(seconds):
    """500 enrolments/s on three hosts: one killed, the engine killed, one
                     cut off and somebody forgotten there"""
    folder = tempfile.mkdtemp(prefix="keyauth-fleet-")
    os.chmod(folder, 0o755)
    r.certificate(folder)
    r.run(r.KEYAUTH, "key", "store", "--file", folder + "/key")
    r.bridge()
    engine = r.Engine(folder)
    balancer = r.Server(folder, "balancer")
    hosts = []
    try:
        engine.start()
        hosts += [r.Host(folder, n, "1g") for n in range(3)]
        for host in hosts:
            host.serve()
            r.wait(lambda: host.ask("GET", "/ready")[0] == 200)
            host.replicate()
        r.balance(balancer, hosts)
        hosts[0].ask("POST", "/enrol", r.sample("ann"))
        r.wait(lambda: all(h.ask("GET", "/enrol?UserID=ann")[0] == 200
                           for h in hosts))
        return under_load(seconds, engine, hosts)
    finally:
        for host in hosts:
            host.kill()
            host.close()
        balancer.kill()
        engine.kill()
        engine.close()
        subprocess.run(["ip", "link", "del", "hosts"])
        shutil.rmtree(folder)


def under_load(seconds, engine, hosts):
    up = list(hosts)
    load = r.Load(500, 24, lambda: up, 50)
    part = seconds / 6
    try:
        time.sleep(part)
        up.remove(hosts[0])
        hosts[0].kill()
        time.sleep(part / 2)
        hosts[0].serve()
        hosts[0].replicate()
        time.sleep(part / 2)
        engine.kill()
        time.sleep(part / 5)
        engine.start()
        time.sleep(part * 4 / 5)
        up.append(hosts[0])
        up.remove(hosts[1])
        hosts[1].partition(True)
        gone = hosts[1].ask("DELETE", "/enrol?UserID=ann")[0]
        time.sleep(2 * part)
        hosts[1].partition(False)
        time.sleep(part)
    finally:
        load.stop()

    same = r.wait(lambda: r.settled(hosts), 120)
    have = "\n".join(hosts[2].export())
    missing = sum('"UserID":"%s"' % u not in have for u in load.answered)
    forgotten = all(h.ask("GET", "/enrol?UserID=ann")[0] == 404
                    for h in hosts)
    calm = [lag for when, lag in load.lags if when < part - 1]
    return (same and gone == 204 and forgotten and missing == 0
            and p99(calm) <= 1,
            "%d answered (%.0f/s), %d not, %d missing, stores %s, the "
            "forgotten one %s; known everywhere after p50 %.3f s, p99 %.3f s"
            % (len(load.answered), len(load.answered) / seconds, load.failed,
               missing, "alike" if same else "DIFFER",
               "stays so" if forgotten else "IS BACK",
               sorted(calm)[len(calm) // 2] if calm else float("nan"),
               p99(calm)))


def bootstrap(people):
    """a new host with a million people in the engine"""
    folder = tempfile.mkdtemp(prefix="keyauth-bootstrap-")
    key = folder + "/key"
    server = subprocess.Popen(["redis-server", "--port", "7021", "--save", "",
                               "--dir", folder], stdout=subprocess.DEVNULL)
    template = base64.b64encode(bytes([13, 16, 0, 0]) + bytes(896)).decode()

    def once(store):
        began = time.monotonic()
        r.run(r.KEYAUTH, "replicate", "--store", store, "--key", key, "--url",
              "redis://127.0.0.1:7021", "--once", "--quiet", "--map-size",
              "8g")
        return time.monotonic() - began

    def engine(section, name):
        return [int(line.split(":")[1]) for line in r.run(
            "redis-cli", "-p", "7021", "info", section).split("\n")
            if line.startswith(name + ":")][0]

    def cpu():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    try:
        r.run(r.KEYAUTH, "key", "store", "--file", key)
        old, new = folder + "/old", folder + "/new"
        importing = subprocess.Popen(
            [r.KEYAUTH, "store", "import", old, "--key", key, "--create",
             "--map-size", "8g"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, text=True)
        for n in range(people):
            importing.stdin.write('{"UserID":"person%d","Template":"%s"}\n'
                                  % (n, template))
        importing.stdin.close()
        importing.wait()
        sent = once(old)
        r.run(r.KEYAUTH, "store", "import", new, "--key", key, "--create",
              "--map-size", "8g", input="")
        read, spent = engine("stats", "total_net_output_bytes"), cpu()
        took = once(new)
        read = engine("stats", "total_net_output_bytes") - read
        spent = cpu() - spent
        again = once(new)
        count = r.run(r.KEYAUTH, "store", "inspect", new, "--key", key)
        memory = engine("memory", "used_memory")
        size = os.path.getsize(new + "/templates.1")
        good = "\ntemplates   %d\n" % people in count
        return (good and took <= max(90 * people / 1e6, 5),
                "%d people sent in %.0f s, ready in %.0f s, again in %.1f s, "
                "of each %.0f bytes of the engine's memory, %.0f of the store, "
                "%.0f read, %.0f us of CPU"
                % (people, sent, took, again, memory / people, size / people,
                   read / people, 1e6 * spent / people))
    finally:
        r.kill(server)
        shutil.rmtree(folder)


ROWS = [("fleet", fleet, 60), ("bootstrap", bootstrap, 1000000)]
