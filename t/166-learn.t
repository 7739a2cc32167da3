#!/usr/bin/perl

# Templates learn from what is accepted, and from nothing else.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;
use KeyauthStore;

use File::Temp;
use JSON::PP;
use MIME::Base64;
use Test::More;
use Time::HiRes qw(sleep);

my @rows = Keyauth::rows();
my $user = $rows[0][0];
my @own = grep { $_->[0] eq $user } @rows;
my @others = grep { $_->[0] ne $user } @rows;
my $dir = File::Temp::tempdir(CLEANUP => 1);
my $key = "$dir/key";

chmod 0755, $dir;
is(system("build/keyauth key store --file $key"), 0, 'a key is made');

my $http = "keyauth_model $Keyauth::MODEL;\n"
    . "keyauth_store $dir/store key=$key map_size=64m;\n"
    . "keyauth_zone counters:1m;\n";

my $server = KeyauthServer->new(
    main => 'worker_processes 1;',
    http => $http . 'keyauth_replay_zone replays:1m window=1h;',
    server => <<'END');
        keyauth_learn on;

        location = /verify { keyauth_verify; }
        location = /enrol { keyauth_enrol; }
        location = /metrics { keyauth_metrics; }
        location = /off { keyauth_verify; keyauth_learn off; }
        location = /strict { keyauth_verify; keyauth_learn on above=0.001; }
        location = /short { keyauth_verify; keyauth_learn on window=6; }
        location = /rhythm { internal; keyauth_verify header far=0.2; }
        location = /login {
            auth_request /rhythm;
            try_files /nothing =204;
        }
END

is($server->check(), "", "the configuration is good");
ok($server->start(), "starts");

# the same recordings each time
srand 1;


sub ask {
    my ($path, $body, $method) = @_;

    return KeyauthStore::ask($server->{port}, $method // 'POST', $path, $body);
}


sub claim {
    my ($who, $sample, $path) = @_;

    return ask($path // '/verify', qq({"UserID":"$who","Phrase":"p",)
               . qq("FAR":0.2,$sample}));
}


my $refused = 0;

