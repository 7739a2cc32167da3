#!/usr/bin/perl

# A worker that ends, at a reload or a stop, while its writer waits: requests
# are answered, unless the stop is a fast one, and what was accepted is learned.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;
use KeyauthStore;

use File::Temp qw(tempdir);
use Test::More;

plan skip_all => 'another nginx brings a preloaded library of its own'
    if $ENV{KEYAUTH_TEST_ASAN} || $ENV{TEST_NGINX_BINARY} ne '/usr/sbin/nginx';

my @rows = Keyauth::rows();
my $dir = tempdir(CLEANUP => 1);
my $hold = KeyauthStore::hold($dir);

chmod 0755, $dir;
ok($hold, 'a library that holds a writer');
is(system("$Keyauth::BUILD/keyauth key store --file $dir/key"), 0,
   'a key is made');

my $server = KeyauthServer->new(
    main => 'worker_processes 1;',
    http => "keyauth_model $Keyauth::MODEL;\n"
            . "keyauth_store $dir/store key=$dir/key map_size=16m;\n",
    server => 'location = /verify { keyauth_verify; keyauth_learn on; }
               location = /enrol { keyauth_enrol; }',
    env => "env LD_PRELOAD=$hold.so");

ok($server->start(), 'starts');

# the same recordings each time
srand 1;


sub ask {
    return KeyauthStore::ask($server->{port}, @_);
}


sub body {
    my ($user) = @_;

    return qq({"UserID":"$user","Samples":[)
           . join(',', map { '{' . KeyauthStore::typed($rows[$_]) . '}' }
                       0 .. 3) . ']}';
}


# accepted claims of ann, while a writer is held
sub claims {
    my ($claims) = @_;
    my $accepted = 0;

    for my $n (1 .. 20) {
        my (undef, $content)
            = ask('POST', '/verify', '{"UserID":"ann","FAR":0.2,'
                  . KeyauthStore::typed($rows[$n % 4]) . '}');
        $accepted++ if $content =~ /"Accepted":true/;
        last if $accepted == $claims;
    }

    return $accepted;
}


# the one worker that answers requests
sub ready {
    my @workers;

    $server->wait_for(sub {
        @workers = $server->workers();
        return @workers == 1 && $server->listens();
    }) or die;

    return $workers[0];
}


sub templates {
    return KeyauthStore::stored("$dir/store", "$dir/key");
}


is((ask('POST', '/enrol', body('ann')))[0], 201, 'ann enrols');
my $have = 4;

# TERM: of the worker alone, as the master waits for about a second only

my %says = (HUP => 'gracefully shutting', TERM => 'exiting',
            QUIT => 'gracefully shutting');

for my $signal (qw(HUP TERM QUIT)) {
    my $user = "bob$signal";
    my $worker = ready();

    open my $on, '>', "$hold/on" or die $!;
    close $on;

    my $socket = $server->listens() or die;
    my $body = body($user);
    print $socket "POST /enrol HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        . "Content-Type: application/json\r\nContent-Length: "
        . length($body) . "\r\n\r\n$body";
    $socket->flush();
    ok($server->wait_for(sub { -e "$hold/held" }), 'a writer is busy');
    is(claims(3), 3, 'claims are accepted meanwhile');

    $signal eq 'TERM' ? kill('TERM', $worker) : $server->signal($signal);
    ok($server->wait_for(sub {
        $server->slurp('error.log') =~ / $worker#\d+: $says{$signal}/
    }), "$signal: the worker is to end");
    unlink "$hold/on", "$hold/held";

    like(do { local $/; <$socket> } // '',
         $signal eq 'TERM' ? qr/^$/ : qr{^HTTP/1.1 201},
         'what waited is answered, but at a fast stop');
    close $socket;
    ok($server->wait_for(sub { KeyauthServer::ended($worker) }), 'it ends');

    my %templates = templates();
    is($templates{$user}, 4, "$user has enrolled");
    is($templates{ann}, $have += 3, 'what was accepted is learned');
}

unlike($server->slurp('error.log'), qr/\[(?:alert|emerg|crit|error)\]/,
       'no error in the log');

done_testing();
