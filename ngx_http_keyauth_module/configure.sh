#!/bin/bash
#
# Configures the module's build against Debian's nginx-dev, with the flags of
# the nginx that will load it; nothing is written under /usr/share.
#
#     configure.sh BUILDDIR [CFLAGS]

set -euo pipefail

src=$(realpath "$(dirname "$0")")
mkdir -p "$1"
dir=$(realpath "$1")

cd /usr/share/nginx/src
. ./conf_flags

if ! ./configure "${NGX_CONF_FLAGS[@]}" \
    --with-cc-opt="-O2 -g -fPIC -fstack-protector-strong ${2-}" \
    --with-ld-opt="${2-}" \
    --add-dynamic-module="$src" --builddir="$dir" >"$dir/configure.log" 2>&1
then
    tail -n 12 "$dir/configure.log" >&2
    exit 1
fi
