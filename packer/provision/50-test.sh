#!/bin/bash
#
# Tests the image, on the image, and leaves no trace of it; if the test fails,
# so does the bake.

set -euo pipefail
cd /tmp/keyauth/provision

trap 'cd /; rm -rf /tmp/keyauth' EXIT

prove --verbose image.t
