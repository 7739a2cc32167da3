#!/bin/bash
#
# Runs prove in a network namespace of its own: the tests' servers listen on
# every address, and their ports must be free.
#
#     t/prove.sh [prove's arguments]

set -euo pipefail
cd "$(dirname "$0")/.."

t/install-test-nginx.sh

user=
if [ "$(id -u)" != 0 ]; then
    user=--map-root-user
fi

if ! unshare $user --net true 2>/dev/null; then
    echo "keyauth: no network namespace of its own is allowed here;" \
         "the tests use this machine's ports 1984 and 18080 to 18099" >&2
    exec prove "$@"
fi

exec unshare $user --net -- \
    bash -c 'ip link set lo up && exec prove "$@"' prove "$@"
