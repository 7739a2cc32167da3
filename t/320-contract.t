#!/usr/bin/perl

# docs/openapi.yaml: a linter has nothing to say of it, and the server answers
# as it says (t/lib/contract.py).

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthProduction;
use KeyauthServer;

use File::Copy qw(copy);
use Flatten;
use MIME::Base64 qw(encode_base64);

my $python = '/usr/bin/python3';


if (system("$python -c 'import jsonschema, yaml' 2>/dev/null") != 0) {
    print "1..0 # SKIP no $python with jsonschema and yaml "
          . "(conf/install.sh test)\n";
    exit 0;
}

# so many people, with a phrase of their own: two samples of two keys each
sub many {
    my ($people) = @_;
    my $bytes = pack('CCv', 2, 2, 0) . pack('Vvv3', 20000, 1, 720, 800, 1400)
                . pack('Vvv3', 20000, 1, 760, 840, 1500);
    my $template = encode_base64($bytes, '');

    return map { qq({"UserID":$_,"Phrase":"$people people",)
                 . qq("Template":"$template"}\n) } 1 .. $people;
}


sub command {
    my ($command, $in) = @_;

    open my $to, '|-', "build/keyauth $command" or die "keyauth: $!";
    print $to $in // '';
    close $to or die "keyauth $command: $?\n";

    return;
}


# bits of each template: of a leaf's node that has a key of 33 bytes and a t
sub damage {
    my ($file) = @_;

    open my $fh, '+<:raw', $file or die "$file: $!";
    my $bytes = do { local $/; <$fh> };
    my $n = $bytes =~ s/(\0\0\x21\0t.{32}\x01.{24})(.)/$1 . ~$2/egs;
    seek $fh, 0, 0;
    print $fh $bytes;
    close $fh or die "$file: $!";
    $n or die "$file: no template\n";

    return;
}


# a server that enrols, with another model or store
sub other {
    my ($model, $store) = @_;

    my $other = KeyauthServer->new(
        http => "keyauth_model $model; keyauth_store $store;",
        server => 'location = /enrol { keyauth_enrol; }');

    $other->start() or die "no server\n";

    return $other;
}


my $dir = File::Temp::tempdir(CLEANUP => 1);
my $key = "$dir/key";

chmod 0755, $dir;
command("key store --file $_") for $key, "$dir/other";
command("store import --create $dir/store --key $key >$dir/out",
        qq({"UserID":"damaged","Phrase":"login","Template":"AgAAAA=="}\n));
damage("$dir/store/templates.1");
command("store import $dir/store --key $key >$dir/out",
        join '', map { many($_) } 300, 4097);

my $server = KeyauthServer->new(
    http => "keyauth_model $Keyauth::MODEL; keyauth_zone keyauth:1m;\n"
            . "keyauth_store $dir/store key=$key map_size=64m;\n"
            . 'keyauth_replay_zone replay:1m; client_max_body_size 16k;'
            . "include $Keyauth::ROOT/conf/problems.conf;",
    server => <<'END');
error_page 400 404 405 413 414 503 /problem;

location = /enrol { keyauth_enrol; }
location = /verify { keyauth_verify; }
location = /card { keyauth_card; }
location = /metrics { keyauth_metrics; }
location = /health/live { keyauth_health live; }
location = /health/ready { keyauth_health ready; }

location = /openapi.json {
    root  .;
    types { application/json json; }
}

location = /problem {
    internal;
    client_max_body_size 0;
    default_type application/problem+json;
    return 200 $keyauth_problem;
}
END

copy('docs/openapi.json', "$server->{dir}/openapi.json") or die "copy: $!";
$server->start() or die "no server\n";

# a model without a background: there are people too few for it
command("synth --users 4 >$dir/few.csv");
command("train --data $dir/few.csv --out $dir --models RF --quiet");

my %other = (
    'store-full' => other($Keyauth::MODEL, "$dir/small key=$key map_size=1m"),
    'store-not-ready' => other($Keyauth::MODEL, "$dir/store key=$dir/other"),
    'no-live' => other("$dir/keyauth.model", "$dir/few key=$key"));

my $production = KeyauthProduction->new(change => sub {
    s/rate=500r/rate=2r/;
    s/burst=500/burst=20/;
});

$production->start() or die "no production server\n";

Flatten::run(['contract', $python, '-B', 't/lib/contract.py',
              "http://127.0.0.1:$server->{port}",
              "https://127.0.0.1:$production->{tls}", $production->{key},
              $production->{desk},
              map { "$_=http://127.0.0.1:$other{$_}{port}" } sort keys %other]);

if (-f 'build/npm/installed') {
    Flatten::run(['lint', 'node', 't/lib/lint_openapi.mjs']);

} else {
    print "# no build/npm (t/install-npm.sh): the linter does not run\n";
}

Flatten::done();
