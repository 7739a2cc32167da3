#!/usr/bin/perl

# Runs on the image that is being baked, as root: nginx is started and asked
# for predictions over TLS; then owners, ports, services, and that nothing of
# the machine that baked it is left.

use strict;
use warnings;

use Test::More;

my $etc = '/etc/keyauth';
my $url = 'https://localhost';
my $drop_in = '/etc/systemd/system/nginx.service.d';
my $booted = -d '/run/systemd/system';
my $body = '{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},'
           . '"PPT":{"Mean":120.43,"STD":37.41},'
           . '"RRT":{"Mean":124.43,"STD":45.34},'
           . '"RPT":{"Mean":132.56,"STD":47.12}}';


sub output {
    my ($command) = @_;

    my $out = `$command 2>&1`;
    chomp $out;

    return $out;
}


# true if it ran
sub runs {
    my ($command) = @_;

    return system("$command >/dev/null 2>&1") == 0;
}


sub lines {
    my ($command) = @_;

    return [split /\n/, `$command 2>/dev/null`];
}


# a certificate and a key for as long as the test runs

END {
    local $?;
    runs($booted ? 'systemctl stop nginx' : 'nginx -s stop');
    unlink "$etc/tls.key", "$etc/tls.crt", "$etc/store.key";
    runs('rm -rf /var/lib/keyauth');
    truncate $_, 0 for "$etc/api-keys", glob '/var/log/nginx/*';
}

is_deeply([glob "$etc/tls.*"], [], 'no certificate is in the image');
is(-s "$etc/api-keys", 0, 'nor any API key');
ok(!-e "$etc/store.key", 'nor a key of a store');
ok(!-e '/var/lib/keyauth', 'nor a store');

SKIP: {
    skip 'systemd does not run here', 1 unless $booted;

    runs('systemctl start nginx');
    is(output('systemctl is-active nginx'), 'inactive',
       'nginx does not start without one');
}

ok(runs("umask 077; openssl req -x509 -nodes -days 1 -newkey ec "
        . '-pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost '
        . '-addext subjectAltName=DNS:localhost '
        . "-keyout $etc/tls.key -out $etc/tls.crt"), 'one is made');

my ($key) = output("keyauth key new image --file $etc/api-keys")
            =~ /^(keyauth_\S+)/m;

