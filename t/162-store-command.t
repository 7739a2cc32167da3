#!/usr/bin/perl

# keyauth store, and the key that keyauth key makes for it.

use strict;
use warnings;

use lib 't/lib';
use KeyauthCommand;

use MIME::Base64;
use Test::More;

my $key = "--key $dir/key";


sub fails {
    my ($rc, $command, $like, $name, $in) = @_;
    my ($got, $out, $err) = run($command, $in);

    is($got, $rc, $name);
    like($err, qr/^keyauth: $like.*\n\z/, "$name: $err");

    return;
}


# of two keys and one sample, another one for each name
sub template {
    my ($name) = @_;

    return encode_base64(pack('CCv', 2, 1, 0)
                         . pack('Vvv3', 20000, 1, 700, 800,
                                unpack '%16C*', $name), '');
}


sub line {
    my ($user, $phrase, $template) = @_;

    return qq({"UserID":$user,"Phrase":"$phrase","Changed":"2026-01-02",)
           . '"Template":"' . template($template) . "\"}\n";
}


my ($rc, $out, $err) = run("key store --file $dir/key");
is("$rc$out$err", '0', 'a key file is made');
like(slurp("$dir/key"), qr/\Akeyauth-store-key-1:[0-9a-f]{64}\n\z/,
     'it holds a key');
is(sprintf('%o', (stat "$dir/key")[2] & 0777), '600', 'which others cannot '
   . 'read');
my $first = slurp("$dir/key");
fails(1, "key store --file $dir/key", '.*exists', 'it is not replaced');
is(slurp("$dir/key"), $first, 'and stays');
fails(2, 'key store', '.*--file', 'the file has to be named');

fails(1, "store inspect $dir/store $key", '.*cannot be opened',
      'no folder');
mkdir "$dir/store" or die $!;
fails(1, "store inspect $dir/store $key", '.*holds no store', 'no store');
fails(2, "store inspect $dir/store", '.*--key', 'no key');
fails(2, "store look $dir/store $key", '.*inspect', 'no verb');
fails(2, "store rollback $dir/store $key --user a", '.*--to', 'no day');
fails(2, "store rollback $dir/store $key --user a --to today", '.*--to',
      'no such day');
fails(2, "store import $dir/store $key --map-size 1x", '.*--map-size',
      'no size');

my $in = line('"ann"', 'login', 'one') . line(42, 'login', 'three')
         . line('"b\\"\\u00e9"', '', "\0\1");

($rc, $out, $err) = run("store import $dir/store $key --create", $in);
is("$rc$out$err", "0imported 3 templates, kept 0\n", 'import');

($rc, $out, $err) = run("store import $dir/store $key",
                        line('"ann"', 'login', 'two'));
is("$rc$out$err", "0imported 0 templates, kept 1\n", 'it is kept');

($rc, $out, $err) = run("store export $dir/store $key");
is("$rc$err", '0', 'export');
my @lines = split /^/, $out;
is(@lines, 3, 'as many lines');
is_deeply([sort map { s/"Changed":"[0-9-]{10}",//r } @lines],
          [sort map { s/\\u00e9/\xc3\xa9/r }
           map { s/"Changed":"[0-9-]{10}",//r } split /^/, $in],
          'what was imported');

($rc, $out, $err) = run("store export $dir/store $key --phrase login");
is(() = $out =~ /\n/g, 2, 'of one phrase');

($rc, $out, $err) = run("store import $dir/store $key --replace",
                        line('"ann"', 'login', 'two'));
is("$rc$out$err", "0imported 1 templates, kept 0\n", 'it is replaced');
($rc, $out, $err) = run("store export $dir/store $key");
my $two = template('two');
like($out, qr/"ann".*"\Q$two\E"/, 'by another');

($rc, $out, $err) = run("store verify $dir/store $key");
is("$rc$out$err", "03 templates, 0 of earlier days, 0 damaged, "
                  . "0 without their counterpart\n", 'verify');

($rc, $out, $err) = run("store inspect $dir/store $key");
is("$rc$err", '0', 'inspect');
like($out, qr/^templates   3$/m, 'number of templates');
like($out, qr/^generation  1$/m, 'generation');

($rc, $out, $err) = run("store compact $dir/store $key");
is("$rc$out$err", '0', 'compact');
is_deeply([sort map { s/.*\///r } glob "$dir/store/*"],
          ['templates.2', 'templates.2-lock'], 'the old file is gone')
    or diag(join ' ', glob "$dir/store/*");
($rc, $out, $err) = run("store inspect $dir/store $key");
like($out, qr/^templates   3$/m, 'its templates are not');

fails(1, "store rollback $dir/store $key --user ann --phrase login "
         . '--to 2020-01-01', '.*none so old', 'nothing to go back to');
fails(1, "store rollback $dir/store $key --user none --to 2020-01-01",
      'there is no such', 'nobody to go back with');

for ([ '', '{', 'line 1: is no JSON' ], [ '', '[]', 'line 1: is no JSON' ],
     [ '', '{"Template":"AAAA"}', 'line 1: UserID is missing' ],
     [ '', '{"UserID":"a"}', 'line 1: Template is missing' ],
     [ '', '{"UserID":1.5,"Template":"AAAA"}', 'line 1: a member' ],
     [ '', '{"UserID":"","Template":"AAAA"}', 'line 1: UserID has' ],
     [ '', '{"UserID":"a","Template":"AAA"}', 'line 1: UserID has' ],
     [ '', '{"UserID":"a","Template":"A*AA"}', 'line 1: Template is no' ],
     [ '', line('" a"', '', 'x'), 'line 1: UserID begins' ],
     [ '', line('"a\\n"', '', 'x'), 'line 1: UserID begins' ],
     [ '', '{"UserID":"a","Template":"AAAA"}', 'line 1: Template is damaged' ],
     [ '', '{"UserID":"a","Template":"' . template('a') =~ s/^AgE/AgI/r . '"}',
       'line 1: Template is damaged' ],
     [ '', '{"UserID":"a","Name":1}', 'line 1: has an unknown' ],
     [ '', '{"UserID":"a","UserID":"b"}', 'line 1: a member is there twice' ],
     [ '', "\n" . line('"x"', '', 'a') . '{', 'line 3: is no JSON' ])
{
    fails(1, "store import $dir/store $key", $_->[2], 'import', $_->[1]);
}

# versions, where others follow

($rc, $out, $err) = run("store inspect $dir/store $key");
like($out, qr/^replicated  no$/m, 'nobody follows');
my $versioned = line('"zoe"', '', 'v')
                =~ s/"Template"/"Epoch":7,"Version":9,"Floor":8,"Template"/r;
($rc, $out, $err) = run("store import $dir/store2 $key --create", $versioned);
is("$rc$out$err", "0imported 1 templates, kept 0\n", 'a version');
($rc, $out, $err) = run("store export $dir/store2 $key");
is($out, $versioned, 'comes back as it was, with its day');
($rc, $out, $err) = run("store inspect $dir/store2 $key");
like($out, qr/^replicated  yes: not connected\nto send     0 changes$/m,
     'others have it already');
($rc, $out, $err) = run("store import $dir/store2 $key",
                        line('"yan"', '', 'w'));
($rc, $out, $err) = run("store inspect $dir/store2 $key");
like($out, qr/^to send     1 changes$/m, 'another one has to be sent');
($rc, $out, $err) = run("store verify $dir/store2 $key");
is($rc, 0, 'verify');
fails(1, "store import $dir/store2 $key", 'line 1: a member', 'import',
      '{"UserID":"a","Version":-1,"Template":"AAAA"}');

# an option that a verb does not take; two lines of one template

for (['export', '--user ann'], ['inspect', '--replace'], ['verify', '--to'
     . ' 2026-01-01'], ['compact', '--phrase x'], ['import', '--phrase x'],
     ['rollback', '--create'], ['background', '--user x'])
{
    my ($verb, $option) = @$_;
    my ($name) = $option =~ /(--\w+)/;
    fails(2, "store $verb $dir/store $key $option",
          "store: $verb takes no $name \\(see", "$verb $option");
}

my $twins = join '', map { line('"twin"', 'login', $_) } qw(one three two);
run("store import $dir/twins $key --create", $twins);
my ($one, $last) = map { template($_) } qw(one two);
like((run("store export $dir/twins $key"))[1], qr/"\Q$one\E"/,
     'the first line is kept');
run("store import $dir/twins $key --replace", $twins);
like((run("store export $dir/twins $key"))[1], qr/"\Q$last\E"/,
     'the last one replaces');

run("key store --file $dir/other");
fails(1, "store inspect $dir/store --key $dir/other", '.*has another key',
      'another key');
chmod 0644, "$dir/other";
fails(1, "store inspect $dir/store --key $dir/other", '.*chmod go-rwx',
      'a key that all can read');

# root may be the first to open a store, which nginx's workers have to write

SKIP: {
    skip 'files can be given away by root alone', 14 if $> != 0;

    my $owners = sub {
        return join ' ', map { (stat)[4] } sort glob "$dir/given/*";
    };

    mkdir "$dir/given" or die $!;
    system("cp $dir/store/templates.2 $dir/given") == 0 or die;
    chown 65534, 65534, "$dir/given", "$dir/given/templates.2";
    ($rc, $out, $err) = run("store inspect $dir/given $key");
    is("$rc$err", '0', 'inspect');
    is($owners->(), '65534 65534', 'the lock file has its owner');
    ($rc, $out, $err) = run("store compact $dir/given $key");
    is("$rc$out$err", '0', 'compact');
    is($owners->(), '65534 65534', 'so has that of the next file');

    # nor is a link followed that they have made

    unlink "$dir/given/templates.3-lock";
    symlink "$dir/linked", "$dir/given/templates.3-lock" or die $!;

    my $refused = sub {
        my ($name) = @_;

        for my $verb ('inspect', 'compact', 'import --create') {
            fails(1, "store $verb $dir/given $key", '.*Too many levels',
                  "$verb: $name");
        }

        return ok(!-e "$dir/linked", 'is not followed');
    };

    $refused->('a link');
    unlink "$dir/given/templates.3-lock";
    symlink "$dir/linked", "$dir/given/templates.4" or die $!;
    $refused->('a link in place of the next file');
}

# a template that is damaged, and who it was of

system("rm -rf $dir/damaged; mkdir $dir/damaged") == 0 or die;
run("store import $dir/damaged $key --create", line('"ann"', '', 'x'));
my $sealed = slurp("$dir/damaged/templates.1");
$sealed =~ s/(\0\0\x21\0t.{32}\x01.{24})(.)/$1 . ~$2/egs or die;
open my $patched, '>:raw', "$dir/damaged/templates.1" or die $!;
print $patched $sealed;
close $patched;
($rc, $out, $err) = run("store verify $dir/damaged $key");
is($rc, 1, 'a damaged template');
like($err, qr/^keyauth: a template of the person [0-9a-f]{32} is damaged: /,
     'whose it was');
like($out, qr/^1 templates, 0 of earlier days, 1 damaged, /, 'is counted');

# a byte of every page but the first two, of which LMDB keeps one in reserve
my $file = "$dir/store/templates.2";
my $bytes = slurp($file);
my %seen;

for my $page (2 .. length($bytes) / 4096 - 1) {
    for my $at (map { 4096 * $page + $_ } 0, 10, 12, 16, 2000, 4000) {
        open my $f, '+<:raw', $file or die $!;
        seek $f, $at, 0;
        print $f chr(ord(substr $bytes, $at, 1) ^ 0x40);
        close $f;

        ($rc, $out, $err) = run("store verify $dir/store $key");
        $seen{$rc}++;

        open $f, '+<:raw', $file or die $!;
        seek $f, $at, 0;
        print $f substr $bytes, $at, 1;
        close $f;
    }
}

is(join(' ', grep { $_ != 0 && $_ != 1 } keys %seen), '', 'a flipped byte '
   . 'never ends verify but with a message');
cmp_ok($seen{1} // 0, '>', 0, 'and is found: ' . ($seen{1} // 0));

done_testing();
