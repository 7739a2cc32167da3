package Keyauth;

# What the tests share: where things are, bodies, and the answer that the
# keyauth command gives to a body.  `use` it before Test::Nginx, which reads
# its environment when loaded.

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha256);
use File::Basename qw(dirname);
use File::Temp qw(tempfile);
use MIME::Base64 qw(encode_base64);

our ($ROOT, $BUILD, $MODULE, $MODEL, $OTHER);

BEGIN {
    $ROOT = abs_path(dirname(__FILE__) . '/../..');
    $BUILD = "$ROOT/build";
    $MODULE = $ENV{TEST_NGINX_LOAD_MODULES}
              || "$BUILD/ngx_http_keyauth_module.so";
    $MODEL = "$BUILD/t/one/keyauth.model";
    $OTHER = "$BUILD/t/two/keyauth.model";

    $ENV{PATH} .= ':/usr/sbin';
    $ENV{TEST_NGINX_BINARY} ||= '/usr/sbin/nginx';
    $ENV{TEST_NGINX_LOAD_MODULES} = $MODULE;
    $ENV{TEST_NGINX_TIMEOUT} ||= 60;   # its own 3 s are few on a busy machine
    $ENV{TEST_NGINX_SERVROOT} ||= "$ROOT/t/servroot";
}


