#!/usr/bin/env python3
"""Fails unless a model recipe is as good as is asked for.

    keyauth evaluate --data file.csv --json | gate.py FUSION=0.85 RF=0.2

Each argument names a model and the share of first answers (top-1) that must
be right, out of sample.  Exits 0 if all are reached, 1 if not, 2 if the input
or the arguments make no sense.
"""

import json
import sys


def main():
    try:
        wanted = [(name, float(least)) for name, least in
                  (a.split("=") for a in sys.argv[1:])]
        if not wanted or any(not 0 <= least <= 1 for _, least in wanted):
            raise ValueError
    except ValueError:
        print(__doc__, file=sys.stderr)
        return 2

    try:
        figures = json.load(sys.stdin)["leave_one_repetition_out"]
        shares = [(name, figures[name]["top1"], least)
                  for name, least in wanted]
    except (ValueError, KeyError, TypeError) as e:
        print("gate: not what keyauth evaluate --json writes, or without "
              "that model: %s" % e, file=sys.stderr)
        return 2

    for name, share, least in shares:
        print("%s: %.1f %% of first answers are right, %.1f %% wanted: %s"
              % (name, 100 * share, 100 * least,
                 "passed" if share >= least else "FAILED"))

    return 0 if all(share >= least for _, share, least in shares) else 1


if __name__ == "__main__":
    sys.exit(main())
