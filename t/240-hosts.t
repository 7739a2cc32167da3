#!/usr/bin/env python3
"""Three hosts behind a balancer, each in a network namespace of its own, and
all of them under load: one is killed, one drained and replaced, and at last
all get another model, one after another.  No answer may be wrong, and only
requests that the killed host had in hand may fail."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path[:0] = [ROOT + "/t/lib", ROOT + "/cloudformation"]

import smoke_test       # noqa: E402
from simulated_aws import done, equal, ok, skip_all     # noqa: E402

os.environ["PATH"] += ":/usr/sbin:/sbin"
MODULE = ROOT + "/build/ngx_http_keyauth_module.so"
KEYAUTH = ROOT + "/build/keyauth"
MODELS = [ROOT + "/build/t/%s/keyauth.model" % n for n in ("one", "two")]
CLIENTS = 6
DIR = tempfile.mkdtemp(prefix="keyauth-hosts-")
os.chmod(DIR, 0o755)

CONF = """
load_module %(module)s;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log info;
worker_processes 1;
events { }
http {
    access_log off;
    client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi;
    %(http)s
}
"""

HOST = """
    keyauth_model %s;
    ssl_certificate %s/tls.crt;
    ssl_certificate_key %s/tls.key;
    server {
        listen 443 ssl;
        location = /predict { keyauth_predict; }
    }
"""

# like the load balancer: what a host has got is never sent to another one,
# but what it would not take is
BALANCER = """
    upstream hosts { %s keepalive 16; }
    server {
        listen 127.0.0.1:18099;
        location / {
            proxy_pass https://hosts;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream error timeout;
            proxy_connect_timeout 1s;
        }
    }
