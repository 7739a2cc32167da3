#!/usr/bin/perl

# A real Prometheus scrapes: it takes both formats, counts what was sent, and
# finds every metric that the dashboard and the alerts ask for; the alerts
# fire when they should.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use Test::More;

my $monitoring = "$Keyauth::ROOT/conf/monitoring";
my $port = 19090;

plan skip_all => 'the module is asked for nothing that others do not'
    if $ENV{KEYAUTH_TEST_ASAN};

plan skip_all => 'prometheus is not there (apt-get install prometheus)'
    if system 'command -v prometheus promtool >/dev/null';

my $dir = tempdir(CLEANUP => 1);

sub slurp {
    my ($name) = @_;

    open my $fh, '<', $name or die "$name: $!";
    local $/;

    return <$fh>;
}


sub spew {
    my ($name, $text) = @_;

    open my $fh, '>', $name or die "$name: $!";
    print $fh $text;
    close $fh or die "$name: $!";

    return;
}


# the rules

sub promtool {
    my ($in, @arguments) = @_;

    return system "cd $in && promtool @arguments >$dir/promtool 2>&1";
}

my $alerts = slurp("$monitoring/alerts.yml");

is(promtool($monitoring, 'check rules alerts.yml'), 0, 'rules can be read');
is(promtool($monitoring, 'test rules alerts_test.yml'), 0,
   'alerts fire when they should') or diag(slurp("$dir/promtool"));

spew("$dir/alerts.yml", $alerts =~ s/> 0\.01/> 0.9/r);
spew("$dir/alerts_test.yml", slurp("$monitoring/alerts_test.yml"));
isnt(promtool($dir, 'test rules alerts_test.yml'), 0,
     'control: and not when they should not');

my @fire = $alerts =~ /alert: (\w+)/g;
my $tests = slurp("$monitoring/alerts_test.yml");
is_deeply([grep { $tests !~ /alertname: $_\n\s+exp_alerts/
                  || $tests !~ /alertname: $_\}/ } @fire], [],
          'each alert is seen firing, and seen silent');

my $operations = slurp("$Keyauth::ROOT/docs/operations.md");
is_deeply([grep { $operations !~ /`$_`/ } @fire], [],
          'docs/operations.md has them all');


# a server with all families of metrics

chmod 0755, $dir;
is(system("build/keyauth key store --file $dir/store.key"), 0, 'a key');

my $server = KeyauthServer->new(
    main => 'worker_processes 2;',
    http => "keyauth_model $Keyauth::MODEL; keyauth_zone counters:128k;"
            . "keyauth_store $dir/store key=$dir/store.key map_size=1m;"
            . 'keyauth_replay_zone replays:1m;',
    location => 'keyauth_shadow RF;',
    server => 'location = /metrics {'
              . ' keyauth_metrics; access_log scrapes.log scrape; }',
);

