#!/bin/bash
#
# Makes a root file system of a Debian release, as a tar that is kept for a
# week in build/roots, and prints its name.
#
#     packer/root.sh DIST build|host|vm
#
# build has what debian/control builds with, and lintian.  host is what a
# cloud image has; the packages that packer/provision installs are in apt's
# cache there, not installed, so that they can be without a network.  vm is a
# host that has a kernel.
# The mirror is the one that apt here uses.

set -euo pipefail
cd "$(dirname "$0")/.."

dist=${1-}
kind=${2-}

case $dist:$kind in
    bookworm:build|bookworm:host|bookworm:vm|trixie:build|trixie:host|trixie:vm)
        ;;
    *)
        echo "usage: packer/root.sh bookworm|trixie build|host|vm" >&2
        exit 2
        ;;
esac

tar=$PWD/build/roots/$dist-$kind.tar

case $kind in
    build) list=debian/control ;;
    host|vm) list=packer/provision/packages ;;
esac

key=$(cat packer/root.sh $list | sha256sum | cut -c 1-16)

if [ -e "$tar" ] && [ "$(cat "$tar.key")" = "$key" ] \
   && [ -n "$(find "$tar" -mtime -7)" ]
then
    echo "$tar"
    exit 0
fi

die()
{
    echo "keyauth: $*" >&2
    exit 1
}


# the URI of an archive by the label it gives itself
archive()
{
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        'Component: main' 'Origin: Debian' "Label: $1" | sort -u | head -n 1
}


words()
{
    sed 's/#.*//' "$1" | xargs
}


[ "$(id -u)" = 0 ] || die "packer/root.sh requires root, for chroot"
command -v mmdebstrap >/dev/null \
    || die "no mmdebstrap (conf/install.sh deb installs it)"

main=$(archive Debian)
security=$(archive Debian-Security)

[ -n "$main" ] || die "apt has no source of Debian"

mkdir -p build/roots
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

cat > "$dir/debian.sources" <<END
Types: deb
URIs: $main
Suites: $dist $dist-updates
Components: main
Signed-By: $keyring
END

if [ -n "$security" ]; then
    cat >> "$dir/debian.sources" <<END

Types: deb
URIs: $security
Suites: $dist-security
Components: main
Signed-By: $keyring
END
fi

options=(--variant=minbase --skip=cleanup/apt
         --aptopt='Acquire::Languages "none"'
         --aptopt='Acquire::Check-Valid-Until "false"'
         --aptopt='APT::Install-Recommends "false"'
         --dpkgopt='force-unsafe-io')

# the machine's way to the mirror, if it takes one
eval "$(apt-config shell proxy Acquire::http::Proxy)"
[ -z "${proxy-}" ] || options+=(--aptopt="Acquire::http::Proxy \"$proxy\"")

# what the keyauth packages need
needs=(libcjson1 libcsv3 liblmdb0 libsvm3 libxgboost0)

case $dist in
    bookworm) needs+=(libhiredis0.14) ;;
    trixie) needs+=(libhiredis1.1.0) ;;
esac

# nothing that is installed starts
policy='printf "#!/bin/sh\nexit 101\n" > "$1/usr/sbin/policy-rc.d"
        chmod 755 "$1/usr/sbin/policy-rc.d"'

if [ "$kind" = build ]; then
    options+=(--include=build-essential,fakeroot,lintian
              --customize-hook='mkdir -p "$1/src/debian"'
              --customize-hook="cp debian/control \"\$1/src/debian\""
              --customize-hook="$policy"
              --customize-hook='chroot "$1" apt-get build-dep -qq -y /src'
              --customize-hook='rm -r "$1/src"'
              --customize-hook='chroot "$1" apt-get clean')
else
    base=systemd-sysv,openssh-server,sudo,ca-certificates

    if [ "$kind" = vm ]; then
        base+=,linux-image-cloud-$(dpkg --print-architecture),udev,iproute2
    fi

    options+=(--include=$base
              --customize-hook="$policy"
              --customize-hook="chroot \"\$1\" apt-get install -qq -y \
                  --download-only $(words packer/provision/packages) \
                  ${needs[*]}")
fi

echo "keyauth: making a root file system of $dist ($kind)" >&2

if ! mmdebstrap "${options[@]}" "$dist" "$dir/root.tar" "$dir/debian.sources" \
     >"$dir/log" 2>&1
then
    tail -n 12 "$dir/log" >&2
    die "no root file system of $dist could be made"
fi

mv "$dir/root.tar" "$tar"
echo "$key" > "$tar.key"
echo "$tar"
