#!/usr/bin/perl

# The tests of the module again, with a module built for AddressSanitizer and
# UndefinedBehaviorSanitizer in Debian's own nginx.

use strict;
use warnings;

use lib 't/lib';
use Another;

my $reports = "$Another::BUILD/t/sanitizer.";

chomp(my $asan = `gcc -print-file-name=libasan.so`);

$ENV{KEYAUTH_TEST_ASAN} = 1;

Another::run(
    name => 'asan-module',
    binary => '/usr/sbin/nginx',
    module => "$Another::BUILD/asan/ngx_http_keyauth_module.so",
    env => { %{ Another::sanitizers($reports) }, LD_PRELOAD => $asan },
    reports => $reports,
);
