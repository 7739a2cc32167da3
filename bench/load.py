"""nginx, Flask, and the clients that load them, each on its own core."""

import atexit
import json
import os
import signal
import socket
import string
import subprocess
import threading
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, "bench")
BUILD = os.path.join(ROOT, "build", "bench")
MODULE = os.path.join(ROOT, "build", "ngx_http_keyauth_module.so")

CONNECTIONS = 32        # enough that the server never waits for a client

cores = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = cores[0], cores[-1]

os.environ["PATH"] += ":/usr/sbin"


def pin(core, command):
    return ["taskset", "-c", str(core)] + command


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def body(model):
    """The challenge's own; FUSION and claims get timings as simple."""
    if model in ("FUSION", "verify"):
        press = [220 * i for i in range(13)]
        asked = {"UserID": 42} if model == "verify" else {"Model": model}
        return json.dumps({**asked, "Press": press,
                           "Release": [t + 80 for t in press]},
                          separators=(",", ":"))

    return ('{"Model":"%s","HT":{"Mean":48.43,"STD":23.34},'
            '"PPT":{"Mean":120.43,"STD":37.41},'
            '"RRT":{"Mean":124.43,"STD":45.34},'
            '"RPT":{"Mean":132.56,"STD":47.12}}' % model)


def asked(target):
    """The path and body of a target: FUSION's longer one has its own peer."""
    kind, _, model = target.partition(".")

    if kind == "return":
        return kind, body(model or "RF")

    return "verify" if target == "verify" else "predict", body(target)


def ask(url, text):
    """A request on a connection of its own: status, model's id, answer."""
    request = urllib.request.Request(
        url, text.encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return (answer.status, answer.headers.get("Keyauth-Model"),
                    answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.code, None, error.read().decode()


class Process:
    """A server that is stopped when the benchmark ends, however it ends."""

    def start(self, command, directory, **options):
        self.log = open(os.path.join(directory, "stderr"), "w")
        self.process = subprocess.Popen(
            pin(SERVER_CORE, command), cwd=directory, stdout=self.log,
            stderr=self.log, **options)
        atexit.register(self.stop)

    def wait_until(self, ready, what, seconds=60):
        end = time.time() + seconds

        while time.time() < end:
            if self.process.poll() is not None:
                break
            try:
                if ready():
                    return
            except OSError:
                pass
            time.sleep(0.05)

        raise SystemExit("bench: %s does not start, see %s"
                         % (what, self.log.name))

    def stop(self):
        atexit.unregister(self.stop)
        self.process.terminate()
        self.process.wait()


class Nginx(Process):
    def __init__(self, model=None, name="nginx", counted=False,
                 module=MODULE, store=None):
        self.counted, self.module, self.store = counted, module, store
        self.dir = os.path.join(BUILD, name)
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o755)
        self.port, self.tls = free_port(), free_port()
        certificate(self.dir)
        self.configure(model)
        self.start(["nginx", "-p", self.dir + "/", "-c", "nginx.conf",
                    "-e", "error.log"], self.dir)
        self.wait_until(lambda: ask(self.url("return"), "{}")[0] == 200,
                        "nginx")

    def configure(self, model):
        with open(os.path.join(HERE, "nginx.conf")) as f:
            template = string.Template(f.read())

        text = template.safe_substitute(
            load="load_module %s;" % self.module if model else "",
            model="keyauth_model %s;" % model if model else "",
            zone="keyauth_zone keyauth:1m;" if self.counted else "",
            predict="location = /predict { keyauth_predict; } "
            "location = /verify { keyauth_verify; }"
            if model else "",
            metrics="location = /metrics { keyauth_metrics; }"
            if self.counted else "",
            store="keyauth_store %s;" % self.store if self.store else "",
            enrol="location = /enrol { keyauth_enrol; }"
            if self.store else "", port=self.port, tls=self.tls)

        with open(os.path.join(self.dir, "nginx.conf"), "w") as f:
            f.write(text)

    def url(self, path, tls=False):
        return "%s://127.0.0.1:%d/%s" % ("https" if tls else "http",
                                         self.tls if tls else self.port,
                                         path)

    def reload(self):
        os.kill(self.process.pid, signal.SIGHUP)

    def worker(self):
        path = "/proc/%d/task/%d/children" % (self.process.pid,
                                              self.process.pid)
        with open(path) as f:
            return int(f.read().split()[-1])


class Scraper(threading.Thread):
    """Asks for the metrics each 100 ms, on the clients' core."""

    def __init__(self, nginx):
        super().__init__(daemon=True)
        self.url, self.scrapes = nginx.url("metrics"), 0
        self.ended = threading.Event()

    def __enter__(self):
        self.start()

    def __exit__(self, *error):
        self.ended.set()
        self.join()
        if not self.scrapes:
            raise SystemExit("bench: there are no metrics")

    def run(self):
        os.sched_setaffinity(threading.get_native_id(), [CLIENT_CORE])
        while not self.ended.wait(0.1):
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                self.scrapes += b"keyauth_requests_total" in answer.read()


class Flask(Process):
    """gunicorn with one worker: it has one core.

    Two threads, as its keep-alive needs them; more, or more connections,
    were slower for some of the models.
    """

    def __init__(self, models):
        directory = os.path.join(BUILD, "flask")
        os.makedirs(directory, exist_ok=True)
        self.port, self.connections = free_port(), 4
        one = {name: "1" for name in (
            "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
            "PYTHONDONTWRITEBYTECODE")}
        self.start(["/usr/bin/python3", "/usr/bin/gunicorn", "--chdir", HERE,
                    "--bind", "127.0.0.1:%d" % self.port, "--workers", "1",
                    "--threads", "2", "--log-level", "warning",
                    "flask_app:app"], directory,
                   env={**os.environ, **one, "MODELS": models})
        self.wait_until(
            lambda: ask(self.url("predict"), body("RF"))[0] == 200, "Flask")

    def url(self, path):
        return "http://127.0.0.1:%d/%s" % (self.port, path)


def certificate(directory):
    if not os.path.exists(os.path.join(directory, "localhost.crt")):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "365", "-subj",
             "/CN=localhost", "-keyout", "localhost.key", "-out",
             "localhost.crt"], cwd=directory, check=True,
            stderr=subprocess.DEVNULL)


