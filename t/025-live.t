#!/usr/bin/perl

# LIVE: what `keyauth evaluate --live` measures, that training puts it into the
# model and its card; and, on real data, how good it has to be.
#
#     KEYAUTH_REAL_DATA   the challenge's CSV
#     KEYAUTH_MOBILE_DATA MEU-Mobile's, in keyauth's layout

use strict;
use warnings;

use File::Temp qw/tempdir/;
use JSON::PP;
use Test::More;

my $keyauth = 'build/keyauth';
my $real = $ENV{KEYAUTH_REAL_DATA} // '../shared/data/Train_keystroke.csv';
my $mobile = $ENV{KEYAUTH_MOBILE_DATA} // '../shared/data/MEU-Mobile.csv';
my $dir = tempdir(CLEANUP => 1);


sub run {
    my ($command) = @_;
    my $out = `$keyauth $command 2>$dir/err`;

    return ($? >> 8, $out);
}


sub at_most {
    my ($got, $most, $name) = @_;

    cmp_ok($got, '<=', $most, sprintf '%s: %.4f', $name, $got);

    return;
}


run("synth --users 40 --repetitions 16 --keys 5 > $dir/many.csv");
my ($rc, $out) = run("evaluate --live --json --quiet --data $dir/many.csv");
is($rc, 0, 'evaluate --live --json');
my $f = decode_json($out);

is($f->{users}, 40, 'users');
is_deeply([map { $_->{rows} } @{ $f->{enrolled} }], [2, 4, 6, 12],
          'numbers of rows that there are more of');

for my $e (@{ $f->{enrolled} }) {
    is($e->{genuine}, 5 * 40 * (16 - $e->{rows}),
       "$e->{rows} rows: every later row is a claim, in each shuffle");
    cmp_ok($e->{eer}, '<', 0.5, 'better than chance');
    cmp_ok($e->{'frr_at_far_0.01'}, '<=', $e->{'frr_at_far_0.001'},
           'fewer are rejected where more strangers are accepted');
    cmp_ok($e->{'far_meant_as_0.01'}, '<', 0.03, 'the threshold holds');
    cmp_ok($e->{'far_meant_as_0.01'}, '>', 0.002, 'and is not too strict');
}

my @learned = @{ $f->{learning} };
is(scalar @learned, 16, 'ways of learning');
is_deeply([map { $_->{strangers_learned} } grep { !$_->{attacked} } @learned],
          [(0) x 8], 'without attack no stranger is learned from');
is((grep { $_->{attacked} && $_->{above} == 1 } @learned)[0]
   ->{strangers_learned}, 1, 'where every row is learned, each stranger is');
is(scalar @{ $f->{stranger_alone} }, 8, 'strangers alone');

my ($again, $same) = run("evaluate --live --json --quiet "
                         . "--data $dir/many.csv");
is($same, $out, 'the same seed gives the same figures');

($rc, $out) = run("evaluate --live --quiet --data $dir/many.csv");
like($out, qr/^LIVE, 40 users.*^enrolled.*^learning.*^a stranger alone/ms,
     'in words');

# who claims is one of 100, who is named one of all

run("synth --users 230 --repetitions 3 --keys 4 > $dir/crowd.csv");
$f = decode_json((run("evaluate --live --json --quiet "
                      . "--data $dir/crowd.csv"))[1]);
is($f->{named_among}, 115, 'rows are named among all people of a half');
is($f->{enrolled}[0]{genuine}, 10 * 100, 'and claims are those of 100');

run("synth --users 20 > $dir/few.csv");
($rc, $out) = run("evaluate --live --quiet --data $dir/few.csv");
is($rc, 1, 'too few users');
like(`cat $dir/err`, qr/LIVE is measured on 32 users/, 'are named');

SKIP: {
    skip 'no real data', 5 if !-f $real;

    $f = decode_json((run("evaluate --live --json --quiet --data $real"))[1]);
    my %by = map { $_->{rows} => $_ } @{ $f->{enrolled} };

    at_most($by{4}{eer}, 0.055, 'EER after 4 rows');
    at_most($by{6}{eer}, 0.04, 'EER after 6 rows');

    for my $rows (2, 4, 6) {
        at_most($by{$rows}{eer}, $by{$rows}{ratio}{eer},
                "no worse than the likelihood ratio after $rows rows");
    }
}

SKIP: {
    skip 'no real data of mobiles', 18 if !-f $mobile;

    $f = decode_json((run("evaluate --live --json --quiet --data $mobile"))[1]);
    my %by = map { $_->{rows} => $_ } @{ $f->{enrolled} };
    my %learned = map { join(' ', $_->{above}, $_->{attacked} ? 1 : 0,
                             $_->{anchors} ? 1 : 0,
                             $_->{confirmed} ? 'confirmed' : ()) => $_->{eer} }
                  @{ $f->{learning} };

    for my $rows (2, 4, 6, 12, 24) {
        at_most($by{$rows}{eer}, $by{$rows}{ratio}{eer},
                "no worse than the likelihood ratio after $rows rows");
    }

    at_most($learned{'0.05 1 1'}, 0.075, 'EER under attack');
    at_most($learned{'0.05 0 1'}, 0.072, 'EER without');
    at_most($learned{'0.2 1 1'}, 0.07, 'EER under attack, above 20 %');
    at_most($learned{'0.2 0 1'}, 0.062, 'EER without, above 20 %');
    at_most($learned{'1 0 1'}, 0.055, 'EER without, learning every row');

    for my $above ('0.05', '0.01') {
        at_most($learned{"$above 1 1 confirmed"}, 0.056,
                "EER under attack, above $above or confirmed");
        at_most($learned{"$above 0 1 confirmed"}, 0.055, 'EER without');
    }

    # each row of the table in docs/models.md, both halves of it

    open my $fh, '<', 'docs/models.md' or die $!;
    my %said = map { /^\| (every row|[\d.]+ %[^|]*) \|((?: [\d.]+ \|){7})$/
                     ? ($1 => $2) : () } <$fh>;
    my %row;

    for (@{ $f->{learning} }) {
        my $name = join ', ', $_->{above} == 1 ? 'every row'
                                               : 100 * $_->{above} . ' %',
                        $_->{confirmed} ? 'confirmed' : (),
                        $_->{anchors} ? () : 'no anchors';

        $row{$name} .= sprintf ' %.1f |' x 3,
            map { 100 * $_ } @$_{qw(eer frr_at_far_0.01 frr_at_far_0.001)};
        $row{$name} .= sprintf ' %s |', $_->{strangers_learned} == 1 ? 100
                       : sprintf '%.1f', 100 * $_->{strangers_learned}
            if $_->{attacked};
    }

    is_deeply(\%said, \%row, 'docs/models.md has the figures of learning');

    my %alone = map { join(' ', $_->{above}, $_->{closest} ? 1 : 0,
                           $_->{anchors} ? 1 : 0)
                    => [$_->{accepted}[1], $_->{owner_rejected}[1]] }
                @{ $f->{stranger_alone} };

    at_most($alone{'0.05 0 1'}[0], 0.105, 'a stranger who comes again');
    at_most($alone{'0.05 1 1'}[0], 0.58, 'who types like the owner');
    at_most($alone{'0.05 1 1'}[1], $alone{'0.05 1 0'}[1],
            'anchors keep the owner in');
}

done_testing();