# the challenge's body
sub summary {
    my ($model) = @_;

    $model ||= 'RF';

    return qq!{"Model":"$model","HT":{"Mean":48.43,"STD":23.34},!
           . '"PPT":{"Mean":120.43,"STD":37.41},'
           . '"RRT":{"Mean":124.43,"STD":45.34},'
           . '"RPT":{"Mean":132.56,"STD":47.12}}';
}


# a row of the data the model learnt, as timings: [label, press, release]
sub rows {
    my ($file) = @_;
    my @rows;

    open my $fh, '<', $file || "$BUILD/t/one/data.csv" or die "$file: $!";
    <$fh>;

    while (<$fh>) {
        s/[\r\n]+$//;
        my ($user, @times) = split /,/;
        my @press = @times[grep { $_ % 2 == 0 } 0 .. $#times];
        my @release = @times[grep { $_ % 2 == 1 } 0 .. $#times];
        push @rows, [$user, \@press, \@release];
    }

    return @rows;
}


sub timings {
    my ($model, $row) = @_;

    return qq!{"Model":"$model","Press":[! . join(',', @{$row->[1]})
           . '],"Release":[' . join(',', @{$row->[2]}) . ']}';
}


# a person who is not in the model
sub stranger {
    my @press = map { $_ * 900 } 0 .. 12;
    my @release = map { $_ + 400 } @press;

    my $body = timings('FUSION', [0, \@press, \@release]);
    $body =~ s/\}$/,"FAR":0.001}/;

    return $body;
}


# a claim, with one row of timings or several: (user, row, ..., FAR => x)
sub claim {
    my ($user, @rows) = @_;
    my $far = @rows > 2 && !ref $rows[-2] ? (splice @rows, -2)[1] : undef;

    my @samples = map { '"Press":[' . join(',', @{$_->[1]})
                        . '],"Release":[' . join(',', @{$_->[2]}) . ']' }
                  @rows;

    return qq!{"UserID":$user,!
           . (@rows == 1 ? $samples[0] : '"Attempts":['
              . join(',', map { "{$_}" } @samples) . ']')
           . (defined $far ? qq!,"FAR":$far}! : '}');
}


sub top {
    my ($body, $n) = @_;

    $body =~ s/\}$/,"Top":$n}/;

    return $body;
}


sub batch {
    my (@bodies) = @_;

    return '[' . join(',', @bodies) . ']';
}


# what the keyauth command, which has the same engine, answers
sub answer {
    my ($body, $model) = @_;

    my ($fh, $name) = tempfile(UNLINK => 1);
    print $fh $body;
    close $fh;

    $model ||= $MODEL;

    my $answer = `$BUILD/keyauth predict --model $model < $name`;
    die "keyauth predict failed\n" if $?;

    chomp $answer;
    return $answer;
}


# the id that Keyauth-Model carries
sub id {
    my ($model) = @_;

    open my $fh, '<:raw', $model || $MODEL or die "$model: $!";
    read $fh, my $header, 192 or die "$model: $!";

    return substr unpack('H*', substr $header, 32, 32), 0, 16;
}


# Ed25519 keys, made by openssl: the directive for one, and a model's bytes
# signed with one
sub trusted_key {
    my ($name) = @_;

    return "keyauth_trusted_key " . key($name) . '.pem;';
}


sub sign {
    my $key = key($_[1]);
    my $public = `openssl pkey -in $key.key -pubout -outform DER`;

    substr($_[0], 64, 32) = substr $public, -32;
    digest($_[0]);

    open my $fh, '>:raw', "$key.digest" or die "$key: $!";
    print $fh "keyauth model signature v1\n", substr $_[0], 32, 32;
    close $fh or die "$key: $!";

    my $signature =
        `openssl pkeyutl -sign -rawin -inkey $key.key -in $key.digest`;

    die "openssl failed\n" unless length $signature == 64;

    substr($_[0], 96, 64) = $signature;

    return;
}


# sets a model's digest right
sub digest {
    substr($_[0], 32, 32) = sha256(substr($_[0], 0, 32)
                                   . substr($_[0], 64, 32)
                                   . substr($_[0], 192));

    return;
}


# a model whose test fails in the worker: the file is whole, and signed by
# its SHA-256, but does not answer what it says it does
sub false_witness {
    my ($from, $to) = @_;

    open my $in, '<:raw', $from or die "$from: $!";
    my $data = do { local $/; <$in> };

    my $sections = unpack 'L<', substr $data, 12, 4;
    my ($golden) = grep { $_->[0] eq 'golden' }
                   map { [unpack 'Z16 Q< Q<', substr $data, 192 + 32 * $_, 32] }
                   0 .. $sections - 1;

    my $at = $golden->[1] + $golden->[2] - 4;
    my $label = unpack 'L<', substr $data, $at, 4;

    substr($data, $at, 4) = pack 'L<', $label ? $label - 1 : 1;
    digest($data);

    open my $out, '>:raw', $to or die "$to: $!";
    print $out $data;
    close $out or die "$to: $!";

    return;
}


sub key {
    my ($name) = @_;
    my $file = "$BUILD/t/$name";

    if (!-f "$file.pem") {
        system("openssl genpkey -algorithm ed25519 -out $file.key"
               . " && openssl pkey -in $file.key -pubout -out $file.pem") == 0
            or die "openssl failed\n";
    }

    return $file;
}


# a claim as the header Keyauth-Sample has it
sub sample {
    return 'Keyauth-Sample: ' . encode_base64(claim(@_), '');
}


# fills a block of Test::Nginx up with what nearly all of them have
sub defaults {
    my ($block) = @_;

    my %values = (
        http_config => "keyauth_model $MODEL;\n",
        config => "location /predict { keyauth_predict; }\n",
    );

    if (!defined $block->raw_request) {
        $values{more_headers} = "Content-Type: application/json\n";
    }

    for my $name (keys %values) {
        if (!defined $block->$name) {
            $block->set_value($name, $values{$name});
        }
    }

    return;
}


# a block whose answer comes from the model, without an error in the log
sub answers {
    my ($block) = @_;

    defaults($block);

    if (!defined $block->response_headers) {
        $block->set_value('response_headers',
                          "Content-Type: application/json\n"
                          . 'Keyauth-Model: ' . id() . "\n");
    }

    if (!defined $block->no_error_log) {
        $block->set_value('no_error_log', "[error]\n");
    }

    return;
}


# --- body: what is sent to /predict
# --- problem: STATUS CODE [POINTER], what must come back
sub problems {
    my ($block) = @_;

    defaults($block);

    if (defined $block->body) {
        my $body = $block->body;
        chomp $body;
        $block->set_value('request', "POST /predict\n$body");
    }

    my ($status, $code, $pointer) = split ' ', $block->problem;

    my $like = qq!^\\{"type":"urn:keyauth:problem:$code",!
               . qq!"title":"[^"]+","status":$status,"detail":"[^"]+"!
               . ($pointer ? qq!,"pointer":"\Q$pointer\E"! : '') . '\\}$';

    $block->set_value('error_code', $status);
    $block->set_value('response_body_like', $like);
    $block->set_value('response_headers', ($block->response_headers || '')
                      . "Content-Type: application/problem+json\n");
    $block->set_value('error_log',
                      "keyauth: client sent invalid request: $code");
    $block->set_value('no_error_log', "[error]\n");

    return;
}


# a raw request, so that a test decides what goes out in which packet; an
# empty Content-Length leaves it out
sub post {
    my ($body, @headers) = @_;

    if (!grep { /^Content-Length|^Transfer-Encoding/i } @headers) {
        push @headers, 'Content-Length: ' . length $body;
    }

    if (!grep { /^Connection/i } @headers) {
        push @headers, 'Connection: close';
    }

    @headers = grep { $_ ne 'Content-Length:' } @headers;

    return join("\r\n", 'POST /predict HTTP/1.1', 'Host: localhost',
                'Content-Type: application/json', @headers)
           . "\r\n\r\n$body";
}


sub chunked {
    my (@parts) = @_;

    return join '', map { sprintf "%x\r\n%s\r\n", length $_, $_ } @parts, '';
}


1;
