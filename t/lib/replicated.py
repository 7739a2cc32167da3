"""Hosts that replicate their stores, each in a network namespace of its own,
and the engine between them in another one."""

import glob
import http.client
import json
import os
import random
import signal
import subprocess
import threading
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
MODULE = ROOT + "/build/ngx_http_keyauth_module.so"
KEYAUTH = ROOT + "/build/keyauth"
MODEL = ROOT + "/build/t/one/keyauth.model"
ENGINE = "10.99.0.10"
SERVER = os.environ.get("KEYAUTH_ENGINE", "redis-server")
BALANCER = 18099

# what the daemon asks for, as docs/replication.md has it
ACL = ("+auth +select +ping +info +dbsize +cluster|slots +script|load"
       " +evalsha +set +get +hget +hset +hgetall +del +time +scan"
       " +xadd +xread +xinfo|stream")

NGINX = """
load_module %(module)s;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log notice;
worker_processes 1;
%(env)s
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi;
    keepalive_requests 1000000;
    %(http)s
}
"""

HOST = """
    keyauth_model %(model)s;
    keyauth_store %(store)s key=%(key)s map_size=%(map)s%(more)s;
    keyauth_zone counters:2m;
    server {
        listen 80;
        location = /enrol { keyauth_enrol; }
        location = /ready { keyauth_health ready; }
        location = /metrics { keyauth_metrics; }
    }
"""

# what a host has not answered is asked of another one
BALANCE = """
    upstream hosts { %s keepalive 32; }
    server {
        listen 127.0.0.1:%d;
        location / {
            proxy_pass http://hosts;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream error timeout;
            proxy_connect_timeout 500ms;
        }
    }
"""


def run(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **more).stdout


def wait(what, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


def kill(process, how=signal.SIGKILL):
    if process is not None and process.poll() is None:
        process.send_signal(how)
    if process is not None:
        process.wait()


class Clock:
    """A clock that is set, of processes that run with env (libfaketime)."""

    def __init__(self, name):
        self.name = name
        self.env = {"LD_PRELOAD": (glob.glob(
            "/usr/lib/*/faketime/libfaketime.so.1") or [""])[0],
                    "FAKETIME_NO_CACHE": "1", "FAKETIME_TIMESTAMP_FILE": name}
        self.set(0)

    def set(self, seconds):
        with open(self.name + ".new", "w") as file:
            file.write("+%d\n" % seconds)
        os.rename(self.name + ".new", self.name)


class Namespace:
    """A network namespace on the bridge; the process that sleeps holds it."""

    def __init__(self, name, address):
        self.name = name
        self.address = address
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "900"])
        self.inside = ["nsenter", "--net", "-t", str(self.holder.pid)]
        here = os.readlink("/proc/self/ns/net")
        wait(lambda: os.readlink("/proc/%d/ns/net" % self.holder.pid) != here)
        run("ip", "link", "add", name, "type", "veth", "peer", "eth0",
            "netns", str(self.holder.pid))
        run("ip", "link", "set", name, "master", "hosts", "up")
        run(*self.inside, "ip", "addr", "add", address + "/24", "dev", "eth0")
        run(*self.inside, "ip", "link", "set", "eth0", "up")
        run(*self.inside, "ip", "link", "set", "lo", "up")

    def close(self):
        kill(self.holder)


class Engine(Namespace):
    """A Redis server with TLS, and one user who may do what the daemon does."""

    def __init__(self, folder, durable=True):
        super().__init__("engine", ENGINE)
        self.dir = folder + "/engine"
        self.process = None
        os.mkdir(self.dir)
        with open(self.dir + "/redis.conf", "w") as file:
            file.write("port 0\ntls-port 6379\nbind %s\ndir %s\n"
                       "tls-cert-file %s/tls.crt\ntls-key-file %s/tls.key\n"
                       "tls-ca-cert-file %s/tls.crt\ntls-auth-clients no\n"
                       "save \"\"\nappendonly %s\nappendfsync everysec\n"
                       "maxmemory-policy noeviction\n"
                       "user default off\n"
                       "user keyauth on >secret ~keyauth:* -@all %s\n"
                       % (ENGINE, self.dir, folder, folder, folder,
                          "yes" if durable else "no", ACL))

    def start(self):
        log = open(self.dir + "/log", "a")
        self.process = subprocess.Popen(
            [*self.inside, SERVER, self.dir + "/redis.conf"],
            stdout=log, stderr=log)

    def kill(self):
        kill(self.process)


class Server:
    """An nginx, in a namespace or not."""

    def __init__(self, folder, name, inside=(), env=None):
        self.dir = os.path.join(folder, name)
        self.inside = list(inside)
        self.env = env or {}
        self.process = None
        os.makedirs(self.dir, exist_ok=True)

    def start(self, conf):
        with open(self.dir + "/nginx.conf", "w") as file:
            file.write(NGINX % {"module": MODULE, "dir": self.dir,
                                "http": conf, "env": "".join(
                                    "env %s;" % name for name in self.env)})
        self.process = subprocess.Popen(
            [*self.inside, "nginx", "-p", self.dir + "/", "-e",
             self.dir + "/error.log", "-c", self.dir + "/nginx.conf", "-g",
             "daemon off;"], stderr=subprocess.DEVNULL,
            env={**os.environ, **self.env}, start_new_session=True)

    def kill(self):
        """Master and workers at once, as if the plug were pulled."""

        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        kill(self.process)


