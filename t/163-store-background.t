#!/usr/bin/perl

# keyauth store background: a model file with what LIVE needs made anew from
# the store's own people.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;
use KeyauthStore;

use File::Temp qw(tempdir);
use MIME::Base64;
use Test::More;

my $keyauth = "$Keyauth::BUILD/keyauth";
my $dir = tempdir(CLEANUP => 1);

chmod 0755, $dir;


# (exit code, stdout, stderr)
sub run {
    my ($command) = @_;

    system("$keyauth $command >$dir/out 2>$dir/err");

    return ($? >> 8 || $?, map { slurp("$dir/$_") } qw(out err));
}


sub slurp {
    my ($name) = @_;

    open my $in, '<:raw', $name or return '';
    local $/;

    return <$in> // '';
}


# a template as it is stored, of rows
sub template {
    my (@rows) = @_;
    my $bytes = pack 'C C x2', scalar @{$rows[0][1]}, scalar @rows;

    for my $row (@rows) {
        my ($press, $release) = @$row[1, 2];
        my @ms = map({ $release->[$_] - $press->[$_] } 0 .. $#$press),
        my @ppt = map { $press->[$_] - $press->[$_ - 1] } 1 .. $#$press;

        $bytes .= pack 'L< S< S<*', 20000, 1, map { int 8 * $_ + 0.5 } @ms,
                                                                       @ppt;
    }

    return $bytes;
}


# people who type another string than those of the model file, and less
# steadily; the last ones have too few rows
system("$keyauth synth --users 60 --repetitions 12 --keys 9 --seed 5 "
       . ">$dir/people.csv") == 0 or die;
run("key store --file $dir/key");

my %people;
push @{$people{$_->[0]}}, $_ for Keyauth::rows("$dir/people.csv");

open my $lines, '>', "$dir/lines" or die $!;

for my $user (sort { $a <=> $b } keys %people) {
    my @rows = @{$people{$user}};

    print $lines qq({"UserID":$user,"Phrase":"$_","Template":")
                 . encode_base64(template($user <= 55 ? @rows : @rows[0, 1]),
                                 '') . qq("}\n)
        for $user <= 20 ? ('login', 'few') : 'login';
}

close $lines;
my ($rc, $out, $err)
    = run("store import $dir/store --key $dir/key --create <$dir/lines");
is("$rc$out$err", "0imported 80 templates, kept 0\n", 'a store of 60 people');

my $store = "store background $dir/store --key $dir/key";
my $model = "--model $Keyauth::MODEL --out $dir/keyauth.model";

($rc, $out, $err) = run("$store --phrase login $model");
is("$rc$err", '0', 'a background');
like($out, qr/^55 people of this phrase, 5 with fewer than 3 rows left out$/m,
     'how many people it is made of');

my %far = $out =~ /^(before|after) .*: FAR ([\d.]+) %, FRR/mg;
cmp_ok(abs($far{after} - 1), '<', abs($far{before} - 1),
       "a FAR of 1 % is one of $far{after} %, and was one of $far{before} %");

my ($status) = run("inspect $dir/keyauth.model");
is($status, 0, 'the model file is one');
my @sizes = map { -s } $Keyauth::MODEL, "$dir/keyauth.model";
isnt($sizes[0], $sizes[1], 'and another');
is(Keyauth::answer(Keyauth::summary('RF'), "$dir/keyauth.model"),
   Keyauth::answer(Keyauth::summary('RF')), 'whose models are the same');

run("$store --phrase login --model $Keyauth::MODEL --out $dir/again");
is(slurp("$dir/again"), slurp("$dir/keyauth.model"),
   'it comes out the same again');

# nginx takes it, and verifies by it

my $server = KeyauthServer->new(
    http => "keyauth_model $dir/signed; "
            . Keyauth::trusted_key('background')
            . " keyauth_store $dir/store key=$dir/key;",
    server => 'location = /verify { keyauth_verify; }');

($rc, $out, $err) = run("$store --phrase login --model $Keyauth::MODEL "
    . "--out $dir/signed --sign " . Keyauth::key('background') . '.key');
is("$rc$err", '0', 'signed');
ok($server->start(), 'nginx takes it');

my @accepted = (0, 0);

for my $user (1 .. 10) {
    for my $other (0, 1) {
        my $row = $people{$user + $other}[11];
        my ($code, $content) = KeyauthStore::ask(
            $server->{port}, 'POST', '/verify',
            qq({"UserID":$user,"Phrase":"login","FAR":0.05,)
            . '"Press":[' . join(',', @{$row->[1]}) . '],"Release":['
            . join(',', @{$row->[2]}) . ']}');

        like($content, qr/"Method":"LIVE"/, "$user: by the template")
            or diag $content;
        $accepted[$other] += $content =~ /"Accepted":true/;
    }
}

cmp_ok($accepted[0], '>=', 8, "$accepted[0] of 10 are accepted");
cmp_ok($accepted[1], '<=', 3, "$accepted[1] of 10 others are");
$server->stop();

# what cannot be

for ([ 1, "$store --phrase few $model", '20 people have enrolled .* 50' ],
     [ 1, "$store $model", '0 people have enrolled' ],
     [ 1, "$store --phrase login --model $dir/key --out $dir/x", '.' ],
     [ 1, "$store --phrase login --model $Keyauth::MODEL --out $dir/no/x",
       '.*No such file' ],
     [ 1, "$store --phrase login $model --sign $dir/no", '.' ],
     [ 2, "$store --model $Keyauth::MODEL", 'store: background needs --model' ],
     [ 2, "$store --out $dir/x", 'store: background needs --model' ])
{
    my ($want, $command, $like) = @$_;

    ($rc, $out, $err) = run($command);
    is("$rc$out", $want, $command =~ s/\S*\///gr);
    like($err, qr/^keyauth: $like/, $err =~ s{\n}{}gr);
}

ok(!-e "$dir/x", 'nothing is written');

done_testing();
