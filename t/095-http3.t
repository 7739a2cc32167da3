#!/usr/bin/perl

# HTTP/3: the answers are the keyauth command's, and errors are problems.
# Debian 12 has neither an nginx nor a curl for it; make test-trixie and
# make test-newest have.
#
#     KEYAUTH_CURL  a curl that speaks HTTP/3, instead of this machine's

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use Test::More;

my $curl = $ENV{KEYAUTH_CURL} || 'curl';

plan skip_all => 'this nginx is without HTTP/3'
    if `$ENV{TEST_NGINX_BINARY} -V 2>&1` !~ /--with-http_v3_module/;
plan skip_all => "$curl does not speak HTTP/3"
    if `$curl --version` !~ /\bHTTP3\b/;

my $quic = $KeyauthServer::port++;

my $server = KeyauthServer->new(
    main => 'worker_processes 1;',
    http => "keyauth_model $Keyauth::MODEL; "
            . 'ssl_certificate localhost.crt; '
            . 'ssl_certificate_key localhost.key; '
            # a buffer that a body fills is written to a file with HTTP/3
            . 'client_body_buffer_size 17k; client_max_body_size 16k; '
            . 'client_body_timeout 1s;',
    server => "listen 127.0.0.1:$quic quic reuseport;"
              . 'location = /verify { keyauth_verify; }'
              . 'location = /card { keyauth_card; }',
);
my $dir = $server->{dir};

system('openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes '
       . '-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 '
       . "-keyout $dir/localhost.key -out $dir/localhost.crt 2>$dir/openssl")
    == 0 or die $server->slurp('openssl');

ok($server->start(), 'starts');


my $type = 'application/json';

sub ask {
    my ($path, $body, @options) = @_;

    if (defined $body) {
        open my $fh, '>', "$dir/request" or die;
        print $fh $body;
        close $fh;
        push @options, "--data-binary \@$dir/request";
    }

    return answer('', $path, @options);
}


# what a command of the shell sends
sub answer {
    my ($from, $path, @options) = @_;

    return `$from $curl -sS --http3-only --max-time 60 \\
            --cacert $dir/localhost.crt -H 'Content-Type: $type' @options \\
            -w '|%{http_version} %{http_code}' \\
            https://127.0.0.1:$quic$path 2>&1`;
}


my @rows = Keyauth::rows();
my @bodies = ((map { Keyauth::summary($_) } qw(SVM RF XGB)),
              Keyauth::timings('FUSION', $rows[0]),
              Keyauth::batch(map { Keyauth::timings('RF', $_) } @rows[0 .. 9]),
              Keyauth::summary('RF')
              . ' ' x (16384 - length Keyauth::summary('RF')));

for my $n (0 .. $#bodies) {
    is(ask('/predict', $bodies[$n]), Keyauth::answer($bodies[$n]) . '|3 200',
       "body $n");
}

is(ask('/predict', $bodies[1], q{-H 'Transfer-Encoding: chunked'}),
   Keyauth::answer($bodies[1]) . '|3 200', 'without a length');
like(ask('/verify', Keyauth::claim($rows[0][0], $rows[0])),
     qr/^\{"UserID":.*\|3 200$/, '/verify');
like(ask('/card'), qr/^\{.*\|3 200$/s, '/card');
like(ask('/predict', '{'), qr/not-json.*\|3 400$/, 'status 400');
like(ask('/predict'), qr/\|3 405$/, 'status 405');
like(ask('/predict', ' ' x 16385), qr/\|3 413$/, 'status 413');
like(answer(q[(printf '{'; sleep 6) |], '/predict', '-X POST -T -'),
     qr/too-slow.*\|3 408$/, 'status 408');

$type = 'text/plain';
like(ask('/predict', '{}'), qr/\|3 415$/, 'status 415');

# 413 is nginx's own
unlike($server->slurp('error.log') =~ s/.*too large body.*//r,
       qr/\[(?:warn|error|crit|alert|emerg)\]/, 'nothing is logged')
    or diag($server->slurp('error.log'));

done_testing();
