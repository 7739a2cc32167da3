"""What a model costs against the number of users."""

import os
import re
import shutil
import subprocess

from kinds import MODELS
from load import BUILD, ROOT

KEYAUTH = os.path.join(ROOT, "build", "keyauth")
TURNS = 3
SECTIONS = {**{name.lower(): name for name in MODELS}, "trees": "FUSION"}


def synthetic(n, directory, seed=1):
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "data.csv")
    subprocess.run([KEYAUTH, "synth", "--users", str(n), "--seed", str(seed),
                    "--out", path], check=True)

    return path


def train(data, out, keyauth=KEYAUTH):
    """Seconds that each model took, as the command says."""
    os.makedirs(out, exist_ok=True)
    done = subprocess.run([keyauth, "train", "--data", data, "--out", out],
                          check=True, capture_output=True, text=True)

    return {name: float(seconds) for name, seconds in re.findall(
        r"^(\w+)[^\n]*?, ([\d.]+) s$", done.stderr + done.stdout, re.M)}


def sizes(path):
    """Bytes of each model's sections in the file."""
    with open(path, "rb") as f:
        header = f.read(16)
        n = int.from_bytes(header[12:16], "little")
        f.seek(192)
        table = [f.read(32) for _ in range(n)]

    figures = dict.fromkeys(MODELS, 0)

    for entry in table:
        prefix = entry[:16].rstrip(b"\0").decode().split(".")[0]
        if prefix in SECTIONS:
            figures[SECTIONS[prefix]] += int.from_bytes(entry[24:32],
                                                        "little")

    return figures


def measure(n, worker, program):
    directory = os.path.join(BUILD, "users-%d" % n)
    data = synthetic(n, directory)
    seconds = train(data, directory)
    model = os.path.join(directory, "keyauth.model")
    kernels = worker([program, directory, data], "")

    ns = {name: [kernels.time(name, turn)[0] for turn in range(TURNS)]
          for name in MODELS if name in kernels.names}
    kernels.close()

    figures = {"users": n, "ns": ns, "seconds": seconds,
               "bytes": sizes(model), "file": os.path.getsize(model)}
    shutil.rmtree(directory)        # gigabytes, of 2,000 users

    return figures
