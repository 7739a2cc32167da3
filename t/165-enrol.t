#!/usr/bin/perl

# People enrol, are verified by their own string, and are forgotten.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;
use KeyauthStore qw(typed);

use JSON::PP;
use Test::More;

my @rows = Keyauth::rows();
my $dir = File::Temp::tempdir(CLEANUP => 1);
my $key = "$dir/key";

# the model file has not ann's rows, which are user 0's
my $user = $rows[0][0];
my @own = grep { $_->[0] eq $user } @rows;
my @others = grep { $_->[0] ne $user } @rows;

is(system("build/keyauth key store --file $key"), 0, 'a key is made');

my $server = KeyauthServer->new(
    main => 'worker_processes 2;',
    http => "keyauth_model $Keyauth::MODEL;\n"
            . "keyauth_store $dir/store key=$key map_size=64m compact=1s;\n"
            . 'keyauth_replay_zone replays:1m window=1h;',
    server => 'location = /verify { keyauth_verify; }
               location = /enrol { keyauth_enrol; }');

chmod 0755, $dir;
$server->start();

# the same recordings each time
srand 1;


sub ask {
    my ($path, $body) = @_;

    my $socket = $server->listens() or return (0, '');
    my $request = Keyauth::post($body);

    $request =~ s{^POST /predict}{POST $path};
    print $socket $request;

    my $answer = do { local $/; <$socket> } // '';
    my ($head, $content) = split /\r\n\r\n/, $answer, 2;

    return ($head =~ m{^HTTP/1.1 (\d+)} ? $1 : 0, $content // '');
}


sub enrol {
    my ($who, $phrase, $row, $keys, $more) = @_;

    return ask('/enrol', qq({"UserID":"$who",)
               . ($phrase ne '' ? qq("Phrase":"$phrase",) : '')
               . typed($row, $keys) . ($more // '') . '}');
}


my ($status, $content);
my $day = int(time / 86400);

for my $n (1 .. 4) {
    ($status, $content) = enrol('ann', 'login', $own[$n]);
    is($status, 201, "sample $n") or diag $content;

    my $answer = decode_json($content);
    delete $answer->{Warnings};
    is_deeply($answer, { UserID => 'ann', Phrase => 'login', Samples => $n,
                         Needed => 4,
                         Ready => $n == 4 ? JSON::PP::true : JSON::PP::false },
              'its answer');
}

my $more = join ',', map { '{' . typed($_) . '}' } @others[17 .. 22];
my $twice = qq("Phrase":"login","Samples":[$more]});

for ('who is ready', 'and what was refused may be sent again:') {
    ($status, $content) = ask('/enrol', qq({"UserID":"ann",$twice));
    is($status, 409, $_);
    like($content, qr{"type":"[^"]*already-enrolled"}, 'has to be replaced');
}

($status, $content) = ask('/enrol', qq({"UserID":"kay",$twice));
is($status, 201, 'by somebody else, too') or diag $content;
($status, $content) = ask('/enrol', qq({"UserID":"lee",$twice));
is($status, 409, 'once stored');
like($content, qr{"type":"[^"]*replay"}, 'it has been seen');

($status, $content) = $server->get('/enrol?UserID=ann&Phrase=login');

# in days, of which one may have begun meanwhile
my $age = int(time / 86400) > $day ? '[01]' : 0;

like("$status $content", qr/^200[ ]\{"UserID":"ann","Phrase":"login",
     "Samples":4,"Needed":4,"Ready":true,"Keys":13,
     "Ages":\[$age,$age,$age,$age\],"Quality":\[[01.,0-9]+\]\}$/x, 'GET');
my @quality = @{decode_json($content)->{Quality}};
is(scalar(grep { $_ >= 0 && $_ <= 1 } @quality), 4, 'four qualities');

# verified by the template alone: the model file has no ann

($status, $content) = ask('/verify', '{"UserID":"ann","Phrase":"login",'
                          . '"FAR":0.2,' . typed($own[6]) . '}');
is($status, 200, 'a claim');
like($content, qr/"UserID":"ann","Accepted":true.*"Method":"LIVE"/,
     'is accepted by the template');

my $accepted = 0;

for my $row (@others[map { 8 * $_ } 0 .. 10]) {
    ($status, $content) = ask('/verify', '{"UserID":"ann","Phrase":"login",'
                              . '"FAR":0.01,' . typed($row) . '}');
    $accepted += $content =~ /"Accepted":true/;
}

cmp_ok($accepted, '<=', 2, "others are not: $accepted of 11");

($status, $content) = ask('/verify', '{"UserID":"ann",' . typed($own[6])
                          . '}');
is($status, 404, 'another phrase is another template');

($status, $content) = ask('/verify', qq({"UserID":$user,"FAR":0.2,)
                          . typed($own[6]) . '}');
like($content, qr/"Method":"FUSION"/, 'who has none is verified by the model');

($status, $content) = ask('/verify', '{"UserID":"ann","Phrase":"login",'
                          . typed($own[6], 5) . '}');
is($status, 422, 'a claim with other keys');
like($content, qr{wrong-length}, 'is refused');

($status, $content) = ask('/verify', '{"UserID":"nobody","Phrase":"login",'
                          . typed($own[6], 7) . '}');
like("$status $content", qr/^404 .*Nobody of this name has enrolled/,
     'nor has one who has enrolled with none');

# own strings

($status, $content) = enrol('bob', 'name', $own[1], 5);
is($status, 201, 'a string of five keys') or diag $content;
($status, $content) = enrol('bob', 'name', $own[2], 6);
is($status, 422, 'has five keys');
like($content, qr{wrong-length.*"pointer":"/Press"}, 'and says so');
($status, $content) = ask('/enrol', '{"UserID":"bob","Phrase":"name",'
                          . '"Samples":[{' . typed($own[2], 6) . '}]}');
like("$status $content", qr{^422 .*wrong-length.*"/Samples/0/Press"},
     'in an array, too');
$more = join ',', map { '{' . typed($_, 5) . '}' } @others[30 .. 53];
($status, $content) = ask('/enrol', '{"UserID":"bob","Phrase":"name",'
                          . qq("Samples":[$more]}));
like("$status $content", qr{^422 .*wrong-length.*"/Samples"},
     'which has up to 24 samples');

# a row that nobody has sent: two recordings of one may agree by chance
my $again = '{"UserID":"eve",' . typed($rows[-1]) . '}';
is((ask('/enrol', $again))[0], 201, 'a sample');
($status, $content) = ask('/enrol', $again);
is($status, 409, 'comes once');
like($content, qr{replay}, 'it is a replay');

# a sample of somebody else is seen among one's own

for (1 .. 20) {
    ($status, $content) = ask('/enrol', '{"UserID":"kim","Phrase":"mixed",'
        . '"Samples":[' . join(',', map { '{' . typed($_) . '}' } @own[0 .. 4],
                               $others[40]) . ']}');
    last if $content !~ /replay/;
}

is($status, 201, 'five samples, and one of somebody else') or diag $content;
my @mixed = @{decode_json(($server->get('/enrol?UserID=kim&Phrase=mixed'))[1])
              ->{Quality}};
is((sort { $a <=> $b } @mixed)[0], $mixed[5], 'which has the lowest quality');

my $samples = join ',', map { '{' . typed($others[$_]) . '}' } 1 .. 6;
($status, $content) = ask('/enrol', qq({"UserID":7,"Samples":[$samples]}));
is($status, 201, 'several samples') or diag $content;
like($content, qr/^\{"UserID":7,"Samples":6,"Needed":4,"Ready":true/,
     'at once');
($status, $content) = enrol('7', '', $others[9], 0, ',"Replace":true');
is($status, 201, 'are replaced');
like($content, qr/"Samples":1,/, 'by one');

# bodies that are none

for ([ '{}', 422, 'missing-member' ], [ '[]', 422, 'wrong-type' ],
     [ '{', 400, 'not-json' ],
     [ '{"UserID":"a"}', 422, 'no-form' ],
     [ '{"UserID":"a","Press":[1]}', 422, 'wrong-length' ],
     [ '{"UserID":"a","Press":[1,2],"Release":[3]}', 422, 'wrong-length' ],
     [ '{"UserID":"a","Press":[1,2],"Release":[0,3]}', 422, 'order' ],
     [ '{"UserID":"a","Press":[1,2]}', 422, 'missing-member' ],
     [ '{"UserID":"","Press":[1,2],"Release":[3,4]}', 422, 'wrong-length' ],
     (map { [ qq({"UserID":"$_","Press":[1,2],"Release":[3,4]}), 422,
              'bad-user' ] } ' a', 'a ', ' ', '\ta', 'a\u0009', 'a\nb',
              'a\rb', 'a\u001fb', 'a\u007fb'),
     [ '{"UserID":"a","Phrase":1}', 422, 'wrong-type' ],
     [ '{"UserID":"a","Phrase":"' . 'x' x 65 . '"}', 422, 'wrong-length' ],
     [ '{"UserID":"a","Replace":1}', 422, 'wrong-type' ],
     [ '{"UserID":"a","Replace":null}', 422, 'wrong-type' ],
     [ '{"UserID":"a","Confirmed":"yes"}', 422, 'wrong-type' ],
     [ '{"UserID":"a","Confirmed":true,"Confirmed":true}', 422,
       'duplicate-member' ],
     [ '{"UserID":"a","Samples":[]}', 422, 'wrong-length' ],
     [ '{"UserID":"a","Samples":[{}]}', 422, 'missing-member' ],
     [ '{"UserID":"a","Samples":[1]}', 422, 'wrong-type' ],
     [ '{"UserID":"a","UserID":"a"}', 422, 'duplicate-member' ],
     [ '{"UserID":1.5}', 422, 'wrong-type' ],
     [ '{"user":"a"}', 422, 'unknown-member' ],
     [ '{"UserID":"a","Press":[1,2],"Release":[3,4],"Samples":[]}', 422,
       'both-forms' ])
{
    my ($body, $code, $type) = @$_;
    ($status, $content) = ask('/enrol', $body);
    is($status, $code, $body =~ s/x{60}/.../r);
    like($content, qr{"type":"[^"]*\b$type"}, $type);
}

# as many samples as a body holds, by the length of their times: docs/api.md

my $people = 0;

for ([ '%05d', 64, 20 ], [ '%05d.6', 64, 15 ], [ '17890000%05d', 64, 9 ],
     [ '17890000%05d', 32, 17 ], [ '%05d.600000000006', 64, 6 ],
     [ '%05d.600000000006', 32, 13 ], [ '%05d.600000000006', 20, 20 ])
{
    my ($form, $keys, $most) = @$_;

    for my $n ($most, $most + 1) {
        my @samples = map {
            my $at = 10000;
            my $times = join ',', map { sprintf $form, $at += 150 + rand 200 }
                                      1 .. $keys;
            qq({"Press":[$times],"Release":[$times]})
        } 1 .. $n;

        $people++;
        ($status, $content) = ask('/enrol', qq({"UserID":"many$people",)
                                  . '"Samples":[' . join(',', @samples)
                                  . ']}');
        is($status, $n > $most ? 413 : 201, "$n samples of $keys $form")
            or diag $content;
    }

    like($content, qr/too-large".*send fewer samples/, 'says what to do');
}

# forgetting

is(($server->get('/enrol?UserID=none', method => 'DELETE'))[0], 404,
   'nobody is forgotten');
is(($server->get('/enrol', method => 'DELETE'))[0], 400, 'nobody is named');

# a phrase that is misspelt must not make all of them be forgotten
for my $query ('UserID=ann&Phrase=', 'UserID=ann&Phrase', 'UserID=ann&phrase=p',
               'UserID=ann&Phras=p', 'UserID=ann&Phrase=p&Phrase=q',
               'UserID=ann&UserID=bob', 'UserID=ann&&Phrase=p', 'userid=ann',
               'UserID=ann&Phrase=' . 'p' x 65, 'UserID=ann&Phrase=p%00')
{
    for my $method (qw(GET DELETE)) {
        my ($status, $content)
            = $server->get("/enrol?$query", method => $method);
        is($status, 400, "$method $query");
        like($content, qr/:bad-query"/, 'is refused');
    }
}

is(($server->get('/enrol?UserID=ann&Phrase=login'))[0], 200, 'ann is there');
is(($server->get('/enrol?UserID=bob&Phrase=name', method => 'DELETE'))[0],
   204, 'a phrase is forgotten');
is(($server->get('/enrol?UserID=ann', method => 'DELETE'))[0], 204,
   'a person is forgotten');
is(($server->get('/enrol?UserID=ann&Phrase=login'))[0], 404, 'it is so');
is(($server->get('/enrol?UserID=7'))[0], 200, 'others are there');
is(($server->get('/enrol', method => 'PUT'))[0], 405, 'PUT');

ok($server->wait_for(sub { -e "$dir/store/templates.2"
                           && !-e "$dir/store/templates.1" }),
   'the old file is gone');
is(($server->get('/enrol?UserID=7'))[0], 200, 'others are there still');

# a reload, a killed worker

ok($server->reload(), 'reloads');
is(($server->get('/enrol?UserID=7'))[0], 200, 'a reload keeps them');
my ($worker) = $server->workers();
kill KILL => $worker;
ok($server->wait_for(sub { KeyauthServer::ended($worker) }),
   'a worker is killed');
is((enrol('zoe', '', $own[7]))[0], 201, 'which blocks nobody');

$server->stop();
is(system("build/keyauth store verify $dir/store --key $key >$dir/out"), 0,
   'the store is whole');

my $log = $server->slurp("error.log");
unlike($log, qr/\[(?:alert|emerg|crit)\](?!.*signal 9)/, 'no alert in the log');

done_testing();
