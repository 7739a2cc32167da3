"""Models that the installed XGBoost, scikit-learn and libsvm train, the rows
to ask them, and what they answer.

    make.py DIR

Writes into DIR, for t/libraries.sh: rows, doubles, eight a row; of each model
its file, NAME.labels, NAME.answers and NAME.scores; and models, a line for
each with its name, kind, file, options of keyauth import, and what is
expected: "equal", or the reason for which it is refused.
"""

import itertools
import json
import os
import pickle
import subprocess
import sys
import warnings

import numpy
import sklearn
import xgboost
from sklearn import ensemble, svm

import export_sklearn

USERS, REPETITIONS, ROWS = 6, 14, 10000
NAMES = export_sklearn.FEATURES

warnings.filterwarnings("ignore")
xgboost.set_config(verbosity=0)
rng = numpy.random.default_rng(1)


def training():
    """Summary features of made-up typists, grouped by user."""
    mean = numpy.array([90, 25, 200, 60, 205, 62, 110, 65])
    user = mean * rng.uniform(0.6, 1.6, (USERS, 8))
    x = numpy.abs(user.repeat(REPETITIONS, 0)
                  * rng.normal(1, 0.25, (USERS * REPETITIONS, 8)))
    return x.round(3), numpy.arange(USERS).repeat(REPETITIONS)


def asked(x):
    """Near the rows of x, these themselves, halfway, anywhere, and far."""
    rows = x[rng.integers(len(x), size=ROWS)]
    kind = numpy.arange(ROWS) * 5 // ROWS
    near = rng.normal(1, 0.3, (ROWS, 8))
    half = (rows + x[rng.integers(len(x), size=ROWS)]) / 2
    wide = rng.uniform(0, 2, (ROWS, 8)) * x.max(axis=0)
    far = rng.uniform(0, 1, (ROWS, 8)) * 10 ** rng.uniform(0, 6, (ROWS, 1))
    return numpy.where((kind == 0)[:, None], rows * near,
           numpy.where((kind == 1)[:, None], rows,
           numpy.where((kind == 2)[:, None], half,
           numpy.where((kind == 3)[:, None], wide, far))))


X, Y = training()
Q = asked(X)
OUT = sys.argv[1]
models = []


def path(name):
    return os.path.join(OUT, name)


def write(name, lines):
    with open(path(name), "w", encoding="utf-8") as f:
        f.writelines(f"{line}\n" for line in lines)


def add(name, kind, file, labels, answers, scores=None, options="",
        expected="equal"):
    """answers: classes of Q's rows; labels: what the classes are called."""
    if labels is not None:
        write(name + ".labels", labels)
    if expected == "equal":
        users = [str(u)[:-2] if str(u).endswith(".0") else u for u in labels]
        write(name + ".answers", (users[int(c)] for c in answers))
        if scores is not None:
            scores.astype(numpy.float64).tofile(path(name + ".scores"))
    models.append((name, kind, file, options or "--quiet", expected))


# XGBoost: what is asked is asked of Booster itself, margins first

def booster(name, params, rounds=6, x=None, y=None, labels=None, names=None,
            matrix=None, keep=None, **how):
    x, y = X if x is None else x, Y if y is None else y
    matrix = xgboost.DMatrix(x, y, feature_names=names, **(matrix or {}))
    given = {"objective": "multi:softprob", "num_class": USERS, "nthread": 1,
             "seed": 7, **params}
    if given["num_class"] is None:
        del given["num_class"]
    trained = xgboost.train(given, matrix, rounds)
    save(name, keep(trained) if keep else trained, labels, **how)


def save(name, trained, labels=None, rounds=None, formats=("json", "ubj"),
         options="", expected="equal", order=None):
    labels = labels or [str(10 * u + 1) for u in range(USERS)]
    margins = classes = None
    if expected == "equal":
        rows = Q if order is None else Q[:, order]
        rows = xgboost.DMatrix(rows, feature_names=trained.feature_names)
        kept = (0, rounds or 0)
        margins = trained.predict(rows, output_margin=True,
                                  iteration_range=kept)
        classes = trained.predict(rows, iteration_range=kept)
        classes = classes.argmax(axis=1) if classes.ndim == 2 else classes
    for form in formats:
        file = f"{name}.{form}"
        trained.save_model(path(file))
        add(f"{name}-{form}", "XGB", file, labels, classes, margins, options,
            expected)


