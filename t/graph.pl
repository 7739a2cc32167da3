#!/usr/bin/perl

# Draws which sources depend on which: the folders as text, the files as
# build/graph.svg where graphviz is installed, else as text, too.
#
#     t/graph.pl [FOLDER ...]

use strict;
use warnings;

use lib 't/lib';
use IncludeGraph;

my @folders = @ARGV ? @ARGV : qw(engine ngx_http_keyauth_module trainer);

chomp(my @files = `find @folders -name '*.[ch]'`);

my %sources;

for my $path (@files) {
    open my $fh, '<', $path or die "$path: $!\n";
    local $/;
    $sources{$path} = <$fh>;
}

my ($units, $between) = IncludeGraph::graphs(\%sources);

print IncludeGraph::text($between);
print "circle: @$_\n" for IncludeGraph::circles($between),
                          IncludeGraph::circles($units);

mkdir 'build';
open my $dot, '>', 'build/graph.dot' or die "build/graph.dot: $!\n";
print $dot IncludeGraph::dot($units);
close $dot or die "build/graph.dot: $!\n";

if (`which dot 2>/dev/null`) {
    system('dot -Tsvg -o build/graph.svg build/graph.dot') == 0
        or die "dot failed\n";
    print "build/graph.svg shows the files\n";

} else {
    print "\n", IncludeGraph::text($units),
          "\n(graphviz draws build/graph.dot: conf/install.sh diagrams)\n";
}
