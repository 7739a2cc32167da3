#!/usr/bin/perl

# A new model without a reload: every worker swaps it in between two requests,
# a request that has begun keeps its model, no connection is lost; a file that
# is not whole, or not trusted, changes nothing and is counted.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use File::Copy qw(copy);
use Test::More;

my $body = Keyauth::timings('RF', (Keyauth::rows())[9]);
my ($one, $two) = map { Keyauth::answer($body, $_) }
                      $Keyauth::MODEL, $Keyauth::OTHER;
my ($id_one, $id_two) = map { Keyauth::id($_) }
                            $Keyauth::MODEL, $Keyauth::OTHER;

my $server = KeyauthServer->new(
    main => 'worker_processes 2;',
    http => 'keyauth_model served.model; keyauth_zone counters:128k;'
            . 'log_format user "$keyauth_user";',
    location => 'keyauth_shadow FUSION; access_log user.log user;',
    server => 'location = /metrics { keyauth_metrics; }'
              . 'location = /card { keyauth_card; }'
              . 'location = /ready { keyauth_health ready; }'
);
my $path = "$server->{dir}/served.model";


sub write_model {
    my ($change) = @_;

    open my $in, '<:raw', $Keyauth::MODEL or die "$Keyauth::MODEL: $!";
    my $data = do { local $/; <$in> };

    $change->(\$data);

    open my $out, '>:raw', "$path.new" or die "$path: $!";
    print $out $data;
    close $out or die "$path: $!";
    rename "$path.new", $path or die "$path: $!";

    return;
}


# by both workers, of which the kernel chooses one for each connection
sub swaps {
    my ($result) = @_;

    return $server->metrics()
                  ->{qq!keyauth_model_swaps_total{result="$result"}!} // -1;
}


sub swapped {
    my ($model, $id) = @_;
    my $before = swaps('done');

    $server->serve($model);

    return $server->wait_for(sub { swaps('done') == $before + 2 });
}


sub answers {
    my ($answer, $id, $name) = @_;

    for (1 .. 8) {
        my ($status, $got, $head) = $server->post($body);

        if ($got ne $answer || $head !~ /^Keyauth-Model: $id\r?$/m) {
            return is($head . $got, "$id $answer", $name);
        }
    }

    return pass($name);
}


# one connection, request after request
sub ask {
    my ($socket) = @_;

    print $socket Keyauth::post($body, 'Connection: keep-alive');
    return answer($socket);
}


sub answer {
    my ($socket) = @_;
    my ($head, $content) = ('', '');

    while (<$socket>) {
        $head .= $_;
        last if $_ eq "\r\n";
    }

    $head =~ /^Content-Length: (\d+)/mi or return '';
    read $socket, $content, $1;

    return ($head =~ /^Keyauth-Model: (\w+)/m ? $1 : '') . " $content";
}


isnt($id_one, $id_two, 'two models');

$server->serve($Keyauth::MODEL);
ok($server->start(), 'starts');
ok($server->wait_for(sub { ($server->get('/ready'))[0] == 200 }), 'ready');
answers($one, $id_one, 'first model');

my @workers = $server->workers();
my $alive = $server->listens();
is(ask($alive), "$id_one $one", 'a connection is kept alive');


# with a request half sent

my ($pending, $rest) = $server->begin($body);

