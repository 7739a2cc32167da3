#!/bin/bash
#
# Runs prove; each test in a network namespace of its own: the tests' servers
# listen on every address, and their ports must be free.  Where there are such
# namespaces, tests run beside each other: one more than there are processors,
# as many of them wait for servers half of their time.
#
#     t/prove.sh [prove's arguments]

set -euo pipefail
cd "$(dirname "$0")/.."

t/install-test-nginx.sh
env -u MAKEFLAGS -u MAKELEVEL make -s --no-print-directory test-models

export KEYAUTH_UNSHARE=--net
if [ "$(id -u)" != 0 ]; then
    KEYAUTH_UNSHARE='--map-root-user --net'
fi

if ! unshare $KEYAUTH_UNSHARE true 2>/dev/null; then
    echo "keyauth: no network namespace of its own is allowed here;" \
         "the tests use this machine's ports 1984 and 18080 to 18099" >&2
    exec prove "$@"
fi

exec prove -j$(($(nproc) + 1)) --exec t/alone.sh "$@"
