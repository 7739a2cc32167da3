# vi:set ft=perl ts=4 sw=4 et:

# Health: alive and ready, and not ready with the reason why.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 5 + 1);

our $bad = "$Keyauth::BUILD/t/false.model";
Keyauth::false_witness($Keyauth::MODEL, $bad);

our $json = "Content-Type: application/json\n";
our $problem = "Content-Type: application/problem+json\n";

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $block->http_config
                      || "keyauth_model $Keyauth::MODEL;\n"
                         . 'keyauth_zone health:64k;');
    $block->set_value('config', <<'END');
        location = /live { keyauth_health live; }
        location = /ready { keyauth_health ready; }
END
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: alive
--- request
GET /live
--- response_body: {"Status":"live"}
--- response_headers eval
$::json
--- no_error_log
[error]
[warn]



=== TEST 2: ready
--- request
GET /ready
--- response_body: {"Status":"ready"}
--- response_headers eval
$::json
--- no_error_log
[error]
[warn]



=== TEST 3: HEAD
--- request
HEAD /ready
--- response_body
--- response_headers eval
$::json . "Content-Length: 18"
--- no_error_log
[error]
[warn]



=== TEST 4: another method
--- request
POST /live
x
--- error_code: 405
--- response_headers
Allow: GET, HEAD
--- response_body_like: "detail":"Health requires GET\."
--- no_error_log
[error]
[warn]



=== TEST 5: ready without a zone
--- http_config eval
"keyauth_model $Keyauth::MODEL;"
--- request
GET /ready
--- response_body: {"Status":"ready"}
--- response_headers eval
$::json
--- no_error_log
[error]
[warn]



=== TEST 6: models that fail their test: alive
--- http_config eval
"keyauth_model $::bad; keyauth_zone health:64k;"
--- request
GET /live
--- response_body: {"Status":"live"}
--- response_headers eval
$::json
--- no_error_log
[error]
[warn]



=== TEST 7: but not ready, and why
--- http_config eval
"keyauth_model $::bad; keyauth_zone health:64k;"
--- request
GET /ready
--- error_code: 503
--- response_headers eval
$::problem
--- response_body_like eval
qr/^\{"type":"urn:keyauth:problem:not-ready",
   "title":"The\ models\ are\ not\ ready","status":503,
   "detail":"known-answer\ test:\ FUSION\ answers\ class\ \d+\ to\ golden\ row
   \ \d+,\ not\ \d+"\}$/x
--- no_error_log
[error]
[warn]



=== TEST 8: HEAD of that
--- http_config eval
"keyauth_model $::bad; keyauth_zone health:64k;"
--- request
HEAD /ready
--- error_code: 503
--- response_headers eval
$::problem
--- response_body
--- no_error_log
[error]
[warn]
