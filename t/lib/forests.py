#!/usr/bin/python3 -B
"""Forests of scikit-learn's, exported, imported, and asked 100,000 rows.

    forests.py DATA.csv DIR

Prints TAP.  Rows and features come from the keyauth command, so that both
sides see the very same numbers.
"""

import io
import json
import os
import subprocess
import sys

import joblib
import numpy
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

sys.path.insert(0, "docs/clients")
import export_sklearn

ROWS = 100000
KEYAUTH = "build/keyauth"

FORESTS = {
    "default parameters": RandomForestClassifier(random_state=1),
    "mixed leaves": RandomForestClassifier(50, min_samples_leaf=3,
                                           random_state=2),
    "weights of classes": ExtraTreesClassifier(
        50, max_leaf_nodes=20, class_weight="balanced", random_state=3)}

X, Y = numpy.eye(8) * 90 + 9, numpy.arange(8)

REFUSED = {
    "Pipeline: only RandomForestClassifier": make_pipeline(SVC()).fit(X, Y),
    "kernel linear: only rbf": SVC(kernel="linear").fit(X, Y),
    "kernel poly: only rbf": SVC(kernel="poly").fit(X, Y),
    "kernel precomputed: only rbf": SVC(kernel="precomputed").fit(X @ X.T, Y),
    "kernel <function <lambda>": SVC(kernel=lambda a, b: a @ b.T).fit(X, Y),
    "break_ties: ": SVC(break_ties=True).fit(X, Y),
    "RandomForestClassifier: it is not trained": RandomForestClassifier(),
    "SVC: it is not trained": SVC(),
    "7 features, and not eight": RandomForestClassifier(2).fit(X[:, 1:], Y),
    "2 answers to a row": RandomForestClassifier(2).fit(
        X, numpy.stack([Y, Y], axis=1))}


def refused(estimator):
    try:
        export_sklearn.export(estimator, io.StringIO())
    except SystemExit as e:
        return str(e)
    return "nothing"


def features(path):
    """UserIDs and the eight features of a CSV file of timings."""
    out = subprocess.run([KEYAUTH, "features", "--data", path], check=True,
                         capture_output=True, text=True).stdout
    table = numpy.loadtxt(out.splitlines(), delimiter=",", skiprows=1)
    return table[:, 1:], table[:, 0].astype(int)


def random_rows(path):
    """Of two users, one after the other: the order is the file's."""
    rng = numpy.random.default_rng(1)
    speed = rng.choice([0.25, 0.5, 1, 2], (ROWS, 1))
    gaps = rng.integers(20, 500, (ROWS, 13)) * speed
    press = gaps.cumsum(axis=1)
    holds = rng.integers(20, 200, (ROWS, 13)) * speed
    release = numpy.maximum.accumulate(press + holds, axis=1)
    table = numpy.empty((ROWS, 27))
    table[:, 0] = numpy.arange(ROWS) * 2 // ROWS
    table[:, 1::2], table[:, 2::2] = press, release
    names = [f"{e}-{k}" for k in range(13) for e in ("press", "release")]
    numpy.savetxt(path, table, fmt="%.15g", delimiter=",", comments="",
                  header=",".join(["user", *names]))


def answers(model, rows):
    out = subprocess.run([KEYAUTH, "predict", "--model", model, "--csv", rows,
                          "--with", "RF"], check=True, capture_output=True,
                         text=True).stdout
    return numpy.array([json.loads(line)["UserID"]
                        for line in out.splitlines()])


def main(data, folder):
    rows = os.path.join(folder, "rows.csv")
    forest, exported, model = (os.path.join(folder, "forest" + suffix)
                               for suffix in (".joblib", ".json", ".model"))
    random_rows(rows)
    x, users = features(data)
    asked, _ = features(rows)
    print(f"1..{len(FORESTS) + len(REFUSED)}")

    for number, (name, estimator) in enumerate(FORESTS.items(), 1):
        estimator.fit(x, users)
        joblib.dump(estimator, forest)
        subprocess.run(["/usr/bin/python3", "-B",
                        "docs/clients/export_sklearn.py", forest, exported],
                       check=True)
        subprocess.run([KEYAUTH, "import", "--quiet", "--rf", exported,
                        "--out", model], check=True)
        got, want = answers(model, rows), estimator.predict(asked)
        differ = int((got != want).sum()) if len(got) == ROWS else ROWS
        print(f"{'not ' if differ else ''}ok {number} - {name}: {differ} of "
              f"{ROWS} rows differ, {len(set(want))} users are named")

    for number, (says, estimator) in enumerate(REFUSED.items(),
                                               len(FORESTS) + 1):
        said = refused(estimator)
        print(f"{'' if said.startswith(says) else 'not '}ok {number} - "
              f"refused: {said}")


main(*sys.argv[1:])
