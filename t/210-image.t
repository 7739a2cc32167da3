#!/usr/bin/perl

# The image: packer/keyauth.pkr.hcl is looked at by Packer itself, then its
# amazon-ebs builder bakes by packer/bake.py in a simulated AWS, with its SSH
# in a Debian of its own.  That Debian, as the bake has left it, is then
# started and asked for predictions over TLS.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthRoot;

use File::Temp qw(tempdir);
use JSON::PP qw(decode_json encode_json);
use Test::More;
use Time::HiRes qw(sleep);

chomp(my $arch = `dpkg --print-architecture 2>/dev/null`);
my $why = KeyauthRoot::missing();

plan skip_all => $why if $why;
plan skip_all => 'no packer here' if system('packer version >/dev/null 2>&1');
plan skip_all => "this python3 has no boto3 and moto"
    if system('python3 -c "import boto3, moto.server" 2>/dev/null');

delete @ENV{qw(MAKEFLAGS MAKELEVEL)};
delete @ENV{grep { /^AWS_|_proxy$/i } keys %ENV};
$ENV{CHECKPOINT_DISABLE} = 1;
$ENV{PACKER_CONFIG_DIR} = $ENV{HOME} = tempdir(CLEANUP => 1);

my $file = 'packer/keyauth.pkr.hcl';
my $dir = tempdir(CLEANUP => 1);


# Packer's own opinion

sub slurp {
    my ($name) = @_;

    open my $fh, '<', $name or return '';
    local $/;

    return <$fh> // '';
}


sub spew {
    my ($name, $content) = @_;

    open my $fh, '>', $name or die "$name: $!";
    print $fh $content;
    close $fh or die "$name: $!";

    return $name;
}


is(`packer fmt -check $file 2>&1; packer fmt -check packer/plugins.pkr.hcl`,
   '', 'the Packer files are formatted');

# its folders have to be there, whatever has been built
my $validate = "packer validate -var vm=$dir/vm -var debs=$dir";
is(`$validate $file 2>&1`, '', 'and valid');

my $hcl = slurp($file);

