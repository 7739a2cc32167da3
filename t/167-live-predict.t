#!/usr/bin/perl

# People of a store are named: all of one phrase, as they are at that moment.

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
my $dir = File::Temp::tempdir(CLEANUP => 1);
my $key = "$dir/key";
my %own;

push @{$own{$_->[0]}}, $_ for @rows;
my @people = sort keys %own;

chmod 0755, $dir;
is(system("build/keyauth key store --file $key"), 0, 'a key is made');


# a template as it is exported: recordings of a row's first keys
sub template {
    my ($keys, @samples) = @_;
    my $bytes = pack 'CCv', $keys, scalar @samples, 0;

    for my $row (@samples) {
        my ($press, $release) = @$row[1, 2];
        my @steps = map { 8 * ($release->[$_] - $press->[$_]) }
                    0 .. $keys - 1;
        push @steps, map { 8 * ($press->[$_ + 1] - $press->[$_]) }
                     0 .. $keys - 2;

        $bytes .= pack 'Vv', 20000, 1;
        $bytes .= pack 'v*', map { $_ < 0 ? 0 : $_ > 65535 ? 65535 : $_ }
                             @steps;
    }

    return encode_base64($bytes, '');
}


# people of a phrase: (phrase, ID => [keys, sample ...], ...)
sub import_people {
    my ($phrase, %who) = @_;

    open my $in, q(|-), "build/keyauth store import $dir/store --create"
                        . " --key $key --map-size 256m --replace >/dev/null"
        or die;

    for my $id (sort keys %who) {
        my ($keys, @samples) = @{$who{$id}};

        print $in encode_json({ UserID => $id, Phrase => $phrase,
                                Changed => '2026-01-01',
                                Template => template($keys, @samples) }),
                  "\n";
    }

    return close $in;
}


# the last row of everybody is never enrolled
ok(import_people('login', map { ("p$_" => [13, @{$own{$_}}[0 .. 5]]) }
                          @people), 'people are imported');
ok(import_people('short', a => [5, @{$own{$people[0]}}[0 .. 5]],
                          b => [6, @{$own{$people[1]}}[0 .. 5]],
                          c => [5, @{$own{$people[2]}}[0]],
                          7 => [5, @{$own{$people[3]}}[0 .. 5]]),
   'and for a phrase of other lengths');

