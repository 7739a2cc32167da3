# vi:set ft=perl ts=4 sw=4 et:

# What one request leaves behind for the next on its connection.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 3 + 20);

add_block_preprocessor(\&Keyauth::defaults);

our $body = Keyauth::summary('RF');
our $answer = Keyauth::answer($body);
our $other = Keyauth::summary('SVM');
our $other_answer = Keyauth::answer($other);

our @keep = ('Connection: keep-alive');

no_long_string();
run_tests();

__DATA__

=== TEST 1: pipelined
--- pipelined_requests eval
["POST /predict\n$::body", "POST /predict\n$::other",
 "POST /predict\n$::body"]
--- response_body eval
[$::answer, $::other_answer, $::answer]
--- no_error_log
[error]



=== TEST 2: one after the other
--- request eval
["POST /predict\n$::body", "POST /predict\n$::other"]
--- response_body eval
[$::answer, $::other_answer]
--- no_error_log
[error]



=== TEST 3: pipelined, an error among them
--- pipelined_requests eval
["POST /predict\n$::body", "POST /predict\n{",
 "POST /predict\n$::other"]
--- error_code eval
[200, 400, 200]
--- response_body_like eval
["^\Q$::answer\E\$", 'not-json', "^\Q$::other_answer\E\$"]
--- no_error_log
[error]



=== TEST 4: pipelined after a body that is not read
--- pipelined_requests eval
["GET /predict", "POST /predict\n$::body"]
--- error_code eval
[405, 200]
--- response_body_like eval
['method-not-allowed', "^\Q$::answer\E\$"]
--- no_error_log
[error]



=== TEST 5: a body over the limit is discarded, the connection stays
--- config
    access_log logs/error.log;
    location /predict {
        keyauth_predict;
    }
--- raw_request eval
[Keyauth::post('x' x 20000, @::keep), Keyauth::post($::body)]
--- raw_request_middle_delay
0.2
--- ignore_response
--- error_log
"POST /predict HTTP/1.1" 413
"POST /predict HTTP/1.1" 200
--- no_error_log
[error]



=== TEST 6: a client that goes away in the middle of its body
--- raw_request eval
Keyauth::post(substr($::body, 0, 50), 'Content-Length: 500')
--- abort
--- timeout: 0.2
--- wait: 0.2
--- ignore_response
--- no_error_log
[error]
[alert]



=== TEST 7: a body that does not come in time: a problem, and the end
--- http_config eval
"keyauth_model $Keyauth::MODEL; client_body_timeout 300ms;"
--- config
    access_log logs/error.log;
    location /predict {
        keyauth_predict;
    }
--- raw_request eval
Keyauth::post(substr($::body, 0, -20), 'Content-Length: ' . length $::body,
              @::keep)
--- response_headers
Connection: close
Content-Type: application/problem+json
--- response_body_like: ^\{"type":"urn:keyauth:problem:too-slow",.*"status":408
--- error_code: 408
--- error_log
"POST /predict HTTP/1.1" 408
--- no_error_log
[error]



=== TEST 8: the same, after parts of it
--- http_config eval
"keyauth_model $Keyauth::MODEL; client_body_timeout 1s;"
--- raw_request eval
my $request = Keyauth::post($::body, @::keep);
[substr($request, 0, -40), substr($request, -40, 20)]
--- raw_request_middle_delay
0.2
--- response_body_like: too-slow
--- error_code: 408
--- no_error_log
[error]
