#!/usr/bin/perl

# Workers: one without the right to open the model serves it, one that dies
# is replaced, one whose models fail their test answers 503 and lives on, and
# nginx's helpers load nothing.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use File::Copy qw(copy);
use Test::More;

my $body = Keyauth::summary('RF');
my $answer = Keyauth::answer($body);


# how many workers have said that they are ready
sub ready {
    my ($server) = @_;

    my @lines = $server->slurp('error.log') =~ /users ready in \d+ ms/g;
    return scalar @lines;
}


# unprivileged, and the model where only root may look

SKIP: {
    skip 'only root has workers of another user', 10 if $>;

    my $server = KeyauthServer->new(
        main => 'worker_processes 2; user nobody nogroup;',
        http => 'keyauth_model secret/keyauth.model;'
    );
    my $dir = "$server->{dir}/secret";

    mkdir $dir, 0700 or die "$dir: $!";
    copy($Keyauth::MODEL, "$dir/keyauth.model") or die "$dir: $!";
    chmod 0600, "$dir/keyauth.model";

    ok($server->start(), 'starts');

    # the master may log a start after the worker is ready

    ok($server->wait_for(sub { ready($server) == 2
                               && $server->workers() == 2 }), 'two workers');

    my @workers = $server->workers();
    is_deeply([map { (stat "/proc/$_")[4] } @workers],
              [(scalar getpwnam 'nobody') x 2], 'of user nobody');

    is(($server->post($body))[1], $answer, 'a worker without the right to '
       . 'open the model serves it');


    # a worker that comes after the file has gone

    unlink "$dir/keyauth.model";
    kill 'KILL', @workers;

    ok($server->wait_for(sub {
           my %new = map { $_ => 1 } $server->workers();
           return keys %new == 2 && !grep { $new{$_} } @workers;
       }), 'killed workers are replaced');

    is(($server->post($body))[1], $answer, 'the new ones serve') for 1 .. 4;

    $server->wait_for(sub { ready($server) >= 4 });
    is(ready($server), 4, 'each worker says once that it is ready');
}


# a model whose test fails in the worker

{
    my $server = KeyauthServer->new(
        main => 'worker_processes 1;',
        http => 'keyauth_model served.model;',
        server => 'location = /else { return 200 else; }'
                  . 'location = /header { keyauth_verify header; }'
    );
    my $path = "$server->{dir}/served.model";

    Keyauth::false_witness($Keyauth::MODEL, $path);

    is($server->check(), '', 'nginx -t finds the file whole');
    ok($server->start(), 'starts with models that fail their test');

    my ($status, $problem, $head) = $server->post($body);
    my @workers = $server->workers();
    is($status, 503, 'answers 503');
    like($problem, qr/^\{"type":"urn:keyauth:problem:not-ready",/,
         'says why');
    like($head, qr{^Content-Type: application/problem\+json\r?$}m,
         'media type');

    is(($server->get('/header'))[0], 503, 'a claim in a header, too');

    my $socket = $server->listens();
    print $socket "GET /else HTTP/1.0\r\n\r\n";
    like(do { local $/; <$socket> }, qr/\r\n\r\nelse$/, 'the rest serves');

    is_deeply([$server->workers()], \@workers, 'the worker lives');
    like($server->slurp('error.log'),
         qr/\[emerg\] .*keyauth: models of "\Q$path\E" are not ready: known/,
         'the log says so');

    copy($Keyauth::MODEL, "$path.new") or die "$path: $!";
    rename "$path.new", $path or die "$path: $!";
    $server->signal('HUP');

    ok($server->wait_for(sub { ($server->post($body))[0] == 200 }),
       'serves after a reload to a good model');
}


# cache manager and cache loader

{
    my $server = KeyauthServer->new(
        main => 'worker_processes 1;',
        http => "keyauth_model $Keyauth::MODEL; "
                . 'proxy_cache_path cache keys_zone=cache:1m;'
    );

    ok($server->start(), 'starts with a cache');
    is(($server->post($body))[1], $answer, 'serves');

    is(ready($server), 1, 'the helpers load no model');
}


# no model configured: the module is loaded and asleep

{
    my $server = KeyauthServer->new(main => 'worker_processes 1;');
    my $conf = $server->slurp('nginx.conf');

    $conf =~ s/keyauth_predict;/return 204;/;
    open my $fh, '>', "$server->{dir}/nginx.conf" or die;
    print $fh $conf;
    close $fh;

    ok($server->start(), 'starts without a model');
    is(($server->post($body))[0], 204, 'serves');
    unlike($server->slurp('error.log'), qr/keyauth:/, 'says nothing');
}


# master_process off

{
    my $server = KeyauthServer->new(
        alone => 1,
        http => "keyauth_model $Keyauth::MODEL;"
    );

    ok($server->start(), 'starts without a master');
    is(($server->post($body))[1], $answer, 'serves');


    # nginx itself accepts no connection after a reload without a master: a
    # first answer shows that this one has been

    my $socket = $server->listens();
    print $socket "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    while (<$socket>) { last if $_ eq "\r\n" }

    # a connection wakes it, should the signal have come just before it waits
    $server->signal('HUP');
    ok($server->wait_for(sub {
           $server->listens();
           $server->slurp('error.log') =~ /reconfiguring\n/
       }), 'reloads');

    is(($server->post($body, $socket))[1], $answer,
       'a connection from before a reload is answered');
    ok(kill(0, $server->pid()), 'lives');

    close $socket;
    is($server->stop(), 0, 'ends well');
}

done_testing();
