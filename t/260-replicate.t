#!/usr/bin/env python3
"""Three hosts behind a balancer with one engine, a Redis server with TLS: who
enrols on one is known on all.  A host is killed, the engine is killed and
started again, a host is cut off, and somebody is forgotten there: afterwards
all stores are the same, nobody who was answered is missing, and who was
forgotten stays so.  And a cluster of three nodes, a new host, a snapshot."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path[:0] = [ROOT + "/t/lib", ROOT + "/cloudformation"]

import replicated as r                                  # noqa: E402
from simulated_aws import done, equal, ok, skip_all     # noqa: E402

os.environ["PATH"] += ":/usr/sbin:/sbin"
DIR = tempfile.mkdtemp(prefix="keyauth-replicate-")
os.chmod(DIR, 0o755)


def prepare():
    r.certificate(DIR)
    r.run(r.KEYAUTH, "key", "store", "--file", DIR + "/key")


def statuses(hosts, method, path, body=None):
    return [h.ask(method, path, body)[0] for h in hosts]


def metric(host, name):
    lines = host.ask("GET", "/metrics")[1].split("\n")
    return float(([x.split()[1] for x in lines if x.startswith(name + " ")]
                  or ["nan"])[0])


def story(engine, hosts, balancer):
    a, b, c = hosts
    engine.start()
    for host in hosts:
        host.serve()
        ok(r.wait(lambda: host.ask("GET", "/ready")
                  == (503, '{"Status":"replicating","Done":0,"Total":0}')),
           "%s serves, and is not ready" % host.name)
        host.replicate()
        ok(r.wait(lambda: host.ask("GET", "/ready")[0] == 200),
           "%s has caught up" % host.name)
    r.balance(balancer, hosts)

    # one after the other
    equal(a.ask("POST", "/enrol", r.sample("ann"))[0], 201, "ann enrols on a")
    ok(r.wait(lambda: statuses(hosts, "GET", "/enrol?UserID=ann")
              == [200] * 3), "and is known on all hosts")
    equal(b.ask("POST", "/enrol", r.sample("ann"))[0], 201, "again on b")
    ok(r.wait(lambda: all('"Samples":2' in h.ask("GET", "/enrol?UserID=ann")
                          [1].replace(" ", "") for h in hosts)),
       "all hosts have both rows") or print(a.ask("GET", "/enrol?UserID=ann"))
    for host in hosts:
        host.ask("POST", "/enrol", r.sample("bob"))
    ok(r.wait(lambda: all('"Samples":3' in h.ask("GET", "/enrol?UserID=bob")
                          [1].replace(" ", "") for h in hosts)),
       "three hosts at once: nobody's row is lost")

    up = [a, b, c]
    load = r.Load(60, 4, lambda: up)
    try:
        time.sleep(1.5)

        # the plug is pulled
        up.remove(a)
        a.kill()
        time.sleep(1)
        a.serve()
        a.replicate()
        ok(r.wait(lambda: a.ask("GET", "/enrol?UserID=ann")[0] == 200),
           "a host is killed, and back")
        up.append(a)

        engine.kill()
        time.sleep(1)
        engine.start()

        # cut off: everything serves on
        up.remove(b)
        b.partition(True)
        equal(b.ask("DELETE", "/enrol?UserID=ann")[0], 204,
              "ann is forgotten on a host that is cut off")
        equal(c.ask("POST", "/enrol", r.sample("ann"))[0], 201,
              "and types on another one")
        time.sleep(3)
        equal(b.ask("POST", "/enrol", r.sample("cut"))[0], 201,
              "who is cut off still enrols people")
        ok("to send     0" not in b.inspect(), "what they write waits")
        ok(b.ask("GET", "/ready")[0] == 200, "and who was ready stays so")
        ok(r.wait(lambda: metric(b, "keyauth_replication_connected") == 0),
           "metrics show that it is cut off")
        b.partition(False)
        up.append(b)
        time.sleep(1)
    finally:
        load.stop()

    ok(metric(b, "keyauth_replication_applied_total") > 0
       and metric(b, "keyauth_replication_ready") == 1, "metrics show it")
    ok(r.wait(lambda: r.settled(hosts), 60), "all stores become the same") \
        or print("\n".join("# " + h.inspect().replace("\n", "\n# ")
                           for h in hosts))
    have = "\n".join(a.export())
    missing = [u for u in load.answered if '"UserID":"%s"' % u not in have]
    equal(missing, [], "none of %d who were answered is missing (%d were not)"
          % (len(load.answered), load.failed))
    equal(statuses(hosts, "GET", "/enrol?UserID=ann"), [404] * 3,
          "ann stays forgotten")
    equal(statuses(hosts, "GET", "/enrol?UserID=cut"), [200] * 3,
          "who enrolled on the host that was cut off is known")
    lags = sorted(lag for when, lag in load.lags if when < 1)
    print("# known on all hosts after %s s" % (lags and "%.3f" % lags[-1]))

    equal(a.ask("POST", "/enrol", r.sample("ann"))[0], 201,
          "ann enrols anew")
    ok(r.wait(lambda: statuses(hosts, "GET", "/enrol?UserID=ann")
              == [200] * 3), "and is known on all hosts")

    for host in hosts:
        host.daemon.terminate()
        equal(host.daemon.wait(60), 0, "it stops at SIGTERM")


def enrol(host, user, rows=12):
    return host.ask("POST", "/enrol", r.sample(user, rows))[0]


def waiting(host):
    return int(host.inspect().split("to send")[1].split()[0])


def templates(host):
    return int(host.inspect().split("\ntemplates")[1].split()[0])


def crowd(host, name):
    """Fifty people at once; False where there is no room for them."""

    try:
        fill(host.store, ["%s-%d" % (name, n) for n in range(50)],
             "--map-size", host.map, template="DRAA" + "A" * 1196)
    except subprocess.CalledProcessError:
        return False
    return True


def hour(engine, small, large, clock):
    """The engine is away for an hour: all serve on, and lose nothing."""

    engine.kill()
    codes, answered = set(), []
    had = templates(small)
    lag = metric(small, "keyauth_replication_lag_seconds")
    for minute in range(5, 65, 5):
        clock.set(60 * minute)
        for host in (small, large):
            if minute <= 20:
                codes.add(enrol(host, "often", 1))
            for n in range(3):
                user = "%s-%d-%d" % (host.name, minute, n)
                codes.add(enrol(host, user))
                answered.append(user)
        codes |= {h.ask("GET", "/enrol?UserID=" + user)[0] for user, h in
                  (("often", small), ("often", large), (answered[0], small))}
        codes |= set(statuses((small, large), "GET", "/ready"))
    equal(codes, {200, 201}, "an hour without the engine: all serve on")
    ok(r.wait(lambda: metric(small, "keyauth_replication_lag_seconds")
              > lag + 3500), "their lag is that hour")
    equal([waiting(h) for h in (small, large)], [37, 37],
          "one change of each template waits")

    # until the store is nearly full, and then until it is
    many = []
    while "less than a tenth" not in small.inspect() and len(many) < 100:
        many.append("many-%d" % len(many))
        crowd(small, many[-1])
    ok(10 < len(many) < 100, "a store says that it is nearly full")
    ok(r.wait(lambda: "less than a tenth of its room" in open(
        small.server.dir + "/replicate.log").read()), "so does the log")
    equal(enrol(small, "last"), 201, "before it is")
    while len(many) < 100 and crowd(small, "many-%d" % len(many)):
        many.append("many-%d" % len(many))
    equal(enrol(small, "too late"), 507, "and then it is full")
    answered += ["last"] + ["%s-49" % name for name in many]
    equal(waiting(small), templates(small) - had, "what waits is bounded")
    gone = answered.pop(0)
    equal(small.ask("DELETE", "/enrol?UserID=" + gone)[0], 204,
          "a full store still forgets")

    engine.start()

    # somebody whose rows of both hosts are to be merged waits for room
    ok(r.wait(lambda: waiting(small) <= 1 and waiting(large) == 0, 60),
       "the engine is back: all is sent") \
        or print(small.inspect(), large.inspect())
    small.kill()
    small.map = "16m"
    small.serve()
    small.replicate("--map-size", "16m")
    ok(r.wait(lambda: r.settled((small, large)), 60),
       "with more room all stores become the same")
    have = "\n".join(small.export())
    equal([u for u in answered if '"UserID":"%s"' % u not in have], [],
          "nobody of %d is missing" % len(answered))
    ok('"UserID":"%s"' % gone not in have, "who was forgotten stays so")


def away(engine):
    clock = r.Clock(DIR + "/hour")
    if not clock.env["LD_PRELOAD"]:
        ok(True, "an hour without the engine # SKIP package faketime")
        return
    hosts = []
    try:
        for n, size in ((3, "5m"), (4, "64m")):
            hosts.append(r.Host(DIR, n, size, " replicated", clock))
            hosts[-1].serve()
            r.wait(lambda: hosts[-1].ask("GET", "/ready")[0] == 503)
            hosts[-1].replicate()
        ok(r.wait(lambda: statuses(hosts, "GET", "/ready") == [200] * 2),
           "two new hosts have caught up")
        hour(engine, *hosts, clock)
    finally:
        for host in hosts:
            host.kill()
            host.close()


def replicating(store, *more, url="redis://127.0.0.1:7001"):
    return subprocess.Popen(
        [r.KEYAUTH, "replicate", "--store", store, "--key", DIR + "/key",
         "--url", url, "--once", "--quiet", *more], text=True,
        stderr=subprocess.PIPE, env={**os.environ,
                                     "KEYAUTH_REPLICATE_PASSWORD": ""})


def once(store, *more, **where):
    daemon = replicating(store, *more, **where)
    try:
        said = daemon.communicate(timeout=60)[1]
    finally:
        r.kill(daemon)
    return subprocess.CompletedProcess(daemon.args, daemon.returncode,
                                       stderr=said)


def fill(store, names, *more, template="AgAAAA=="):
    r.run(r.KEYAUTH, "store", "import", store, "--key", DIR + "/key",
          "--create", *more, input="".join(
              '{"UserID":"%s","Template":"%s"}\n' % (n, template)
              for n in names))


def export(store):
    return sorted(r.run(r.KEYAUTH, "store", "export", store, "--key",
                        DIR + "/key").split("\n"))


def redis(port, *more):
    folder = "%s/redis%d" % (DIR, port)
    os.makedirs(folder, exist_ok=True)
    log = open(folder + "/log", "a")
    return subprocess.Popen([r.SERVER, "--port", str(port), "--dir",
                             folder, "--save", "", *more], stdout=log,
                            stderr=log)


def listens(port):
    return subprocess.run(["redis-cli", "-p", str(port), "ping"],
                          stdout=subprocess.PIPE).stdout == b"PONG\n"


def cluster():
    ports = [7001, 7002, 7003]
    nodes = [redis(p, "--cluster-enabled", "yes") for p in ports]
    one, two, three = (DIR + "/cluster%d" % n for n in range(3))
    try:
        ok(r.wait(lambda: all(map(listens, ports))), "three nodes")
        r.run("redis-cli", "--cluster", "create",
              *("127.0.0.1:%d" % p for p in ports), "--cluster-yes")
        r.wait(lambda: "cluster_state:ok" in r.run(
            "redis-cli", "-p", "7003", "cluster", "info"))

        fill(one, ["x%d" % n for n in range(300)])
        fill(two, ["y%d" % n for n in range(300)])
        for store in (one, two, one):
            got = once(store)
            equal(got.returncode, 0, "a host of the cluster") \
                or print(got.stderr)
        equal(export(one), export(two), "a cluster: both are the same")
        equal(len(export(one)), 601, "and have all")
        sizes = [int(r.run("redis-cli", "-p", str(p), "dbsize"))
                 for p in ports]
        ok(min(sizes) > 60, "each node has a part: %s" % sizes)

        # a new host, from a snapshot
        lines = r.run(r.KEYAUTH, "store", "export", one, "--key",
                      DIR + "/key")
        r.run(r.KEYAUTH, "store", "import", three, "--key", DIR + "/key",
              "--create", input=lines)
        once(three)
        equal(export(three), export(one), "a new host, from a snapshot")
        ok("applied     0," in r.run(r.KEYAUTH, "store", "inspect", three,
                                     "--key", DIR + "/key"),
           "which had all")
    finally:
        for node in nodes:
            r.kill(node)


def refused(one, two, url):
    """A change that cannot be published is none, and waits."""

    def may(what):
        r.run("redis-cli", "-u", url, "acl", "setuser", "default", what)

    may("-xadd")
    fill(one, ["half"])
    got = once(one, url=url)
    ok(got.returncode == 1 and "refuses to change" in got.stderr,
       "a change that is refused half-way is none") or print(got.stderr)
    may("+xadd")
    for store in (one, two):
        once(store, url=url)
    ok("half" in str(export(two)), "and reaches other hosts later")


def redis_lines(url, *command):
    return r.run("redis-cli", "-u", url, *command).split()


def refused_always(one, two, url):
    """A change that is always refused stops no other, and is not lost."""

    def people():
        return set(redis_lines(url, "keys", "*:p:*"))

    before = people()
    fill(one, ["wrong"])
    once(one, url=url)
    key, = people() - before
    once(two, url=url)
    redis_lines(url, "del", key)
    redis_lines(url, "set", key, "of somebody else")
    fill(one, ["wrong"], "--replace", template="AwAAAA==")
    fill(one, ["after"])

    clock = r.Clock(DIR + "/clock")
    began = time.monotonic()
    log = open(DIR + "/refused.log", "w+")
    daemon = subprocess.Popen(
        [r.KEYAUTH, "replicate", "--store", one, "--key", DIR + "/key",
         "--url", url], stderr=log, env={**os.environ, **clock.env})

    def inspect():
        return r.run(r.KEYAUTH, "store", "inspect", one, "--key", DIR + "/key")

    def sends(changes, are_refused):
        return ("to send     %d changes\nrefused     %d of them\n"
                % (changes, are_refused)) in inspect()

    try:
        ok(r.wait(lambda: sends(1, 1)), "a change that is always refused") \
            or print(inspect())
        fill(one, ["behind"])
        ok(r.wait(lambda: sends(1, 1) and len(people()) == len(before) + 3),
           "what is written afterwards is sent")
        log.seek(0)
        said = [x for x in log.read().split("\n") if "refuses" in x]
        ok(0 < len(said) <= 1 + (time.monotonic() - began) / 60
           and '"%s": WRONGTYPE' % key in said[0],
           "it is logged once a minute, with its key") or print(said)

        # the engine's stream names somebody who cannot be read
        redis_lines(url, "xadd", key[:key.index(":p:")] + ":s", "*", "u",
                    key[-32:], "p", "", "e", "1", "v", "1")
        got = once(two, url=url)
        equal(got.returncode, 0, "another host goes on, too")
        ok('"%s" of the engine cannot be read: WRONGTYPE' % key in got.stderr,
           "and says who cannot be read") or print(got.stderr)
        have = str(export(two))
        ok("after" in have and "behind" in have, "and has all others")

        redis_lines(url, "del", key)
        clock.set(61)
        ok(r.wait(lambda: sends(0, 0), 90), "it is sent again each minute") \
            or print(inspect())
    finally:
        daemon.terminate()
        daemon.wait(60)
    once(two, url=url)
    equal(export(two), export(one), "and is not lost")


def alone():
    """One server: trimmed streams, another key, a loss of all."""

    server = redis(7011)
    url = "redis://127.0.0.1:7011"
    one, two, other = (DIR + "/alone%d" % n for n in range(3))
    try:
        ok(r.wait(lambda: listens(7011)), "one server")
        fill(one, ["x%d" % n for n in range(400)])
        once(one, url=url)
        fill(two, [])
        got = once(two, url=url)
        equal(export(two), export(one), "a new host")
        fill(one, ["z%d" % n for n in range(20000)])
        equal(once(one, "--stream-length", "1", url=url).returncode, 0,
              "more than the streams keep")
        got = once(two, url=url)
        ok("do not reach back" in got.stderr, "which is noticed") \
            or print(got.stderr)
        equal(export(two), export(one), "and made up for")

        refused(one, two, url)
        refused_always(one, two, url)

        r.kill(server)
        server = redis(7011)
        r.wait(lambda: listens(7011))
        fill(one, ["later"])
        fill(two, ["latest"])
        for store in (two, one, two):
            got = once(store, url=url)
        equal(export(two), export(one), "the engine has lost all: no host has")
        equal(len(export(one)), 20407, "and nobody is missing")

        r.run(r.KEYAUTH, "key", "store", "--file", DIR + "/other")
        r.run(r.KEYAUTH, "store", "import", other, "--key", DIR + "/other",
              "--create", input="")
        got = subprocess.run([r.KEYAUTH, "replicate", "--store", other,
                              "--key", DIR + "/other", "--url", url,
                              "--once"], stderr=subprocess.PIPE, text=True)
        ok(got.returncode == 1 and "another key" in got.stderr,
           "a host with another key is refused")
    finally:
        r.kill(server)


def main():
    if subprocess.run(["which", r.SERVER],
                      stdout=subprocess.DEVNULL).returncode != 0:
        skip_all("no redis-server (apt-get install redis-server)")

    try:
        r.bridge()
    except (OSError, subprocess.CalledProcessError) as e:
        skip_all("no network may be made here: %s" % e)

    hosts = []
    random.seed(1)
    balancer = r.Server(DIR, "balancer")
    prepare()
    engine = r.Engine(DIR)

    try:
        hosts += [r.Host(DIR, n, more=" replicated") for n in range(3)]
        story(engine, hosts, balancer)
        away(engine)
        cluster()
        alone()
    finally:
        for host in hosts:
            host.kill()
            host.close()
        balancer.kill()
        engine.kill()
        engine.close()
        subprocess.run(["ip", "link", "del", "hosts"])
        if "KEEP" not in os.environ:
            shutil.rmtree(DIR)

    done()


main()
