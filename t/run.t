#!/usr/bin/perl

# `make run`, on a copy of the project, so that trained models stay as they
# are: it trains, serves, shows a line that works, and stops.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(setpgid);
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = tempdir('keyauth-XXXXXX', TMPDIR => 1, CLEANUP => 1);

chmod 0755, $dir;
system("tar -c --exclude=models/*.model --exclude=build/run"
       . " --exclude=build/debian --exclude=build/nginx --exclude=build/fuzz"
       . " --exclude=build/npm"
       . " Makefile mk conf docs/clients docs/openapi.json engine trainer"
       . " ngx_http_keyauth_module"
       . " models build"
       . " | tar -x -C $dir")
    == 0
    or die "tar failed\n";

plan skip_all => 'ports 8080 and 8443 are taken'
    if grep { IO::Socket::INET->new("127.0.0.1:$_") } 8080, 8443;


# starts make; waits for its last line
sub start {
    my (@arguments) = @_;

    open my $out, '>', "$dir/out" or die "$dir: $!";

    my $pid = fork // die "fork: $!";

    if (!$pid) {
        setpgid(0, 0);
        $SIG{INT} = 'DEFAULT';
        open STDOUT, '>&', $out;
        open STDERR, '>&', $out;
        exec 'make', '-C', $dir, '--no-print-directory', 'run', @arguments;
        die;
    }

    my $end = time() + 300;

    while (time() < $end && output() !~ /Ctrl-C/) {
        last if waitpid($pid, 1) == $pid;
        sleep 0.05;
    }

    return $pid;
}


sub output {
    open my $fh, '<', "$dir/out" or die "$dir: $!";
    local $/;

    return <$fh> // '';
}


# as the terminal does: to every process of the group
sub interrupt {
    my ($pid) = @_;

    kill '-INT', $pid;

    my $end = time() + 60;

    while (time() < $end) {
        return 1 if waitpid($pid, 1) == $pid;
        sleep 0.05;
    }

    kill '-KILL', $pid;

    return 0;
}


my $data = "DATA=$Keyauth::BUILD/t/one/data.csv";
my $pid = start($data);

like(output(), qr/making a self-signed certificate/, 'says what it makes');
like(output(), qr{a key for the templates .*: build/run/store\.key$}m,
     'also of people who enrol');
like(output(), qr/Ctrl-C/, 'serves');
ok(-f "$dir/models/keyauth.model", 'has trained');

my ($command, $answer) = output() =~ /^(curl .*?)\n\n(\{.*?\})\n/ms;

like($answer, qr/^\{"UserID":\d+,"Model":"RF","Warnings":\["implausible"\]\}$/,
     'shows the answer');
is(`$command 2>/dev/null`, $answer, 'the line it shows gives it, from TLS');
is($answer, Keyauth::answer(Keyauth::summary('RF'),
                            "$dir/models/keyauth.model"),
   'and it is that of the keyauth command');

my $plain = 'curl -s http://127.0.0.1:8080';
my $json = q{-H 'Content-Type: application/json'};

like(`$plain/predict $json -d '{'`, qr/not-json/, 'plain HTTP');

is(`$plain/health/$_`, qq!{"Status":"$_"}!, "/health/$_") for qw(live ready);
like(`$plain/metrics`, qr/^keyauth_ready 1$/m, '/metrics');

for my $url ('https://127.0.0.1:8443/', 'http://127.0.0.1:8080/') {
    ok(index(output(), "$url,") > 0, "says that there is a page: $url");
    like(`curl -sk $url`, qr/<title>keyauth: try it</, 'and there it is');
}

is(`curl -s http://127.0.0.1:8080/keyauth.js`,
   do { local (@ARGV, $/) = 'docs/clients/browser/keyauth.js'; <> },
   'and keyauth.js');

my ($row) = Keyauth::rows();
my $typed = Keyauth::claim('"ann"', $row);

for my $case ([201, 'POST', "$json -d '$typed'"], [200, 'GET', ''],
              [204, 'DELETE', ''], [404, 'GET', ''])
{
    my ($status, $method, $request) = @$case;

    like(`$plain/enrol'?UserID=ann' -X $method $request -w '|%{http_code}'`,
         qr/\|$status$/, "$method of /enrol: $status");
}

my $like = qr/^\{"type":"[^"]+","title":"[^"]+","status":(\d+)/;

for my $case ([404, '/none'], [404, '/problem'],
              [413, "/predict $json -d \"\$(printf '%16385s' x)\""],
              [413, "/predict $json -H 'Transfer-Encoding: chunked' "
                    . "-d \"\$(printf '%16385s' x)\""],
              [400, "/predict -H 'Content-Length: x'"],
              [405, '/predict'])
{
    my ($status, $request) = @$case;

    my $got = `$plain$request -w '|%{http_code} %{content_type}'`;

    like($got, qr/$like.*\|$status application\/problem\+json$/s,
         "$status is a problem: " . substr $request, 0, 30);
    is($got =~ $like ? $1 : 0, $status, "$status in it");
}

my $log = do { local $/; open my $fh, '<', "$dir/build/run/access.log"; <$fh> };
my ($user) = $answer =~ /:(\d+),/;

like($log, qr/POST \/predict 200 user=$user model=RF time=0\.\d{6}$/m,
     'the access log has the variables');


# a second one

my $other = start($data);
like(output(), qr/\Akeyauth:\ port\ \d+\ of\ 127.0.0.1\ is\ taken[^\n]*\n
                   (?:make(?:\[\d+\])?:[^\n]*\n)?\z/x,
     'a taken port is one line');
like(`$plain/predict $json -d '{'`, qr/not-json/, 'the first goes on');


# the end, and the start after it

ok(interrupt($pid), 'Ctrl-C stops it');
ok(!IO::Socket::INET->new('127.0.0.1:8443'), 'nothing listens any more');

my $time = (stat "$dir/models/keyauth.model")[9];
my $start = time();

$pid = start($data);
cmp_ok(time() - $start, '<', 30, 'the second start is quick');
like(output(), qr/Ctrl-C/, 'serves');
is((stat "$dir/models/keyauth.model")[9], $time, 'has not trained again');
ok(interrupt($pid), 'Ctrl-C stops it');
unlike(output(), qr/\*\*\*|Error/, 'without noise');


# other data

$pid = start("DATA=$Keyauth::BUILD/t/two/data.csv");
like(output(), qr/Ctrl-C/, 'serves other data');
isnt((stat "$dir/models/keyauth.model")[9], $time, 'has trained on them');
ok(interrupt($pid), 'Ctrl-C stops it');

done_testing();