ok(swapped($Keyauth::OTHER), 'both workers take a new file');
answers($two, $id_two, 'and answer by it');
is(ask($alive), "$id_two $two", 'the connection goes on');
like(($server->get('/card'))[2], qr/^Keyauth-Model: $id_two\r?$/m, 'card');
like(join(' ', keys %{$server->metrics()}),
     qr/keyauth_model_info\{digest="$id_two"/, 'metrics');

print $pending $rest;
$pending->flush();
my $old = do { local $/; <$pending> };
close $pending;
like($old, qr/^Keyauth-Model: $id_one\r?$/m,
     'a request that came before is answered by the old model');
like($old, qr/\r\n\r\n\Q$one\E$/, 'and as it should be');

is_deeply([$server->workers()], \@workers, 'by the same workers');


# what was served already

my $done = swaps('done');
utime 1, 1, $path;
$server->serve($Keyauth::OTHER);


# files that must not be served

my $few = "$Keyauth::BUILD/t/few-swap";
system("mkdir -p $few && $Keyauth::BUILD/keyauth train --models RF"
       . " --data $Keyauth::BUILD/t/one/data.csv --out $few >$few/log 2>&1");

my $refused = swaps('refused');
my @bad = (
    ['cut to nothing', sub { write_model(sub { ${$_[0]} = '' }) }],
    ['one byte short', sub { write_model(sub { chop ${$_[0]} }) }],
    ['a bit flipped',
     sub { write_model(sub { vec(${$_[0]}, 80_001, 1) ^= 1 }) }],
    ['absent', sub { unlink $path }],
    ['a folder', sub { mkdir $path }],
    ['a link to nowhere', sub { rmdir $path; symlink '/nonexistent', $path }],
    ['a loop', sub { unlink $path; symlink $path, $path }],
    ['a file whose known answers are false', sub {
        Keyauth::false_witness($Keyauth::MODEL, "$path.new");
        rename "$path.new", $path or die "$path: $!";
    }],
    ['without the model in the shadow', sub {
        copy("$few/keyauth.model", "$path.new") or die $!;
        rename "$path.new", $path or die "$path: $!";
    }],
);

for my $case (@bad) {
    my ($name, $break) = @$case;
    my $size = -s "$server->{dir}/error.log";

    $break->();

    ok($server->wait_for(sub { swaps('refused') >= $refused + 2 }),
       "$name: refused");
    $refused = swaps('refused');
    like(substr($server->slurp('error.log'), $size),
         qr/\[error\] .*: cannot use new model "\Q$path\E": .*; model $id_two/,
         "$name: logged");
    answers($two, $id_two, "$name: the old model serves");
}

is(swaps('done'), $done, 'none was taken, nor a file that was served already');
is(ask($alive), "$id_two $two", 'the connection goes on');

ok(swapped($Keyauth::MODEL), 'a good file again');
answers($one, $id_one, 'is taken');


# a worker that is started again begins with what the master has read

ok(swapped($Keyauth::OTHER), 'before a worker is killed');
close $alive;
kill 'KILL', $workers[0];
ok($server->wait_for(sub {
       my @new = $server->workers();
       return @new == 2 && !grep { $_ == $workers[0] } @new;
   }), 'a killed worker is replaced');
ok($server->wait_for(sub { $server->slurp('error.log') =~ /
       \#\d+:\ keyauth:\ model\ $id_two\ of\ \d+\ users\ replaces\ $id_one
       .*\n(?!.*replaces)/sx && swaps('done') == $done + 5 }),
   'and takes the file of today');
answers($two, $id_two, 'which it serves');


# memory, and a connection through all of it

$alive = $server->listens();
ok(swapped($Keyauth::MODEL), 'before counting');

my @before = map { $server->resident($_) } $server->workers();
my ($lost, $n) = (0, 0);

for (1 .. 15) {
    swapped($Keyauth::OTHER) && swapped($Keyauth::MODEL) or last;
    $lost += ask($alive) ne "$id_one $one";
    $n += 2;
}

my @after = map { $server->resident($_) } $server->workers();

is($n, 30, '30 swaps');
is($lost, 0, 'one connection is answered by the new one after each');

SKIP: {
    skip 'AddressSanitizer keeps what is freed', 1 if $ENV{KEYAUTH_TEST_ASAN};

    my $size = (-s $Keyauth::MODEL) / 1024;
    my ($most) = sort { $b <=> $a } map { $after[$_] - $before[$_] } 0, 1;
    cmp_ok($most, '<', 5 * $size,
           "no worker keeps the old ones (@before to @after KiB)");
}


# a reload is as it was

$server->serve($Keyauth::OTHER);
ok($server->reload(), 'reloads');
answers($two, $id_two, 'to the new file');

my ($user) = $two =~ /"UserID":"?([^",]+)/;
ok($server->wait_for(sub { $server->slurp('user.log') =~ /(\S+)\n\z/
                           && $1 eq $user }),
   'variables are of the model that answered');
