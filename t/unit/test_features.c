/*
 * Features: by hand, against the challenge's published row, and at the limits
 * of the number of keys.
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keyauth_features.h"


/* first row of the challenge's data, and its summary as published */
static const double  row_press[13] = {
    0, 216, 424, 592, 808, 1000, 1304, 1496, 1712, 1992, 2376, 2584, 2752
};

static const double  row_release[13] = {
    120, 312, 496, 664, 856, 1072, 1400, 1544, 1760, 2064, 2448, 2632, 2824
};

static const double  row_summary[KEYAUTH_SUMMARY] = {
    72.0, 21.9089, 229.3333, 63.1151, 225.3333, 73.0695, 157.3333, 67.9108
};


static void
test_near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance)) {
        fail_msg("%.17g, not %.17g", got, wanted);
    }
}


static void
test_names(void **state)
{
    (void) state;

    assert_string_equal(keyauth_interval_names[0], "HT");
    assert_string_equal(keyauth_interval_names[1], "PPT");
    assert_string_equal(keyauth_interval_names[2], "RRT");
    assert_string_equal(keyauth_interval_names[3], "RPT");
}


static void
test_challenge_row(void **state)
{
    int     i;
    double  summary[KEYAUTH_SUMMARY];

    (void) state;

    keyauth_features_summary(row_press, row_release, 13, summary);

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        test_near(summary[i], row_summary[i], 0.00005);
    }
}


static void
test_raw_order(void **state)
{
    int                  i;
    double               raw[10];
    static const double  press[3] = { 10, 50, 130 };
    static const double  release[3] = { 30, 140, 150 };

    /* HT, PPT, RRT, RPT; the second key overlaps the third */
    static const double  wanted[10] = { 20, 90, 20, 40, 80, 110, 10, 20, -10 };

    (void) state;

    raw[9] = -1;
    keyauth_features_raw(press, release, 3, raw);

    for (i = 0; i < 9; i++) {
        test_near(raw[i], wanted[i], 0);
    }

    /* 4n - 3 values and no more */

    test_near(raw[9], -1, 0);
}


static void
test_rollover(void **state)
{
    double               summary[KEYAUTH_SUMMARY];
    static const double  press[3] = { 0, 100, 200 };
    static const double  release[3] = { 130, 210, 260 };

    (void) state;

    /* RPT is -30 and -10: absolute values would give a mean of 20 */

    keyauth_features_summary(press, release, 3, summary);

    test_near(summary[6], -20, 1e-12);
    test_near(summary[7], sqrt(200), 1e-12);
}


static void
test_two_keys(void **state)
{
    int                  i;
    double               summary[KEYAUTH_SUMMARY];
    static const double  press[2] = { 5, 105 };
    static const double  release[2] = { 75, 195 };
    static const double  wanted[KEYAUTH_SUMMARY] = {
        80, 14.142135623730951, 100, 0, 120, 0, 30, 0
    };

    (void) state;

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        summary[i] = -1;
    }

    keyauth_features_summary(press, release, 2, summary);

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        test_near(summary[i], wanted[i], 1e-12);
    }
}


static void
test_most_keys(void **state)
{
    int     i;
    double  press[KEYAUTH_KEYS_MAX], release[KEYAUTH_KEYS_MAX];
    double  summary[KEYAUTH_SUMMARY], raw[KEYAUTH_RAW_MAX];

    (void) state;

    /* holds of 70 and 90 ms in turn, 200 ms from press to press */

    for (i = 0; i < KEYAUTH_KEYS_MAX; i++) {
        press[i] = 200 * i;
        release[i] = press[i] + ((i % 2) ? 90 : 70);
    }

    keyauth_features_summary(press, release, KEYAUTH_KEYS_MAX, summary);
    keyauth_features_raw(press, release, KEYAUTH_KEYS_MAX, raw);

    test_near(summary[0], 80, 1e-12);
    test_near(summary[1], 10 * sqrt(64.0 / 63), 1e-12);
    test_near(summary[2], 200, 1e-12);
    test_near(summary[3], 0, 1e-12);

    /* 32 of 63 release intervals are 220 ms, 31 are 180 ms */

    test_near(summary[4], (32 * 220 + 31 * 180) / 63.0, 1e-9);
    test_near(summary[5], 40 * sqrt(32.0 * 31 / (63 * 62)), 1e-9);

    test_near(raw[0], 70, 0);
    test_near(raw[64], 200, 0);
    test_near(raw[64 + 63], 220, 0);
    test_near(raw[64 + 126], 130, 0);
    test_near(raw[KEYAUTH_RAW_MAX - 1], 130, 0);
}


static void
test_no_cancellation(void **state)
{
    int     i;
    double  press[13], release[13], summary[KEYAUTH_SUMMARY];

    (void) state;

    /* intervals that differ by 2 us around 900 s */

    for (i = 0; i < 13; i++) {
        press[i] = 0;
        release[i] = 900000 + ((i % 2) ? 0.001 : -0.001);
    }

    keyauth_features_summary(press, release, 13, summary);

    test_near(summary[1], 0.001 * sqrt(1 + 1 / 13.0), 1e-7);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_challenge_row),
        cmocka_unit_test(test_raw_order),
        cmocka_unit_test(test_rollover),
        cmocka_unit_test(test_two_keys),
        cmocka_unit_test(test_most_keys),
        cmocka_unit_test(test_no_cancellation)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
