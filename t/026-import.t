#!/usr/bin/perl

# keyauth import: models from elsewhere become a model file, which the command
# and the server answer from; what is refused, and how.  Whether answers are
# the libraries' own is t/unit/test_import.c's question, and t/lib/forests.py's
# for scikit-learn.

use strict;
use warnings;

use lib 't/lib';
use KeyauthCommand;

use Test::More;

use JSON::PP;

use Keyauth;
use KeyauthServer;

my $one = 'build/t/one';


sub fails {
    my ($code, $options, $message, $name) = @_;
    my ($rc, $out, $err) = run("import $options");

    is("$rc $out$err", "$code keyauth: $message\n", $name);

    return;
}


# what a model answers to all rows of the data, with the best three
sub answers {
    my ($file, $model) = @_;

    return (run("predict --model $file --csv $one/data.csv "
                . "--with $model --top 3"))[1];
}


my $labels = "--labels $dir/labels";
spit("$dir/labels", join '', map { "$_\n" } 1 .. 12);


# what keyauth itself trained

my ($rc, $out, $err) = run("import --svm $one/svm.model "
                           . "--xgb $one/xgb.json --rf $one/rf.json $labels "
                           . "--out $dir");
is("$rc$out", '0', 'import of all three');
like($err, qr/^SVM:\ libsvm\ C-SVC,\ RBF\ kernel,\ \d+\ support\ vectors,.*\n
              RF:\ keyauth\ forest,\ 100\ trees,\ \d+\ nodes,.*\n
              XGB:\ XGBoost\ 1\.7\.\d\ gbtree,\ 1200\ trees,.*\n
              Model\ file:\ \Q$dir\E\/keyauth\.model,.*\n\z/x,
     '... says what they are');

for my $model (qw/SVM RF XGB/) {
    is(answers("$dir/keyauth.model", $model),
       answers("$one/keyauth.model", $model),
       "$model answers as the one that keyauth train wrote");
}

