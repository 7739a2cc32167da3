#!/usr/bin/perl

# conf/systemd: what systemd-analyze thinks of nginx.service with keyauth.conf,
# and that nginx works with what that leaves it.  No systemd runs here; of what
# it would do, these are done by other means, as the drop-in has them: its
# commands as root; the user, capabilities and no_new_privs by setpriv; a file
# system that is read-only but for ReadWritePaths in a mount namespace; UMask.
# The system calls are not filtered but listed by strace, and compared.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthProduction;

use Test::More;

my $conf = "$Keyauth::ROOT/conf/systemd";
my $unit = '/lib/systemd/system/nginx.service';
my $drop_in = KeyauthProduction::slurp("$conf/keyauth.conf");

plan skip_all => 'no systemd-analyze, or no nginx.service'
    if !`which systemd-analyze` || !-f $unit;
plan skip_all => 'the unit is for Debian\'s own nginx'
    if $ENV{TEST_NGINX_BINARY} ne '/usr/sbin/nginx';


# the drop-in's last value of a name, or all of them
sub values_of {
    return $drop_in =~ /^$_[0]=(.+)$/mg;
}

sub value {
    return (values_of(@_))[-1];
}


my $server = KeyauthProduction->new(tls => 443, plain => 80);
my $dir = $server->{dir};
my $units = "$dir/units";

mkdir $units;
KeyauthProduction::spit("$units/nginx.service",
                        KeyauthProduction::slurp($unit) . $drop_in);

my $analysis = `systemd-analyze security --offline=true \\
                $units/nginx.service 2>&1`;
my ($exposure) = $analysis =~ /Overall exposure level.*: (\d+\.\d+)/;

