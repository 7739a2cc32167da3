#!/bin/bash
#
# XGBoost 3.3.0 (Debian sid, python3-xgboost) saves a DART booster under the
# name "gbtree", with the model where a gbtree has it.  Only "weight_drop"
# beside it, a factor for each tree, differs; who reads trees and leaves alone
# computes other margins.  Where all factors are 1 there is no weight_drop.
# XGBoost 3.0.0 saved "dart", with a gbtree within.

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "${0%/*}/unpack.bash"
unpack sid python3-xgboost

python <<'END'
import json, numpy, xgboost
assert xgboost.__version__ == "3.3.0", xgboost.__version__
xgboost.set_config(verbosity=0)
rng = numpy.random.default_rng(1)
x, y = rng.normal(size=(60, 4)), numpy.arange(60) % 3

def booster(**more):
    params = {"objective": "multi:softprob", "num_class": 3, "seed": 1, **more}
    return xgboost.train(params, xgboost.DMatrix(x, y), 8)

def saved(trained):
    document = json.loads(trained.save_raw("json").decode())
    return document["learner"]["gradient_booster"]

dart = saved(booster(booster="dart", rate_drop=0.5))
print("booster=dart, rate_drop=0.5:", dart["name"], sorted(dart),
      dart["weight_drop"][:3])
assert dart["name"] == "gbtree" and len(dart["weight_drop"]) == 24
assert any(f != 1 for f in dart["weight_drop"])

plain = saved(booster(booster="dart"))
print("booster=dart:", plain["name"], sorted(plain))
assert plain["name"] == "gbtree" and "weight_drop" not in plain

# the default booster drops trees too, where 3.0.0 warned and did not
gbtree = saved(booster(rate_drop=0.5))
print("rate_drop=0.5:", gbtree["name"], sorted(gbtree))
assert gbtree["weight_drop"] == dart["weight_drop"]
END
