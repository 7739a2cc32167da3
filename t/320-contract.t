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

my $python = '/usr/bin/python3';


if (system("$python -c 'import jsonschema, yaml' 2>/dev/null") != 0) {
    print "1..0 # SKIP no $python with jsonschema and yaml "
          . "(conf/install.sh test)\n";
    exit 0;
}

my $server = KeyauthServer->new(
    http => "keyauth_model $Keyauth::MODEL; keyauth_zone keyauth:1m;\n"
            . 'keyauth_replay_zone replay:1m; client_max_body_size 16k;'
            . "include $Keyauth::ROOT/conf/problems.conf;",
    server => <<'END');
error_page 400 404 405 413 414 503 /problem;

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

my $production = KeyauthProduction->new(change => sub {
    s/rate=500r/rate=2r/;
    s/burst=500/burst=20/;
});

$production->start() or die "no production server\n";

Flatten::run(['contract', $python, '-B', 't/lib/contract.py',
              "http://127.0.0.1:$server->{port}",
              "https://127.0.0.1:$production->{tls}", $production->{key}]);

if (-f 'build/npm/installed') {
    Flatten::run(['lint', 'node', 't/lib/lint_openapi.mjs']);

} else {
    print "# no build/npm (t/install-npm.sh): the linter does not run\n";
}

Flatten::done();
