#!/usr/bin/python3
"""FUSION's calibration on later rows, of more answers than one split has.

    bench/calibration.py DATA.csv [ROWS...]

DATA is in keyauth's layout.  Of each user the first ROWS rows are kept (4, 5,
... and all, if not given); `keyauth evaluate` trains on three quarters of them
and tests the rest.  The answers of all these splits are then put into its bins
together.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile

from load import ROOT

KEYAUTH = os.path.join(ROOT, "build", "keyauth")
DRAWS = 1000


def reliability(head, people, rows):
    """[answers, mean score, share that is right] of each bin."""
    with tempfile.NamedTemporaryFile("w", newline="", suffix=".csv") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(head)

        for all_rows in people.values():
            out.writerows(all_rows[:rows])

        file.flush()
        answer = subprocess.run([KEYAUTH, "evaluate", "--quiet", "--json",
                                 "--with", "FUSION", "--data", file.name],
                                check=True, capture_output=True, text=True)

    return json.loads(answer.stdout)["chronological"]["FUSION"]["reliability"]


def error(bins, right):
    """The ECE, where so many answers of each bin are right."""
    return (sum(abs(r - b[0] * b[1]) for r, b in zip(right, bins))
            / sum(b[0] for b in bins))


def line(name, bins):
    """bins: (answers, mean score, share right)"""
    n = sum(b[0] for b in bins)
    drawn = sorted(error(bins, [sum(random.random() < b[1]
                                    for _ in range(b[0])) for b in bins])
                   for _ in range(DRAWS))

    print("%-8s %5d answers  right %.3f  mean score %.3f  ECE %.3f  "
          "by chance %.3f (%.3f-%.3f)"
          % (name, n, sum(b[0] * b[2] for b in bins) / n,
             sum(b[0] * b[1] for b in bins) / n,
             error(bins, [b[0] * b[2] for b in bins]), sum(drawn) / DRAWS,
             drawn[DRAWS // 40], drawn[-DRAWS // 40]), flush=True)


def main():
    random.seed(1)

    with open(sys.argv[1], newline="") as file:
        head, *rows = csv.reader(file)

    people = {}

    for row in rows:
        people.setdefault(row[0], []).append(row)

    most = max(map(len, people.values()))
    bins = {}

    for n in map(int, sys.argv[2:] or range(4, most + 1)):
        split = reliability(head, people, n)
        line("%d rows" % n, split)

        for answers, score, right in split:
            b = bins.setdefault(int(score * 15), [0, 0, 0])
            b[0] += answers
            b[1] += answers * score
            b[2] += answers * right

    line("all", [(n, score / n, right / n) for n, score, right
                 in bins.values()])


if __name__ == "__main__":
    main()
