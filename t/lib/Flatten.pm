package Flatten;

# Runs programs that print TAP and prints their results as one test's: a
# directory of C programs, or Test::Nginx files in another mode, is then one
# .t file for prove.

use strict;
use warnings;

our $count = 0;


# the numbered tests whose text matches
sub using {
    my ($like) = @_;

    return grep {
        open my $fh, '<', $_ or die "$_: $!";
        local $/;
        <$fh> =~ $like;
    } sort glob 't/[0-8]*.t';
}


# each program: [name, command ...]
sub run {
    my (@programs) = @_;

    $| = 1;

    for my $program (@programs) {
        my ($name, @command) = @$program;

        open my $out, '-|', @command;
        read_one($name, $out);
    }

    return;
}


sub read_one {
    my ($name, $out) = @_;
    my ($planned, $seen) = (undef, 0);

    while (<$out>) {

        if (/^1\.\.(\d+)(\s+#\s*skip.*)?/i) {
            $planned = $1;
            result(1, "$name$2") if $2;

        } elsif (/^(not )?ok\b\s*\d*\s*(?:-\s*)?(.*)/) {
            my ($bad, $what) = ($1, $2);
            $seen++;

            # cmocka's skipped tests are "not ok", which prove takes to fail
            $bad = 0 if $what =~ /^# SKIP/;
            result(!$bad, "$name - $what");

        } elsif (/^Bail out!/) {
            result(0, "$name - $_");

        } elsif (/^\s*#/) {
            print;
        }
    }

    close $out;
    my $rc = $?;

    result($rc == 0, "$name - exit code " . ($rc >> 8)
                     . ($rc & 127 ? ', signal ' . ($rc & 127) : ''));
    result(defined $planned && $planned == $seen,
           "$name - ran $seen of " . ($planned // 'an unknown number of')
           . ' planned tests');

    return;
}


sub result {
    my ($good, $name) = @_;

    $count++;
    $name =~ s/\s+$//;
    print $good ? '' : 'not ', "ok $count - $name\n";

    return;
}


sub done {
    print "1..$count\n";

    return;
}


1;
