#!/usr/bin/perl

# keyauth import: models from elsewhere become a model file, which the command
# and the server answer from; what is refused, and how.  Whether answers are
# the libraries' own is t/unit/test_import.c's question, and t/lib/forests.py's
# for scikit-learn.

use strict;
use warnings;

use lib 't/lib';

use File::Temp qw(tempdir);
use Test::More;

use Keyauth;
use KeyauthServer;

my $keyauth = 'build/keyauth';
my $one = 'build/t/one';
my $dir = tempdir(CLEANUP => 1);


sub run {
    my ($command) = @_;
    my $out = `$command 2>$dir/stderr`;

    return ($? >> 8, $out, slurp("$dir/stderr"));
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<:raw', $file or die "$file: $!";
    local $/;

    return <$fh>;
}


sub spit {
    my ($file, $text) = @_;

    open my $fh, '>:raw', $file or die "$file: $!";
    print $fh $text;
    close $fh or die "$file: $!";

    return;
}


sub fails {
    my ($code, $options, $message, $name) = @_;
    my ($rc, $out, $err) = run("$keyauth import $options");

    is("$rc $out$err", "$code keyauth: $message\n", $name);

    return;
}


# what a model answers to all rows of the data, with the best three
sub answers {
    my ($file, $model) = @_;

    return (run("$keyauth predict --model $file --csv $one/data.csv "
                . "--with $model --top 3"))[1];
}


my $labels = "--labels $dir/labels";
spit("$dir/labels", join '', map { "$_\n" } 1 .. 12);


# what keyauth itself trained

my ($rc, $out, $err) = run("$keyauth import --svm $one/svm.model "
                           . "--xgb $one/xgb.json --rf $one/rf.json $labels "
                           . "--out $dir");
is("$rc$out", '0', 'import of all three');
like($err, qr/^SVM:\ libsvm\ C-SVC,\ RBF\ kernel,\ \d+\ support\ vectors,.*\n
              RF:\ keyauth\ forest,\ 100\ trees,\ \d+\ nodes,.*\n
              XGB:\ XGBoost\ 1\.7\.\d\ gbtree,\ 1200\ trees,.*\n
              Model\ file:\ \Q$dir\E\/keyauth\.model,.*\n\z/x,
     '... tells what they are');

for my $model (qw/SVM RF XGB/) {
    is(answers("$dir/keyauth.model", $model),
       answers("$one/keyauth.model", $model),
       "$model answers as the one that keyauth train wrote");
}

{
    my ($code, $text) = run("$keyauth inspect --json $dir/keyauth.model");
    is($code, 0, 'inspect');
    like($text, qr/"keys":\s13,\s*"users":\s12,\s*"golden_rows":\s16,/x,
         '... shows its schema');
    my ($digest) = `sha256sum $one/xgb.json` =~ /^(\w+)/;
    like($text, qr/"imported":\s"$digest"/, "... and the files' digests");
    unlike($text, qr/fusion/, '... and no FUSION');

    local $ENV{SOURCE_DATE_EPOCH} = 1700000000;
    my $import = "$keyauth import --quiet --rf $one/rf.json --out";
    is(join('', run("$import $dir/a"), run("$import $dir/b")), '00',
       'users come from the forest, and --quiet is quiet');
    ok(slurp("$dir/a") eq slurp("$dir/b"), 'the same bytes again');
    like((run("$keyauth import --keys 5 --quiet --rf $one/rf.json --out "
              . "$dir/a && $keyauth inspect $dir/a"))[1],
         qr/schema    5 keys, 12 users/, '--keys');
}


# as XGBoost 2 and 3 write: lists of rounds, categories, base scores

