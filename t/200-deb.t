#!/usr/bin/perl

# The Debian packages, which make deb has built and lintian has looked at, are
# installed, upgraded, downgraded, removed and purged in a Debian of their own,
# where nginx is asked for a prediction after each.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthRoot;

use File::Temp qw(tempdir);
use Test::More;

my $why = KeyauthRoot::missing();
plan skip_all => $why if $why;

my %debs = KeyauthRoot::packages();
my @names = qw(keyauth keyauth-model libnginx-mod-http-keyauth);

is_deeply([sort keys %debs], \@names, 'they are three')
    or BAIL_OUT('no packages to go on with');

chomp(my $commit = `git rev-parse --short=7 HEAD 2>/dev/null`);
like($debs{keyauth}, qr/\.$commit\+?~/, 'and of this commit') if $commit;

my $root = KeyauthRoot->new();
my $dir = tempdir(CLEANUP => 1);


# a package's field
sub field {
    my ($deb, $field) = @_;

    chomp(my $value = `dpkg-deb -f $deb $field`);

    return $value;
}


# a copy of a package in which a command changed something
sub changed {
    my ($deb, $name, $command) = @_;

    system("rm -rf $dir/x && dpkg-deb -R $deb $dir/x && cd $dir/x "
           . "&& $command && sed -i '/usr.share.keyauth/d' DEBIAN/md5sums "
           . "&& dpkg-deb --root-owner-group -b . $dir/$name >/dev/null") == 0
        or die "$deb cannot be changed\n";

    return "$dir/$name";
}


sub install {
    my (@debs) = @_;

    for my $deb (@debs) {
        $root->copy_in($deb, '/root/' . $deb =~ s{.*/}{}r);
    }

    return $root->apt('install --allow-downgrades '
                      . join ' ', map { '/root/' . s{.*/}{}r } @debs);
}


my $body = Keyauth::summary('SVM');

# the server's status, model and answer
sub ask {
    my $answer = $root->output('curl -s -i http://127.0.0.1:8080/predict '
                               . "-H 'Content-Type: application/json' "
                               . '-d @-', $body);

    my ($status) = $answer =~ m{^HTTP/1.1 (\d+)};
    my ($model) = $answer =~ /^Keyauth-Model: (\w+)/m;

    return join ' ', $status // 'none', $model // (),
                     $answer =~ /(\{"UserID".*\})/;
}


# what it should say with a model file
sub expected {
    my ($file) = @_;

    my $id = Keyauth::id($file);

    return "200 $id " . Keyauth::answer($body, $file);
}


# asks until it says so, or for a minute
sub says {
    my ($expected, $name) = @_;
    my $answer;

    KeyauthRoot::wait_for(60, sub { ($answer = ask()) eq $expected });

    return is($answer, $expected, $name);
}


# what apt gave, where it should not
sub apt_ok {
    my ($rc, $name) = @_;

    ok($rc, $name) or diag($root->{said});

    return;
}


# services may start, as they do where somebody installs the packages; there
# is no init to report the run level

unlink "$root->{dir}/usr/sbin/policy-rc.d", "$root->{dir}/usr/sbin/runlevel";
$root->put('/usr/sbin/runlevel', "#!/bin/sh\necho N 5\n", 0755);
apt_ok($root->apt('install nginx openssl curl'), 'nginx is installed');

my $module = $debs{'libnginx-mod-http-keyauth'};
my $model = $debs{'keyauth-model'};
my ($abi) = $root->output("dpkg-query -W -f '\${Provides}' 'nginx*'")
            =~ /(nginx-abi-[\w.-]+)/;

like(field($module, 'Depends'), qr/(?:^|, )\Q$abi\E(?:,|$)/,
     "the module requires this nginx's ABI, $abi");

my $alien = changed($module, 'alien.deb',
                    "sed -i 's/nginx-abi-[^,]*/nginx-abi-9.9.9-9/' "
                    . 'DEBIAN/control');

ok(!install($alien), 'a module for another nginx is not installed');
like($root->{said}, qr/Depends: nginx-abi-9/, 'and apt says why');


# installed

apt_ok(install(values %debs), 'they are installed');

ok($root->runs('nginx -T 2>&1 | grep -q "^load_module.*keyauth"'),
   'nginx loads the module');
is($root->output('readlink /etc/keyauth/keyauth.model'),
   "/usr/share/keyauth/keyauth.model\n", 'the model is where servers look');
is($root->output('stat -c "%a %U" /usr/share/keyauth/keyauth.model'),
   "600 root\n", 'and nobody but root reads it');
is($root->output('stat -c "%a %U" /etc/keyauth/store.key /var/lib/keyauth'),
   "600 root\n700 www-data\n", 'a store is prepared');
my $key = $root->output('cat /etc/keyauth/store.key');

$root->put('/etc/nginx/conf.d/keyauth.conf', <<'END');
keyauth_model  /etc/keyauth/keyauth.model;
keyauth_store  /var/lib/keyauth key=/etc/keyauth/store.key;
server {
    listen  127.0.0.1:8080;
    location = /predict { keyauth_predict; }
    location = /enrol { keyauth_enrol; }
}
END

