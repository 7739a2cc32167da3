/*
 * Metrics: what is counted is written, in order, and fits.
 */


#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "keyauth_metrics.h"
#include "util.h"


#define TEST_WORKERS  3
#define TEST_EACH     5000000


static char                text[KEYAUTH_METRICS_MAX + 1];
static keyauth_counters_t  sum;

static const keyauth_store_info_t  info = {
    UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, UINT64_MAX - 3, 0, 0, 0, 0,
    { 0 }
};

static const keyauth_store_status_t  replica = {
    .waiting = 7, .seen = 100000, .current = 99250, .applied = UINT64_MAX,
    .sent = 8, .conflicts = 9, .damaged = 10, .refused = 11,
    .connected = 1
};

static keyauth_about_t  about = {
    "0123456789abcdef", "2026-11-22T19:07:34Z", 110, 15, 1, 1234567890,
    1, 1, &info, &replica, 101500
};


static keyauth_metrics_t *
test_table(uint64_t workers)
{
    size_t              size;
    keyauth_metrics_t  *t;

    size = keyauth_metrics_size(workers) + 64;

    t = aligned_alloc(64, (size + 63) & ~(size_t) 63);
    assert_non_null(t);
    memset(t, 0xa5, size);

    keyauth_metrics_init(t, size);
    assert_int_equal(t->slots, workers);

    return t;
}


static void
test_write(int openmetrics)
{
    size_t  n;

    n = keyauth_metrics_write(&sum, &about, openmetrics, text);

    assert_in_range(n, 1, KEYAUTH_METRICS_MAX);
    text[n] = '\0';
}


static void
assert_line(const char *line)
{
    char  *p, with[256];

    snprintf(with, sizeof(with), "\n%s\n", line);
    p = strstr(text, with);

    if (p == NULL) {
        fail_msg("no line %s", line);
    }

    if (strstr(p + 1, with) != NULL) {
        fail_msg("%s comes twice", line);
    }
}


static void
test_slots(void **state)
{
    uint64_t            took;
    keyauth_metrics_t  *t;

    (void) state;

    t = test_table(TEST_WORKERS);

    assert_int_equal((uintptr_t) t->slot % 64, 0);
    assert_int_equal(sizeof(keyauth_slot_t) % 64, 0);

    assert_ptr_equal(keyauth_metrics_slot(t, 1), &t->slot[1]);
    assert_int_equal(t->used, 2);
    assert_ptr_equal(keyauth_metrics_slot(t, 0), &t->slot[0]);
    assert_int_equal(t->used, 2);

    /* more workers than slots share them */

    assert_ptr_equal(keyauth_metrics_slot(t, 5), &t->slot[2]);
    assert_int_equal(t->used, 3);

    t->slot[0].ready = 1;
    t->slot[0].took = 5;
    t->slot[2].took = 9;

    assert_int_equal(keyauth_metrics_ready(t, 1, &took), 1);
    assert_int_equal(took, 5);
    assert_int_equal(keyauth_metrics_ready(t, 3, &took), 0);
    assert_int_equal(took, 9);

    t->slot[1].ready = 1;
    t->slot[2].ready = 1;
    assert_int_equal(keyauth_metrics_ready(t, 9, &took), 1);

    free(t);
}


static void
test_sum(void **state)
{
    unsigned            i;
    keyauth_metrics_t  *t;

    (void) state;

    t = test_table(TEST_WORKERS);

    for (i = 0; i < TEST_WORKERS; i++) {
        keyauth_metrics_count(&keyauth_metrics_slot(t, i)->counters.refused);
        keyauth_metrics_slot(t, i)->counters.requests[1][2][3] = i;
    }

    keyauth_metrics_sum(t, &sum);

    assert_int_equal(sum.refused, TEST_WORKERS);
    assert_int_equal(sum.requests[1][2][3], 3);
    assert_int_equal(sum.claim.sum, 0);

    free(t);
}


