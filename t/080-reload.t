#!/usr/bin/perl

# Reloads: the new model takes over when its workers do and not before; a
# file that is not whole, or not there, changes nothing; the master does not
# grow.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use Test::More;

my $body = Keyauth::timings('RF', (Keyauth::rows())[9]);
my ($one, $two) = map { Keyauth::answer($body, $_) }
                      $Keyauth::MODEL, $Keyauth::OTHER;
my ($id_one, $id_two) = map { Keyauth::id($_) }
                            $Keyauth::MODEL, $Keyauth::OTHER;

my $server = KeyauthServer->new(
    main => 'worker_processes 1;',
    http => 'keyauth_model served.model watch=off;'
);
my $path = "$server->{dir}/served.model";


sub answers {
    my ($answer, $id, $name) = @_;

    my ($status, $got, $head) = $server->post($body);

    is($got, $answer, "$name: answer");
    like($head, qr/^Keyauth-Model: $id\r?$/m, "$name: model");

    return;
}


isnt($id_one, $id_two, 'two models');

$server->serve($Keyauth::MODEL);
ok($server->start(), 'starts');
answers($one, $id_one, 'first model');


# to another model, with a request half sent

my ($pending, $rest) = $server->begin($body);

$server->serve($Keyauth::OTHER);
answers($one, $id_one, 'new file, before the reload');

ok($server->reload(), 'reloads');
answers($two, $id_two, 'after the reload');

print $pending $rest;
$pending->flush();
my $old = do { local $/; <$pending> };
close $pending;
like($old, qr/^Keyauth-Model: $id_one\r?$/m,
     'a request that came before is answered by the old model');
like($old, qr/\r\n\r\n\Q$one\E$/, 'and as it should be');


# to files that must not be served

sub damage {
    my ($change) = @_;

    return sub {
        open my $in, '<:raw', $Keyauth::MODEL or die "$Keyauth::MODEL: $!";
        local $/;
        my $data = <$in>;

        $change->(\$data);

        open my $out, '>:raw', "$path.new" or die "$path: $!";
        print $out $data;
        close $out or die "$path: $!";
        rename "$path.new", $path or die "$path: $!";
    };
}


my @bad = (
    ['cut to nothing', damage(sub { ${$_[0]} = '' })],
    ['cut to half',
     damage(sub { ${$_[0]} = substr ${$_[0]}, 0, length(${$_[0]}) / 2 })],
    ['one byte short', damage(sub { chop ${$_[0]} })],
    ['a bit flipped', damage(sub { vec(${$_[0]}, 80_001, 1) ^= 1 })],
    ['absent', sub { unlink $path }],
    ['a folder', sub { mkdir $path }],
    ['a link to nowhere', sub { rmdir $path; symlink '/nonexistent', $path }],
    ['a loop', sub { unlink $path; symlink $path, $path }],
);

for my $case (@bad) {
    my ($name, $break) = @$case;

    $break->();

    like($server->check(), qr/keyauth: cannot use model "\Q$path\E"/,
         "$name: nginx -t says so");
    ok(!$server->reload(), "$name: not reloaded");
    answers($two, $id_two, "$name: the old model serves");
}

unlink $path;


# overwritten in place, which nobody should do: what was verified serves on

$server->serve($Keyauth::OTHER);
ok($server->reload(), 'a good file again');

open my $fh, '>', $path or die "$path: $!";
print $fh 'x' x 100;
close $fh;
answers($two, $id_two, 'the file overwritten under the server');


# memory

$server->serve($Keyauth::MODEL);
ok($server->reload(), 'before counting') for 1 .. 5;

my $before = $server->resident($server->pid());

for my $n (1 .. 20) {
    $server->serve($n % 2 ? $Keyauth::OTHER : $Keyauth::MODEL);
    $server->reload() or last;
}

my $after = $server->resident($server->pid());
my $size = (-s $Keyauth::MODEL) / 1024;

SKIP: {
    skip 'AddressSanitizer keeps what is freed', 1 if $ENV{KEYAUTH_TEST_ASAN};

    cmp_ok($after - $before, '<', $size > 512 ? 512 : $size,
           "the master does not grow ($before to $after KiB in 20 reloads)");
}

answers($one, $id_one, 'after 25 reloads');

unlike($server->slurp('error.log'), qr/\[alert\]/, 'no alert');


# unreadable, even for root when it may not override permissions

SKIP: {
    my $caps = '-dac_override,-dac_read_search';
    my $setpriv = "setpriv --inh-caps=$caps --bounding-set=$caps";

    system("$setpriv true 2>/dev/null") == 0
        or skip 'no setpriv that may drop capabilities', 6;

    $server->stop();
    $server->{env} = $> ? '' : $setpriv;
    $server->configure();
    $server->serve($Keyauth::MODEL);

    ok($server->start(), 'starts without the right to read all files');

    $server->serve($Keyauth::OTHER);
    chmod 0, $path;

    like($server->check(), qr/keyauth: cannot use model .*Permission denied/,
         'unreadable: nginx -t says so');
    ok(!$server->reload(), 'unreadable: not reloaded');
    answers($one, $id_one, 'unreadable: the old model serves');

    unlike($server->slurp('error.log'), qr/\[alert\]/, 'no alert');
}

done_testing();
