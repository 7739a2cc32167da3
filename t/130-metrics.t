#!/usr/bin/perl

# Metrics: every kind of answer is counted once, where it belongs; both
# formats are what they say; reloads keep the counters, and those refused are
# counted.

use strict;
use warnings;

use lib 't/lib';
use Keyauth;
use KeyauthServer;

use File::Temp qw(tempfile);
use Test::More;

my @rows = Keyauth::rows();
my $user = $rows[0][0];
my @own = grep { $_->[0] eq $user } @rows;

my $http = 'keyauth_model served.model; keyauth_zone counters:1m;'
    . 'keyauth_replay_zone replays:1m; client_body_timeout 300ms;'
    . 'limit_req_zone $uri zone=limit:1m rate=1r/m;';

my %conf = (
    main => 'worker_processes 2;',
    http => $http,
    server => <<'END',
        error_page  413 429  /problem;

        location = /problem { internal; return 200 problem; }
        location = /verify { keyauth_verify; }
        location = /card { keyauth_card; }
        location = /metrics { keyauth_metrics; }
        location = /health { keyauth_health live; }
        location = /limited { keyauth_predict; limit_req zone=limit; }
        location = /small { keyauth_predict; client_max_body_size 10; }
        location = /moved { rewrite ^ /predict last; }
        location = /rhythm { internal; keyauth_verify header far=0.2; }
        location = /login {
            auth_request /rhythm;
            try_files /nothing =204;
        }
        location = /missing { return 404; }
END
);

my $server = KeyauthServer->new(%conf);

# status of what a raw request gets
sub send_raw {
    my ($text, $hang_up) = @_;

    my $socket = $server->listens() or return 0;
    print $socket $text;
    $socket->flush();

    if ($hang_up) {
        select undef, undef, undef, 0.1;
        close $socket;
        return 0;
    }

    my $answer = do { local $/; <$socket> } // '';

    return $answer =~ m{^HTTP/1.1 (\d+)} ? $1 : 0;
}


sub post {
    my ($path, $body, @headers) = @_;

    return send_raw(Keyauth::post($body, @headers) =~ s{ /predict }{ $path }r);
}


# series that say something, without histograms
sub counted {
    my ($metrics, $name) = @_;

    return { map { $_ => $metrics->{$_} }
             grep { /^$name\b/ && $metrics->{$_} > 0 } keys %$metrics };
}


# but of scrapes, of which each is one more
sub total {
    my ($counts) = @_;
    my $total = 0;

    $total += $counts->{$_} for grep { !/endpoint="metrics"/ } keys %$counts;

    return $total;
}


sub series {
    my ($endpoint, $model, $status) = @_;

    return qq!keyauth_requests_total{endpoint="$endpoint",model="$model",!
           . qq!status="$status"}!;
}


$server->serve($Keyauth::MODEL);
is($server->check(), '', 'the configuration is good');
ok($server->start(), 'starts');
ok($server->wait_for(sub { $server->workers() == 2
                           && $server->metrics()->{keyauth_ready} }),
   'two workers, ready');

my %expected = (series('metrics', 'none', 200) =>
                $server->metrics()->{series('metrics', 'none', 200)} // 0);


# requests of all kinds: how it is sent, what must come back, where it counts

my $summary = Keyauth::summary('RF');
my $equal = Keyauth::timings('FUSION',
    [$user, [map { $_ * 200 } 0 .. 12], [map { $_ * 200 + 80 } 0 .. 12]]);
my $claim = Keyauth::claim($user, $own[0]) =~ s/\}$/,"FAR":0.2}/r;
my $stranger = Keyauth::claim($user, [$user, [map { $_ * 900 } 0 .. 12],
                                      [map { $_ * 900 + 400 } 0 .. 12]]);

sub login {
    my ($sample) = @_;

    return sub { ($server->get('/login', headers => [$sample]))[0] };
}


