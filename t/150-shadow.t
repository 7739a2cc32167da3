#!/usr/bin/perl

# Models in the shadow: the answer is the one asked for, and who agrees with
# it is counted, as the keyauth command has it.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use File::Temp qw(tempfile);
use Test::More;

my @models = qw(SVM RF XGB FUSION);
my @rows = (Keyauth::rows("$Keyauth::BUILD/t/two/data.csv"))[0 .. 39];

my %conf = (
    main => 'worker_processes 1;',
    http => "keyauth_model $Keyauth::MODEL; keyauth_zone counters:64k;",
    location => 'keyauth_shadow RF XGB FUSION;',
    server => 'location = /metrics { keyauth_metrics; }'
              . 'location = /plain { keyauth_predict; }',
);

my $server = KeyauthServer->new(%conf);
is($server->check(), '', 'the configuration is good');
ok($server->start(), 'starts');

sub counts {
    my $metrics = $server->metrics();

    return { map { my ($model, $shadow, $agree) =
                       /model="(\w+)",shadow="(\w+)",agree="(\w+)"/;
                   ("$model $shadow $agree" => $metrics->{$_}) }
             grep { /^keyauth_shadow_total/ && $metrics->{$_} > 0 }
             keys %$metrics };
}


# the user each model names, by the command

my @named = map { my $row = $_;
                  [Keyauth::answer(Keyauth::batch(map {
                       Keyauth::timings($_, $row) } @models))
                   =~ /"UserID":([^,]+),/g] } @rows;

my %expected;

sub expect {
    my ($row, $model, @shadows) = @_;

    for my $shadow (grep { $_ != $model } @shadows) {
        my $agree = $named[$row][$model] eq $named[$row][$shadow];
        $expected{"$models[$model] $models[$shadow] "
                  . ($agree ? 'yes' : 'no')}++;
    }

    return;
}


# timings, asking for each model in turn

for my $n (0 .. $#rows) {
    my $model = $n % 4;
    my ($status, $answer) = $server->post(Keyauth::timings($models[$model],
                                                           $rows[$n]));

    is($answer, qq!{"UserID":$named[$n][$model],"Model":"$models[$model]"}!,
       "row $n: $models[$model] answers") or diag($status);
    expect($n, $model, 1 .. 3);
}

is_deeply(counts(), \%expected, 'agreement is counted for each pair');
ok((grep { /yes$/ } keys %expected), 'some agree');
ok((grep { /no$/ } keys %expected), 'and some do not');


# arrays: each request for itself

my @batch = map { Keyauth::timings($models[$_ % 4], $rows[$_]) } 10 .. 29;

is(($server->post(Keyauth::batch(@batch)))[1], Keyauth::answer(
       Keyauth::batch(@batch)), 'an array is answered');
expect($_, $_ % 4, 1 .. 3) for 10 .. 29;
is_deeply(counts(), \%expected, 'and each of its requests counted');


# a summary: FUSION is left out

sub summary {
    my ($row) = @_;

    my ($fh, $name) = tempfile(UNLINK => 1);
    print $fh Keyauth::timings('SVM', $row);
    close $fh;

    my @f = map { sprintf '%.9g', $_ } features($row);

    return qq!{"Model":"SVM","HT":{"Mean":$f[0],"STD":$f[1]},"PPT":{"Mean":!
           . qq!$f[2],"STD":$f[3]},"RRT":{"Mean":$f[4],"STD":$f[5]},"RPT":!
           . qq!{"Mean":$f[6],"STD":$f[7]}}!;
}


sub features {
    my ($row) = @_;
    my (undef, $press, $release) = @$row;
    my $n = @$press;

    my @intervals = (
        [map { $release->[$_] - $press->[$_] } 0 .. $n - 1],
        [map { $press->[$_] - $press->[$_ - 1] } 1 .. $n - 1],
        [map { $release->[$_] - $release->[$_ - 1] } 1 .. $n - 1],
        [map { $press->[$_] - $release->[$_ - 1] } 1 .. $n - 1],
    );

    return map {
        my ($sum, $squares) = (0, 0);
        $sum += $_ for @$_;
        my $mean = $sum / @$_;
        $squares += ($_ - $mean) ** 2 for @$_;
        ($mean, sqrt($squares / (@$_ - 1)))
    } @intervals;
}


