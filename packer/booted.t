#!/usr/bin/perl

# Runs as root on the machine that packer/vm.sh has booted: what systemd makes
# of nginx's unit with conf/systemd/keyauth.conf.  nginx has no right that it
# can do without, is reloaded by nothing that is wrong, and comes back when it
# is killed; logs are rotated, and the journal is kept within its limit.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);

my $etc = '/etc/keyauth';
my $model = "$etc/keyauth.model";
my $body = '{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},'
           . '"PPT":{"Mean":120.43,"STD":37.41},'
           . '"RRT":{"Mean":124.43,"STD":45.34},'
           . '"RPT":{"Mean":132.56,"STD":47.12}}';


sub output {
    my ($command) = @_;

    my $out = `$command 2>&1`;
    chomp $out;

    return $out;
}


# true if it ran
sub runs {
    my ($command) = @_;

    return system("$command >/dev/null 2>&1") == 0;
}


# a file's content, also of those that change as one looks
sub slurp {
    my ($name) = @_;

    open my $fh, '<', $name or return '';
    local $/;

    return <$fh> // '';
}


# until it is so, or for a minute: the machine is slow
sub wait_for {
    my ($so) = @_;
    my $end = time() + 60;

    while (time() < $end) {
        return 1 if $so->();
        sleep 0.2;
    }

    return 0;
}


# a property of nginx's unit
sub unit {
    my ($property) = @_;

    return output("systemctl show nginx --value -p $property");
}


sub workers {
    return join ' ', split "\n", output('pgrep -P ' . unit('MainPID'));
}


my ($key, $id);

# status and model of an answer
sub ask {
    my $answer = output("curl -sk -i --max-time 20 https://localhost/predict "
                        . "-H 'Authorization: Bearer $key' "
                        . "-H 'Content-Type: application/json' -d '$body'");

    my ($status) = $answer =~ m{^HTTP/\S+ (\d+)};
    my ($by) = $answer =~ /^keyauth-model: (\w+)/mi;

    return join ' ', $status // 'none', $by // ();
}


# what it has

is(output('systemctl is-system-running --wait'), 'running',
   'all that is to run does') or diag(output('systemctl --failed'));
like(unit('DropInPaths'), qr{/nginx\.service\.d/keyauth\.conf( |$)},
     'nginx is run by keyauth.conf');

my ($exposure) = output('systemd-analyze security --no-pager nginx')
                 =~ /Overall exposure level.*: (\d+\.\d+)/;

cmp_ok($exposure // 10, '<=', 2.0,
       'systemd-analyze security: ' . ($exposure // 'nothing'));

for my $pid (unit('MainPID'), split ' ', workers()) {
    my $status = slurp("/proc/$pid/status");
    my %is = $status =~ /^(\w+):\s+(\S+)/mg;

    is(join(' ', @is{qw(Uid Gid CapEff CapBnd NoNewPrivs Seccomp)}),
       join(' ', (getpwnam 'www-data')[2, 3], ('0000000000000400') x 2, 1, 2),
       "$pid is www-data's, may but listen, and its calls are filtered");

    my ($root) = slurp("/proc/$pid/mountinfo") =~ m{ / / (\S+) };
    like($root // '', qr/^ro\b/, 'and reads what there is');
}


# reloaded

my $main = unit('MainPID');
my $old = workers();

($key) = output("keyauth key new booted --file $etc/api-keys")
         =~ /^(keyauth_\S+)/m;
($id) = output("keyauth inspect $model") =~ /^id +(\w+)$/m;
like(ask(), qr/^401/, 'a key that is new is not known');
ok(runs('systemctl reload nginx'), 'systemctl reload nginx');
ok(wait_for(sub { ask() eq "200 $id" }), 'then it is') or diag(ask());
is(unit('MainPID'), $main, 'nginx was not started again');
ok(wait_for(sub { my $new = workers(); $new ne '' && $new ne $old }),
   'but has new workers');


# not reloaded: the model is changed by one byte; its digest differs

my $was = readlink $model;
my $bytes = slurp($model);
substr($bytes, length($bytes) / 2, 1) ^= "\x01";
rename $model, "$model.was" or die "$model: $!";
open my $fh, '>', $model or die "$model: $!";
print $fh $bytes;
close $fh or die "$model: $!";
chmod 0640, $model;

$old = workers();
ok(!runs('systemctl reload nginx'), 'a model that is wrong is refused');
like(output('journalctl -q -u nginx -n 20 -o cat'), qr/\[emerg\].*\Q$model\E/,
     'and the journal says which');
is(unit('ActiveState'), 'active', 'nginx goes on');
is(workers(), $old, 'with the workers it had');
is(ask(), "200 $id", 'and the model it had');

rename "$model.was", $model or die "$model: $!";
is(readlink $model, $was, 'the model is back');
ok(runs('systemctl reload nginx'), 'and taken');


# killed

ok(wait_for(sub { ask() eq "200 $id" }), 'it serves');
my ($worker) = split ' ', workers();
kill 'KILL', $worker;
ok(wait_for(sub { my $now = workers();
                  $now ne '' && $now !~ /\b$worker\b/ && ask() =~ /^200/ }),
   'a worker that is killed is replaced');

$old = workers();
kill 'KILL', $main;
ok(wait_for(sub { my $pid = unit('MainPID');
                  $pid ne $main && $pid && ask() eq "200 $id" }),
   'killed as a whole, nginx is started again') or diag(unit('Result'));
is(unit('NRestarts'), 1, 'once');
ok(!(grep { kill 0, $_ } split ' ', $old), 'none of its workers is left over');


# rotated

my $log = '/var/log/nginx/keyauth.log';

ok(runs('logrotate -f /etc/logrotate.d/nginx'), 'the logs are rotated');
ok(wait_for(sub { ask(); slurp($log) =~ m{"path":"/predict"} }),
   'nginx writes the new one') or diag(output('ls -l /var/log/nginx'));
like(output("stat -c '%a %U %G' $log"), qr/^640 www-data adm$/,
     'which is as it was');
ok(runs('systemctl start keyauth-tickets'), "tickets' keys are drawn anew");
ok(runs('systemctl is-active keyauth-tickets.timer'), 'twice a day');


# stopped

ok(runs('systemctl stop nginx'), 'it stops');
is(unit('Result'), 'success', 'by itself');
is(ask(), 'none', 'and serves no more');
ok(runs('systemctl start nginx'), 'it starts');
ok(wait_for(sub { ask() eq "200 $id" }), 'and serves');


# the machine's own

like(output('journalctl -q -b -u systemd-journald -o cat'),
     qr{^System Journal \(/var/log/.* max 200M}m,
     'the journal is kept, up to its limit');
is(output('sysctl -n kernel.unprivileged_bpf_disabled kernel.core_pattern'),
   "1\n|/bin/false", 'the kernel is strict');
ok(runs('systemctl is-active unattended-upgrades'), 'updates will install');

runs("keyauth key remove booted --file $etc/api-keys");
is(output('systemctl --failed --no-legend --plain'), '',
   'nothing has failed meanwhile');

done_testing();
