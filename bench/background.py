#!/usr/bin/python3
"""What keyauth store background gains: the table in docs/models.md.

    bench/background.py DATA.csv MODEL

DATA is in keyauth's layout (keyauth convert writes it); MODEL is a model file
of other people.  The first rows of each user are templates of a store.  The
order of a store's people depends on its key, and with it the halves that are
measured: figures are means of KEYS stores.
"""

import base64
import csv
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile

from load import ROOT

KEYAUTH = os.path.join(ROOT, "build", "keyauth")
KEYS = 10
ROWS = 8, 24


def users(name):
    people = {}

    with open(name, newline="") as file:
        for row in list(csv.reader(file))[1:]:
            people.setdefault(row[0], []).append(list(map(float, row[1:])))

    return people


def template(rows):
    """As docs/store-format.md has it; times are in eighths of a ms."""
    keys = len(rows[0]) // 2
    out = struct.pack("<BBxx", keys, len(rows))

    for row in rows:
        press, release = row[0::2], row[1::2]
        steps = [b - a for a, b in zip(press, release)] \
            + [b - a for a, b in zip(press, press[1:])]
        out += struct.pack("<LH%dH" % len(steps), 20000, 1,
                           *(min(65535, int(8 * ms + .5)) for ms in steps))

    return base64.b64encode(out).decode()


def background(people, rows, model):
    """(EER, FAR, FRR) before and after, of a store with a key of its own."""
    lines = "".join('{"UserID":%s,"Phrase":"login","Template":"%s"}\n'
                    % (user, template(all_rows[:rows]))
                    for user, all_rows in people.items())

    with tempfile.TemporaryDirectory() as folder:
        key, store = os.path.join(folder, "key"), os.path.join(folder, "store")

        def run(*args, **more):
            return subprocess.run([KEYAUTH, *args], check=True, text=True,
                                  stdout=subprocess.PIPE, **more).stdout

        run("key", "store", "--file", key)
        run("store", "import", store, "--key", key, "--create", input=lines)
        text = run("store", "background", store, "--key", key, "--phrase",
                   "login", "--model", model, "--out",
                   os.path.join(folder, "keyauth.model"))

    return [list(map(float, re.search(
        r"EER ([\d.]+) .*: FAR ([\d.]+) %, FRR ([\d.]+)", line).groups()))
        for line in text.splitlines() if "EER" in line]


def main():
    data, model = sys.argv[1:]
    people = users(data)
    print("| rows in the store | EER before | FAR | FRR | EER after | FAR "
          "| FRR |\n|---|---|---|---|---|---|---|")

    for rows in ROWS:
        runs = [sum(background(people, rows, model), []) for _ in range(KEYS)]
        print("| %d of each | %s |" % (rows, " | ".join(
            "%.1f (%.1f-%.1f)" % (statistics.mean(figure), min(figure),
                                  max(figure)) for figure in zip(*runs))))


main()