/* two processes that count in one slot lose nothing */
static void
test_together(void **state)
{
    int        i, status;
    pid_t      pid;
    uint64_t  *shared;

    (void) state;

    shared = mmap(NULL, 4096, PROT_READ|PROT_WRITE,
                  MAP_SHARED|MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);

    pid = fork();
    assert_true(pid >= 0);

    /* both at once */

    (void) __atomic_fetch_add(&shared[8], 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&shared[8], __ATOMIC_RELAXED) < 2) {
        sched_yield();
    }

    for (i = 0; i < TEST_EACH; i++) {
        keyauth_metrics_count(shared);
    }

    if (pid == 0) {
        _exit(0);
    }

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(*shared, 2 * TEST_EACH);

    munmap(shared, 4096);
}


static void
test_buckets(void **state)
{
    keyauth_histogram_t  *h;

    (void) state;

    memset(&sum, 0, sizeof(sum));
    h = &sum.inference[KEYAUTH_RF];

    keyauth_metrics_observe(h, KEYAUTH_SCALE_SECONDS, 0);
    keyauth_metrics_observe(h, KEYAUTH_SCALE_SECONDS, 1000);
    keyauth_metrics_observe(h, KEYAUTH_SCALE_SECONDS, 1001);
    keyauth_metrics_observe(h, KEYAUTH_SCALE_SECONDS, 10000000000);
    keyauth_metrics_observe(h, KEYAUTH_SCALE_SECONDS, 10000000001);

    h = &sum.score[KEYAUTH_SVM];
    keyauth_metrics_score(h, KEYAUTH_SCALE_SHARE, 0.05);
    keyauth_metrics_score(h, KEYAUTH_SCALE_SHARE, 1.0000001);

    h = &sum.claim;
    keyauth_metrics_score(h, KEYAUTH_SCALE_CLAIM, -3);
    keyauth_metrics_score(h, KEYAUTH_SCALE_CLAIM, 2.25);
    keyauth_metrics_score(h, KEYAUTH_SCALE_CLAIM, 100);

    test_write(0);

    assert_line("keyauth_inference_seconds_bucket{model=\"RF\",le=\"1e-06\"}"
                " 2");
    assert_line("keyauth_inference_seconds_bucket{model=\"RF\",le=\"2e-06\"}"
                " 3");
    assert_line("keyauth_inference_seconds_bucket{model=\"RF\",le=\"10.0\"}"
                " 4");
    assert_line("keyauth_inference_seconds_bucket{model=\"RF\",le=\"+Inf\"}"
                " 5");
    assert_line("keyauth_inference_seconds_sum{model=\"RF\"} 20.000002002");
    assert_line("keyauth_inference_seconds_count{model=\"RF\"} 5");

    assert_line("keyauth_score_bucket{model=\"SVM\",le=\"0.05\"} 1");
    assert_line("keyauth_score_bucket{model=\"SVM\",le=\"0.95\"} 1");
    assert_line("keyauth_score_bucket{model=\"SVM\",le=\"1.0\"} 2");
    assert_line("keyauth_score_sum{model=\"SVM\"} 1.050000000");

    assert_line("keyauth_claim_score_bucket{le=\"0.0\"} 1");
    assert_line("keyauth_claim_score_bucket{le=\"2.0\"} 1");
    assert_line("keyauth_claim_score_bucket{le=\"2.5\"} 2");
    assert_line("keyauth_claim_score_bucket{le=\"9.5\"} 2");
    assert_line("keyauth_claim_score_bucket{le=\"+Inf\"} 3");
    assert_line("keyauth_claim_score_sum 102.250000000");
    assert_line("keyauth_claim_score_count 3");
}