class Host(Namespace):
    def __init__(self, folder, n, size="256m", more="", clock=None):
        super().__init__("host%d" % n, "10.99.0.%d" % (n + 1))
        self.folder = folder
        self.env = clock.env if clock else {}
        self.server = Server(folder, "host%d" % n, self.inside, self.env)
        self.store = "%s/store%d" % (folder, n)
        self.map = size
        self.more = more
        self.daemon = None

    def serve(self):
        self.server.start(HOST % {"model": MODEL, "store": self.store,
                                  "key": self.folder + "/key",
                                  "map": self.map, "more": self.more})

    def replicate(self, *more):
        log = open(self.server.dir + "/replicate.log", "a")
        self.daemon = subprocess.Popen(
            [*self.inside, KEYAUTH, "replicate", "--store", self.store,
             "--key", self.folder + "/key", "--url",
             "rediss://keyauth@%s:6379" % ENGINE, "--ca",
             self.folder + "/tls.crt", "--timeout", "2000", *more],
            env={**os.environ, **self.env,
                 "KEYAUTH_REPLICATE_PASSWORD": "secret"},
            stderr=log, stdout=log)

    def kill(self):
        kill(self.daemon)
        self.server.kill()

    def partition(self, on):
        run(*self.inside, "ip", "route", "add" if on else "del", "blackhole",
            ENGINE + "/32")

    def ask(self, method, path, body=None):
        return ask(self.address, 80, method, path, body)

    def export(self):
        return sorted(run(KEYAUTH, "store", "export", self.store, "--key",
                          self.folder + "/key").split("\n"))

    def inspect(self):
        return run(KEYAUTH, "store", "inspect", self.store, "--key",
                   self.folder + "/key")


def ask(host, port, method, path, body=None):
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        connection.request(method, path, body,
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def sample(user, rows=1):
    """A body that enrols somebody with rows of a string of eight keys."""

    attempts = []
    for _ in range(rows):
        at, press, release = 0, [], []
        for _ in range(8):
            press.append(at)
            release.append(at + random.randint(60, 130))
            at += random.randint(120, 260)
        attempts.append({"Press": press, "Release": release})
    return json.dumps({"UserID": user, **attempts[0]} if rows == 1 else
                      {"UserID": user, "Samples": attempts})


class Load:
    """Enrols people through the balancer, so many a second."""

    def __init__(self, rate, clients, hosts, every=20):
        self.rate = rate
        self.hosts = hosts
        self.every = every
        self.answered = []          # who was answered
        self.failed = 0
        self.lags = []              # s until all hosts have somebody
        self.going = True
        self.next = 0
        self.lock = threading.Lock()
        self.start = time.monotonic()
        self.watched = []
        self.threads = [threading.Thread(target=self.enrol)
                        for _ in range(clients)]
        self.threads.append(threading.Thread(target=self.watch))
        for thread in self.threads:
            thread.start()

    def turn(self):
        with self.lock:
            self.next += 1
            return self.next

    def enrol(self):
        connection = None
        while self.going:
            n = self.turn()
            pause = self.start + n / self.rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            user = "u%d" % n
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(
                        "127.0.0.1", BALANCER, timeout=10)
                connection.request("POST", "/enrol", sample(user),
                                   {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 201:
                    self.answered.append(user)
                    if n % self.every == 0:
                        self.watched.append((user, time.monotonic()))
                else:
                    self.failed += 1
            except (OSError, http.client.HTTPException):
                self.failed += 1
                connection = None

    def watch(self):
        """Of some, how long it takes until every host that runs has them."""

        while self.going or self.watched:
            if not self.watched:
                time.sleep(0.005)
                continue
            user, when = self.watched.pop(0)
            for host in self.hosts():
                while (host.ask("GET", "/enrol?UserID=" + user)[0] == 404
                       and time.monotonic() < when + 60
                       and host in self.hosts()):
                    time.sleep(0.005)
            self.lags.append((when - self.start, time.monotonic() - when))

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join()


def settled(hosts):
    """Nothing waits anywhere, and all exports are the same."""

    if any("to send     0 changes" not in h.inspect() for h in hosts):
        return False
    exports = [h.export() for h in hosts]
    return all(e == exports[0] for e in exports)


def bridge():
    run("ip", "link", "add", "hosts", "type", "bridge")
    run("ip", "addr", "add", "10.99.0.254/24", "dev", "hosts")
    run("ip", "link", "set", "hosts", "up")


def certificate(folder):
    run("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-subj", "/CN=engine", "-addext",
        "subjectAltName=IP:" + ENGINE, "-keyout", folder + "/tls.key",
        "-out", folder + "/tls.crt")


def balance(server, hosts):
    server.start(BALANCE % (" ".join("server %s:80 fail_timeout=1s;"
                                     % h.address for h in hosts), BALANCER))