{
    my $xgb = slurp("$one/xgb.json");
    my $bounds = join ',', map { 12 * $_ } 0 .. 100;

    (my $two = $xgb) =~ s/"version":\[1,7,\d\]/"version":[2,1,4]/;
    $two =~ s/"size_leaf_vector":"0"/"size_leaf_vector":"1"/g;
    $two =~ s/("gbtree_model_param":\{[^}]*),"size_leaf_vector":"1"/$1/;
    $two =~ s/"tree_info"/"iteration_indptr":[$bounds],"tree_info"/;

    (my $three = $two) =~ s/"version":\[2,1,4\]/"version":[3,1,1]/;
    $three =~ s/"base_score":"5E-1"/'"base_score":"[' . join(',', ('5E-1') x 12)
                                    . ']"'/e;
    $three =~ s/"model":\{/"model":{"cats":{"enc":[],"feature_segments":[],
                "sorted_idx":[]},/x;

    for my $version ([$two, '2.1.4'], [$three, '3.1.1']) {
        my ($text, $name) = @$version;

        spit("$dir/xgb.json", $text);
        ($rc, $out, $err) = run("$keyauth import --xgb $dir/xgb.json $labels "
                                . "--out $dir/other.model");
        like("$rc$err", qr/^0XGB: XGBoost \Q$name\E gbtree, 1200 trees/,
             "XGBoost $name");
        is(answers("$dir/other.model", 'XGB'),
           answers("$one/keyauth.model", 'XGB'), '... answers the same');
    }

    # base scores of their own: another first class
    $three =~ s/"\[5E-1,/"[9E2,/;
    spit("$dir/xgb.json", $three);
    run("$keyauth import --xgb $dir/xgb.json $labels --out $dir/other.model");
    like(answers("$dir/other.model", 'XGB'),
         qr/\A(?:\{"UserID":1,[^\n]*\n){96}\z/,
         'a base score of 900 for user 1 names user 1');
}


# the server

{
    my $server = KeyauthServer->new(
        http => "keyauth_model $dir/keyauth.model;",
        server => 'location = /verify { keyauth_verify; }');
    my @rows = Keyauth::rows();

    ok($server->start(), 'a server starts with an imported model');

    for my $model (qw/SVM RF XGB/) {
        my $body = Keyauth::top(Keyauth::timings($model, $rows[5]), 3);

        is(join(' ', ($server->post($body))[0, 1]),
           '200 ' . Keyauth::answer($body), "... and answers for $model");
    }

    my ($status, $problem) =
        $server->post(Keyauth::timings('FUSION', $rows[5]));
    like("$status $problem", qr/^422 .*"urn:keyauth:problem:unknown-model"/,
         '... that FUSION is not in the file');

    my $body = Keyauth::claim(1, $rows[5]);
    my $curl = "curl -s -H 'Content-Type: application/json' -d '$body' "
               . "http://127.0.0.1:$server->{port}/verify";
    like(`$curl`, qr/"urn:keyauth:problem:unknown-model".*"status":422/,
         '... and that claims cannot be verified');
}


# refused, with the file's name, where and why

fails(2, "--out $dir/x", 'import: one of --svm, --rf and --xgb is needed '
      . '(see keyauth import --help)', 'no model');
fails(2, "--svm $one/svm.model --out $dir/x", 'import: --out is needed, and '
      . '--labels where there is no --rf, and no other file (see keyauth '
      . 'import --help)', 'no labels');
fails(2, "--rf $one/rf.json --out $dir/x --keys 65", 'import: --keys: "65" is '
      . 'no integer from 2 to 64 (see keyauth import --help)', 'keys');
fails(1, "--rf $dir/none --out $dir/x", "$dir/none: cannot be opened: No such "
      . 'file or directory', 'no file');
fails(1, "--quiet --rf $one/svm.model --out $dir/x",
      "$one/svm.model: not JSON: byte 0", 'an SVM for a forest');
fails(1, "--quiet --rf $one/xgb.json --out $dir/x", "$one/xgb.json: 0 users, "
      . 'and two are the least', 'an XGB for a forest');
fails(1, "--quiet --svm $one/xgb.json $labels --out $dir/x",
      "$one/xgb.json: line 1: \"" . substr(slurp("$one/xgb.json"), 0, 28)
      . '..." is not known, or stands in the wrong place', 'an XGB for an SVM');
spit("$dir/two", "1\n2\n");
fails(1, "--quiet --xgb $one/xgb.json --labels $dir/two --out $dir/x",
      "$one/xgb.json: learner.learner_model_param.num_class: 12 users, and not "
      . '2', 'labels of other models');
fails(1, "--quiet --rf $one/rf.json --labels $dir/two --out $dir/x",
      "$one/rf.json: labels: the 12 users are not those of --labels, of which "
      . 'there are 2', "labels that are not the forest's");
fails(1, "--quiet --rf $one/rf.json --out $dir/none/x",
      "$dir/none/x: cannot be created: No such file or directory",
      'a folder that is not there');
ok(!-e "$dir/x", 'nothing is written of what is refused');


# scikit-learn

SKIP: {
    my $python = '/usr/bin/python3';

    skip 'no /usr/bin/python3 with scikit-learn (conf/install.sh test)', 1
        if system("$python -c 'import sklearn' 2>$dir/stderr") != 0;

    subtest 'forests of scikit-learn' => sub {
        my @lines = `$python -B t/lib/forests.py build/t/many/data.csv $dir`;

        is($?, 0, 't/lib/forests.py runs');
        ok($_ =~ /^ok /, $_ =~ s/^(?:not )?ok \d+ - |\n//gr)
            for grep { !/^1\.\./ } @lines;
        is(scalar @lines, 4, 'three forests');
    };
}

done_testing();
