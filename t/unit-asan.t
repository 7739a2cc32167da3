#!/usr/bin/perl

# The C tests again, under AddressSanitizer and UndefinedBehaviorSanitizer.

use strict;
use warnings;

use lib 't/lib';
use Flatten;

$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';
$ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';

Flatten::run(map { [m{([^/]+)$}, $_] } sort glob 'build/asan/t/test_*');
Flatten::result($Flatten::count > 0, 'C tests are built (make tests)');
Flatten::done();