{
    my ($code, $text) = run("inspect --json $dir/keyauth.model");
    is($code, 0, 'inspect');
    like($text, qr/"keys":\s13,\s*"users":\s12,\s*"golden_rows":\s16,/x,
         '... shows its schema');
    my ($digest) = `sha256sum $one/xgb.json` =~ /^(\w+)/;
    like($text, qr/"imported":\s"$digest"/, "... and the files' digests");
    unlike($text, qr/fusion/, '... and no FUSION');

    local $ENV{SOURCE_DATE_EPOCH} = 1700000000;
    my $import = "$keyauth import --quiet --rf $one/rf.json --out";
    is(join('', shell("$import $dir/a"), shell("$import $dir/b")), '00',
       'users come from the forest, and --quiet is quiet');
    ok(slurp("$dir/a") eq slurp("$dir/b"), 'the same bytes again');
    like((run("import --keys 5 --quiet --rf $one/rf.json --out "
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
        ($rc, $out, $err) = run("import --xgb $dir/xgb.json $labels "
                                . "--out $dir/other.model");
        like("$rc$err", qr/^0XGB: XGBoost \Q$name\E gbtree, 1200 trees/,
             "XGBoost $name");
        is(answers("$dir/other.model", 'XGB'),
           answers("$one/keyauth.model", 'XGB'), '... answers the same');
    }

    # base scores of their own: another first class
    $three =~ s/"\[5E-1,/"[9E2,/;
    spit("$dir/xgb.json", $three);
    run("import --xgb $dir/xgb.json $labels --out $dir/other.model");
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


# as today's libraries write, and people keep, their models

# what is said of a file, the newest with that name
sub import_of {
    my ($option, $text, $more) = @_;

    unlink "$dir/other.model";
    spit("$dir/other", $text) if defined $text;
    my ($code, $said, $notes) =
        run("import --quiet --$option $dir/other $more "
            . "--out $dir/other.model");

    $notes //= '';

    return "$code $said$notes" =~ s/\Q$dir\E\///gr;
}


{
    my $xgb = slurp("$one/xgb.json");
    my $ours = answers("$one/keyauth.model", 'XGB');

    # rounds after the best one
    (my $early = $xgb) =~ s/"attributes":\{\}/"attributes":{
                            "best_iteration":"9","best_score":"1.5"}/x;
    is(import_of('xgb', $early, $labels), '0 keyauth: other: training stopped '
       . 'early: 10 of 100 rounds are used, as XGBClassifier.predict() does; '
       . "--all-rounds uses all, as Booster.predict() does\n",
       'a model that stopped early');
    isnt(answers("$dir/other.model", 'XGB'), $ours, '... answers otherwise');
    is(import_of('xgb', undef, "$labels --all-rounds"), '0 ',
       '... with --all-rounds nothing is said');
    is(answers("$dir/other.model", 'XGB'), $ours, '... and it answers as ever');

    # a DART of XGBoost 3.3: factors beside what is called a gbtree
    my $factors = join ',', ('1.0') x 1200;
    (my $dart = $xgb) =~ s/("name":"gbtree")/$1,"weight_drop":[$factors]/;
    is(import_of('xgb', $dart, $labels), '0 ', 'a DART whose factors are 1');
    is(answers("$dir/other.model", 'XGB'), $ours, '... answers as a gbtree');
    like((run("inspect --json $dir/other.model"))[1],
         qr/XGBoost 1\.7\.\d DART, 1200 trees/, '... and is called DART');
    $dart =~ s/(?<="weight_drop":\[)(?:1\.0,){600}/'-1.5,' x 600/e;
    is(import_of('xgb', $dart, $labels), '0 ', 'a DART with other factors');
    isnt(answers("$dir/other.model", 'XGB'), $ours, '... answers otherwise');

    # names
    my @own = qw/hold hold_sd pp pp_sd rr rr_sd rp rp_sd/;
    my $names = join ',', map { "\"$_\"" } @own;
    my $features = '--features ' . join ',', @own;
    (my $named = $xgb) =~ s/"feature_names":\[\]/"feature_names":[$names]/;
    is(import_of('xgb', $named, $labels), '1 keyauth: other: '
       . 'learner.feature_names: feature 0 is "hold", and should be HT.Mean; '
       . "--features maps other names\n", 'names of their own');
    is(import_of('xgb', undef, "$labels $features"), '0 ',
       '... are mapped by --features');
    is(answers("$dir/other.model", 'XGB'), $ours, '... in the right order');
    is(import_of('xgb', $xgb, "$labels $features"), '1 keyauth: other: '
       . 'learner.feature_names: there are 0 names, and eight features' . "\n",
       '... and there must be names to map');

    is(import_of('xgb', $named, "$labels --features '" . join(', ', @own)
                 . "'"), '0 ', '... with blanks behind the commas');
    like(import_of('xgb', $named, "$labels $features" =~ s/hold_sd/hold/r),
         qr/^2 keyauth: import: --features has "hold" twice/, '... each once');

    my $rf = slurp("$one/rf.json");
    my ($list) = $rf =~ /"features":\s*\[([^]]*)\]/;
    my @order = (6, 3, 0, 7, 5, 2, 1, 4);
    my %column = map { $order[$_] => $_ } 0 .. 7;
    my $mixed = join ',', map { "\"$own[$_]\"" } @order;
    (my $forest = $rf) =~ s/"features":\s*\[\Q$list\E\]/"features":[$mixed]/;
    $forest =~ s/("feature":\s*\[)([^]]*)/$1 . join ',',
                 map { $_ < 0 ? $_ : $column{$_ + 0} } split m{,}, $2/gex;
    is(import_of('rf', $forest, $features), '0 ', 'a forest with its columns '
       . 'in another order');
    is(answers("$dir/other.model", 'RF'), answers("$one/keyauth.model", 'RF'),
       '... answers the same');
    is(import_of('rf', $forest, $features =~ s/hold_sd/hold_st/r),
       '1 keyauth: other: features: feature 6 is "hold_sd", and should be '
       . "another one of --features\n", '... but not with a wrong name');

    # UserIDs
    my @digits = sort map { "$_" } 1 .. 12;
    my $strings = join ',', map { "\"$_\"" } @digits;
    my $floats = join ',', map { "\"$_.0\"" } 1 .. 12;
    (my $other = $rf) =~ s/"labels":\s*\[[^]]*\]/"labels":[$strings]/;
    my %of = map { $_ => $digits[$_ - 1] } 1 .. 12;
    is(import_of('rf', $other, ''), '0 ', 'UserIDs as strings of digits');
    is(answers("$dir/other.model", 'RF'),
       answers("$one/keyauth.model", 'RF') =~ s/"UserID":(\d+)/
           '"UserID":' . $of{$1}/gexr, '... keep the order of the classes');
    ($other = $rf) =~ s/"labels":\s*\[[^]]*\]/"labels":[$floats]/;
    is(import_of('rf', $other, ''), '0 keyauth: other: the UserIDs are whole '
       . "numbers with a point: 1.0 becomes 1\n", 'UserIDs as floats');
    is(answers("$dir/other.model", 'RF'), answers("$one/keyauth.model", 'RF'),
       '... are whole numbers');

    # what a forest has that learnt with missing values
    my $big = '3.4028234663852886e+38';
    my $tree = sub {
        return $rf =~ s/("trees":\s*\[)/$1\{"feature":[1,-1,-1],
                        "threshold":[$_[0],0,0],"left":[1,-1,-1],
                        "right":[2,-1,-1],"value":[-1,3,4]},/xr;
    };
    is(import_of('rf', $tree->($big), ''), '0 ', 'the largest threshold');
    my $bytes = slurp("$dir/other.model");
    my $largest = answers("$dir/other.model", 'RF');
    for my $infinite ('Infinity', '1e39') {
        is(import_of('rf', $tree->($infinite), ''), '0 ', "... and $infinite");
        is(answers("$dir/other.model", 'RF'), $largest, '... are the same');
    }
    is(import_of('rf', $tree->('-Infinity'), ''), '0 ', '... and -Infinity');
    isnt(answers("$dir/other.model", 'RF'), $largest, '... is not');
    like(import_of('rf', $tree->('NaN'), ''),
         qr/^1 .*tree 0: "threshold" is not a list of 3 items\n\z/,
         '... and NaN is refused');
    like(import_of('rf', '{"a":[NaN,Infinity,"NaN"],x', ''),
         qr/^1 keyauth: other: not JSON: byte 26\n\z/,
         'bytes are counted as they are in the file');

    # scaled
    is(import_of('rf', $tree->('-0.5'), ''), '1 keyauth: other: thresholds: '
       . 'feature 2, a deviation, is negative: train on milliseconds, not '
       . "scaled\n", 'a forest of scaled features');
    (my $scaled = $xgb) =~ s{("split_conditions":\[)([^]]*)}{
        $1 . join ',', map { $_ / 1e5 } split m{,}, $2}gex;
    is(import_of('xgb', $scaled, $labels), '1 keyauth: other: thresholds: all '
       . "features are within 1: train on milliseconds, not scaled\n",
       'an XGB of scaled features');

    # kinds that are not supported, by name
    (my $cats = $xgb) =~ s/"split_type":\[0/"split_type":[1/;
    $cats =~ s/"split_conditions":\[[^,]*/"split_conditions":[NaN/;
    is(import_of('xgb', $cats, $labels), '1 keyauth: other: tree 0, node 0: a '
       . "categorical split, and features are numbers\n",
       'a categorical split, whose threshold is NaN');
    (my $vector = $xgb) =~ s/("tree_param":\{[^}]*"size_leaf_vector":)"\d"
                             /$1"12"/x;
    $vector =~ s/"split_conditions":\[[^,]*/"split_conditions":[NaN/;
    is(import_of('xgb', $vector, $labels), '1 keyauth: other: tree 0: '
       . 'size_leaf_vector: 12 numbers in a leaf, and only 1 is supported: '
       . "train with multi_strategy one_output_per_tree\n", 'vector leaves');
    is(import_of('xgb', "\x80\4\x95uK\0", $labels), '1 keyauth: other: it is a '
       . "pickle of Python's, or compressed: load it there, and save it with "
       . "model.save_model(\"xgb.json\")\n", 'a pickle');
    is(import_of('xgb', "binf\0\0\0?\10\0\0\0\14\0\0\0", $labels),
       "1 keyauth: other: it is in XGBoost's old binary format: load it with "
       . 'XGBoost 1.7 to 3.0, and save it with save_model("xgb.json")' . "\n",
       'the old binary format');
    is(import_of('xgb', "booster[0]:\n0:[f6<111.8] yes=1,no=2\n", $labels),
       "1 keyauth: other: it is a dump of XGBoost's, which lacks what answers "
       . 'need: write it with save_model("xgb.json"), not dump_model()' . "\n",
       'a dump');

    # libsvm's probabilities
    (my $svm = slurp("$one/svm.model")) =~ s/^label/probA 1\nprobB 2\nlabel/m;
    is(import_of('svm', $svm, $labels), '0 keyauth: other: answers are those '
       . 'of svm-predict; with -b 1 it names the most probable class, often '
       . "another\n", 'an SVM with probabilities');
    is(answers("$dir/other.model", 'SVM'),
       answers("$one/keyauth.model", 'SVM'), '... answers by votes');
}


# refused, with the file's name, where and why

fails(2, "--out $dir/x", 'import: one of --svm, --rf and --xgb is required '
      . '(see keyauth import --help)', 'no model');
fails(2, "--svm $one/svm.model --out $dir/x", 'import: --out is required, and '
      . '--labels where there is no --rf, and no other file (see keyauth '
      . 'import --help)', 'no labels');
fails(2, "--svm $one/svm.model $labels --features a,b,c,d,e,f,g,h --out $dir/x",
      'import: --features is for --rf and --xgb, whose files have names (see '
      . 'keyauth import --help)', 'names for a file without names');
fails(2, "--rf $one/rf.json --features $_ --out $dir/x", 'import: --features '
      . 'requires eight names with commas between (see keyauth import --help)',
      "--features $_")
    for 'a,b', 'a,b,c,d,e,f,g,', 'a,b,c,d,e,f,g,h,i';
fails(2, "--rf $one/rf.json --out $dir/x --keys 65", 'import: --keys: "65" is '
      . 'not an integer from 2 to 64 (see keyauth import --help)', 'keys');
fails(1, "--rf $dir/none --out $dir/x", "$dir/none: cannot be opened: No such "
      . 'file or directory', 'no file');
fails(1, "--quiet --rf $one/svm.model --out $dir/x",
      "$one/svm.model: it is a model of libsvm's: import it with --svm",
      'an SVM for a forest');
fails(1, "--quiet --rf $one/xgb.json --out $dir/x", "$one/xgb.json: it is a "
      . "model of XGBoost's: import it with --xgb", 'an XGB for a forest');
fails(1, "--quiet --svm $one/xgb.json $labels --out $dir/x", "$one/xgb.json: "
      . "it is a model of XGBoost's: import it with --xgb",
      'an XGB for an SVM');
fails(1, "--quiet --xgb $one/rf.json $labels --out $dir/x", "$one/rf.json: it "
      . 'is a forest: import it with --rf', 'a forest for an XGB');
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


# small models that XGBoost 3.0 and 3.3 wrote, where they are there

SKIP: {
    my $models = '../shared/data/models';

    skip 'no ../shared/data/models', 1 if !-e "$models/README.md";

    subtest 'models of XGBoost 3.0.0 and 3.3.0' => sub {
        real_models($models);
    };
}


sub real_models {
    my ($models) = @_;

    spit("$dir/five", join '', map { "$_\n" } 0 .. 4);

    for my $version ('3.0.0', '3.3.0') {
        my $expected =
            JSON::PP::decode_json(slurp("$models/expected-$version.json"));
        my @numbers = map { @$_ } @{$expected->{rows}};
        spit("$dir/rows", pack 'd<*', @numbers);

        for my $file (glob "$models/*-$version.*") {
            my ($kind) = $file =~ m{([^/]+)-\Q$version\E\.(?:json|ubj)$};
            my $labels = $expected->{labels}{$kind};
            next if !$labels;

            # its leaves are vectors
            if ($kind eq 'multi-output') {
                like((run("import --xgb $file --labels $dir/five "
                          . "--out $dir/real.model"))[2],
                     qr/tree 0: size_leaf_vector: 5 numbers in a leaf/, $file);
                next;
            }

            spit("$dir/answers", join '', map { "$_\n" } @$labels);
            like((run("import --quiet --xgb $file --labels $dir/five "
                      . "--out $dir/real.model && build/t/libraries/compare "
                      . "$dir/real.model XGB $dir/rows $dir/answers"))[1],
                 qr/^300 rows, answers$/, $file);
        }
    }

    return;
}


# scikit-learn

SKIP: {
    my $python = '/usr/bin/python3';

    skip 'no /usr/bin/python3 with scikit-learn (conf/install.sh test)', 1
        if system("$python -c 'import sklearn' 2>$dir/stderr") != 0;

    subtest 'models of scikit-learn' => sub {
        my @lines = `$python -B t/lib/forests.py build/t/many/data.csv $dir`;

        is($?, 0, 't/lib/forests.py runs');
        ok($_ =~ /^ok /, $_ =~ s/^(?:not )?ok \d+ - |\n//gr)
            for grep { !/^1\.\./ } @lines;
        is(scalar @lines, 14, 'three forests, and ten that are refused');
    };
}

done_testing();
