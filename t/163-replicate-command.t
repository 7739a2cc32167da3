#!/usr/bin/perl

# keyauth replicate: what it refuses, before it connects to anything, and what
# it says where there is nothing to connect to.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $keyauth = 'build/keyauth';
my $dir = tempdir(CLEANUP => 1);
my $all = "--store $dir/store --key $dir/key";


sub run {
    my ($arguments) = @_;

    system("timeout 20 $keyauth replicate $arguments >$dir/out 2>&1");
    my $rc = $? >> 8;

    open my $in, '<', "$dir/out" or die $!;
    local $/;

    return ($rc, <$in> // '');
}


sub fails {
    my ($rc, $arguments, $like, $name) = @_;
    my ($got, $said) = run($arguments);

    is($got, $rc, $name);
    like($said, qr/^keyauth: .*$like/, "$name: " . ($said =~ s/\n.*//sr));

    return;
}


is(system("$keyauth key store --file $dir/key"), 0, 'a key');
is(system("$keyauth store import $dir/store --key $dir/key --create "
          . '</dev/null >/dev/null'), 0, 'a store');

fails(2, '', '--store, --key and --url', 'nothing');
fails(2, "$all --url redis://h --cert x", '--cert-key', 'half a pair');
fails(2, "$all --url redis://h --prefix a{b}", '--prefix', 'a prefix');
fails(2, "$all --url redis://h --timeout 1", '--timeout', 'a time');
fails(2, "$all --url redis://h --map-size $_", '--map-size', "$_: a size")
    for qw(16 1k 2000g 1x);
fails(2, "$all --url redis://h x", 'nothing but options', 'an argument');

for my $url ('h', 'http://h', 'redis://', 'redis://h:', 'redis://h:x',
             'redis://h/x', 'redis://h:123456789', 'redis://[::1')
{
    fails(2, "$all --url '$url'", '--url has to be like', "url $url");
}

# others see the list of processes
fails(2, "$all --url redis://u:secret\@h", 'holds a password', 'a password');
my (undef, $said) = run("$all --url redis://u:secret\@h");
unlike($said, qr/secret/, 'which is not repeated');

fails(1, "$all --url rediss://h --ca $dir/key", 'holds no certificates',
      'no certificate');
fails(1, "$all --url redis://h --password-file $dir/none",
      'cannot be opened', 'no file');
fails(1, "--store $dir --key $dir/key --url redis://h", 'holds no store',
      'no store');

# nothing listens: it retries until it is stopped
my $pid = fork // die $!;

if (!$pid) {
    open STDERR, '>', "$dir/log" or die $!;
    exec $keyauth, 'replicate', '--store', "$dir/store", '--key', "$dir/key",
         '--url', 'redis://127.0.0.1:1' or die;
}

# it tries again after a tenth of a second, and says so no more
my $until = time + 60;
select undef, undef, undef, 0.05 until -s "$dir/log" || time > $until;
select undef, undef, undef, 1;
is(kill(0, $pid), 1, 'it tries on where nobody listens');
kill 'TERM', $pid;
waitpid $pid, 0;
is($?, 0, 'and ends at SIGTERM');
open my $log, '<', "$dir/log" or die $!;
my @lines = <$log>;
is(@lines, 1, 'it has said so once') or diag(@lines);
like($lines[0], qr/^keyauth: 127.0.0.1:1 cannot be reached: .*; what is /,
     'with the reason');

done_testing();
