package KeyauthServer;

# An nginx of one's own with a master, for what Test::Nginx does not do:
# reloads to other models, unprivileged workers, TLS.  It stops when the
# object goes.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Scalar::Util qw(weaken);
use Time::HiRes qw(sleep time);

use Keyauth;

our $port = 18080;
our @servers;


# before File::Temp's, which takes away the pid files
END {
    local $?;
    $_->stop() for grep { defined } @servers;
}


# keys: main and http (directives), server, location, env (of the command),
# alone (without a master)
sub new {
    my ($class, %conf) = @_;

    my $dir = tempdir('keyauth-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { dir => $dir, port => $port++, %conf }, $class;

    push @servers, $self;
    weaken($servers[-1]);

    chmod 0755, $dir;
    make_path(map { "$dir/$_" } qw(body proxy fastcgi uwsgi scgi));
    $self->configure(%conf);

    return $self;
}


sub configure {
    my ($self, %conf) = @_;
    my $dir = $self->{dir};

    my ($main, $http, $server, $location) =
        map { $conf{$_} // $self->{$_} // '' } qw(main http server location);

    $main .= ' master_process off; daemon off;' if $self->{alone};

    open my $fh, '>', "$dir/nginx.conf" or die "$dir: $!";
    print $fh <<"END";
load_module $Keyauth::MODULE;
pid $dir/nginx.pid;
error_log $dir/error.log info;
$main
events {}
http {
    access_log off;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    $http
    server {
        listen 127.0.0.1:$self->{port};
        $server
        location = /predict {
            keyauth_predict;
            $location
        }
    }
}
END
    close $fh or die "$dir: $!";

    return;
}


sub command {
    my ($self, @options) = @_;

    return join ' ', $self->{env} // '', $ENV{TEST_NGINX_BINARY},
                "-e $self->{dir}/error.log -p $self->{dir}/",
                "-c $self->{dir}/nginx.conf", @options,
                "2>$self->{dir}/stderr";
}


# waits for the master's lines of its workers too: they come after its pid
# file, and a worker may answer before
sub start {
    my ($self) = @_;
    my $size = -s "$self->{dir}/error.log" // 0;
    my ($workers) = $self->slurp('nginx.conf') =~ /worker_processes (\d+)/;

    if ($self->{alone}) {
        $self->{child} = fork // die "fork: $!";
        exec $self->command() or die "exec: $!" if !$self->{child};

    } else {
        system($self->command()) == 0 or return 0;
    }

    return $self->wait_for(sub {
        my @started = substr($self->slurp('error.log'), $size)
                      =~ /: start worker process \d+$/mg;

        return $self->pid() && $self->listens()
               && ($self->{alone} || @started >= ($workers // 1));
    });
}


# nginx -t: what it says, '' when it is content
sub check {
    my ($self) = @_;

    my $rc = system($self->command('-t'));

    return $rc == 0 ? '' : $self->slurp('stderr');
}


sub pid {
    my ($self) = @_;

    my $pid = $self->slurp('nginx.pid');
    return $pid =~ /^(\d+)/ ? $1 : 0;
}


# to the master; never to pid 0, which is the tests' own group
sub signal {
    my ($self, $name) = @_;
    my $pid = $self->pid();

    return $pid ? kill($name, $pid) : 0;
}


# the workers that are not on their way out, by the log: a process that valgrind
# runs has no title
sub workers {
    my ($self) = @_;
    my %workers;

    for (split /\n/, $self->slurp('error.log')) {
        $workers{$1} = 1 if /: start worker process (\d+)$/;
        delete $workers{$1} if / (\d+)#\d+: gracefully shutting down$/
                               || /: worker process (\d+) exited /;
    }

    # one whose master was killed has no line of its end
    my @pids = sort { $a <=> $b } grep { !ended($_) } keys %workers;

    return @pids;
}


# reloads, and waits until the workers are new ones; false if they stay
sub reload {
    my ($self) = @_;

    my %old = map { $_ => 1 } $self->workers();
    my $size = -s "$self->{dir}/error.log";

    $self->signal('HUP') or return 0;

    return $self->wait_for(sub {
        my @new = $self->workers();

        die "refused\n" if substr($self->slurp('error.log'), $size)
                           =~ /\[emerg\]/;

        return @new == keys %old && !grep { $old{$_} } @new;
    });
}


# its served.model is replaced as the keyauth command does it: by another file
# under the same name
sub serve {
    my ($self, $model) = @_;
    my $path = "$self->{dir}/served.model";

    copy($model, "$path.new") or die "$path.new: $!";
    rename "$path.new", $path or die "$path: $!";

    return;
}


sub stop {
    my ($self) = @_;

    my $pid = $self->pid() or return;

    # without a master nginx sleeps on if a signal comes just before it waits
    # for events: another one is sent
    kill 'TERM', $pid;
    $self->wait_for(sub {
        return ended($pid) if !$self->{alone};

        kill 'TERM', $pid;
        return waitpid($self->{child}, WNOHANG) == $self->{child};
    });
    $self->{port} = $port++;

    return $?;
}


# processes that run no longer, nor their threads, though nobody may have reaped
# them yet
sub ended {
    my (@pids) = @_;

    for my $task (map { glob "/proc/$_/task/*" } @pids) {
        open my $fh, '<', "$task/stat" or next;
        return 0 if (<$fh> // '') =~ /\) [^ZX]/;
    }

    return 1;
}


sub DESTROY {
    my ($self) = @_;

    local ($?, $@, $!);
    $self->stop();

    return;
}


sub wait_for {
    my ($self, $done) = @_;
    my $end = time() + ($ENV{KEYAUTH_TEST_TIMEOUT} || 60);

    while (time() < $end) {
        my $rc = eval { $done->() };
        return 0 if $@;
        return 1 if $rc;
        sleep 0.01;
    }

    return 0;
}


sub listens {
    my ($self) = @_;

    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                 PeerPort => $self->{port});
}


# the answer's status and body
sub post {
    my ($self, $body, $socket) = @_;

    $socket ||= $self->listens() or return (0, '');
    $socket->timeout(5);

    print $socket Keyauth::post($body);

    my $answer = do { local $/; <$socket> } // '';
    my ($head, $content) = split /\r\n\r\n/, $answer, 2;

    return ($head && $head =~ m{^HTTP/1.1 (\d+)} ? $1 : 0, $content // '',
            $head // '');
}


# a request but for its last 20 bytes, which a worker has begun: its socket,
# and the bytes
sub begin {
    my ($self, $body) = @_;

    my $socket = $self->listens() or die "nothing listens\n";
    my $request = Keyauth::post($body, 'Expect: 100-continue');

    # the module has its model when nginx says that the body may come
    print $socket substr $request, 0, -20;
    $socket->flush();
    while (<$socket>) { last if $_ eq "\r\n" }

    return ($socket, substr $request, -20);
}


# the same for GET, or another method
sub get {
    my ($self, $path, %option) = @_;

    my $socket = $self->listens() or return (0, '', '');
    my $method = $option{method} || 'GET';
    $socket->timeout(5);

    print $socket "$method $path HTTP/1.1\r\nHost: localhost\r\n",
                  map({ "$_\r\n" } @{ $option{headers} || [] }),
                  "Connection: close\r\n\r\n";

    my $answer = do { local $/; <$socket> } // '';
    my ($head, $content) = split /\r\n\r\n/, $answer, 2;

    return ($head && $head =~ m{^HTTP/1.1 (\d+)} ? $1 : 0, $content // '',
            $head // '');
}


# what a scrape says: series to value
sub metrics {
    my ($self) = @_;

    my ($status, $text) = $self->get('/metrics');

    return { $text =~ /^([^#\s]\S*) (\S+)$/mg };
}


sub slurp {
    my ($self, $name) = @_;

    open my $fh, '<', "$self->{dir}/$name" or return '';
    local $/;

    return <$fh> // '';
}


# resident memory of a process, in KiB
sub resident {
    my ($self, $pid) = @_;

    open my $fh, '<', "/proc/$pid/status" or return 0;

    while (<$fh>) {
        return $1 if /^VmRSS:\s+(\d+)/;
    }

    return 0;
}


1;