cmp_ok($exposure // 10, '<=', 2.0, 'exposure: ' . ($exposure // $analysis));

my ($stock) = `systemd-analyze security --offline=true $unit 2>&1`
              =~ /Overall exposure level.*: (\d+\.\d+)/;
cmp_ok($stock // 0, '>', 9, "without keyauth.conf: $stock");

is(`systemd-analyze verify --man=no $units/nginx.service \\
    $conf/keyauth-tickets.timer $conf/keyauth-tickets.service 2>&1`
   =~ s/^.*(?:\$HOME|runtime directory|command 'man').*\n//gmr, '',
   'systemd-analyze verify finds nothing');

{
    # systemd-analyze requires the program
    KeyauthProduction::spit("$units/keyauth-replicate.service",
        KeyauthProduction::slurp("$conf/keyauth-replicate.service")
        =~ s{/usr/bin/keyauth}{/usr/bin/true}r);
    ($exposure) = `systemd-analyze security --offline=true \\
                   $units/keyauth-replicate.service 2>&1`
                  =~ /Overall exposure level.*: (\d+\.\d+)/;
    cmp_ok($exposure // 10, '<=', 2.0, "replication's exposure: "
           . ($exposure // 'none'));
    is(`systemd-analyze verify --man=no $units/keyauth-replicate.service 2>&1`
       =~ s/^.*(?:\$HOME|runtime directory|command 'man').*\n//gmr, '',
       'and systemd-analyze verify finds nothing there');
}

my ($when) = KeyauthProduction::slurp("$conf/keyauth-tickets.timer")
             =~ /^OnCalendar=(.*)/m;
like(`systemd-analyze calendar '$when' 2>&1`, qr/Next elapse/,
     'the timer goes off');


# nginx, with what is left to it

SKIP: {
    my $alone = KeyauthProduction::slurp('/proc/net/dev')
                !~ /^\s*(?!lo:)\w+:/m;

    skip 'not root, or not in a network of its own', 24 if $> != 0 || !$alone;
    skip 'no www-data', 24 if !getpwnam 'www-data';
    skip 'no mount namespace is allowed here', 24
        if system('unshare --mount true 2>/dev/null') != 0;
    skip 'no strace', 24 if system('strace -o /dev/null true 2>/dev/null');

    # as they may come from an installation, or from nginx that was root
    chmod 0600, map { "$dir/keyauth/$_" } qw(tls.crt tls.key api-keys
                                            keyauth.model store.key);
    mkdir "$dir/lib";
    system("mkdir -p $dir/run; touch $dir/log/error.log");
    symlink "$dir/run/nginx.pid", "$dir/nginx.pid";
    symlink "$dir/log/error.log", "$dir/error.log";
    system("sed -i 's|$dir/nginx.pid|$dir/run/nginx.pid|;"
           . " s|error_log $dir/|&log/|;"
           . " s|_temp_path $dir/|_temp_path $dir/lib/|' $dir/nginx.conf");

    my $run = sandbox();
    my $nginx = "/usr/sbin/nginx -e $dir/log/error.log -p $dir/"
                . " -c $dir/nginx.conf";

    # as root in the sandbox's place, as their + has it
    for my $command (values_of('ExecStartPre')) {
        $command =~ s{^\+}{} or next;
        is(system(moved($command)), 0, (split ' ', $command)[0] . ' before');
    }

    is(`$run "$nginx -t -q" 2>&1` =~ s/^.*"user" directive makes.*\n//gmr,
       '', 'nginx -t');
    system("$run 'strace -f -qq -o $dir/lib/calls $nginx' 2>$dir/stderr &");
    ok($server->wait_for(sub { $server->slurp('run/nginx.pid') =~ /\d/
                               && $server->listens() }), 'starts')
        or diag($server->slurp('stderr'), $server->slurp('log/error.log'));

    my ($pid) = $server->slurp('run/nginx.pid') =~ /(\d+)/
        or die "it did not start\n";
    my $status = KeyauthProduction::slurp("/proc/$pid/status");
    is(join(' ', grep { defined } $status =~ /^(?:Uid:\t(\d+)|CapPrm:\t(\w+)
                              |NoNewPrivs:\t(1))/mgx) =~ s/\s+/ /gr,
       getpwnam('www-data') . ' 0000000000000400 1',
       'by www-data, who can but listen') or diag($status);

    my $body = Keyauth::summary('RF');
    my $r = $server->ask('/predict', $server->with($body));
    is("$r->{status} $r->{body}", '200 ' . Keyauth::answer($body), 'serves');
    $r = $server->ask('/enrol', $server->with(
        Keyauth::claim('"ann"', (Keyauth::rows())[0]), $server->{desk}));
    is($r->{status}, 201, 'somebody enrols') or diag($r->{body});
    is(join(' ', map { sprintf '%s:%o', (getpwuid((stat)[4]))[0],
                                (stat)[2] & 0777 }
                 "$dir/store", "$dir/keyauth/store.key"),
       'www-data:700 www-data:600', 'what others cannot read');
    like(`curl -si --max-time 5 http://127.0.0.1/`, qr/^HTTP\S+ 403/,
         'on port 80, too');

    my $worker = join ' ', children($pid);
    is(system("$run '$nginx -s reload' 2>/dev/null"), 0, 'reload');
    ok($server->wait_for(sub {
           my $new = join ' ', children($pid);
           $new ne $worker && $new =~ /^\d+$/
       }), 'has a new worker');

    ($worker) = children($pid);
    kill 'KILL', $worker;
    ok($server->wait_for(sub { grep { $_ != $worker } children($pid) }),
       'a killed worker is replaced');

    # as logrotate does it
    rename "$dir/log/keyauth.log", "$dir/log/keyauth.log.1";
    system("install -o www-data -g adm -m 640 /dev/null $dir/log/keyauth.log");
    kill 'USR1', $pid;
    $server->ask('/card') for 1 .. 3;
    ok($server->wait_for(sub {
           $server->ask('/card');
           $server->slurp('log/keyauth.log') =~ /"path":"\/card"/
       }), 'logs are opened again');

    kill 'QUIT', $pid;
    ok($server->wait_for(sub { !kill 0, $pid }), 'stops');

    my %used = map { $_ => 1 } $server->slurp('lib/calls')
                               =~ /^\d+ +([a-z_0-9]+)\(/mg;
    my $allowed = calls('@system-service');
    delete @$allowed{keys %{calls($_)}} for qw(@privileged @resources);

    is_deeply([values_of('SystemCallFilter')],
              ['@system-service', '~@privileged @resources'],
              'the filter is the one that is looked at');
    cmp_ok(scalar keys %used, '>', 40, 'system calls are seen');
    is(join(' ', grep { !$allowed->{$_} } sort keys %used), '',
       'none is filtered');
}

done_testing();


# paths of the drop-in as they are here
sub moved {
    my ($command) = @_;

    $command =~ s{/etc/keyauth}{$dir/keyauth}g;
    $command =~ s{/var/log/nginx}{$dir/log}g;
    $command =~ s{/var/lib/nginx}{$dir/lib}g;
    $command =~ s{/var/lib/keyauth}{$dir/store}g;
    $command =~ s{(?<![\w/])/run\b}{$dir/run}g;
    $command =~ s{([()!])}{\\$1}g;

    return $command;
}


# a script that runs its argument
sub sandbox {
    my ($user, $umask) = (value('User'), value('UMask'));
    my $caps = lc value('CapabilityBoundingSet') =~ s/\s*CAP_/,+/gr;
    my $ambient = lc value('AmbientCapabilities') =~ s/\s*CAP_/,+/gr;
    my $paths = join ' ', map { s/^-//r }
                split ' ', moved(value('ReadWritePaths'));

    KeyauthProduction::spit("$dir/inner", <<"END");
set -e
mount --make-rprivate /
for path in $paths; do mount --bind \$path \$path; done
mount -o remount,bind,ro /
mountpoint -q /tmp && mount -o remount,bind,ro /tmp
! touch $dir/keyauth/x 2>/dev/null
umask $umask
exec setpriv --reuid $user --regid $user --init-groups --no-new-privs \\
    --inh-caps -all$ambient --ambient-caps -all$ambient \\
    --bounding-set -all$caps sh -c "\$1"
END

    return "unshare --mount sh $dir/inner";
}


sub children {
    return split ' ', `pgrep -P $_[0] -f 'nginx: worker process\$'`;
}


# the system calls of a set
sub calls {
    my ($set) = @_;
    my %calls;

    for my $name (`systemd-analyze syscall-filter $set` =~ /^ +(\S+)$/mg) {
        $name =~ /^@/ ? %calls = (%calls, %{calls($name)})
                      : ($calls{$name} = 1);
    }

    return \%calls;
}
