"""An nginx with a master, and what is asked of it, for soak.py."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
MODULE = os.path.join(BUILD, "ngx_http_keyauth_module.so")
MODELS = [os.path.join(BUILD, "t", n, "keyauth.model") for n in ("one", "two")]

os.environ["PATH"] += ":/usr/sbin"

CONF = """
load_module {module};
worker_processes {workers};
pid {dir}/nginx.pid;
error_log {error_log} notice;
{main}
events {{
    worker_connections {connections};
}}
http {{
    access_log {access_log};
    keepalive_requests 1000000000;
    client_max_body_size 16k;
    client_body_buffer_size 16k;
    client_header_timeout {timeout};
    client_body_timeout {timeout};
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    keyauth_model {dir}/keyauth.model watch={watch};
    keyauth_zone keyauth:1m;
    {http}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        add_header Worker $pid;
        location = /predict {{ keyauth_predict; }}
        location = /verify {{ keyauth_verify; }}
        location = /card {{ keyauth_card; }}
        location = /metrics {{ keyauth_metrics; }}
        {server}
    }}
}}
"""


def rows():
    """What model one was trained on: (user, press, release)."""
    with open(os.path.join(BUILD, "t", "one", "data.csv")) as f:
        next(f)
        for line in f:
            user, *times = line.strip().split(",")
            yield user, times[0::2], times[1::2]


def timings(press, release):
    return '"Press":[%s],"Release":[%s]' % (",".join(press),
                                            ",".join(release))


def summary(model):
    return ('{"Model":"%s","HT":{"Mean":48.43,"STD":23.34},'
            '"PPT":{"Mean":120.43,"STD":37.41},'
            '"RRT":{"Mean":124.43,"STD":45.34},'
            '"RPT":{"Mean":132.56,"STD":47.12}}' % model)


class Server:
    port = 18300

    def __init__(self, **conf):
        Server.port += 1
        self.port = Server.port
        self.dir = tempfile.mkdtemp(prefix="keyauth-soak-")
        os.chmod(self.dir, 0o755)
        self.install(MODELS[0])
        self.conf = dict(module=MODULE, workers=2, dir=self.dir,
                         port=self.port, connections=16384, timeout="600s",
                         error_log=os.path.join(self.dir, "error.log"),
                         access_log="off", watch="100ms", main="", http="",
                         server="")
        self.env = conf.pop("env", {})
        self.conf.update(conf)

    def __enter__(self):
        self.configure()
        subprocess.run(self.command(), check=True, env=self.environment())
        self.wait(lambda: self.pid() and self.status() == 200)
        return self

    def stop(self):
        # no pid is 0, to which a signal would be ours
        if self.pid():
            os.kill(self.pid(), signal.SIGTERM)
        self.wait(lambda: not os.path.exists(self.path("nginx.pid")))

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def environment(self):
        return dict(os.environ, **self.env)

    def command(self, *options):
        return ["nginx", "-e", self.conf["error_log"], "-p", self.dir, "-c",
                self.path("nginx.conf"), *options]

    def configure(self, **conf):
        self.conf.update(conf)
        with open(self.path("nginx.conf"), "w") as f:
            f.write(CONF.format(**self.conf))

    def path(self, name):
        return os.path.join(self.dir, name)

    def install(self, model):
        """Replaces the model as it should be: by a rename."""
        shutil.copyfile(model, self.path("new.model"))
        os.rename(self.path("new.model"), self.path("keyauth.model"))

    def log(self):
        with open(self.conf["error_log"], errors="replace") as f:
            return f.read()

    def pid(self):
        try:
            with open(self.path("nginx.pid")) as f:
                return int(f.read() or 0)
        except FileNotFoundError:
            return 0

    def workers(self):
        """The master's children that are not on their way out."""
        found = []
        out = subprocess.run(["pgrep", "-P", str(self.pid())],
                             capture_output=True, text=True).stdout
        for pid in out.split():
            with contextlib.suppress(OSError):
                with open("/proc/%s/cmdline" % pid) as f:
                    if f.read().rstrip("\0 ").endswith("worker process"):
                        found.append(int(pid))
        return found

    def hup(self):
        os.kill(self.pid(), signal.SIGHUP)

    @staticmethod
    def wait(done, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if done():
                return True
            time.sleep(0.01)
        return False

    def connect(self, timeout=5):
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout)

    def ask(self, path="/predict", body=None, connection=None, headers={}):
        """Status, worker's pid, body."""
        one = connection or self.connect()
        one.request("POST", path, body or summary("RF"),
                    {"Content-Type": "application/json", **headers})
        answer = one.getresponse()
        text = answer.read().decode()
        self.last = answer
        if connection is None:
            one.close()
        return answer.status, int(answer.headers.get("Worker") or 0), text

    def status(self, **what):
        try:
            return self.ask(**what)[0]
        except OSError:
            return 0
        except http.client.HTTPException:
            return 0

    def counted(self):
        """The requests that the metrics know of, all workers' together."""
        one = self.connect()
        one.request("GET", "/metrics")
        text = one.getresponse().read().decode()
        one.close()
        return sum(int(line.split()[-1]) for line in text.splitlines()
                   if line.startswith("keyauth_requests_total{"))

    def connections(self):
        """How many have been accepted, where server= has /connections."""
        one = self.connect()
        one.request("GET", "/connections")
        text = one.getresponse().read().decode()
        one.close()
        return int(text.splitlines()[2].split()[0])

    def wrk(self, seconds, bodies, answers=(), connections=16, close=False):
        env = dict(os.environ, SOAK_BODIES="\n".join(bodies),
                   SOAK_ANSWERS="\n".join(answers))
        if close:
            env["SOAK_CLOSE"] = "1"
        return subprocess.Popen(
            ["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds,
             "--timeout", "5s", "--latency", "-s",
             os.path.join(ROOT, "t", "soak", "wrk.lua"),
             "http://127.0.0.1:%d/" % self.port],
            env=env, stdout=subprocess.PIPE, text=True)


def keeps_connections():
    """Whether nginx has keepalive_min_timeout: from 1.27.4 on."""
    said = subprocess.run(["nginx", "-v"], capture_output=True,
                          text=True).stderr
    version = said.split("nginx/")[1].split()[0]
    return [int(n) for n in version.split(".")] >= [1, 27, 4]


def result(wrk):
    """What wrk.lua has printed."""
    out = wrk.communicate()[0]
    for line in out.splitlines():
        if line.startswith("STRANGE"):
            print("#", line)
    for line in out.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line[7:])
    raise SystemExit("wrk: %s" % out)


def resident(pid):
    """Resident memory in KiB; 0: it is gone."""
    try:
        with open("/proc/%d/status" % pid) as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
    except FileNotFoundError:
        pass
    return 0
