#!/bin/sh
#
# Sends a request to keyauth and prints the answer; a problem goes to stderr.
#
#     KEYAUTH_API_KEY=... ./curl.sh https://host/predict < body.json
#     KEYAUTH_API_KEY=... ./curl.sh 'https://host/enrol?UserID=ann' DELETE
#
# curl itself waits as Retry-After says after 429 and 503, or 1, 2, 4 seconds.

set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

{
    echo "request = ${2-POST}"
    if [ "${2-POST}" = POST ]; then
        cat > "$dir/body"
        echo "data-binary = @$dir/body"
    fi

    # the key comes in a file: all users of the machine can read arguments
    if [ -n "${KEYAUTH_API_KEY-}" ]; then
        echo "header = \"Authorization: Bearer $KEYAUTH_API_KEY\""
    fi
} > "$dir/config"

if curl --silent --show-error --fail-with-body --max-time 30 \
        --retry 4 --retry-max-time 60 --config "$dir/config" \
        --header 'Content-Type: application/json' \
        --output "$dir/answer" "$1" 2>"$dir/error"
then
    [ ! -e "$dir/answer" ] || cat "$dir/answer"
else
    cat "$dir/answer" >&2 2>/dev/null || cat "$dir/error" >&2
    exit 1
fi
