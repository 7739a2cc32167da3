#!/usr/bin/env python3
"""Exports a forest of scikit-learn's for `keyauth import --rf`.

    export_sklearn.py FOREST.joblib OUT.json

FOREST.joblib holds a fitted RandomForestClassifier or ExtraTreesClassifier
whose columns are HT.Mean, HT.STD, PPT.Mean, ..., RPT.STD in milliseconds (STD
with ddof=1) and whose classes are the UserIDs.  Or call export() yourself.
"""

import json
import sys

import numpy
import sklearn

FEATURES = [f"{interval}.{figure}" for interval in ("HT", "PPT", "RRT", "RPT")
            for figure in ("Mean", "STD")]


def single(threshold):
    """The largest float32 <= threshold: x <= threshold stays what it was."""
    rounded = threshold.astype(numpy.float32)
    return numpy.where(rounded > threshold,
                       numpy.nextafter(rounded, numpy.float32(-numpy.inf)),
                       rounded)


def leaf(counts):
    """A class, or [[class, share], ...] as predict_proba() has them."""
    total = counts.sum()
    shares = [[int(c), float(counts[c] / total if total else 0)]
              for c in counts.nonzero()[0]]
    return shares[0][0] if len(shares) == 1 else shares


def tree(t):
    split = t.children_left >= 0
    return {"feature": numpy.where(split, t.feature, -1).tolist(),
            "threshold": numpy.where(split, single(t.threshold), 0).tolist(),
            "left": t.children_left.tolist(),
            "right": t.children_right.tolist(),
            "value": [-1 if s else leaf(v[0]) for s, v in zip(split, t.value)]}


def export(forest, out):
    if type(forest).__name__ not in ("RandomForestClassifier",
                                     "ExtraTreesClassifier"):
        raise SystemExit(f"{type(forest).__name__}: neither a "
                         "RandomForestClassifier nor an ExtraTreesClassifier")
    if forest.n_outputs_ != 1 or forest.n_features_in_ != len(FEATURES):
        raise SystemExit("not one answer from eight features: "
                         f"{forest.n_outputs_}, {forest.n_features_in_}")

    names = getattr(forest, "feature_names_in_", FEATURES)
    users = [str(c) for c in forest.classes_.tolist()]
    json.dump({"format": "keyauth forest", "version": 1,
               "features": list(names), "labels": users,
               "parameters": {"library": f"scikit-learn {sklearn.__version__}",
                              "trees": len(forest.estimators_)},
               "trees": [tree(e.tree_) for e in forest.estimators_]}, out)


if __name__ == "__main__":
    import joblib
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        export(joblib.load(sys.argv[1]), f)
