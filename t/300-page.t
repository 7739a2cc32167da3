#!/usr/bin/perl

# The page of make run and keyauth.js, in a browser: conf/run.sh serves a copy
# of the project with a model of the embedded set, t/browser/*.mjs ask.

use strict;
use warnings;

use lib 't/lib';
use Flatten;
use Keyauth;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use Time::HiRes qw(sleep time);

my $installed = 'build/npm/installed';


sub skip {
    my ($why) = @_;

    print "1..0 # SKIP $why\n";
    exit 0;
}


skip("no $installed: t/install-npm.sh gets what is needed") if !-f $installed;
skip('ports 8080 and 8443 are taken')
    if grep { IO::Socket::INET->new("127.0.0.1:$_") } 8080, 8443;

my $dir = tempdir('keyauth-XXXXXX', TMPDIR => 1, CLEANUP => 1);

# a folder that is the tests' own: workers must not need to read it
system("mkdir $dir/build $dir/models && cp -r conf $dir && cp -r build/page "
       . "$Keyauth::MODULE build/keyauth $dir/build"
       . " && cp build/t/synthetic/keyauth.model $dir/models") == 0
    or die "cp failed\n";


my $pid = fork() // die "fork: $!";

if (!$pid) {
    open STDOUT, '>', "$dir/out";
    open STDERR, '>&', \*STDOUT;
    exec "$dir/conf/run.sh" or die "exec: $!";
}

END {
    if ($pid) {
        local $?;
        kill 'TERM', $pid;
        waitpid $pid, 0;
    }
}


sub output {
    open my $fh, '<', "$dir/out" or return '';
    local $/;

    return <$fh> // '';
}


my $end = time() + 120;
sleep 0.05 until output() =~ /Ctrl-C/ || time() > $end;

my $said = output();
my $says = $said =~ m{https://127\.0\.0\.1:8443/,};

Flatten::result($says, 'make run says where the page is');
print map { "# $_\n" } split /\n/, $said if !$says;

Flatten::run(map { [s{.*/(\w+)\.mjs}{$1}r, 'node', $_,
                    'https://127.0.0.1:8443/'] }
             grep { !m{/(?:lib|field)\.mjs} } sort glob 't/browser/*.mjs');



# keyauth.js as npm would publish it

my $client = 'docs/clients/browser';
my $packed = decode_json(
    join '', `cd $client && npm pack --dry-run --json 2>$dir/npm`)->[0];
my @names = sort map { $_->{path} } @{ $packed->{files} };

Flatten::result("@names" eq
                'README.md keyauth.d.ts keyauth.js package.json',
                "npm would publish: @names");
Flatten::result(-s "$client/keyauth.js" < 6000, 'keyauth.js is under 6 kB');


my $lock = do { local (@ARGV, $/) = 't/npm/package-lock.json'; <> };
Flatten::result(scalar $lock !~ /"resolved"|:\/\//,
                'the lock file names no registry');

Flatten::done();
