/*
 * The clock's step, as a sample shows it: found whatever the step and its
 * phase, and whether times were rounded to whole milliseconds; never found on
 * a fine clock.
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataset.h"
#include "keyauth_clock.h"
#include "util.h"


#define TEST_REAL       "../shared/data/Train_keystroke.csv"
#define TEST_PHONES     "../shared/data/MEU-Mobile.csv"
#define TEST_SYNTHETIC  "trainer/synthetic.csv"


static double            press[KEYAUTH_KEYS_MAX];
static double            release[KEYAUTH_KEYS_MAX];
static keyauth_random_t  rnd;


static double
test_step(const keyauth_dataset_t *d, uint32_t row, double step, int rounded)
{
    double    phase;
    unsigned  i;

    phase = step * keyauth_random_unit(&rnd);

    for (i = 0; i < d->keys; i++) {
        press[i] = d->press[(size_t) row * d->keys + i];
        release[i] = d->release[(size_t) row * d->keys + i];

        if (step > 0) {
            press[i] = step * floor((press[i] + phase) / step);
            release[i] = step * floor((release[i] + phase) / step);
        }

        if (rounded) {
            press[i] = rint(press[i]);
            release[i] = rint(release[i]);
        }
    }

    return keyauth_clock_step(press, release, d->keys);
}


static void
test_data(const char *path)
{
    int                  rounded;
    char                 err[KEYAUTH_ERROR_MAX];
    double               found, step;
    uint32_t             i, k, right, sure, wrong;
    keyauth_dataset_t    d;
    static const double  steps[] = {
        0, 1, 4, 8, 10, 15.625, 16, 1000 / 60.0, 20, 1000 / 30.0, 50, 100, 200
    };

    if (access(path, R_OK) != 0) {
        print_message("# skipped: there is no %s\n", path);
        skip();
    }

    if (keyauth_dataset_read_rows(&d, path, NULL, err) != 0) {
        fail_msg("%s", err);
    }

    keyauth_random_init(&rnd, 6, 0);

    for (k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
        for (rounded = 0; rounded < 2; rounded++) {

            step = steps[k];
            right = 0;
            wrong = 0;
            sure = 0;

            for (i = 0; i < d.rows; i++) {
                found = test_step(&d, i, step, rounded);
                right += fabs(found - step) < 0.01 * step;
                wrong += found > 0 && fabs(found - step) > 0.01 * step;
                sure += found > 0 && keyauth_clock_sure(press, release, d.keys,
                                                        found);
            }

            print_message("# %s, %g ms%s: %u of %u found, %u surely, %u "
                          "otherwise\n", path, step,
                          rounded ? ", rounded" : "", right, d.rows, sure,
                          wrong);

            assert_true(wrong * 1000 <= d.rows);
            assert_true(step < KEYAUTH_CLOCK_LEAST || right >= 0.998 * d.rows);
            assert_true(step < KEYAUTH_CLOCK_LEAST || step > 100
                        || sure >= 0.98 * d.rows);
        }
    }

    keyauth_dataset_free(&d);
}


static void
test_real(void **state)
{
    (void) state;

    test_data(TEST_REAL);
}


static void
test_phones(void **state)
{
    (void) state;

    test_data(TEST_PHONES);
}


static void
test_synthetic(void **state)
{
    (void) state;

    test_data(TEST_SYNTHETIC);
}


/* pauses, moments, and times without an end */
static void
test_edges(void **state)
{
    int                  i;
    static const double  moment[2] = { 0, 0 };
    static const double  p[3] = { 0, 900000, 999900 };
    static const double  r[3] = { 50, 900100, 1000050 };
    static const double  even[3] = { 0, 200, 400 };
    static const double  held[3] = { 90, 290, 490 };

    (void) state;

    assert_true(keyauth_clock_step(moment, moment, 2) == 0);
    assert_true(keyauth_clock_step(p, r, 3) == 50);

    /* two different intervals are multiples of something easily */

    assert_true(keyauth_clock_step(even, held, 3) > 0);
    assert_int_equal(keyauth_clock_sure(even, held, 3,
                                        keyauth_clock_step(even, held, 3)), 0);

    for (i = 0; i < KEYAUTH_KEYS_MAX; i++) {
        press[i] = i * 1000 / 60.0 * 7;
        release[i] = press[i] + (3 + i % 5) * 1000 / 60.0;
    }

    assert_true(fabs(keyauth_clock_step(press, release, KEYAUTH_KEYS_MAX)
                     - 1000 / 60.0) < 1e-9);

    /* one of 64 is off the grid */

    release[40] += 5;
    assert_true(keyauth_clock_step(press, release, KEYAUTH_KEYS_MAX) == 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_synthetic),
        cmocka_unit_test(test_edges)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
