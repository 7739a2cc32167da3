"""The kinds of models, as the engine lists them."""

import os
import re

from load import ROOT

with open(os.path.join(ROOT, "engine", "models", "keyauth_kinds.h")) as list_:
    MODELS = tuple(re.findall(r"^    kind\((\w+), \w+\)", list_.read(), re.M))

TIMINGS = "FUSION"          # is asked with timings, the others with a summary
SUMMARY = tuple(name for name in MODELS if name != TIMINGS)
