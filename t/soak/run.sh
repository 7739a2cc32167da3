#!/bin/bash
#
# Runs t/soak/soak.py in a network and with mounts of its own, and with room
# for many connections.

set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "$(id -u)" != 0 ]; then
    echo "keyauth: make soak mounts a file system and must be root" >&2
    exit 1
fi

ulimit -n 20000 2>/dev/null || ulimit -n "$(ulimit -Hn)"

exec unshare --net --mount -- bash -c '
    ip link set lo up
    # many short connections, but none from where servers listen
    echo 20000 65535 > /proc/sys/net/ipv4/ip_local_port_range
    exec /usr/bin/python3 t/soak/soak.py "$@"' soak "$@"