unlike($server->slurp('error.log'),
       qr/\[(emerg|crit|alert)\](?!.* exited on signal 9)/, 'no alert');
$server->stop();


# from not ready to ready, and signatures

{
    my $trusting = KeyauthServer->new(
        main => 'worker_processes 1;',
        http => 'keyauth_model served.model watch=10ms;'
                . 'keyauth_zone counters:64k;',
        server => 'location = /metrics { keyauth_metrics; }'
                  . 'location = /ready { keyauth_health ready; }'
    );

    $server = $trusting;
    $path = "$server->{dir}/served.model";
    Keyauth::false_witness($Keyauth::MODEL, $path);

    ok($server->start(), 'starts with models that fail their test');
    ok($server->wait_for(sub { ($server->get('/ready'))[0] == 503 }),
       'is not ready');
    $server->serve($Keyauth::MODEL);
    ok($server->wait_for(sub { ($server->get('/ready'))[0] == 200 }),
       'is ready with a good file');
    answers($one, $id_one, 'which it serves');
    $server->stop();

    $server->{http} .= Keyauth::trusted_key('trusted');
    $server->configure();
    write_model(sub { Keyauth::sign(${$_[0]}, 'trusted') });
    ok($server->start(), 'starts with a signed file');
    answers($one, my $id = Keyauth::id($path), 'which it serves');

    $refused = swaps('refused');

    for my $case (['unsigned', sub { Keyauth::digest(${$_[0]}) }],
                  ['signed by a stranger',
                   sub { Keyauth::sign(${$_[0]}, 'stranger') }])
    {
        write_model($case->[1]);
        ok($server->wait_for(sub { swaps('refused') == $refused + 1 }),
           "$case->[0]: refused");
        $refused++;
        answers($one, $id, "$case->[0]: the old model serves");
    }
}


# a file that only root reads

SKIP: {
    skip 'only root has workers of another user', 6 if $>;

    $server->stop();
    $server = KeyauthServer->new(
        main => 'worker_processes 1; user nobody nogroup;',
        http => 'keyauth_model served.model watch=10ms;'
                . 'keyauth_zone counters:64k;',
        server => 'location = /metrics { keyauth_metrics; }'
    );
    $path = "$server->{dir}/served.model";
    $server->serve($Keyauth::MODEL);
    ok($server->start(), 'starts with another user');

    copy($Keyauth::OTHER, "$path.new") or die "$path: $!";
    chmod 0600, "$path.new";
    rename "$path.new", $path or die "$path: $!";
    ok($server->wait_for(sub { $server->slurp('error.log') =~
           /\[warn\] .*cannot read new model "\Q$path\E": it needs a reload/
       }), 'a file for root alone: says so');
    answers($one, $id_one, 'and serves on');
    is(swaps('refused'), 0, 'it is no bad file');

    chmod 0644, $path;
    ok($server->wait_for(sub { swaps('done') == 1 }),
       'with the right to read it, it is taken');
    answers($two, $id_two, 'and serves');
}


# off

{
    $server = KeyauthServer->new(
        main => 'worker_processes 1;',
        http => 'keyauth_model served.model watch=off;'
    );
    $path = "$server->{dir}/served.model";
    $server->serve($Keyauth::MODEL);
    ok($server->start(), 'starts without a watch');
    $server->serve($Keyauth::OTHER);
    select undef, undef, undef, 0.5;
    answers($one, $id_one, 'a new file waits for a reload');
    $server->stop();

    for my $parameter (qw(watch=0 watch= watch=soon wait=1s)) {
        $server->configure(http => "keyauth_model served.model $parameter;");
        like($server->check(), qr/invalid parameter "\Q$parameter\E"/,
             $parameter);
    }
}

done_testing();