my @cases = (
    (map { my $model = $_;
           [$model, sub { post('/predict', Keyauth::timings($model,
                                                            $rows[9])) },
            200, 'predict', $model] } qw(SVM RF XGB FUSION)),
    ['an array', sub { post('/predict', Keyauth::batch($summary,
                            Keyauth::summary('XGB'), $summary)) },
     200, 'predict', 'RF'],
    ['warnings', sub { post('/predict', $equal) }, 200, 'predict', 'FUSION'],
    ['not JSON', sub { post('/predict', '{') }, 400, 'predict'],
    ['unknown member', sub { post('/predict', '{"x":1}') }, 422, 'predict'],
    ['another type', sub { send_raw(Keyauth::post($summary)
                                    =~ s{application/json}{text/plain}r) },
     415, 'predict'],
    ['another method', sub { ($server->get('/predict'))[0] },
     405, 'predict'],
    ['too large', sub { post('/predict', ' ' x 17000) }, 413, 'predict'],
    ['too large for nginx', sub { post('/small', $summary) }, 413, 'other'],
    ['too large for nginx, as it comes',
     sub { post('/small', sprintf("%x\r\n%s\r\n0\r\n\r\n", length $summary,
                                  $summary), 'Transfer-Encoding: chunked') },
     413, 'predict'],
    ['rewritten', sub { post('/moved', $summary) }, 200, 'predict', 'RF'],
    ['within the limit', sub { post('/limited', $summary) },
     200, 'predict', 'RF'],
    ['beyond it', sub { post('/limited', $summary) }, 503, 'predict'],
    ['cut short', sub { send_raw(substr(Keyauth::post($summary), 0, -20), 1) },
     0, 'predict', 'none', 400],
    ['slow', sub { send_raw(substr Keyauth::post($summary), 0, -20) },
     408, 'predict'],
    ['accepted', sub { post('/verify', $claim) }, 200, 'verify', 'FUSION'],
    ['replayed', sub { post('/verify', $claim) }, 200, 'verify', 'FUSION'],
    ['rejected', sub { post('/verify', $stranger) },
     200, 'verify', 'FUSION'],
    ['unknown user', sub { post('/verify', $claim =~ s/:\Q$user\E,/:"x",/r) },
     404, 'verify'],
    ['login', login(Keyauth::sample($user, $own[1])),
     204, 'verify', 'FUSION', 204],
    ['login again', login(Keyauth::sample($user, $own[1])),
     403, 'verify', 'FUSION', 403],
    ['login with a warning',
     login(Keyauth::sample($user, [$user, [map { $_ * 900 } 0 .. 12],
                                   [map { $_ * 900 + 400 } 0 .. 12]])),
     403, 'verify', 'FUSION', 403],
    ['login without', login('X: x'), 401, 'verify', 'none', 401],
    ['card', sub { ($server->get('/card'))[0] }, 200, 'card'],
    ['health', sub { ($server->get('/health'))[0] }, 200, 'health'],
    ['health by PUT', sub { ($server->get('/health', method => 'PUT'))[0] },
     405, 'health'],
    ['elsewhere', sub { ($server->get('/missing'))[0] }, 404, 'other'],
    ['bad request', sub { send_raw("GET / HTTP/1.1\r\n\r\n") }, 400, 'other'],
);