static void
test_lines(void **state)
{
    int  i;

    (void) state;

    memset(&sum, 0, sizeof(sum));

    sum.requests[KEYAUTH_ENDPOINT_PREDICT][KEYAUTH_XGB]
                [keyauth_metrics_status(200)] = 7;
    sum.requests[KEYAUTH_ENDPOINT_VERIFY][KEYAUTH_NO_MODEL]
                [keyauth_metrics_status(422)] = 8;
    sum.requests[KEYAUTH_ENDPOINT_OTHER][KEYAUTH_NO_MODEL]
                [keyauth_metrics_status(418)] = 9;
    sum.decisions[KEYAUTH_DECISION_REPLAY] = 2;
    sum.shadow[KEYAUTH_RF][KEYAUTH_SVM][1] = 5;
    sum.refused = UINT64_MAX;

    for (i = 0; i < 2; i++) {
        keyauth_metrics_warned(&sum, 1u << KEYAUTH_WARN_SHORT);
        keyauth_metrics_warned(&sum, 0);
        keyauth_metrics_warned(&sum, 1u << KEYAUTH_WARN_SHORT);
        keyauth_metrics_warned(&sum, 1u << KEYAUTH_WARN_SHORT
                                     | 1u << KEYAUTH_WARN_SECONDS);
    }

    test_write(0);

    assert_line("keyauth_model_info{digest=\"0123456789abcdef\","
                "time=\"2026-11-22T19:07:34Z\",users=\"110\"} 1");
    assert_line("keyauth_model_load_seconds 1.234567890");
    assert_line("keyauth_ready 1");
    assert_line("keyauth_requests_total{endpoint=\"predict\",model=\"XGB\","
                "status=\"200\"} 7");
    assert_line("keyauth_requests_total{endpoint=\"verify\",model=\"none\","
                "status=\"422\"} 8");
    assert_line("keyauth_requests_total{endpoint=\"other\",model=\"none\","
                "status=\"other\"} 9");
    assert_line("keyauth_requests_total{endpoint=\"predict\",model=\"none\","
                "status=\"503\"} 0");
    assert_line("keyauth_warnings_total{code=\"short\"} 6");
    assert_line("keyauth_warnings_total{code=\"seconds\"} 2");
    assert_line("keyauth_warnings_total{code=\"pause\"} 0");
    assert_line("keyauth_verifications_total{decision=\"replay\"} 2");
    assert_line("keyauth_shadow_total{model=\"RF\",shadow=\"SVM\","
                "agree=\"no\"} 0");
    assert_line("keyauth_shadow_total{model=\"RF\",shadow=\"SVM\","
                "agree=\"yes\"} 5");
    assert_line("keyauth_reloads_refused_total 18446744073709551615");
    assert_line("# TYPE keyauth_requests_total counter");
    assert_null(strstr(text, "# EOF"));

    test_write(1);

    assert_line("# TYPE keyauth_requests counter");
    assert_line("# HELP keyauth_warnings Warnings in answers.");
    assert_line("keyauth_warnings_total{code=\"short\"} 6");
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
}


static void
test_store(void **state)
{
    (void) state;

    memset(&sum, 0, sizeof(sum));
    sum.enrolments[KEYAUTH_ENROLMENT_INCONSISTENT] = 2;
    sum.learned[KEYAUTH_LEARN_UNLIKE] = 3;
    sum.forgotten = 4;
    keyauth_metrics_observe(&sum.commit, KEYAUTH_SCALE_SECONDS, 1500000);
    test_write(0);

    assert_line("keyauth_enrolments_total{outcome=\"consistent\"} 0");
    assert_line("keyauth_enrolments_total{outcome=\"inconsistent\"} 2");
    assert_line("keyauth_enrolments_total{outcome=\"refused\"} 0");
    assert_line("keyauth_learned_total{outcome=\"learned\"} 0");
    assert_line("keyauth_learned_total{outcome=\"unlike\"} 3");
    assert_line("keyauth_learned_total{outcome=\"busy\"} 0");
    assert_line("keyauth_learned_total{outcome=\"failed\"} 0");
    assert_line("keyauth_forgotten_total 4");
    assert_line("keyauth_commit_seconds_bucket{le=\"0.001\"} 0");
    assert_line("keyauth_commit_seconds_bucket{le=\"0.002\"} 1");
    assert_line("keyauth_commit_seconds_sum 0.001500000");
    assert_line("keyauth_store_ready 1");
    assert_line("keyauth_store_templates 18446744073709551615");
    assert_line("keyauth_store_bytes 18446744073709551614");
    assert_line("keyauth_store_used_bytes 18446744073709551613");
    assert_line("keyauth_store_limit_bytes 18446744073709551612");
    assert_line("keyauth_replication_connected 1");
    assert_line("keyauth_replication_ready 0");
    assert_line("keyauth_replication_lag_seconds 2.250");
    assert_line("keyauth_replication_waiting 7");
    assert_line("keyauth_replication_refused 11");
    assert_line("keyauth_replication_sent_total 8");
    assert_line("keyauth_replication_applied_total 18446744073709551615");
    assert_line("keyauth_replication_conflicts_total 9");
    assert_line("keyauth_replication_damaged_total 10");

    about.opened = 0;
    test_write(0);
    about.opened = 1;

    assert_line("keyauth_store_ready 0");
    assert_null(strstr(text, "keyauth_store_bytes"));

    about.store = 0;
    test_write(0);
    about.store = 1;

    assert_null(strstr(text, "keyauth_store"));
    assert_null(strstr(text, "keyauth_enrolments"));
}


