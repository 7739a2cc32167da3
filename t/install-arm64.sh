#!/bin/bash
#
# Gets what t/arm64.t builds and runs with: the cross compiler and qemu of
# this Debian, and arm64's libraries, unpacked into build/arm64/root.  These
# are fetched through an apt configuration of their own, so that dpkg here
# learns of no other architecture.  Where they can't be had it says so and
# leaves nothing: the test is skipped.

set -uo pipefail
cd "$(dirname "$0")/.."

packages=(libcmocka0 libcmocka-dev libcjson1 libcjson-dev libssl3 libssl-dev
          liblmdb0 liblmdb-dev)
root=build/arm64/root

if [ -e $root ]; then
    exit 0
fi

skip()
{
    echo "keyauth: t/arm64.t will be skipped: $*" >&2
    exit 0
}


if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ]; then
    skip "it cross-compiles on Debian's amd64 alone"
fi

conf/install.sh arm64 || skip "its compiler and qemu can't be installed"

uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
          'Codename: bookworm' 'Component: main' | sort -u | head -n 1)

[ -n "$uri" ] || skip "apt has no source of Debian 12 (bookworm, main)"

echo "keyauth: fetching arm64's ${packages[*]} into $root"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

chmod 755 "$dir"
mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/root"
: > "$dir/status"

cat > "$dir/arm64.sources" <<END
Types: deb
URIs: $uri
Suites: bookworm
Components: main
Architectures: arm64
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END

arm64=(
    -o APT::Architecture=arm64 -o APT::Architectures=arm64
    -o Dir::Etc::sourcelist="$dir/arm64.sources"
    -o Dir::Etc::sourceparts=-
    -o Dir::State::lists="$dir/lists" -o Dir::State::status="$dir/status"
    -o Dir::Cache::archives="$dir/archives"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o Acquire::Languages=none
    -o Acquire::Check-Valid-Until=false
    -o APT::Sandbox::User=root
)

apt-get "${arm64[@]}" update -qq >"$dir/log" 2>&1 \
    || skip "no list of arm64's packages: $(tail -n 1 "$dir/log")"

(cd "$dir" && apt-get "${arm64[@]}" download -qq "${packages[@]}") \
    >"$dir/log" 2>&1 || skip "$(tail -n 1 "$dir/log")"

for package in "$dir"/*.deb; do
    dpkg-deb -x "$package" "$dir/root" || skip "$package cannot be unpacked"
done

mkdir -p build/arm64
mv "$dir/root" $root