like($key // '', qr/^keyauth_/, 'and a key');

# as keyauth-store.service makes it
ok(runs("keyauth key store --file $etc/store.key"), 'and one of the store');

is(output('nginx -t -q'), '', 'nginx is content with its configuration');
ok(runs($booted ? 'systemctl restart nginx' : 'nginx'), 'nginx starts');

my $curl = "curl -s --max-time 10 --cacert $etc/tls.crt "
           . "-H 'Authorization: Bearer $key' "
           . "-H 'Content-Type: application/json' -d '$body'";
my $ready = '';

for (1 .. 20) {
    $ready = output("curl -s -o /dev/null -w '%{http_code}' "
                    . "--cacert $etc/tls.crt $url/health/ready");
    last if $ready eq '200';
    select undef, undef, undef, 0.5;
}

is($ready, '200', 'and is ready');

my ($id) = output("keyauth inspect $etc/keyauth.model") =~ /^id +(\w+)$/m;
my $answer = output("$curl -i $url/predict");

like($answer, qr/^HTTP\S+ 200/, 'a prediction is answered over TLS');
like($answer, qr/^keyauth-model: $id\r$/mi, 'by the model that is there');
is($answer =~ s/.*\r\n\r\n//sr,
   output("printf %s '$body' | keyauth predict --model $etc/keyauth.model"),
   'and it is what the keyauth command answers');
my ($desk) = output("keyauth key new desk --scopes enrol "
                    . "--file $etc/api-keys") =~ /^(keyauth_\S+)/m;

ok(runs($booted ? 'systemctl reload nginx' : 'nginx -s reload'), 'reload');

my $sample = '{"UserID":"ann","Phrase":"image","Press":[0,180,390],'
             . '"Release":[90,260,480]}';

for (1 .. 20) {
    $answer = output("curl -s --cacert $etc/tls.crt $url/enrol "
                     . "-H 'Authorization: Bearer $desk' "
                     . "-H 'Content-Type: application/json' -d '$sample'");
    last if $answer !~ /unknown-key/;
    select undef, undef, undef, 0.5;
}

like($answer, qr/"Samples":1,/, 'somebody enrols');
is(output("stat -c '%a %U' /var/lib/keyauth"), '700 www-data',
   'and nobody but nginx reads the store');
is(output("curl -s -o /dev/null -w '%{http_code}' http://localhost/predict "
          . "-d '$body'"), '403', 'not in clear');
ok(!runs('openssl s_client -connect localhost:443 -tls1_1 '
         . '-cipher ALL@SECLEVEL=0 </dev/null'), 'nor over TLS 1.1');
like(output("$curl -o /dev/null -w '%{http_version}' --http2 $url/predict"),
     qr/^2/, 'HTTP/2 is spoken');


# owners

my $right = qr{^0 (?:0|33) [0-7]*[0145][0145] |^33 .* 600 \S+/store\.key$};
my @others = grep { !/$right/ }
             @{lines("find $etc /etc/nginx /usr/share/keyauth "
                     . "/usr/lib/nginx /usr/bin/keyauth ! -type l "
                     . "-printf '%U %G %m %p\\n'")};

is_deeply(\@others, [], 'only root writes what nginx runs by');
like(output("stat -L -c '%a %U %G' $etc/keyauth.model $etc/api-keys"),
     qr/^(?:600 root root|640 root www-data)\n(?:600 r|640 r).*$/,
     'model and keys are read by nobody but root and nginx');

like(output("stat -c '%a %U' $etc/store.key"), qr/^600 (?:root|www-data)$/,
     'so is the key of the store');

my @workers = @{lines("ps -o user= -C nginx --sort pid")};

cmp_ok(scalar @workers, '>', 1, 'there are master and workers');
shift @workers unless $booted && -e "$drop_in/keyauth.conf";
is_deeply([grep { $_ ne 'www-data' } @workers], [], 'no worker is root');


# ports that others than the machine itself can reach; the bake's SSH is one

my %ports = map { $_ => 1 } grep { defined }
            map { (split ' ')[3] =~ /^(?!127\.|\[::1\]).*:(\d+)$/ }
            @{lines('ss -H -l -t -n')};
delete $ports{22} if $booted;

is_deeply([sort { $a <=> $b } keys %ports], [80, 443],
          'no port but these of nginx listens');


# services

for my $service (qw(nginx unattended-upgrades keyauth-tls
                    keyauth-store))
{
    is(output("systemctl is-enabled $service"), 'enabled',
       "$service starts with the machine");
}

SKIP: {
    skip 'systemd does not run here', 2 unless $booted;

    is(output('systemctl --failed --no-legend --plain'), '',
       'no service has failed');
    is(output('sysctl -n kernel.unprivileged_bpf_disabled kernel.core_pattern')
       =~ /\n\|\/bin\/false$/ ? 1 : 0, 1, 'the kernel settings are strict')
        if runs('sysctl --system');
}

SKIP: {
    skip 'the image was to have no agents', 2
        unless ($ENV{KEYAUTH_AGENTS} // '') eq 'true';

    ok(-x '/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl',
       'the CloudWatch agent is there');
    is(output('systemctl is-enabled ssh'), 'disabled', 'SSH is not');
}

like(output('apt-config dump Unattended-Upgrade::Origins-Pattern'),
     qr/-security,label=Debian-Security";$/m, 'security updates install');
unlike(output('apt-config dump Unattended-Upgrade::Origins-Pattern'),
       qr/label=Debian[,"]/, 'and no others');
is((output('systemd-analyze cat-config systemd/journald.conf')
    =~ /^SystemMaxUse=(\S+)$/mg)[-1], '200M', 'the journal has a limit');


# nothing of the machine that baked it

is_deeply(lines('find / -xdev -name authorized_keys -size +0'), [],
          'no key lets anybody in');
is_deeply([glob '/etc/ssh/ssh_host_*'], [], 'no host key is shared');
is_deeply(lines("find /root /home -name '.*_history'"), [],
          'no shell history remains');
is(-s '/etc/machine-id', 0, 'the machine has no id yet');
is_deeply([glob '/var/lib/apt/lists/*_Packages'], [], 'no lists are left');
is_deeply([glob '/var/cache/apt/archives/*.deb'], [], 'nor packages');

done_testing();