for my $case (@cases) {
    my ($name, $send, $status, $endpoint, $model, $as) = @$case;

    is($send->(), $status, "$name: status");
    $expected{series($endpoint, $model // 'none', $as // $status)}++;
}

# auth_request's own requests end as the subrequest did
$expected{series('other', 'none', $_)}++ for 401, 403, 403;

my ($metrics, $got);

ok($server->wait_for(sub {
    $metrics = $server->metrics();
    $got = counted($metrics, 'keyauth_requests_total');
    total($got) >= total(\%expected)
}), 'all have come');

delete $got->{series('metrics', 'none', 200)};
delete $expected{series('metrics', 'none', 200)};
is_deeply($got, \%expected, 'each request is counted once, where it belongs');

is_deeply(counted($metrics, 'keyauth_warnings_total'),
          { 'keyauth_warnings_total{code="implausible"}' => 5,
            'keyauth_warnings_total{code="equal-holds"}' => 3,
          }, 'warnings');

is_deeply([map { $metrics->{"keyauth_verifications_total{decision=\"$_\"}"} }
           qw(accept reject replay)], [2, 2, 2], 'decisions');


# histograms

my %count = (
    'keyauth_inference_seconds{model="SVM"}' => 1,
    'keyauth_inference_seconds{model="RF"}' => 5,
    'keyauth_inference_seconds{model="XGB"}' => 2,
    'keyauth_inference_seconds{model="FUSION"}' => 2 + 6,
    'keyauth_request_seconds{endpoint="predict"}' => 17,
    'keyauth_request_seconds{endpoint="verify"}' => 8,
    'keyauth_request_seconds{endpoint="card"}' => 1,
    'keyauth_request_seconds{endpoint="health"}' => 2,
    'keyauth_claim_score{}' => 6,
);

sub histogram {
    my ($family) = @_;
    my ($name, $label) = $family =~ /^(\w+)\{(.*)\}$/;

    my @buckets = sort { $a->[0] <=> $b->[0] }
                  map { /\ble="([^"]+)"/;
                        [$1 eq '+Inf' ? 9**9**9 : $1, $metrics->{$_}] }
                  grep { /^${name}_bucket\{\Q$label\E,?le=/ } keys %$metrics;

    my $own = $label eq '' ? '' : "{$label}";

    return (\@buckets, $metrics->{"${name}_sum$own"},
            $metrics->{"${name}_count$own"});
}

for my $family (sort keys %count) {
    my ($buckets, $sum, $n) = histogram($family);
    my @falls = grep { $buckets->[$_][1] < $buckets->[$_ - 1][1] }
                1 .. $#$buckets;

    is($n, $count{$family}, "$family: count");
    is($buckets->[-1][1], $n, "$family: the last bucket has all");
    is(scalar @falls, 0, "$family: buckets do not fall");
    cmp_ok($sum, '>', 0, "$family: sum");
}

my ($predict, $slow) = histogram('keyauth_request_seconds'
                                 . '{endpoint="predict"}');
is($predict->[0][0], '1e-06', 'latencies begin at 1 us');
cmp_ok($slow, '>', 0.3, 'a request that waited for its client counts so');
cmp_ok($slow, '<', 100, 'and in seconds');

for my $model (qw(SVM RF XGB FUSION)) {
    my ($buckets, $sum, $n) = histogram("keyauth_score{model=\"$model\"}");

    cmp_ok($n, '>=', 1, "$model: scores are counted");
    cmp_ok($sum, '<=', $n, "$model: they are at most 1");
    cmp_ok($sum, '>', 0, "$model: and above 0");
}


# what models of one array took is booked under each, and is not their mean

sub inference {
    my $now = $server->metrics();

    return map { $now->{"keyauth_inference_seconds_sum{model=\"$_\"}"} }
           qw(SVM FUSION);
}

my @before = inference();
post('/predict', Keyauth::batch(map { Keyauth::timings($_, $rows[9]) }
                                qw(SVM FUSION)));
my @after;

# the other worker may answer before this one has counted
$server->wait_for(sub { @after = inference();
                        $after[0] > $before[0] && $after[1] > $before[1] });

my ($svm, $fusion) = map { sprintf '%.9f', $after[$_] - $before[$_] } 0, 1;

cmp_ok($svm, '>', 0, 'an array of two models: the time of one');
cmp_ok($fusion, '>', 0, 'of the other');
isnt($svm, $fusion, 'not their mean twice');


# what it says of the server, and nothing of a user

my $id = Keyauth::id();
my ($info) = grep { /^keyauth_model_info/ } keys %$metrics;

like($info, qr/^keyauth_model_info\{digest="$id",
               time="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",users="12"\}$/x,
     'the model');
is($metrics->{keyauth_ready}, 1, 'ready');
cmp_ok($metrics->{keyauth_model_load_seconds}, '>', 0, 'load time');
cmp_ok($metrics->{keyauth_model_load_seconds}, '<', 10, 'in seconds');
is($metrics->{keyauth_reloads_refused_total}, 0, 'no reload was refused');

my %values;

for my $labels (map { /\{(.*)\}$/ ? $1 : () } keys %$metrics) {
    $values{$1}{$2} = 1 while $labels =~ /(\w+)="([^"]*)"/g;
}

