# vi:set ft=perl ts=4 sw=4 et:

# The variables in the access log; and that no log has a body or a value.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 5 - 3);

our $http = <<"END";
    keyauth_model $Keyauth::MODEL;
    log_format keyauth 'user=\$keyauth_user model=\$keyauth_model '
                       'time=\$keyauth_time';
END

our $config = <<'END';
    access_log logs/error.log keyauth;
    location /predict {
        keyauth_predict;
    }
    location /else {
        return 200;
    }
END

our @rows = Keyauth::rows();

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http);
    $block->set_value('config', $block->config || $config);
    $block->set_value('more_headers', "Content-Type: application/json\n");
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: an answer
--- request eval
"POST /predict\n" . Keyauth::timings('RF', $::rows[9])
--- response_body_like: UserID
--- error_log eval
qr/^user=$::rows[9][0] model=RF time=\d+\.\d{6}$/m
--- no_error_log
[error]
[crit]



=== TEST 2: an array's last answer
--- request eval
"POST /predict\n" . Keyauth::batch(Keyauth::timings('RF', $::rows[9]),
                                  Keyauth::timings('XGB', $::rows[-1]))
--- response_body_like: UserID
--- error_log eval
qr/^user=$::rows[-1][0] model=XGB time=\d+\.\d{6}$/m
--- no_error_log
[error]
[crit]



=== TEST 3: a problem
--- request
POST /predict
{"Model":"RF"}
--- error_code: 422
--- response_body_like: no-form
--- error_log
user=- model=- time=-
--- no_error_log
[error]
[crit]



=== TEST 4: another location
--- request
GET /else
--- error_log
user=- model=- time=-
--- no_error_log
[error]
[crit]



=== TEST 5: nobody
--- request eval
"POST /predict\n" . Keyauth::stranger()
--- response_body_like: "UserID":null
--- error_log eval
qr/^user=- model=FUSION time=\d+\.\d{6}$/m
--- no_error_log
[error]
[crit]



=== TEST 6: a good body leaves nothing in any log
--- config
    access_log logs/error.log;
    location /predict {
        keyauth_predict;
    }
--- request
POST /predict
{"Model":"RF","HT":{"Mean":31.4159,"STD":27.1828},"PPT":{"Mean":141.4213,
"STD":57.7215},"RRT":{"Mean":161.8033,"STD":69.3147},"RPT":{"Mean":173.2050,
"STD":26.4575}}
--- response_body_like: UserID
--- no_error_log eval
[qr/31\.4|27\.18|141\.4|57\.7|161\.8|69\.3|173\.2|26\.4|"HT"|"STD"/,
 '[error]']



=== TEST 7: nor does a bad one
--- config
    access_log logs/error.log;
    location /predict {
        keyauth_predict;
    }
--- request
POST /predict
{"Model":"RF","HT":{"Mean":31.4159,"31.4159":27.1828},"27.1828":31.4159}
--- error_code: 422
--- response_body_like: unknown-member
--- no_error_log eval
[qr/31\.4|27\.18|"HT"/, '[error]']
