#!/bin/bash
#
# Installs the keyauth packages, what else the image needs of Debian, and its
# security updates.

set -euo pipefail
cd /tmp/keyauth

export DEBIAN_FRONTEND=noninteractive

echo "keyauth: packages"

# nginx starts when the machine has its certificate, not before
policy=/usr/sbin/policy-rc.d
printf '#!/bin/sh\nexit 101\n' >$policy
chmod 755 $policy
trap 'rm -f $policy' EXIT

apt=(apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0
     -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120)

# cloud-init may still be about its own
if command -v cloud-init >/dev/null; then
    cloud-init status --wait >/dev/null || true
fi

"${apt[@]}" update
"${apt[@]}" upgrade
"${apt[@]}" install $(sed 's/#.*//' provision/packages | xargs) ./debs/*.deb

# Debian has no CloudWatch agent; the region's bucket has it
if [ "${KEYAUTH_AGENTS-}" = true ]; then
    bucket=amazoncloudwatch-agent-$KEYAUTH_REGION
    from=https://$bucket.s3.$KEYAUTH_REGION.amazonaws.com/debian
    agent=amazon-cloudwatch-agent.deb

    curl -fsS --retry 3 -o $agent \
        "$from/$(dpkg --print-architecture)/latest/$agent"
    "${apt[@]}" install ./$agent
fi
