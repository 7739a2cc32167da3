package KeyauthRoot;

# A Debian of one's own: a root file system that packer/root.sh has made, in
# a network of its own that has only lo.  What runs in it ends when the object
# goes, and the files with it.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use POSIX qw(WNOHANG);
use Scalar::Util qw(weaken);
use Time::HiRes qw(sleep time);

our $DIST = $ENV{DIST} || 'bookworm';

my $TOP = abs_path(dirname(__FILE__) . '/../..');
my @roots;


END {
    local $?;
    $_->stop() for grep { defined } @roots;
}


# why there can be none here, or nothing
sub missing {
    return 'chroot requires root' if $> != 0;

    for my $kind (qw(build host)) {
        my $tar = tar($kind);
        return "no $tar: packer/root.sh makes it" unless -e "$TOP/$tar";
    }

    my %debs = packages();

    return "no packages in build/deb/$DIST: make deb builds them"
        unless $debs{keyauth};

    return;
}


sub tar {
    my ($kind) = @_;

    return "build/roots/$DIST-$kind.tar";
}


# the packages of this release, by their names
sub packages {
    my %debs = map { (m{([^/]+?)_[^/]*$})[0] => $_ }
               glob "$TOP/build/deb/$DIST/*.deb";

    return %debs;
}


sub new {
    my ($class) = @_;

    my $dir = tempdir('keyauth-root-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { dir => $dir }, $class;

    chmod 0755, $dir;
    system('tar', '-C', $dir, '--exclude=./dev/*', '-xf',
           "$TOP/" . tar('host')) == 0
        or die "the root file system cannot be unpacked\n";

    push @roots, $self;
    weaken($roots[-1]);

    my $pid = fork // die "fork: $!";

    if (!$pid) {
        open STDOUT, '>', "$dir/root/holder.log" or die;
        open STDERR, '>&', \*STDOUT or die;
        exec qw(unshare --net --mount --pid --ipc --uts --fork --kill-child
                bash -c), <<'END', 'holder', $dir or die;
set -e
ip link set lo up
hostname keyauth
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
touch "$1/run/ready"
cd "$1"
exec chroot . bash -c 'while :; do sleep 3600 & wait $!; done'  # and reap
END
    }

    $self->{unshare} = $pid;

    wait_for(60, sub { -e "/proc/$pid/root" && $self->holder()
                       && $self->runs('test -e /run/ready') })
        or die "no network of its own is to be had\n";

    return $self;
}


# the child of unshare, which is the first process of the root's own
sub holder {
    my ($self) = @_;

    return $self->{holder} if $self->{holder};

    my ($child) = split ' ', `pgrep -P $self->{unshare}`;
    $self->{holder} = $child;

    return $child;
}


# runs a shell command inside; its status, and what it printed
sub run {
    my ($self, $command, $in) = @_;

    my $pid = open3(my $to, my $from, undef,
                    'nsenter', '-t', $self->holder(), '-n', '-m', '-p', '-i',
                    '-u', '--', 'chroot', $self->{dir}, 'env', '-i',
                    'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root',
                    'LC_ALL=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive',
                    'sh', '-c', $command);

    print $to $in // '';
    close $to;

    my $out = do { local $/; <$from> } // '';
    waitpid $pid, 0;

    return ($? >> 8, $out);
}


sub runs {
    my ($self, $command) = @_;

    return ($self->run($command))[0] == 0;
}


sub output {
    my ($self, $command, $in) = @_;

    return ($self->run($command, $in))[1];
}


# apt-get, without a network: what it needs is in its cache
sub apt {
    my ($self, $command) = @_;

    my ($status, $out)
        = $self->run("apt-get -y --no-install-recommends $command 2>&1");

    $self->{said} = $out;

    return $status == 0;
}


sub put {
    my ($self, $name, $content, $mode) = @_;

    open my $fh, '>', "$self->{dir}$name" or die "$name: $!";
    print $fh $content;
    close $fh or die "$name: $!";
    chmod $mode // 0644, "$self->{dir}$name";

    return;
}


sub copy_in {
    my ($self, $file, $to) = @_;

    copy($file, "$self->{dir}$to") or die "$file: $!";

    return;
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{unshare} or return;

    kill 'KILL', $self->{holder} if $self->{holder};
    kill 'KILL', $pid;
    waitpid $pid, 0;

    return;
}


sub DESTROY {
    my ($self) = @_;

    local ($?, $@, $!);
    $self->stop();

    return;
}


sub wait_for {
    my ($seconds, $done) = @_;
    my $end = time() + $seconds;

    while (time() < $end) {
        return 1 if $done->();
        sleep 0.05;
    }

    return 0;
}


1;
