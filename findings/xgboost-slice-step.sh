#!/bin/bash
#
# XGBoost 3.0.0 (Debian 13, python3-xgboost): a slice with a step raises an
# error where the step does not divide the number of rounds, though Python's
# own slices of such a list have its rounds 0 and 2.

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "${0%/*}/unpack.bash"
unpack trixie python3-xgboost

python <<'END'
import numpy, xgboost
assert xgboost.__version__ == "3.0.0", xgboost.__version__
rng = numpy.random.default_rng(1)
trained = xgboost.train({}, xgboost.DMatrix(rng.normal(size=(60, 4)),
                                            rng.normal(size=60)), 3)
print("booster[0:2]:", trained[0:2].num_boosted_rounds(), "rounds")
try:
    trained[0:3:2]
except xgboost.core.XGBoostError as e:
    print("booster[0:3:2]:", str(e).splitlines()[0].split("] ", 1)[-1])
    assert "out_l == n_layers (2 vs. 1)" in str(e)
else:
    raise SystemExit("booster[0:3:2] is a slice now")
END
