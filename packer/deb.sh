#!/bin/bash
#
# Builds the Debian packages in a root file system of a release that has only
# what debian/control asks for, checks them with its lintian, and puts them
# into build/deb/DIST.
#
#     packer/deb.sh DIST [MODEL]
#
# keyauth-model is made of the file MODEL, or of one trained on the synthetic
# data set.  Between releases the version has the commit and its time.

set -euo pipefail
cd "$(dirname "$0")/.."

dist=${1-}
model=${2-}
out=build/deb/$dist

die()
{
    echo "keyauth: $*" >&2
    exit 1
}


# what the version's last part says of a commit that is no release
snapshot()
{
    local hash time dirty=

    hash=$(git rev-parse --short=7 HEAD 2>/dev/null) || return 0

    if git describe --exact-match --match 'v*' >/dev/null 2>&1; then
        return
    fi

    time=$(TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M --format=%cd)

    [ -z "$(git status --porcelain --untracked-files=no)" ] || dirty=+
    echo "~$time.$hash$dirty"
}


[ -z "$model" ] || [ -r "$model" ] || die "$model: no such file"

tar=$(packer/root.sh "$dist" build)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

echo "keyauth: building the packages for $dist"

tar -C "$root" -xf "$tar" --exclude='./dev/*'
mkdir -p "$root/src/keyauth"

# the sources as they are here, but not what was built of them
if [ -e .git ]; then
    git ls-files -z --cached --others --exclude-standard
else
    find . -path ./build -prune -o -type f -print0
fi | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar -c --null -T - | tar -x -C "$root/src/keyauth" --no-same-owner

if [ -n "$model" ]; then
    cp "$model" "$root/src/keyauth/debian/model"
fi

case $dist in
    bookworm) suffix=~deb12 ;;
    trixie) suffix=~deb13 ;;
esac

# the changelog's version with what identifies this build
changelog=debian/changelog
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' $changelog)$(snapshot)$suffix
when=$(git log -1 --format=%cD 2>/dev/null || sed -n 's/^ -- .*>  //p' \
                                                  $changelog)
{
    cat <<END
keyauth ($version) $dist; urgency=medium

  * Built for Debian's $dist.

 -- $(sed -n 's/^Maintainer: //p' debian/control)  $when

END
    cat $changelog
} > "$root/src/keyauth/$changelog"

mkdir -p "$out"
log=$out/build.log

run()
{
    unshare --mount --pid --fork --kill-child bash -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" \
            && cd "$1" && exec chroot "$@"' "" "$root" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
            HOME=/root DEB_BUILD_OPTIONS="parallel=$(nproc) noautodbgsym" \
        sh -ec "cd /src/keyauth && $1" </dev/null
}


run 'dpkg-buildpackage -b --no-sign' >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "the packages were not built (all that was said is in $log)"
}

run 'lintian --fail-on error,warning --allow-root ../*.changes' || {
    die "lintian finds fault with the packages"
}

rm -f "$out"/*.deb "$out"/*.changes "$out"/*.buildinfo
cp "$root"/src/*.deb "$root"/src/*.changes "$root"/src/*.buildinfo "$out"

for deb in "$out"/*.deb; do
    echo "keyauth: built $deb"
done