# mistakes, and what Packer says of them
my @mistakes = (
    [a_source_filter => sub { s/owners      = \[local.debian\]// },
     qr{must declare an owner}],
    [a_script => sub { s/30-harden/30-harder/ }, qr/30-harder\.sh/],
    [an_argument => sub { s/encrypted  /encryption/ }, qr/encryption/],
    [a_variable => sub { s/var\.commit/var.comit/ }, qr/comit/],
    [a_source => sub { s/"source\.qemu/"source.qumu/ }, qr/qumu/],
    [the_name => sub { s/ami_name  .*// }, qr/ami_name/],
    [a_profile => sub { s/\n *iam_instance_profile .*// },
     qr/iam_instance_profile/],
);

for my $mistake (@mistakes) {
    my ($name, $seed, $says) = @$mistake;

    local $_ = $hcl;
    $seed->();
    isnt($_, $hcl, "a mistake is made: $name");

    my $seeded = spew("$dir/seeded.pkr.hcl", $_);
    like(scalar `$validate $seeded 2>&1`, $says, 'validate finds it');
}

for my $var ('commit=HEAD^', 'model=none', 'architecture=x86_64') {
    isnt(system("$validate -var '$var' $file >/dev/null 2>&1"), 0,
         "$var is refused");
}

is(`$validate -var commit=0123456+ $file 2>&1`, '',
   'a commit with changes is not');

# what validate knows nothing of, and nobody should change unseen
like($hcl, qr/debian = "136693071363"/, 'images are of Debian\'s account');
like($hcl, qr/\bencrypted\s+= true/, 'the volume is encrypted');
like($hcl, qr/default\s+= "session_manager"/, 'Session Manager is the way in');


# a machine to bake, as Debian's image is: admin comes by SSH, and may sudo

my %debs = KeyauthRoot::packages();
my $debs = $debs{'keyauth'} =~ s{/[^/]*$}{}r;
my $root = KeyauthRoot->new();

system("ssh-keygen -q -t ed25519 -N '' -f $dir/id") == 0 or die;
$root->runs('echo 127.0.0.1 localhost keyauth >/etc/hosts '
            . '&& useradd -m -s /bin/bash admin && usermod -p "*" admin '
            . '&& mkdir -m 700 /home/admin/.ssh && mkdir -p /run/sshd')
    or die "no admin\n";
$root->put('/etc/sudoers.d/admin', "admin ALL=(ALL) NOPASSWD: ALL\n", 0440);
$root->copy_in("$dir/id.pub", '/home/admin/.ssh/authorized_keys');
$root->runs('chown -R admin: /home/admin') or die;
$root->runs('/usr/sbin/sshd -o ListenAddress=127.0.0.1 -o Port=2322 '
            . '-o UsePAM=no') or die "no sshd\n";


# Amazon's CloudWatch agent: a stand-in, had from where Amazon has its own

my $agent = 'opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl';
my $bucket = 'https://amazoncloudwatch-agent-us-east-1.s3.us-east-1.'
             . "amazonaws.com/debian/$arch/latest";

system("mkdir -p $dir/agent/DEBIAN $dir/agent/" . $agent =~ s{/[^/]*$}{}r);
chmod 0755, spew("$dir/agent/$agent", "#!/bin/sh\n");
spew("$dir/agent/DEBIAN/control", <<'END');
Package: amazon-cloudwatch-agent
Version: 1
Architecture: all
Maintainer: keyauth <keyauth@localhost>
Description: stand-in
END
system("dpkg-deb --root-owner-group -b $dir/agent $dir/agent.deb >/dev/null")
    == 0 or die "no agent\n";
$root->copy_in("$dir/agent.deb", '/root/agent.deb');
$root->put('/usr/local/bin/curl', <<"END", 0755);
#!/bin/sh
case "\$*" in
    "-fsS --retry 3 -o "*" $bucket/amazon-cloudwatch-agent.deb")
        exec cp /root/agent.deb "\$5" ;;
    *://localhost/*) exec /usr/bin/curl "\$@" ;;
    *) exit 6 ;;
esac
END


# a simulated AWS that machine and Packer see

my $mark = 'ami-0debian13000001';

$ENV{MOTO_AMIS_PATH} = spew("$dir/amis.json", encode_json([{
    ami_id => $mark, state => 'available', public => \1,
    owner_id => '136693071363', image_location => 'debian',
    root_device_type => 'ebs', root_device_name => '/dev/xvda',
    description => 'Debian 13', platform => '', sriov => 'simple',
    architecture => $arch eq 'amd64' ? 'x86_64' : $arch,
    name => "debian-13-$arch-20260101-1", virtualization_type => 'hvm',
    hypervisor => 'xen', image_type => 'machine' }]));
$ENV{AWS_ACCESS_KEY_ID} = $ENV{AWS_SECRET_ACCESS_KEY} = 'testing';
$ENV{AWS_DEFAULT_REGION} = 'us-east-1';
$ENV{AWS_EC2_METADATA_DISABLED} = 'true';
$ENV{AWS_ENDPOINT_URL} = 'http://127.0.0.1:5555';

my @there = ('nsenter', '-t', $root->holder(), '-n', '--');
my $moto = fork // die "fork: $!";

if (!$moto) {
    open STDOUT, '>', "$dir/moto.log" or die;
    open STDERR, '>&', \*STDOUT or die;
    exec @there, 'python3', 't/lib/moto_more.py', '5555' or die;
}

END {
    local $?;
    kill 'KILL', $moto if $moto;
}

ok(KeyauthRoot::wait_for(60, sub {
       system("@there curl -sf -o /dev/null $ENV{AWS_ENDPOINT_URL}/moto-api/")
       == 0 }), 'AWS is simulated') or BAIL_OUT(slurp("$dir/moto.log"));


# what the AWS command says, as data
sub aws {
    my ($command) = @_;

    my $said = `@there aws --output json $command 2>$dir/aws.log`;

    return $? ? undef : decode_json($said);
}


sub bake {
    my (@options) = @_;

    my $said = `@there packer/bake.py --arch $arch --debs $debs @options 2>&1`;

    return ($? >> 8, $said);
}


my @ssh = map { "--var $_" } "ec2_endpoint=$ENV{AWS_ENDPOINT_URL}",
    'ssh_interface=public_ip', 'ssh_host=127.0.0.1', 'ssh_port=2322',
    "ssh_private_key_file=$dir/id";

# the entry that it writes
my $get = 'ssm get-parameter --name /keyauth/ami-id-baked';
my ($rc, $said) = bake('--dry-run', @ssh);

is($rc, 0, 'bake.py --dry-run') or diag($said);
like($said, qr/would run: packer build .*keyauth/, 'says what it would do');
is(aws($get), undef, 'and does nothing');

($rc, $said) = bake(@ssh);
is($rc, 0, 'bake.py bakes') or diag($said);
like($said, qr/^ +amazon-ebs\.keyauth: All tests successful/m,
     'the image has been tested on the image') or BAIL_OUT('no image');

like($said, qr/ok \d+ - the CloudWatch agent is there$/m,
     'with its agents');

my $ami = aws($get);
$ami = $ami->{Parameter}{Value} // 'none';
like($ami, qr/^ami-[0-9a-f]+$/, 'its id is in Parameter Store');

my $image = aws("ec2 describe-images --image-ids $ami")->{Images}[0];
my %tags = map { $_->{Key} => $_->{Value} } @{$image->{Tags}};
my $model = Keyauth::id("$root->{dir}/usr/share/keyauth/keyauth.model");

is($tags{'keyauth:model'}, $model, 'the image names the model');
like($tags{'keyauth:commit'}, qr/^[0-9a-f]{7}\+?$/, 'and the commit');
is($image->{ImdsSupport}, 'v2.0', 'its instances take IMDSv2 alone');
ok($image->{DeprecationTime}, 'it is deprecated some day');
is($tags{'keyauth:source-ami'}, $mark, 'and what it was made from');

SKIP: {
    skip 'files were changed since the commit: it is baked anew', 2
        if $tags{'keyauth:commit'} =~ /\+$/;

    ($rc, $said) = bake(@ssh);
    is($rc, 0, 'bake.py again');
    like($said, qr/$ami was baked/, 'finds what it has baked');
}

($rc, $said) = bake('--force', @ssh, '--var', 'subnet_id=subnet-0');
is($rc, 2, 'a bake that fails');
like($said, qr/packer build failed/, 'says so');
is(aws($get)->{Parameter}{Value}, $ami,
   'and leaves the image that there is');


# the image, as a host of the stack

is($root->output('find / -xdev -name authorized_keys; ls /etc/ssh/ssh_host_* '
                 . '2>/dev/null; ls /tmp'), '', 'the bake has left nothing');

# on a file system that is read-only, as systemd has it there
unlink "$root->{dir}/usr/local/bin/curl";

for my $service (qw(tls store)) {
    my $unit = slurp("$root->{dir}/etc/systemd/system/"
                     . "keyauth-$service.service");
    my ($make) = $unit =~ /^ExecStart=(.*?[^\\])$/ms;
    my ($paths) = $unit =~ /^ReadWritePaths=(.*)$/m;

    like($unit, qr/^ProtectSystem=strict$/m, "keyauth-$service.service");
    $paths //= '';
    $make =~ s/\\\n//g;
    $make = "unshare --mount sh -ec 'for path in $paths; do "
            . 'mount --bind $path $path; done; mount -o remount,bind,ro /; '
            . "! touch /x; $make'";

    ok($root->runs($make), 'as the machine boots');
}

ok(-s "$root->{dir}/etc/keyauth/store.key", 'there is a key of the store');

my ($key) = $root->output('keyauth key new smoke --file '
                          . '/etc/keyauth/api-keys') =~ /^(keyauth_\S+)/m;

ok($root->runs('nginx'), 'nginx starts');

my $golden = "$dir/golden.json";

system('python3 cloudformation/smoke_test.py --make '
       . "$root->{dir}/usr/share/keyauth/keyauth.model "
       . "--keyauth $Keyauth::BUILD/keyauth >$golden");
$said = `KEYAUTH_API_KEY=$key @there \\
         python3 cloudformation/smoke_test.py https://127.0.0.1 \\
         --golden $golden --insecure 2>&1`;
is($?, 0, 'smoke_test.py is content with it') or diag($said);


# its test finds what it is there to find

$root->runs('nginx -s stop; rm -rf /etc/keyauth/tls.* '
            . '/etc/keyauth/store.key /var/lib/keyauth; '
            . ': >/etc/keyauth/api-keys');
$root->copy_in('packer/provision/image.t', '/root/image.t');

my %seeds = (
    'chmod 644 /etc/keyauth/api-keys' => qr/read by nobody but/,
    'chmod 666 /etc/nginx/conf.d/keyauth.conf' => qr/only root writes/,
    'mkdir -p /root/.ssh; echo x >/root/.ssh/authorized_keys'
        => qr/no key lets anybody in/,
    'systemctl disable nginx' => qr/nginx starts with the machine/,
    'systemctl enable ssh' => qr/SSH is not/,
    'apt-get -y purge amazon-cloudwatch-agent' => qr/CloudWatch agent is/,
    "echo SystemMaxUse=4G >>/etc/systemd/journald.conf.d/zz.conf"
        => qr/journal has a limit/,
    'ssh-keygen -A' => qr/no host key/,
    'echo history >/root/.bash_history' => qr/no shell history/,
    "perl -MIO::Socket::INET -e '\$s = IO::Socket::INET->new(Listen => 1, "
        . "LocalPort => 9999); sleep 600' &" => qr/no port but these/,
);

# before it is given keys, a balancer must not take it for ready
like(slurp("$root->{dir}/etc/systemd/system/nginx.service.d/keys.conf"),
     qr{^\[Unit\]\nConditionFileNotEmpty=/etc/keyauth/api-keys$}m,
     'nginx waits for keys');

my $looks = sub {
    $root->output('sleep 0.2; KEYAUTH_AGENTS=true perl /root/image.t 2>&1')
};
my $clean = $looks->();

unlike($clean, qr/^not ok/m, 'image.t finds nothing in what is right');

$root->runs("($_) >/dev/null 2>&1") for keys %seeds;

my $found = $looks->();

for my $seed (sort keys %seeds) {
    like($found, qr/^not ok \d+ - .*$seeds{$seed}/m,
         'finds: ' . substr $seed, 0, 40);
}

done_testing();
