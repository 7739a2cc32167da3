# vi:set ft=perl ts=4 sw=4 et:

# Mistakes in the configuration, and model files that must not be served:
# nginx refuses to start and says why.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 3);

our $dir = "$Keyauth::BUILD/t/bad";
mkdir $dir;


# a copy of the model with a change
sub model {
    my ($name, $change) = @_;

    open my $in, '<:raw', $Keyauth::MODEL or die "$Keyauth::MODEL: $!";
    local $/;
    my $data = <$in>;

    $change->($data);

    open my $out, '>:raw', "$dir/$name" or die "$dir/$name: $!";
    print $out $data;
    close $out or die "$dir/$name: $!";

    return "keyauth_model $dir/$name;";
}


add_block_preprocessor(sub {
    my ($block) = @_;

    Keyauth::defaults($block);

    $block->set_value('must_die', '');
    $block->set_value('suppress_stderr', '');
    $block->set_value('no_error_log', undef);

    # said to be expected, or Test::Nginx warns of it
    my $said = $block->error_log;
    chomp $said;
    $block->set_value('error_log', [$said, '[emerg]']);
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: no model for keyauth_predict
--- http_config
--- error_log eval
qr{no "keyauth_model" is defined for .* in /.*nginx.conf:\d+}



=== TEST 2: the model twice
--- http_config eval
"keyauth_model $Keyauth::MODEL; keyauth_model $Keyauth::OTHER;"
--- error_log
"keyauth_model" directive is duplicate



=== TEST 3: the key twice
--- http_config eval
"keyauth_trusted_key a.pem; keyauth_trusted_key b.pem;"
--- error_log
"keyauth_trusted_key" directive is duplicate



=== TEST 4: keyauth_predict twice
--- config
location /predict { keyauth_predict; keyauth_predict; }
--- error_log
"keyauth_predict" directive is duplicate



=== TEST 5: keyauth_predict with an argument
--- config
location /predict { keyauth_predict on; }
--- error_log
invalid number of arguments in "keyauth_predict" directive



=== TEST 6: keyauth_model without an argument
--- http_config
keyauth_model;
--- error_log
invalid number of arguments in "keyauth_model" directive



=== TEST 7: keyauth_model in a server
--- config
keyauth_model x;
location /predict { keyauth_predict; }
--- error_log
"keyauth_model" directive is not allowed here



=== TEST 8: keyauth_predict in a server
--- config
keyauth_predict;
--- error_log
"keyauth_predict" directive is not allowed here



=== TEST 9: keyauth_trusted_key in a location
--- config
location /predict { keyauth_trusted_key x; keyauth_predict; }
--- error_log
"keyauth_trusted_key" directive is not allowed here



=== TEST 10: no such file
--- http_config
keyauth_model /nonexistent/keyauth.model;
--- error_log eval
qr{cannot use model "/nonexistent/keyauth.model": .*No such file}



=== TEST 11: a path relative to the configuration's folder
--- http_config
keyauth_model absent.model;
--- error_log eval
qr{cannot use model ".*/servroot[^/]*/conf/absent.model"}



=== TEST 12: a folder
--- http_config
keyauth_model /;
--- error_log
cannot use model "/"



=== TEST 13: an empty name
--- http_config
keyauth_model "";
--- error_log
keyauth: cannot use model



=== TEST 14: an empty file
--- http_config eval
main::model('empty', sub { $_[0] = '' })
--- error_log
keyauth: cannot use model



=== TEST 15: no model file at all
--- http_config eval
main::model('text', sub { $_[0] = "UserID 42\n" x 1000 })
--- error_log
keyauth: cannot use model



=== TEST 16: cut short
--- http_config eval
main::model('short', sub { substr($_[0], -1) = '' })
--- error_log
keyauth: cannot use model



=== TEST 17: a byte too many
--- http_config eval
main::model('long', sub { $_[0] .= "\0" })
--- error_log
keyauth: cannot use model



=== TEST 18: one bit flipped
--- http_config eval
main::model('flipped', sub {
    vec($_[0], 8 * int(length($_[0]) / 2), 1) ^= 1
})
--- error_log
the SHA-256 does not match



=== TEST 19: another version
--- http_config eval
main::model('version', sub { substr($_[0], 8, 1) = "\77" })
--- error_log
version 63



=== TEST 20: no such key
--- http_config eval
"keyauth_model $Keyauth::MODEL; keyauth_trusted_key /nonexistent.pem;"
--- error_log
keyauth: cannot use trusted key "/nonexistent.pem"



=== TEST 21: a key that is none
--- http_config eval
"keyauth_model $Keyauth::MODEL; keyauth_trusted_key $Keyauth::MODEL;"
--- error_log
keyauth: cannot use trusted key



=== TEST 22: a key, and a model that is not signed
--- http_config eval
"keyauth_model $Keyauth::MODEL;" . Keyauth::trusted_key('trusted')
--- error_log
the file is not signed



=== TEST 23: a key, and a model signed with another
--- http_config eval
main::model('stranger', sub { Keyauth::sign($_[0], 'stranger') })
. Keyauth::trusted_key('trusted')
--- error_log
not trusted



=== TEST 24: a signature that is not that of the file
--- http_config eval
main::model('forged', sub {
    Keyauth::sign($_[0], 'trusted');
    substr($_[0], 96, 1) ^= "\1";
})
--- error_log
the signature is not valid
