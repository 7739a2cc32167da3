# vi:set ft=perl ts=4 sw=4 et:

# API keys: which requests pass, how others are refused, and how nginx's own
# parts get along with it: satisfy, auth_request, limit_req, error_page.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

use Digest::SHA ();

repeat_each(2);

plan tests => repeat_each() * (blocks() * 3 + 55);

our $dir = "$Keyauth::BUILD/t/keys";
mkdir $dir;

our $app = 'keyauth_' . 'a' x 43;
our $other = 'keyauth_' . 'b' x 43;
our $gone = 'keyauth_' . 'c' x 43;
our $far = 'keyauth_' . 'd' x 43;
our $enrols = 'keyauth_' . 'e' x 43;
our $forgets = 'keyauth_' . 'f' x 43;


# a file of keys: (name, key and what follows it, ...)
sub file {
    my ($name, @lines) = @_;

    open my $fh, '>', "$dir/$name" or die "$dir/$name: $!";

    while (my ($client, $key) = splice @lines, 0, 2) {
        my ($secret, $expiry) = $key =~ /^([^:]+)(.*)$/;
        print $fh "$client:", Digest::SHA::sha256_hex($secret), "$expiry\n";
    }

    close $fh or die "$dir/$name: $!";

    return "$dir/$name";
}


our $one = file('one', app => $app, gone => "$gone:2020-01-31",
                far => "$far:2999-12-31T23:59:59Z");
our $two = file('two', other => $other);
our $scoped = file('scoped', app => $app, enrols => "$enrols\::enrol,predict",
                   forgets => "$forgets:2999-12-31:forget");

-e "$dir/store.key"
    or system("build/keyauth key store --file $dir/store.key") == 0 or die;

our $http = <<"END";
    keyauth_model $Keyauth::MODEL;
    keyauth_store $dir/store key=$dir/store.key map_size=1m;
    keyauth_zone counters:1m;
    limit_req_zone \$keyauth_client zone=clients:1m rate=1r/m;
    keyauth_api_keys $one;
END

our $config = join('', map { <<"END" } qw(predict verify enrol card metrics));
    location = /scoped/$_ {
        keyauth_api_keys $scoped;
        keyauth_$_;
    }