my $server = KeyauthServer->new(
    main => 'worker_processes 1;',
    http => "keyauth_model $Keyauth::MODEL;\n"
            . "keyauth_store $dir/store key=$key map_size=256m;\n"
            . "keyauth_zone counters:1m;\n"
            . 'log_format named "$keyauth_user $keyauth_model $keyauth_time";',
    location => 'access_log named.log named;',
    server => 'location = /enrol { keyauth_enrol; }
               location = /verify { keyauth_verify;
                                    access_log named.log named; }
               location = /metrics { keyauth_metrics; }');

ok($server->start(), 'starts');

# the same recordings each time
srand 1;


sub ask {
    my ($body, $path, $method) = @_;

    return KeyauthStore::ask($server->{port}, $method // 'POST',
                             $path // '/predict', $body);
}


sub request {
    my ($phrase, $row, $keys, $more) = @_;

    return qq({"Phrase":"$phrase",) . KeyauthStore::typed($row, $keys)
           . ($more // '') . ',"Model":"LIVE"}';
}


sub named {
    my ($status, $content) = ask(request(@_));

    return $status == 200 ? decode_json($content)->{UserID}
                          : "$status $content";
}


my $right = 0;

for my $who (@people) {
    $right++ if (named('login', $own{$who}[6]) // '') eq "p$who";
    $right++ if (named('login', $own{$who}[7]) // '') eq "p$who";
}

cmp_ok($right, '>=', @people, "$right of " . 2 * @people . ' are named');

my ($status, $content) = ask(request('login', $own{$people[0]}[6], 0,
                                     ',"Top":3'));
is($status, 200, 'candidates');
my $answer = decode_json($content);
my @candidates = @{$answer->{Candidates}};
is($answer->{Model}, 'LIVE', 'by templates');
is(scalar @candidates, 3, 'three');
is($candidates[0]{UserID}, $answer->{UserID}, 'the first is named');
ok($candidates[0]{Score} >= $candidates[1]{Score}
   && $candidates[1]{Score} >= $candidates[2]{Score}, 'the best first');
my $all = decode_json((ask(request('login', $own{$people[0]}[6], 0,
                                   ',"Top":100')))[1]);
is(scalar @{$all->{Candidates}}, 10, 'ten at most');
my $sum = 0;
$sum += $_->{Score} for @{$all->{Candidates}};
cmp_ok($sum, '<', 1.00001, 'scores are shares of one');

# nobody

my ($strangers, $owners) = (0, 0);

import_people('few', map { ("p$_" => [13, @{$own{$_}}[0 .. 5]]) }
                     @people[0 .. 3]);

for my $who (@people) {
    for my $row (@{$own{$who}}[6, 7]) {
        my $name = named('few', $row, 0, ',"FAR":0.01');
        if ($who =~ /^(?:$people[0]|$people[1]|$people[2]|$people[3])$/) {
            $owners++ if defined $name;
        } else {
            $strangers++ if defined $name;
        }
    }
}

cmp_ok($owners, '>=', 3, "$owners of 8 are named at a FAR of 1 %");
cmp_ok($strangers, '<=', 3, "$strangers strangers of " . 2 * (@people - 4));
is(named('few', $own{$people[9]}[6], 0, ',"FAR":0.001'), undef,
   'a stranger is null');

# other lengths: of those that have as many keys

is(named('short', $own{$people[1]}[6], 6), 'b', 'of six keys there is one');
is(named('short', $own{$people[1]}[6], 4), undef, 'of four there is none');
my $of_five = decode_json((ask(request('short', $own{$people[3]}[6], 5,
                                       ',"Top":9')))[1]);
is(join(' ', sort map { $_->{UserID} } @{$of_five->{Candidates}}), '7 a',
   'who has one sample is nobody yet');
like((ask(request('short', $own{$people[3]}[6], 5, ',"Top":9')))[1],
     qr/"UserID":7,/, 'a number is one');

# arrays

my $batch = join ',', map { request('login', $own{$_}[6]) } @people[0 .. 2];
($status, $content) = ask("[$batch]");
is($status, 200, 'an array');
is(scalar @{decode_json($content)}, 3, 'of three answers');

for (["[$batch," . request('short', $own{$people[0]}[6], 5) . ']', 422,
      'unknown-model', qr{"pointer":"/3/Model"}],
     ["[$batch," . Keyauth::timings('RF', $rows[0]) . ']', 422,
      'unknown-model', qr{all with the same Phrase}],
     ['{"Model":"RF","Phrase":"login","Press":[1,2]}', 422, 'unknown-member',
      qr{"/Phrase"}],
     ['{"Model":"LIVE","Phrase":"","Press":[1,2],"Release":[2,3]}', 422,
      'wrong-length', qr{"/Phrase"}],
     ['{"Model":"LIVE","Phrase":1,"Press":[1,2],"Release":[2,3]}', 422,
      'wrong-type', qr{"/Phrase"}],
     ['{"Model":"LIVE","Press":[1],"Release":[2]}', 422, 'wrong-length',
      qr{2 to 64}],
     ['{"Model":"LIVE","Press":[1,2],"Release":[2]}', 422, 'wrong-length',
      qr{must hold 2}],
     ['{"Model":"LIVE","HT":{"Mean":1,"STD":1},"PPT":{"Mean":1,"STD":1},'
      . '"RRT":{"Mean":1,"STD":1},"RPT":{"Mean":1,"STD":1}}', 422,
      'needs-timings', qr{LIVE needs Press}],
     ['{"Model":"LIVE"}', 422, 'no-form', qr{}],
     ['{"Model":"LIVE","Phrase":"other","Press":[1,2],"Release":[2,3]}', 404,
      'unknown-user', qr{}],
     ['{"Model":"LIVE","Press":[1,2],"Release":[2,3]}', 404, 'unknown-user',
      qr{}])
{
    my ($body, $code, $type, $like) = @$_;
    ($status, $content) = ask($body);
    is($status, $code, "$type: status") or diag $content;
    like($content, qr{:problem:$type"}, $type);
    like($content, $like, "$type: the rest");
}

# what changes is seen at once

is(named('login', $own{$people[0]}[6]), "p$people[0]", 'somebody');
is((ask('', "/enrol?UserID=p$people[0]&Phrase=login", 'DELETE'))[0], 204,
   'is forgotten');
isnt(named('login', $own{$people[0]}[6]), "p$people[0]", 'and not named');

for my $row (@{$own{$people[0]}}[0 .. 3]) {
    ask('{"UserID":"anew","Phrase":"login",' . KeyauthStore::typed($row)
        . '}', '/enrol');
}

is(named('login', $own{$people[0]}[6]), 'anew', 'who enrols is named');
is(system("build/keyauth store compact $dir/store --key $key"), 0,
   'the store is compacted');
is(named('login', $own{$people[0]}[6]), 'anew', 'and names people still');

# five phrases, of which four are kept

for my $n (1 .. 6) {
    import_people("phrase$n", "p$n" => [13, @{$own{$people[$n]}}[0 .. 5]]);
}

for my $n (1 .. 6, 1 .. 6) {
    my $name = named("phrase$n", $own{$people[$n]}[6]);
    is($name, "p$n", "of phrase $n");
}

# the variables, the metrics

$server->wait_for(sub { $server->slurp('named.log') =~ /^anew LIVE/m });
like($server->slurp('named.log'), qr/^anew LIVE 0\.\d+$/m, 'variables');
like($server->slurp('named.log'), qr/^\S+ LIVE 0\.000\d{3}$/m,
     'in seconds: one at least was not interrupted');
like($server->slurp('named.log'), qr/^(?:-|) LIVE 0\.\d+$/m, 'of nobody');

my $claim;

for (1 .. 50) {
    ($status, $claim) = ask('{"UserID":"anew","Phrase":"login","FAR":0.2,'
                            . KeyauthStore::typed($own{$people[0]}[$_ % 4])
                            . '}', '/verify');
    last if $claim =~ /"Accepted":true/;
}

like($claim, qr/"Accepted":true/, 'a claim of somebody in the store alone');
ok($server->wait_for(sub {
       $server->slurp('named.log') =~ /^anew LIVE 0\.\d+\n\z/m
   }), 'has its variables, too');

my $metrics = $server->metrics();
cmp_ok($metrics->{'keyauth_requests_total{endpoint="predict",model="LIVE",'
                  . 'status="200"}'}, '>', 50, 'requests are counted');
cmp_ok($metrics->{'keyauth_inference_seconds_count{model="LIVE"}'}, '>', 50,
       'and their time');
cmp_ok($metrics->{'keyauth_requests_total{endpoint="verify",model="LIVE",'
                  . 'status="200"}'}, '>', 0, 'claims by templates, too');

# more than are read at a time, more than are read at all

sub crowd {
    my ($n) = @_;

    return import_people('crowd', map {
        my $who = $people[$_ % @people];
        ("c$_" => [13, @{$own{$who}}[$_ % 5, $_ % 5 + 1]])
    } 1 .. $n);
}

# asked with one recording, however often
sub read_all {
    my $body = request('crowd', $rows[0]);

    return $server->wait_for(sub { (ask($body))[0] == 200 });
}


ok(crowd(2000), '2000 people');
($status, $content) = ask(request('crowd', $rows[0]));
is($status, 503, 'are too many to be read at once');
like($content, qr/:problem:loading"/, 'which it says');
ok(read_all(), 'but are read soon');
like(named('crowd', $rows[0]), qr/^c\d+$/, 'and named');

ok(crowd(4096), '4096 people');
ok(read_all(), 'are the most');
ok(crowd(4097), 'of one more');
($status, $content) = ask(request('crowd', $rows[0]));
is($status, 422, 'nobody is named');
like($content, qr/:problem:too-many-people"/, 'and it says so');
is(named('login', $own{$people[0]}[6]), 'anew', 'others are');

$server->stop();
unlike($server->slurp('error.log'), qr/\[(?:alert|emerg|crit|error)\]/,
       'no error in the log');

# without a store

$server = KeyauthServer->new(http => "keyauth_model $Keyauth::MODEL;");
$server->start();
($status, $content) = ask(request('login', $rows[0]));
is($status, 422, 'without a store');
like($content, qr{:problem:unknown-model"}, 'there is no LIVE');

done_testing();
