#!/usr/bin/env python3
"""Asks a keyauth server what a model file must answer, and compares.

    smoke_test.py --make MODEL [--keyauth PROGRAM] > golden.json
    smoke_test.py URL --golden golden.json [OPTION]...

With --make it writes the golden file of a model: bodies, the answers that the
keyauth command gives to them (its engine is the server's), and the model's
digest.  The bodies are made up from the digest, so that the file holds
nobody's typing and may lie anywhere.

With URL (https://HOST[:PORT] or http://...) each body is sent to /predict,
over a connection of its own, so that a load balancer gives every host its
share.  Status, answer and the header Keyauth-Model must be as the file says.

It prints a line for each check and exits 0 if all went well, 1 if an answer
was wrong, and 2 if there was none or the arguments make no sense.  It needs
nothing but Python.
"""

import argparse
import http.client
import json
import math
import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

MODELS = ("SVM", "RF", "XGB", "FUSION")
ROWS = 8                # made-up samples for each model
STARTING = (502, 503, 504)
TRIES = 6               # where there is a limit of requests


class Failed(Exception):
    """There is no answer to compare."""


class Wrong(Exception):
    """There is an answer, and it is not the right one."""


# the golden file

def bodies(digest, keys, models):
    """Requests that any model of strings of so many keys can answer."""

    chance = random.Random(digest)
    rows = []

    for _ in range(ROWS):
        press, release, now = [], [], 0

        for _ in range(keys):
            now += chance.randint(90, 400)
            press.append(now)
            # held at most as long as the next key can be: never out of order
            release.append(now + chance.randint(40, 85))

        rows.append((press, release))

    for model in models:
        for press, release in rows:
            yield {"Model": model, "Press": press, "Release": release,
                   "Top": 3}

    # and what has to be refused
    yield {"Model": models[0]}
    yield {"Model": models[0], "Press": rows[0][0]}
    yield {"Model": "NONE", "Press": rows[0][0], "Release": rows[0][1]}


def predict(program, model, body):
    """What the keyauth command answers: a status and a JSON value."""

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(body, file)
        file.flush()
        done = subprocess.run([program, "predict", "--model", model,
                               file.name], capture_output=True, text=True)

    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise Failed("%s predict failed: %s" % (program,
                                                done.stderr.strip()))

    # a problem contains its status, an answer has none
    return (answer["status"] if done.returncode else 200), answer


def make(program, model):
    done = subprocess.run([program, "inspect", "--json", model],
                          capture_output=True, text=True)

    if done.returncode:
        raise Failed("%s inspect failed: %s" % (program,
                                                done.stderr.strip()))

    about = json.loads(done.stdout)
    models = [m for m in MODELS if m in about["card"]["models"]]
    cases = []

    for body in bodies(about["id"], about["keys"], models):
        status, answer = predict(program, model, body)
        cases.append({"body": body, "status": status, "answer": answer})

    return {"model": about["id"], "cases": cases}


def read_golden(name):
    """The golden file, or a word on what is wrong with it."""

    try:
        with open(name, encoding="utf-8") as file:
            golden = json.load(file)
        cases = [(c["body"], c["status"], c["answer"])
                 for c in golden["cases"]]
        return golden["model"], cases
    except OSError as e:
        raise Failed("cannot read %s: %s" % (name, e.strerror))
    except (ValueError, KeyError, TypeError):
        raise Failed("%s is not a golden file (smoke_test.py --make writes one)"
                     % name)


# asking

