#!/usr/bin/perl

# The clients of docs/clients, against a live server and against one that
# fails first (t/lib/clients.py).

use strict;
use warnings;

use lib 't/lib';
use Flatten;
use Keyauth;
use KeyauthServer;

my $python = '/usr/bin/python3';


if (system("$python -c 'import aiohttp, requests' 2>/dev/null") != 0
    || !grep { -x "$_/go" } split /:/, $ENV{PATH})
{
    print "1..0 # SKIP no $python with aiohttp and requests, or no go "
          . "(conf/install.sh test)\n";
    exit 0;
}

my $dir = File::Temp::tempdir(CLEANUP => 1);

chmod 0755, $dir;
system("build/keyauth key store --file $dir/key") == 0 or die "no key\n";

my $server = KeyauthServer->new(
    http => "keyauth_model $Keyauth::MODEL;"
            . "keyauth_store $dir/store key=$dir/key map_size=16m;",
    server => 'location = /enrol { keyauth_enrol; }
               location = /verify { keyauth_verify; }');

$server->start() or die "no server\n";

Flatten::run(['clients', $python, '-B', 't/lib/clients.py',
              "http://127.0.0.1:$server->{port}/predict", $server->{dir}]);
Flatten::done();
