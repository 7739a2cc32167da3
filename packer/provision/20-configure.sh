#!/bin/bash
#
# Puts the production configuration where nginx, systemd and the CloudWatch
# agent look for it.

set -euo pipefail
cd /tmp/keyauth

echo "keyauth: configuration"

put()
{
    install -D -m 644 -o root -g root "$1" "$2"
}


put conf/keyauth.conf /etc/nginx/conf.d/keyauth.conf

# from nginx 1.25.1 on, HTTP/2 has a directive; before, a parameter of listen
if dpkg --compare-versions "$(dpkg-query -W -f '${Version}' nginx)" ge 1.25.1
then
    sed -i -e '/"http2 on;"/d' -e 's/^\( *listen .* ssl\) http2;/\1;/' \
        -e 's/^\( *\)server_name  _;/\1http2        on;\n&/' \
        /etc/nginx/conf.d/keyauth.conf
fi

# from nginx 1.27.4 on, connections can outlive a reload
if dpkg --compare-versions "$(dpkg-query -W -f '${Version}' nginx)" ge 1.27.4
then
    sed -i -e 's/# \(keepalive_min_timeout .*;\)$/\1/' \
        /etc/nginx/conf.d/keyauth.conf
fi

put conf/problems.conf /etc/keyauth/problems.conf
put provision/files/cloudwatch-agent.json /etc/keyauth/cloudwatch-agent.json

# no key is known before the machine is given some
install -m 600 -o root -g root /dev/null /etc/keyauth/api-keys

# who calls from where is not for everybody to read
install -m 640 -o www-data -g adm /dev/null /var/log/nginx/keyauth.log

# keyauth is the only site
rm -f /etc/nginx/sites-enabled/default

# what ends with .conf there goes into nginx's own unit, the others are units
for unit in conf/systemd/* provision/files/*.service provision/files/*.conf; do
    case $unit in
        *.conf)
            put "$unit" "/etc/systemd/system/nginx.service.d/${unit##*/}"
            ;;
        *.service|*.timer)
            put "$unit" "/etc/systemd/system/${unit##*/}"
            ;;
    esac

    # the conditions of the start
    if grep -qs '^WantedBy=' "$unit"; then
        systemctl enable -q "${unit##*/}"
    fi
done

systemctl enable -q nginx
