/*
 * Warnings: each at its limit; none that genuine typing would meet, measured
 * on the challenge's data where it is there.
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataset.h"
#include "keyauth_features.h"
#include "keyauth_answer.h"
#include "keyauth_warnings.h"


#define TEST_KEYS       4
#define TEST_REAL       "../shared/data/Train_keystroke.csv"
#define TEST_SYNTHETIC  "trainer/synthetic.csv"


static void
test_written(const keyauth_request_t *r, unsigned keys, const char *wanted)
{
    char      buf[KEYAUTH_WARNINGS_MAX + 1], *p;
    double    step;
    unsigned  warnings;

    step = 0;
    warnings = keyauth_warnings(r, keys, &step);
    p = keyauth_answer_warnings(buf, warnings, step);
    assert_true(p - buf <= KEYAUTH_WARNINGS_MAX);
    *p = '\0';

    assert_string_equal(buf, wanted);
}


static void
test_means(double ht, double std, double ppt, double rpt, unsigned keys,
    const char *wanted)
{
    keyauth_request_t  r;

    memset(&r, 0, sizeof(r));

    r.summary[0] = ht;
    r.summary[1] = std;
    r.summary[2] = ppt;
    r.summary[6] = rpt;

    test_written(&r, keys, wanted);
}


static void
test_summary(void **state)
{
    (void) state;

    test_means(90, 1, 200, 110, 13, "");

    /* the challenge's own */
    test_means(48.43, 23.34, 120.43, 132.56, 13,
               ",\"Warnings\":[\"implausible\"]");

    test_means(90, 1, 200, 90, 13, "");
    test_means(90, 1, 200, 89.9, 13, ",\"Warnings\":[\"implausible\"]");
    test_means(90, 1, 200, 130, 13, "");
    test_means(90, 1, 200, 130.1, 13, ",\"Warnings\":[\"implausible\"]");

    test_means(90, 1, 200, 129, 64, "");
    test_means(90, 1, 200, 131, 64, ",\"Warnings\":[\"implausible\"]");

    /* of two holds one is the last */
    test_means(90, 1, 200, 230, 2, "");
    test_means(90, 1, 200, 240.1, 2, ",\"Warnings\":[\"implausible\"]");

    test_means(90, 0, 200, 110, 13, ",\"Warnings\":[\"equal-holds\"]");
    test_means(2, 1, 200, 198, 13, "");
    test_means(1.9, 1, 200, 198, 13, ",\"Warnings\":[\"short\"]");
    test_means(90, 1, 1.9, -88, 13, ",\"Warnings\":[\"short\"]");
    test_means(90, 1, 5000, 4910, 13, "");
    test_means(90, 1, 5001, 4911, 13, ",\"Warnings\":[\"pause\"]");
    test_means(0.09, 1, 0.2, 0.11, 13,
               ",\"Warnings\":[\"short\",\"seconds\"]");
    test_means(0.2, 1, 9, 8.8, 13, ",\"Warnings\":[\"short\",\"seconds\"]");
    test_means(0.2, 1, 11, 10.8, 13, ",\"Warnings\":[\"short\"]");
    test_means(0, 0, 1e6, 0, 13,
               ",\"Warnings\":[\"implausible\",\"equal-holds\",\"short\","
               "\"pause\"]");
    test_means(-100, 0, 5, 0, 13,
               ",\"Warnings\":[\"implausible\",\"equal-holds\",\"short\","
               "\"seconds\"]");
}


static void
test_times(const double *press, const double *hold, const char *wanted)
{
    unsigned           i;
    keyauth_request_t  r;

    memset(&r, 0, sizeof(r));

    r.keys = TEST_KEYS;

    for (i = 0; i < TEST_KEYS; i++) {
        r.press[i] = press[i];
        r.release[i] = press[i] + hold[i];
    }

    keyauth_features_summary(r.press, r.release, r.keys, r.summary);
    test_written(&r, TEST_KEYS, wanted);
}