delete $values{le};
delete $values{$_} for qw(digest time users version);

is_deeply(\%values, {
    endpoint => { map { $_ => 1 }
                  qw(predict verify card health metrics other) },
    model => { map { $_ => 1 } qw(SVM RF XGB FUSION none) },
    status => { map { $_ => 1 }
                qw(200 204 400 401 403 404 405 408 411 413 414 415 422 429
                   499 500 501 502 503 504 other) },
    code => { map { $_ => 1 } qw(implausible equal-holds short pause
                                 seconds coarse-clock) },
    decision => { map { $_ => 1 } qw(accept reject replay) },
    result => { map { $_ => 1 } qw(done refused) },
}, 'labels have the values that are known, and no others');


# the formats

my $open = 'application/openmetrics-text; version=1.0.0';
my ($status, $text, $head) = $server->get('/metrics');
my ($open_status, $open_text, $open_head) =
    $server->get('/metrics', headers => ["Accept: $open,text/plain;q=0.5"]);

is($status, 200, 'text: status');
like($head, qr{^Content-Type: text/plain; version=0\.0\.4; charset=utf-8\r?$}m,
     'text: type');
is($open_status, 200, 'OpenMetrics: status');
like($open_head, qr/^Content-Type: \Q$open\E; charset=utf-8\r?$/m,
     'OpenMetrics: type');

