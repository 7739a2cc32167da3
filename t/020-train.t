#!/usr/bin/perl

# The keyauth command: what it writes, what it says, what it returns.

use strict;
use warnings;

use lib 't/lib';
use KeyauthCommand;

use Digest::SHA qw/sha256_hex/;
use JSON::PP;
use Test::More;

my $json = JSON::PP->new->allow_nonref;

$ENV{SOURCE_DATE_EPOCH} = 1700000000;


sub fails {
    my ($rc, $command, $message, $name) = @_;
    my ($got, $out, $err) = run("$command");

    is("$got $err", "$rc keyauth: $message\n", $name);

    return;
}


# help, version, wrong use

for my $command ('', qw/train evaluate convert features predict import
                     inspect sign synth/) {
    my ($rc, $out, $err) = run("$command --help");
    my $name = $command eq '' ? 'keyauth' : "keyauth $command";

    is($rc, 0, "$name --help exits 0");
    like($out, qr/^Usage: $name\b.*--help.*--version/s, '... with its usage');
    is($err, '', '... and says nothing else');
    unlike($out, qr/^.{81}/m, '... within 80 columns');

    ($rc, $out, $err) = run("$command --version");
    like("$rc $out", qr/^0 keyauth \d+\.\d+\.\d+\n$/, "$name --version");

    next if $command eq '';

    fails(2, "$command --colour",
          "$command: unknown option --colour (see $name --help)",
          "$name --colour is wrong use");
    ($rc, $out, $err) = run("$command a b c");
    like("$rc $out$err", qr/^2 keyauth: $command: .+ \(see $name --help\)\n\z/,
         "$name a b c is wrong use");
}

fails(2, '', 'a command is missing (see keyauth --help)', 'no command');
fails(2, 'tarin', '"tarin" is not a command (see keyauth --help)', 'a typo');
fails(2, 'train -x', 'train: unknown option -x (see keyauth train --help)',
      'a letter that is no option');
fails(2, 'train --data', 'train: --data requires a value (see keyauth train '
      . '--help)', 'an option without its value');
fails(2, 'train --data x --out y --seed 1.5', 'train: --seed: "1.5" is '
      . 'not an integer from 0 to 9007199254740991 (see keyauth train --help)',
      'a seed that is not an integer');
fails(2, 'synth --users 1', 'synth: --users: "1" is not an integer from 2 to '
      . '10000 (see keyauth synth --help)', 'one user');
fails(2, 'evaluate --data x --with RF,KNN', 'evaluate: --with accepts SVM, RF, '
      . 'XGB and FUSION (see keyauth evaluate --help)', 'an unknown model');
fails(2, 'predict --model x --with RF', 'predict: --with and --top go with '
      . '--csv; a body says Model and Top itself (see keyauth predict --help)',
      '--with without --csv');


# synthetic data

is((run("synth --out $dir/s.csv"))[0], 0, 'synth writes a file');
ok(slurp("$dir/s.csv") eq slurp('trainer/synthetic.csv'),
   'trainer/synthetic.csv is what synth writes, byte for byte');

{
    my ($rc, $out) = run("synth --users 12");
    spit("$dir/data.csv", $out);
    is(scalar(() = $out =~ /\n/g), 97, '12 users, 8 rows each, and a header');
    is((run("synth --users 12"))[1], $out, 'the same twice');
    isnt((run("synth --users 12 --seed 2"))[1], $out,
         'not by another seed');

    ($rc, $out) = run("synth --users 3 --repetitions 2 --keys 64");
    spit("$dir/wide.csv", $out);
    is((run("features --data $dir/wide.csv"))[0], 0,
       '64 keys are read again');

    ($rc, $out, my $err)
        = run("synth --users 10000 --repetitions 2 --keys 2");
    is(scalar(() = $out =~ /\n/g), 20001, '10,000 users');
}


# training

my ($rc, $out, $err)
    = run("train --data $dir/data.csv --out $dir/one");

is($rc, 0, 'train');
is($out, '', '... prints nothing');
like($err, qr/^Data:\ 96\ rows\ of\ 12\ users,\ 13\ keys,\ [\d.]+\ s\n
              SVM:\ 66\ pairs\ of\ users,\ \d+\ support\ vectors,\ .*\n
              RF:\ 100\ trees,\ .*\n
              XGB:\ 100\ rounds\ of\ 12\ trees,\ .*\n/x,
     '... prints its progress in plain lines');
unlike($err, qr/[\r\e]/, '... without a bar where there is no terminal');

my @files = qw/keyauth.model rf.json svm.model xgb.json/;

for my $file (@files) {
    ok(-s "$dir/one/$file", "... writes $file");
    is((stat "$dir/one/$file")[2] & 07777, 0644, '... mode 0644');
}

