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


static keyauth_random_t  rnd;


static double
test_step(const keyauth_dataset_t *d, uint32_t row, double step, int rounded)
{
    double    press[KEYAUTH_KEYS_MAX], release[KEYAUTH_KEYS_MAX], phase;
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
    uint32_t             i, k, right, wrong;
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

            for (i = 0; i < d.rows; i++) {
                found = test_step(&d, i, step, rounded);
                right += fabs(found - step) < 0.01 * step;
                wrong += found > 0 && fabs(found - step) > 0.01 * step;
            }

            print_message("# %s, %g ms%s: %u of %u found, %u otherwise\n",
                          path, step, rounded ? ", rounded" : "", right,
                          d.rows, wrong);

            assert_true(wrong * 1000 <= d.rows);
            assert_true(step < KEYAUTH_CLOCK_LEAST || right >= 0.998 * d.rows);
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
    double               press[KEYAUTH_KEYS_MAX], release[KEYAUTH_KEYS_MAX];
    static const double  moment[2] = { 0, 0 };
    static const double  p[3] = { 0, 900000, 999900 };
    static const double  r[3] = { 50, 900100, 1000000 };

    (void) state;

    assert_true(keyauth_clock_step(moment, moment, 2) == 0);
    assert_true(keyauth_clock_step(p, r, 3) == 50);

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
