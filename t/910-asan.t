#!/usr/bin/perl

# The tests of the module again, with a module built for AddressSanitizer and
# UndefinedBehaviorSanitizer in Debian's own nginx.

use strict;
use warnings;

use lib 't/lib';
use Flatten;

use Cwd qw(getcwd);

my $build = getcwd() . '/build';
my $report = "$build/t/sanitizer";

chomp(my $asan = `gcc -print-file-name=libasan.so`);
unlink glob "$report.*";

# an error of nginx's own pools is none of ours to find: no leaks
my %env = (
    ASAN_OPTIONS => "detect_leaks=0:log_path=$report",
    UBSAN_OPTIONS => "print_stacktrace=1:log_path=$report",
);

$ENV{TEST_NGINX_LOAD_MODULES} = "$build/asan/ngx_http_keyauth_module.so";
$ENV{TEST_NGINX_BINARY} = "$build/t/nginx-asan";
$ENV{TEST_NGINX_TIMEOUT} = 10;
$ENV{KEYAUTH_TEST_TIMEOUT} = 60;
$ENV{KEYAUTH_TEST_ASAN} = 1;

open my $fh, '>', $ENV{TEST_NGINX_BINARY} or die "$build/t: $!";
print $fh "#!/bin/sh\n", map({ "export $_='$env{$_}'\n" } sort keys %env),
          "export LD_PRELOAD=$asan\nexec /usr/sbin/nginx \"\$@\"\n";
close $fh or die "$build/t: $!";
chmod 0755, $ENV{TEST_NGINX_BINARY};

Flatten::run(map { [$_, $^X, $_] }
             Flatten::using(qr/^use (?:Test::Nginx|KeyauthServer)/m));

my @reports = glob "$report.*";

for my $name (@reports) {
    open my $in, '<', $name or next;
    print STDERR map { "# $_" } grep { $. <= 60 } <$in>;
}

Flatten::result(!@reports, 'the sanitizers have nothing to report');
Flatten::done();
