#!/usr/bin/perl

# The engine's tests for arm64, cross-compiled and run by qemu, and whether
# the kernels give there what they give here, to the last bit.

use strict;
use warnings;

use lib 't/lib';
use Flatten;

my $root = 'build/arm64/root';

if (!-d $root) {
    print "1..0 # SKIP no $root: t/install-arm64.sh gets what is needed\n";
    exit 0;
}

$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';

# prove is often make's child, whose job server this make has nothing of
delete $ENV{MAKEFLAGS};
Flatten::result(system('make -s arm64 >&2') == 0, 'the tests are built');

my @tests = sort glob 'build/arm64/test_*';

Flatten::result(@tests >= 5, 'there are five and more');

my @qemu = ('qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu', '-E',
            "LD_LIBRARY_PATH=$root/usr/lib/aarch64-linux-gnu");

Flatten::run(map { ["arm64 " . s{.*/}{}r, @qemu, $_] } @tests);


# what test_golden says of its labels and scores

sub digests {
    my (@command) = @_;

    open my $out, '-|', @command or die "$command[-1]: $!";

    return grep { /^# digest of \w+ [0-9a-f]{16}$/ } <$out>;
}

my @here = digests('build/t/test_golden');
my @there = digests(@qemu, 'build/arm64/test_golden');

Flatten::result(@here == 4, 'each of four models has a digest here');

for my $i (0 .. $#here) {
    my ($model) = $here[$i] =~ /digest of (\w+)/;

    Flatten::result($here[$i] eq ($there[$i] // ''),
                    "$model: labels and scores are those of this processor");
}

Flatten::done();
