#!/usr/bin/env python3
"""The application of docs/tutorial.md: a page, sign-up, and a login by name
and password.  It enrols who signs up; nginx verifies who logs in."""

import hmac
import http.server
import json
import pathlib
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = "the quick fox"          # everybody's, so that rhythm alone differs
ENROL = "http://127.0.0.1:8082/enrol"
SAMPLES = 4

HERE = pathlib.Path(__file__).resolve().parent
FILES = {"/": (HERE / "page.html", "text/html"),
         "/keyauth.js": (HERE.parent / "clients/browser/keyauth.js",
                         "text/javascript")}


class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path not in FILES:
            return self.answer(404, b"There is no such page.\n")

        file, kind = FILES[self.path]
        self.answer(200, file.read_bytes(), kind)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()

        if self.path == "/signup":
            return self.signup(json.loads(body))
        if self.path != "/login":
            return self.answer(404, b"There is no such page.\n")

        form = urllib.parse.parse_qs(body)
        name = form.get("name", [""])[0]
        password = form.get("password", [""])[0]

        # headers are UTF-8, and this server takes them for Latin-1
        typist = self.headers.get("Login-User", "").encode("latin-1")

        # who typed must be who logs in: otherwise everybody could claim to be
        # themselves and log in as another
        if (name != "" and name.encode() == typist
                and hmac.compare_digest(password, PASSWORD)):
            self.answer(200, f"Welcome, {name}.\n".encode())
        else:
            self.answer(403, b"Wrong name or password.\n")

    # all samples at once: nobody can add one to somebody else's template
    def signup(self, form):
        if (not hmac.compare_digest(form["password"], PASSWORD)
                or len(form["Samples"]) < SAMPLES):
            return self.answer(403, b"Wrong password, or too few samples.\n")

        # a header loses blanks at the ends: " zoe" would arrive as "zoe"
        if form["name"] != form["name"].strip():
            return self.answer(403, b"No blanks around the name, please.\n")

        person = {"UserID": form["name"], "Samples": form["Samples"]}
        request = urllib.request.Request(
            ENROL, json.dumps(person).encode(),
            {"Content-Type": "application/json"})

        try:
            urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as e:
            problem = json.load(e)
            return self.answer(403, f"{problem['title']}.\n".encode())

        self.answer(201, f"Signed up, {form['name']}.\n".encode())

    def answer(self, status, body, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", 8000), App).serve_forever()