($rc, $out, $err)
    = run("train --data $dir/data.csv --out $dir/two --quiet");
is("$rc$out$err", '0', 'train --quiet is quiet');

for my $file (@files) {
    ok(slurp("$dir/one/$file") eq slurp("$dir/two/$file"),
       "$file: the same bytes again");
}

{
    local $ENV{SOURCE_DATE_EPOCH} = 1700000001;
    run("train --data $dir/data.csv --out $dir/two --quiet");
    my ($one, $two) = map { slurp("$dir/$_/keyauth.model") } qw/one two/;

    # bytes 32 to 63 are the digest
    my @differ = grep { substr($one, $_, 1) ne substr($two, $_, 1) }
                 grep { $_ < 32 || $_ > 63 } 0 .. length($one) - 1;
    is(length $one, length $two, 'another time: as many bytes');
    is(unpack('x24Q<', $two) - unpack('x24Q<', $one), 1,
       '... of which the header\'s time is another');
    is_deeply([map { substr($_, $differ[1], 1) } $one, $two], ['0', '1'],
              '... and the card\'s');
    is(scalar @differ, 2, '... and the digest');

    run("train --data $dir/data.csv --out $dir/two --quiet "
        . '--seed 9');
    ok(slurp("$dir/one/rf.json") ne slurp("$dir/two/rf.json"),
       'another seed: another forest');
    ok(slurp("$dir/one/svm.model") eq slurp("$dir/two/svm.model"),
       '... and the same SVM');

    local $ENV{SOURCE_DATE_EPOCH} = 'yesterday';
    fails(1, "train --data $dir/data.csv --out $dir/two --quiet",
          'SOURCE_DATE_EPOCH is not a number of seconds', 'a bad time');
}

fails(1, "train --data $dir/none.csv --out $dir/two",
      "$dir/none.csv: cannot be opened: No such file or directory",
      'no data');
spit("$dir/bad.csv", "user,press-0,release-0,press-1,release-1\n"
     . "1,0,1,2,3\n1,0,x,2,3\n");
fails(1, "train --data $dir/bad.csv --out $dir/three",
      "$dir/bad.csv: line 3, column 3 (release-0): not a number: \"x\" "
      . '(--skip-bad leaves such rows out)',
      'bad data');
ok(!-e "$dir/three", '... of which nothing is left');
fails(1, "train --data $dir/data.csv --quiet --out $dir/none/x",
      "$dir/none/x: cannot be made: No such file or directory",
      'a folder within none');


# a full disk, here a limit on files' sizes: what was there stays

for my $kb (8, 60, 300) {
    my $was = slurp("$dir/one/keyauth.model");
    ($rc, $out, $err)
        = shell("ulimit -f $kb; $keyauth train --data $dir/data.csv "
              . "--out $dir/one --quiet --seed 3");
    is($rc, 1, "no room beyond $kb KB: fails");
    like($err, qr/^keyauth: $dir\/one\/[a-z.]+: cannot be written: .+\n\z/,
         '... and says which file');
    ok($was eq slurp("$dir/one/keyauth.model"), '... the model is the old');
    is_deeply([sort map { s{.*/}{}r } glob "$dir/one/*"], \@files,
              '... and nothing else is there');
}

system('bash', '-c', "$keyauth synth >/dev/full 2>$dir/stderr");
is($? >> 8, 1, 'output to a full disk fails');
is(slurp("$dir/stderr"), "keyauth: cannot write the output: No space left on "
   . "device\n", '... and says so');
fails(1, 'synth --out /dev/null', '/dev/null: not a regular file',
      'a device is not replaced');

run("train --data $dir/data.csv --out $dir/one --quiet");


# looking into it

($rc, $out) = run("inspect --json $dir/one/keyauth.model");
my $shown = $json->decode($out);
my $model = slurp("$dir/one/keyauth.model");

is($shown->{size}, length $model, 'inspect: the size');
is($shown->{id}, unpack('H16', substr $model, 32), '... the id');
is($shown->{signed_by}, undef, '... not signed');
is("$shown->{keys} $shown->{users}", '13 12', '... the schema');
is($shown->{golden_rows}, 16, '... golden rows');
is($shown->{card}{data}{sha256}, sha256_hex(slurp("$dir/data.csv")),
   '... the data\'s SHA-256');
is($shown->{card}{created}, '2023-11-14T22:13:20Z', '... the time');
is($shown->{created}, $shown->{card}{created}, '... which the header has, too');
is($shown->{card}{seed}, 1, '... the seed');
like($shown->{card}{libraries}{libsvm}, qr/^\d\.\d\d\z/,
     '... libsvm\'s version');
is((grep { $_->{offset} % 64 } @{ $shown->{sections} }), 0,
   '... sections lie at multiples of 64');