my $conf = $server->slurp('nginx.conf');
$conf =~ s/http \{/http { log_format scrape '\$sent_http_content_type';/;
spew("$server->{dir}/nginx.conf", $conf);

ok($server->start(), 'nginx starts');

# replication has metrics of its own
spew("$dir/line", '{"UserID":"a","Version":1,"Template":"AgAAAA=="}' . "\n");
is(system("build/keyauth store import $dir/store --key $dir/store.key "
          . "<$dir/line >/dev/null"), 0, 'a store that is replicated');

my @rows = Keyauth::rows();
my @good = map { ($server->post(Keyauth::timings($_, $rows[9])))[0] }
           qw(SVM RF XGB FUSION);
is_deeply(\@good, [(200) x 4], 'requests');

my $before;

ok($server->wait_for(sub {
    my $inferences = 0;

    $before = $server->metrics();
    $inferences += $before->{$_}
        for grep { /^keyauth_inference_seconds_count/ } keys %$before;

    return $inferences >= 4;
}), 'which are counted');


# Prometheus, as conf/monitoring has it but for where and how often

my $config = slurp("$monitoring/prometheus.yml");

$config =~ s/_interval: 15s/_interval: 1s/g;
$config =~ s/scheme: https/scheme: http/;
$config =~ s/^ {4}tls_config:\n(?: {6}.*\n)+//m;
$config =~ s/127\.0\.0\.1:443/127.0.0.1:$server->{port}/;
spew("$dir/prometheus.yml", $config);
spew("$dir/alerts.yml", $alerts);
is(promtool($dir, 'check config prometheus.yml'), 0, 'its configuration');
is(promtool($monitoring, 'check config --syntax-only prometheus.yml'), 0,
   'the one that is shipped');

my $pid = fork // die "fork: $!";

if (!$pid) {
    open STDERR, '>', "$dir/log" or die "$dir: $!";
    exec 'prometheus', "--config.file=$dir/prometheus.yml",
         "--storage.tsdb.path=$dir/data",
         "--web.listen-address=127.0.0.1:$port" or die;
}

END {
    local $?;

    if ($pid) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
}


sub ask {
    my ($path) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
        or return;
    print $socket "GET /api/v1/$path HTTP/1.0\r\n\r\n";

    my ($head, $body) = split /\r\n\r\n/, do { local $/; <$socket> } // '', 2;
    my $answer = eval { decode_json($body) } or return;

    return $answer->{status} eq 'success' ? $answer->{data} : undef;
}


sub query {
    my ($query) = @_;

    my $data = ask('query?query='
                   . $query =~ s/([^\w])/sprintf '%%%02x', ord $1/ger);

    return $data ? @{ $data->{result} } : ();
}


ok($server->wait_for(sub { query('count_over_time(up[1m]) > 1') }),
   'Prometheus has scraped') or diag(slurp("$dir/log"));

my ($up) = query('up{job="keyauth"}');
is($up->{value}[1], 1, 'and could read it')
    or diag(explain(ask('targets')->{activeTargets}));

like($server->slurp('scrapes.log'), qr{^application/openmetrics-text;}m,
     'it asked for OpenMetrics');

my $rf = 'keyauth_requests_total{endpoint="predict",model="RF",status="200"}';
is((query($rf))[0]{value}[1], $before->{$rf}, 'it has the counters');
is((query('sum(keyauth_inference_seconds_count)'))[0]{value}[1], 4,
   'and the histograms');

my $rules = ask('rules');
is(scalar @{ $rules->{groups}[0]{rules} }, scalar @fire, 'it has the rules');
is_deeply([grep { $_->{health} ne 'ok' } @{ $rules->{groups}[0]{rules} }], [],
          'and can evaluate them') if $server->wait_for(sub {
    $rules = ask('rules');
    !grep { $_->{health} eq 'unknown' } @{ $rules->{groups}[0]{rules} }
});


# what is asked for is there

my %there = map { $_ => 1 } @{ ask('label/__name__/values') };
my $dashboard = decode_json(slurp("$monitoring/dashboard.json"));
my @queries = map { $_->{expr} } map { @{ $_->{targets} } }
              @{ $dashboard->{panels} };

cmp_ok(scalar @queries, '>', 15, 'the dashboard has queries');

for my $text (slurp("$monitoring/dashboard.json"), $alerts) {
    my %names = map { $_ => 1 } $text =~ /\b(keyauth_\w+)(?=[\{\[ ),])/g;

    cmp_ok(scalar keys %names, '>=', 7, 'metrics are asked for');
    is_deeply([grep { !$there{$_} } sort keys %names], [],
              'and all of them are there');
}

my $panels = join ' ', @queries;
is_deeply([grep { /^keyauth_replication_/ && $panels !~ /\b$_\b/ } sort keys
           %there], [], 'the dashboard shows all of replication');

my @listed = $operations =~ /^\| `(keyauth_\w+)` \|/mg;
my %families = map { s/_(?:bucket|sum|count)$//r => 1 }
               grep { /^keyauth_/ } keys %there;
is_deeply([sort @listed], [sort keys %families],
          'docs/operations.md has all metrics, and no others');

for my $query (@queries) {
    my $now = $query =~ s/\$job/keyauth/gr =~ s/\$instance/.*/gr
                     =~ s/\$model/FUSION/gr =~ s/\$__rate_interval/1m/gr;

    my @series = query($now);
    ok(@series > 0, "answered: $now");
}

done_testing();
