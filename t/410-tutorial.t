#!/usr/bin/perl

# docs/tutorial.md: its commands, pasted one block after the other into one
# shell in a copy of the project, print what it says that they do.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'ports 8000, 8081 and 8082 are taken'
    if grep { IO::Socket::INET->new("127.0.0.1:$_") } 8000, 8081, 8082;

my $dir = tempdir('keyauth-XXXXXX', TMPDIR => 1, CLEANUP => 1);

chmod 0755, $dir;
system('tar -c --exclude=build/t --exclude=build/asan '
       . '--exclude=build/fuzz --exclude=build/run --exclude=build/tutorial '
       . 'Makefile mk conf engine trainer ngx_http_keyauth_module models docs '
       . "build | tar -x -C $dir") == 0
    or die "tar failed\n";


# what a failure may have left running
END {
    local $?;

    if (defined $dir && open my $fh, '<', "$dir/build/tutorial/nginx.pid") {
        my ($pid) = <$fh> =~ /^(\d+)/;
        kill 'TERM', $pid if $pid;
    }
}


sub slurp {
    my ($name) = @_;

    open my $fh, '<', $name or die "$name: $!";
    local $/;

    return <$fh>;
}


# blocks of commands, each with what it prints, if the page says so
my @blocks = slurp('docs/tutorial.md')
             =~ /^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/msg;
my @commands = @blocks[grep { $_ % 2 == 0 } 0 .. $#blocks];
my @texts = @blocks[grep { $_ % 2 == 1 } 0 .. $#blocks];

cmp_ok(scalar @commands, '>', 12, 'there are commands');
cmp_ok(scalar(grep { defined } @texts), '>', 10, 'and what they print');

open my $script, '>', "$dir/script" or die "$dir: $!";
print $script map { "$_\nprintf '\\n@@%d\\n' \$?\n" } @commands;
close $script or die "$dir: $!";

my $said = `cd $dir && timeout 300 bash script 2>&1 </dev/null`;
my @parts = split /\n\@\@(\d+)\n/, $said;

is(@parts, 2 * @commands, 'all ran') or diag($said);

for my $n (0 .. $#commands) {
    my ($output, $status) = @parts[2 * $n, 2 * $n + 1];
    my ($first) = $commands[$n] =~ /\A(.{0,60})/;

    is($status, 0, "exits 0: $first") or diag($output);

    next if !defined $texts[$n];

    # the page's lines, in this order; "..." in them stands for anything

    my $like = join '.*', map { quotemeta }
                          map { split /…/, $_, -1 } split /\n/, $texts[$n];
    like($output // '', qr/\A(?:.*\n)?$like/s, "prints what it says: $first");
}

# a process that ends may need a moment
for my $port (8000, 8081, 8082) {
    my $end = time() + 60;

    sleep 0.05 while IO::Socket::INET->new("127.0.0.1:$port") && time() < $end;
    ok(!IO::Socket::INET->new("127.0.0.1:$port"),
       "nothing is left on port $port");
}

ok(!-e "$dir/build/tutorial", 'nor on the disk');

done_testing();
