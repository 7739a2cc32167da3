#!/usr/bin/python3 -B
"""Runs the clients of docs/clients against a server, and one that fails.

    clients.py URL DIR

Prints TAP.  With each client somebody enrols, is verified and is forgotten.
The server that fails hands requests on to URL's, after a 503 whose Retry-After
is seconds and a 429 whose Retry-After is a date; under /busy it never stops
failing.
"""

import concurrent.futures
import email.utils
import http.server
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

CLIENTS = "docs/clients"
KEY = "keyauth_" + "k" * 43

BODY = b"""{"Model": "RF", "HT": {"Mean": 48.43, "STD": 23.34},
 "PPT": {"Mean": 120.43, "STD": 37.41}, "RRT": {"Mean": 124.43, "STD": 45.34},
 "RPT": {"Mean": 132.56, "STD": 47.12}}"""

count = failed = 0


def ok(passed, name, why=""):
    global count, failed
    count += 1
    failed += not passed
    print(f"{'' if passed else 'not '}ok {count} - {name}")
    if not passed:
        print("#", why)


class Failing(http.server.BaseHTTPRequestHandler):
    """A client's path has its name, so that each begins with failures."""

    protocol_version = "HTTP/1.1"
    url = None
    asked = {}
    lock = threading.Lock()

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            asked = self.asked.setdefault(self.path, [])
            asked.append((time.time(), self.headers["Authorization"],
                          self.headers["Content-Type"], body))
            n = len(asked)
        if self.path.startswith("/busy"):
            return self.answer(503, b"{}", after="0")
        if n == 1:
            return self.answer(503, b"{}", after="1")
        if n == 2:
            soon = email.utils.formatdate(int(time.time()) + 3, usegmt=True)
            return self.answer(429, b"{}", after=soon)
        request = urllib.request.Request(self.url, body, {
            "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return self.answer(200, answer.read())

    def answer(self, status, body, after=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if after is not None:
            self.send_header("Retry-After", after)
        self.end_headers()
        self.wfile.write(body)


def commands(folder):
    """How each client is run; what has to be compiled is."""
    clients = {"curl.sh": [f"{CLIENTS}/curl.sh"],
               "client_requests.py": ["/usr/bin/python3", "-B",
                                      f"{CLIENTS}/client_requests.py"],
               "client_asyncio.py": ["/usr/bin/python3", "-B",
                                     f"{CLIENTS}/client_asyncio.py"]}
    if shutil.which("node"):
        clients["client.mjs"] = ["node", f"{CLIENTS}/client.mjs"]
    else:
        print("# no node: client.mjs does not run")
    for name, compiler in (
            ("client.c", ["cc", "-Wall", "-Wextra", "-Werror",
                          f"{CLIENTS}/client.c", "-lcurl", "-o"]),
            ("client.go", ["go", "build", "-o"])):
        binary = os.path.join(folder, name.replace(".", "-"))
        source = [f"{CLIENTS}/client.go"] if name.endswith("go") else []
        built = subprocess.run([*compiler, binary, *source],
                               stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "GOCACHE": f"{folder}/go",
                                    "GOFLAGS": "-p=1"})
        ok(built.returncode == 0, f"{name} is compiled", built.stderr)
        clients[name] = [binary]
    return clients


def run(command, url, body=BODY, *method):
    done = subprocess.run([*command, url, *method], input=body,
                          capture_output=True, timeout=60,
                          env={**os.environ, "KEYAUTH_API_KEY": KEY})
    return done.returncode, done.stdout.decode().strip(), done.stderr.decode()


def patient(name, result, want):
    """What a client that was refused twice did."""
    asked = Failing.asked.get("/" + name, [])
    ok(result[:2] == (0, want), f"{name}: the answer, after 503 and 429",
       f"{result}, not {want}")
    ok(len(asked) == 3, f"{name}: three requests", str(len(asked)))
    gaps = [b[0] - a[0] for a, b in zip(asked, asked[1:])]
    ok(len(gaps) == 2 and 0.95 <= gaps[0] < 30 and 1.4 <= gaps[1] < 30,
       f"{name}: waits as Retry-After says", str(gaps))
    ok({a[1:] for a in asked} == {("Bearer " + KEY, "application/json", BODY)},
       f"{name}: the same body each time, with the key", str(asked)[:300])


def lifetime(name, command, url):
    """Somebody enrols, is verified and is forgotten; what the client said."""
    r = random.Random(name)
    who = {"UserID": f"of {name}", "Phrase": "pin"}
    query = url + "/enrol?" + urllib.parse.urlencode(
        who, quote_via=urllib.parse.quote)

    def typed():
        press = [200 * i + r.randint(0, 60) for i in range(9)]
        return json.dumps({**who, "Press": press, "Release": [
            p + r.randint(60, 99) for p in press]}).encode()

    return [run(command, url + "/enrol", typed()),
            run(command, url + "/enrol", typed()),
            run(command, query, None, "GET"),
            run(command, url + "/verify", typed()),
            run(command, query, None, "DELETE"),
            run(command, query, None, "GET")]


def lived(name, said):
    out = [json.loads(text or "null") for _, text, _ in said]
    ok([rc for rc, _, _ in said] == [0] * 5 + [1], f"{name}: exits", str(said))
    ok([out[i]["Samples"] for i in range(3)] == [1, 2, 2],
       f"{name}: somebody enrols, and is enrolled", str(out))
    ok(out[3]["Method"] == "LIVE", f"{name}: is verified", str(out))
    ok(out[4] is None and out[5] is None and "unknown-user" in said[5][2],
       f"{name}: is forgotten", str(said[4:]))


def main(url, folder):
    root = url.rpartition("/")[0]
    request = urllib.request.Request(url, BODY,
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        want = answer.read().decode()

    clients = commands(folder)
    Failing.url = url
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    failing = f"http://127.0.0.1:{server.server_port}"
    results = {}

    with concurrent.futures.ThreadPoolExecutor() as pool:
        for name, command in clients.items():
            for case, where, body in (
                    ("live", url, BODY),
                    ("refused", url, b'{"Model":"RF"}'),
                    ("patient", f"{failing}/{name}", BODY),
                    ("busy", f"{failing}/busy/{name}", BODY),
                    ("nowhere", "http://127.0.0.1:1/", BODY)):
                results[name, case] = pool.submit(run, command, where, body)
            results[name, "life"] = pool.submit(lifetime, name, command, root)

    for name in clients:
        with open(f"{CLIENTS}/{name}", encoding="utf-8") as f:
            ok(len(f.readlines()) < 70, f"{name}: under 70 lines")
        live, refused, busy, nowhere, waited = (
            results[name, case].result() for case in
            ("live", "refused", "busy", "nowhere", "patient"))
        ok(live[:2] == (0, want), f"{name}: the server's answer", str(live))
        ok(refused[:2] == (1, "") and "urn:keyauth:problem:no-form"
           in refused[2], f"{name}: a problem, on stderr", str(refused))
        patient(name, waited, want)
        lived(name, results[name, "life"].result())
        tries = len(Failing.asked.get("/busy/" + name, []))
        ok(busy[:2] == (1, "") and tries == 5,
           f"{name}: gives up after five times", f"{busy}, {tries} times")
        ok(nowhere[0] != 0 and nowhere[1] == "" and nowhere[2] != "",
           f"{name}: no server, no answer", str(nowhere))

    print(f"1..{count}")
    sys.exit(failed > 0)


main(*sys.argv[1:])