def boosters():
    weights = {"": {}, "weights": {"weight": 1 + Y % 3}}
    constraints = {"": {}, "monotone": {"monotone_constraints":
                                        "(1,0,-1,0,1,0,0,0)"},
                   "interaction": {"interaction_constraints":
                                   "[[0,1,2],[3,4],[5,6,7]]"}}
    bases = {"": {}, "base": {"base_score": 0.3}}
    droppers = {"gbtree": {}, "dart": {"booster": "dart", "rate_drop": 0.3},
                "darter": {"booster": "dart", "rate_drop": 0.5,
                           "normalize_type": "forest", "one_drop": 1,
                           "sample_type": "weighted", "skip_drop": 0.2}}
    methods, objectives = ("exact", "approx", "hist"), ("softprob", "softmax")

    for drop, method, objective, weight, constraint, base in \
            itertools.product(droppers, methods, objectives, weights,
                              constraints, bases):
        name = "-".join(filter(None, (drop, method, objective, weight,
                                      constraint, base)))
        booster(name, {**droppers[drop], "tree_method": method,
                       "objective": "multi:" + objective,
                       **constraints[constraint], **bases[base]},
                matrix=weights[weight])


def boosters_of_kinds():
    hist = {"tree_method": "hist"}
    booster("dart-factors-1", {"booster": "dart"})
    booster("gbtree-rate_drop", {"rate_drop": 0.4}, 12)
    booster("parallel", {"num_parallel_tree": 5, "subsample": 0.6})
    booster("dart-parallel", {"booster": "dart", "rate_drop": 0.4,
                              "num_parallel_tree": 3, "subsample": 0.6})
    booster("lossguide", {**hist, "grow_policy": "lossguide",
                          "max_leaves": 9, "max_depth": 0})
    booster("pruned", {"tree_method": "exact", "gamma": 1.5, "max_depth": 9})
    booster("deep", {**hist, "max_depth": 30, "min_child_weight": 0,
                     "lambda": 0}, 40)
    booster("stumps", {"max_depth": 1}, 200)
    booster("one-leaf", {"gamma": 1e9})
    booster("few-bins", {**hist, "max_bin": 4, "colsample_bynode": 0.5,
                         "alpha": 0.1, "max_delta_step": 0.7})
    booster("unbalanced", {}, y=numpy.sort(rng.integers(0, USERS, len(Y))))
    booster("unbalanced-dart", {"booster": "dart", "rate_drop": 0.5},
            y=numpy.sort(rng.integers(0, USERS, len(Y))))
    booster("users-named", {}, labels=["zoe", "7", "007", "-3", "ä", "a b"])
    booster("users-floats", {}, labels=[f"{u}.0" for u in range(USERS)])
    booster("names", {}, names=NAMES)
    booster("attributes", {}, keep=lambda b: (b.set_attr(note="mine"), b)[1])
    holes = numpy.where(rng.random(X.shape) < 0.1, numpy.nan, X)
    for method in ("exact", "approx", "hist"):
        booster(f"missing-{method}", {"tree_method": method}, x=holes)
    booster("sliced", {}, 9, keep=lambda b: b[2:7])
    booster("continued", {}, keep=lambda b: xgboost.train(
        {"objective": "multi:softprob", "num_class": USERS,
         "num_parallel_tree": 2}, xgboost.DMatrix(X, Y), 4, xgb_model=b))
    booster("refreshed", {}, keep=lambda b: xgboost.train(
        {"objective": "multi:softprob", "num_class": USERS,
         "process_type": "update", "updater": "refresh"},
        xgboost.DMatrix(X[::2], Y[::2]), 6, xgb_model=b))

    own = [f"{n.replace('.', '_')}_of_keys" for n in NAMES]
    order = rng.permutation(8)
    mixed = [own[i] for i in order]
    booster("other-names", {}, names=own,
            expected="--features maps other names")
    booster("other-names-mapped", {}, names=own,
            options="--features " + ",".join(own))
    booster("other-order", {}, x=X[:, order], names=mixed, order=order,
            options="--features " + ",".join(own))
    booster("ours-in-other-order", {}, x=X[:, order],
            names=[NAMES[i] for i in order],
            expected="--features maps other names")


