#!/bin/bash
#
# Installs Test::Nginx.  Debian 12 has no libtest-nginx-perl, Debian's sid
# has: the one package, which is plain Perl, is fetched from there through an
# apt configuration of its own, and everything it depends on comes from
# Debian 12.  apt checks the signatures as ever.

set -euo pipefail

package=libtest-nginx-perl

if dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null \
     | grep -q ' ok installed$'
then
    exit 0
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
fi

echo "keyauth: installing $package of Debian's sid, and what it needs"

lists()
{
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        'Codename: bookworm' 'Component: main' | sort -u | head -n 1
}

uri=$(lists)

if [ -z "$uri" ]; then
    echo "keyauth: apt has no source of Debian 12 (bookworm, main)" >&2
    exit 1
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

chmod 755 "$dir"
mkdir -p "$dir/lists/partial" "$dir/archives/partial"

cat > "$dir/sid.sources" <<END
Types: deb
URIs: $uri
Suites: sid
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END

sid=(
    -o Dir::Etc::sourcelist="$dir/sid.sources"
    -o Dir::Etc::sourceparts=-
    -o Dir::State::lists="$dir/lists"
    -o Dir::Cache::archives="$dir/archives"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o Acquire::Languages=none
    -o Acquire::Check-Valid-Until=false
    -o APT::Sandbox::User=root
)

apt-get "${sid[@]}" update -qq
(cd "$dir" && apt-get "${sid[@]}" download -qq "$package")

# here the ordinary apt, which knows Debian 12 only, finds the dependencies
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends "$dir"/${package}_*.deb >"$dir/log" 2>&1 \
    || { tail -n 5 "$dir/log" >&2; exit 1; }
