package IncludeGraph;

# Which sources depend on which: a graph of units and one of their folders.  A
# unit is a file in C with the header that declares its functions.  It depends
# on another whose header it includes, or whose functions it names: a header
# that declares the functions of several files hides no circle.

use strict;
use warnings;

use File::Basename qw(basename dirname);


# {unit => {unit => 1}} and {folder => {folder => 1}} of sources, given as
# {path => text}; units are paths without .c and .h
sub graphs {
    my ($sources) = @_;
    my (%home, %unit, %units, %folders);

    for my $path (sort keys %$sources) {
        $unit{$path} = $path;
        $home{$_} = $path for $path =~ /\.h$/ ? basename($path)
                                             : public($sources->{$path});
    }

    for my $path (grep { /\.c$/ } sort keys %$sources) {
        my $header = $path =~ s/c$/h/r;
        my $text = code($sources->{$header} // '');

        $unit{$path} = $unit{$header} = $path =~ s/\.c$//r
            if grep { $text =~ /\b$_\(/ } public($sources->{$path});
    }

    for my $path (keys %$sources) {
        my $text = code($sources->{$path});
        my @names = $text =~ /^#include\s*"([^"]+)"/mg;
        push @names, $text =~ /(?<![>.])\b(?!main\b)([a-z]\w+)\b/g
            if $path =~ /\.c$/;

        $units{$unit{$path}} //= {};
        $folders{dirname($path)} //= {};

        for my $to (grep { defined } map { $home{basename($_)} } @names) {
            $units{$unit{$path}}{$unit{$to}} = 1 if $unit{$to} ne $unit{$path};
            $folders{dirname($path)}{dirname($to)} = 1
                if dirname($to) ne dirname($path);
        }
    }

    return (\%units, \%folders);
}


# the functions that a file in C defines and that are not static
sub public {
    my ($text) = @_;

    return map { /^static\b/ ? () : /\n(\w+)\($/ }
           code($text) =~ /^(\w[\w *]*\n\w+\()(?:[^;{}]*\)\n\{)/mg;
}


# the functions that no header of their file's declares, as "path: name".  These
# headers have the file's name, or its beginning up to an underscore, as
# keyauth_live.h is of keyauth_live_template.c; others: {beginning of a file's
# name => [headers]}
sub undeclared {
    my ($sources, $others) = @_;
    my (%header, @found);

    for my $path (grep { /\.h$/ } keys %$sources) {
        $header{basename($path)} = code($sources->{$path});
    }

    for my $path (grep { /\.c$/ } sort keys %$sources) {
        my $name = basename($path) =~ s/\.c$//r;
        my @own = map { $header{"$_.h"} // () } prefixes($name);

        push @own, map { $header{$_} } map { @{ $others->{$_} } }
                   grep { index($name, $_) == 0 } keys %$others;

        for my $function (public($sources->{$path})) {
            push @found, "$path: $function"
                if $function ne 'main'
                   && !grep { /\b\Q$function\E\(/ } @own;
        }
    }

    return @found;
}


# of "a_b_c": itself, "a_b" and "a"
sub prefixes {
    my ($name) = @_;

    return $name =~ /^(.+)_[^_]+\z/ ? ($name, prefixes($1)) : ($name);
}


# a source without its comments
sub code {
    my ($text) = @_;

    $text =~ s{/\*.*?\*/}{}sg;

    return $text;
}


# the circles: each a sorted list of nodes that all reach one another
# (strongly connected components, Tarjan 1972)
sub circles {
    my ($graph) = @_;
    my (%index, %low, %on, @stack, @found);
    my $visit;

    $visit = sub {
        my ($node) = @_;

        $index{$node} = $low{$node} = keys %index;
        push @stack, $node;
        $on{$node} = 1;

        for my $to (sort keys %{ $graph->{$node} || {} }) {
            if (!defined $index{$to}) {
                $visit->($to);
                $low{$node} = $low{$to} if $low{$to} < $low{$node};

            } elsif ($on{$to}) {
                $low{$node} = $index{$to} if $index{$to} < $low{$node};
            }
        }

        return if $low{$node} != $index{$node};

        my @circle;

        do {
            push @circle, pop @stack;
            delete $on{$circle[-1]};
        } while ($circle[-1] ne $node);

        push @found, [sort @circle] if @circle > 1;
    };

    for my $node (sort keys %$graph) {
        $visit->($node) if !defined $index{$node};
    }

    return sort { $a->[0] cmp $b->[0] } @found;
}


# what include what, as lines for a person
sub text {
    my ($graph) = @_;

    return map { my $to = join ' ', sort keys %{ $graph->{$_} };
                 "$_ -> " . ($to || '(nothing)') . "\n" } sort keys %$graph;
}


# the same for graphviz; units are in boxes, a box for each folder
sub dot {
    my ($units) = @_;
    my %inside;

    push @{ $inside{dirname($_)} }, $_ for sort keys %$units;

    return join '', "digraph includes {\n",
                "rankdir=LR;\nranksep=1.5;\nnode [shape=box];\n",
                map({ my $folder = $_;
                      qq(subgraph "cluster_$folder" {\nlabel="$folder";\n),
                      map({ qq("$_" [label=") . basename($_) . qq("];\n) }
                          @{ $inside{$folder} }), "}\n" }
                    sort keys %inside),
                map({ my $from = $_;
                      map { qq("$from" -> "$_";\n) }
                          sort keys %{ $units->{$from} } }
                    sort keys %$units), "}\n";
}


1;
