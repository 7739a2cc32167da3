#!/usr/bin/perl

# The Test::Nginx files again, with a master that reloads its configuration
# between their blocks instead of starting afresh: what a worker, a cycle or
# the master keeps too long shows here.

use strict;
use warnings;

use lib 't/lib';
use Flatten;

$ENV{TEST_NGINX_USE_HUP} = 1;

Flatten::run(map { [$_, $^X, '-It/lib', '-MReloaded', $_] }
             Flatten::using(qr/^use Test::Nginx(?!.*must_die)/ms));
Flatten::done();
