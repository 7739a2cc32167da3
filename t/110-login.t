# vi:set ft=perl ts=4 sw=4 et:

# Claims in a header: by themselves, and for auth_request as conf/login.conf
# has it.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

use MIME::Base64 ();

repeat_each(2);

plan tests => repeat_each() * (blocks() * 4 + 3);

our @rows = Keyauth::rows();
our $id = Keyauth::id();
our $user = $rows[9][0];
our $other = $rows[-1][0];
our $claim = Keyauth::claim($user, $rows[9]);

our $http = <<"END";
    keyauth_model $Keyauth::MODEL;
    server {
        listen 127.0.0.1:8000;
        location / {
            return 200 "user=\$http_login_user sample=\$http_keyauth_sample";
        }
    }
END

our $config = <<"END";
    include $Keyauth::ROOT/conf/login.conf;
    location = /header {
        keyauth_verify header;
    }
END

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http);
    $block->set_value('config', $config);

    if (!defined $block->no_error_log) {
        $block->set_value('no_error_log', "[error]\n[crit]\n");
    }
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: let through, without the rhythm
--- request
POST /login
password
--- more_headers eval
Keyauth::sample($::user, $::rows[9])
--- response_body eval
"user=$::user sample="
--- error_code: 200



=== TEST 2: somebody else
--- request
GET /login
--- more_headers eval
Keyauth::sample($::other, $::rows[9])
--- response_body_like: 403 Forbidden
--- error_code: 403
--- no_error_log
[crit]
[alert]



=== TEST 3: nobody of that name is refused as somebody else is
--- request
GET /login
--- more_headers eval
Keyauth::sample('"zoe"', $::rows[9])
--- response_body_like: 403 Forbidden
--- error_code: 403
--- no_error_log
[crit]
[alert]



=== TEST 4: no sample
--- request
GET /login
--- response_body_like: 401 Authorization Required
--- error_code: 401
--- response_headers
WWW-Authenticate: Keyauth
--- error_log
keyauth: sample is refused: no-sample: A header Keyauth-Sample holds a claim
--- no_error_log
[crit]



=== TEST 5: a sample that is none
--- request
GET /login
--- more_headers
Keyauth-Sample: e30
--- response_body_like: 401 Authorization Required
--- error_code: 401
--- error_log
keyauth: sample is refused: missing-member: UserID is missing.
--- no_error_log
[alert]



=== TEST 6: the FAR is the server's, not the client's
--- request
GET /login
--- more_headers eval
Keyauth::sample($::user, $::rows[9], FAR => 0.2)
--- response_body_like: 401 Authorization Required
--- error_code: 401
--- no_error_log
[crit]
[alert]



=== TEST 7: from without it is not there
--- request
GET /login/rhythm
--- more_headers eval
Keyauth::sample($::user, $::rows[9])
--- response_body_like: 404 Not Found
--- error_code: 404



=== TEST 8: by itself: accepted
--- request
GET /header
--- more_headers eval
Keyauth::sample($::user, $::rows[9])
--- response_body
--- error_code: 204



=== TEST 9: base64url without its padding
--- request
POST /header
a body that nobody reads
--- more_headers eval
'keyauth-sample: '
. MIME::Base64::encode_base64url($::claim . ' ' x (4 - length($::claim) % 3))
--- response_body
--- error_code: 204



=== TEST 10: by itself: not accepted
--- request
GET /header
--- more_headers eval
Keyauth::sample($::other, $::rows[9])
--- response_body_like eval
qr/^\{"type":"urn:keyauth:problem:not-accepted",.*"status":403,/
--- error_code: 403



=== TEST 11: not base64
--- request
GET /header
--- more_headers
Keyauth-Sample: {}
--- response_body_like eval
qr/^\{"type":"urn:keyauth:problem:no-sample",.*"status":401,/
--- error_code: 401



=== TEST 12: not JSON
--- request
GET /header
--- more_headers
Keyauth-Sample: ezE=
--- response_body_like eval
qr/^\{"type":"urn:keyauth:problem:not-json",.*"status":401,/
--- response_headers
WWW-Authenticate: Keyauth
--- error_code: 401



=== TEST 13: two samples
--- request
GET /header
--- more_headers eval
Keyauth::sample($::user, $::rows[9]) . "\n"
. Keyauth::sample($::user, $::rows[9])
--- response_body_like eval
qr/^\{"type":"urn:keyauth:problem:no-sample",/
--- error_code: 401



=== TEST 14: more than 4096 bytes
--- request
GET /header
--- more_headers eval
'Keyauth-Sample: ' . MIME::Base64::encode_base64($::claim . ' ' x 3000, '')
--- response_body_like eval
qr/^\{"type":"urn:keyauth:problem:no-sample",/
--- error_code: 401



=== TEST 15: the model's id comes with it
--- request
GET /header
--- more_headers eval
Keyauth::sample($::user, $::rows[9])
--- response_body
--- error_code: 204
--- response_headers eval
"Keyauth-Model: $::id"



=== TEST 16: times since 1970
--- request
GET /login
--- more_headers eval
Keyauth::sample($::user, [$::rows[9][0], map { [map {
    sprintf '%.3f', $_ + 1764304800000.125 } @$_] } @{$::rows[9]}[1, 2]])
--- response_body eval
"user=$::user sample="
--- error_code: 200



=== TEST 17: a time too far off is refused, and the log has why, without it
--- request
GET /login
--- more_headers eval
Keyauth::sample($::user, [$::rows[9][0], $::rows[9][1],
                          [@{$::rows[9][2]}[0 .. 11], 7654321.5]])
--- response_body_like: 401 Authorization Required
--- error_code: 401
--- error_log
keyauth: sample is refused: out-of-range: A string is typed within 1000000 ms.
--- no_error_log
7654321
