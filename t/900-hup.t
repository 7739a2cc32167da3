#!/usr/bin/perl

# The Test::Nginx files again, with a master that reloads its configuration
# between their blocks instead of starting afresh: what a worker, a cycle or
# the master keeps too long shows here.

use strict;
use warnings;

use lib 't/lib';
use Flatten;

$ENV{TEST_NGINX_USE_HUP} = 1;

Flatten::run(map { [$_, $^X, $_] } sort glob 't/0[1-5]*.t t/070*.t');
Flatten::done();