# families and their help; the values change from one scrape to the next
my @names = map { s/ .*//r } $text =~ /^([^#].*)$/mg;
is_deeply([map { s/ .*//r } $open_text =~ /^([^#].*)$/mg], \@names,
          'both have the same series');
like($open_text, qr/\n# EOF\n\z/, 'OpenMetrics ends as it must');
unlike($text, qr/# EOF/, 'text does not');

my ($empty_status, $empty, $same) = $server->get('/metrics', method => 'HEAD');
is("$empty_status $empty", '200 ', 'HEAD has no body');
like($same, qr/^Content-Length: [1-9]/m, 'but a length');

my ($not, $problem, $allow) = $server->get('/metrics', method => 'DELETE');
is($not, 405, 'not by DELETE');
like($allow, qr/^Allow: GET, HEAD\r?$/m, 'but by these');
like($problem, qr/"detail":"Metrics are read with GET\."/, 'says so');

sub tool {
    my ($input, $command) = @_;

    my ($fh, $name) = tempfile(UNLINK => 1);
    print $fh $input;
    close $fh;

    my $said = `$command < $name 2>&1`;
    return ($?, $said);
}

SKIP: {
    skip 'promtool is not there (apt-get install prometheus)', 4
        if system 'command -v promtool >/dev/null';

    is_deeply([tool($text, 'promtool check metrics')], [0, ''],
              'promtool finds the text clean');
    isnt((tool($text =~ s/(# HELP )keyauth_ready.*\n//r,
               'promtool check metrics'))[0], 0,
         'control: promtool finds a fault');

    # it reads the older format alone, in which a counter's name is another

    my ($rc, $said) = tool($open_text, 'promtool check metrics');
    is_deeply([grep { !/^keyauth_\w+_total no help text$/ } split /\n/, $said],
              [], 'promtool finds OpenMetrics clean but for what counters '
              . 'are called there');
    unlike($said, qr/parsing error/, 'and can read it');
}

SKIP: {
    my $python = '/usr/bin/python3 -c "import sys;'
        . 'from prometheus_client.openmetrics import parser;'
        . 'print(len(list(parser.text_string_to_metric_families('
        . 'sys.stdin.read()))))"';

    skip 'no python3-prometheus-client', 2 if system '/usr/bin/python3 -c '
        . '"import prometheus_client" 2>/dev/null';

    is_deeply([tool($open_text, $python)], [0, "14\n"],
              'the reference parser reads OpenMetrics');
    isnt((tool($open_text =~ s/# EOF\n//r, $python))[0], 0,
         'control: it finds a fault');
}


# reloads

sub new_workers {
    my ($old) = @_;

    return $server->wait_for(sub {
        my @now = $server->workers();
        @now == 2 && !grep { index(",$old,", ",$_,") >= 0 } @now
    });
}

my $before = $server->metrics();
$server->serve($Keyauth::OTHER);
my $old = join ',', $server->workers();
$server->signal('HUP');
ok(new_workers($old), 'reloads to another model');

my $after = $server->metrics();
my $other = Keyauth::id($Keyauth::OTHER);

is($after->{$_}, $before->{$_}, "kept: $_")
    for series('predict', 'RF', 200), series('verify', 'none', 404),
        'keyauth_inference_seconds_count{model="RF"}';
ok((grep { /^keyauth_model_info\{digest="$other"/ } keys %$after),
   'the new model is named');
ok(!(grep { /^keyauth_model_info\{digest="$id"/ } keys %$after),
   'and the old one is not');

# reloads, until there are so many that were refused: how many there are
sub refused {
    my ($n) = @_;
    my $size = -s "$server->{dir}/error.log";
    my $refused;

    $server->signal('HUP');
    $server->wait_for(sub {
        substr($server->slurp('error.log'), $size) =~ /\[emerg\]/
    });

    # it is counted when the configuration's memory goes
    $server->wait_for(sub {
        $refused = $server->metrics()->{keyauth_reloads_refused_total};
        return $refused >= $n;
    });

    return $refused;
}

unlink "$server->{dir}/served.model";
is(refused(1), 1, 'a reload without its model is counted');
like($server->check(), qr/cannot use model/, 'nginx -t refuses it as well');
$server->serve($Keyauth::MODEL);

$server->configure(%conf, http => "$http no_such_directive;");
is(refused(2), 2, 'a directive that is none too, nginx -t is not');

$server->configure(%conf, http => $http =~ s/replays:1m/counters:1m/r);
is(refused(3), 3, 'and a zone that is two');
like($server->slurp('error.log'), qr/zone "counters" is already used/,
     'the log says so');

$server->configure(%conf, http => $http =~ s/(counters:)1m/${1}2m/r);
$old = join ',', $server->workers();
$server->signal('HUP');
ok(new_workers($old), 'reloads to another size');
is($server->metrics()->{series('predict', 'RF', 200)}, 0,
   'a zone of another size begins anew');

unlike($server->slurp('error.log'), qr/\[alert\]/, 'no alert');
$server->stop();


# sizes and mistakes

for (['counters:8k', 'zone "counters:8k" is too small'],
     ['counters', 'invalid zone "counters"'],
     [':1m', 'invalid zone ":1m"'],
     ['counters:x', 'invalid zone size "counters:x"'],
     ['a:1m; keyauth_zone b:1m', 'is duplicate'])
{
    $server = KeyauthServer->new(%conf, http =>
        "keyauth_model $Keyauth::MODEL; keyauth_zone $_->[0];");
    like($server->check(), qr/\Q$_->[1]\E/, "refuses \"$_->[0]\"");
}

$server = KeyauthServer->new(http => "keyauth_model $Keyauth::MODEL;",
    server => 'location /metrics { keyauth_metrics; }');
like($server->check(), qr/no "keyauth_zone" is defined for the "keyauth_met/,
     'refuses metrics without a zone');

for my $workers (20, 300) {
    $server = KeyauthServer->new(main => "worker_processes $workers;",
        http => "keyauth_model $Keyauth::MODEL; keyauth_zone counters:64k;");

    my $message = qr/zone "counters" is too small for $workers worker/;
    my ($needs) = $server->check() =~ /$message processes, which need (\d+)k/;

    ok($needs, "too small for $workers workers: says what they need");

    $server->configure(http => "keyauth_model $Keyauth::MODEL; "
        . "keyauth_zone counters:${needs}k;");
    is($server->check(), '', "and ${needs}k are enough");

    $server->configure(http => "keyauth_model $Keyauth::MODEL; "
        . 'keyauth_zone counters:' . int($needs * 0.9 - 12) . 'k;');
    like($server->check(), qr/is too small for/, 'a tenth less is not');
}

done_testing();
