#!/usr/bin/perl

# The man page: it says what --help does, and man has nothing to complain of.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $keyauth = 'build/keyauth';
my $page = tempdir(CLEANUP => 1) . '/keyauth.1';


sub words {
    my ($text) = @_;

    $text =~ s/`//g;
    return join ' ', split ' ', $text;
}


is(system("trainer/man.pl $keyauth > $page"), 0, 'the page is written');

my $lint = `mandoc -Tlint -W style $page 2>&1`;
is($?, 0, 'mandoc -Tlint finds nothing') or diag($lint);

my $text = words(`mandoc -Tascii -Owidth=400 $page` =~ s/.\x08//gr);

my @commands = map { /^  ([a-z]+)  / ? $1 : () } `$keyauth --help`;
cmp_ok(scalar @commands, '>=', 7, 'there are commands');

for my $command (@commands) {
    my $missing = '';

    for my $line (`$keyauth $command --help`) {
        next if $line =~ /^ +(?:-h, --help|--version) /;
        $line =~ s/^Usage: //;

        $missing .= $line
            if grep { index($text, words($_)) < 0 } split / {2,}/, $line;
    }

    is($missing, '', "all that keyauth $command --help says is in it");
}


# the examples are of this version

my ($examples) = $text =~ / EXAMPLES (.*) SEE ALSO /;
my @examples = split /(?=\bkeyauth [a-z])/, $examples // '';
cmp_ok(scalar @examples, '>=', 3, 'there are examples');

for my $example (@examples) {
    my ($command) = $example =~ /^keyauth ([a-z]+)/;
    my $help = `$keyauth $command --help`;
    my @unknown = grep { index($help, $_) < 0 } $example =~ /(--[a-z-]+)/g;

    is("@unknown", '', "keyauth $command has the example's options");
}

like($text, qr/EXIT STATUS 0 success, 1 failure, 2 wrong usage\./,
     'and the exit status');

done_testing();
