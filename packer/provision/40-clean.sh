#!/bin/bash
#
# Takes out of the image what belongs to the machine that baked it: keys,
# histories, logs, names.

set -euo pipefail

echo "keyauth: cleaning"

apt-get clean
rm -rf /var/lib/apt/lists/*

if command -v cloud-init >/dev/null; then
    cloud-init clean --logs
fi

rm -f /etc/ssh/ssh_host_* /etc/keyauth/tls.key /etc/keyauth/tls.crt
rm -rf /etc/keyauth/store.key /var/lib/keyauth
rm -f /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys
rm -f /root/.*_history /home/*/.*_history /root/.wget-hsts
rm -f /var/lib/systemd/random-seed /var/lib/dhcp/*.leases
rm -rf /var/lib/amazon/ssm/* /var/log/amazon/ssm/*

# empty, not gone: systemd makes a new one at first boot
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id

find /var/log -type f -exec truncate -s 0 {} +
rm -rf /var/log/journal/*
find /tmp /var/tmp -mindepth 1 -maxdepth 1 ! -name keyauth \
    ! -name 'script_*' ! -name 'systemd-private-*' -exec rm -rf {} +
