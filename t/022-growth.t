#!/usr/bin/perl

# Models that grow and forget: rows of more than one file, users who are left
# out and leave nothing behind, and files without some models.

use strict;
use warnings;

use lib 't/lib';
use KeyauthCommand;

use Digest::SHA qw/sha256/;
use JSON::PP;
use Test::More;

my @files = qw/keyauth.model svm.model xgb.json rf.json/;

$ENV{SOURCE_DATE_EPOCH} = 1700000000;


# (exit code, stderr)
sub says {
    my ($command) = @_;

    return (run($command))[0, 2];
}


sub spit_lines {
    my ($name, @lines) = @_;

    spit($name, join '', map { "$_\n" } @lines);

    return;
}


sub card {
    my ($model) = @_;

    says("inspect --json $model");

    return decode_json(slurp("$dir/stdout"))->{card};
}


# 24 users of 5 keys; one has a name and times that nobody else has

says('synth --users 24 --repetitions 8 --keys 5');
my ($header, @rows) = split /\n/, slurp("$dir/stdout");
my $secret = 'Wilhelmina-7f3a';

for my $i (0 .. $#rows) {
    next unless $rows[$i] =~ s/^7,/$secret,/;
    my ($user, @times) = split /,/, $rows[$i];
    $times[$_] += 0.0173 * $_ ** 1.7 + 0.000911 * $i for 1 .. $#times;
    $rows[$i] = join ',', $user, map { sprintf '%.4f', $_ } @times;
}

my @secrets = grep { /^$secret,/ } @rows;
my @others = grep { !/^$secret,/ } @rows;

is(scalar @secrets, 8, 'one user is somebody');
spit_lines("$dir/all.csv", $header, @rows);
spit_lines("$dir/others.csv", $header, @others);
spit_lines("$dir/first.csv", $header, (grep { /^(?:[1-6]|1\d),/ } @others));
spit_lines("$dir/more.csv", $header,
     (grep { !/^(?:[1-6]|1\d),/ } @others)[0 .. 31]);
spit_lines("$dir/last.csv", $header,
     (grep { !/^(?:[1-6]|1\d),/ } @others)[32 .. 55]);


# growth

is((says("train --data $dir/others.csv --out $dir/others --quiet"))[0], 0,
   'trained on one file');
is((says("train --data $dir/first.csv --append $dir/more.csv "
        . "--append $dir/last.csv --out $dir/grown --quiet"))[0], 0,
   'trained on three');

is(slurp("$dir/grown/$_"), slurp("$dir/others/$_"),
   "$_ is the same of three files as of one") for @files[1 .. 3];

my ($grown, $others) = map { card("$dir/$_/keyauth.model") } qw/grown others/;

is($grown->{data}{files}, 3, 'the card lists three files');
is($grown->{data}{sha256},
   unpack('H*', sha256(sha256(sha256(slurp("$dir/first.csv"))
                              . sha256(slurp("$dir/more.csv")))
                       . sha256(slurp("$dir/last.csv")))),
   '... and of their digests\' digest');
delete $_->{data}{sha256}, delete $_->{data}{files} for $grown, $others;
is_deeply($grown, $others, '... and nothing else is different');

# new samples of known users, and one row alone

