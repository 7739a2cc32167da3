package KeyauthCommand;

# What the tests of the keyauth command share: the command, a folder of their
# own, running it in a shell, and files.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp qw(tempdir);

our @EXPORT = qw($keyauth $dir run shell slurp spit);

our $keyauth = 'build/keyauth';
our $dir = tempdir(CLEANUP => 1);


# keyauth's: (exit code, stdout, stderr)
sub run {
    my ($command, $in) = @_;

    return shell("$keyauth $command", $in);
}


# any command, in a shell as people have it
sub shell {
    my ($command, $in) = @_;

    spit("$dir/stdin", $in // '');

    system('bash', '-c',
           "{ $command; } <$dir/stdin >$dir/stdout 2>$dir/stderr");

    return ($? >> 8 || $?, slurp("$dir/stdout"), slurp("$dir/stderr"));
}


sub slurp {
    my ($name) = @_;

    open my $in, '<:raw', $name or die "$name: $!";
    local $/;

    return <$in> // '';
}


sub spit {
    my ($name, $text) = @_;

    open my $out, '>:raw', $name or die "$name: $!";
    print $out $text;
    close $out or die "$name: $!";

    return;
}


1;
