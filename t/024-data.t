#!/usr/bin/perl

# Data as people have them: units, copies, bad rows, users with few rows,
# sessions; what is refused, what is said, and what is measured of the rest.

use strict;
use warnings;

use lib 't/lib';
use KeyauthCommand qw($dir slurp);

use JSON::PP;
use Test::More;


$ENV{SOURCE_DATE_EPOCH} = 1700000000;


# (exit code, stdout, stderr without the folder's name)
sub run {
    my ($rc, $out, $err) = KeyauthCommand::run(@_);

    $err =~ s/\Q$dir\E\///g;

    return ($rc, $out, $err);
}


sub spit {
    my ($name, @lines) = @_;

    KeyauthCommand::spit("$dir/$name", join '', map { "$_\n" } @lines);

    return;
}


# the rows of a made-up set: [user, times...]
sub made_up {
    my ($options) = @_;
    my ($rc, $out) = run("synth $options");
    my ($header, @lines) = split /\n/, $out;

    return ($header, map { [split /,/] } @lines);
}


sub joined {
    my (@rows) = @_;

    return map { join ',', @$_ } @rows;
}


sub measured {
    my ($options) = @_;
    my ($rc, $out) = run("evaluate --json --quiet $options");

    return $rc == 0 ? decode_json($out) : undef;
}


my ($header, @rows) = made_up('--users 12 --repetitions 8 --keys 8 --seed 3');
my ($rc, $out, $err);

spit('ms.csv', $header, joined(@rows));


# seconds