my @known = grep { /^(?:1|2|3),/ } @others;
my @firsts = (grep({ !/^(?:1|2|3),/ } @others), @known[0 .. 16]);
spit_lines("$dir/short.csv", $header, @firsts);
spit_lines("$dir/known.csv", $header, @known[17 .. $#known]);
says("train --data $dir/short.csv --append $dir/known.csv "
    . "--out $dir/known --quiet");
is(slurp("$dir/known/svm.model"), slurp("$dir/others/svm.model"),
   'a known user\'s new rows come after the old ones');

spit_lines("$dir/lone.csv", $header, 'newcomer' . ($others[0] =~ s/^[^,]+//r));
my ($rc, $err) = says("train --data $dir/others.csv "
                     . "--append $dir/lone.csv --out $dir/x");
is($err, "keyauth: $dir/lone.csv: line 2, column 1 (user): \"newcomer\" has "
   . "one row, and two are the least (--min-rows 2 leaves such users "
   . "out)\n",
   'errors name the file that a row is in');

says('synth --users 2 --keys 6');
spit_lines("$dir/six.csv", split /\n/, slurp("$dir/stdout"));
($rc, $err) = says("train --data $dir/others.csv --append $dir/six.csv "
                  . "--out $dir/x");
like($err, qr/six\.csv: line 1: the timings are of 6 keys, and those of .* 5/,
     'all files are of the same keys');


# forgetting

# what may be left of somebody: the name, and each number that is made of
# their times, as text and as the floats and doubles that models hold
sub template {
    my @template = ($secret);

    for my $row (@secrets) {
        my ($user, @times) = split /,/, $row;
        my @press = @times[map { 2 * $_ } 0 .. 4];
        my @release = @times[map { 2 * $_ + 1 } 0 .. 4];
        my @values = (
            @times[1 .. 9],
            (map { $release[$_] - $press[$_] } 0 .. 4),
            (map { $press[$_ + 1] - $press[$_] } 0 .. 3),
            (map { $release[$_ + 1] - $release[$_] } 0 .. 3),
            (map { $press[$_ + 1] - $release[$_] } 0 .. 3));

        push @values, map { ($_ < 0 ? -1 : 1) * log(1 + abs($_) / 20) }
                      @values;
        push @values, summary($row);
        push @template, map { ("$_,", "$_ ") } @times;
        push @template, map { pack('d<', $_) } @values;
        push @template, map { sprintf '%.17g', $_ } @values;
        push @template, map { sprintf '%.9g', $_ } @values;
    }

    # what is short is found by chance

    return grep { length >= 8 && !/^-?[\d.]{1,8}\z/ } @template;
}


# a model's sections
sub sections {
    my ($model) = @_;
    my $data = slurp($model);
    my %section;

    for my $i (0 .. unpack('L<', substr $data, 12, 4) - 1) {
        my ($name, $offset, $size)
            = unpack 'a16 Q< Q<', substr $data, 192 + 32 * $i, 32;
        $section{$name =~ s/\0+$//r} = substr $data, $offset, $size;
    }

    return \%section;
}


# the summary features of a row
sub summary {
    my ($row) = @_;

    spit_lines("$dir/row.csv", $header, $row, $row, ($row =~ s/^/other /r) x 2);
    says("features --data $dir/row.csv");

    return (split /,/, (split /\n/, slurp("$dir/stdout"))[1])[1 .. 8];
}


# the densities' numbers: compressed, less a centre, in widths; and those of
# the SVM's kernel.  What scales them is read from the file that is searched.
sub scaled {
    my ($model) = @_;
    my @scaled;
    my @scale = unpack 'd<*', sections($model)->{'fusion.scale'};
    my $gamma = card($model)->{models}{SVM}{gamma};

    for my $row (@secrets) {
        my ($user, @times) = split /,/, $row;
        my @press = @times[map { 2 * $_ } 0 .. 4];
        my @release = @times[map { 2 * $_ + 1 } 0 .. 4];
        my @raw = (
            (map { $release[$_] - $press[$_] } 0 .. 4),
            (map { $press[$_ + 1] - $press[$_] } 0 .. 3),
            (map { $release[$_ + 1] - $release[$_] } 0 .. 3),
            (map { $press[$_ + 1] - $release[$_] } 0 .. 3));

        for my $f (0 .. $#raw) {
            my $x = ($raw[$f] < 0 ? -1 : 1) * log(1 + abs($raw[$f]) / 20);
            push @scaled, pack 'f<', ($x - $scale[2 * $f])
                                     / $scale[2 * $f + 1];
        }

        push @scaled, map { (pack('f<', $_ * sqrt $gamma),
                             pack('d<', $_ * sqrt $gamma)) } summary($row);
    }

    return @scaled;
}


# how many of these are in any of a directory's files
sub found {
    my ($where, @what) = @_;
    my $all = join "\n", map { slurp("$where/$_") } @files;

    return scalar grep { index($all, $_) >= 0 } @what;
}


is((says("train --data $dir/all.csv --out $dir/kept --quiet"))[0], 0,
   'trained with all users');
is((says("train --data $dir/all.csv --out $dir/gone --quiet "
        . "--forget $secret"))[0], 0, 'trained without one');

my @template = template();

cmp_ok(scalar @template, '>', 1000, 'there is much to look for');
cmp_ok(found("$dir/kept", @template), '>', 60,
       'control: it is found of somebody who is known');
cmp_ok(found("$dir/kept", scaled("$dir/kept/keyauth.model")), '>', 100,
       'control: and so are the numbers of their densities');
is(found("$dir/gone", @template), 0, 'nothing is left of the users of --forget')
    or diag(map { unpack('H*', $_) . " $_\n" }
            grep { found("$dir/gone", $_) } @template);

# four bytes are soon found by chance, so floats are counted in a model that
# never knew the user, and then every section is compared with its own

my @floats = scaled("$dir/gone/keyauth.model");
is(found("$dir/gone", @floats), found("$dir/others", @floats),
   '... nor of their densities but what is by chance');

my ($gone, $never) = map { sections("$dir/$_/keyauth.model") } qw/gone others/;
delete $_->{card} for $gone, $never;
ok((grep { $gone->{$_} ne $never->{$_} } keys %$never) == 0
   && keys %$gone == keys %$never && keys %$never > 20,
   '... all sections are those of a set that never had them');
is(slurp("$dir/gone/$_"), slurp("$dir/others/$_"),
   "... $_ is that of a set that never had them") for @files[1 .. 3];

says("train --data $dir/others.csv --append $dir/all.csv --forget $secret "
    . "--forget 3 --out $dir/two --quiet");
is(card("$dir/two/keyauth.model")->{data}{users}, 22, 'two are forgotten');
is(found("$dir/two", @template), 0, '... in all files');

($rc, $err) = says("train --data $dir/all.csv --forget nobody --out $dir/x");
is("$rc $err", "1 keyauth: \"nobody\" is not a user of the data and cannot be "
   . "forgotten\n", 'an unknown user is an error');
ok(!-e "$dir/x/keyauth.model", '... and nothing is written');


# models that are left out

is((says("train --data $dir/all.csv --models FUSION --out $dir/kept --quiet"))
   [0], 0, '--models FUSION');
is_deeply([map { m{([^/]+)$} } glob "$dir/kept/*"], ['keyauth.model'],
          '... removes the files of other models, which know former users');
is_deeply([keys %{ card("$dir/kept/keyauth.model")->{models} }], ['FUSION'],
          '... and the card has FUSION alone');
spit_lines("$dir/rows.csv", $header, @secrets);
is((says("predict --model $dir/kept/keyauth.model --csv $dir/rows.csv "
        . '--with FUSION'))[0], 0, '... which predicts');
is((split /\n/, slurp("$dir/stdout"))[0],
   qq({"UserID":"$secret","Model":"FUSION"}), '... the user');
($rc, $err) = says("predict --model $dir/kept/keyauth.model "
                  . "--csv $dir/rows.csv --with RF");
is("$rc $err", "1 keyauth: $dir/kept/keyauth.model: has no RF\n",
   '... and RF is an error');
is((says("train --data $dir/all.csv --models SVM,XGB --out $dir/some "
        . '--quiet --evaluate'))[0], 0, '--models SVM,XGB --evaluate');
is_deeply([sort map { m{([^/]+)$} } glob "$dir/some/*"],
          [qw/keyauth.model svm.model xgb.json/], '... writes these');
is((says("train --data $dir/all.csv --models SVM,KNN --out $dir/x"))[0], 2,
   'a model that is none is an error');

done_testing();
