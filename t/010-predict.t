# vi:set ft=perl ts=4 sw=4 et:

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 5);

add_block_preprocessor(\&Keyauth::answers);

our @rows = Keyauth::rows();

no_long_string();
run_tests();

__DATA__

=== TEST 1: the challenge's body, RF
--- request eval
"POST /predict\n" . Keyauth::summary('RF')
--- response_body eval
Keyauth::answer(Keyauth::summary('RF'))



=== TEST 2: the challenge's body, SVM
--- request eval
"POST /predict\n" . Keyauth::summary('SVM')
--- response_body eval
Keyauth::answer(Keyauth::summary('SVM'))



=== TEST 3: the challenge's body, XGB
--- request eval
"POST /predict\n" . Keyauth::summary('XGB')
--- response_body eval
Keyauth::answer(Keyauth::summary('XGB'))



=== TEST 4: timings of a person the forest has learnt
--- request eval
"POST /predict\n" . Keyauth::timings('RF', $::rows[9])
--- response_body eval
qq!{"UserID":$::rows[9][0],"Model":"RF"}!



=== TEST 5: timings of another
--- request eval
"POST /predict\n" . Keyauth::timings('XGB', $::rows[-1])
--- response_body eval
qq!{"UserID":$::rows[-1][0],"Model":"XGB"}!



=== TEST 6: candidates
--- request eval
"POST /predict\n" . Keyauth::top(Keyauth::timings('RF', $::rows[9]), 3)
--- response_body_like eval
qr/^\{"UserID":$::rows[9][0],"Model":"RF","Candidates":\[\{"UserID":
$::rows[9][0],"Score":[\d.]+\}(,\{"UserID":\d+,"Score":[\d.e-]+\}){2}\]\}$/x



=== TEST 7: an array of requests
--- request eval
"POST /predict\n" . Keyauth::batch(Keyauth::timings('RF', $::rows[9]),
                                  Keyauth::summary('SVM'))
--- response_body eval
qq!\[{"UserID":$::rows[9][0],"Model":"RF"},!
. Keyauth::answer(Keyauth::summary('SVM')) . ']'



=== TEST 8: an array of 64 requests with 100 candidates each
--- http_config eval
"keyauth_model $Keyauth::MODEL; client_body_buffer_size 16k;"
--- request eval
"POST /predict\n"
. Keyauth::batch((Keyauth::top(Keyauth::summary('RF'), 100)) x 64)
--- response_body eval
Keyauth::batch((Keyauth::answer(
                    Keyauth::top(Keyauth::summary('RF'), 100))) x 64)



=== TEST 9: several locations, a nested one among them
--- config
    location /a/ {
        keyauth_predict;

        location /a/b/ {
            keyauth_predict;
        }
    }
    location = /predict {
        keyauth_predict;
    }
--- request eval
"POST /a/b/c\n" . Keyauth::summary('RF')
--- response_body eval
Keyauth::answer(Keyauth::summary('RF'))



=== TEST 10: another server
--- config
    location = /predict {
        return 404;
    }
}

server {
    server_name  other.example;
    listen       $TEST_NGINX_SERVER_PORT;

    location = /predict {
        keyauth_predict;
    }
--- more_headers
Host: other.example
Content-Type: application/json
--- request eval
"POST /predict\n" . Keyauth::summary('RF')
--- response_body eval
Keyauth::answer(Keyauth::summary('RF'))



=== TEST 11: HTTP/1.0
--- request eval
"POST /predict HTTP/1.0\n" . Keyauth::summary('RF')
--- response_body eval
Keyauth::answer(Keyauth::summary('RF'))