/* a model that a reload took away keeps what it has counted */

static void
test_models(void **state)
{
    (void) state;

    memset(&sum, 0, sizeof(sum));
    keyauth_metrics_observe(&sum.inference[KEYAUTH_XGB],
                            KEYAUTH_SCALE_SECONDS, 1000);
    keyauth_metrics_score(&sum.score[KEYAUTH_XGB], KEYAUTH_SCALE_SHARE, 0.5);

    about.models = 1 << KEYAUTH_RF;
    test_write(0);
    about.models = 15;

    assert_line("keyauth_inference_seconds_count{model=\"RF\"} 0");
    assert_line("keyauth_inference_seconds_count{model=\"XGB\"} 1");
    assert_null(strstr(text, "keyauth_inference_seconds_count{model=\"SVM\""));
    assert_line("keyauth_score_count{model=\"RF\"} 0");
    assert_line("keyauth_score_count{model=\"XGB\"} 1");
    assert_null(strstr(text, "keyauth_score_count{model=\"SVM\""));
}


/* all at its longest: every line is there, the last one too */
static void
test_fits(void **state)
{
    (void) state;

    memset(&sum, 0xff, sizeof(sum));
    test_write(1);

    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    assert_in_range(strlen(text), KEYAUTH_METRICS_MAX / 4,
                    KEYAUTH_METRICS_MAX - 4096);
}


static void
test_accept(void **state)
{
    size_t  i;

    static const struct {
        const char  *value;
        int          open;
    } cases[] = {
        { "", 0 },
        { "*/*", 0 },
        { "text/plain", 0 },
        { "application/openmetrics-text", 1 },
        { "Application/OpenMetrics-Text; version=1.0.0", 1 },
        { "application/openmetrics-text;q=0", 0 },
        { "application/openmetrics-text;q=0.000", 0 },
        { "application/openmetrics-text-not", 0 },
        { "application/openmetrics-text; version=1.0.0,application/"
          "openmetrics-text; version=0.0.1;q=0.75,text/plain;version=0.0.4;"
          "q=0.5,*/*;q=0.1", 1 },
        { "text/plain;q=0.9, application/openmetrics-text;q=0.5", 0 },
        { "text/plain;q=0.25 ,\tapplication/openmetrics-text ; q=0.26", 1 },
        { ",;,=,application/openmetrics-text;;;q=1.0;q=", 1 },
        { "application/openmetrics-text;q=", 1 },
        { "application/openmetrics-text;q", 1 },
        { "application/openmetrics-text;q=x", 0 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (keyauth_metrics_accept(cases[i].value, strlen(cases[i].value))
            != cases[i].open)
        {
            fail_msg("Accept: %s", cases[i].value);
        }
    }
}


/* whatever is sent, no byte behind it is read: AddressSanitizer looks on */
static void
test_accept_anything(void **state)
{
    int                n, i;
    char              *value;
    size_t             len, k;
    keyauth_random_t   rnd;

    static const char *const  parts[] = {
        "application/openmetrics-text", "text/plain", ";", ",", "q=", "q",
        "=", "0.5", "1", ".", " ", "\t", "\"", "version=1.0.0", "*/*", "\xff"
    };

    (void) state;

    keyauth_random_init(&rnd, 1, 0);

    for (n = 0; n < 20000; n++) {
        text[0] = '\0';

        for (i = (int) keyauth_random_below(&rnd, 8); i >= 0; i--) {
            k = keyauth_random_below(&rnd, 16);
            strcat(text, parts[k]);
        }

        len = keyauth_random_below(&rnd, (uint32_t) strlen(text) + 1);

        value = malloc(len + 1);
        assert_non_null(value);
        memcpy(value + 1, text, len);

        assert_in_range(keyauth_metrics_accept(value + 1, len), 0, 1);
        free(value);
    }
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_accept_anything)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
