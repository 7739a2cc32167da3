package KeyauthStore;

# What the tests of the store share: samples, requests on a connection that is
# kept, a writer that is held, clients that enrol people without end, and what a
# store has.

use strict;
use warnings;

use Exporter qw(import);
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64;
use Time::HiRes qw(sleep);

use Keyauth;

our @EXPORT_OK = qw(typed);


# another recording of a row's first keys: each time moved by up to 20 ms
sub typed {
    my ($row, $keys) = @_;
    my @press = @{$row->[1]};
    my @release = @{$row->[2]};
    my $n = $keys || @press;
    my $last = 0;

    for my $i (0 .. $n - 1) {
        $press[$i] += 20 * rand();
        $press[$i] = $last if $press[$i] < $last;
        $last = $press[$i];
        $release[$i] = $press[$i] + 1 if $release[$i] < $press[$i];
    }

    return '"Press":[' . join(',', @press[0 .. $n - 1]) . '],"Release":['
           . join(',', @release[0 .. $n - 1]) . ']';
}


# a request on a socket, which stays open: (status, body), or nothing
sub request {
    my ($socket, $method, $path, $body) = @_;

    print $socket "$method $path HTTP/1.1\r\nHost: localhost\r\n"
                  . "Content-Type: application/json\r\n"
                  . 'Content-Length: ' . length($body // '')
                  . "\r\n\r\n" . ($body // '')
        or return;

    my ($status, $length) = (0, 0);

    while (1) {
        defined(my $line = <$socket>) or return;
        $status = $1 if $line =~ m{^HTTP/1.1 (\d+)};
        $length = $1 if $line =~ /^Content-Length: (\d+)/i;
        last if $line eq "\r\n";
    }

    my $content = '';
    $length == 0 || read($socket, $content, $length) == $length or return;

    return ($status, $content);
}


# the same, once
sub ask {
    my ($port, @request) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $port)
        or return (0, '');

    return request($socket, @request);
}


# a library in the folder, NAME.so, that holds writers while NAME/on exists,
# and makes NAME/held when it holds one: NAME
sub hold {
    my ($dir) = @_;
    my $hold = "$dir/hold";

    mkdir $hold or die $!;
    chmod 0777, $hold;
    open my $source, '>', "$hold.c" or die $!;
    print $source <<"END";
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

typedef int (*begin_pt)(void *, void *, unsigned, void **);

/* a writer waits for as long as the file is there */
int
mdb_txn_begin(void *env, void *parent, unsigned flags, void **txn)
{
    begin_pt  begin;

    while (flags == 0 && access("$hold/on", F_OK) == 0) {
        close(open("$hold/held", O_CREAT | O_WRONLY, 0644));
        usleep(1000);
    }

    *(void **) &begin = dlsym(dlopen("liblmdb.so.0", RTLD_NOW),
                              "mdb_txn_begin");

    return begin(env, parent, flags, txn);
}
END
    close $source;

    return system("cc -shared -fPIC -o $hold.so $hold.c") == 0 ? $hold : '';
}


# a process that enrols and forgets people, and writes down what was answered
sub client {
    my ($port, $name, $log) = @_;
    my $pid = fork // die "fork: $!";

    return $pid if $pid;

    my @rows = Keyauth::rows();
    $SIG{PIPE} = 'IGNORE';
    $SIG{$_} = 'DEFAULT' for qw(TERM INT);
    srand ord $name;
    open my $out, '>>', $log or die "$log: $!";

    for my $n (1 .. 1e9) {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                           PeerPort => $port);
        person($socket, $out, "$name$n", \@rows) if $socket;
        sleep 0.005;
    }

    exit;
}


sub person {
    my ($socket, $out, $user, $rows) = @_;

    for my $n (1 .. 1 + rand 3) {
        my $body = qq({"UserID":"$user","Phrase":"login",)
                   . typed($rows->[rand @$rows]) . '}';
        my ($status) = request($socket, 'POST', '/enrol', $body);

        return if ($status // 0) != 201;
        syswrite $out, "$user $n\n";
    }

    return if rand() > 0.1;

    # without an answer, either may be true
    syswrite $out, "$user -\n";
    my ($status) = request($socket, 'DELETE', "/enrol?UserID=$user");
    syswrite $out, "$user 0\n" if ($status // 0) == 204;

    return;
}


# what was answered: {user => samples, 0: was forgotten, '-': not known}
sub answered {
    my (@logs) = @_;
    my %people;

    for my $log (@logs) {
        open my $in, '<', $log or next;

        while (<$in>) {
            $people{$1} = $2 if /^(\S+) (\S+)\n/;
        }
    }

    return %people;
}


# what a store has: {user => samples}
sub stored {
    my ($dir, $key) = @_;
    my %people;

    open my $in, '-|', "$Keyauth::BUILD/keyauth store export $dir --key $key"
        or die "keyauth: $!";

    while (<$in>) {
        my $line = decode_json($_);
        $people{$line->{UserID}}
            = ord substr decode_base64($line->{Template}), 1, 1;
    }

    close $in or return;

    return %people;
}


# people with fewer samples than were answered, or forgotten and still there
sub lost {
    my ($people, $stored) = @_;

    return grep {
        my $n = $people->{$_};
        $n ne '-' && ($n ? ($stored->{$_} // 0) < $n : exists $stored->{$_})
    } sort keys %$people;
}


1;
