#!/usr/bin/perl

# The documentation: links lead somewhere, words are correct and in common
# use, messages that it explains are those of the sources, and all pages are in
# the index.
#
# t/words has words that aspell does not know, t/words-not words that are right
# and that a reader stops at, each with what to write instead.

use strict;
use warnings;
use utf8;

use File::Basename qw(dirname);
use File::Spec;
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my $dir = tempdir(CLEANUP => 1);

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

chomp(my @pages = grep { !/node_modules/ }
      `find README.md docs models packer cloudformation conf bench t \\
       \\( -name '*.md' -o -name '*.ipynb' \\) 2>/dev/null | sort`);


sub slurp {
    my ($name) = @_;

    open my $fh, '<:utf8', $name or die "$name: $!";
    local $/;

    return <$fh> // '';
}


# a page's text; of a notebook, that of its cells of text
sub text {
    my ($name) = @_;

    return slurp($name) unless $name =~ /\.ipynb$/;

    return join "\n\n", map { join '', @{ $_->{source} } }
                        grep { $_->{cell_type} eq 'markdown' }
                        @{ JSON::PP->new->decode(slurp($name))->{cells} };
}


# without code, in blocks and in lines
sub prose {
    my ($text) = @_;

    $text =~ s/^ *(```+|~~~+).*?^ *\1 *$//msg;
    $text =~ s/^(?:\n|\A)(?: {4}.*\n)+//mg;
    $text =~ s/``.*?``|`[^`]*`/ /sg;

    return $text;
}


sub links {
    my ($text) = @_;

    return prose($text) =~ /(?:\]\(|\b(?:src|srcset|href)=")([^)"\s]+)[)"]/g;
}


# what may follow a # in links to a page
sub anchors {
    my ($name) = @_;
    my (@anchors, %seen);

    my $text = text($name);
    $text =~ s/^ *(```+).*?^ *\1 *$//msg;

    for my $heading ($text =~ /^#+ +(.*?) *$/mg) {
        if ($name =~ /\.ipynb$/) {
            push @anchors, $heading =~ s/ /-/gr;
            next;
        }

        my $anchor = lc $heading;
        $anchor =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
        $anchor =~ s/[^\w\- ]//g;
        $anchor =~ s/ /-/g;
        push @anchors, $anchor . ($seen{$anchor}++
                                  ? '-' . ($seen{$anchor} - 1) : '');
    }

    return @anchors;
}


# what is wrong with a link on a page, or nothing
sub fault {
    my ($page, $link) = @_;

    return $link =~ m{^https?://[a-z0-9.-]+\.[a-z]+(?::\d+)?(?:/[^\s]*)?$}i
           ? () : 'no address' if $link =~ /^\w+:/;

    my ($path, $anchor) = split /#/, $link, 2;
    my $file = $path eq '' ? $page
             : File::Spec->canonpath(dirname($page) . "/$path");
    1 while $file =~ s{[^/]+/\.\./}{};

    return "there is no $file" unless -e $file;

    return 'no such heading'
        if defined $anchor && !grep { $_ eq $anchor } anchors($file);

    return;
}


# words that neither aspell nor t/words knows
sub misspelt {
    my ($text) = @_;

    $text = prose($text);
    $text =~ s/\]\([^)]*\)/]/g;                     # addresses
    $text =~ s/<\/?[a-z][^>]*>/ /g;
    $text =~ s/&\w+;/ /g;
    $text =~ s{https?://\S+|\S*\w[/_.@]\w\S*}{ }g;  # files, names, addresses
    $text =~ s/\b\w*\d\w*\b/ /g;
    $text =~ s/\$\w+/ /g;
    $text =~ s/['’]s\b//g;

    open my $out, '>:utf8', "$dir/words" or die "words: $!";
    print $out $text;
    close $out or die "words: $!";

    my %known = map { $_ => 1 } split /\s+/, slurp('t/words');
    my %words = map { $_ => 1 }
                split /\n/, `aspell -l en_GB --encoding=utf-8 --ignore=2 list \\
                             < $dir/words`;

    # nor abbreviations and names in code: they are no words

    return sort grep { !$known{$_} && !/^[A-Z]{2,}s?$|[a-z][A-Z]/ }
                keys %words;
}


# words of t/words-not, each with what to write instead
sub private {
    my ($text) = @_;
    my @found;

    $text = prose($text) =~ s/\s+/ /gr;
    $text =~ s/\]\([^)]*\)/]/g;

    for (split /\n/, slurp('t/words-not')) {
        my ($words, $instead) = /^([^#].*?) = (.+)/ or next;

        push @found, "\"$1\": $instead"
            while $text =~ /\b($words)\b/gi;
    }

    return @found;
}


# a source's strings, neighbours put together, with "..." for what differs
sub strings {
    my ($name) = @_;

    my $text = slurp($name);

    return map { s/["']//gr =~ s/\$\{?\w+\}?|\$\([^)]*\)/…/gr }
           split /\n/, $text if $name =~ /\.sh$/;

    my @strings;

    # macros between them differ, too

    while ($text =~ /((?:"(?:\\.|[^"\\])*"\s*(?:[A-Z][A-Z_]+\s*(?="))?)+)/g) {
        my $string = join '', map { $_ // '…' }
                              $1 =~ /"((?:\\.|[^"\\])*)"|[A-Z][A-Z_]+/g;
        $string =~ s/\\(.)/$1/g;
        $string =~ s/%(?:\.(?:\d+|\*))?(?:llu|zu|uz|ui|uD|[a-zA-Z])/…/g;
        push @strings, $string;
    }

    return @strings;
}


sub message_known {
    my ($message, @strings) = @_;

    (my $fixed = $message) =~ s/\W//g;
    return 0 if length $fixed < 4;

    # the shell's are parts of lines
    my $like = join '.*', map { quotemeta } split /…/, $message, -1;
    (my $bare = $like) =~ s/\\"//g;

    return scalar grep { /^$like$/ || /\b(?:die|echo)\b.*\b$bare/ } @strings;
}


# controls

is_deeply([fault('docs/api.md', '#a-request'),
           fault('docs/api.md', 'models.md'),
           fault('docs/api.md', '../README.md'),
           fault('README.md', 'https://example.org/x?y#z')], [],
          'control: links that lead somewhere');
is_deeply([map { scalar(() = fault('docs/api.md', $_)) } '#nothing', 'no.md',
           'models.md#nothing', 'https:/x', '../../outside.md'], [(1) x 5],
          'control: links that do not');
is_deeply([misspelt("Speling of `wrods` and\n\n    othre code,\nis chekced.")],
          ['Speling', 'chekced'], 'control: words');
is_deeply([private("The page tells\n`whom` it knows, as is\nasked.")],
          ['"tells": shows, says, returns', '"knows": recognises, contains',
           '"is asked": requests, queries'], 'control: private words');
ok(message_known('keyauth: x "…" is …', 'keyauth: x "…" is …'),
   'control: a message');
ok(!message_known('keyauth: y "…" is …', 'keyauth: x "…" is …'),
   'control: no message');


# the pages

cmp_ok(scalar @pages, '>', 10, 'there are pages');

for my $page (@pages) {
    my @faults = map { my $link = $_; map { "$link: $_" } fault($page, $link) }
                 links(text($page));

    ok(!@faults, "$page: links") or diag(join "\n", @faults);
}

for my $page (@pages) {
    my @words = private(text($page));

    ok(!@words, "$page: words in common use (t/words-not)")
        or diag(join "\n", @words);
}

my @private = map { my $file = $_; map { "$file: $_" }
                    map { private($_) } grep { / / } strings($file) }
              glob('ngx_http_keyauth_module/*.c engine/*.c engine/*/*.c '
                   . 'trainer/cmd/*.c trainer/data/*.c trainer/import/*.c '
                   . 'trainer/report/*.c');

push @private, map { "docs/openapi.yaml: $_" }
               private(slurp('docs/openapi.yaml') =~ s/^ +(?! *\w+:)/ /mgr);

ok(!@private, 'messages and OpenAPI: words in common use')
    or diag(join "\n", @private);

SKIP: {
    skip 'no aspell (conf/install.sh test)', scalar @pages
        if system('aspell dicts 2>/dev/null | grep -q en_GB');

    for my $page (@pages) {
        my @words = misspelt(text($page));

        ok(!@words, "$page: spelling (t/words)") or diag("@words");
    }
}

my $index = slurp('docs/README.md');
my @missing = grep { my ($file) = m{^docs/(.*)};
                     $file ne 'README.md' && $index !~ /\(\Q$file\E[)#]/ }
              grep { m{^docs/[^/]+$} } @pages;
ok(!@missing, 'all pages of docs/ are in its README.md')
    or diag("@missing");

my @lines = split /\n/, slurp('README.md');
is_deeply([sort map { /^\| \[`(keyauth_\w+)`\]/ } @lines],
          [sort { $a cmp $b }
           slurp('docs/directives.md') =~ /^### (keyauth_\w+)$/mg],
          'the README lists all directives');
cmp_ok(scalar @lines, '<=', 200, 'the README has 200 lines at most');


# the README's answers are those to its requests

is(system("build/keyauth train --data trainer/synthetic.csv --out $dir "
          . '--models RF,FUSION --quiet'), 0, 'a model');

my @asked = slurp('README.md') =~ /^```sh\ncurl[^`]*?-d\ '(\{.*?\})'\n```\n
                                   \n```json\n(\{.*?\})\n```/msxg;
cmp_ok(scalar @asked, '>=', 4, 'the README asks and answers');

while (my ($body, $answer) = splice @asked, 0, 2) {
    open my $out, '>', "$dir/body" or die "$dir: $!";
    print $out $body;
    close $out or die "$dir: $!";

    my $got = `build/keyauth predict --model $dir/keyauth.model $dir/body`;

    # scores may differ in their last digits
    my @got = $got =~ /"Score":([\d.e-]+)/g;
    my @scores = $answer =~ /"Score":([\d.e-]+)/g;

    s/"Score":[\d.e-]+|\n//g for $got, $answer;
    is($got, $answer, 'and so does keyauth');
    ok(@got == @scores && !grep({ abs($got[$_] / $scores[$_] - 1) > 0.01 }
                                0 .. $#scores),
       'with these scores');
}


# the messages

my @strings = map { strings($_) }
              glob('ngx_http_keyauth_module/*.c engine/*.c engine/*/*.c '
                   . 'trainer/*.c trainer/*/*.c conf/*.sh');
my ($tables) = slurp('docs/troubleshooting.md')
               =~ /(.*)^## What clients see/ms;
my @messages = map { /`([^`]+)`/g }
               $tables =~ /^\| (`[^|]*`) \|/mg;

cmp_ok(scalar @messages, '>', 60, 'messages are explained');
is(join("\n", grep { !message_known($_, @strings) } @messages), '',
   'and all are in the sources');

done_testing();
