"""Where a request's time goes: perf's samples of the busy worker, sorted."""

import os
import re
import subprocess
import threading

from load import BUILD, asked, measured, wrk

SECONDS = 3             # of load; perf looks at the middle
PARTS = ("Linux", "nginx core", "body", "JSON", "features", "model",
         "answer", "module", "malloc", "rest")

# the first that fits, of an object's file and a symbol
RULES = [(part, re.compile(pattern)) for part, pattern in (
    ("Linux", r"^\[(?!vdso)"),
    ("body", r"keyauth_module.so ngx_http_keyauth_(read|copy)_body"),
    ("module", r"keyauth_module.so ngx_http_keyauth"),
    ("features", r"keyauth_module.so keyauth_features"),
    ("JSON", r"keyauth_module.so keyauth_(answer_parse|body|claim|json"
             r"|member|refus|request|scan|user|warning)"),
    ("answer", r"keyauth_module.so keyauth_(answer|problem|engine_top)"),
    ("model", r"keyauth_module.so keyauth|libm\.so"),
    ("JSON", r"libc\.so\S* _*(GI_+)?(strto|str_to_mpn|__mpn"
             r"|round_and_return|localeconv|str(n?cmp|len))"),
    ("Linux", r"libc\.so\S* (__GI_+|__libc_)?(writev|recv|epoll)"),
    ("malloc", r"libc\.so\S* (__libc_|_int_|__GI___libc_|c)?(malloc|free"
               r"|calloc|unlink_chunk|sysmalloc)"),
    ("nginx core", r"^nginx "),
)]


def sort(samples):
    """samples: (object, symbol, percent)."""
    parts = dict.fromkeys(PARTS, 0)

    for dso, symbol, percent in samples:
        name = dso + " " + symbol
        part = next((p for p, rule in RULES if rule.search(name)), "rest")
        parts[part] += percent

    return parts


def read(data):
    out = subprocess.run(
        ["perf", "report", "-i", data, "--stdio", "-t", "\t", "--sort",
         "dso,symbol"], capture_output=True, text=True, check=True).stdout

    for line in out.splitlines():
        fields = [f.strip() for f in line.split("\t")]
        if len(fields) > 2 and fields[0].endswith("%"):
            symbol = re.sub(r"^\[[.k]\] ", "", fields[2])
            yield fields[1], symbol, float(fields[0][:-1])


def profile(nginx, targets):
    figures = {}

    for target in targets:
        one = profile_one(nginx, target)
        if isinstance(one, str):
            print("bench: no profile, perf says: " + one)
            return {}
        figures[target] = one

    return figures


def profile_one(nginx, target):
    path, text = asked(target)
    worker, data, got = nginx.worker(), os.path.join(BUILD, "perf.data"), {}

    def load():
        got.update(measured(lambda: wrk(nginx.url(path), text, SECONDS),
                            worker))

    thread = threading.Thread(target=load)
    thread.start()
    perf = subprocess.run(
        ["perf", "record", "-q", "-e", "cpu-clock", "-F", "4999", "-p",
         str(worker), "-o", data, "--", "sleep", str(SECONDS - 1)],
        capture_output=True, text=True)
    thread.join()

    if perf.returncode != 0:
        return (perf.stderr.strip().splitlines() or ["nothing"])[0]

    samples = sorted(read(data), key=lambda s: -s[2])

    return {"us": got["cpu"], "parts": sort(samples),
            "top": [s for s in samples if not s[0].startswith("[")][:12]}
