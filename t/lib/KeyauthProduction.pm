package KeyauthProduction;

# conf/keyauth.conf as it ships, within Debian's own nginx.conf; of both only
# paths and ports are others.  {tls} and {plain} are the ports; the client
# "app" has the key {key}, "desk" one that may only enrol and forget, {desk},
# "gone" an expired one, {gone}.

use strict;
use warnings;

use parent 'KeyauthServer';

use Digest::SHA qw(sha256_hex);
use File::Copy qw(copy);
use File::Path qw(make_path);

use Keyauth;


# keys: change (a sub of keyauth.conf's text, in $_), tls and plain
sub new {
    my ($class, %conf) = @_;

    my $tls = $conf{tls} // $KeyauthServer::port++;
    my $plain = $conf{plain} // $KeyauthServer::port++;

    return $class->SUPER::new(%conf, tls => $tls, plain => $plain,
                              port => $plain,
                              key => 'keyauth_' . 'k' x 43,
                              desk => 'keyauth_' . 'd' x 43,
                              gone => 'keyauth_' . 'g' x 43);
}


sub configure {
    my ($self, %conf) = @_;
    my $dir = $self->{dir};

    make_path("$dir/conf.d", "$dir/keyauth", "$dir/log");

    copy($Keyauth::MODEL, "$dir/keyauth/keyauth.model") or die "copy: $!";
    copy("$Keyauth::ROOT/$_", "$dir/keyauth/" . s{.*/}{}r)
        or die "copy: $!" for qw(conf/problems.conf docs/openapi.json);

    spit("$dir/keyauth/api-keys",
         'app:' . sha256_hex($self->{key}) . "\n"
         . 'desk:' . sha256_hex($self->{desk}) . "::enrol,forget\n"
         . 'gone:' . sha256_hex($self->{gone}) . ":2020-01-01\n");

    if (!-f "$dir/keyauth/store.key") {
        system("$Keyauth::BUILD/keyauth key store "
               . "--file $dir/keyauth/store.key") == 0
            or die "no store key\n";
    }

    if (!-f "$dir/keyauth/tls.crt") {
        certificate("$dir/keyauth/tls", 'localhost');
    }

    local $_ = slurp("$Keyauth::ROOT/conf/keyauth.conf");

    s{/etc/keyauth/|/usr/share/keyauth\b}{$dir/keyauth/}g;
    s{/usr/share/keyauth\b}{$Keyauth::ROOT/docs}g;
    s{/var/log/nginx/}{$dir/log/}g;
    s{/var/lib/keyauth\b}{$dir/store}g;
    s{\b443\b}{$self->{tls}}g;
    s{\b80;}{$self->{plain};}g;

    my $change = $conf{change} // $self->{change};
    $change->() if $change;
    spit("$dir/conf.d/keyauth.conf", $_);

    $_ = slurp('/etc/nginx/nginx.conf');

    s{^\s*include /etc/nginx/(?:modules|sites)-enabled/.*}{}mg;
    s{/etc/nginx/conf\.d/}{$dir/conf.d/}g;
    s{/run/nginx\.pid}{$dir/nginx.pid};
    s{/var/log/nginx/}{$dir/log/}g;
    s{^error_log .*}{error_log $dir/error.log info;}m;
    s{^worker_processes .*}{worker_processes 1;}m;
    s{^user .*}{}m if $> != 0;
    s{^}{load_module $Keyauth::MODULE;\n};
    my $temp = join '', map { "${_}_temp_path $dir/$_;\n" }
                        qw(proxy fastcgi uwsgi scgi);
    s!^http \{!$&\nclient_body_temp_path $dir/body;\n$temp!m;

    spit("$dir/nginx.conf", $_);

    return;
}


# NAME.key and NAME.crt, P-256, self-signed
sub certificate {
    my ($name, $host) = @_;

    system('openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 '
           . "-nodes -days 90 -subj /CN=$host "
           . '-addext subjectAltName=DNS:localhost,IP:127.0.0.1 '
           . "-keyout $name.key -out $name.crt 2>$name.log") == 0
        or die slurp("$name.log");

    return;
}


# curl's answer to a path: {status}, {head}, {body}
sub ask {
    my ($self, $path, @options) = @_;
    my $dir = $self->{dir};

    my $answer = `curl -sS --max-time 60 -i --cacert $dir/keyauth/tls.crt \\
                  @options https://127.0.0.1:$self->{tls}$path 2>&1`;
    my ($head, $body) = split /\r\n\r\n/, $answer, 2;
    my ($status) = ($head // '') =~ m{^HTTP/[\d.]+ (\d+)};

    return { status => $status // 0, head => $head, body => $body // '' };
}


# the options of a request with the key
sub with {
    my ($self, $body, $key) = @_;

    spit("$self->{dir}/request", $body);
    $key //= $self->{key};

    return ("-H 'Authorization: Bearer $key'",
            "-H 'Content-Type: application/json'",
            "--data-binary \@$self->{dir}/request");
}


sub spit {
    my ($name, $text) = @_;

    open my $fh, '>', $name or die "$name: $!";
    print $fh $text;
    close $fh or die "$name: $!";

    return;
}


sub slurp {
    my $name = pop;

    $name = "$_[0]{dir}/$name" if ref $_[0];
    open my $fh, '<', $name or return '';
    local $/;

    return <$fh> // '';
}


1;
