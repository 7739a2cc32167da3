#!/usr/bin/perl

# The TLS of conf/keyauth.conf: what testssl.sh and sslscan find, tickets whose
# keys change, and conf/mtls.conf with real client certificates.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthProduction;

use JSON::PP;
use Test::More;

plan skip_all => 'TLS is none of what the sanitizers look for'
    if $ENV{KEYAUTH_TEST_ASAN};

my $server = KeyauthProduction->new();
ok($server->start(), 'starts') or diag($server->slurp('stderr'));

my $dir = $server->{dir};
my $address = "127.0.0.1:$server->{tls}";


# testssl.sh takes its time, and looks while the rest goes on

chomp(my $testssl = `which testssl testssl.sh | head -n 1`);
my $looking;

if ($testssl) {
    open $looking, '-|',
         "$testssl --quiet --warnings off --color 0 --nodns none"
         . " --add-ca $dir/keyauth/tls.crt -p -s -f -S -U"
         . " --jsonfile $dir/testssl.json $address >$dir/testssl 2>&1"
        or die "$testssl: $!";
}


# sslscan: all that it accepts, or what is not as it should be

sub scan {
    my ($tls) = @_;

    my $xml = `sslscan --xml=- 127.0.0.1:$tls 2>/dev/null`;
    my @bad = $xml =~ /<(protocol type="ssl" [^>]* enabled="1")/g;

    push @bad, grep { !/version="1\.[23]"/ }
               $xml =~ /<(protocol type="tls" [^>]* enabled="1")/g;
    push @bad, $xml =~ /<(renegotiation [^>]*supported="1" secure="0")/g,
               $xml =~ /<(heartbleed [^>]*vulnerable="1")/g;
    push @bad, grep { !/cipher="(?:TLS_AES_|TLS_CHACHA20_
                        |ECDHE-ECDSA-(?:AES\d+-GCM|CHACHA20))/x }
               $xml =~ /<(cipher [^>]*)/g;
    push @bad, grep { !/type="EC" curve_name="prime256v1"/ }
               $xml =~ /<(pk [^>]*)/g;
    push @bad, $xml if $xml !~ /<cipher .*<pk /s;

    return "@bad";
}


SKIP: {
    skip 'no sslscan', 3 if !`which sslscan`;

    is(scan($server->{tls}), '', 'sslscan finds nothing');

    my $weak = KeyauthProduction->new(change => sub {
        s/(ssl_ciphers +)/$1ECDHE-ECDSA-AES128-SHA:/
    });
    ok($weak->start(), 'a server that has CBC');
    like(scan($weak->{tls}), qr/ECDHE-ECDSA-AES128-SHA"/, 'sslscan finds it');
}


# client certificates: one that is good, expired, of another CA, and none

my $mtls = KeyauthProduction->new(change => sub {
    s{# (include +/\S+/mtls\.conf;)}{$1} or die;
    s{keyauth_api_keys .*\n}{} or die;
});
my $with = $mtls->{dir};

my $mtls_conf = KeyauthProduction::slurp("$Keyauth::ROOT/conf/mtls.conf");
$mtls_conf =~ s{/etc/keyauth/}{$with/keyauth/}g;
KeyauthProduction::spit("$with/keyauth/mtls.conf", $mtls_conf);


sub openssl {
    system("openssl @_ >>$with/openssl 2>&1") == 0
        or die $mtls->slurp('openssl');
}

my $new = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';

for my $ca (qw(clients others)) {
    openssl("req -x509 $new -days 90 -subj /CN=$ca"
            . " -keyout $with/keyauth/$ca.key -out $with/keyauth/$ca.crt");
}

for my $case (['app', 'clients', 90], ['stranger', 'others', 90],
              ['gone', 'clients', -1])
{
    my ($name, $ca, $days) = @$case;

    openssl("req $new -subj /CN=$name -keyout $with/$name.key"
            . " -out $with/$name.csr");
    openssl("x509 -req -in $with/$name.csr -days $days"
            . " -CA $with/keyauth/$ca.crt -CAkey $with/keyauth/$ca.key"
            . " -CAcreateserial -out $with/$name.crt");
}

ok($mtls->start(), 'starts with mtls.conf') or diag($mtls->slurp('stderr'));

my $body = Keyauth::summary('RF');


sub with {
    my ($name, $http) = @_;

    my $r = $mtls->ask('/predict', $mtls->with($body), $http // '--http2',
                       $name ? "--cert $with/$name.crt --key $with/$name.key"
                             : ());

    return "$r->{status} $r->{body}";
}

my $refused = qr/^400 .*"title":"Bad Request","status":400/;

is(with('app'), '200 ' . Keyauth::answer($body), 'a client certificate');
is(with('app', '--http1.1'), '200 ' . Keyauth::answer($body), 'HTTP/1.1');
like(with(), qr/^403 .*"title":"Forbidden"/, 'none, but an API key');
like(with('stranger'), $refused, 'a certificate of another CA');
like(with('gone'), $refused, 'one that has expired');
is($mtls->ask('/metrics')->{status}, 200, 'Prometheus needs none');
is($mtls->ask('/problem')->{status}, 404, 'what needs none is not more');
is($mtls->ask($_)->{status}, 403, "nor what looks like it: $_")
    for qw(/card/health/ /card/problem /metricsx);

my @clients = map { decode_json($_)->{client} }
              grep { /"status":200/ && /predict/ }
              split /^/m, $mtls->slurp('log/keyauth.log');
is("@clients", 'CN=app CN=app', 'the log has the subject');


# testssl.sh: protocols, ciphers, forward secrecy, certificate,
# vulnerabilities.  Three findings are not the server's: that this
# certificate, which is self-signed, names no list of revoked ones; what
# testssl.sh says of its own OpenSSL; and tickets, where its client may end too
# early to get one: they have a test of their own below.

SKIP: {
    skip 'no testssl.sh', 3 if !$testssl;
    close $looking;

    my $found = eval { decode_json($server->slurp('testssl.json')) } // [];
    my %is = map { $_->{id} => $_->{finding} } @$found;

    cmp_ok(scalar @$found, '>', 60, 'testssl.sh has looked')
        or diag($server->slurp('testssl'));

    my @bad = map { "$_->{id}: $_->{severity}: $_->{finding}\n" }
              grep { $_->{severity} !~ /^(?:OK|INFO)$/ }
              grep { $_->{id} !~ /^(?:cert_revocation|engine_problem
                                     |sessionresumption_ticket)$/x } @$found;
    is("@bad", '', 'testssl.sh finds nothing');

    is(join(', ', map { $is{$_} // '' } qw(TLS1_1 TLS1_2 TLS1_3)),
       'not offered, offered, offered with final', 'but what there should be');
}


# a ticket is good until its key has changed

sub session {
    my ($name, @options) = @_;

    my $said = `openssl s_client -tls1_2 -CAfile $dir/keyauth/tls.crt \\
                @options -connect $address </dev/null 2>&1`;

    return $said =~ /^(New|Reused),/m ? $1 : $said;
}

my ($major, $minor) = `$ENV{TEST_NGINX_BINARY} -v 2>&1` =~ /(\d+)\.(\d+)/;

is(session('', "-sess_out $dir/session"), 'New', 'a session');
is(session('', "-sess_in $dir/session"), 'Reused', 'its ticket is taken');
ok($server->reload(), 'reload');

# from 1.23.2 on nginx keeps the keys in its cache, and changes them by itself
is(session('', "-sess_in $dir/session"), $minor < 23 ? 'New' : 'Reused',
   'a reload changes the key of tickets, or nginx does by itself');

done_testing();