is(($server->post(summary($rows[0])))[1],
   qq!{"UserID":$named[0][0],"Model":"SVM"}!, 'a summary is answered');
expect(0, 0, 1, 2);
is_deeply(counts(), \%expected, 'by all but FUSION');


# nobody: what is compared is the nearest, whatever the FAR

my $stranger = Keyauth::stranger();
my ($nearest) = Keyauth::answer(Keyauth::top($stranger =~ s/,"FAR":.*?\}/}/r,
                                             1)) =~ /"UserID":([^,]+),/;

like(($server->post($stranger))[1], qr/"UserID":null/, 'nobody');

for my $shadow (qw(RF XGB)) {
    my ($named) = Keyauth::answer($stranger =~ s/FUSION/$shadow/r
                                            =~ s/,"FAR":.*?\}/}/r)
                  =~ /"UserID":([^,]+),/;
    $expected{"FUSION $shadow " . ($named eq $nearest ? 'yes' : 'no')}++;
}

is_deeply(counts(), \%expected, 'a shadow is compared with the nearest');


# what is not answered, and other locations, count nothing

is(($server->post('{"Model":"RF"}'))[0], 422, 'a problem');

my $socket = $server->listens();
print $socket Keyauth::post(Keyauth::timings('RF', $rows[0]))
              =~ s{ /predict }{ /plain }r;
like(do { local $/; <$socket> }, qr/"UserID":/, 'another location');

is_deeply(counts(), \%expected, 'count nothing');
unlike($server->slurp('error.log'), qr/\[(?:alert|crit|error)\]/, 'no error');
$server->stop();


# mistakes

for (['keyauth_shadow;', 'invalid number of arguments'],
     ['keyauth_shadow RF LSTM;', 'invalid parameter "LSTM"'],
     ['keyauth_shadow RF rf;', 'invalid parameter "rf"'],
     ['keyauth_shadow RF RF;', 'invalid parameter "RF"'],
     ['keyauth_shadow RF; keyauth_shadow SVM;', 'is duplicate'])
{
    $server = KeyauthServer->new(%conf, location => $_->[0]);
    like($server->check(), qr/\Q$_->[1]\E/, "refuses \"$_->[0]\"");
}

$server = KeyauthServer->new(%conf, http => "keyauth_model $Keyauth::MODEL;");
like($server->check(), qr/no "keyauth_zone" is defined for the "keyauth_sh/,
     'refuses shadows that nobody counts');

$server = KeyauthServer->new(%conf, server =>
    'location /verify { keyauth_verify; keyauth_shadow RF; }');
like($server->check(), qr/"keyauth_shadow" directive is in a location without/,
     'refuses them elsewhere');

for (['live ready', 'invalid number'], ['', 'invalid number'],
     ['alive', 'invalid parameter "alive"'],
     ['live; keyauth_health ready', 'is duplicate'])
{
    $server = KeyauthServer->new(%conf, server =>
        "location /health { keyauth_health $_->[0]; }");
    like($server->check(), qr/\Q$_->[1]\E/, "refuses health \"$_->[0]\"");
}

my $few = "$Keyauth::BUILD/t/few";
system("mkdir -p $few && $Keyauth::BUILD/keyauth train --models RF,FUSION"
       . " --data $Keyauth::BUILD/t/one/data.csv --out $few >$few/log 2>&1");

$server = KeyauthServer->new(%conf, http =>
    "keyauth_model $few/keyauth.model; keyauth_zone counters:64k;");
like($server->check(), qr{model "\Q$few\E/keyauth.model" has no XGB for},
     'refuses shadows that the model file lacks');

done_testing();
