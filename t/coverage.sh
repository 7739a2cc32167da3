#!/bin/bash
#
# Measures what the tests run of the engine and the module: the C tests, then
# the module's tests with a module that counts.  HTML is in build/coverage,
# and what is said last is whether it is enough.

set -euo pipefail
cd "$(dirname "$0")/.."

find build/gcov -name '*.gcda' -delete
mkdir -p build/coverage

# workers are nobody, and write what they have counted when they exit
find build/gcov -type d -exec chmod a+rwx {} +

# gcov looks for nginx's headers from here
ln -sfn /usr/share/nginx/src/src build/gcov/src

failed=0

CMOCKA_MESSAGE_OUTPUT=TAP prove --exec '' build/gcov/t/test_* || failed=1
t/prove.sh t/another.pl :: coverage || failed=1


report()
{
    gcovr --root . --object-directory build/gcov \
        --exclude-unreachable-branches "$@" build/gcov
}

report -f engine/ -f ngx_http_keyauth_module/ \
    --html-details build/coverage/index.html

echo "engine (lines >= 97 %, branches >= 90 %):"
report -f engine/ -s --fail-under-line 97 --fail-under-branch 90 \
    | grep -E '^(lines|branches):' || failed=1

echo "module (lines >= 93 %):"
report -f ngx_http_keyauth_module/ -s --fail-under-line 93 \
    | grep -E '^(lines|branches):' || failed=1

echo "build/coverage/index.html shows which"
exit $failed
