#!/usr/bin/perl

# What may be wrong with a store: the disk or the map is full, it cannot be
# written, its version or its key is another one, it is a copy.  Answers say
# what to do, nothing that is there is lost, and what needs no store goes on.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;
use KeyauthStore;

use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64;
use Test::More;
use Time::HiRes qw(sleep time);

my @rows = Keyauth::rows();
my $dir = tempdir(CLEANUP => 1);
my $keyauth = "$Keyauth::BUILD/keyauth";
my $server;
my @mounted;

END {
    local $?;
    $server->stop() if $server;
    system("umount -l $_") for @mounted;
}

chmod 0755, $dir;
is(system("$keyauth key store --file $dir/$_"), 0, 'a key is made')
    for qw(key other);


sub start {
    my ($store, $size, $key) = @_;

    $server->stop() if $server;
    $key //= 'key';
    $server = KeyauthServer->new(
        http => "keyauth_model $Keyauth::MODEL;\n"
                . "keyauth_store $store key=$dir/$key map_size=$size"
                . ' compact=300ms;',
        server => 'location = /verify { keyauth_verify; }
                   location = /auth { keyauth_verify header; }
                   location = /enrol { keyauth_enrol; }');

    return ok($server->start(), 'starts');
}


sub ask {
    return KeyauthStore::ask($server->{port}, @_);
}


sub enrol {
    my ($user, $samples) = @_;

    return ask('POST', '/enrol', qq({"UserID":"$user","Samples":[)
               . join(',', map { '{' . KeyauthStore::typed($rows[$_ % @rows])
                                 . '}' } 1 .. $samples) . ']}');
}


# enrols people until one is refused: how many there are, and the answer
sub fill {
    my ($name) = @_;

    for my $n (0 .. 5000) {
        my ($status, $content) = enrol("$name$n", 24);
        return ($n, $status, $content) if $status != 201;
    }

    return;
}


# people who are there with all that they have enrolled
sub there {
    my ($name, $n, $samples) = @_;

    return grep { (ask('GET', "/enrol?UserID=$name$_"))[1]
                  =~ /"Samples":$samples,/ } 0 .. $n - 1;
}


sub says {
    my ($status, $content, $code, $type, $detail, $name) = @_;
    my $problem = eval { decode_json($content) } // {};

    is($status, $code, $name) or diag $content;
    is($problem->{type}, "urn:keyauth:problem:$type", "$name: $type");
    like($problem->{detail} // '', $detail, "$name: what to do");

    return;
}


# what the model file alone answers goes on
sub goes_on {
    my ($name) = @_;
    my ($status, $content)
        = ask('POST', '/predict', Keyauth::summary('RF'));
    is($status, 200, "$name: /predict goes on");

    ($status, $content) = ask('POST', '/verify',
                              Keyauth::claim($rows[0][0], $rows[0]));
    like("$status $content", qr/^200 .*"Method":"FUSION"/,
         "$name: /verify by the model goes on");

    return;
}


# nobody can enrol, or be looked up
sub not_ready {
    my ($name, $log) = @_;

    says(enrol('ann', 4), 503, 'store-not-ready', qr/error log/,
         "$name: POST");
    says(ask('GET', '/enrol?UserID=ann'), 503, 'store-not-ready',
         qr/error log/, "$name: GET");
    says(ask('DELETE', '/enrol?UserID=ann'), 503, 'store-not-ready',
         qr/error log/, "$name: DELETE");
    says(ask('POST', '/verify', qq({"UserID":"ann",)
             . KeyauthStore::typed($rows[0]) . '}'),
         503, 'store-not-ready', qr/error log/, "$name: a claim by template");

    my $sample = encode_base64('{"UserID":"ann",'
                               . KeyauthStore::typed($rows[0]) . '}', '');
    is(($server->get('/auth', headers => ["Keyauth-Sample: $sample"]))[0],
       503, "$name: nor is it said that the claim is not accepted");

    goes_on($name);
    like($server->slurp('error.log'), $log, "$name: the log says why");

    return;
}


# a byte of a stored store, by what stands before it
sub patch {
    my ($file, $after, $at, $bytes) = @_;

    open my $fh, '+<:raw', $file or die "$file: $!";
    my $data = do { local $/; <$fh> };
    my $from = 0;

    while (($from = index $data, $after, $from) >= 0) {
        substr $data, $from + $at, length $bytes, $bytes;
        $from++;
    }

    seek $fh, 0, 0;
    print $fh $data;
    close $fh or die "$file: $!";

    return;
}


# the map

start("$dir/map", '1m');
my ($n, $status, $content) = fill('m');
cmp_ok($n, '>', 50, "the map takes $n people");
says($status, $content, 507, 'store-full', qr/map_size/, 'a full map');
is(scalar there('m', $n, 24), $n, 'all are there');
is((ask('GET', "/enrol?UserID=m$n"))[0], 404, 'but the last');
goes_on('a full map');

is(scalar(grep { (ask('DELETE', "/enrol?UserID=m$_"))[0] == 204 } 0 .. 39), 40,
   'people are forgotten still');
ok($server->wait_for(sub { (enrol('late', 4))[0] == 201 }),
   'and leave room for others');

start("$dir/map", '2m');
is((enrol('later', 24))[0], 201, 'a larger map takes more');


# another version, another key, another file; a copy

$server->stop();
my ($file) = grep { !/-lock$/ } glob "$dir/map/templates.*";
system('cp', '-r', "$dir/map", "$dir/$_") == 0 or die
    for qw(version head copy);

patch("$dir/version/" . $file =~ s{.*/}{}r, 'KEYAUTHS', 8, "\x02");
start("$dir/version", '2m');
not_ready('another version', qr/version 2; only version 1.*export it/);

start("$dir/map", '2m', 'other');
not_ready('another key', qr/another key: name the key file/);

patch("$dir/head/" . $file =~ s{.*/}{}r, 'KEYAUTHS', 0, 'X');
start("$dir/head", '2m');
not_ready('another file', qr/cannot be read/);

# a bit of where the nodes of each page begin
system('cp', '-r', "$dir/map", "$dir/pages") == 0 or die;
my $pages = "$dir/pages/" . $file =~ s{.*/}{}r;

for my $page (2 .. (-s $pages) / 4096 - 1) {
    open my $fh, '+<:raw', $pages or die "$pages: $!";
    seek $fh, 4096 * $page + 13, 0;
    print $fh "\x7f";
    close $fh;
}

start("$dir/pages", '2m');
not_ready('all pages', qr/cannot be read/);
unlike($server->slurp('error.log'), qr/exited on signal/, 'nobody has crashed');

unlink glob "$dir/copy/*-lock";
start("$dir/copy", '2m');
like((ask('GET', '/enrol?UserID=later'))[1], qr/"Samples":24,/,
     'a copy is read');
is((enrol('copied', 4))[0], 201, 'and written');
$server->stop();
is(system("$keyauth store verify $dir/copy --key $dir/key >$dir/out"), 0,
   'it is whole');


# somebody cuts the file of a store that is in use, and puts it back

start("$dir/copy", '2m');
is((enrol('uncut', 4))[0], 201, 'a store in use');
my @workers = $server->workers();
($file) = grep { !/-lock$/ } glob "$dir/copy/templates.*";
system('cp', $file, "$dir/kept") == 0 or die;
truncate $file, 0 or die "$file: $!";
sleep 0.1;
says(enrol('ann', 4), 503, 'store-not-ready', qr/truncated.*restore a backup/,
     'a file that is cut: POST');
says(ask('GET', '/enrol?UserID=uncut'), 503, 'store-not-ready',
     qr/truncated.*restore a backup/, 'a file that is cut: GET');
goes_on('a file that is cut');
like($server->slurp('error.log'), qr/\[error\].*file was truncated/,
     'the log says what to do');
is("@{[$server->workers()]}", "@workers", 'no worker has ended');
$server->stop();
system('cp', "$dir/kept", $file) == 0 or die;
start("$dir/copy", '2m');
like((ask('GET', '/enrol?UserID=uncut'))[1], qr/"Samples":4,/,
     'put back, it is read');
$server->stop();


# the disk

SKIP: {
    mkdir "$dir/disk" or die $!;

    skip 'a disk of its own can be mounted by root alone', 43
        if $> != 0
           || system("mount -t tmpfs -o size=1m tmpfs $dir/disk 2>$dir/out");

    push @mounted, "$dir/disk";
    disk();
}


sub disk {
    my $store = "$dir/disk/store";

    # none is left when it starts

    system("dd if=/dev/zero of=$dir/disk/zero bs=4k 2>$dir/out");
    start($store, '64m');
    not_ready('no disk', qr/No space left/);
    unlink "$dir/disk/zero";
    ok($server->wait_for(sub { (enrol('first', 4))[0] == 201 }),
       'it is ready once there is room');

    # it fills up

    ($n, $status, $content) = fill('d');
    cmp_ok($n, '>', 50, "the disk takes $n people");
    says($status, $content, 507, 'store-full', qr/disk is full/,
         'a full disk');
    is(scalar there('d', $n, 24), $n, 'all are there');
    goes_on('a full disk');
    $server->reload();
    is(scalar there('d', $n, 24), $n, 'and after a reload');

    system("mount -o remount,size=8m $dir/disk") == 0 or die;
    is((enrol("d$n", 24))[0], 201, 'a larger disk takes more at once');
    is((ask('DELETE', '/enrol?UserID=first'))[0], 204, 'one is forgotten');
    ok($server->wait_for(sub { -e "$store/templates.2"
                               && !-e "$store/templates.1" }), 'and erased');
    is(scalar there('d', $n + 1, 24), $n + 1, 'the others are there');

    # it cannot be written

    $server->stop();
    system("mount -o remount,ro $dir/disk") == 0 or die;
    start($store, '64m');
    is(scalar there('d', $n, 24), $n, 'read-only: all are there');
    says(enrol('ann', 4), 503, 'store-not-ready', qr/cannot be written: mend/,
         'read-only: POST');
    says(ask('DELETE', '/enrol?UserID=d1'), 503, 'store-not-ready',
         qr/cannot be written: mend/, 'read-only: DELETE');
    ($status, $content) = ask('POST', '/verify', '{"UserID":"d1","FAR":0.2,'
                              . KeyauthStore::typed($rows[1]) . '}');
    like("$status $content", qr/^200 .*"Method":"LIVE"/,
         'read-only: /verify by the template goes on');
    goes_on('read-only');
    unlike($server->slurp('error.log'), qr/\[(?:alert|emerg|crit)\]/,
           'no alert in the log');

    $server->stop();
    is(system("$keyauth store verify $store --key $dir/key >$dir/out"), 0,
       'it is whole');

    return;
}

$server->stop();

done_testing();