class Endpoint:
    """Where the server is, and how to speak with it."""

    def __init__(self, url, ca=None, insecure=False, connect=None, key=None,
                 timeout=10):
        parts = urllib.parse.urlsplit(url)

        try:
            port = parts.port
        except ValueError:
            port = 0

        if (parts.scheme not in ("http", "https") or not parts.hostname
                or port == 0):
            raise Failed("not a URL of a server: %s" % url)

        self.secure = parts.scheme == "https"
        self.host = parts.hostname
        self.port = port or (443 if self.secure else 80)
        self.netloc = parts.netloc.rpartition("@")[2]
        self.path = parts.path.rstrip("/") + "/predict"
        self.address = (self.host, self.port)
        self.key = key
        self.timeout = timeout

        if connect:
            host, _, port = connect.rpartition(":")
            if not host or not port.isdigit():
                raise Failed("--connect requires HOST:PORT, not %s" % connect)
            self.address = (host.strip("[]"), int(port))

        if self.secure:
            try:
                self.context = ssl.create_default_context(cafile=ca)
            except OSError as e:
                raise Failed("cannot read %s: %s" % (ca, e))

            if insecure:
                self.context.check_hostname = False
                self.context.verify_mode = ssl.CERT_NONE

    def post(self, body):
        """Status, headers and body of the answer, over a new connection."""

        connection = http.client.HTTPConnection(self.host, self.port,
                                                timeout=self.timeout)
        try:
            sock = socket.create_connection(self.address, self.timeout)

            if self.secure:
                sock = self.context.wrap_socket(sock,
                                                server_hostname=self.host)

            connection.sock = sock
            headers = {"Host": self.netloc, "Connection": "close",
                       "Content-Type": "application/json"}

            if self.key:
                headers["Authorization"] = "Bearer " + self.key

            connection.request("POST", self.path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

        except ssl.SSLCertVerificationError as e:
            raise Failed("the server's certificate is not trusted: %s"
                         % e.verify_message)
        except (OSError, http.client.HTTPException) as e:
            raise Failed("no answer from %s port %d: %s"
                         % (*self.address, e or type(e).__name__))
        finally:
            connection.close()


def same(got, wanted):
    """Whether answers are equal, but for the last digits of their scores:
    kernels fuse multiplications differently on different processors."""

    if isinstance(wanted, dict) and isinstance(got, dict):
        return (list(got) == list(wanted)
                and all(same(got[name], wanted[name]) for name in wanted))

    if isinstance(wanted, list) and isinstance(got, list):
        return (len(got) == len(wanted)
                and all(map(same, got, wanted)))

    if isinstance(wanted, float) and isinstance(got, (float, int)):
        return math.isclose(got, wanted, rel_tol=1e-3)

    return got == wanted


def check(endpoint, digest, body, status, answer):
    """Sends one body and compares all that is known of the answer."""

    for _ in range(TRIES):
        got_status, headers, raw = endpoint.post(body)

        # too many requests at once: the server says how long to wait
        if got_status != 429:
            break

        after = headers.get("Retry-After", "1")
        time.sleep(min(int(after) if after.isdigit() else 1, 10))

    got_digest = headers.get("Keyauth-Model")

    if got_status == 401:
        raise Wrong("401: the API key is missing or not known there")

    if got_status != status:
        raise Wrong("status %d, not %d" % (got_status, status))

    if got_digest != digest:
        raise Wrong("model %s answers, not %s" % (got_digest, digest))

    try:
        got = json.loads(raw)
    except ValueError:
        raise Wrong("the answer is not JSON")

    if not same(got, answer):
        raise Wrong("answer %s, not %s" % (json.dumps(got),
                                           json.dumps(answer)))


def wait(endpoint, body, seconds):
    """Until there is a server that answers, but not longer than that."""

    end = time.monotonic() + seconds

    while True:
        try:
            status, _, _ = endpoint.post(body)
            if status not in STARTING:
                return
            why = "status %d" % status
        except Failed as e:
            why = str(e)

        if time.monotonic() >= end:
            raise Failed(why)

        time.sleep(min(1, seconds))


def run(endpoint, digest, cases, seconds=0, say=print):
    """All cases; the number of those that went wrong."""

    wait(endpoint, cases[0][0], seconds)
    wrong = 0

    for n, (body, status, answer) in enumerate(cases, 1):
        what = "%d/%d %s, %d expected" % (n, len(cases), body["Model"],
                                          status)
        try:
            check(endpoint, digest, body, status, answer)
            say("ok      " + what)
        except Wrong as e:
            wrong += 1
            say("WRONG   %s: %s" % (what, e))
        except Failed as e:
            wrong += 1
            say("FAILED  %s: %s" % (what, e))

    return wrong


def read_key(name):
    """An API key: from a file, so that no list of processes shows it."""

    if not name:
        return os.environ.get("KEYAUTH_API_KEY")

    try:
        with open(name, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as e:
        raise Failed("cannot read the API key from %s: %s" % (name, e))


def options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument

    add("url", nargs="?", metavar="URL", help="the server to test")
    add("--golden", metavar="FILE", help="the expected answers")
    add("--model", metavar="DIGEST",
        help="the digest, if not the golden file's own")
    add("--ca", metavar="FILE", help="certificates to trust, PEM")
    add("--insecure", action="store_true",
        help="accept any certificate (for your own machine only)")
    add("--connect", metavar="HOST:PORT",
        help="connect to this address, with URL's host name")
    add("--key-file", metavar="FILE",
        help="the API key's file (default: $KEYAUTH_API_KEY)")
    add("--timeout", type=float, default=10, metavar="S",
        help="time-out of an answer (default 10)")
    add("--wait", type=float, default=0, metavar="S",
        help="wait for a server that is starting (default 0)")
    add("--dry-run", action="store_true", help="print the requests, send none")
    add("--make", metavar="MODEL", help="write MODEL's golden file instead")
    add("--keyauth", metavar="PROGRAM", default="keyauth",
        help="the keyauth command, for --make")

    args = parser.parse_args()

    if bool(args.make) == bool(args.url):
        parser.error("--make MODEL or a URL is required")
    if args.url and not args.golden:
        parser.error("--golden is required")

    return args


def main():
    args = options()

    try:
        if args.make:
            print(json.dumps(make(args.keyauth, args.make)))
            return 0

        digest, cases = read_golden(args.golden)
        digest = args.model or digest
        endpoint = Endpoint(args.url, args.ca, args.insecure, args.connect,
                            read_key(args.key_file), args.timeout)

        if args.dry_run:
            for body, status, _ in cases:
                print("POST %s %s: %d" % (endpoint.path, json.dumps(body),
                                          status))
            return 0

        wrong = run(endpoint, digest, cases, args.wait)

    except (Failed, OSError) as e:
        print("smoke_test: %s" % e, file=sys.stderr)
        return 2

    print("%d of %d answers by model %s are right"
          % (len(cases) - wrong, len(cases), digest))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
