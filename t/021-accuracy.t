#!/usr/bin/perl

# Figures: on the synthetic set, and on the challenge's real data where that
# is present, held against scikit-learn's, libsvm's and XGBoost's own.
#
#     KEYAUTH_REAL_DATA  the challenge's CSV
#     KEYAUTH_REFERENCE  reference.py, the definition in NumPy

use strict;
use warnings;

use File::Temp qw/tempdir/;
use JSON::PP;
use Test::More;

my $keyauth = 'build/keyauth';
my $real = $ENV{KEYAUTH_REAL_DATA} // '../shared/data/Train_keystroke.csv';
my $reference = $ENV{KEYAUTH_REFERENCE} // '../shared/research/reference.py';
my $dir = tempdir(CLEANUP => 1);

# top-1, leave one repetition out, of scikit-learn's models on the real data
my %reference = (SVM => 13.2, RF => 26.5, XGB => 23.3);


sub evaluate {
    my ($data, @options) = @_;

    open my $in, '-|', $keyauth, 'evaluate', '--data', $data, '--json',
         '--quiet', @options or die "$keyauth: $!";
    local $/;

    return decode_json(<$in>)->{leave_one_repetition_out};
}


sub top1 {
    my ($figures, $model) = @_;

    return 100 * $figures->{$model}{top1};
}


sub near {
    my ($got, $expected, $tolerance, $name) = @_;

    ok(abs($got - $expected) <= $tolerance,
       sprintf '%s: %.1f %%, within %g of %.1f', $name, $got, $tolerance,
       $expected) or diag(sprintf 'got %.2f', $got);

    return;
}


my $synthetic = evaluate('trainer/synthetic.csv', '--with', 'SVM,RF,XGB');

is($synthetic->{tests}, 880, 'synthetic set: 880 tests');
near(top1($synthetic, $_), $reference{$_}, 8, "synthetic set, $_")
    for qw/SVM RF XGB/;


SKIP: {
    skip "no real data at $real", 8 unless -r $real;

    my $figures = evaluate($real, '--with', 'SVM,XGB');
    my $rf = 0;

    near(top1($figures, 'SVM'), $reference{SVM}, 0.5, 'real data, SVM');
    near(top1($figures, 'XGB'), $reference{XGB}, 0.5, 'real data, XGB');
    $rf += top1(evaluate($real, '--with', 'RF', '--seed', $_), 'RF') / 5
        for 1 .. 5;
    near($rf, $reference{RF}, 2, 'real data, RF, mean of 5 seeds');

    my ($row) = map { [split /,/] } (features())[1];
    is_deeply([map { sprintf '%.4f', $_ } @$row[1 .. 8]],
              [qw/72.0000 21.9089 229.3333 63.1151 225.3333 73.0695 157.3333
               67.9108/], 'real data, features of the first row');

    my $oracle = oracle();

    skip 'no /usr/bin/python3 with NumPy, pandas, scikit-learn and XGBoost, '
         . "or no $reference", 4 unless $oracle;

    compare_features($oracle->{features});

    is_deeply([map { $_->{SVM}{hits} } @{ $figures->{folds} }],
              $oracle->{SVM}, 'real data, SVM: scikit-learn\'s hits in each '
              . 'fold');
    is_deeply([map { $_->{XGB}{hits} } @{ $figures->{folds} }],
              $oracle->{XGB}, 'real data, XGB: XGBoost\'s own hits in each '
              . 'fold');
}

done_testing();


sub features {
    open my $in, '-|', $keyauth, 'features', '--data', $real
        or die "$keyauth: $!";
    chomp(my @lines = <$in>);

    return @lines;
}


# what reference.py and the libraries say, or undef
sub oracle {
    my $python = '/usr/bin/python3';

    return unless -x $python && -r $reference;

    open my $script, '>', "$dir/oracle.py" or die "$dir/oracle.py: $!";
    print $script <<'PYTHON';
import importlib.util
import json
import sys

sys.argv = sys.argv[:1] + [sys.argv[2], sys.argv[1]]
spec = importlib.util.spec_from_file_location("reference", sys.argv[2])
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

import numpy as np

d = reference.pd.read_csv(sys.argv[1])
y = d["user"].to_numpy() - 1
x = reference.summary(d.drop(columns="user").to_numpy(float))
repetition = np.tile(np.arange(8), 110)
made = {"SVM": lambda: reference.SVC(),
        "XGB": lambda: reference.XGBClassifier(tree_method="hist", n_jobs=1)}
out = {"features": x.tolist()}

for name, make in made.items():
    out[name] = []
    for k in range(8):
        a, b = repetition != k, repetition == k
        out[name].append(int((make().fit(x[a], y[a]).predict(x[b])
                              == y[b]).sum()))

print(json.dumps(out))
PYTHON
    close $script or die "$dir/oracle.py: $!";

    open my $in, '-|', $python, "$dir/oracle.py", $reference, $real
        or return;
    local $/;
    my $text = <$in>;

    return close $in ? decode_json($text) : undef;
}


sub compare_features {
    my ($expected) = @_;
    my @rows = map { [split /,/] } features();
    my ($worst, $compared) = (0, 0);

    shift @rows;
    is(scalar @rows, scalar @$expected, 'real data, features: all rows');

    for my $i (0 .. $#rows) {
        for my $f (0 .. 7) {
            my ($got, $want) = ($rows[$i][$f + 1], $expected->[$i][$f]);
            my $scale = abs($want) > 0 ? abs($want) : 1;
            my $difference = abs($got - $want) / $scale;

            $worst = $difference if $difference > $worst;
            $compared++;
        }
    }

    ok($worst <= 1e-9 && $compared == 8 * @$expected,
       sprintf 'real data, features: %d values equal reference.py\'s to %.1g',
       $compared, $worst);

    return;
}
