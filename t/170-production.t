#!/usr/bin/perl

# conf/keyauth.conf as it ships, in Debian's nginx.conf: what it answers,
# what it refuses, what it logs.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthProduction;

use IO::Socket::INET;
use IPC::Open2;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $json = JSON::PP->new->utf8;
my $body = Keyauth::summary('RF');

my $server = KeyauthProduction->new();
ok($server->start(), 'starts') or diag($server->slurp('stderr'));

my ($version) = `$ENV{TEST_NGINX_BINARY} -v 2>&1` =~ m{nginx/(\S+)};
my @said = grep { !/"listen \.\.\. http2" directive is deprecated/ }
           split /^/m, $server->slurp('stderr');
is("@said", '', "nginx $version has nothing to say of it");

my @key = ("-H 'Authorization: Bearer $server->{key}'");


sub problem {
    my ($r, $status, $title, $name) = @_;

    my $problem = eval { $json->decode($r->{body}) } // {};
    is("$r->{status} " . ($problem->{status} // '')
       . ' ' . ($problem->{title} // ''), "$status $status $title", $name);
    like($r->{head}, qr{^content-type: application/problem\+json\r?$}im,
         "$name: is a problem");
    like($r->{head}, qr/^strict-transport-security: max-age=63072000\r?$/im,
         "$name: HSTS");

    return;
}


# what there is

my $r = $server->ask('/predict', $server->with($body));
is("$r->{status} $r->{body}", '200 ' . Keyauth::answer($body), '/predict');
like($r->{head}, qr{^HTTP/2 }, 'over HTTP/2');
like($r->{head}, qr/^strict-transport-security: max-age=63072000\r?$/m,
     'HSTS');
like($r->{head}, qr/^x-request-id: [0-9a-f]{32}\r?$/m, 'a request id');
like($r->{head}, qr/^cache-control: no-store\r?$/m, 'nothing is cached');
like($r->{head}, qr/^server: nginx\r?$/m, 'no version');

my @rows = Keyauth::rows();
$r = $server->ask('/verify', '--http1.1',
                  $server->with(Keyauth::claim($rows[9][0], $rows[9])));
like("$r->{status} $r->{body}", qr/^200 .*"Accepted":true/, '/verify');
like($r->{head}, qr{^HTTP/1.1 }, 'over HTTP/1.1');

$r = $server->ask('/card', @key);
is($r->{status}, 200, '/card');

my $claim = Keyauth::claim('"ann"', $rows[3]);

$r = $server->ask('/enrol', $server->with($claim, $server->{desk}));
like("$r->{status} $r->{body}", qr/^201 .*"Samples":1,/, '/enrol');
$r = $server->ask('/enrol?UserID=ann', '-X DELETE',
                  "-H 'Authorization: Bearer $server->{desk}'");
is($r->{status}, 204, 'and DELETE');
$r = $server->ask('/enrol', $server->with($claim));
problem($r, 403, 'The API key lacks a scope', '/enrol with another key');

for my $health (qw(live ready)) {
    $r = $server->ask("/health/$health");
    is("$r->{status} $r->{body}", qq!200 {"Status":"$health"}!,
       "/health/$health, without a key");
}

for my $health (qw(live ready)) {
    is($server->ask("/health/$health")->{status}, 200, "/health/$health");
}

$r = $server->ask('/openapi.json', @key);
like("$r->{status} $r->{body}", qr/^200 .*"openapi"/s, '/openapi.json');

$r = $server->ask('/metrics');
like("$r->{status} $r->{body}", qr/^200 .*^keyauth_requests_total/ms,
     '/metrics on this machine');
$r = $server->ask('/metrics', '--interface 127.0.0.2');
problem($r, 403, 'Forbidden', '/metrics from elsewhere');


# keys

for my $path (qw(/predict /verify /card)) {
    $r = $server->ask($path);
    problem($r, 401, 'The API key is missing', "$path without a key");
}

for my $case (['wrong', 'x' x 51, 'unknown'],
              ['expired', $server->{gone}, 'has expired'],
              ['of 10 KB', 'x' x 10240, 'malformed'])
{
    my ($name, $key, $like) = @$case;

    for my $http ('--http1.1', '--http2') {
        $r = $server->ask('/predict', $http, $server->with($body, $key));
        like("$r->{status} $r->{body}", qr/^401 .*API key.* \Q$like\E/,
             "a key $name, $http");
        like($r->{head}, qr/^www-authenticate: Bearer realm="keyauth", err/im,
             'with a challenge');
    }
}

$r = $server->ask('/predict', @key, @key);
problem($r, 400, 'Bad Request', 'two keys');


# errors

problem($server->ask('/'), 404, 'Not Found', 'nothing is there');
problem($server->ask('/problem'), 404, 'Not Found', 'nor is the problem');
problem($server->ask('/card', '-X TRACE', @key), 405, 'Method Not Allowed',
        'TRACE');
problem($server->ask('/predict', $server->with(' ' x 16385)), 413,
        'The body is too large', 'a large body');
problem($server->ask('/' . 'x' x 20000, '--http1.1'), 414, 'URI Too Long',
        'a long URI');
problem($server->ask('/', '--http1.1', '-H "X: ' . 'x' x 20000 . '"'), 400,
        'Bad Request', 'a long header');
problem($server->ask('/%'), 400, 'Bad Request', 'a URI that is none');

$r = `curl -si --max-time 5 http://127.0.0.1:$server->{tls}/`;
like($r, qr/^HTTP\S+ 400 .*"status":400/s, 'HTTP on the port of HTTPS');

$r = `curl -si --max-time 5 http://127.0.0.1:$server->{plain}/predict -d x`;
like($r, qr/^HTTP\S+ 403 .*"title":"Forbidden"/s, 'in clear: nothing');


# the log

$server->ask('/predict?Mean=48.43', $server->with($body));
$server->ask($_, @key) for qw(/%22%5C%0A%FF '/"' /\\\\x);
$server->ask("/\xff", @key);

my @lines = split /^/m, $server->slurp('log/keyauth.log');
my @logged = map { eval { $json->decode($_) } // diag($_) } @lines;
is(scalar(grep { ref eq 'HASH' } @logged), scalar @lines, 'lines of JSON');

my ($line) = grep { $_->{status} == 200 } @logged;
like(delete $line->{$_}, qr/^[\w.:+-]+$/, "$_: $_")
    for qw(time request_id request_time keyauth_time bytes_in bytes_out);
is_deeply($line, { client => 'app', address => '127.0.0.1',
                   protocol => 'HTTP/2.0', tls => 'TLSv1.3',
                   method => 'POST', path => '/predict', status => 200,
                   model => 'RF', model_id => Keyauth::id() },
          'who asked, for what, which model');

unlike("@lines", qr/keyauth_[kg]{4}|48\.43|UserID|Mean/,
       'no key, no number of a body, nobody who typed');
ok(!(grep { $_->{path} =~ m{^/(?:metrics|health/)} }
     grep { $_->{status} == 200 } @logged),
   'neither metrics nor health are logged');
is((grep { $_->{status} == 413 } @logged)[0]{path}, '/predict',
   'an error has the path that was asked for');
$r = $server->ask('/verify', $server->with(Keyauth::claim($rows[9][0],
                                                         $rows[9])));
like($r->{body}, qr/"Accepted":false.*replay/, 'a replay');
like($server->slurp('log/error.log'),
     qr/\[warn\].* keyauth: a sample has been seen before,/,
     'the error log has it');
unlike($server->slurp('log/error.log'),
       qr/keyauth_[kg]{4}|48\.43/, 'nor has the error log one');


$server->stop();


# limits: strangers, then a client; a second gets a minute's worth, so that no
# machine is too slow to reach the limit

my $strict = KeyauthProduction->new(change => sub {
    s{(zone=keyauth_strangers:10m +)rate=5r/s}{${1}rate=5r/m}
        or die "conf/keyauth.conf limits strangers otherwise\n";
});
ok($strict->start(), 'starts with a lower limit of strangers');

my %status;
$status{$strict->ask('/card')->{status}}++ for 1 .. 40;
ok($status{401} && $status{429}, "strangers are slowed: $status{429} of 40");

for (1 .. 20) {
    $r = $strict->ask('/card');
    last if $r->{status} == 429;
}
problem($r, 429, 'Too Many Requests', 'too many');
like($r->{head}, qr/^retry-after: 1\r?$/m, 'with the time to wait');
@key = ("-H 'Authorization: Bearer $strict->{key}'");
is($strict->ask('/card', @key)->{status}, 200, 'clients are not');
$strict->stop();

my $second = 'keyauth_' . 's' x 43;
my @errors = (500, 502, 503, 504, 429, 431);
my $limited = KeyauthProduction->new(change => sub {
    s/rate=500r/rate=2r/;
    s/(error_log .* )warn;/$1info;/;
    s/burst=500 /burst=1 /;
    s/(caller_conns +)1000/${1}1/;
    s/# (set_real_ip_from +).*;/${1}127.0.0.1;/;
    s/# (real_ip_\w+ )/$1/g;
    my $errors = join '', map { "location = /$_ { return $_; }\n" } @errors;
    s/(?=    # for load balancers, without a key\n)/$errors/;
});
KeyauthProduction::spit("$limited->{dir}/second", $second);
system("printf 'second:%s\\n' \$(sha256sum <$limited->{dir}/second"
       . " | cut -c1-64) >>$limited->{dir}/keyauth/api-keys");
ok($limited->start(), 'starts with lower limits');

# nginx's own errors, and those of what it may be asked to stand before

my %title = (429 => 'Too Many Requests', 500 => 'Internal Server Error',
             431 => 'Request Header Fields Too Large', 502 => 'Bad Gateway',
             503 => 'Service Unavailable', 504 => 'Gateway Timeout');

for my $status (@errors) {
    $r = $limited->ask("/$status");
    problem($r, $status, $title{$status}, "status $status");
    is(join(' ', $r->{head} =~ /^retry-after: (\d+)/img),
       {429 => 1, 503 => 5}->{$status} // '', "status $status: Retry-After");
}


# by one curl, so that they come at once
%status = ();
$status{$_}++ for `curl -s --cacert $limited->{dir}/keyauth/tls.crt @key \\
                   -o /dev/null -w '%{http_code}\n' \\
                   'https://127.0.0.1:$limited->{tls}/card?[1-100]'`
                  =~ /(\d+)/g;
ok($status{200} && $status{429}, 'a client has a limit');
is($limited->ask('/card', "-H 'Authorization: Bearer $second'")->{status},
   200, 'another has one of its own');

$limited->ask('/card', '-H "X-Forwarded-For: 127.0.0.1, 192.0.2.7"');
ok($limited->wait_for(sub {
       $limited->slurp('log/keyauth.log') =~ /"address":"192\.0\.2\.7"/
   }), 'behind a load balancer: the client\'s address');


# clients that are slow, all at once

my @unfinished;

# what the command prints, after a text that is not all of its input
sub unfinished {
    my ($text, $command) = @_;

    my $pid = open2(my $out, my $in, "exec $command 2>/dev/null");
    print $in $text;
    $in->flush();
    push @unfinished, [$pid, $in];

    return $out;
}


sub slow {
    my ($text) = @_;

    return unfinished($text, 'openssl s_client -quiet -no_ign_eof'
                             . " -connect 127.0.0.1:$limited->{tls}");
}


# by the other client, when its rate allows
sub slow_upload {
    select undef, undef, undef, 1;

    return unfinished('{', "curl -ksi -X POST -T - @key"
                           . " -H 'Content-Type: application/json'"
                           . " https://127.0.0.1:$limited->{tls}/verify");
}

my $start = time();
my $header = slow("GET /card HTTP/1.1\r\nHost: a\r\n");
my $part = slow("POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
                . "Content-Type: application/json\r\n"
                . "Authorization: Bearer $second\r\n\r\n{");
my $upload = slow_upload();

ok($limited->wait_for(sub {
       select undef, undef, undef, 0.6;
       $r = $limited->ask('/card', "-H 'Authorization: Bearer $second'");
       $r->{status} == 429
       && $limited->slurp('log/error.log') =~ /limiting connections by zone/
   }), 'a client has so many requests at a time');
problem($r, 429, 'Too Many Requests', 'one more');
like($r->{head}, qr/^retry-after: 1\r?$/m, 'with the time to wait');

my $log = 'log/keyauth.log';
ok($limited->wait_for(sub {
       2 == grep { /"status":408/ && m{"path":"/(?:predict|verify)"} }
            split /^/m, $limited->slurp($log)
   }), 'slow bodies are given up');
cmp_ok(time() - $start, '<', 55, 'before nginx would');
ok($limited->wait_for(sub {
       $limited->slurp('log/error.log')
       =~ /timed out.* while reading client req/
   }), 'and so is a slow header');
cmp_ok(time() - $start, '<', 55, 'before nginx would');

# curl ends with its input
close $_->[1] for @unfinished;

is(do { local $/; <$header> } // '', '', 'without an answer');

for (['HTTP/1.1', $part], ['HTTP/2', $upload]) {
    my ($protocol, $fh) = @$_;

    my ($head, $content) = split /\r\n\r\n/, do { local $/; <$fh> } // '', 2;
    my ($status) = ($head // '') =~ m{^\Q$protocol\E (\d+)};

    problem({ status => $status // 0, head => $head, body => $content }, 408,
            'The body is too slow', "a slow body, $protocol");
}

waitpid $_->[0], 0 for @unfinished;


# keys that change

my $keyauth = "$Keyauth::BUILD/keyauth";
my $file = "$limited->{dir}/keyauth/api-keys";
chomp(my $third = `$keyauth key new third --file $file`);

my @third = ("-H 'Authorization: Bearer $third'");
is($limited->ask('/card', @third)->{status}, 401, 'a new key is unknown');
ok($limited->reload(), 'reload');
is($limited->ask('/card', @third)->{status}, 200, 'and known');

open my $fh, '>>', $file or die;
print $fh "no key\n";
close $fh;

like($limited->check(), qr/api-keys", line 6: a name has/, 'a bad line');
ok(!$limited->reload(), 'refuses the reload');
is($limited->ask('/card', @third)->{status} =~ /200|429/, 1,
   'the old keys go on');

system("$keyauth key remove third --file $file 2>/dev/null");
system("sed -i '/no key/d' $file; chmod g+w $file");
like($limited->check(), qr/can be written by its group/, 'a file of others');
chmod 0640, $file;

my $keys = $limited->slurp('keyauth/api-keys');
KeyauthProduction::spit($file, "# nobody yet\n");
is($limited->check(), '', 'a file without keys is taken');
like($limited->slurp('stderr'), qr/\[warn\].*api-keys" has no keys: nobody/,
     'with a warning');
KeyauthProduction::spit($file, $keys);

system("$keyauth key remove third --file $file");
ok($limited->reload(), 'another reload');
is($limited->ask('/card', @third)->{status}, 401, 'a key that was removed');

my @alerts = ($limited->slurp('error.log') . $limited->slurp('log/error.log'))
             =~ /^.*\[(?:alert|crit)\].*/mg;
is("@alerts", '', 'no alert');

# as the image has it with nginx 1.27.4 and later

{
    my ($edit) = KeyauthProduction::slurp('packer/provision/20-configure.sh')
                 =~ /sed -i -e '(s\/# \\\(keepalive_min_timeout[^']*)'/;
    my $edited = `sed -e '$edit' conf/keyauth.conf`;

    like($edited, qr/^    keepalive_min_timeout +2s;\s*$/m,
         'the image sets keepalive_min_timeout');

    my ($major, $minor, $patch) = split /\./, $version;
    my $has = $major > 1 || $minor * 1000 + $patch >= 27_004;

    $server = KeyauthProduction->new(change => sub {
        s/# (keepalive_min_timeout .*;)$/$1/m or die;
    });
    is($server->check() =~ /unknown directive "keepalive_min_timeout"/ ? 0 : 1,
       $has ? 1 : 0, "which nginx $version " . ($has ? 'knows' : 'lacks'));
}

done_testing();
