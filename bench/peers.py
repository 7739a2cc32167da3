#!/usr/bin/python3 -B
"""What the benchmark compares with: scikit-learn, and XGBoost's own class.

    peers.py train DATA.csv MODELS.joblib
    peers.py time MODELS.joblib ROWS.csv

"time" reads lines "NAME BATCH" and answers each with the nanoseconds of CPU
time that predict() takes for a row, one row a call.  FUSION's peer is the half
of it that scikit-learn has, its trees, on rows of its training data.
"""

import sys
import time

import joblib
import numpy
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.svm import SVC
from xgboost import XGBClassifier

ROWS = 1000             # of a batch, in ROWS.csv
TAKEN = {"SVM": 200, "RF": 50, "XGB": 100, "FUSION": 10}    # in the time


def read(path):
    """Users, summaries and raw timings, as the engine has them."""
    table = numpy.loadtxt(path, delimiter=",", skiprows=1, dtype=str)
    times = table[:, 1:].astype(float)
    press, release = times[:, 0::2], times[:, 1::2]
    intervals = (release - press, numpy.diff(press), numpy.diff(release),
                 press[:, 1:] - release[:, :-1])
    columns = [f for i in intervals
               for f in (i.mean(axis=1), i.std(axis=1, ddof=1))]
    return table[:, 0], numpy.column_stack(columns), numpy.hstack(intervals)


def train(data, out):
    users, x, raw = read(data)
    names, y = numpy.unique(users, return_inverse=True)
    models = {"SVM": SVC(), "RF": RandomForestClassifier(),
              "XGB": XGBClassifier(tree_method="hist")}

    for model in models.values():
        model.fit(x, y)

    models["XGB"].set_params(n_jobs=1)
    models["FUSION"] = ExtraTreesClassifier(500, max_features=7).fit(raw, y)
    users = [int(n) if n.isdigit() else n for n in names]
    joblib.dump({"models": models, "users": users, "raw": raw}, out)


def time_rows(path, rows):
    saved = joblib.load(path)
    models, raw = saved["models"], saved["raw"]
    x = numpy.loadtxt(rows, delimiter=",")
    print(*models, "ready", sep="\n", flush=True)

    for line in sys.stdin:
        name, batch = line.split()
        predict, n = models[name].predict, TAKEN[name]
        table = raw if name == "FUSION" else x
        first = int(batch) * ROWS % (len(table) - n)

        start = time.thread_time_ns()
        for i in range(first, first + n):
            predict(table[i:i + 1])
        print((time.thread_time_ns() - start) / n, flush=True)


if __name__ == "__main__":
    {"train": train, "time": time_rows}[sys.argv[1]](*sys.argv[2:])
