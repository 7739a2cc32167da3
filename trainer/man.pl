#!/usr/bin/perl

# Writes the man page of the keyauth command from what its --help prints, so
# that both say the same.  help2man makes a page of one command and its options:
# it has no sections for each command's help, and breaks headings with quotes.
#
#     trainer/man.pl build/keyauth > build/keyauth.1

use strict;
use warnings;

use POSIX qw(strftime);

my $keyauth = shift // die "usage: trainer/man.pl KEYAUTH\n";


sub help {
    my @command = @_;

    open my $in, '-|', $keyauth, @command, '--help' or die "$keyauth: $!\n";
    local $/;
    my $help = <$in>;
    close $in or die "$keyauth @command --help failed\n";

    my ($usage, $rest) = $help =~ /\AUsage: (.*(?:\n {7,}.*)*)\n((?:.*\n)*)\z/
        or die "$keyauth @command --help: no usage\n";

    return ($usage, $rest);
}


sub roff {
    my ($text) = @_;

    $text =~ s/\\/\\e/g;
    $text =~ s/-/\\-/g;
    $text =~ s/`([^`]+)`/\\fB$1\\fP/g;
    $text =~ s/^(?=[.'])/\\&/mg;

    return $text;
}


# what is typed, but for values, which are in capitals
sub usage {
    my ($usage) = @_;

    return join ' ', map { my $font = /[a-z]/ && !/\./ ? 'B' : 'I';
                           "\\f$font" . roff($_) . '\fP' } split ' ', $usage;
}


sub term {
    my ($term) = @_;

    return roff($term) unless $term =~ /^-/;

    return join ' ', map { /^-/ ? '\fB' . roff(s/,$//r) . '\fP' . (/,$/ && ',')
                                : '\fI' . roff($_) . '\fP' } split ' ', $term;
}


# help's text: paragraphs, and lists whose entries are indented by 2 to 6
sub body {
    my ($text) = @_;
    my ($page, $list, $gap) = ('', 0, 1);

    for my $line (split /\n/, $text) {
        if ($line eq '') {
            $gap = 1;

        } elsif ($line =~ /^ {2,6}(\S.*?)(?: {2,}(.*))?$/) {
            my $what = $2;
            $page .= ".TP\n" . term($1) . "\n";
            $page .= roff($what) . "\n" if defined $what;
            $list = 1;
            $gap = 0;

        } else {
            my $inside = $line =~ s/^ +//;
            $page .= ".PP\n" if !$inside && ($list || $gap && $page ne '');
            $page .= roff($line) . "\n";
            $list = 0 if !$inside;
            $gap = 0;
        }
    }

    return $page;
}


my ($usage, $help) = help();
my ($does, $commands, $options, $status) =
    $help =~ /\A(.*?)\n\n(.*?)\n\n(.*?)\n\nExit status: (.*)\n\z/s
    or die "$keyauth --help: not of the form known here\n";
my $version = qx($keyauth --version);
my $date = strftime('%Y-%m-%d', gmtime($ENV{SOURCE_DATE_EPOCH} || time));

chomp $version;
$does =~ s/\.$//;
$status =~ s/, (?=\d)/,\n/g;

print ".\\\" made by trainer/man.pl from keyauth --help\n",
      qq(.TH KEYAUTH 1 "$date" "$version" "User Commands"\n),
      ".SH NAME\nkeyauth \\- ", roff(lcfirst $does), "\n",
      ".SH SYNOPSIS\n", usage($usage), "\n",
      ".SH DESCRIPTION\n", body(<<"END"), ".SH COMMANDS\n";
A CSV file of key timings becomes a model file, and the nginx module
ngx_http_keyauth_module answers from it whose typing a sample is, and whether
it is who they say.  This command trains, measures and looks into such files.

$options
END

for my $command ($commands =~ /^  (\w+)/mg) {
    my ($call, $rest) = help($command);

    $rest =~ s/^ {2,6}(?:-h, --help|--version)\b.*\n//mg;
    print ".SS keyauth $command\n",
          join("\n.br\n", map { usage($_) } split /\n +(?=keyauth )/, $call),
          "\n.PP\n", body($rest);
}

print ".SH EXIT STATUS\n", roff($status), "\n", <<'END';
.SH FILES
.TP
\fI/etc/keyauth/keyauth.model\fP
the model file that Debian's configuration of the module names
.SH EXAMPLES
.EX
keyauth train \-\-data typing.csv \-\-out models
keyauth inspect models/keyauth.model
keyauth evaluate \-\-data typing.csv \-\-report report
keyauth train \-\-data typing.csv \-\-forget 42 \-\-out models
.EE
.SH SEE ALSO
.BR nginx (8)
END
