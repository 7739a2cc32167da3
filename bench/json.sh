#!/bin/bash
#
# Measures the engine's JSON reader beside yyjson and cJSON (bench/json.c), on
# bodies of /predict: a summary, timings, and a full batch of each.
#
#     bench/json.sh
#
# yyjson is not in Debian 12: Debian 13's package is unpacked into a temporary
# folder.

set -euo pipefail
cd "$(dirname "$0")/.."

conf/install.sh build run another
make -s --no-print-directory -j"$(nproc)" all

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. findings/unpack.bash
unpack trixie libyyjson-dev libyyjson0

# alone: beside it lies that release's libc
mkdir "$dir/lib"
cp -a "$dir"/root/usr/lib/*/libyyjson.so* "$dir/lib"

gcc -O2 -Wall -Wextra -I"$dir/root/usr/include" \
    $(find engine trainer -type d -printf '-I%p ') -o "$dir/json" \
    bench/json.c build/trainer/{util,statistics,random}.o \
    build/libkeyauth.a -L"$dir/lib" -Wl,-rpath,"$dir/lib" \
    -lyyjson -lcjson -lcrypto -lm

python3 - "$dir" <<'END'
import json, sys

summary = {"Model": "SVM"}
for name in ("HT", "PPT", "RRT", "RPT"):
    summary[name] = {"Mean": 113.46153846153847, "STD": 31.17236412}

press = [1000 + 187.3 * k for k in range(13)]
timings = {"Model": "FUSION", "Press": [round(t, 3) for t in press],
           "Release": [round(t + 96.7, 3) for t in press]}

for name, body in (("summary", summary), ("timings", timings),
                   ("summaries", [summary] * 64), ("batch", [timings] * 40)):
    with open("%s/%s" % (sys.argv[1], name), "w") as out:
        json.dump(body, out, separators=(",", ":"))
END

cd "$dir"
./json summary timings summaries batch
