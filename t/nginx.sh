#!/bin/bash
#
# Builds an nginx of our own, and the module for it, from Debian 12's source
# package, into build/nginx/FLAVOUR:
#
#     t/nginx.sh asan|valgrind|source
#
# asan is under AddressSanitizer and UndefinedBehaviorSanitizer, valgrind
# plain; in both every allocation from a pool is a malloc() of its own, so
# that no pool hides an overrun.  source only unpacks the package, into
# build/nginx/source.
#
# The package comes through an apt configuration of its own, derived from
# apt's; apt checks the signatures as ever.  What is there stays until build/
# goes: only what has changed is built again.

set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
flavour=${1?usage: t/nginx.sh asan|valgrind|source}
dir=$root/build/nginx/$flavour
source=$root/build/nginx/source

cc="-O1 -g -fPIC -DNGX_DEBUG_PALLOC=1"
ld=

if [ "$flavour" = asan ]; then
    ld="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
    # nginx's own parts trip over these two
    ld+=" -fno-sanitize=nonnull-attribute,alignment"
    cc+=" -fno-omit-frame-pointer $ld"
fi


# Debian's source package, unpacked and patched
fetch()
{
    local apt uri

    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
              'Codename: bookworm' 'Component: main' | sort -u | head -n 1)

    if [ -z "$uri" ]; then
        echo "keyauth: apt has no source of Debian 12 (bookworm, main)" >&2
        exit 1
    fi

    echo "keyauth: fetching the source of Debian's nginx"

    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    chmod 755 "$tmp"
    mkdir -p "$tmp/lists/partial" "$tmp/source"

    printf '%s\n' 'Types: deb-src' "URIs: $uri" 'Suites: bookworm' \
        'Components: main' \
        'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' \
        > "$tmp/nginx.sources"

    apt=(
        -o Dir::Etc::sourcelist="$tmp/nginx.sources"
        -o Dir::Etc::sourceparts=-
        -o Dir::State::lists="$tmp/lists"
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
        -o Acquire::Languages=none
        -o Acquire::Check-Valid-Until=false
        -o APT::Sandbox::User=root
    )

    (cd "$tmp/source" && apt-get "${apt[@]}" update -qq \
        && apt-get "${apt[@]}" source -qq nginx) >"$tmp/log" 2>&1 \
        || { tail -n 5 "$tmp/log" >&2; exit 1; }

    mkdir -p build/nginx
    mv "$tmp"/source/nginx-*/ "$source"
}


build()
{
    mkdir -p "$dir"
    make -s build/sources
    cd "$source"

    # which files the module has is configure's to know
    if ! cmp -s "$root/build/sources" "$dir/sources"; then
        ./configure --prefix="$dir" --builddir="$dir/objs" \
            --with-compat --with-debug --with-pcre-jit --with-threads \
            --with-http_ssl_module --with-http_v2_module \
            --with-http_realip_module --with-http_stub_status_module \
            --with-http_auth_request_module \
            --with-cc="${CC-gcc}" --with-cc-opt="$cc" --with-ld-opt="$ld" \
            --add-dynamic-module="$root/ngx_http_keyauth_module" \
            >"$dir/configure.log" 2>&1 \
            || { tail -n 12 "$dir/configure.log" >&2; exit 1; }

        cp "$root/build/sources" "$dir/sources"
    fi

    make -s -j"$(nproc)" -f "$dir/objs/Makefile" binary modules \
        >"$dir/make.log" 2>&1 || { tail -n 30 "$dir/make.log" >&2; exit 1; }

    # another run may still be using what was there
    cp --remove-destination "$dir/objs/nginx" \
        "$dir/objs/ngx_http_keyauth_module.so" "$dir"
}


if [ ! -d "$source" ]; then
    fetch
fi

if [ "$flavour" != source ]; then
    build
fi