ok($root->runs('nginx -t && service nginx reload'),
   'nginx takes the configuration');

my $first = "$root->{dir}/usr/share/keyauth/keyauth.model";
system("cp $first $dir/first.model") == 0 or die;

says(expected("$dir/first.model"), 'it predicts');

my ($digest) = expected("$dir/first.model") =~ /^200 (\w+)/;

like(field($model, 'Version'), qr/^\d{12}\.$digest$/,
     "the model's version is its digest");
is($root->output('keyauth predict --model /etc/keyauth/keyauth.model -',
                 $body) =~ s/\n//r,
   Keyauth::answer($body, "$dir/first.model"), 'as the command does there');

my $sample = '{"UserID":"ann","Press":[0,180,390],"Release":[90,260,480]}';

like($root->output("curl -s http://127.0.0.1:8080/enrol -d '$sample' "
                   . "-H 'Content-Type: application/json'"),
     qr/"Samples":1,/, 'somebody enrols');

is($root->output('zcat /usr/share/man/man1/keyauth.1.gz | grep -c ^.TH'),
   "1\n", 'there is a man page');


# completion, with as much of bash-completion as it uses

sub completes {
    my (@words) = @_;
    my $n = $#words;

    return $root->output(<<"END");
exec bash -c '
_init_completion() {
    words=(@words) cword=$n cur=\${words[$n]-} prev=\${words[$n - 1]};
}
_filedir() { COMPREPLY=(FILE \$1); }
. /usr/share/bash-completion/completions/keyauth
_keyauth keyauth
echo \${COMPREPLY[*]}'
END
}

is(completes('keyauth', 'ev'), "evaluate\n", 'completion of a command');
is(completes('keyauth', 'train', '--ap'), "--append\n", 'of an option');
is(completes('keyauth', 'train', '--data', "''"), "FILE\n", 'of a file');
is(completes('keyauth', 'train', '--out', "''"), "FILE -d\n", 'of a folder');


# upgraded

my $newer = changed($model, 'newer.deb',
                    "cp $Keyauth::MODEL usr/share/keyauth/keyauth.model "
                    . "&& sed -i 's/^Version: .*/Version: 209901010000.x/' "
                    . 'DEBIAN/control');

apt_ok(install($newer), 'the model is upgraded');
says(expected($Keyauth::MODEL), 'nginx has reloaded it, and predicts');

my $release = changed($module, 'release.deb',
                      "sed -i 's/^Version: .*/Version: 9.0/' DEBIAN/control");

apt_ok(install($release), 'the module is upgraded');
ok($root->runs('service nginx restart'), 'nginx starts again');
says(expected($Keyauth::MODEL), 'and predicts');


# downgraded

apt_ok(install($model, $module), 'both are downgraded');
says(expected("$dir/first.model"), 'the first model predicts again');


# an administrator's own model stays

$root->runs('rm /etc/keyauth/keyauth.model');
$root->copy_in($Keyauth::OTHER, '/etc/keyauth/keyauth.model');
apt_ok(install($newer), 'the model is upgraded beside one of one\'s own');
says(expected($Keyauth::OTHER), 'which predicts, as it did');


# removed

apt_ok($root->apt('remove keyauth-model'), 'the model is removed');
says(expected($Keyauth::OTHER), 'one\'s own goes on predicting');
apt_ok($root->apt('remove libnginx-mod-http-keyauth'),
       'the module is removed');

like($root->output('nginx -t 2>&1'), qr/unknown directive "keyauth_model"/,
     'nginx knows none of its directives');
ok($root->runs('rm /etc/nginx/conf.d/keyauth.conf && service nginx restart'),
   'without them it starts');
is(ask(), 'none', 'and predicts nothing');
ok($root->runs('curl -s http://127.0.0.1/ >/dev/null'),
   'but serves what else there is');


# purged

$root->runs('apt-get -y purge keyauth');
is($root->output('cat /etc/keyauth/store.key'), $key,
   'templates keep their key when keyauth is purged');
apt_ok(install($debs{keyauth}), 'keyauth is installed again');
is($root->output('cat /etc/keyauth/store.key'), $key, 'and so');
like($root->output('keyauth store inspect /var/lib/keyauth '
                   . '--key /etc/keyauth/store.key'),
     qr/^templates +1$/m, 'nobody has to enrol anew');
$root->runs('rm -r /var/lib/keyauth');

apt_ok($root->apt("purge @names"), 'they are purged');
is($root->output("dpkg-query -W -f '\${Package}\\n' '*keyauth*' 2>/dev/null"),
   '', 'dpkg has forgotten them');
is($root->output("find /etc /usr /var/lib/dpkg -name '*keyauth*'"),
   "/etc/keyauth\n/etc/keyauth/keyauth.model\n",
   'of their files the administrator\'s own is left');

$root->runs('rm -r /etc/keyauth');
apt_ok(install($model), 'the model alone is installed');
apt_ok($root->apt('purge keyauth-model'), 'and purged');
ok(!-e "$root->{dir}/etc/keyauth", 'nothing of it is left');

done_testing();
