#!/usr/bin/env python3
"""Exports a model of scikit-learn's for `keyauth import`.

    export_sklearn.py FOREST.joblib rf.json
    export_sklearn.py SVC.joblib svm.model

The first holds a fitted RandomForestClassifier or ExtraTreesClassifier, for
--rf; or an SVC, for --svm, and then svm.model.labels is written too, for
--labels.  Columns are HT.Mean, HT.STD, PPT.Mean, ..., RPT.STD in milliseconds
(STD with ddof=1), not scaled; classes are the UserIDs.  Or call export()
yourself.
"""

import json
import sys

import numpy
import sklearn

FEATURES = [f"{interval}.{figure}" for interval in ("HT", "PPT", "RRT", "RPT")
            for figure in ("Mean", "STD")]
FORESTS = ("RandomForestClassifier", "ExtraTreesClassifier")

# what a tree's values are: shares, and weights of rows until 1.3
SHARES = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 3)


def single(threshold):
    """The largest float32 <= threshold: x <= threshold stays what it was.

    Where values are missing, a forest may have a threshold of infinity, for
    which JSON has no number."""
    most = numpy.finfo(numpy.float32).max
    rounded = numpy.clip(threshold, -most, most).astype(numpy.float32)
    return numpy.where(rounded > threshold,
                       numpy.nextafter(rounded, numpy.float32(-numpy.inf)),
                       rounded)


def leaf(value):
    """A class, or [[class, share], ...] as predict_proba() has them."""
    total = 1 if SHARES else value.sum() or 1
    shares = [[int(c), float(value[c] / total)] for c in value.nonzero()[0]]
    return shares[0][0] if len(shares) == 1 else shares


def tree(t):
    split = t.children_left >= 0
    return {"feature": numpy.where(split, t.feature, -1).tolist(),
            "threshold": numpy.where(split, single(t.threshold), 0).tolist(),
            "left": t.children_left.tolist(),
            "right": t.children_right.tolist(),
            "value": [-1 if s else leaf(v[0]) for s, v in zip(split, t.value)]}


def users(model):
    return [str(c) for c in model.classes_.tolist()]


def forest(model, out):
    if model.n_outputs_ != 1:
        raise SystemExit(f"{model.n_outputs_} answers to a row, and not one")

    names = getattr(model, "feature_names_in_", FEATURES)
    json.dump({"format": "keyauth forest", "version": 1,
               "features": list(names), "labels": users(model),
               "parameters": {"library": f"scikit-learn {sklearn.__version__}",
                              "trees": len(model.estimators_)},
               "trees": [tree(e.tree_) for e in model.estimators_]}, out)


def svc(model, out):
    """libsvm's text format, with digits enough to be read back unchanged."""
    if model.break_ties and len(model.classes_) > 2:
        raise SystemExit("break_ties: votes that tie are for the first class")

    def numbers(values):
        return " ".join(f"{v:.17g}" for v in values)

    # scikit-learn turns the signs of two classes, for decision_function()
    sign = -1 if len(model.classes_) == 2 else 1
    vectors = model.support_vectors_
    out.write(f"svm_type c_svc\nkernel_type rbf\n"
              f"gamma {model._gamma:.17g}\n"
              f"nr_class {len(model.classes_)}\ntotal_sv {len(vectors)}\n"
              f"rho {numbers(-sign * model.intercept_)}\n"
              f"label {' '.join(map(str, range(len(model.classes_))))}\n"
              f"nr_sv {' '.join(map(str, model.n_support_))}\nSV\n")
    for coefs, vector in zip(sign * model.dual_coef_.T, vectors):
        features = " ".join(f"{i}:{v:.17g}" for i, v in enumerate(vector, 1))
        out.write(f"{numbers(coefs)} {features}\n")


def export(model, out):
    kind = type(model).__name__
    if kind not in (*FORESTS, "SVC"):
        raise SystemExit(f"{kind}: only RandomForestClassifier, "
                         "ExtraTreesClassifier and SVC are supported")
    if kind == "SVC" and model.kernel != "rbf":
        raise SystemExit(f"kernel {model.kernel}: only rbf is supported")
    if not hasattr(model, "classes_"):
        raise SystemExit(f"{kind}: it is not trained: call fit() first")
    if model.n_features_in_ != len(FEATURES):
        raise SystemExit(f"{model.n_features_in_} features, and not eight")

    return forest(model, out) if kind in FORESTS else svc(model, out)


if __name__ == "__main__":
    import joblib
    fitted = joblib.load(sys.argv[1])
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        export(fitted, f)
    if type(fitted).__name__ == "SVC":
        with open(sys.argv[2] + ".labels", "w", encoding="utf-8") as f:
            f.writelines(f"{user}\n" for user in users(fitted))
