#!/usr/bin/perl

# One body, one answer: by the keyauth command, by HTTP, by HTTPS and by
# HTTP/2.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use File::Copy qw(copy);
use Test::More;

my $tls = $KeyauthServer::port++;

my $server = KeyauthServer->new(
    main => 'worker_processes 1;',
    http => 'keyauth_model served.model; ssl_certificate localhost.crt; '
            . 'ssl_certificate_key localhost.key; '
            . 'client_body_buffer_size 16k; client_max_body_size 16k;',
    server => "listen 127.0.0.1:$tls ssl http2;"
);
my $dir = $server->{dir};

system('openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes '
       . '-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 '
       . "-keyout $dir/localhost.key -out $dir/localhost.crt 2>$dir/openssl")
    == 0 or die $server->slurp('openssl');

copy($Keyauth::MODEL, "$dir/served.model") or die;
ok($server->start(), 'starts');


sub ask {
    my ($url, $body, @options) = @_;

    open my $fh, '>', "$dir/request" or die;
    print $fh $body;
    close $fh;

    return `curl -sS --max-time 60 --cacert $dir/localhost.crt @options \\
            -H 'Content-Type: application/json' --data-binary \@$dir/request \\
            -w '|%{http_version} %{http_code}' $url 2>&1`;
}


my @rows = Keyauth::rows();
my @bodies = (
    (map { Keyauth::summary($_) } qw(SVM RF XGB)),
    (map { my $row = $_; map { Keyauth::timings($_, $row) } qw(SVM RF XGB) }
         @rows[0, 20, 40, 60, 80]),
    Keyauth::summary('RF') . ' ' x (16384 - length Keyauth::summary('RF'))
);

for my $n (0 .. $#bodies) {
    my $body = $bodies[$n];
    my $answer = Keyauth::answer($body);

    is(ask("http://127.0.0.1:$server->{port}/predict", $body, '--http1.1'),
       "$answer|1.1 200", "body $n: HTTP");
    is(ask("https://127.0.0.1:$tls/predict", $body, '--http1.1'),
       "$answer|1.1 200", "body $n: HTTPS");
    is(ask("https://127.0.0.1:$tls/predict", $body, '--http2'),
       "$answer|2 200", "body $n: HTTP/2");
}

is(ask("https://127.0.0.1:$tls/predict", $bodies[0], '--http2',
       '-H "Expect: 100-continue"'),
   Keyauth::answer($bodies[0]) . '|2 200', 'HTTP/2, with Expect');

like(`curl -s --expect100-timeout 60 --max-time 50 \\
      http://127.0.0.1:$server->{port}/predict \\
      -H 'Content-Type: text/plain' -H 'Expect: 100-continue' \\
      -d '$bodies[0]'`, qr/unsupported-media-type/,
     'HTTP, with Expect: a problem at once');

like(ask("https://127.0.0.1:$tls/predict", '{', '--http2'),
     qr/not-json.*\|2 400$/, 'HTTP/2: a problem');
like(ask("https://127.0.0.1:$tls/predict", '{', '--http2 -X PUT'),
     qr/method-not-allowed.*\|2 405$/, 'HTTP/2: a method');
like(ask("https://127.0.0.1:$tls/predict", ' ' x 16385, '--http2'),
     qr/\|2 413$/, 'HTTP/2: over the limit');
like(ask("https://127.0.0.1:$tls/predict", '{}', '--http2 -H "X: 1"'),
     qr/\|2 422$/, 'HTTP/2: goes on');


# what OpenSSL says of a bad signature must not come up in a TLS connection

open my $fh, '>', "$dir/bad.pem" or die;
print $fh "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
close $fh;

my $http = $server->{http};
$server->configure(http => "$http keyauth_trusted_key bad.pem;");
ok(!$server->reload(), 'a bad key is refused');



# a worker that comes now is the child of a master with OpenSSL's errors

my ($worker) = $server->workers();
kill 'KILL', $worker;
ok($server->wait_for(sub { grep { $_ != $worker } $server->workers() }),
   'a killed worker is replaced');
is(ask("https://127.0.0.1:$tls/predict", $bodies[0], '--http1.1'),
   Keyauth::answer($bodies[0]) . '|1.1 200', 'the new one serves HTTPS');
unlike($server->slurp('error.log'), qr/stale global SSL error/,
       'and meets no error of others');

$server->configure(http => $http);
ok($server->reload(), 'reloads without it');

is(ask("https://127.0.0.1:$tls/predict", $bodies[0], '--http1.1'),
   Keyauth::answer($bodies[0]) . '|1.1 200', 'HTTPS after the refusal');

my @alerts = grep { !/exited on signal 9/ }
             $server->slurp('error.log') =~ /^.*\[(?:alert|crit)\].*/mg;
is("@alerts", '', 'no alert');

done_testing();
