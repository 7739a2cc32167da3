package Another;

# The tests of the module again, with another nginx or another build of the
# module.

use strict;
use warnings;

use Cwd qw(getcwd);

use Flatten;

our $BUILD = getcwd() . '/build';


# binary and module (paths), env (of the binary alone), first (a command of the
# shell), before (a command that the binary is an argument of), reports (a
# prefix of files that say what was found; env and before name it), files (the
# tests, by default all that ask a server)
sub run {
    my (%another) = @_;
    my $nginx = "$BUILD/t/nginx-$another{name}";

    unlink glob "$another{reports}*" if $another{reports};

    open my $fh, '>', $nginx or die "$nginx: $!";
    print $fh "#!/bin/sh\n", $another{first} // '', "\n",
              map({ "export $_='$another{env}{$_}'\n" }
                  sort keys %{ $another{env} || {} }),
              'exec ', $another{before} // '', " $another{binary} \"\$@\"\n";
    close $fh or die "$nginx: $!";
    chmod 0755, $nginx;

    $ENV{TEST_NGINX_BINARY} = $nginx;
    $ENV{TEST_NGINX_LOAD_MODULES} = $another{module};

    my @files = @{ $another{files} || [] };
    @files = Flatten::using(qr/^use (?:Test::Nginx|Keyauth(?:Server|Pro))/m)
        if !@files;

    Flatten::run(map { [$_, $^X, $_] } @files);

    reported($another{reports}) if $another{reports};

    Flatten::done();

    return;
}


sub reported {
    my ($prefix) = @_;
    my @found = grep { -s } glob "$prefix*";

    for my $name (@found) {
        open my $in, '<', $name or next;
        print STDERR map { "# $_" } grep { $. <= 60 } <$in>;
    }

    Flatten::result(!@found, 'nothing is reported');

    return;
}


# the sanitizers' options; nginx's pools at exit are none of ours to
# find, so leaks are not looked for
sub sanitizers {
    my ($reports) = @_;

    return {
        ASAN_OPTIONS => 'detect_leaks=0:detect_odr_violation=0:'
                        . "log_path=$reports",
        UBSAN_OPTIONS => "print_stacktrace=1:log_path=$reports",
    };
}


1;