END
$config .= <<"END";
    location = /scoped/any {
        keyauth_api_keys $scoped;
        satisfy any;
        deny all;
        keyauth_predict;
    }

    location = /client {
        default_type text/plain;
        return 200 "client=\$keyauth_client\n";
    }

    location = /predict { keyauth_predict; }

    location = /mine {
        error_page 404 = /here;
        try_files /nonexistent =404;
    }

    location = /here { try_files /nonexistent \@named; }
    location \@named { proxy_pass http://127.0.0.1:\$server_port/name; }

    location = /name {
        keyauth_api_keys off;
        empty_gif;
    }

    location = /other { keyauth_api_keys $two; empty_gif; }
    location = /moved { empty_gif; error_page 405 = /other; }

    location = /rewritten {
        set \$before \$keyauth_client;
        add_header Before \$before always;
        rewrite ^ /other last;
    }

    location = /any {
        satisfy any;
        deny all;
        empty_gif;
    }

    location = /any-open {
        satisfy any;
        allow all;
        empty_gif;
    }

    location = /asked {
        auth_request /question;
        auth_request_set \$who \$keyauth_client;
        add_header Who \$who;
        empty_gif;
    }

    location = /question {
        internal;
        keyauth_api_keys $two;
        return 204;
    }

    location = /limited {
        limit_req zone=clients;
        limit_req_dry_run on;
        add_header Limited \$limit_req_status always;
        empty_gif;
    }
END


add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http) if !defined $block->http_config;
    $block->set_value('config', $config) if !defined $block->config;

    # --- refused: CODE [CHALLENGE]
    if (defined $block->refused) {
        my ($code, $error) = split ' ', $block->refused;

        $block->set_value('error_code', 401);
        $block->set_value('response_body_like',
                          qq!^\\{"type":"urn:keyauth:problem:$code",!
                          . qq!"title":"[^"]+","status":401,!);
        $block->set_value('response_headers',
                          'WWW-Authenticate: Bearer realm="keyauth"'
                          . ($error ? qq!, error="$error"\n! : "\n")
                          . "Content-Type: application/problem+json\n");
    }

    # --- lacks: SCOPE
    if (defined $block->lacks) {
        my $scope = $block->lacks;

        $block->set_value('error_code', 403);
        $block->set_value('response_body_like',
                          '^\{"type":"urn:keyauth:problem:missing-scope",'
                          . '"title":"[^"]+","status":403,"detail":'
                          . qq!"[^"]* scope $scope\."!);
        $block->set_value('response_headers',
                          'WWW-Authenticate: Bearer realm="keyauth", '
                          . qq!error="insufficient_scope", scope="$scope"\n!
                          . "Content-Type: application/problem+json\n");
    }

    if (!defined $block->no_error_log) {
        $block->set_value('no_error_log', "[error]\n");
    }
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: a key opens
--- request eval
"POST /predict\n" . Keyauth::summary()
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::app"
--- response_body_like: "UserID"
--- error_code: 200



=== TEST 2: the scheme in other case, more blanks, a key that will expire
--- request eval
"POST /predict\n" . Keyauth::summary()
--- more_headers eval
"Content-Type: application/json\nauthorization: bEARER   $::far"
--- response_body_like: "UserID"
--- error_code: 200



=== TEST 3: no key
--- request eval
"POST /predict\n" . Keyauth::summary()
--- more_headers
Content-Type: application/json
--- refused: no-key



=== TEST 4: another scheme
--- request
GET /other
--- more_headers
Authorization: Basic YTpi
--- refused: no-key



=== TEST 5: a scheme that begins alike
--- request
GET /other
--- more_headers eval
"Authorization: Bearers $::other"
--- refused: no-key



=== TEST 6: a key that nobody has
--- request
GET /other
--- more_headers eval
"Authorization: Bearer $::other" . 'x'
--- refused: unknown-key invalid_token



=== TEST 7: a key of another location
--- request
GET /other
--- more_headers eval
"Authorization: Bearer $::app"
--- refused: unknown-key invalid_token



=== TEST 8: a key that has expired
--- request
POST /predict
{}
--- more_headers eval
"Authorization: Bearer $::gone"
--- refused: expired-key invalid_token



=== TEST 9: the digest instead of the key
--- request
GET /other
--- more_headers eval
'Authorization: Bearer ' . Digest::SHA::sha256_hex($::other)
--- refused: unknown-key invalid_token



=== TEST 10: an empty key
--- request
GET /other
--- more_headers
Authorization: Bearer
--- refused: malformed-key invalid_request



=== TEST 11: a key of 10 KB
--- request
GET /other
--- more_headers eval
'Authorization: Bearer ' . 'a' x 10240
--- http_config eval
"$::http large_client_header_buffers 4 16k;"
--- refused: malformed-key invalid_request



=== TEST 12: characters that no key has
--- request
GET /other
--- more_headers eval
"Authorization: Bearer $::other, $::other"
--- refused: malformed-key invalid_request



=== TEST 13: NUL in the header: nginx refuses the request
--- raw_request eval
"GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
. "Authorization: Bearer $::other\0\r\n\r\n"
--- response_body_like: 400 Bad Request
--- error_code: 400



=== TEST 14: two headers: nginx refuses the request
--- raw_request eval
"GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
. "Authorization: Bearer $::other\r\n" x 2 . "\r\n"
--- response_body_like: 400 Bad Request
--- error_code: 400



=== TEST 15: off in a location
--- request
GET /name
--- response_body_like: GIF
--- error_code: 200



=== TEST 16: the variable has the name
--- request
GET /client
--- more_headers eval
"Authorization: Bearer $::app"
--- response_body
client=app
--- error_code: 200



=== TEST 17: nobody has no name, where nothing asks for keys
--- request
GET /client
--- more_headers eval
"Authorization: Bearer $::gone"
--- response_body
client=
--- error_code: 200



=== TEST 18: through an error page and a named location, with the key
--- request
GET /mine
--- more_headers eval
"Authorization: Bearer $::app"
--- response_body_like: GIF
--- error_code: 200



=== TEST 19: and without
--- request
GET /mine
--- refused: no-key



=== TEST 20: an error page that requires another key
--- request
PUT /moved
--- more_headers eval
"Authorization: Bearer $::app"
--- refused: unknown-key invalid_token



=== TEST 21: a rewrite: what was known before holds no more
--- request
GET /rewritten
--- more_headers eval
"Authorization: Bearer $::other"
--- response_body_like: GIF
--- error_code: 200



=== TEST 22: nor does it let in where it must not
--- request
GET /rewritten
--- more_headers eval
"Authorization: Bearer $::app"
--- refused: unknown-key invalid_token



=== TEST 23: satisfy any: the key is enough
--- request
GET /any
--- more_headers eval
"Authorization: Bearer $::app"
--- response_headers
! WWW-Authenticate
--- response_body_like: GIF
--- error_code: 200



=== TEST 24: satisfy any: neither
--- request
GET /any
--- response_headers
WWW-Authenticate: Bearer realm="keyauth"
--- response_body_like: 401 Authorization Required
--- error_code: 401
--- no_error_log
[crit]



=== TEST 25: satisfy any: the address is enough
--- request
GET /any-open
--- response_headers
! WWW-Authenticate
--- response_body_like: GIF
--- error_code: 200



=== TEST 26: auth_request: the key is the request's own, asked for there
--- request
GET /asked
--- more_headers eval
"Authorization: Bearer $::app"
--- response_headers
Who: app
--- response_body_like: GIF
--- error_code: 200



=== TEST 27: auth_request: what it asks is not asked for a key of its own
--- request
GET /asked
--- more_headers eval
"Authorization: Bearer $::other"
--- refused: unknown-key invalid_token



=== TEST 28: limit_req, which comes first, knows the client
--- request
GET /limited
--- more_headers eval
"Authorization: Bearer $::app"
--- response_headers_like
Limited: PASSED|REJECTED_DRY_RUN
--- response_body_like: GIF
--- error_code: 200
--- no_error_log
[crit]



=== TEST 29: who has no key is not counted as a client
--- request
GET /limited
--- response_headers
! Limited
--- response_body_like: no-key
--- error_code: 401



=== TEST 30: without a model
--- http_config eval
"keyauth_api_keys $::one;"
--- config
location = /gif { empty_gif; }
--- request
GET /gif
--- response_headers
! Keyauth-Model
--- response_body_like: no-key
--- error_code: 401



=== TEST 31: HEAD
--- request
HEAD /other
--- response_headers
WWW-Authenticate: Bearer realm="keyauth"
--- response_body
--- error_code: 401



=== TEST 32: a key without scopes predicts
--- request eval
"POST /scoped/predict\n" . Keyauth::summary()
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::app"
--- response_body_like: "UserID"
--- error_code: 200



=== TEST 33: and verifies
--- request
POST /scoped/verify
{}
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::app"
--- response_body_like: missing-member
--- error_code: 422



=== TEST 34: and reads metrics
--- request
GET /scoped/metrics
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::app"
--- response_body_like: keyauth_requests_total
--- error_code: 200



=== TEST 35: but enrols nobody
--- request
POST /scoped/enrol
{}
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::app"
--- lacks chomp
enrol



=== TEST 36: nor does it see who is enrolled
--- request
GET /scoped/enrol?UserID=a
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::app"
--- lacks chomp
enrol



=== TEST 37: nor does it forget anybody
--- request
DELETE /scoped/enrol?UserID=a
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::app"
--- lacks chomp
forget



=== TEST 38: a key that may enrol
--- request
POST /scoped/enrol
{}
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::enrols"
--- response_body_like: missing-member
--- error_code: 422



=== TEST 39: sees who is enrolled
--- request
GET /scoped/enrol?UserID=a
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::enrols"
--- response_body_like: unknown-user
--- error_code: 404



=== TEST 40: may not forget
--- request
DELETE /scoped/enrol?UserID=a
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::enrols"
--- lacks chomp
forget



=== TEST 41: one that may forget
--- request
DELETE /scoped/enrol?UserID=a
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::forgets"
--- response_body_like: unknown-user
--- error_code: 404



=== TEST 42: may not enrol, nor do what keys without scopes may
--- request
POST /scoped/enrol
{}
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::forgets"
--- lacks chomp
enrol



=== TEST 43: not predict
--- request eval
"POST /scoped/predict\n" . Keyauth::summary()
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::forgets"
--- lacks chomp
predict



=== TEST 44: not verify
--- request
POST /scoped/verify
{}
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::forgets"
--- lacks chomp
verify



=== TEST 45: not read metrics
--- request
GET /scoped/metrics
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::forgets"
--- lacks chomp
metrics



=== TEST 46: what asks for no scope asks for a key
--- request
GET /scoped/card
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::forgets"
--- response_body_like: \A\{
--- error_code: 200



=== TEST 47: and which
--- request
GET /scoped/card
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::other"
--- refused: unknown-key invalid_token



=== TEST 48: satisfy any: a key without the scope is not enough
--- request eval
"POST /scoped/any\n" . Keyauth::summary()
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::forgets"
--- response_body_like: 403 Forbidden
--- error_code: 403
--- no_error_log
[crit]



=== TEST 49: satisfy any: a key with it is
--- request eval
"POST /scoped/any\n" . Keyauth::summary()
--- more_headers eval
"Content-Type: application/json\nAuthorization: Bearer $::enrols"
--- response_headers
! WWW-Authenticate
--- response_body_like: "UserID"
--- error_code: 200
