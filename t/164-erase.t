#!/usr/bin/perl

# Compaction while nginx runs: a store that is replaced, or that others make
# larger than nginx may, answers on, also while its writer is busy; and who is
# forgotten by a request is erased by nginx's own timer, byte for byte.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;
use KeyauthStore;

use Digest::SHA qw(hmac_sha256);
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(sleep);

my $piece = 12;             # bytes that no file has by chance

my @rows = Keyauth::rows();
my $dir = tempdir(CLEANUP => 1);
my $keyauth = "$Keyauth::BUILD/keyauth";
my $hold;
my $server;

chmod 0755, $dir;
is(system("$keyauth key store --file $dir/key"), 0, 'a key is made');


sub start {
    my ($store, $compact, %more) = @_;
    my $map = delete $more{map} // '16m';

    $server = KeyauthServer->new(
        main => 'worker_processes 1;',
        http => "keyauth_model $Keyauth::MODEL;\n"
                . "keyauth_store $dir/$store key=$dir/key map_size=$map"
                . " compact=$compact;\nkeyauth_zone counters:1m;\n",
        server => 'location = /verify { keyauth_verify; }
                   location = /enrol { keyauth_enrol; }
                   location = /metrics { keyauth_metrics; }',
        %more);

    return ok($server->start(), 'starts');
}


sub ask {
    return KeyauthStore::ask($server->{port}, @_);
}


