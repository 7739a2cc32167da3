# vi:set ft=perl ts=4 sw=4 et:

# Claims that come in a body, strangers, and the model's card.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 5 + 2);

our @rows = Keyauth::rows();
our $id = Keyauth::id();
our $user = $rows[9][0];
our $other = $rows[-1][0];

our $accepted = qr/^\{"UserID":$user,"Accepted":true,"Score":[\d.]+,
                   "Threshold":-?[\d.]+,"FAR":0\.01,"FRR":[\d.e-]+\}$/x;

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', <<'END') unless defined $block->config;
    location /predict {
        keyauth_predict;
    }
    location /verify {
        keyauth_verify;
    }
    location /card {
        keyauth_card;
    }
END

    if (defined $block->problem) {
        my ($status, $code, $pointer) = split ' ', $block->problem;

        $block->set_value('error_code', $status);
        $block->set_value('response_body_like',
                          qq!^\\{"type":"urn:keyauth:problem:$code",.*!
                          . ($pointer ? qq!"pointer":"$pointer"\\}\$! : ''));
        $block->set_value('response_headers',
                          "Content-Type: application/problem+json\n"
                          . "Keyauth-Model: $id\n"
                          . ($block->response_headers || ''));
    }

    Keyauth::answers($block);
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: who it says it is
--- request eval
"POST /verify\n" . Keyauth::claim($::user, $::rows[9])
--- response_body_like eval
$::accepted



=== TEST 2: the name as a string
--- request eval
"POST /verify\n" . Keyauth::claim(qq!"$::user"!, $::rows[9])
--- response_body_like eval
$::accepted



=== TEST 3: somebody else
--- request eval
"POST /verify\n" . Keyauth::claim($::other, $::rows[9])
--- response_body_like eval
qr/^\{"UserID":$::other,"Accepted":false,"Score":-[\d.]+,"Threshold":/



=== TEST 4: several attempts, and a FAR
--- request eval
"POST /verify\n" . Keyauth::claim($::user, @::rows[8 .. 12], 'FAR' => 0.05)
--- response_body_like eval
qr/^\{"UserID":$::user,"Accepted":true,"Score":[\d.]+,"Threshold":-?[\d.]+,
"FAR":0\.05,"FRR":[\d.e-]+\}$/x



=== TEST 5: nobody of that name
--- request eval
"POST /verify\n" . Keyauth::claim('"zoe"', $::rows[9])
--- problem: 404 unknown-user /UserID



=== TEST 6: no arrays
--- request eval
"POST /verify\n" . Keyauth::batch(Keyauth::claim($::user, $::rows[9]))
--- problem: 422 wrong-type



=== TEST 7: too high a FAR
--- request eval
"POST /verify\n" . Keyauth::claim($::user, $::rows[9], FAR => 0.3)
--- problem: 422 out-of-range /FAR



=== TEST 8: higher than the location's
--- config
    location /verify {
        keyauth_verify far=0.005;
    }
--- request eval
"POST /verify\n" . Keyauth::claim($::user, $::rows[9], FAR => 0.01)
--- problem: 422 out-of-range /FAR



=== TEST 9: the location's
--- config
    location /verify {
        keyauth_verify far=0.2;
    }
--- request eval
"POST /verify\n" . Keyauth::claim($::user, $::rows[9])
--- response_body_like eval
qr/^\{"UserID":$::user,"Accepted":true,.*"FAR":0\.2,/



=== TEST 10: a body in a file
--- config
    location /verify {
        keyauth_verify;
        client_body_in_file_only  clean;
    }
--- request eval
"POST /verify\n" . Keyauth::claim($::user, $::rows[9])
--- response_body_like eval
$::accepted



=== TEST 11: the wrong method
--- request
GET /verify
--- problem: 405 method-not-allowed
--- response_headers
Allow: POST



=== TEST 12: in seconds
--- request eval
"POST /verify\n" . Keyauth::claim($::user, ['', map {
    my $times = $_; [map { $_ / 1000 } @$times] } @{$::rows[9]}[1, 2]])
--- response_body_like chomp
^\{"UserID":\d+,"Accepted":false,.*,"Warnings":\["short","seconds"\]\}$



=== TEST 13: a stranger
--- request eval
"POST /predict\n" . Keyauth::stranger()
--- response_body_like chomp
^\{"UserID":null,"Model":"FUSION","Warnings":\["equal-holds"\]\}$



=== TEST 14: a user of the model
--- request eval
my $body = Keyauth::timings('FUSION', $::rows[9]);
$body =~ s/\}$/,"FAR":0.01}/;
"POST /predict\n" . $body
--- response_body_like eval
qr/^\{"UserID":$::user,"Model":"FUSION"\}$/



=== TEST 15: the challenge's body, whose means do not agree
--- request eval
"POST /predict\n" . Keyauth::summary('RF')
--- response_body_like chomp
^\{"UserID":\d+,"Model":"RF","Warnings":\["implausible"\]\}$



=== TEST 16: the card
--- request
GET /card
--- response_body_like chomp
^\{.*"libraries":.*\}$



=== TEST 17: the card's head
--- request
HEAD /card
--- response_body



=== TEST 18: the card by POST
--- request
POST /card
{}
--- problem: 405 method-not-allowed
--- response_headers
Allow: GET, HEAD