spit('s.csv', $header,
     joined(map { [$_->[0], map { $_ / 1000 } @$_[1 .. $#$_]] } @rows));

for my $command (qw/train evaluate features/) {
    my $to = $command eq 'train' ? "--out $dir/none" : '';

    ($rc, $out, $err) = run("$command --data $dir/s.csv $to");
    is($rc, 1, "$command: times in seconds");
    like($err, qr/^keyauth:\ s\.csv:\ half\ of\ the\ keys\ are\ held\ for\ 0
                  \.\d+\ ms\ or\ less,\ which\ nobody\ types:\ --unit\ s\ if
                  \ that\ is\ the\ times'\ unit,\ --unit\ ms\ if\ it\ is\ so
                  \ all\ the\ same\n\z/mx, '... are refused, with the option');
    is($out, '', '... and nothing else');
}

ok(!-e "$dir/none", 'train writes nothing of them');

my @ms = run("features --data $dir/ms.csv");
my @s = run("features --data $dir/s.csv --unit s");

is("@s", "@ms", 'features --unit s: they are those of the milliseconds');

run("train --data $dir/ms.csv --out $dir/m --quiet --models RF,FUSION");
($rc, $out, $err) = run("predict --model $dir/m/keyauth.model --csv "
                        . "$dir/s.csv --with FUSION");
is("$rc $out", '1 ', 'predict --csv refuses them too');
($rc, $out) = run("predict --model $dir/m/keyauth.model --csv $dir/s.csv "
                  . '--with FUSION --unit s');
is((run("predict --model $dir/m/keyauth.model --csv $dir/ms.csv "
        . '--with FUSION'))[1], $out, '... and --unit s converts them');

($rc, $out, $err) = run("features --data $dir/ms.csv --unit min");
is("$rc $err", '2 keyauth: features: --unit: only s, ms, us and ns are '
   . "supported (see keyauth features --help)\n", 'an unknown unit');


# one user's in seconds, others in milliseconds

my $whose = $rows[0][0];

spit('mixed.csv', $header, joined(map { my ($user, @t) = @$_; $user eq $whose
     ? [$user, map { $_ / 1000 } @t] : $_ } @rows));
($rc, $out, $err) = run("train --data $dir/mixed.csv --out $dir/none");
is($rc, 1, 'one user in seconds');
like($err, qr/^keyauth:\ mixed\.csv:\ line\ \d+:\ \d+\ keys\ in\ [\d.]+\ ms,
              \ which\ nobody\ types:\ the\ other\ rows\ are\ in\ another
              \ unit\ \(--skip-bad\ leaves\ such\ rows\ out\)\n
              \z/mx, '... is refused');
($rc, $out, $err) = run("convert --data $dir/mixed.csv --skip-bad");
is((grep { /^\Q$whose\E,/ } split /\n/, $out), 0,
   '--skip-bad leaves them out');
like($err, qr/^keyauth: mixed\.csv: \d+ bad rows are left out/,
     '... and says so');


# an origin of any clock: in 1970, or behind 2^52

for my $origin (1_700_000_000_000, 4_503_599_627_370_496) {
    spit('epoch.csv', $header,
         joined(map { [$_->[0], map { $_ + $origin } @$_[1 .. $#$_]] }
                    map { [$_->[0], map { int } @$_[1 .. $#$_]] } @rows));
    spit('whole.csv', $header,
         joined(map { [$_->[0], map { int } @$_[1 .. $#$_]] } @rows));
    is((run("features --data $dir/epoch.csv"))[1],
       (run("features --data $dir/whole.csv"))[1], "times since $origin");
}


# bad rows

spit('bad.csv', $header, (joined(@rows[0 .. 20])), '3,0,1', 'x,y',
     (joined(@rows[21 .. $#rows])), join(',', 7, ('a') x 16));
($rc, $out, $err) = run("train --data $dir/bad.csv --out $dir/none");
is($err, 'keyauth: bad.csv: line 23: 3 fields, and the header has 17 '
   . "(--skip-bad leaves such rows out)\n", 'one bad row stops');
is($rc, 1, '... training');
($rc, $out, $err) = run("train --data $dir/bad.csv --out $dir/b --quiet "
                        . '--models RF --skip-bad');
is($rc, 0, '--skip-bad');
is($err, <<'EOT', '... counts and names them');
keyauth: bad.csv: 3 bad rows are left out, and 96 are read
keyauth: bad.csv: line 23: 3 fields, and the header has 17
keyauth: bad.csv: line 24: 2 fields, and the header has 17
keyauth: bad.csv: line 100, column 2 (press-0): not a number: "a"
EOT
run("train --data $dir/ms.csv --out $dir/a --quiet --models RF");
ok(slurp("$dir/a/rf.json") eq slurp("$dir/b/rf.json"),
   '... and trains on the others');


# users and sessions that pandas made floats of

spit('floats.csv', 'user,session,press-0,release-0,press-1,release-1',
     map { "$_,0,90,100,190" } '7.0,1.0', '7.0,10.0', '7.0,2.0', '12.0,1.0');
($rc, $out, $err) = run("convert --data $dir/floats.csv");
is($out =~ s/\A.*\n//r, join('', map { "$_,0,90,100,190\n" } '7,1', '7,10',
                             '7,2', '12,1'), 'whole numbers with a point');
is($err, 'keyauth: floats.csv: the users are whole numbers with a point: 7.0 '
   . "becomes 7\nkeyauth: floats.csv: the sessions are whole numbers with a "
   . "point: 1.0 becomes 1\n", '... are said to be cut');
spit('floats.csv', 'user,press-0,release-0,press-1,release-1',
     map { "$_,0,90,100,190" } '7', '7.0');
is((run("convert --data $dir/floats.csv"))[1] =~ s/\A.*\n//r,
   "7,0,90,100,190\n7,0,90,100,190\n", '... of which some have none');
spit('floats.csv', 'user,press-0,release-0,press-1,release-1',
     map { "$_,0,90,100,190" } '7.0', '7.5');
is((run("convert --data $dir/floats.csv"))[1] =~ s/\A.*\n//r,
   "7.0,0,90,100,190\n7.5,0,90,100,190\n", '... but not if one has more');


# few rows

spit('few.csv', $header, (joined(@rows)), join(',', 'new', @{ $rows[0] }[1 ..
     $#{ $rows[0] }]), join(',', 'two', @{ $rows[1] }[1 .. $#{ $rows[1] }]),
     join(',', 'two', @{ $rows[2] }[1 .. $#{ $rows[2] }]));
($rc, $out, $err) = run("train --data $dir/few.csv --out $dir/none");
is($err, 'keyauth: few.csv: line 98, column 1 (user): "new" has one row, and '
   . "two are the least (--min-rows 2 leaves such users out)\n", 'one row');
($rc, $out, $err) = run("train --data $dir/few.csv --out $dir/b --quiet "
                        . '--models RF --min-rows 3');
is("$rc $err", '0 keyauth: users with fewer than 3 rows are left out: "new" '
   . "with 1, \"two\" with 2\n", '--min-rows leaves users out, and names them');
ok(slurp("$dir/a/rf.json") eq slurp("$dir/b/rf.json"),
   '... and trains on the others');


# copies

my @one = map { $rows[8 * $_] } 0 .. 11;
my @other = map { $rows[8 * $_ + 1] } 0 .. 11;

spit('six.csv', $header, map { (joined($one[$_])) x 6, joined($other[$_]) }
                             0 .. 11);
spit('once.csv', $header, joined(map { ($one[$_], $other[$_]) } 0 .. 11));
($rc, $out, $err) = run("evaluate --data $dir/six.csv --quiet --with RF");
like($err, qr/\Akeyauth:\ six\.csv:\ 60\ rows\ are\ copies\ of\ others;\ those
              \ of\ one\ user\ are\ measured\ together:\ line\ 3\ is\ line\ 2,
              .*\ line\ 7\ is\ line\ 2,\ line\ 10\ is\ line\ 9,.*,\ \.\.\.\n
              \z/x, 'a row copied six times is named');

my ($six, $once) = map { measured("--data $dir/$_.csv --with RF") }
                       qw/six once/;

cmp_ok($six->{leave_one_repetition_out}{RF}{top1}, '<', 0.75,
       '... and copies are not trained on to be tested');
is($six->{leave_one_repetition_out}{tests}, 84, '... though all are tested');
is($six->{chronological}{tests}, $once->{chronological}{tests},
   '... and those of the first rows are no last rows');

spit('equal.csv', $header, map { my $user = $_;
     map { join ',', $user, @{ $rows[0] }[1 .. $#{ $rows[0] }] } 1 .. 3 }
     1 .. 8);
($rc, $out, $err) = run("train --data $dir/equal.csv --out $dir/b "
                        . '--models FUSION');
like($err, qr/^Operating points: EER 50\.0 % /m,
     'eight users, three rows each, all equal: EER 50 %');
spit('alike.csv', $header, map { (joined($_)) x 3 } @one);
($rc, $out, $err) = run("train --data $dir/alike.csv --out $dir/b "
                        . '--models FUSION');
like($err, qr/^Operating points: none, /m,
     'rows that all are copies of one measure nothing');
($rc, $out, $err) = run("evaluate --data $dir/alike.csv --with RF --quiet");
like($out, qr/\ALeave one repetition out: 1 folds, 0 tests\n  nothing to test/,
     '... and are not tested');


# results do not depend on the threads

for my $command ("evaluate --data $dir/ms.csv --json --quiet",
                 "train --data $dir/ms.csv --quiet --out $dir/threads")
{
    my @results = map {
        my @got = run("$command --threads $_");
        push @got, slurp("$dir/threads/keyauth.model")
            if $command =~ /^train/;
        join "\n", @got;
    } 1, 2, 7;

    my ($name) = $command =~ /^(\w+)/;

    ok($results[0] eq $results[$_], "$name: the same by " . (0, 2, 7)[$_]
       . ' threads') for 1, 2;
}

($rc, $out, $err) = run("train --data $dir/ms.csv --out $dir/b --threads 0");
is("$rc $err", '2 keyauth: train: --threads: "0" is not an '
   . "integer from 1 to 256 (see keyauth train --help)\n", 'no thread');


# by number of rows, as served first

($header, @rows) = made_up('--users 10 --repetitions 30 --keys 6 --seed 4');
spit('many.csv', $header, joined(@rows));

my $figures = measured("--data $dir/many.csv --with FUSION --folds 2");

is_deeply([map { $_->{enrolled} } @{ $figures->{verification} }],
          ['as served', 4, 6, 12, 24], 'verification by number of rows');
($rc, $out, $err) = run("train --data $dir/many.csv --out $dir/b "
                        . '--models FUSION');
my ($eer) = $err =~ /^Operating points: EER ([\d.]+) %/m;
is(sprintf('%.1f', 100 * $figures->{verification}[0]{eer}), $eer,
   '... of which the first is what train says');


# people who change: rows of the last quarter are others'

my @changed = map { my $row = $rows[$_];
                    $_ % 30 < 23 ? $row
                    : [$row->[0], @{ $rows[($_ + 30) % 300] }[1 .. 12]] }
                  0 .. 299;

spit('changed.csv', $header, joined(@changed));
($rc, $out) = run("evaluate --data $dir/changed.csv --with RF --quiet");
like($out, qr/^  RF's top-1 is \d+\.\d points lower than above: people change/m,
     'a chronological figure that is much worse is said');
($rc, $out) = run("evaluate --data $dir/many.csv --with RF --quiet");
unlike($out, qr/lower than above/, '... and one that is not, is not');


# sessions: each day's rows are apart

my @days = map { my $i = $_; [$rows[$i][0], $i % 30 < 10 ? 1
                              : $i % 30 < 20 ? 2 : 10,
                              @{ $rows[$i] }[1 .. 12]] } 0 .. 299;

spit('days.csv', $header =~ s/user,/user,session,/r, joined(reverse @days));
$figures = measured("--data $dir/days.csv --with RF");
ok(!exists $figures->{leave_one_repetition_out}, 'sessions are folds');
is_deeply([map { $_->{tests} }
               @{ $figures->{leave_one_session_out}{folds} }], [100, 100, 100],
          '... a session each');
is($figures->{chronological}{tests}, 100, '... and the last is the last');
($rc, $out) = run("evaluate --data $dir/days.csv --with RF --quiet");
like($out, qr/\ALeave one session out: 3 folds, 300 tests\n/, '... in words');

done_testing();