is(scalar(grep { $_->{name} eq 'rf.nodes' } @{ $shown->{sections} }), 1,
   '... the forest\'s among them');

($rc, $out) = run("inspect $dir/one/keyauth.model");
like($out, qr/^id\ +$shown->{id}\n
               created\ +2023-11-14T22:13:20Z\nsigned\ +no\n/mx,
     'inspect in words');

spit("$dir/cut.model", substr $model, 0, 5000);
fails(1, "inspect $dir/cut.model", "the file has 5000 bytes and should have "
      . length $model, 'inspect: a file cut short');


# answers

my $body = '{"Model":"RF","HT":{"Mean":88,"STD":20},"PPT":{"Mean":180,'
           . '"STD":60},"RRT":{"Mean":180,"STD":60},"RPT":{"Mean":90,'
           . '"STD":70}}';
spit("$dir/body", $body);

($rc, $out) = run("predict --model $dir/one/keyauth.model "
                  . "$dir/body");
like("$rc $out", qr/^0 \{"UserID":\d+,"Model":"RF"\}$/, 'predict a file');
is((run("predict --model $dir/one/keyauth.model <$dir/body"))[1],
   $out, '... and standard input');

spit("$dir/body", $body =~ s/RF/KNN/r);
($rc, $out) = run("predict --model $dir/one/keyauth.model "
                  . "$dir/body");
is($rc, 1, 'a problem exits 1');
is($json->decode($out)->{status}, 422, '... and is written');

spit("$dir/body", ' ' x 16385);
fails(1, "predict --model $dir/one/keyauth.model $dir/body",
      "$dir/body: cannot be read: File too large", 'a body beyond the limit');
fails(1, "predict --model $dir/one/keyauth.model --csv $dir/wide.csv",
      "$dir/wide.csv: line 1: 64 keys, and the model is of 13",
      'rows of another string');


# rf.json, walked by somebody who knows only docs/models.md

my @features = map { [split /,/] } split /\n/,
               (run("features --data $dir/data.csv"))[1];
is(join(',', @{ shift @features }), 'user,HT.Mean,HT.STD,PPT.Mean,PPT.STD,'
   . 'RRT.Mean,RRT.STD,RPT.Mean,RPT.STD', 'features: the names');

my $forest = $json->decode(slurp("$dir/one/rf.json"));
my @walked;

for my $row (@features) {
    my ($user, @x) = @$row;
    my %votes;

    @x = map { unpack 'f', pack 'f', $_ } @x;

    for my $tree (@{ $forest->{trees} }) {
        my $i = 0;

        while ($tree->{feature}[$i] >= 0) {
            my $threshold = unpack 'f', pack 'f', $tree->{threshold}[$i];
            my $left = $x[$tree->{feature}[$i]] <= $threshold;
            $i = $tree->{$left ? 'left' : 'right'}[$i];
        }

        my $value = $tree->{value}[$i];
        $votes{$_->[0]} += $_->[1] for ref $value ? @$value : [$value, 1];
    }

    my ($best) = sort { $votes{$b} <=> $votes{$a} || $a <=> $b } keys %votes;
    push @walked, sprintf '{"UserID":%s,"Model":"RF","Candidates":[{"UserID":'
         . '%s,"Score":%g}]}', ($forest->{labels}[$best]) x 2,
         $votes{$best} / @{ $forest->{trees} };
}

my @answers = split /\n/, (run("predict --model "
                               . "$dir/one/keyauth.model --csv "
                               . "$dir/data.csv --with RF --top 1"))[1];
is(scalar @answers, 96, 'predict --csv answers each row');
is_deeply(\@walked, \@answers, '... as the trees in rf.json say');


# strange labels, unequal numbers of rows, other columns

my @users = ('1001', '7', 'zoe', '"a,b"', '007', "\xc3\xa9\"\"x");
my $csv = "release-1,user,press-0,press-1,release-0\r\n";

for my $row (0 .. 11) {
    for my $u (0 .. $#users) {
        next if $row >= 4 + 2 * ($u % 4);
        $csv .= sprintf("%.2f,%s,%d,%d,%.1f\r\n", $u * 211 + 90 + $row / 4,
                        $users[$u] =~ /\xc3/ ? qq("$users[$u]") : $users[$u],
                        0, $u * 150 + 20 + $row % 3, $u * 90 + 15 + $row / 2);
    }
}

spit("$dir/strange.csv", $csv);
($rc, $out, $err)
    = run("train --data $dir/strange.csv --out $dir/strange --quiet");
is("$rc$err", '0', 'strange labels: train');

my @expected = ('1001', '7', '"zoe"', '"a,b"', '"007"', "\"\xc3\xa9\\\"x\"");

