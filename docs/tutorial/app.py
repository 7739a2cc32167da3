#!/usr/bin/env python3
"""The application of docs/tutorial.md: a page, and a login by name and
password.  It knows nothing of rhythm, but whom nginx took the typist for."""

import hmac
import http.server
import pathlib
import urllib.parse

PASSWORD = "the quick fox"          # everybody's, so that rhythm alone differs

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
        form = urllib.parse.parse_qs(self.rfile.read(length).decode())
        name = form.get("name", [""])[0]
        password = form.get("password", [""])[0]

        if self.path != "/login":
            return self.answer(404, b"There is no such page.\n")

        # who typed must be who logs in: otherwise everybody could claim to be
        # themselves and log in as another
        if (name != "" and name == self.headers.get("Login-User")
                and hmac.compare_digest(password, PASSWORD)):
            self.answer(200, f"Welcome, {name}.\n".encode())
        else:
            self.answer(403, b"Wrong name or password.\n")

    def answer(self, status, body, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", 8000), App).serve_forever()
