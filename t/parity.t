#!/usr/bin/perl

# The kernels' answers against libsvm's and XGBoost's own, on a million rows
# each; apart from t/unit.t, as they take longer than all other C tests.

use strict;
use warnings;

use lib 't/lib';
use Flatten;


$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';

Flatten::run(map { [m{([^/]+)$}, $_] } sort glob 'build/t/test_parity_*');
Flatten::result($Flatten::count > 0, 'C tests are built (make tests)');
Flatten::done();