"""


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


def running(pid):
    """Whether it has not ended: one that nobody waited for has."""

    try:
        with open("/proc/%s/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Nginx:
    def __init__(self, name, inside=()):
        self.dir = os.path.join(DIR, name)
        self.inside = list(inside)
        os.mkdir(self.dir)

    def configure(self, http):
        with open(self.dir + "/nginx.conf", "w") as file:
            file.write(CONF % {"module": MODULE, "dir": self.dir,
                               "http": http})

    def command(self, *arguments):
        run(*self.inside, "nginx", "-p", self.dir + "/", "-e",
            self.dir + "/error.log", "-c", self.dir + "/nginx.conf",
            *arguments)

    def pid(self):
        try:
            with open(self.dir + "/nginx.pid") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def children(self):
        got = subprocess.run(["pgrep", "-P", str(self.pid())], text=True,
                             stdout=subprocess.PIPE)
        return {int(x) for x in got.stdout.split()}

    def quit(self):
        """Asks it to finish, and waits for that."""

        self.command("-s", "quit")
        end = time.monotonic() + 60
        while os.path.exists(self.dir + "/nginx.pid"):
            if time.monotonic() > end:
                raise SystemExit("Bail out! nginx does not quit")
            time.sleep(0.02)

    def kill(self):
        """As if somebody had pulled the plug: master and workers at once.
        Until they are gone, their sockets take what nobody answers."""

        pids = [self.pid(), *self.children()]
        end = time.monotonic() + 60
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, TypeError):
                pass
        while any(map(running, pids)) and time.monotonic() < end:
            time.sleep(0.001)
        if os.path.exists(self.dir + "/nginx.pid"):
            os.unlink(self.dir + "/nginx.pid")


class Host(Nginx):
    """A namespace with nginx in it; the process that sleeps holds it."""

    def __init__(self, n):
        self.address = "10.99.0.%d" % (n + 1)
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "600"])
        inside = ["nsenter", "--net", "-t", str(self.holder.pid)]
        super().__init__("host%d" % n, inside)
        here = os.readlink("/proc/self/ns/net")
        end = time.monotonic() + 60

        while (os.readlink("/proc/%d/ns/net" % self.holder.pid) == here
               and time.monotonic() < end):
            time.sleep(0.01)

        run("ip", "link", "add", "host%d" % n, "type", "veth", "peer",
            "eth0", "netns", str(self.holder.pid))
        run("ip", "link", "set", "host%d" % n, "master", "hosts", "up")
        run(*inside, "ip", "addr", "add", self.address + "/24", "dev", "eth0")
        run(*inside, "ip", "link", "set", "eth0", "up")

    def serve(self, model):
        self.configure(HOST % (model, DIR, DIR))
        self.command()


class Load:
    """Clients that ask without pause, and what became of it."""

    def __init__(self, cases, answers):
        self.cases = cases
        self.answers = answers      # digest -> what must be answered
        self.results = []           # start, end, digest, what was wrong
        self.going = True
        self.threads = [threading.Thread(target=self.ask, args=(n,))
                        for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def one(self, n):
        connection = http.client.HTTPConnection("127.0.0.1", 18099,
                                                timeout=10)
        try:
            connection.request("POST", "/predict", self.cases[n],
                               {"Content-Type": "application/json",
                                "Connection": "close"})
            answer = connection.getresponse()
            text = answer.read()
            digest = answer.headers.get("Keyauth-Model")
            if digest not in self.answers:
                return digest, "status %d" % answer.status
            if (answer.status, json.loads(text)) != self.answers[digest][n]:
                return digest, "wrong answer"
            return digest, None
        except (OSError, http.client.HTTPException) as e:
            return None, repr(e)
        finally:
            connection.close()

    def ask(self, n):
        while self.going:
            n = (n + 1) % len(self.cases)
            start = time.monotonic()
            digest, wrong = self.one(n)
            self.results.append((start, time.monotonic(), digest, wrong))

    def since(self, when):
        return [r for r in list(self.results) if r[0] >= when]

    def wait(self, when, answers, digests=()):
        """Until so many have been answered since, and these by each model."""

        end = time.monotonic() + 60
        while time.monotonic() < end:
            good = [r[2] for r in self.since(when) if not r[3]]
            if len(good) >= answers and set(digests) <= set(good):
                return True
            time.sleep(0.02)
        return False

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join()


def balance(balancer, hosts):
    """Has the balancer send requests to these hosts, and to no others."""

    old = balancer.children() if balancer.pid() else set()
    balancer.configure(BALANCER % " ".join(
        "server %s:443 fail_timeout=1s;" % h.address for h in hosts))

    if not old:
        balancer.command()
        return

    balancer.command("-s", "reload")
    end = time.monotonic() + 60

    # what the old workers have in hand, they finish
    while old & balancer.children() and time.monotonic() < end:
        time.sleep(0.02)


def replace(balancer, hosts, host, model):
    """Drains a host, and gives it a model and requests again."""

    balance(balancer, [h for h in hosts if h is not host])
    host.quit()
    host.serve(model)
    balance(balancer, hosts)


def failed(results):
    return ["%s: %s" % (r[2], r[3]) for r in results if r[3]]


def prepare():
    """The same bodies, and what each model answers to them."""

    ids = [smoke_test.make(KEYAUTH, m)["model"] for m in MODELS]
    bodies = list(smoke_test.bodies(ids[0], 13, smoke_test.MODELS))[::3]
    answers = {i: [smoke_test.predict(KEYAUTH, m, b) for b in bodies]
               for i, m in zip(ids, MODELS)}
    return ids, [json.dumps(b) for b in bodies], answers


def story(hosts, balancer):
    (one, two), cases, answers = prepare()

    ok(sum(a != b for a, b in zip(answers[one], answers[two])) > 5,
       "the two models answer otherwise")

    for host in hosts:
        host.serve(MODELS[0])
    balance(balancer, hosts)
    load = Load(cases, answers)

    try:
        # all is well
        ok(load.wait(0, 100), "there is load")
        equal(failed(load.results), [], "three hosts: no request fails")

        # the plug is pulled
        before = time.monotonic()
        hosts[0].kill()
        after = time.monotonic()
        ok(load.wait(after, 200), "a host is killed: the others go on")

        # a busy machine may bring the balancer word of it a little later
        wrong = [r for r in load.since(0) if r[3]]
        ok(len(wrong) <= 2 * CLIENTS
           and all(r[0] <= after + 1 and r[1] >= before for r in wrong),
           "only what it had in hand fails (%d)"
           % len(wrong), before, after, *wrong)

        # back again, and another one drained and replaced
        when = time.monotonic()
        hosts[0].serve(MODELS[0])
        time.sleep(1.5)
        replace(balancer, hosts, hosts[1], MODELS[0])
        load.wait(time.monotonic(), 100)
        results = load.since(when)
        equal(failed(results), [],
              "a host is drained and replaced: no request fails")
        equal({r[2] for r in results}, {one}, "one model answers")

        # another model, host after host
        when = time.monotonic()
        replace(balancer, hosts, hosts[0], MODELS[1])
        ok(load.wait(time.monotonic(), 60, {one, two}),
           "both models answer for a while")

        for host in hosts[1:]:
            replace(balancer, hosts, host, MODELS[1])

        last = time.monotonic()
        load.wait(last, 60)
        equal({r[2] for r in load.since(last)}, {two},
              "and then the new one alone")
        results = load.since(when)
        equal(failed(results), [],
              "each of %d answers names its model and is right for it"
              % len(results))
    finally:
        load.stop()


def main():
    try:
        run("ip", "link", "add", "hosts", "type", "bridge")
        run("ip", "addr", "add", "10.99.0.254/24", "dev", "hosts")
        run("ip", "link", "set", "hosts", "up")
    except (OSError, subprocess.CalledProcessError) as e:
        skip_all("no network may be made here: %s" % e)

    run("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-subj", "/CN=host", "-keyout",
        DIR + "/tls.key", "-out", DIR + "/tls.crt")

    hosts = []
    balancer = Nginx("balancer")

    try:
        hosts += [Host(n) for n in range(3)]
        story(hosts, balancer)
    finally:
        for server in [balancer, *hosts]:
            if server.pid():
                server.kill()
        for host in hosts:
            host.holder.kill()
            host.holder.wait()
        subprocess.run(["ip", "link", "del", "hosts"])
        shutil.rmtree(DIR)

    done()


main()