def boosters_stopped():
    params = {"n_estimators": 90, "random_state": 3, "n_jobs": 1,
              "early_stopping_rounds": 3, "learning_rate": 0.9}
    for name, more in {"early": {}, "early-dart": {"booster": "dart",
                                                   "rate_drop": 0.2},
                       "early-parallel": {"num_parallel_tree": 3,
                                          "subsample": 0.7}}.items():
        model = xgboost.XGBClassifier(**params, **more)
        wrong = (Y[1::2] + (rng.random(len(Y) // 2) < 0.3)) % USERS
        model.fit(X[::2], Y[::2], eval_set=[(X[1::2], wrong)], verbose=False)
        trained = model.get_booster()
        assert trained.best_iteration + 1 < trained.num_boosted_rounds()
        save(name, trained, rounds=trained.best_iteration + 1)
        save(name + "-all", trained, options="--all-rounds")
        # what the classifier itself answers
        assert (model.predict(Q)
                == trained.predict(xgboost.DMatrix(Q), iteration_range=(
                    0, trained.best_iteration + 1)).argmax(axis=1)).all()

    model = xgboost.XGBRFClassifier(n_estimators=50, n_jobs=1).fit(X, Y)
    save("XGBRF", model.get_booster())
    model = xgboost.XGBClassifier(n_estimators=9, n_jobs=1).fit(X, Y)
    save("XGBClassifier", model.get_booster())


def boosters_refused():
    no = {"objective": "multi:softprob"}
    booster("gblinear", {"booster": "gblinear"},
            expected="only gbtree and dart are supported")
    for objective, y in {"binary:logistic": Y % 2, "reg:squarederror": Y,
                         "rank:pairwise": Y}.items():
        booster(objective.replace(":", "-"),
                {"objective": objective, "num_class": None}, y=y,
                matrix={"group": [len(Y)]} if "rank" in objective else {},
                expected=f"\"{objective}\", and only multi:softprob")
    booster("fewer-features", {}, x=X[:, :6],
            expected="num_feature: 6 summary features, and not 8")
    if xgboost.__version__ >= "2":
        booster("vector-leaves", {**no, "tree_method": "hist",
                                  "multi_strategy": "multi_output_tree"},
                expected="numbers in a leaf, and only 1 is supported")
    whole = X.copy()
    whole[:, 0] = Y % 4
    booster("categorical", {"tree_method": "hist", "max_cat_to_onehot": 1},
            x=whole, matrix={"feature_types": ["c"] + ["q"] * 7,
                             "enable_categorical": True},
            expected="feature 0 is categorical")
    booster("multi-target", {"objective": "reg:squarederror",
                             "num_class": None},
            y=numpy.stack([Y, Y], axis=1),
            expected="\"reg:squarederror\", and only multi:softprob")
    booster("standardised", {}, x=(X - X.mean(axis=0)) / X.std(axis=0),
            expected="a deviation, is negative: train on milliseconds")
    booster("seconds", {}, x=X / 1000,
            expected="all features are within 1: train on milliseconds")

    trained = xgboost.train({"objective": "multi:softprob", "num_class":
                             USERS}, xgboost.DMatrix(X, Y), 2)
    for form in ("text", "json"):
        trained.dump_model(path("dump-" + form), dump_format=form)
        add("dump-" + form, "XGB", "dump-" + form, range(USERS), None,
            expected="it is a dump of XGBoost's")
    with open(path("pickle"), "wb") as f:
        pickle.dump(trained, f)
    add("pickle", "XGB", "pickle", range(USERS), None,
        expected="it is a pickle of Python's")
    with open(path("config"), "w", encoding="utf-8") as f:
        f.write(trained.save_config())
    with open(path("snapshot"), "wb") as f:
        f.write(trained.__getstate__()["handle"])
    for name in ("config", "snapshot"):
        add(name, "XGB", name, range(USERS), None,
            expected="it is a configuration or a snapshot of XGBoost's")
    trained.save_model(path("binary.deprecated"))
    with open(path("binary.deprecated"), "rb") as f:
        old = f.read(4) == b"binf"
    if old:
        add("binary", "XGB", "binary.deprecated", range(USERS), None,
            expected="XGBoost's old binary format")

    # a member that a later version may write, and that nobody can judge
    trained.save_model(path("unknown.json"))
    with open(path("unknown.json"), encoding="utf-8") as f:
        document = json.load(f)
    document["learner"]["gradient_booster"]["tree_scale"] = [2.0]
    with open(path("unknown.json"), "w", encoding="utf-8") as f:
        json.dump(document, f)
    add("unknown-member", "XGB", "unknown.json", range(USERS), None,
        expected="tree_scale: XGBoost 1.7 to 3.3 write no such member")


# scikit-learn, as the project's exporter writes it

def forest(name, estimator, x=None, y=None, weight=None, names=None,
           **how):
    x, y = X if x is None else x, Y + 1 if y is None else y
    estimator.set_params(random_state=5)
    estimator.fit(x, y, sample_weight=weight)
    if names is not None:
        estimator.feature_names_in_ = numpy.array(names, dtype=object)
    file = name + ".rf.json"
    with open(path(file), "w", encoding="utf-8") as f:
        export_sklearn.export(estimator, f)
    if names is not None:
        del estimator.feature_names_in_
    expected = how.get("expected", "equal")
    classes = shares = None
    if expected == "equal":
        rows = Q[:, how.pop("order")] if "order" in how else Q
        shares = estimator.predict_proba(rows)
        classes = numpy.searchsorted(estimator.classes_,
                                     estimator.predict(rows))
    add(name, "RF", file, estimator.classes_.tolist(), classes, shares, **how)


def forests():
    weight = 1.0 + numpy.arange(len(Y)) % 4
    for make in (ensemble.RandomForestClassifier,
                 ensemble.ExtraTreesClassifier):
        of = "RF" if "Random" in make.__name__ else "ET"
        for criterion in ("gini", "entropy", "log_loss"):
            forest(f"{of}-{criterion}", make(40, criterion=criterion))
        forest(f"{of}-default", make())
        forest(f"{of}-weights", make(40), weight=weight)
        forest(f"{of}-balanced", make(40, class_weight="balanced"))
        forest(f"{of}-users-weighted",
               make(40, class_weight={1: 5, 3: 0.2}))
        forest(f"{of}-subsample-balanced",
               make(40, class_weight="balanced_subsample", bootstrap=True))
        forest(f"{of}-bagged-depth", make(40, bootstrap=True,
                                          max_samples=0.5, max_depth=4))
        forest(f"{of}-all-rows", make(40, bootstrap=False))
        forest(f"{of}-leaves", make(40, min_samples_leaf=3,
                                    max_leaf_nodes=12))
        forest(f"{of}-pruned", make(40, ccp_alpha=0.01, max_features=None))
        forest(f"{of}-stumps", make(3, max_depth=1))
        forest(f"{of}-one-tree", make(1))
        forest(f"{of}-digits", make(40), y=(Y * 9 + 1).astype(str))
        forest(f"{of}-floats", make(40), y=Y + 1.0)
        forest(f"{of}-named", make(40),
               y=numpy.array(["zoe", "al", "Bo", "ä", "0", "-1"])[Y])
        forest(f"{of}-names", make(40), names=NAMES)
        forest(f"{of}-standardised", make(20),
               x=(X - X.mean(axis=0)) / X.std(axis=0),
               expected="a deviation, is negative: train on milliseconds")
        forest(f"{of}-seconds", make(20), x=X / 1000,
               expected="all features are within 1: train on milliseconds")

    # since 1.4 a forest can be trained with values missing
    if sklearn.__version__ >= "1.4":
        holes = numpy.where(rng.random(X.shape) < 0.1, numpy.nan, X)
        forest("RF-missing", ensemble.RandomForestClassifier(100), x=holes)
        if sklearn.__version__ >= "1.6":
            forest("ET-missing", ensemble.ExtraTreesClassifier(100), x=holes)
        forest("RF-monotone", ensemble.RandomForestClassifier(40), x=X,
               y=Y > 2)

    own = ["hold", "hold_sd", "pp", "pp_sd", "rr", "rr_sd", "rp", "rp_sd"]
    order = rng.permutation(8)
    options = "--features " + ",".join(own)
    make = ensemble.RandomForestClassifier
    forest("RF-other-names", make(20), names=own,
           expected="--features maps other names")
    forest("RF-other-names-mapped", make(20), names=own, options=options)
    forest("RF-other-order", make(20), x=X[:, order],
           names=[own[i] for i in order], order=order, options=options)


# scikit-learn's SVC, exported, and libsvm's own svm-train

def svc(name, expected="equal", x=None, y=None, weight=None, **params):
    estimator = svm.SVC(**{"random_state": 1, **params})
    y = Y + 1 if y is None else y
    estimator.fit(X if x is None else x, y, sample_weight=weight)
    file = name + ".svm"
    with open(path(file), "w", encoding="utf-8") as f:
        export_sklearn.export(estimator, f)
    classes = None
    if expected == "equal":
        classes = numpy.searchsorted(estimator.classes_,
                                     estimator.predict(Q))
    add(name, "SVM", file, estimator.classes_.tolist(), classes,
        expected=expected)


def svcs():
    svc("SVC")
    svc("SVC-C", C=50, gamma=1e-4)
    svc("SVC-auto", gamma="auto")
    svc("SVC-balanced", class_weight="balanced", C=3)
    svc("SVC-users-weighted", class_weight={1: 9, 2: 0.1})
    svc("SVC-weights", weight=1.0 + numpy.arange(len(Y)) % 4)
    svc("SVC-probability", probability=True)
    svc("SVC-ovo", decision_function_shape="ovo")
    svc("SVC-two", y=Y > 2)
    svc("SVC-named", y=numpy.array(["z", "al", "Bo", "ä", "0", "-1"])[Y])
    svc("SVC-digits", y=(Y * 9 + 1).astype(str))
    svc("SVC-standardised", x=(X - X.mean(axis=0)) / X.std(axis=0),
        expected="a deviation, is negative: train on milliseconds")


def libsvm_rows(name, x, y):
    write(name, (" ".join([str(c)] + [f"{i}:{v!r}" for i, v in
                                      enumerate(row, 1)])
                 for row, c in zip(x.tolist(), y.tolist())))


def libsvm(name, *options, y=None, expected="equal"):
    y = Y + 1 if y is None else y
    libsvm_rows("train", X, y)
    subprocess.run(["/usr/bin/svm-train", "-q", *options, path("train"),
                    path(name)], check=True)
    users = list(dict.fromkeys(y.tolist()))
    classes = None
    if expected == "equal":
        subprocess.run(["/usr/bin/svm-predict", "-q", path("asked"),
                        path(name), path("predicted")], check=True)
        with open(path("predicted"), encoding="utf-8") as f:
            classes = [users.index(int(float(line))) for line in f]
    add(name, "SVM", name, users, classes, expected=expected)


def libsvms():
    libsvm_rows("asked", Q, numpy.zeros(ROWS, int))
    libsvm("svm-train")
    libsvm("svm-train-C", "-c", "40", "-g", "0.0001", "-h", "0")
    libsvm("svm-train-weights", "-w1", "8", "-w3", "0.2", "-g", "0.001")
    libsvm("svm-train-probabilities", "-b", "1", "-g", "0.0001")
    libsvm("svm-train-from-0", "-g", "0.0001", y=Y)
    libsvm("svm-train-unsorted", "-g", "0.0001",
           y=numpy.array([30, 4, 100, 5, 77, 1])[Y])
    libsvm("svm-train-linear", "-t", "0", expected="only rbf is supported")
    libsvm("svm-train-nu", "-s", "1", "-n", "0.2",
           expected="only c_svc is supported")
    libsvm("svm-train-one-class", "-s", "2",
           expected="only c_svc is supported")


def main():
    Q.tofile(path("rows"))
    boosters()
    boosters_of_kinds()
    boosters_stopped()
    boosters_refused()
    forests()
    svcs()
    libsvms()
    write("models", ("\t".join(m) for m in models))
    write("versions", [f"XGBoost {xgboost.__version__}, scikit-learn "
                       f"{sklearn.__version__}"])


main()
