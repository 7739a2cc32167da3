#!/bin/bash
#
# Gets what the tests of packages and images run in: root file systems of
# $DIST (bookworm), for the tests themselves have no network.  Where they can't
# be had it says so, and the tests are skipped.  Then the packages are built;
# if they can't be, or lintian finds fault with them, it fails.

set -uo pipefail
cd "$(dirname "$0")/.."

skip()
{
    echo "keyauth: t/200-deb.t and those after it will be skipped: $*" >&2
    exit 0
}


[ "$(id -u)" = 0 ] || skip "chroot requires root"

conf/install.sh deb aws || skip "their tools can't be installed"

for kind in build host; do
    packer/root.sh "${DIST:-bookworm}" $kind >/dev/null \
        || skip "no root file system"
done

packer/deb.sh "${DIST:-bookworm}"
