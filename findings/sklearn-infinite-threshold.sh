#!/bin/bash
#
# scikit-learn 1.4.2 (Debian 13, python3-sklearn): a forest that was trained
# with missing values has thresholds of infinity, which part these from all
# numbers.  json.dumps() writes them as Infinity, which JSON has not.  Its
# trees' values are shares that sum to 1, where 1.2 had weights of rows.

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "${0%/*}/unpack.bash"
unpack trixie python3-sklearn

python <<'END'
import json, numpy, sklearn
from sklearn.ensemble import RandomForestClassifier
assert sklearn.__version__ == "1.4.2", sklearn.__version__
rng = numpy.random.default_rng(1)
x, y = rng.normal(size=(200, 4)), numpy.arange(200) % 3
x[rng.random(x.shape) < 0.2] = numpy.nan
forest = RandomForestClassifier(20, random_state=1).fit(x, y)
cuts = numpy.concatenate([e.tree_.threshold for e in forest.estimators_])
print(numpy.isinf(cuts).sum(), "of", len(cuts), "thresholds are infinite:",
      json.dumps(float(cuts.max())))
assert json.dumps(float(cuts.max())) == "Infinity"
sums = [v.sum() for e in forest.estimators_ for v in e.tree_.value]
print("values of a node sum to", min(sums), "to", max(sums))
assert numpy.allclose(sums, 1)
END
