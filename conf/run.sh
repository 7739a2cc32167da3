#!/bin/bash
#
# Serves models/keyauth.model and the page by conf/run.conf in the foreground,
# and shows how to ask.  Ctrl-C stops it.
#
#     conf/run.sh [--check]
#
# --check only finds out whether the ports are free.

set -euo pipefail
cd "$(dirname "$0")/.."

dir=build/run
copy=
body='{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},'
body+='"PPT":{"Mean":120.43,"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},'
body+='"RPT":{"Mean":132.56,"STD":47.12}}'


die()
{
    echo "keyauth: $*" >&2
    exit 1
}


check_ports()
{
    local port

    for port in 8443 8080; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            die "port $port of 127.0.0.1 is taken: stop what listens there"
        fi
    done
}


certificate()
{
    local crt=$dir/localhost.crt

    if openssl x509 -in "$crt" -noout -checkend 86400 >/dev/null 2>&1; then
        return
    fi

    echo "keyauth: making a self-signed certificate for localhost: $crt"

    (umask 077
     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
         -days 365 -subj /CN=localhost \
         -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
         -keyout $dir/localhost.key -out "$crt" 2>$dir/openssl.log) \
        || die "openssl made no certificate: $(tail -n 1 $dir/openssl.log)"

    chmod 644 "$crt"
}


# nginx's workers read the page and open the store themselves, and are not
# root: if the repository is root's own, both are in a folder for this run
files()
{
    local root=$PWD/build/page store=$PWD/$dir/store key=$dir/store.key

    if [ ! -e $key ]; then
        echo "keyauth: making a key for the templates of people who enrol: $key"
        build/keyauth key store --file $key
    fi

    if [ "$(id -u)" = 0 ] \
       && ! runuser -u www-data -- test -r "$root/index.html"
    then
        copy=$(mktemp -d)
        cp -r "$root" "$copy/page"
        chmod -R a+rX "$copy"
        root=$copy/page
        store=$copy/store
        echo "keyauth: templates are kept until keyauth stops, in $store"
    fi

    echo "root \"$root\";" >$dir/page.conf
    echo "keyauth_store \"$store\" key=../$key map_size=64m;" >$dir/store.conf
}


ask()
{
    curl -s --cacert "$PWD/$dir/localhost.crt" \
        https://localhost:8443/predict \
        -H 'Content-Type: application/json' -d "$body"
}


stop()
{
    trap '' INT TERM HUP
    kill -TERM "$nginx" 2>/dev/null || true
    wait "$nginx" || true
    echo "keyauth: stopped"
    exit 0
}


check_ports

if [ "${1-}" = --check ]; then
    exit 0
fi

mkdir -p $dir
certificate
files

globals='daemon off;'
if [ "$(id -u)" = 0 ]; then
    globals+=' user www-data;'
fi

trap stop INT TERM HUP
trap 'rm -rf "$copy"' EXIT

PATH=$PATH:/usr/sbin nginx -p "$PWD/" -c conf/run.conf -g "$globals" &
nginx=$!

until answer=$(ask); do
    kill -0 "$nginx" 2>/dev/null || { wait "$nginx" || true; exit 1; }
    sleep 0.05
done

cat <<END

keyauth: serving https://localhost:8443/predict (and http on port 8080).
The templates of people who enrol are in $dir/store; $dir/store.key is their
key.  Delete both to forget everybody.
Try it in a browser: https://127.0.0.1:8443/, or http://127.0.0.1:8080/, where
no certificate asks for trust.  Or from another terminal:

curl --cacert $PWD/$dir/localhost.crt https://localhost:8443/predict \\
  -H 'Content-Type: application/json' -d '$body'

$answer

Requests are logged to $dir/access.log.  Ctrl-C stops it.
END

wait "$nginx" || true