for my $with (qw/SVM RF XGB FUSION/) {
    my @got = split /\n/, (run("predict --model "
                               . "$dir/strange/keyauth.model --csv "
                               . "$dir/strange.csv --with $with"))[1];

    is_deeply([@got[0 .. 5]],
              [map { qq({"UserID":$_,"Model":"$with"}) } @expected],
              "... $with answers them as the CSV has them");
}

is_deeply($json->decode(slurp("$dir/strange/rf.json") =~ s/\xc3\xa9/e/r)
              ->{labels}, ['7', '1001', '007', 'a,b', 'zoe', 'e"x'],
          '... integers first, then the others by bytes');


# evaluation

($rc, $out, $err) = run("evaluate --data $dir/strange.csv --json "
                        . '--with RF,SVM');
is($rc, 0, 'evaluate --json');
like($err, qr/^Folds: 10 and the chronological one, [\d.]+ s\n\z/,
     '... prints its progress');

my $figures = $json->decode($out);
my $loro = $figures->{leave_one_repetition_out};

is($loro->{tests}, 38, '... tests each row once');
is_deeply([map { $_->{tests} } @{ $loro->{folds} }],
          [6, 6, 6, 6, 4, 4, 2, 2, 1, 1], '... in folds of a repetition');
is($figures->{chronological}{tests}, 11,
   '... and the last quarter of each user, rounded up');
ok($loro->{RF}{top1} > 0.9 && $loro->{SVM}{top5} > 0.9,
   '... and knows who is easily known');
ok(!exists $loro->{XGB}, '... and only what --with asks for');

($rc, $out) = run("evaluate --data $dir/strange.csv --quiet "
                  . '--with SVM --folds 2');
my $row = qr/\ +\d+\.\d\ %\ \(\ *\d+\.\d-\ *\d+\.\d\)/x;
like($out, qr/\ALeave\ one\ repetition\ out:\ 2\ folds,\ 38\ tests\n
              \ +top-1\ +top-5\ +ECE\ +by\ chance\n\ \ SVM$row$row\n\n
              Chronological.*:\ 11\ tests\n
              \ +top-1\ +top-5\ +ECE\ +by\ chance\n\ \ SVM$row$row\n\z/x,
     'evaluate in words');

($rc) = run("train --data $dir/strange.csv --out $dir/strange "
            . '--quiet --evaluate');
my $card = $json->decode((run("inspect --json "
                              . "$dir/strange/keyauth.model"))[1])->{card};
is($card->{accuracy}{leave_one_repetition_out}{RF}{top1}, $loro->{RF}{top1},
   'train --evaluate writes the figures into the card');


# signatures

for my $who (qw/alice mallory/) {
    shell("openssl genpkey -algorithm ed25519 -out $dir/$who.pem");
    shell("openssl pkey -in $dir/$who.pem -pubout -out $dir/$who.pub");
}

my $before = slurp("$dir/one/keyauth.model");
($rc, $out, $err)
    = run("sign --key $dir/alice.pem $dir/one/keyauth.model");
is("$rc$out$err", '0', 'sign');
is(length slurp("$dir/one/keyauth.model"), length $before,
   '... makes the file no longer');

my $raw = unpack 'H*', substr((shell("openssl pkey -in $dir/alice.pem -pubout "
                                   . '-outform DER'))[1], -32);
is($json->decode((run("inspect --json --key $dir/alice.pub "
                      . "$dir/one/keyauth.model"))[1])->{signed_by}, $raw,
   '... by the key');
fails(1, "inspect --key $dir/mallory.pub $dir/one/keyauth.model",
      'the file is signed with a key that is not trusted',
      '... not by another');
fails(1, "predict --key $dir/mallory.pub --model $dir/one/keyauth.model "
      . "$dir/body", 'the file is signed with a key that is not trusted',
      '... which predict looks at too');
is((run("predict --key $dir/alice.pub --csv $dir/data.csv --top 1 "
        . "--model $dir/one/keyauth.model"))[1], join("\n", @answers, ''),
   '... and the answers are the same');
is((run("sign --key $dir/mallory.pem $dir/one/keyauth.model"))[0],
   0, 'signed again');
is((run("inspect --key $dir/mallory.pub $dir/one/keyauth.model"))[0],
   0, '... by somebody else');

shell("openssl genpkey -algorithm RSA -out $dir/rsa.pem");
fails(1, "sign --key $dir/rsa.pem $dir/one/keyauth.model", "$dir/rsa.pem: not "
      . 'an Ed25519 key (make one with `openssl genpkey -algorithm ed25519`)',
      'a key of another kind');
fails(1, "sign --key $dir/alice.pub $dir/one/keyauth.model",
      "$dir/alice.pub: no private key in PEM", 'the public half');
fails(1, "sign --key $dir/alice.pem $dir/cut.model", 'the file has 5000 bytes '
      . 'and should have ' . length $model, 'a file that is none');

done_testing();
