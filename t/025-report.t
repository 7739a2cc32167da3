#!/usr/bin/perl

# keyauth evaluate --report: one page that holds the figures that --json
# prints, and t/browser/report/report.mjs on what a browser makes of it.

use strict;
use warnings;

use lib 't/lib';
use Flatten;

use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);

my $keyauth = 'build/keyauth';
my $dir = tempdir('keyauth-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $evil = '</script><b id="evil">';


sub slurp {
    my ($name) = @_;

    open my $in, '<:raw', $name or die "$name: $!";
    local $/;

    return <$in> // '';
}


# every other user has a name that HTML must not see, and a clock of 100 ms

sub spoil {
    my ($line) = @_;
    my ($user, @times) = split /,/, $line;

    return $line if $user !~ /^\d*[02468]$/;

    return join ',', qq{"$user} . $evil =~ s/"/""/gr . '"',
           map { 100 * int($_ / 100) } @times;
}


system("$keyauth synth --users 30 --repetitions 8 --keys 8 --seed 2 "
       . "--out $dir/plain.csv") == 0 or die "synth failed\n";

open my $out, '>', "$dir/data.csv" or die "$dir/data.csv: $!";
print $out map { chomp; spoil($_) . "\n" }
           split /^/, slurp("$dir/plain.csv");
close $out;

my $json = `$keyauth evaluate --data $dir/data.csv --quiet --json \\
            --with XGB,FUSION --report $dir/report`;

Flatten::result($? == 0, 'a report is written');

my $page = slurp("$dir/report/index.html");
my ($held) = $page =~ m{<script type="application/json"[^>]*>(.*?)</script>}s;

my $canonical = JSON::PP->new->canonical;

Flatten::result($canonical->encode(decode_json($held))
                eq $canonical->encode(decode_json($json)),
                'the page holds what --json prints');
Flatten::result($page !~ /\@(?:STYLE|FIGURES|SCRIPT)\@/,
                'no mark of the template is left');
Flatten::result((() = $page =~ m{</script>}g) == 2,
                'a name ends no script');
Flatten::result($page !~ m{(?:src|href)="(?!data:)|url\(|https?://(?!www\.w3)},
                'nothing is loaded');

my ($user) = grep { $_->{user} eq "8$evil" } @{ decode_json($json)->{users} };

Flatten::result($user->{clock} == 100, 'whose clock is coarse');

my $failed = `$keyauth evaluate --data $dir/data.csv --quiet \\
              --with FUSION --report $dir/data.csv/report 2>&1 >/dev/null`;

Flatten::result($? >> 8 == 1 && $failed =~ /data\.csv\/report: cannot be made/,
                'a folder that cannot be made');

if (-f 'build/npm/installed') {
    Flatten::run(['report', 'node', 't/browser/report/report.mjs',
                  "$dir/report/index.html"]);

} else {
    Flatten::result(1, 'the browser # SKIP t/install-npm.sh gets it');
}

Flatten::done();
