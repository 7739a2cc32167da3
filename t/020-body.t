# vi:set ft=perl ts=4 sw=4 et:

# A body reaches the handler in eight shapes (nginx's core decides which).  A
# reader that knows the first alone passes every test made with curl: each
# shape has its blocks here, and the log proves that the shape was met.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 4);

# where no shape is expected in the log, the body fits a buffer
add_block_preprocessor(sub {
    my ($block) = @_;

    Keyauth::defaults($block);

    if (!defined $block->no_error_log) {
        $block->set_value('no_error_log', "[error]\n"
                          . (defined $block->error_log ? ''
                             : "a client request body is buffered\n"));
    }
});

our $body = Keyauth::summary('RF');
our $answer = Keyauth::answer($body);
our @halves = (substr($body, 0, 50), substr($body, 50));

no_long_string();
run_tests();

__DATA__

=== TEST 1: in the header's packet
--- raw_request eval
Keyauth::post($::body)
--- response_body eval
$::answer



=== TEST 2: in two packets
--- raw_request eval
[Keyauth::post($::halves[0], 'Content-Length: ' . length $::body),
 $::halves[1]]
--- raw_request_middle_delay
0.1
--- response_body eval
$::answer



=== TEST 3: in packets of its own
--- raw_request eval
[Keyauth::post('', 'Content-Length: ' . length $::body), @::halves]
--- raw_request_middle_delay
0.1
--- response_body eval
$::answer



=== TEST 4: byte by byte
--- raw_request eval
[Keyauth::post('', 'Content-Length: ' . length $::body), split //, $::body]
--- raw_request_middle_delay
0.002
--- response_body eval
$::answer



=== TEST 5: a single buffer asked for, two packets
--- config
    location /predict {
        client_body_in_single_buffer on;
        keyauth_predict;
    }
--- raw_request eval
[Keyauth::post($::halves[0], 'Content-Length: ' . length $::body),
 $::halves[1]]
--- raw_request_middle_delay
0.1
--- response_body eval
$::answer



=== TEST 6: a single buffer asked for, chunked
--- config
    location /predict {
        client_body_in_single_buffer on;
        keyauth_predict;
    }
--- raw_request eval
[Keyauth::post(Keyauth::chunked(@::halves), 'Transfer-Encoding: chunked')]
--- response_body eval
$::answer



=== TEST 7: larger than the buffer: a file
--- config
    location /predict {
        client_body_buffer_size 100;
        keyauth_predict;
    }
--- raw_request eval
[Keyauth::post('', 'Content-Length: ' . length $::body), @::halves]
--- raw_request_middle_delay
0.1
--- response_body eval
$::answer
--- error_log
a client request body is buffered to a temporary file



=== TEST 8: a file asked for
--- config
    location /predict {
        client_body_in_file_only clean;
        keyauth_predict;
    }
--- raw_request eval
Keyauth::post($::body)
--- response_body eval
$::answer
--- error_log
a client request body is buffered to a temporary file



=== TEST 9: chunked and larger than the buffer
--- config
    location /predict {
        client_body_buffer_size 100;
        keyauth_predict;
    }
--- raw_request eval
[Keyauth::post('', 'Transfer-Encoding: chunked'),
 Keyauth::chunked(@::halves)]
--- raw_request_middle_delay
0.1
--- response_body eval
$::answer
--- error_log
a client request body is buffered to a temporary file



=== TEST 10: chunked, one packet
--- raw_request eval
Keyauth::post(Keyauth::chunked($::body), 'Transfer-Encoding: chunked')
--- response_body eval
$::answer



=== TEST 11: chunked, a byte a chunk
--- raw_request eval
Keyauth::post(Keyauth::chunked(split //, $::body),
              'Transfer-Encoding: chunked')
--- response_body eval
$::answer



=== TEST 12: chunked, a packet a chunk
--- raw_request eval
my @packets = map { sprintf "%x\r\n%s\r\n", length $_, $_ } @::halves;
[Keyauth::post('', 'Transfer-Encoding: chunked'), @packets, "0\r\n\r\n"]
--- raw_request_middle_delay
0.05
--- response_body eval
$::answer



=== TEST 13: chunked and empty
--- raw_request eval
Keyauth::post("0\r\n\r\n", 'Transfer-Encoding: chunked')
--- error_code: 400
--- response_headers
Content-Type: application/problem+json
--- response_body_like: "type":"urn:keyauth:problem:[a-z-]+".*"status":400
--- no_error_log
[error]



=== TEST 14: a length of 0
--- raw_request eval
Keyauth::post('')
--- error_code: 400
--- response_headers
Content-Type: application/problem+json
--- response_body_like: "type":"urn:keyauth:problem:[a-z-]+".*"status":400
--- no_error_log
[error]



=== TEST 15: no body at all
--- raw_request eval
Keyauth::post('', 'Content-Length:')
--- error_code: 400
--- response_headers
Content-Type: application/problem+json
--- response_body_like: "type":"urn:keyauth:problem:[a-z-]+".*"status":400
--- no_error_log
[error]



=== TEST 16: over client_max_body_size, the core's own answer
--- config
    location /predict {
        client_max_body_size 100;
        keyauth_predict;
    }
--- raw_request eval
Keyauth::post($::body)
--- error_code: 413
--- response_body_like: 413 Request Entity Too Large
--- error_log
client intended to send too large body
--- no_error_log
keyauth: client



=== TEST 17: over client_max_body_size, chunked
--- config
    location /predict {
        client_max_body_size 100;
        keyauth_predict;
    }
--- raw_request eval
Keyauth::post(Keyauth::chunked(@::halves), 'Transfer-Encoding: chunked')
--- error_code: 413
--- response_body_like: 413 Request Entity Too Large
--- error_log
client intended to send too large chunked body
--- no_error_log
keyauth: client



=== TEST 18: exactly the limit
--- raw_request eval
Keyauth::post($::body . ' ' x (16384 - length $::body))
--- response_body eval
$::answer
--- error_log
a client request body is buffered to a temporary file



=== TEST 19: exactly the limit, in memory as conf/ has it
--- config
    location /predict {
        client_body_buffer_size 16k;
        client_max_body_size 16k;
        keyauth_predict;
    }
--- raw_request eval
Keyauth::post($::body . ' ' x (16384 - length $::body))
--- response_body eval
$::answer



=== TEST 20: one over the limit
--- raw_request eval
Keyauth::post($::body . ' ' x (16385 - length $::body))
--- error_code: 413
--- response_headers
Content-Type: application/problem+json
--- response_body_like: "status":413
--- no_error_log
[error]



=== TEST 21: one over the limit, chunked
--- raw_request eval
Keyauth::post(Keyauth::chunked($::body, ' ' x (16385 - length $::body)),
              'Transfer-Encoding: chunked')
--- error_code: 413
--- response_headers
Content-Type: application/problem+json
--- response_body_like: "status":413
--- no_error_log
[alert]



=== TEST 22: exactly the limit, chunked
--- raw_request eval
Keyauth::post(Keyauth::chunked($::body, ' ' x (16384 - length $::body)),
              'Transfer-Encoding: chunked')
--- response_body eval
$::answer
--- error_log
a client request body is buffered to a temporary file



=== TEST 23: a client that waits for "100 Continue"
--- raw_request eval
[Keyauth::post('', 'Expect: 100-continue', 'Content-Length: '
               . length $::body), $::body]
--- raw_request_middle_delay
0.1
--- error_code: 100
--- response_body_like eval
"^HTTP/1.1 200 OK\r\n(?s).*\r\n\r\n\Q$::answer\E\$"
--- error_log
send 100 Continue
