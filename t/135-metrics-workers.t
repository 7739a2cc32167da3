#!/usr/bin/perl

# Metrics of several workers: under many clients, reloads, more workers and
# fewer, no request is lost or counted twice; of a worker that is killed only
# what it was at is.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use POSIX ();
use Test::More;

my $clients = 4;
my $body = Keyauth::summary('RF');
my $series = 'keyauth_requests_total'
             . '{endpoint="predict",model="RF",status="200"}';

my %conf = (
    http => "keyauth_model $Keyauth::MODEL; keyauth_zone counters:128k;",
    server => 'location = /metrics { keyauth_metrics; }'
              . 'location = /ready { keyauth_health ready; }',
);

my $server = KeyauthServer->new(%conf, main => 'worker_processes 2;');
ok($server->start(), 'starts');
ok($server->wait_for(sub { $server->workers() == 2 }), 'two workers');


# forks clients; each sends until it is stopped, and says how many it
# sent and how many of them were answered 200
sub clients {
    return map {
        pipe my $from, my $to or die "pipe: $!";
        my $pid = fork // die "fork: $!";

        if (!$pid) {
            run_client($to);
            POSIX::_exit(0);
        }

        close $to;
        [$pid, $from]
    } 1 .. $clients;
}


sub run_client {
    my ($to) = @_;
    my ($sent, $good, $stop) = (0, 0, 0);

    local $SIG{TERM} = sub { $stop = 1 };
    local $SIG{PIPE} = 'IGNORE';

    until ($stop) {
        my $socket = $server->listens() or next;

        $sent++;
        print $socket Keyauth::post($body);
        my $answer = do { local $/; <$socket> } // '';
        $good++ if $answer =~ m{^HTTP/1.1 200 };
    }

    print $to "$sent $good";
    close $to;

    return;
}


sub stop_clients {
    my ($sent, $good) = (0, 0);

    kill 'TERM', map { $_->[0] } @_;

    for my $client (@_) {
        my ($pid, $from) = @$client;
        my ($s, $g) = split ' ', <$from>;

        $sent += $s;
        $good += $g;
        waitpid $pid, 0;
    }

    return ($sent, $good);
}


# clients were answered 25 times more; more are on their way
sub busy {
    my $now = $server->metrics()->{$series} // 0;

    return $server->wait_for(sub {
        ($server->metrics()->{$series} // 0) >= $now + 25
    });
}


sub settled {
    my ($n) = @_;
    my $got;

    $server->wait_for(sub {
        $got = $server->metrics()->{$series} // 0;
        $got >= $n
    });

    return $got;
}



my $total = 0;

for my $workers (2, 4, 1, 2) {
    my @clients = clients();

    ok(busy(), 'clients are busy');
    $server->configure(%conf, main => "worker_processes $workers;");

    my $old = join ',', $server->workers();

    $server->signal('HUP');
    ok($server->wait_for(sub {
           my @now = $server->workers();
           @now == $workers && !grep { index(",$old,", ",$_,") >= 0 } @now
       }), "reloads to $workers workers");

    ok(busy(), 'clients are busy');

    my ($sent, $good) = stop_clients(@clients);

    is($good, $sent, 'no request was lost');

    $total += $sent;
    is(settled($total), $total, "all $total requests are counted");
}

ok($server->wait_for(sub { ($server->get('/ready'))[0] == 200 }), 'ready');


# a worker that is killed: its counters stay

my @clients = clients();
my $kills = 2;

for (1 .. $kills) {
    ok(busy(), 'clients are busy');
    my @workers = $server->workers();
    kill 'KILL', $workers[0];
    $server->wait_for(sub {
        my @now = $server->workers();
        @now == 2 && !grep { $_ == $workers[0] } @now
    });
}

ok(busy(), 'clients are busy');

my ($sent, $good) = stop_clients(@clients);

# an answer may have gone before it was counted
my $got = settled($total + $good - $kills);

cmp_ok($sent - $good, '<=', $kills * $clients,
       'only what a killed worker was at is lost');
cmp_ok($got, '>=', $total + $good - $kills, 'what was answered is counted');
cmp_ok($got, '<=', $total + $sent, 'and nothing twice');
ok($server->wait_for(sub { $server->metrics()->{keyauth_ready} }),
   'ready again');

unlike($server->slurp('error.log'), qr/\[emerg\]/, 'no emergency');
$server->stop();


# more workers than slots: 64k have seven; a reload is refused

$server = KeyauthServer->new(%conf, main => 'worker_processes 2;',
    http => "keyauth_model $Keyauth::MODEL; keyauth_zone counters:64k;");
ok($server->start(), 'starts with a small zone');
ok($server->wait_for(sub { $server->workers() == 2 }), 'two workers');

$server->configure(main => 'worker_processes 9;');
$server->signal('HUP');
ok($server->wait_for(sub { $server->slurp('error.log') =~ /is too small for/ }),
   'more workers than it has slots are refused');
is(($server->post($body))[0], 200, 'the old workers go on');
ok($server->wait_for(sub {
       $server->metrics()->{keyauth_reloads_refused_total} == 1
   }), 'and that is counted');
$server->stop();


# without a master, and beside nginx's helpers

$server = KeyauthServer->new(%conf, main => 'worker_processes 2;',
    http => "$conf{http} proxy_cache_path cache keys_zone=cache:1m;");
ok($server->start(), 'starts with a cache');
ok($server->wait_for(sub { $server->metrics()->{keyauth_ready} }),
   'helpers are no workers');
is(($server->post($body))[0], 200, 'serves');
is(settled(1), 1, 'counts');
$server->stop();

$server = KeyauthServer->new(%conf, alone => 1);
ok($server->start(), 'starts without a master');
is(($server->post($body))[0], 200, 'serves');
is(settled(1), 1, 'counts');
is($server->metrics()->{keyauth_ready}, 1, 'ready');

done_testing();
