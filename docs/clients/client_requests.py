#!/usr/bin/env python3
"""Sends a request to keyauth and prints the answer.

    KEYAUTH_API_KEY=... ./client_requests.py https://host/predict < body.json
    ./client_requests.py 'https://host/enrol?UserID=ann' DELETE
"""

import os
import sys

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


class Patience(Retry):
    """429 and 503 are retried, when Retry-After says, within a minute."""

    def get_retry_after(self, response):
        after = super().get_retry_after(response)
        return None if after is None else min(after, 60)


def session():
    """One for all requests: it keeps its connections."""
    s = requests.Session()
    retries = Patience(total=4, status_forcelist=(429, 503),
                       allowed_methods=None, backoff_factor=0.5,
                       raise_on_status=False)
    for scheme in ("https://", "http://"):
        s.mount(scheme, HTTPAdapter(max_retries=retries))
    if os.environ.get("KEYAUTH_API_KEY"):
        s.headers["Authorization"] = "Bearer " + os.environ["KEYAUTH_API_KEY"]
    return s


def ask(s, url, body=None, method="POST"):
    return s.request(method, url, data=body, timeout=10,
                     headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    address, way = (sys.argv[1:] + ["POST"])[:2]
    sent = sys.stdin.buffer.read() if way == "POST" else None
    answer = ask(session(), address, sent, way)
    print(answer.text, file=sys.stdout if answer.ok else sys.stderr)
    sys.exit(not answer.ok)