sub body {
    my ($user, $samples) = @_;

    return qq({"UserID":"$user","Phrase":"p","Samples":[)
           . join(',', map { '{' . KeyauthStore::typed($rows[$_]) . '}' }
                       1 .. $samples) . ']}';
}


sub enrol {
    my ($user, $samples) = @_;

    return (ask('POST', '/enrol', body($user, $samples)))[0];
}


sub samples {
    my ($user) = @_;
    my ($status, $content) = ask('GET', "/enrol?UserID=$user&Phrase=p");

    return $content =~ /"Samples":(\d+)/ ? $1 : $status;
}


# a writer that is held, while others replace the file that it has

SKIP: {
    skip 'another nginx brings a preloaded library of its own', 28
        if $ENV{KEYAUTH_TEST_ASAN}
           || $ENV{TEST_NGINX_BINARY} ne '/usr/sbin/nginx';

    ok($hold = KeyauthStore::hold($dir), 'a library that holds a writer');
    replaced();
    grown();
}


# ann has enrolled, and bob's request is held, which is returned
sub held {
    my (@store) = @_;

    start(@store, env => "env LD_PRELOAD=$hold.so");
    is(enrol('ann', 4), 201, 'ann enrols');

    open my $on, '>', "$hold/on" or die $!;
    close $on;
    my $socket = $server->listens() or die;
    my $body = body('bob', 4);
    print $socket "POST /enrol HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        . "Content-Type: application/json\r\nContent-Length: "
        . length($body) . "\r\n\r\n$body";
    $socket->flush();
    ok($server->wait_for(sub { -e "$hold/held" }), 'a writer is busy');

    return $socket;
}


# which goes on
sub released {
    my ($socket) = @_;

    unlink "$hold/on", "$hold/held";
    like(do { local $/; <$socket> }, qr{^HTTP/1.1 201},
         'what waited is written');
    is(samples('bob'), 4, 'and read');

    return;
}


# templates are read, and claims are verified by them
sub answers {
    my ($user) = @_;

    is(samples($user), 4, "$user is read at once");
    like((ask('POST', '/verify', qq({"UserID":"$user","Phrase":"p",)
              . KeyauthStore::typed($rows[1]) . '}'))[1],
         qr/"Method":"LIVE"/, 'also to verify');

    return;
}


sub replaced {
    my $socket = held('replaced', '1h');

    for my $generation (2, 3) {
        is(system("$keyauth store compact $dir/replaced --key $dir/key"), 0,
           'the store is compacted meanwhile');
        ok(-e "$dir/replaced/templates.$generation", 'into another file');
        answers('ann');
    }

    released($socket);

    my ($worker) = $server->workers();
    my @open = grep { /templates/ } map { readlink // '' }
               glob "/proc/$worker/fd/*";
    is(scalar(grep { /deleted/ } @open), 0, 'the old ones are closed');
    $server->stop();
    unlike($server->slurp('error.log'), qr/\[(?:alert|emerg|crit|error)\]/,
           'no error in the log');

    return;
}


# others have a larger map_size, and write more than the worker has mapped
sub grown {
    my $socket = held('grown', '1h', map => '1m');
    my $line = qx($keyauth store export $dir/grown --key $dir/key);

    open my $import, '|-', "$keyauth store import $dir/grown --key $dir/key"
        . " --map-size 64m >$dir/out" or die $!;
    print $import $line =~ s/"ann"/"more$_"/r for 1 .. 20000;
    ok(close $import, 'another process enrols many people meanwhile');
    cmp_ok(-s "$dir/grown/templates.1", '>', 6 << 20, 'more than fit here');

    answers('ann');
    answers('more20000');

    unlink "$hold/on", "$hold/held";
    like(do { local $/; <$socket> }, qr/"urn:keyauth:problem:store-full"/,
         'what waited has no room');
    is((ask('DELETE', '/enrol?UserID=ann'))[0], 204, 'but ann is forgotten');
    $server->stop();
    is(system("$keyauth store verify $dir/grown --key $dir/key >$dir/out"), 0,
       'the store is whole');

    return;
}


# what is erased

my $secret = pack 'H*', $1 if slurp("$dir/key") =~ /:([0-9a-f]{64})$/m;
my $names = hmac_sha256('keyauth store names 1', $secret);


sub slurp {
    my ($file) = @_;

    open my $fh, '<:raw', $file or return '';
    local $/;

    return <$fh> // '';
}


# a name, as it is stored
sub digest {
    my ($kind, $name) = @_;

    return substr hmac_sha256("$kind$name", $names), 0, 16;
}


# what is sealed of a person, by the nodes of LMDB's leaves; bytes between them
# may be of others
sub sealed {
    my ($bytes, $kind, $user) = @_;
    my $key = $kind . digest('p', 'p') . digest('u', $user);
    my @values;

    for my $page (unpack '(a4096)*', $bytes) {
        my ($flags, $lower) = unpack 'x10vv', $page;

        next if $flags != 2 || $lower < 16 || $lower > 4096;

        for my $at (unpack 'x16v' . ($lower - 16) / 2, $page) {
            my ($low, $high, undef, $size) = unpack "x${at}v4", $page;

            push @values, substr $page, $at + 8 + $size, $low | $high << 16
                if substr($page, $at + 8, $size) eq $key;
        }
    }

    return @values;
}


# how many of the pieces are in a file of the store
sub found {
    my ($store, @pieces) = @_;
    my $found = 0;

    for my $file (glob "$dir/$store/* $dir/$store/.[!.]*") {
        my $bytes = slurp($file);

        $found += index($bytes, $_) >= 0 for @pieces;
    }

    return $found;
}


sub pieces {
    my (@bytes) = @_;

    return grep { length == $piece } map { unpack "(a$piece)*", $_ } @bytes;
}


start('erased', '300ms');

my @gone = map { "gone$_" } 1 .. 8;
my @stay = map { "stay$_" } 1 .. 8;

is(scalar(grep { enrol($_, 4) == 201 } map { ($gone[$_], $stay[$_]) } 0 .. 7),
   16, 'people enrol');

# what was before lies in free pages
is(enrol($gone[0], 1), 409, 'who is ready does not enrol again');
is((ask('POST', '/enrol', body($gone[1], 6) =~ s/\}$/,"Replace":true}/r))[0],
   201, 'but one, who replaces theirs');

my $before = slurp("$dir/erased/templates.1");
my %pieces = map {
    $_ => [pieces(digest('u', $_), sealed($before, 't', $_))]
} @gone, @stay;

for (@gone, @stay) {
    cmp_ok(scalar @{ $pieces{$_} }, '>', 10, "$_ is stored");
    is(found('erased', @{ $pieces{$_} }), scalar @{ $pieces{$_} },
       'and found in the file');
}

is((ask('DELETE', "/enrol?UserID=$_"))[0], 204, "$_ is forgotten")
    for @gone[0 .. 3];
is((ask('DELETE', "/enrol?UserID=$_&Phrase=p"))[0], 204,
   "${_}'s phrase is forgotten") for @gone[4 .. 7];

ok($server->wait_for(sub {
    return !-e "$dir/erased/templates.1"
           && !grep { samples($_) != 404 } @gone;
}), 'nginx compacts the store by itself');

# a DELETE that came while the first were being erased is next
ok($server->wait_for(sub { !found('erased', map { @{ $pieces{$_} } } @gone) }),
   'nothing of those who are gone is in any file of the folder');
is(scalar(grep { samples($_) != 4 } @stay), 0, 'the others are there');

for (@stay) {
    is(found('erased', $pieces{$_}[0]), 1, "$_ is in the new file");
}

$server->stop();
is(found('erased', map { @{ $pieces{$_} } } @gone), 0, 'nor after a stop');
is(system("$keyauth store verify $dir/erased --key $dir/key >$dir/out"), 0,
   'the store is whole');
unlike($server->slurp('error.log'), qr/\[(?:alert|emerg|crit|error)\]/,
       'no error in the log');

done_testing();
