#!/usr/bin/perl

# cloudformation/smoke_test.py against servers that are right, and against
# servers that are wrong in each way that it is there to find.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use File::Copy qw(copy);
use Test::More;
use Time::HiRes qw(time);

my $SMOKE = "$Keyauth::ROOT/cloudformation/smoke_test.py";
my $tls = $KeyauthServer::port++;

my $server = KeyauthServer->new(
    http => 'keyauth_model served.model; ssl_certificate localhost.crt; '
            . 'ssl_certificate_key localhost.key; '
            . 'limit_req_zone $server_name zone=all:64k rate=20r/s; ',
    server => <<"END"
        listen 127.0.0.1:$tls ssl;
        location = /locked/predict {
            if (\$http_authorization != 'Bearer kx_secret') { return 401; }
            keyauth_predict;
        }
        location = /slow/predict {
            limit_req zone=all;
            limit_req_status 429;
            keyauth_predict;
        }
        location = /rewritten/predict {
            return 200 '{"UserID":1}';
            add_header Keyauth-Model @{[Keyauth::id()]};
        }
        location = /broken/predict {
            return 500;
        }
END
);
my $dir = $server->{dir};
my $trust = "--ca $dir/localhost.crt";

system('openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes '
       . '-subj /CN=localhost -addext subjectAltName=DNS:keyauth.example '
       . "-keyout $dir/localhost.key -out $dir/localhost.crt 2>$dir/openssl")
    == 0 or die $server->slurp('openssl');


sub smoke {
    my ($arguments) = @_;

    my $out = `$SMOKE $arguments 2>&1`;

    return ($? >> 8, $out);
}


sub is_smoke {
    my ($arguments, $code, $like, $name) = @_;
    my ($got, $out) = smoke($arguments);

    is($got, $code, "$name: exit $code") or diag($out);
    like($out, $like, "$name: says so");

    return;
}


# golden files

for my $name (qw(one two)) {
    my ($rc) = smoke("--make $Keyauth::BUILD/t/$name/keyauth.model "
                     . "--keyauth $Keyauth::BUILD/keyauth "
                     . ">$dir/$name.json");
    is($rc, 0, "makes a golden file of model $name");
}

my $golden = "--golden $dir/one.json";
my $bodies = () = $server->slurp('one.json') =~ /"body"/g;

cmp_ok($bodies, '==', 4 * 8 + 3, 'it has rows for four models, and mistakes');

is_smoke("--make $dir/openssl --keyauth $Keyauth::BUILD/keyauth", 2,
         qr/inspect failed: \S/, 'a file that is no model');

my $plain = "http://127.0.0.1:$server->{port}";

is_smoke("$plain $golden", 2, qr/no answer from 127\.0\.0\.1 port \d+: \S/,
         'nobody there');


# a server that is right

copy($Keyauth::MODEL, "$dir/served.model") or die;

my $pid = fork // die "fork: $!";

if (!$pid) {
    exec 'sh', '-c', "sleep 1; exec " . $server->command();
}

is_smoke("$plain $golden --wait 60", 0,
         qr/^35 of 35 answers by model [0-9a-f]{16} are right$/m,
         'plain, and still starting');
waitpid $pid, 0;
$server->wait_for(sub { $server->pid() });

is_smoke("https://keyauth.example $golden $trust --connect 127.0.0.1:$tls",
         0, qr/^35 of 35/m, 'TLS under another name');
is_smoke("https://127.0.0.1:$tls $golden --insecure", 0, qr/^35 of 35/m,
         'any certificate, with the option');
is_smoke("$plain $golden --dry-run", 0, qr{^POST /predict \{.*\}: 422$}m,
         'dry run');
is_smoke("$plain/slow $golden", 0, qr/^35 of 35/m, 'a limit of requests');

open my $key, '>', "$dir/key" or die;
print $key "kx_secret\n";
close $key;

is_smoke("$plain/locked $golden --key-file $dir/key", 0, qr/^35 of 35/m,
         'a key from a file');

{
    local $ENV{KEYAUTH_API_KEY} = 'kx_secret';
    is_smoke("$plain/locked $golden", 0, qr/^35 of 35/m,
             'a key from the environment');
}


# and what must not pass

is_smoke("$plain/locked $golden", 1, qr/WRONG .* 401: the API key/,
         'no key');
is_smoke("$plain --golden $dir/two.json", 1,
         qr/WRONG .* model @{[Keyauth::id()]} answers, not /,
         'another model');
is_smoke("$plain $golden --model 0123456789abcdef", 1,
         qr/not 0123456789abcdef/, 'not the model that is required');
is_smoke("$plain/rewritten $golden", 1, qr/WRONG .* answer \{"UserID": 1\}/,
         'other answers');
is_smoke("$plain/broken $golden", 1, qr/^0 of 35/m, 'errors');
is_smoke("https://keyauth.example $golden --connect 127.0.0.1:$tls", 2,
         qr/certificate is not trusted: \S/, 'a stranger\'s certificate');
is_smoke("https://localhost $golden $trust --connect 127.0.0.1:$tls", 2,
         qr/certificate is not trusted: .*localhost/,
         'a certificate for another name');
is_smoke("ftp://127.0.0.1 $golden", 2, qr/not a URL/, 'not a URL');
is_smoke("$plain --golden $dir/openssl", 2, qr/is not a golden file/,
         'not a golden file');
is_smoke("$plain", 2, qr/--golden is required/, 'no golden file');
is_smoke("$plain $golden --key-file $dir/none", 2,
         qr/cannot read the API key/, 'a key file that is not there');

# one wrong answer among right ones is enough
my $text = $server->slurp('one.json');
$text =~ s/("UserID": )(\d+)/$1 . ($2 + 1)/e;
open my $fh, '>', "$dir/wrong.json" or die;
print $fh $text;
close $fh;

is_smoke("$plain --golden $dir/wrong.json", 1, qr/^34 of 35/m,
         'a single wrong answer');

done_testing();
