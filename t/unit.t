#!/usr/bin/perl

# The engine's and the trainer's C tests, but for those of t/parity.t.

use strict;
use warnings;

use lib 't/lib';
use Flatten;

$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';

Flatten::run(map { [m{([^/]+)$}, $_] }
             grep { !/parity/ } sort glob 'build/t/test_*');
Flatten::result($Flatten::count > 0, 'C tests are built (make tests)');
Flatten::done();
