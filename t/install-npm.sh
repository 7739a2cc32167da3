#!/bin/bash
#
# Gets what tests of JavaScript run with: Debian's chromium and
# Firefox, node where there is none, and of npm's packages the versions that
# t/npm/package-lock.json names, into build/npm/node_modules.

set -euo pipefail
cd "$(dirname "$0")/.."

dir=build/npm

conf/install.sh browser

if cmp -s t/npm/package-lock.json $dir/installed; then
    exit 0
fi

echo "keyauth: installing npm packages into $dir:" \
     $(sed -n 's/^    "\([^"]*\)": "\([0-9.]*\)",*$/\1@\2/p' \
           t/npm/package.json)

rm -rf $dir
mkdir -p $dir
cp t/npm/package.json t/npm/package-lock.json $dir

if ! npm --prefix $dir ci --ignore-scripts --no-audit --no-fund >$dir/log 2>&1
then
    tail -n 5 $dir/log >&2
    echo "keyauth: npm could not install them (all it said is in $dir/log)" >&2
    exit 1
fi

cp t/npm/package-lock.json $dir/installed
