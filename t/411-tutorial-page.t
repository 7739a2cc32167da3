#!/usr/bin/perl

# The page of docs/tutorial.md in a browser, behind its nginx and before its
# application: t/browser/tutorial/login.mjs asks.

use strict;
use warnings;

use lib 't/lib';
use Flatten;
use Keyauth;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use Time::HiRes qw(sleep time);


sub skip {
    my ($why) = @_;

    print "1..0 # SKIP $why\n";
    exit 0;
}


skip('no build/npm/installed: t/install-npm.sh gets what is needed')
    if !-f 'build/npm/installed';
skip('ports 8000, 8081 and 8082 are taken')
    if grep { IO::Socket::INET->new("127.0.0.1:$_") } 8000, 8081, 8082;

my $dir = tempdir('keyauth-XXXXXX', TMPDIR => 1, CLEANUP => 1);

# as the tutorial has it, with a model of the tests'
chmod 0755, $dir;
system("mkdir -p $dir/build/tutorial && cp -r conf docs $dir"
       . " && cp $Keyauth::MODULE $dir/build"
       . " && cp $Keyauth::MODEL $dir/build/tutorial"
       . " && build/keyauth key store "
       . "--file $dir/build/tutorial/store.key") == 0
    or die "cp failed\n";

my $user = $> == 0 ? "-g 'user www-data;'" : '';
my $app = fork() // die "fork: $!";

exec 'python3', "$dir/docs/tutorial/app.py" or die "exec: $!" if !$app;

system("$ENV{TEST_NGINX_BINARY} -p $dir/ -c docs/tutorial/nginx.conf $user")
    == 0 or die "nginx failed\n";

END {
    if ($app) {
        local $?;
        kill 'TERM', $app;
        kill 'TERM', `cat $dir/build/tutorial/nginx.pid` =~ /(\d+)/;
        waitpid $app, 0;
    }
}

my $end = time() + 60;
sleep 0.05 until IO::Socket::INET->new('127.0.0.1:8000') || time() > $end;

my $row = (Keyauth::rows())[9];
my $claim = Keyauth::claim($row->[0], $row);
my $other = $row->[0] == 3 ? 4 : 3;

Flatten::run(['login', 'node', 't/browser/tutorial/login.mjs',
              'http://127.0.0.1:8081/', $claim, $other]);
Flatten::done();
