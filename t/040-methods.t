# vi:set ft=perl ts=4 sw=4 et:

# Methods and media types other than POST and application/json.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 6 - 1 - 2 * 3);

add_block_preprocessor(sub {
    my ($block) = @_;

    if (defined $block->problem) {
        Keyauth::problems($block);

    } else {
        Keyauth::defaults($block);
    }
});

our $body = Keyauth::summary('RF');
our $answer = Keyauth::answer($body);

no_long_string();
run_tests();

__DATA__

=== TEST 1: GET
--- request
GET /predict
--- problem: 405 method-not-allowed
--- response_headers
Allow: POST



=== TEST 2: HEAD
--- request
HEAD /predict
--- error_code: 405
--- response_headers
Allow: POST
Content-Type: application/problem+json
--- response_body
--- no_error_log
[error]



=== TEST 3: PUT
--- request eval
"PUT /predict\n$::body"
--- problem: 405 method-not-allowed
--- response_headers
Allow: POST



=== TEST 4: DELETE
--- request
DELETE /predict
--- problem: 405 method-not-allowed
--- response_headers
Allow: POST



=== TEST 5: OPTIONS
--- request
OPTIONS /predict
--- problem: 405 method-not-allowed
--- response_headers
Allow: POST



=== TEST 6: a form, as curl -d sends it
--- request eval
"POST /predict\n$::body"
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- problem: 415 unsupported-media-type
--- response_headers
Accept: application/json



=== TEST 7: no media type
--- request eval
"POST /predict\n$::body"
--- more_headers
X: y
--- problem: 415 unsupported-media-type
--- response_headers
Accept: application/json



=== TEST 8: a media type that begins alike
--- request eval
"POST /predict\n$::body"
--- more_headers
Content-Type: application/jsonl
--- problem: 415 unsupported-media-type
--- response_headers
Accept: application/json



=== TEST 9: a media type that ends early
--- request eval
"POST /predict\n$::body"
--- more_headers
Content-Type: application/jso
--- problem: 415 unsupported-media-type
--- response_headers
Accept: application/json



=== TEST 10: a charset
--- request eval
"POST /predict\n$::body"
--- more_headers
Content-Type: application/json; charset=utf-8
--- response_body eval
$::answer
--- no_error_log
[error]



=== TEST 11: upper case
--- request eval
"POST /predict\n$::body"
--- more_headers
Content-Type: Application/JSON ;charset=UTF-8
--- response_body eval
$::answer
--- no_error_log
[error]



=== TEST 12: another body with the wrong type is not parsed but discarded
--- request eval
"POST /predict\n" . 'x' x 15000
--- more_headers
Content-Type: text/plain
--- problem: 415 unsupported-media-type
--- response_headers
Accept: application/json
