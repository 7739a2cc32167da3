#!/bin/bash
#
# Builds another nginx, and the module for it, and runs t/another.pl; of another
# Debian its Valkey is an engine of replication, too:
#
#     t/another.sh trixie|sid|asan|valgrind

set -euo pipefail
cd "$(dirname "$0")/.."

conf/install.sh build run test another

case $1 in
    trixie|sid) t/debian.sh "$1" ;;
    *)          t/nginx.sh "$1" ;;
esac

make -s --no-print-directory -j"$(nproc)" all tests
t/prove.sh t/another.pl :: "$1"

valkey=$PWD/build/debian/$1/valkey-server

if [ -e "$valkey" ]; then
    KEYAUTH_ENGINE=$valkey t/prove.sh t/260-replicate.t
fi
