# vi:set ft=perl ts=4 sw=4 et:

# Models signed with Ed25519: here by openssl, which knows nothing of ours.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 3);

our $body = Keyauth::summary('RF');
our $answer = Keyauth::answer($body);
our $signed = "$Keyauth::BUILD/t/signed.model";
our $model = "keyauth_model $signed;";
our $key = Keyauth::trusted_key('trusted');

open my $in, '<:raw', $Keyauth::MODEL or die "$Keyauth::MODEL: $!";
my $data = do { local $/; <$in> };

Keyauth::sign($data, 'trusted');

open my $out, '>:raw', $signed or die "$signed: $!";
print $out $data;
close $out or die "$signed: $!";

add_block_preprocessor(\&Keyauth::defaults);

no_long_string();
run_tests();

__DATA__

=== TEST 1: the key before the model
--- http_config eval
$::key . $::model
--- request eval
"POST /predict\n$::body"
--- response_body eval
$::answer
--- no_error_log
[error]



=== TEST 2: the key after the model
--- http_config eval
$::model . $::key
--- request eval
"POST /predict\n$::body"
--- response_body eval
$::answer
--- no_error_log
[error]



=== TEST 3: signed, and no key asked for
--- http_config eval
$::model
--- request eval
"POST /predict\n$::body"
--- response_body eval
$::answer
--- no_error_log
[error]
