#!/bin/bash
#
# Runs one test for t/prove.sh: in a network namespace and with a folder for
# servers of its own, so that others can run beside it.

set -euo pipefail

TEST_NGINX_SERVROOT=$PWD/t/servroot-$(basename "$1" .t)
export TEST_NGINX_SERVROOT

# perl, as prove does it: whatever else a test is written in, perl hands it on
exec unshare $KEYAUTH_UNSHARE -- \
    bash -c 'ip link set lo up && exec perl "$@"' perl "$@"