def scheduled(pid):
    """Seconds that a process has had a core, and has waited for one."""
    with open("/proc/%d/schedstat" % pid) as f:
        return [int(n) / 1e9 for n in f.read().split()[:2]]


def measured(run, pid):
    """run()'s figures, and what the process did meanwhile."""
    before, start = scheduled(pid), time.time()
    figures = run()
    taken = time.time() - start
    had, waited = (n - b for n, b in zip(scheduled(pid), before))

    # a client starts and ends within the time, so these are a little low
    figures["busy"] = min(1, had / taken)
    figures["waited"] = waited / taken
    figures["cpu"] = had * 1e6 / figures["requests"]

    return figures


def wrk(url, text, seconds, close=False, connections=CONNECTIONS):
    env = {"BENCH_BODY": text}
    if close:
        env["BENCH_CLOSE"] = "1"

    return wrk_script("wrk.lua", url, env, seconds, connections)


def wrk_script(script, url, env, seconds, connections=CONNECTIONS):
    """A script's own variables are in env."""
    env = {**os.environ, "BENCH_DONE": os.path.join(HERE, "done.lua"), **env}
    out = subprocess.run(
        pin(CLIENT_CORE, ["wrk", "-t1", "-c%d" % connections,
                          "-d%ds" % seconds, "-s",
                          os.path.join(HERE, script), url]),
        env=env, capture_output=True, text=True, check=True).stdout
    figures = json.loads(out[out.index("RESULT") + 6:])
    figures["rps"] = figures["requests"] * 1e6 / figures.pop("us")

    if figures["errors"]:
        raise SystemExit("bench: %s answered with errors" % url)

    return figures


def h2load(url, text, seconds):
    data, log = (os.path.join(BUILD, name) for name in ("body", "h2.log"))

    with open(data, "w") as f:
        f.write(text)
    if os.path.exists(log):
        os.remove(log)

    # eight connections with four streams each: wrk's number of requests
    subprocess.run(
        pin(CLIENT_CORE, ["h2load", "-t1", "-c8",
                          "-m%d" % (CONNECTIONS // 8), "-D%d" % seconds,
                          "-d", data, "-H", "content-type: application/json",
                          "--log-file=" + log, url]),
        stdout=subprocess.DEVNULL, check=True)

    with open(log) as f:
        rows = [[int(n) for n in line.split("\t")] for line in f]
    times = sorted(row[2] for row in rows if row[1] == 200)

    if len(times) < len(rows) - 100 or not times:
        raise SystemExit("bench: %s answered with errors" % url)

    at = lambda p: times[int(p * (len(times) - 1))]
    span = max(r[0] + r[2] for r in rows) - min(r[0] for r in rows)

    return {"requests": len(times), "rps": len(times) * 1e6 / span,
            "errors": 0, "broken": len(rows) - len(times), "p50": at(0.5),
            "p99": at(0.99), "p999": at(0.999), "max": times[-1]}
