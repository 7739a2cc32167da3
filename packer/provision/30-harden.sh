#!/bin/bash
#
# Leaves the image with little to attack, and updates that install themselves.

set -euo pipefail

echo "keyauth: hardening"

put()
{
    mkdir -p "${1%/*}"
    cat >"$1"
    chmod 644 "$1"
}


put /etc/sysctl.d/60-keyauth.conf <<'END'
# many clients at once, also of a kind that never answers
net.core.somaxconn = 4096
net.ipv4.tcp_max_syn_backlog = 4096
net.ipv4.tcp_syncookies = 1

# a host, no router
net.ipv4.conf.all.accept_redirects = 0
net.ipv4.conf.all.accept_source_route = 0
net.ipv4.conf.all.rp_filter = 1
net.ipv4.conf.all.send_redirects = 0
net.ipv6.conf.all.accept_redirects = 0
net.ipv6.conf.all.accept_source_route = 0

# the workers' memory holds how people type: no cores, no looking in
fs.suid_dumpable = 0
kernel.core_pattern = |/bin/false
kernel.yama.ptrace_scope = 2

kernel.dmesg_restrict = 1
kernel.kptr_restrict = 2
kernel.unprivileged_bpf_disabled = 1
net.core.bpf_jit_harden = 2
END

put /etc/systemd/journald.conf.d/keyauth.conf <<'END'
[Journal]
Storage=persistent
SystemMaxUse=200M
MaxRetentionSec=14day
RateLimitIntervalSec=30s
RateLimitBurst=10000
END

put /etc/apt/apt.conf.d/20auto-upgrades <<'END'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
END

# security alone; a new kernel comes with a new image, not with a reboot
put /etc/apt/apt.conf.d/52keyauth <<'END'
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern {
    "origin=Debian,codename=${distro_codename}-security,label=Debian-Security";
};
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::Remove-Unused-Dependencies "true";
END

put /etc/ssh/sshd_config.d/keyauth.conf <<'END'
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
X11Forwarding no
AllowAgentForwarding no
END

# Session Manager is the way in where its agent is: no SSH is wanted then
if [ "${KEYAUTH_AGENTS-}" = true ]; then
    systemctl disable -q ssh.service
    systemctl disable -q ssh.socket 2>/dev/null || true
fi
