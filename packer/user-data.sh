#!/bin/sh
#
# Runs as the machine that bakes boots: Debian's image lacks the agent that
# Session Manager, and so Packer, comes in by.  It stays in the image.

set -eu

arch=$(dpkg --print-architecture)
imds=http://169.254.169.254/latest
python=/usr/bin/python3

# Debian's image has no curl
region=$($python - "$imds" <<'END'
import sys
import urllib.request

imds = sys.argv[1]
ask = urllib.request.Request(
    imds + "/api/token", method="PUT",
    headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
token = urllib.request.urlopen(ask, timeout=5).read().decode()
ask = urllib.request.Request(imds + "/meta-data/placement/region",
                             headers={"X-aws-ec2-metadata-token": token})
print(urllib.request.urlopen(ask, timeout=5).read().decode())
END
)

deb=amazon-ssm-agent.deb
from=https://s3.$region.amazonaws.com/amazon-ssm-$region/latest/debian_$arch

cd /root
$python -c 'import sys, urllib.request
urllib.request.urlretrieve(*sys.argv[1:])' "$from/$deb" $deb
dpkg -i $deb
rm $deb
systemctl enable --now amazon-ssm-agent
