#!/bin/bash
#
# Gets the nginx and Valkey of another release of Debian, and builds the module
# against that nginx, with that release's compiler and libraries and no warning:
#
#     t/debian.sh trixie|sid
#
# build/debian/RELEASE/root then holds the packages, and beside it are nginx,
# curl (which speaks HTTP/3 there) and valkey-server, commands that run them
# with their own libraries on this machine, and the module.
# The packages come through apt's own server and keys; they stay until build/
# goes.

set -euo pipefail
cd "$(dirname "$0")/.."

export LC_ALL=C

release=${1?usage: t/debian.sh trixie|sid}
dir=$PWD/build/debian/$release
root=$dir/root

packages=gcc,libc6-dev,make,nginx,nginx-dev,curl,libcjson-dev,libssl-dev
packages+=,liblmdb-dev,valkey-server
packages+=,bash,coreutils,dash,diffutils,findutils,grep,mawk,sed


fetch()
{
    local uri

    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
              'Codename: bookworm' 'Component: main' | sort -u | head -n 1)

    if [ -z "$uri" ]; then
        echo "keyauth: apt has no source of Debian 12 (bookworm, main)" >&2
        exit 1
    fi

    echo "keyauth: fetching the nginx of Debian $release, and what builds" \
         "its modules"

    rm -rf "$root"
    mkdir -p "$dir"

    # unpacked and not installed: nothing in it is run but the compiler
    mmdebstrap --quiet --variant=extract --include=$packages \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        "$release" "$root.part" "deb $uri $release main"

    # a link that installing would have made
    ln -s gcc "$root.part/usr/bin/cc"
    mv "$root.part" "$root"
}


build()
{
    local file project=$root/keyauth

    for file in $(find engine ngx_http_keyauth_module -type f); do
        mkdir -p "$project/$(dirname "$file")"
        cmp -s "$file" "$project/$file" || cp "$file" "$project/$file"
    done

    (cd "$project" && find engine ngx_http_keyauth_module -type f) \
        | while read -r file; do [ -e "$file" ] || rm "$project/$file"; done

    # which files the module has is configure's to know
    if ! cmp -s build/sources "$dir/sources"; then
        chroot "$root" /keyauth/ngx_http_keyauth_module/configure.sh \
            /keyauth/module
        cp build/sources "$dir/sources"
    fi

    chroot "$root" make -s -j"$(nproc)" -C /usr/share/nginx/src \
        -f /keyauth/module/Makefile modules

    cp "$project/module/ngx_http_keyauth_module.so" "$dir"
}


# its own dynamic linker gives a program its own libraries
command()
{
    local arch name=${1##*/}

    arch=$(chroot "$root" gcc -dumpmachine)

    cat > "$dir/$name" <<END
#!/bin/sh
exec $(echo "$root"/lib64/ld-linux-*.so.2) \\
    --library-path $root/usr/lib/$arch $root$1 "\$@"
END
    chmod 755 "$dir/$name"
}


make -s build/sources

if [ ! -e "$root/usr/bin/valkey-server" ]; then
    fetch
fi

build
command /usr/sbin/nginx
command /usr/bin/curl
command /usr/bin/valkey-server
"$dir/nginx" -v
