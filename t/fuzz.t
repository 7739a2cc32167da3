#!/usr/bin/perl

# The fuzzers: each replays its seeds, then fuzzes for 20 seconds, two at a
# time.  What one stops at is in build/fuzz/crash.
#
#     KEYAUTH_FUZZ_SECONDS  instead of 20

use strict;
use warnings;

use Test::More;

my $seconds = $ENV{KEYAUTH_FUZZ_SECONDS} || 20;
my @names = map { m{fuzz_(\w+)\.c$} } sort glob 't/fuzz/fuzz_*.c';
my @built = grep { -x "build/fuzz/fuzz_$_" } @names;

cmp_ok(scalar @names, '>=', 5, 'there are fuzzers');

for my $name (@built) {
    my @seeds = grep { -f } glob "{t,build}/fuzz/seeds/$name/*";

    cmp_ok(scalar @seeds, '>', 0, "$name has seeds");

    my $said = `build/fuzz/fuzz_$name -timeout=60 @seeds 2>&1`;

    is($?, 0, "$name replays its seeds") or diag($said);
}

open my $out, '-|', 't/fuzz/run.sh', $seconds, map { "fuzz_$_" } @built
    or die "t/fuzz/run.sh: $!";

my ($said, %executions) = '';

while (<$out>) {
    $executions{$1} = $2 if /^fuzz_(\w+): (\d+) executions, nothing found$/;
    $said .= $_;
}

ok(close $out, 'nothing is found') or diag($said);

for my $name (@names) {
    SKIP: {
        skip "fuzz_$name is not built: t/nginx.sh source gets what it needs",
             1 if !-x "build/fuzz/fuzz_$name";

        # how many depends on the machine
        cmp_ok($executions{$name} // 0, '>', 0,
               "$name: $executions{$name} executions");
    }
}

done_testing();
