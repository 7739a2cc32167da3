#!/usr/bin/perl

# The form of the sources, what may depend on what, and that each directive
# has its entry in docs/directives.md.  Every rule is first seen to find the
# fault it is for.

use strict;
use warnings;

use lib 't/lib';
use IncludeGraph;

use Test::More;

my $lines_max = 800;
my $function_max = 100;


# each rule gets a file's name and lines, and returns the lines at fault

my %rules = (
    'over 80 columns' => sub { grep_lines($_[1], sub { /^.{81}/ }) },

    'tabs' => sub { grep_lines($_[1], sub { /\t/ }) },

    'trailing blanks' => sub { grep_lines($_[1], sub { /[ \t\r]$/ }) },

    # the private words that readers stop at most; t/420-docs.t has all others
    'tell, told, whom or spelt' => sub {
        return if $_[0] =~ m{^t/(?:420-docs|style)\.t$};   # their own
        grep_lines($_[1], sub { /\b(?:tells?|told|whom|spelt)\b/i });
    },

    'blank lines at the end' => sub {
        my $lines = $_[1];
        return @$lines && $lines->[-1] eq '' ? (scalar @$lines) : ();
    },
);

my %c_rules = (
    '// comments' => sub {
        grep_lines($_[1], sub {
            my $line = $_;
            $line =~ s/"(?:\\.|[^"\\])*"/""/g;
            $line =~ m{(?<![:*])//};
        })
    },

    '() for (void)' => sub {
        grep_lines($_[1], sub { /^[a-z_][\w *]*\b\w+\(\)(?:;|$)/ })
    },

    'no blank line before else' => sub {
        my $lines = $_[1];
        grep { $lines->[$_ - 1] =~ /^\s*\} else\b/
               && $lines->[$_ - 2] !~ /^$/ } 2 .. @$lines
    },

    'else on a line of its own' => sub {
        grep_lines($_[1], sub { /^\s*else\b/ })
    },

    'not two blank lines after a function' => sub {
        my $lines = $_[1];
        grep { $lines->[$_ - 1] eq '}' && !two_blank($lines, $_) }
             1 .. @$lines
    },

    'declaration with the type on the name\'s line' => sub {
        my $lines = $_[1];
        grep { $lines->[$_ - 1] =~ /^(?!static inline)\w[\w *]* \**\w+\([^;]*$/
               && $lines->[$_] =~ /^\{/ } 1 .. @$lines - 1
    },

    'long function' => sub {
        my $lines = $_[1];
        my ($start, @bad);

        for my $n (1 .. @$lines) {
            $start = $n if $lines->[$n - 1] eq '{';
            push @bad, $start
                if $lines->[$n - 1] eq '}' && defined $start
                   && $n - $start > $function_max;
        }

        return @bad;
    },

    'long file' => sub {
        my $lines = $_[1];
        return @$lines > $lines_max ? (scalar @$lines) : ();
    },

    'no first comment that says the purpose' => sub {
        my $lines = $_[1];
        return join("\n", @$lines) =~ m{\A\n?/\*\n \* \S} ? () : (1);
    },
);


sub grep_lines {
    my ($lines, $test) = @_;

    return grep { local $_ = $lines->[$_ - 1]; $test->() } 1 .. @$lines;
}


sub two_blank {
    my ($lines, $n) = @_;

    return 1 if $n == @$lines || $lines->[$n] =~ /^#/;

    return 0 unless $lines->[$n] eq '' && ($lines->[$n + 1] // '') eq '';

    my $next = $lines->[$n + 2] // '';
    return $next ne '' || ($lines->[$n + 3] // '') =~ /^#/;
}


sub slurp {
    my ($name) = @_;

    open my $fh, '<', $name or die "$name: $!";
    local $/;

    return <$fh> // '';
}


sub check {
    my ($rules, $name, $text) = @_;
    my @lines = split /\n/, $text, -1;
    pop @lines if @lines && $lines[-1] eq '';

    return map {
        my $rule = $_;
        map { "$name:$_: $rule" } $rules->{$rule}->($name, \@lines)
    } sort keys %$rules;
}


# controls

my %faults = (
    'over 80 columns' => 'x' x 81 . "\n",
    'tabs' => "\tx\n",
    'trailing blanks' => "x \n",
    'blank lines at the end' => "x\n\n",
    'tell, told, whom or spelt' => "Whom it names is not told.\n",
    '// comments' => "x = 1; // y\n",
    '() for (void)' => "int keyauth_x();\n",
    'no blank line before else' => "    x;\n    } else {\n",
    'else on a line of its own' => "    }\n    else {\n",
    'not two blank lines after a function' => "{\n}\n\nint\n",
    'declaration with the type on the name\'s line' => "int x(void)\n{\n}\n",
    'long function' => "{\n" . "    x;\n" x 101 . "}\n",
    'long file' => "x\n" x 801,
    'no first comment that says the purpose' => "#include <x.h>\n/*\n * x\n */",
);

for my $rule (sort keys %rules, keys %c_rules) {
    my @found = check({ %rules, %c_rules }, 'control', $faults{$rule} // '');
    ok((grep { /: \Q$rule\E$/ } @found), "control: finds $rule");
}

is_deeply([check({ %rules, %c_rules }, 'control',
                 "/*\n * What it is for.\n */\n\n\n"
                 . "int\nx(void)\n{\n    s = \"http://x\";\n\n    } else {\n"
                 . "}\n\n\nint\ny(void)\n{\n}\n")], [],
          'control: finds nothing in what is right');


# the sources

chomp(my @files = grep { !m{^t/servroot} }
      `find .ci bench conf engine ngx_http_keyauth_module t trainer packer \\
       cloudformation -type f 2>/dev/null`);

my @c = grep { /\.[ch]$/ } @files;
my @code = grep { /\.(?:c|h|t|pm|pl|sh|m?js|css|html)$|\/config$
                    |^\.ci\/run$/x } @files;

cmp_ok(scalar @c, '>', 10, 'there are sources to check');

sub clean {
    my ($name, @faults) = @_;

    ok(!@faults, $name);
    diag(join "\n", @faults) if @faults;

    return;
}


for my $name (sort @code) {
    my $rules = $name =~ /\.[ch]$/ ? { %rules, %c_rules } : \%rules;
    clean("form of $name", check($rules, $name, slurp($name)));
}

# make's own need tabs
my %make_rules = %rules;
delete $make_rules{tabs};

my @make = ('Makefile', glob 'mk/*.mk');

clean("form of $_", check(\%make_rules, $_, slurp($_))) for @make;

clean('files end with a newline',
      grep { my $text = slurp($_); $text ne '' && $text !~ /\n\z/ }
      @code, @make);

clean('flags that change arithmetic or hide the module',
      grep { slurp($_) =~ /-Ofast|-ffast-math|-funsafe-math
                           |-fvisibility=hidden|\bOfast\b/x }
      grep { $_ ne 't/style.t' } @code, @make);

clean('Test::Nginx files have a modeline',
      grep { my $text = slurp($_);
             $text =~ /^use Test::Nginx/m && $text !~ /\A# vi:/ }
      grep { /\.t$/ } @files);

clean('blocks of Test::Nginx are three blank lines apart',
      grep { my $text = slurp($_);
             $text =~ /^use Test::Nginx/m
             && $text =~ /(?<!\n\n\n\n)(?<!__DATA__\n\n)=== TEST/ }
      grep { /\.t$/ } @files);


# what may depend on what

clean('the engine knows neither nginx nor the libraries that train',
      grep { slurp($_) =~ /#include\s*[<"](?:ngx_|svm\.h|libsvm|xgboost|csv)/ }
      grep { m{^engine/} } @c);

clean('the module knows the engine and nginx alone',
      grep { slurp($_) =~ /#include\s*[<"](?!ngx_|keyauth|openssl\/err\.h)/ }
      grep { m{^ngx_http_keyauth_module/} } @c);

my $parts = { map { $_ => slurp($_) }
              grep { m{^(?:engine|ngx_http_keyauth_module|trainer)/} } @c };

my ($units, $folders) = IncludeGraph::graphs($parts);

clean('folders depend on one another one way',
      map { "@$_" } IncludeGraph::circles($folders));
clean('and so do files',
      map { "@$_" } IncludeGraph::circles($units));


# the store's own parts share their headers
clean('public functions are declared in their file\'s header',
      IncludeGraph::undeclared($parts, {
          keyauth_store_ => [map { s{.*/}{}r } glob 'engine/store/*.h']
      }));

# controls: another header declares it, its own does, that of its beginning
for my $case (['other.h', 'a/low.c', ['a/low.c: low']],
              ['low.h', 'a/low.c', []],
              ['low.h', 'a/low_more.c', []],
              ['low.h', 'a/lower.c', ['a/lower.c: low']])
{
    my ($header, $file, $found) = @$case;

    is_deeply([IncludeGraph::undeclared(
                   { "a/$header" => "int low(void);\n",
                     $file => "\nint\nlow(void)\n{\n}\n" }, {})], $found,
              "control: $file and $header");
}

is_deeply([IncludeGraph::undeclared(
               { 'a/other.h' => "int low(void);\n",
                 'a/low.c' => "\nint\nlow(void)\n{\n}\n" },
               { low => ['other.h'] })], [], 'control: a header named for it');


# controls: a file that calls back, a folder that includes back, and neither
my %sources = (
    'a/low.h' => "int low(void);\n",
    'a/low.c' => "#include \"low.h\"\n\n\nint\nlow(void)\n{\n}\n",
    'b/high.h' => "int high(void);\n",
    'b/high.c' => "#include \"low.h\"\n\n\nint\nhigh(void)\n{\n"
                  . "    /* high() */\n    x->high = low();\n}\n",
);

for my $case (['none', '', 0, 0],
              ['a call', "    high();\n", 1, 1],
              ['a call in a comment', "    /* high(); */\n", 0, 0])
{
    my ($name, $call, $in_units, $in_folders) = @$case;
    my ($u, $f) = IncludeGraph::graphs(
        { %sources, 'a/low.c' => $sources{'a/low.c'} =~ s/(?=\}\n\z)/$call/r });

    is(scalar(() = IncludeGraph::circles($u)), $in_units,
       "control: $name, files");
    is(scalar(() = IncludeGraph::circles($f)), $in_folders,
       "control: $name, folders");
}

my ($u, $f) = IncludeGraph::graphs(
    { %sources, 'a/low.h' => "#include \"high.h\"\n$sources{'a/low.h'}" });
is_deeply([map { "@$_" } IncludeGraph::circles($u),
           IncludeGraph::circles($f)], ['a/low b/high', 'a b'],
          'control: headers that include each other');

# nginx's define _GNU_SOURCE, which must come before the system's
clean('the module includes nginx before all else',
      grep { my ($first) = slurp($_) =~ /^#include\s*(\S+)/m;
             $first !~ /^["<]ngx_/ }
      grep { m{^ngx_http_keyauth_module/.*\.c$} } @c);

SKIP: {
    my $so = 'build/ngx_http_keyauth_module.so';

    skip "$so is not built", 3 unless -f $so;

    clean('the module holds all of the engine that it uses',
          grep { / U keyauth_/ } split /\n/, `nm -D --undefined-only $so`);

    clean('what the module exports has its prefixes',
          grep { !/ (?:keyauth_|ngx_http_keyauth_|ngx_modules$|ngx_module_)/ }
          grep { !/ _(?:init|fini|edata|end|_bss_start)$/ }
          split /\n/, `nm -D --defined-only $so`);

    unlike(scalar `readelf -d $so`, qr/NEEDED.*(?:svm|xgboost|gomp|stdc)/,
           'the module links none of the libraries that train');
}


# directives and variables, and what is written about them

my $module = slurp('ngx_http_keyauth_module/ngx_http_keyauth_module.c');
my $docs = slurp('docs/directives.md');

my @directives = $module =~ /\{ ngx_string\("(\w+)"\),\n\s+NGX_/g;
my @variables = $module =~ /\{ ngx_string\("(\w+)"\), NULL,/g;

cmp_ok(scalar @directives, '>=', 3, 'the commands table is read');
cmp_ok(scalar @variables, '>=', 3, 'the variables table is read');

is_deeply([sort $docs =~ /^### (keyauth_\w+)$/mg], [sort @directives],
          'each directive has an entry, and each entry a directive');
is_deeply([sort $docs =~ /^`\$(keyauth_\w+)`$/mg], [sort @variables],
          'each variable has an entry, and each entry a variable');

for my $directive (@directives) {
    my ($entry) = $docs =~ /^### $directive\n(.*?)(?=^##)/ms;

    like($entry // '', qr/^\ {4}Syntax:\ \ $directive\b.*;\n
                           \ {4}Default:\ .+\n
                           \ {4}Context:\ .+\n\n[A-Z]\w+s\b/mx,
         "$directive has syntax, default, context and a sentence");
    like($entry // '', qr/appeared in version \d/, "$directive has a version");
}

done_testing();
