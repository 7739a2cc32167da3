#!/usr/bin/perl

# The replay guard: a recording is not accepted, by whichever worker, nor
# after a reload; what was typed anew is.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use Test::More;

my $port = 18199;
my @rows = Keyauth::rows();
my $user = $rows[0][0];

# one person's samples that are accepted, by the FAR they are asked for with
my @own = grep { $_->[0] eq $user } @rows;

sub post {
    my ($server, $body, $to) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$to");
    my $request = Keyauth::post($body);

    $request =~ s{^POST /predict}{POST /verify};
    print $socket $request;

    my $answer = do { local $/; <$socket> } // '';
    my ($head, $content) = split /\r\n\r\n/, $answer, 2;
    my ($pid) = $head =~ /^Worker: (\d+)/m;

    return ($content, $pid);
}


sub claim {
    my (@samples) = @_;

    return Keyauth::claim($user, @samples, FAR => 0.2) if @samples > 1;

    return Keyauth::claim($user, @samples) =~ s/\}$/,"FAR":0.2}/r;
}


# another recording: moved by a second, and each time by up to 2 ms
sub jittered {
    my ($row) = @_;

    return [$row->[0], map { [map { $_ + 1000 + 3.98 * (rand() - 0.5) } @$_] }
                       @$row[1, 2]];
}


my %conf = (
    main => 'worker_processes 2;',
    http => "keyauth_model $Keyauth::MODEL;\n"
            . 'keyauth_replay_zone replays:1m window=1h;',
    server => "listen 127.0.0.1:$port reuseport;\n"
              . 'location = /verify { keyauth_verify;'
              . ' add_header Worker $pid; }'
              . 'location = /header { keyauth_verify header far=0.2; }',
);

my $server = KeyauthServer->new(%conf);
ok($server->start(), 'starts');
ok($server->wait_for(sub { $server->workers() == 2 }), 'two workers');

# the same recordings each time
srand 1;

my $again = qr/^\{"UserID":$user,"Accepted":false,"Reason":"replay",
               "Score":[\d.]+,"Threshold":/x;
my $fresh = qr/^\{"UserID":$user,"Accepted":true,"Score":/;

my ($answer, $worker) = post($server, claim($own[0]), $port);
like($answer, $fresh, 'a sample is accepted once');

my %same;

for (1 .. 100) {
    ($answer, $worker) = post($server, claim($own[0]), $port);
    $same{$worker} = 1 if $answer =~ $again;
    last if keys %same == 2;
}

is(scalar keys %same, 2, 'and by neither worker again');

like((post($server, claim([$own[0][0],
                           map { [map { $_ + 5e4 } @$_] } @{$own[0]}[1, 2]]),
           $port))[0], $again, 'nor moved in time');
like((post($server, claim(jittered($own[0])), $port))[0], $again,
     'nor with its times jittered') for 1 .. 20;

like((post($server, claim($own[1]), $port))[0], $fresh,
     'what the same person types anew is accepted');

like((post($server, claim($own[2], $own[2]), $port))[0], $again,
     'two attempts that are one');
like((post($server, claim($own[2], $own[1]), $port))[0], $again,
     'one new attempt beside an old one');
like((post($server, claim($own[2], $own[3]), $port))[0], $fresh,
     'two new ones, which the refusals have not used up');

my $log = $server->slurp('error.log');
like($log, qr/\[warn\].*keyauth: a sample has been seen before/,
     'the log has it');
unlike($log, qr/\[(?:error|alert|emerg|crit)\]/, 'and nothing worse');


# the header's claims are in the same zone

sub status {
    my ($sample) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
    print $socket "GET /header HTTP/1.0\r\n$sample\r\n\r\n";

    return <$socket> =~ /^HTTP\S+ (\d+)/ ? $1 : 0;
}

is(status(Keyauth::sample($user, $own[0])), 403, 'a header with a replay');
is(status(Keyauth::sample($user, $own[4])), 204, 'with a sample that is new');
is(status(Keyauth::sample($user, $own[4])), 403, 'and with it once more');


# reloads

my $reloads = sub {
    my $old = join ',', sort $server->workers();

    $server->signal('HUP');
    $server->wait_for(sub {
        my @new = $server->workers();
        @new == 2 && join(',', sort @new) ne $old
        && !grep { index(",$old,", ",$_,") >= 0 } @new
    });
};

ok($reloads->(), 'reloads');
like((post($server, claim($own[0]), $port))[0], $again,
     'replays are known after a reload');

$server->configure(%conf, http => $conf{http} =~ s/1h/1s/r);
ok($reloads->(), 'reloads with a shorter window');
sleep 2;
like((post($server, claim($own[0]), $port))[0], $fresh,
     'a sample is forgotten when the window is over');

$server->stop();


# without a zone

$server = KeyauthServer->new(%conf, http => "keyauth_model $Keyauth::MODEL;");
ok($server->start(), 'starts without a zone');
like((post($server, claim($own[0]), $port))[0], $fresh, 'accepted')
    for 1 .. 2;
$server->stop();


# a model file that cannot verify

my $few = "$Keyauth::BUILD/t/few-verify";
system("mkdir -p $few && $Keyauth::BUILD/keyauth train --models RF --quiet"
       . " --data $Keyauth::BUILD/t/one/data.csv --out $few") == 0 or die;

$server = KeyauthServer->new(%conf,
                             http => "keyauth_model $few/keyauth.model;");
ok($server->start(), 'starts with a model file without FUSION');
like((post($server, claim($own[0]), $port))[0],
     qr/"urn:keyauth:problem:unknown-model",.*"status":422/, 'a body: 422');
is(status(Keyauth::sample($user, $own[0])), 503, 'a header: 503');
like($server->slurp('error.log'),
     qr/\[error\].*the model file cannot verify claims: unknown-model/,
     'the log says why');
$server->stop();


# mistakes

for (['', 'invalid number of arguments'],
     ['replays', 'invalid zone "replays"'],
     [':1m', 'invalid zone ":1m"'],
     ['replays:x', 'invalid zone size "replays:x"'],
     ['replays:1k', 'zone "replays:1k" is too small'],
     ['replays:1m window=0', 'invalid parameter "window=0"'],
     ['replays:1m window=x', 'invalid parameter "window=x"'],
     ['replays:1m windows=1m', 'invalid parameter "windows=1m"'],
     ['a:1m; keyauth_replay_zone b:1m', 'is duplicate'])
{
    $server = KeyauthServer->new(%conf, http => "keyauth_model "
        . "$Keyauth::MODEL; keyauth_replay_zone $_->[0];");
    like($server->check(), qr/\Q$_->[1]\E/, "refuses \"$_->[0]\"");
}

for (['far=0.3', 'invalid parameter "far=0.3"'],
     ['far=0.0009', 'invalid parameter "far=0.0009"'],
     ['far=', 'invalid parameter "far="'],
     ['headers', 'invalid parameter "headers"'],
     ['header header', 'invalid parameter "header"'],
     ['; keyauth_verify', 'is duplicate'],
     ['; keyauth_card', '"keyauth_verify" and "keyauth_card" are in the same'
                        . ' location'])
{
    $server = KeyauthServer->new(%conf, server =>
        "location /verify { keyauth_verify $_->[0]; }");
    like($server->check(), qr/\Q$_->[1]\E/, "refuses \"$_->[0]\"");
}

$server = KeyauthServer->new(http => '', location => 'deny all;',
    server => 'location /verify { keyauth_verify; }');
like($server->check(), qr/no "keyauth_model" is defined for the "keyauth_/,
     'refuses claims without a model');

done_testing();
