#!/bin/bash
#
# Installs the Debian packages that a part of the work needs and that are
# missing; says which before it does.
#
#     conf/install.sh [--check] build|run|test|browser|bench|fuzz|arm64 ...
#
# --check installs nothing: it names what is missing and fails.

set -euo pipefail

declare -A packages=(
    [build]="gcc libc6-dev make nginx-dev libsvm-dev libxgboost-dev
             libcjson-dev libcsv-dev libhiredis-dev liblmdb-dev libssl-dev"
    [run]="nginx openssl curl"
    [test]="faketime prometheus python3-prometheus-client redis-server
             nginx openssl curl libcmocka-dev iproute2 procps perl mandoc
            python3 clang libclang-rt-14-dev dpkg-dev
            jupyter-nbconvert python3-ipykernel python3-matplotlib
            python3-pandas python3-sklearn python3-xgboost
            python3-yaml python3-jsonschema python3-requests
            python3-aiohttp golang-go libcurl4-openssl-dev aspell aspell-en
            testssl.sh sslscan systemd strace util-linux"
    [bench]="nginx openssl wrk nghttp2-client python3-flask gunicorn
             python3-sklearn python3-xgboost linux-perf util-linux"
    [soak]="nginx redis-server wrk python3 faketime util-linux iproute2 procps"
    [coverage]="gcovr"
    [another]="dpkg-dev mmdebstrap valgrind"
    [browser]="chromium firefox-esr fonts-dejavu-core nodejs npm"
    [diagrams]="chromium fonts-dejavu-core"
    [arm64]="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"
    [deb]="mmdebstrap debian-archive-keyring git"
    [aws]="packer openssh-client"
    [vm]="qemu-system-x86 qemu-utils e2fsprogs"
)


die()
{
    echo "keyauth: $*" >&2
    exit 1
}


# prints those of its arguments that are not installed
missing()
{
    local package

    for package; do
        if ! dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null \
             | grep -q ' ok installed$'
        then
            echo "$package"
        fi
    done
}


# Debian starts what it installs; keyauth needs nginx's files, not a server
# on port 80: services may not start while policy-rc.d says so
install()
{
    local policy=/usr/sbin/policy-rc.d had_nginx rc=0

    had_nginx=$(missing nginx-common)

    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
        $as_root chmod 755 "$policy"
        trap '$as_root rm -f /usr/sbin/policy-rc.d' EXIT
    fi

    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "$@" >"$log" 2>&1 || rc=$?

    if [ $rc != 0 ]; then
        tail -n 5 "$log" >&2
        die "apt-get could not install: $* (all it said is in $log)"
    fi

    rm -f "$log"

    if [ -n "$had_nginx" ] && command -v systemctl >/dev/null; then
        $as_root systemctl --quiet disable nginx 2>/dev/null || true
        echo "keyauth: Debian's own nginx service is left stopped, disabled"
    fi
}


check=
if [ "${1-}" = --check ]; then
    check=yes
    shift
fi

[ $# -gt 0 ] || die "usage: conf/install.sh [--check] ${!packages[*]} ..."

wanted=
for part; do
    [ -n "${packages[$part]-}" ] || die "no such part: $part"
    wanted+=" ${packages[$part]}"
done

# who has node from elsewhere keeps it: Debian's npm would replace it
if command -v node >/dev/null && command -v npm >/dev/null; then
    wanted=$(printf '%s\n' $wanted | grep -vx -e nodejs -e npm || true)
fi

if ! command -v dpkg-query >/dev/null; then
    echo "keyauth: not Debian; go on, hoping for what these hold:" $wanted
    exit 0
fi

need=$(missing $(printf '%s\n' $wanted | sort -u))

[ -n "$need" ] || exit 0

if [ -n "$check" ]; then
    die "missing packages:" $need "(make run installs them)"
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null \
        || die "missing packages:" $need "(install them as root)"
    as_root=sudo
fi

echo "keyauth: installing Debian packages:" $need

log=$(mktemp)

if ! apt-cache show $need >/dev/null 2>&1; then
    $as_root apt-get update -qq >"$log" 2>&1 \
        || die "apt-get update failed: $(tail -n 1 "$log")"
fi

install $need