static void
test_timings(void **state)
{
    static const double  plain[] = { 0, 200, 400, 650 };
    static const double  paused[] = { 0, 200, 5200, 5300 };
    static const double  stopped[] = { 0, 200, 5201, 5300 };
    static const double  rushed[] = { 0, 1, 2, 650 };
    static const double  crossed[] = { 0, 1, 400, 650 };
    static const double  seconds[] = { 0, 0.2, 0.4, 0.65 };
    static const double  holds[] = { 90, 80, 95, 85 };
    static const double  equal[] = { 90, 90, 90, 90 };
    static const double  two[] = { 0, 1.9, 95, 85 };
    static const double  three[] = { 0, 1.9, 95, 1 };
    static const double  last[] = { 90, 80, 95, 3000 };
    static const double  held[] = { 0.09, 0.08, 0.095, 0.085 };
    static const double  coarse[] = { 0, 200, 500, 600 };
    static const double  hundreds[] = { 100, 100, 0, 100 };
    static const double  sixtieth[] = { 0, 216.667, 400, 566.667 };
    static const double  sixtieths[] = { 83.333, 100, 66.667, 83.333 };

    (void) state;

    test_times(plain, holds, "");
    test_times(plain, equal, ",\"Warnings\":[\"equal-holds\"]");
    test_times(paused, holds, "");
    test_times(stopped, holds, ",\"Warnings\":[\"pause\"]");

    /* a key or two too short for their keyboard to measure */

    test_times(plain, two, "");
    test_times(plain, three, ",\"Warnings\":[\"short\"]");
    test_times(crossed, holds, "");
    test_times(rushed, holds, ",\"Warnings\":[\"short\"]");

    /* timings always agree with themselves */

    test_times(plain, last, "");

    test_times(seconds, held, ",\"Warnings\":[\"short\",\"seconds\"]");

    test_times(coarse, hundreds,
               ",\"Warnings\":[\"coarse-clock\"],\"ClockStep\":100");
    test_times(sixtieth, sixtieths,
               ",\"Warnings\":[\"coarse-clock\"],\"ClockStep\":16.67");
    test_times(stopped, equal, ",\"Warnings\":[\"equal-holds\",\"pause\"]");
}


static void
test_data(const char *path, uint32_t rows)
{
    char               err[KEYAUTH_ERROR_MAX];
    double             step;
    size_t             at;
    uint32_t           i, timings, summary;
    keyauth_dataset_t  d;
    keyauth_request_t  r;

    if (access(path, R_OK) != 0) {
        print_message("# skipped: there is no %s\n", path);
        skip();
    }

    if (keyauth_dataset_read_rows(&d, path, NULL, err) != 0) {
        fail_msg("%s", err);
    }

    assert_int_equal(d.rows, rows);

    step = 0;
    timings = 0;
    summary = 0;

    for (i = 0; i < d.rows; i++) {
        at = (size_t) i * d.keys;

        memcpy(r.press, d.press + at, d.keys * sizeof(double));
        memcpy(r.release, d.release + at, d.keys * sizeof(double));
        keyauth_features_summary(r.press, r.release, d.keys, r.summary);

        r.keys = d.keys;
        timings += keyauth_warnings(&r, d.keys, &step) != 0;

        r.keys = 0;
        summary += keyauth_warnings(&r, d.keys, &step) != 0;
    }

    print_message("# %s: %u and %u of %u rows warn, as timings and as "
                  "summary\n", path, timings, summary, d.rows);

    assert_true(timings * 50 <= d.rows);
    assert_true(summary * 50 <= d.rows);

    keyauth_dataset_free(&d);
}


static void
test_real(void **state)
{
    (void) state;

    test_data(TEST_REAL, 880);
}


static void
test_synthetic(void **state)
{
    (void) state;

    test_data(TEST_SYNTHETIC, 880);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_timings),
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_synthetic)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("warnings", tests, NULL, NULL);
}
