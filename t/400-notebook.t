#!/usr/bin/perl

# docs/model_building.ipynb, executed from scratch: every cell runs, what the
# cells assert holds, the outputs that are committed are those of the code,
# and another CSV file takes one variable.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;

use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my $python = '/usr/bin/python3';
my $notebook = 'docs/model_building.ipynb';
my $dir = tempdir('keyauth-XXXXXX', TMPDIR => 1, CLEANUP => 1);

plan skip_all => "$python lacks what the notebook needs (conf/install.sh test)"
    if system("$python -c 'import nbconvert, ipykernel, matplotlib, pandas, "
              . "sklearn, xgboost' 2>/dev/null");


sub slurp {
    my ($name) = @_;

    open my $fh, '<:raw', $name or return '';
    local $/;

    return <$fh>;
}


sub execute {
    my ($name, %env) = @_;

    my $set = join ' ', map { "$_='$env{$_}'" } sort keys %env;
    my $said = `HOME=$dir PYDEVD_DISABLE_FILE_VALIDATION=1 $set \\
                $python -m jupyter nbconvert --to notebook --execute \\
                --ExecutePreprocessor.timeout=400 --output-dir $dir \\
                --output $name $notebook 2>&1`;

    is($?, 0, "$name: every cell runs, and what it asserts holds")
        or diag($said);

    return cells("$dir/$name");
}


sub cells {
    my ($name) = @_;

    my $json = slurp($name) || '{"cells":[]}';
    return grep { $_->{cell_type} eq 'code' }
           @{ decode_json($json)->{cells} };
}


# what a cell printed or displayed, in words
sub text {
    my ($cell) = @_;

    return '' if grep { $_ eq 'format' } @{ $cell->{metadata}{tags} // [] };

    return join '', map { my $text = $_->{text} // $_->{data}{'text/plain'};
                          ref $text ? @$text : $text } @{ $cell->{outputs} };
}


# whether two texts say the same, but for figures that nearly do
sub alike {
    my ($one, $two) = @_;
    my $number = qr/-?\d+(?:\.\d+)?(?:e[-+]\d+)?/;

    my @of = map { [$_ =~ /$number/g] } $one, $two;
    s/ *$number\b/ #/g for $one, $two;

    return '' if $one ne $two || @{ $of[0] } != @{ $of[1] };

    return !grep { my ($x, $y) = ($of[0][$_], $of[1][$_]);
                   abs($x - $y) > 2 && abs($x - $y) > 0.1 * abs($x) }
                 0 .. $#{ $of[0] };
}


# controls

ok(alike("right: 25.1% of  9\n", "right: 24.9% of 10\n"), 'control: alike');
ok(!alike("right: 25.1%\n", "right: 35.1%\n"), 'control: another figure');
ok(!alike("right: 25.1%\n", "wrong: 25.1%\n"), 'control: another word');


# what is committed

my @committed = cells($notebook);
my $text = slurp($notebook);

cmp_ok(scalar @committed, '>', 25, 'there are cells');
cmp_ok(length $text, '<', 1_500_000, 'in less than 1.5 MB');
is_deeply([map { $_->{execution_count} } @committed], [1 .. @committed],
          'all were executed, in order');
is((grep { $_->{output_type} eq 'error'
           || ($_->{name} // '') eq 'stderr' }
    map { @{ $_->{outputs} } } @committed), 0, 'without errors or warnings');
unlike(join('', map { text($_) } @committed), qr{(?<![\w.])/\w+/},
       "and without names of anybody's folders");
like(text($committed[0]), qr/on synthetic.csv \(synthetic\)/,
     'on the data set that comes with the project');


# executed here

my @executed = execute('synthetic.ipynb');
is(scalar @executed, scalar @committed, 'as many cells');

for my $n (0 .. $#executed) {
    ok(alike(map { text($_) } $committed[$n], $executed[$n]),
       'cell ' . ($n + 1) . ' says what is committed (make notebook)')
        or diag(text($committed[$n]), '--- executed:', "\n",
                text($executed[$n]));
}


# on data of one's own: names, and unequal numbers of rows

open my $csv, '>', "$dir/own.csv" or die "$dir: $!";
my @rows = Keyauth::rows();
my %count;

print $csv join(',', 'user', map { ("press-$_", "release-$_") } 0 .. 12), "\n";

for my $row (@rows) {
    my ($user, $press, $release) = @$row;

    next if $user % 3 == 0 && $count{$user}++ > 5;

    print $csv join(',', ('zoe', 'ann b', '007', $user)[$user % 4] . $user,
                    map { ($press->[$_], $release->[$_]) } 0 .. 12), "\n";
}

close $csv or die "$dir: $!";

my @own = execute('own.ipynb', DATA => "$dir/own.csv");
my $own = join '', map { text($_) } @own;

like($own, qr/on own\.csv \n/, 'another file is one variable');
like($own, qr/, 12 users, 13 keys, 6 to 8 rows of each user/, 'it is read');
like($own, qr/SVM: equal in every fold\nXGB: equal in every fold\n/,
     'and the models are those of the libraries there, too');

done_testing();
