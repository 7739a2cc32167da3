#!/usr/bin/perl

# The tests of the module with another nginx than this machine's:
#
#     t/prove.sh t/another.pl :: trixie|sid|asan|valgrind|coverage [TEST.t ...]
#
# Without files it runs all that ask a server.  make test-trixie, test-newest,
# test-asan, test-valgrind and coverage build what it needs.

use strict;
use warnings;

use lib 't/lib';
use Another;

my $build = $Another::BUILD;
my $module = 'ngx_http_keyauth_module.so';
my ($name, @files) = (@ARGV ? @ARGV : '');
my $reports = "$build/t/report-$name.";

my %another = (
    (map { $_ => { binary => "$build/debian/$_/nginx",
                   module => "$build/debian/$_/$module" } } qw(trixie sid)),

    asan => {
        binary => "$build/nginx/asan/nginx",
        module => "$build/nginx/asan/$module",
        env => Another::sanitizers($reports),
        reports => $reports,
    },

    valgrind => {
        binary => "$build/nginx/valgrind/nginx",
        module => "$build/nginx/valgrind/$module",
        before => 'valgrind --quiet --leak-check=full'
                  . ' --show-possibly-lost=no'
                  . " --suppressions=$build/../t/valgrind.suppress"
                  . " --log-file=$reports%p",
        reports => $reports,
    },

    coverage => {
        binary => '/usr/sbin/nginx',
        module => "$build/gcov/$module",
        first => 'umask 0',             # nobody adds to what root began
    },
);

my $another = $another{$name}
              or die "usage: another.pl ", join('|', sort keys %another), "\n";

$ENV{KEYAUTH_TEST_ASAN} = 1 if $name =~ /^(?:asan|valgrind)$/;

# where there is one, it speaks HTTP/3
$ENV{KEYAUTH_CURL} = "$build/debian/$name/curl"
    if -x "$build/debian/$name/curl";

Another::run(name => $name, files => \@files, %$another);
