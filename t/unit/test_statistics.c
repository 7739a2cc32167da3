/*
 * The statistics under operating points: thresholds, equal error rates and
 * intervals.
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "statistics.h"


static void
test_threshold(void **state)
{
    double  s[] = { 5, 9, 7, 1, 3, 3, 8, 2, 6, 4 };

    (void) state;

    keyauth_scores_sort(s, 10);
    assert_true(s[0] == 9 && s[9] == 1);

    /* none, two and all of ten may pass */

    assert_true(keyauth_threshold(s, 10, 0.05) > 9);
    assert_true(keyauth_threshold(s, 10, 0.05) < 9.001);
    assert_true(keyauth_threshold(s, 10, 0.2) > 7);
    assert_true(keyauth_threshold(s, 10, 0.2) < 8);
    assert_true(keyauth_threshold(s, 10, 1) == 1);

    /* of two that are equal both pass or neither */

    assert_true(keyauth_threshold(s, 10, 0.7) > 3);

    assert_true(keyauth_below(s, 10, 3) == 0.2);
    assert_true(keyauth_below(s, 10, 3.5) == 0.4);
    assert_true(keyauth_below(s, 10, 10) == 1);
    assert_true(keyauth_below(s, 10, 0) == 0);
    assert_true(keyauth_below(s, 0, 0) == 0);
}


static void
test_median(void **state)
{
    double             s[12], t[12];
    size_t             i, n;
    uint32_t           trial;
    keyauth_random_t   random;

    (void) state;
    keyauth_random_init(&random, 1, 0);

    for (trial = 0; trial < 2000; trial++) {
        n = 1 + trial % 12;

        for (i = 0; i < n; i++) {
            s[i] = t[i] = keyauth_random_below(&random, 9);
        }

        keyauth_scores_sort(t, n);
        assert_true(keyauth_median(s, n)
                    == (t[(n - 1) / 2] + t[n / 2]) / 2);
    }
}


static void
test_eer(void **state)
{
    double  apart[] = { 9, 8, 7, 6 }, strangers[] = { 5, 4, 3, 2 };
    double  mixed[] = { 9, 8, 7, 3 }, others[] = { 7.5, 4, 2, 1 };
    double  equal[] = { 3, 3, 3, 3 }, half[] = { 9, 8, 3, 3 };

    (void) state;

    assert_true(keyauth_eer(apart, 4, strangers, 4) == 0);
    assert_true(keyauth_eer(strangers, 4, apart, 4) == 1);

    /* at 7, one of four strangers passes and one of four is rejected */

    assert_true(keyauth_eer(mixed, 4, others, 4) == 0.25);
    assert_true(keyauth_eer(mixed, 4, mixed, 4) == 0.5);

    /* equal scores are shared: neither all of them pass nor none */

    assert_true(keyauth_eer(equal, 4, equal, 4) == 0.5);
    assert_true(keyauth_eer(equal, 4, others, 4) == 0.5);
    assert_true(fabs(keyauth_eer(half, 4, equal, 4) - 1.0 / 3) < 1e-9);
    assert_true(fabs(keyauth_eer(equal, 4, half, 4) - 2.0 / 3) < 1e-9);
}


/* n users with 10 tests each, of which a half are hits */
static void
test_bootstrap(void **state)
{
    uint32_t            hits[400], i, tests[400];
    keyauth_interval_t  few, many;

    (void) state;

    for (i = 0; i < 400; i++) {
        tests[i] = 10;
        hits[i] = i % 2 ? 10 : 0;
    }

    keyauth_bootstrap(&few, hits, tests, 100, 1);
    keyauth_bootstrap(&many, hits, tests, 400, 1);

    assert_true(few.value == 0.5 && many.value == 0.5);

    /* 1.96 sqrt(0.25 / n) */

    assert_true(fabs(few.high - few.low - 0.196) < 0.02);
    assert_true(fabs(many.high - many.low - 0.098) < 0.01);

    /* as if users' tests were independent, it would be a third of that */

    for (i = 0; i < 100; i++) {
        hits[i] = 5;
    }

    keyauth_bootstrap(&few, hits, tests, 100, 1);
    assert_true(few.low == 0.5 && few.high == 0.5);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_eer),
        cmocka_unit_test(test_bootstrap)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
