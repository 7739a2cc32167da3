#!/usr/bin/perl

# The diagrams of docs: they are what their generator draws, no line crosses a
# box or another line, and no label lies on anything.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Temp qw(tempdir);
use Test::More;

my $draw = 'docs/architecture-aws.py';

is(`/usr/bin/python3 $draw --check 2>&1`, '', 'the diagrams are as drawn');


# controls: what the check has to find

my $dir = tempdir(CLEANUP => 1);
copy($_, $dir) or die "copy: $!"
    for $draw, glob 'docs/*-aws.svg docs/*-aws.png';

open my $fh, '<', $draw or die "$draw: $!";
my $source = do { local $/; <$fh> };

for my $case (
    [qr/"clients", 40, \d+/, '"clients", 200, 522', qr/lies on/],
    [qr/"name\.r", "firewall\.l"/, '"name.r", "balancer.l"',
     qr/crosses box firewall/],
    [qr/"nat", 640, 674/, '"nat", 660, 740', qr/lies on the border of/],
    [qr/label=\(1064, 835/, 'label=(990, 880', qr/lies on/],
    [qr/\(None, 820\), \(620, None\)/, '(None, 820), (720, None)',
     qr/is not orthogonal|crosses/],
    [qr/"clients", w=120/, '"people", w=120', qr/svg is not what would/],
)
{
    my ($find, $put, $says) = @$case;
    my $changed = $source;

    $changed =~ s/$find/$put/ or die "no $find in $draw";

    open my $out, '>', "$dir/architecture-aws.py" or die "$dir: $!";
    print $out $changed;
    close $out or die "$dir: $!";

    like(`/usr/bin/python3 $dir/architecture-aws.py --check 2>&1`, $says,
         "control: $put");
}

done_testing();
