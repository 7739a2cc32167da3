#!/usr/bin/perl

# keyauth key: keys that are printed once, files that nginx takes.

use strict;
use warnings;

use lib 't/lib';
use KeyauthCommand;

use Digest::SHA qw(sha256_hex);
use Test::More;

my $file = "$dir/api-keys";


# (exit code, stdout, stderr)
sub key {
    my ($command) = @_;

    return run("key $command");
}


sub mode {
    return sprintf '%o', (stat $_[0])[2] & 0777;
}


sub fails {
    my ($rc, $command, $like, $name) = @_;
    my ($got, $out, $err) = key($command);

    is("$got$out", $rc, $name);
    like($err, qr/^keyauth: $like.*\n\z/, "$name: $err");

    return;
}


my $form = qr/^(keyauth_[A-Za-z0-9_-]{43})\n/;

my ($rc, $out, $err) = key('new app');
is("$rc$err", '0', 'new, without a file');
like($out, qr/${form}app:[0-9a-f]{64}\n\z/, 'prints the key and its line');
my ($key) = $out =~ $form;
is($out, "$key\napp:" . sha256_hex($key) . "\n", 'the digest is the key\'s');
isnt((key('new app'))[1], $out, 'another time, another key');

my $old = umask 0;
($rc, $out, $err) = key("new app --file $file");
umask $old;

is("$rc$err", '0', 'new, with a file');
like($out, qr/$form\z/, 'prints the key alone');
($key) = $out =~ $form;
is(slurp($file), 'app:' . sha256_hex($key) . "\n", 'the file has its line');
is(mode($file), '640', 'and is not for everybody');

fails(1, "new app --file $file", "\Q$file\E, line 2: the name", 'twice');
is(slurp($file), 'app:' . sha256_hex($key) . "\n", 'the file is as it was');

open my $fh, '>>', $file or die;
print $fh '# the last line does not end';
close $fh;
chmod 0600, $file;

($rc, $out) = key("new batch --expires 2997-01-31T12:00:00Z --file $file");
my ($batch) = $out =~ $form;

is(slurp($file), 'app:' . sha256_hex($key) . "\n"
   . "# the last line does not end\nbatch:" . sha256_hex($batch)
   . ":2997-01-31T12:00:00Z\n", 'a second key, and what was there stays');
is(mode($file), '600', 'so does the mode');

key("new gone --expires 2020-02-29 --file $file");
is(join('', key("list --file $file")),
   "0app\nbatch expires 2997-01-31T12:00:00Z\n"
   . "gone expired 2020-02-29T00:00:00Z\n", 'list');

key("new enrols --scopes forget,enrol --file $file");
like(slurp($file), qr/^enrols:[0-9a-f]{64}::forget,enrol\n/m, 'scopes');
key("new both --expires 2997-01-31 --scopes predict --file $file");
like(slurp($file), qr/^both:[0-9a-f]{64}:2997-01-31:predict\n/m,
     'scopes, and a date');
like((key("list --file $file"))[1], qr/\nenrols\ scopes\ enrol,forget\n
     both\ expires\ 2997-01-31T00:00:00Z\ scopes\ predict\n\z/x,
     'list has them');
is(join('', key("remove enrols --file $file")), '0', 'remove');
is(join('', key("remove both --file $file")), '0', 'remove');

is(join('', key("remove batch --file $file")), '0', 'remove');
unlike(slurp($file), qr/batch/, 'takes the line away');
like(slurp($file), qr/^app:.*\n# the last.*\ngone:.*\n\z/, 'and no other');
fails(1, "remove batch --file $file", "\Q$file\E: has no key", 'again');

# eight at a time: none gets lost
system("for i in 1 2 3 4 5 6 7 8; do"
       . " $keyauth key new c\$i --file $file >/dev/null & done; wait");
is(scalar(() = slurp($file) =~ /^c\d:/mg), 8, 'keys made at a time');

my @left = grep { !m{/(?:api-keys|std\w+)$} } glob "$dir/*";
is("@left", '', 'no temporary file stays');

chmod 0666, $file;
fails(1, "new x --file $file", '.*can be written by', 'a file of everybody');
chmod 0600, $file;

open $fh, '>', $file or die;
print $fh "app\n";
close $fh;
fails(1, "new x --file $file", '.*line 1: a name is followed', 'a bad file');

fails(1, "new x --file $dir/none/keys", '.*its folder', 'no such folder');
fails(1, "list --file $dir/none", '.*No such file', 'no file to list');
ok(!-e "$dir/none", 'nor is it made');
fails(2, '', 'key: new NAME', 'no verb');
fails(2, 'new', 'key: new NAME', 'no name');
fails(2, 'new a:b', 'key: a name has', 'a name that is none');
fails(2, 'new ' . 'x' x 65, 'key: a name has', 'a name too long');
fails(2, 'new a --expires tomorrow', 'key: --expires requires', 'no date');
fails(2, 'new a --expires 2027-02-29', 'key: --expires requires',
      'no such day');
fails(2, 'new a --scopes enrol,all', 'key: --scopes requires', 'no scope');
fails(2, 'new a --scopes enrol,enrol', 'key: --scopes requires', 'twice');
fails(2, "new a --scopes '' --file $file", 'key: --scopes requires', 'none');
fails(2, "list --scopes enrol --file $file", 'key: --expires and --scopes are',
      'a list has no scopes');
fails(2, 'list', 'key: new NAME', 'list what');
fails(2, "remove --file $file", 'key: new NAME', 'remove without a name');

is((key('--help'))[0], 0, '--help');

done_testing();
