#!/usr/bin/perl

# The engine's and the trainer's C tests.

use strict;
use warnings;

use lib 't/lib';
use Flatten;

$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';

Flatten::run(map { [m{([^/]+)$}, $_] } sort glob 'build/t/test_*');
Flatten::result($Flatten::count > 0, 'C tests are built (make tests)');
Flatten::done();