sub enrol {
    my ($who, @samples) = @_;

    for my $row (@samples) {
        my ($status, $content);

        # two recordings of one row may agree by chance
        while (1) {
            ($status, $content) = ask('/enrol', qq({"UserID":"$who",)
                                      . '"Phrase":"p",'
                                      . KeyauthStore::typed($row) . '}');
            last if $content !~ /replay/;
            $refused++;
        }

        is($status, 201, "$who enrols") or diag $content;
    }

    return;
}


sub samples {
    my ($who) = @_;
    my ($status, $content) = ask("/enrol?UserID=$who&Phrase=p", '', 'GET');

    return $status == 200 ? decode_json($content)->{Samples} : -$status;
}


# what has become of claims: learned, unlike, busy, failed
sub outcomes {
    my $metrics = $server->metrics();

    return map { $metrics->{"keyauth_learned_total{outcome=\"$_\"}"} // 'none'
           } qw(learned unlike busy failed);
}


# accepted claims of a person, from their own rows, until there are so many
sub accepted {
    my ($who, $n, $path) = @_;
    my $tries = 0;

    while ($n > 0 && $tries++ < 200) {
        my $row = $own[rand @own];
        my ($status, $content)
            = claim($who, KeyauthStore::typed($row), $path);

        $n-- if $content =~ /"Accepted":true/ && $content !~ /Warnings/;
    }

    return $n == 0;
}


# one that is learned is so within a moment; one that is not, after another
sub settled {
    my ($n) = @_;

    my $all = sub { my @o = outcomes(); $o[0] + $o[1] + $o[2] + $o[3] >= $n };

    return $server->wait_for($all);
}


enrol('ann', @own[0 .. 3]);
is(samples('ann'), 4, 'four samples');

ok(accepted('ann', 1, '/off'), 'a claim where nothing is learned');
ok(accepted('ann', 1), 'a claim is accepted');
ok(settled(1), 'it is learned');
is(join(' ', outcomes()), '1 0 0 0', 'and counted, and it alone');
is(samples('ann'), 5, 'it is a sample of the template');


# what teaches nothing

my $sample;
my ($status, $content);

for (1 .. 50) {
    $sample = KeyauthStore::typed($own[4 + $_ % 4]);
    ($status, $content) = claim('ann', $sample);
    last if $content =~ /"Accepted":true/ && $content !~ /Warnings/;
}

like($content, qr/"Accepted":true/, 'a recording');
ok(settled(2), 'is learned once');
($status, $content) = claim('ann', $sample);
like($content, qr/"Reason":"replay"/, 'then it is a replay');

sub coarse {
    my ($row) = @_;
    my ($press, $release) = @$row[1, 2];
    my $shift = 100 * int rand 50;

    # on a clock of 10 ms, so that no two tries are the same
    return '"Press":[' . join(',', map { 10 * int($_ / 10 + rand) + $shift }
                              @$press) . '],"Release":['
           . join(',', map { 10 * int($_ / 10 + 2) + $shift } @$release) . ']';
}

for (1 .. 100) {
    ($status, $content) = claim('ann', coarse($own[$_ % @own]));
    last if $content =~ /"Accepted":true.*coarse-clock/;
}

like($content, qr/"Accepted":true.*coarse-clock/, 'a clock that is coarse');

my $strangers = 0;

for my $row (@others[0 .. 30]) {
    ($status, $content) = ask('/verify', '{"UserID":"ann","Phrase":"p",'
                              . '"FAR":0.001,' . KeyauthStore::typed($row)
                              . '}');
    $strangers++ if $content =~ /"Accepted":true/;
}

enrol('bob', @own[0, 1]);
ok(accepted('bob', 1), 'a template that is not complete is claimed');

# the queue is in order: when this one is learned, those before it were not
my ($learned) = outcomes();
ok(accepted('ann', 1), 'one more claim');
ok(settled(4 + $strangers), 'is learned');
is(join(' ', outcomes()), 3 + $strangers . ' 1 0 0',
   'all others were not: replay, clock, strangers, a template half full');
is(samples('bob'), 2, 'which is half full still');
is(samples('ann'), 7 + $strangers, 'nor is there more');


# stricter than the claim

enrol('eve', @own[0 .. 3]);
my ($before, $unlike) = outcomes();
my $accepted = 0;

for my $row (@others) {
    ($status, $content) = claim('eve', KeyauthStore::typed($row), '/strict');
    $accepted++ if $content =~ /"Accepted":true/ && $content !~ /Warnings/;
}

cmp_ok($accepted, '>', 0, 'strangers are accepted at a FAR of 20 %');
ok(settled($before + $unlike + $accepted), 'none of them is lost');
my ($after, $not) = outcomes();
cmp_ok($not - $unlike, '>', ($after - $before), 'most are not learned from');
is(samples('eve'), 4 + $after - $before, 'as the template shows');


# several attempts are learned as they are accepted: by their mean

enrol('amy', @own[0 .. 3]);
($before) = outcomes();

for (1 .. 50) {
    ($status, $content) = ask('/verify', '{"UserID":"amy","Phrase":"p",'
        . '"FAR":0.05,"Attempts":['
        . join(',', map { '{' . KeyauthStore::typed($own[4 + ($_ % 4)]) . '}' }
                    $_, $_ + 1)
        . ']}');
    last if $content =~ /"Accepted":true/ && $content !~ /Warnings/;
}

like($content, qr/"Accepted":true/, 'two attempts');
ok($server->wait_for(sub { (outcomes())[0] == $before + 1 }), 'are learned');
is(samples('amy'), 6, 'both of them');


# the window, and what never leaves it

enrol('zoe', @own[0 .. 3]);
($before) = outcomes();
ok(accepted('zoe', 8, '/short'), 'eight claims');

# the template changes meanwhile: one of them may fit it no longer
ok($server->wait_for(sub {
    return (outcomes())[0] >= $before + 8 || !accepted('zoe', 1, '/short');
}) && (outcomes())[0] >= $before + 8, 'are learned');
is(samples('zoe'), 6, 'six samples stay');

sub flags {
    my ($who) = @_;

    for (`build/keyauth store export $dir/store --key $key`) {
        my $line = decode_json($_);
        next if $line->{UserID} ne $who;

        my ($keys, $rows, $bytes) = unpack 'CCx2a*',
                                           decode_base64($line->{Template});
        my $size = 6 + 2 * (2 * $keys - 1);

        return map { unpack 'x4v', substr $bytes, $_ * $size } 0 .. $rows - 1;
    }

    return;
}

is(join(' ', flags('zoe')), '1 1 1 0 0 0', 'three of them as enrolled');


# as auth_request

($before) = outcomes();
my $login = 0;

for my $row (@own) {
    my $claim = encode_base64('{"UserID":"ann","Phrase":"p",'
                              . KeyauthStore::typed($row) . '}', '');
    my ($code) = $server->get('/login', headers => ["Keyauth-Sample: $claim"]);
    $login += $code == 204;
}

cmp_ok($login, '>', 0, 'logins by a header');
ok($server->wait_for(sub { (outcomes())[0] >= $before + $login }),
   'are learned from');

is((ask('/enrol?UserID=ann', '', 'DELETE'))[0], 204, 'ann is forgotten');
is(samples('ann'), -404, 'and stays so');


# more than can wait at a time

enrol('max', @own[0 .. 3]);
my $busy = 0;

for (1 .. 5) {
    my $socket = $server->listens() or die;
    my $many = join '', map {
        my $body = '{"UserID":"max","Phrase":"p","FAR":0.2,'
                   . KeyauthStore::typed($own[$_ % @own]) . '}';
        "POST /verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json"
        . "\r\nContent-Length: " . length($body) . "\r\n\r\n$body"
    } 1 .. 400;

    my $reader = fork // die;

    if (!$reader) {
        local $/;
        my $all = <$socket>;
        POSIX::_exit(0);
    }

    print $socket $many;
    $socket->flush();
    shutdown $socket, 1;
    waitpid $reader, 0;

    $busy = (outcomes())[2];
    last if $busy;
}

my (undef, undef, undef, $failed) = outcomes();
is($failed, 0, 'nothing failed');
ok($server->wait_for(sub { samples('max') > 4 }), 'what waited was learned');
diag("$busy claims came when too many waited");


# metrics

my $metrics = $server->metrics();

is($metrics->{keyauth_forgotten_total}, 1, 'one was forgotten');
is($metrics->{keyauth_store_ready}, 1, 'the store is ready');
is($metrics->{keyauth_store_templates}, 5, 'five people are left');
cmp_ok($metrics->{keyauth_store_bytes}, '>=',
       $metrics->{keyauth_store_used_bytes}, 'no more is used than there is');
is($metrics->{keyauth_store_limit_bytes}, 64 << 20, 'it may reach map_size');
cmp_ok($metrics->{keyauth_commit_seconds_count}, '>', 20, 'commits');
my @enrolments = map { $metrics->{"keyauth_enrolments_total{outcome=\"$_\"}"} }
                 qw(consistent inconsistent refused);
is($enrolments[0] + $enrolments[1], 22, 'enrolments');
is($enrolments[2], $refused, 'and refusals');
is((ask('/enrol', '{}'))[0], 422, 'until now');
is($server->metrics()->{'keyauth_enrolments_total{outcome="refused"}'},
   $refused + 1, 'another one is counted');

$server->reload();
is(samples('zoe'), 6, 'a reload keeps what was learned');
$server->stop();
is(system("build/keyauth store verify $dir/store --key $key >$dir/out"), 0,
   'the store is whole');
unlike($server->slurp('error.log'), qr/\[(?:alert|emerg|crit|error)\]/,
       'no error in the log');


# without a replay zone a recording teaches once, too

$server = KeyauthServer->new(main => 'worker_processes 1;', http => $http,
    server => 'keyauth_learn on;
               location = /verify { keyauth_verify; }
               location = /enrol { keyauth_enrol; }
               location = /metrics { keyauth_metrics; }');
$server->start();

for (1 .. 50) {
    $sample = KeyauthStore::typed($own[4 + $_ % 4]);
    ($status, $content) = claim('zoe', $sample);
    last if $content =~ /"Accepted":true/ && $content !~ /Warnings/;
}

claim('zoe', $sample) for 1 .. 3;
ok(settled(4), 'a recording, four times');
is(join(' ', outcomes()), '1 3 0 0', 'is learned once');
is(samples('zoe'), 7, 'as the template shows');
$server->stop();


# what was refused, and the application has confirmed

$server = KeyauthServer->new(main => 'worker_processes 1;', http => $http,
    server => 'keyauth_learn on window=8;
               location = /verify { keyauth_verify; }
               location = /enrol { keyauth_enrol; }
               location = /metrics { keyauth_metrics; }');
$server->start();
enrol('pat', @own[0 .. 3]);

sub confirm {
    my ($who, $samples, $more) = @_;
    my ($code, $answer) = ask('/enrol', qq({"UserID":"$who","Phrase":"p",)
        . '"Confirmed":true,' . ($more // '') . "$samples}");

    return join ' ', $code, $answer =~ /"Samples":(\d+),/,
                $answer =~ m{"type":"[^"]*?([\w-]+)"};
}

my $other = $others[0][0];
my @changed = grep { $_->[0] eq $other } @others;

sub score {
    my ($code, $answer)
        = ask('/verify', '{"UserID":"pat","Phrase":"p","FAR":0.001,'
              . KeyauthStore::typed($changed[-1]) . '}');

    return decode_json($answer)->{Score};
}

$sample = KeyauthStore::typed($changed[0]);
($status, $content) = ask('/verify', '{"UserID":"pat","Phrase":"p",'
                          . qq("FAR":0.001,$sample}));
like($content, qr/"Accepted":false/, 'somebody types otherwise');
my $low = score();
is(samples('pat'), 4, 'what is refused is not learned');
is(join(' ', outcomes()), '0 0 0 0', 'nor does it wait');

is(confirm('pat', $sample), '201 5', 'what is confirmed is');
is(join(' ', flags('pat')), '1 1 1 1 0', 'as a learned row');
cmp_ok(score(), '>', $low, 'what is typed next fits better');
is(confirm('pat', $sample), '409 replay', 'once');
is(samples('pat'), 5, 'and no more');

my $more = join ',', map { '{' . KeyauthStore::typed($_) . '}' }
                     @changed[1 .. 5];
is(confirm('pat', qq("Samples":[$more])), '201 8', 'the window is kept');
is(join(' ', flags('pat')), '1 1 1 1 0 0 0 0', 'and what was enrolled');
is(confirm('pat', '"Press":[0,100],"Release":[50,150]'), '422 wrong-length',
   'another number of keys');
is(confirm('pat', KeyauthStore::typed($own[5]), '"Replace":true,'), '201 1',
   'Replace replaces');
is(confirm('pat', KeyauthStore::typed($own[6])), '201 2',
   'until it is complete,');
is(join(' ', flags('pat')), '1 1', 'samples are enrolled');
$server->stop();


# configurations that are none

for (['keyauth_learn on;', '', qr/"keyauth_learn" requires "keyauth_store"/],
     ['keyauth_learn on window=1;', $http, qr/invalid parameter "window=1"/],
     ['keyauth_learn on window=25;', $http, qr/invalid parameter "window=25"/],
     ['keyauth_learn on above=0.3;', $http, qr/invalid parameter "above=0.3"/],
     ['keyauth_learn on above=0;', $http, qr/invalid parameter "above=0"/],
     ['keyauth_learn on on;', $http, qr/invalid parameter "on"/],
     ['keyauth_learn on above=0.1 above=0.1;', $http, qr/invalid parameter/],
     ['keyauth_learn yes;', $http, qr/invalid parameter "yes"/],
     ['keyauth_learn off above=0.1;', $http, qr/invalid parameter/],
     ['keyauth_learn off; keyauth_learn on;', $http, qr/is duplicate/],
     ['keyauth_learn on window=4; location = /e { keyauth_enrol needed=5; }',
      $http, qr/window of 4 samples, and "keyauth_enrol" needs 5/])
{
    my ($directive, $before, $like) = @$_;

    my $refused = KeyauthServer->new(
        http => $before || "keyauth_model $Keyauth::MODEL;\n",
        server => "$directive location = /v { keyauth_verify; }");
    like($refused->check(), $like, $directive);
}

done_testing();
