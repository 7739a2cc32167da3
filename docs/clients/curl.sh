#!/bin/sh
#
# Sends a request to keyauth and prints the answer; a problem goes to stderr.
#
#     KEYAUTH_API_KEY=... ./curl.sh https://host/predict < body.json
#
# curl itself waits as Retry-After says after 429 and 503, or 1, 2, 4 seconds.

set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/body"

# the key comes in a file: arguments are for everybody on the machine to see
if [ -n "${KEYAUTH_API_KEY-}" ]; then
    echo "header = \"Authorization: Bearer $KEYAUTH_API_KEY\""
fi > "$dir/config"

if curl --silent --show-error --fail-with-body --max-time 30 \
        --retry 4 --retry-max-time 60 --config "$dir/config" \
        --header 'Content-Type: application/json' \
        --data-binary "@$dir/body" --output "$dir/answer" "$1" 2>"$dir/error"
then
    cat "$dir/answer"
else
    cat "$dir/answer" >&2 2>/dev/null || cat "$dir/error" >&2
    exit 1
fi
