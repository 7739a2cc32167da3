package Reloaded;

# After each reload Test::Nginx sends 20 requests with curl, a process each, to
# see that no old worker answers any more.  That took most of t/900-hup.t's
# processor time.  Here old workers have to be gone or shutting down, and one
# request has to show the new configuration.
#
#     perl -It/lib -MReloaded t/010-predict.t

use strict;
use warnings;

use IO::Socket::INET;
use Time::HiRes qw(sleep time);

my @workers;


# after `use Test::Nginx::Socket`, which reads its environment when loaded
INIT {
    no warnings qw(once redefine);

    my $curl = \&Test::Nginx::Util::test_config_version;

    *Test::Nginx::Util::test_config_version = sub ($$) {
        my @args = @_;

        $curl->(@args) if !@workers || !reloaded();
        @workers = children();

        return;
    };
}


sub children {
    open my $in, '<', $Test::Nginx::Util::PidFile or return;
    chomp(my $master = <$in> // '');

    return split ' ', slurp("/proc/$master/task/$master/children");
}


sub slurp {
    my ($name) = @_;

    open my $in, '<', $name or return '';
    local $/;

    return <$in> // '';
}


sub reloaded {
    my $until = time + 10;

    while (time < $until) {
        return 1 if !grep({ accepts($_) } @workers) && answers();
        sleep 0.01;
    }

    return 0;
}


# what has closed its listening sockets calls itself so
sub accepts {
    my ($pid) = @_;
    my $line = slurp("/proc/$pid/cmdline");

    return $line ne '' && $line !~ /shutting down/;
}


sub answers {
    my $socket = IO::Socket::INET->new(
        PeerAddr => $Test::Nginx::Util::ServerAddr,
        PeerPort => $Test::Nginx::Util::ServerPort, Timeout => 2) or return 0;

    print $socket "GET /ver HTTP/1.0\r\nHost: Test-Nginx\r\n\r\n";
    local $/;
    my $answer = <$socket> // '';

    return $answer =~ /\r\n\r\n\Q$Test::Nginx::Util::ConfigVersion\E$/;
}


1;
