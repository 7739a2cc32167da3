#!/bin/bash
#
# XGBoost 3.0.0 (Debian 13, python3-xgboost) writes bare NaN into the JSON of a
# model with vector leaves: RFC 8259 has no such word, and strict readers
# refuse the file.  The number of a leaf's values is in each tree's
# "tree_param", not in "gbtree_model_param", where 1.7.4 had a member of this
# name.

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "${0%/*}/unpack.bash"
unpack trixie python3-xgboost

python <<'END'
import json, numpy, xgboost
assert xgboost.__version__ == "3.0.0", xgboost.__version__
rng = numpy.random.default_rng(1)
x, y = rng.normal(size=(60, 4)), numpy.arange(60) % 3
trained = xgboost.train({"objective": "multi:softprob", "num_class": 3,
                         "multi_strategy": "multi_output_tree",
                         "tree_method": "hist"}, xgboost.DMatrix(x, y), 2)
words = []
document = json.loads(trained.save_raw("json").decode(),
                      parse_constant=words.append)
print("words that JSON has not:", len(words), set(words))
assert words and set(words) == {"NaN"}

model = document["learner"]["gradient_booster"]["model"]
print(model["gbtree_model_param"], model["trees"][0]["tree_param"])
assert "size_leaf_vector" not in model["gbtree_model_param"]
assert model["trees"][0]["tree_param"]["size_leaf_vector"] == "3"
END
