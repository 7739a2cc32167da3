/*
 * Samples seen before: recordings are caught, moved and jittered ones too;
 * people who type again are not.
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataset.h"
#include "keyauth_replay.h"
#include "util.h"


#define TEST_REAL       "../shared/data/Train_keystroke.csv"
#define TEST_PHONES     "../shared/data/MEU-Mobile.csv"
#define TEST_SYNTHETIC  "trainer/synthetic.csv"
#define TEST_ROWS       880
#define TEST_KEYS       2
#define TEST_ENTRIES    100
#define TEST_DAY        86400000

/* sanitizers look at memory; rates are those of the plain build */
#if defined(__SANITIZE_ADDRESS__)
#define TEST_TRIES      4
#else
#define TEST_TRIES      20
#endif


static keyauth_random_t        rnd;
static keyauth_request_t       sample;
static keyauth_replay_print_t  prints[TEST_ROWS];

static const uint8_t  key[KEYAUTH_REPLAY_KEY] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};


static size_t
test_size(uint32_t entries)
{
    return sizeof(keyauth_replay_t)
           + entries * (sizeof(keyauth_replay_entry_t)
                        + KEYAUTH_REPLAY_INDEX / 2 * sizeof(uint64_t));
}


static keyauth_replay_t *
test_table(uint32_t entries, const uint8_t *with)
{
    size_t             size;
    keyauth_replay_t  *t;

    size = test_size(entries);

    t = malloc(size);
    assert_non_null(t);
    memset(t, 0xa5, size);
    assert_int_equal(keyauth_replay_init(t, size, with), 0);
    assert_int_equal(t->entries, entries);

    return t;
}


/* the vectors of the authors of SipHash, for the bytes 0, 1, 2, ... */
static void
test_hash(void **state)
{
    uint8_t  bytes[64];
    size_t   i;

    (void) state;

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t) i;
    }

    assert_true(keyauth_replay_hash(key, bytes, 0) == 0x726fdb47dd0e0e31);
    assert_true(keyauth_replay_hash(key, bytes, 1) == 0x74f839c593dc67fd);
    assert_true(keyauth_replay_hash(key, bytes, 8) == 0x93f5f5799a932462);
    assert_true(keyauth_replay_hash(key, bytes, 15) == 0xa129ca6149be45e5);
    assert_true(keyauth_replay_hash(key, bytes, 63) == 0x958a324ceb064572);
}


static void
test_row(const keyauth_dataset_t *d, uint32_t row)
{
    size_t  at;

    at = (size_t) row * d->keys;
    memcpy(sample.press, d->press + at, d->keys * sizeof(double));
    memcpy(sample.release, d->release + at, d->keys * sizeof(double));
}


/* moved by a constant, and each time by up to most, or by exactly that */
static void
test_move(unsigned keys, double most, int exactly)
{
    double    by;
    unsigned  i, k;

    for (i = 0; i < keys; i++) {
        for (k = 0; k < 2; k++) {
            by = 2 * keyauth_random_unit(&rnd) - 1;
            by = exactly ? copysign(1, by) : by;
            *(k ? &sample.press[i] : &sample.release[i]) += 777 + most * by;
        }
    }
}


static double
test_caught(const keyauth_dataset_t *d, const keyauth_replay_t *t,
    double most, int exactly)
{
    uint32_t                row, i, caught;
    keyauth_replay_print_t  print;

    caught = 0;

    for (row = 0; row < d->rows; row++) {
        for (i = 0; i < TEST_TRIES; i++) {
            test_row(d, row);
            test_move(d->keys, most, exactly);
            keyauth_replay_print(t, &sample, d->keys, &print);
            caught += keyauth_replay_seen(t, &print, 0, TEST_DAY) != 0;
        }
    }

    return (double) caught / (d->rows * TEST_TRIES);
}


static void
test_data(const char *path)
{
    char                err[KEYAUTH_ERROR_MAX];
    double              moved, jittered, worst;
    uint8_t             secret[KEYAUTH_REPLAY_KEY];
    uint32_t            i, k, n, alarms;
    keyauth_dataset_t   d;
    keyauth_replay_t   *t;

    if (access(path, R_OK) != 0) {
        print_message("# skipped: there is no %s\n", path);
        skip();
    }

    if (keyauth_dataset_read_rows(&d, path, NULL, err) != 0) {
        fail_msg("%s", err);
    }

    assert_int_equal(d.rows, TEST_ROWS);
    keyauth_random_init(&rnd, 1, 0);

    /* every pair, not those alone that the index would find, by many keys */

    alarms = 0;

    for (n = 0; n < TEST_TRIES; n++) {

        for (i = 0; i < sizeof(secret); i++) {
            secret[i] = (uint8_t) keyauth_random_next(&rnd);
        }

        t = test_table(TEST_ROWS, secret);

        for (i = 0; i < d.rows; i++) {
            test_row(&d, i);
            keyauth_replay_print(t, &sample, d.keys, &prints[i]);

            for (k = 0; k < i; k++) {
                alarms += keyauth_replay_same(&prints[i], &prints[k]) != 0;
            }
        }

        if (n < TEST_TRIES - 1) {
            free(t);
        }
    }

    for (i = 0; i < d.rows; i++) {
        keyauth_replay_add(t, &prints[i], 0);
    }

    moved = test_caught(&d, t, 0, 0);
    jittered = test_caught(&d, t, 2, 0);
    worst = test_caught(&d, t, 2, 1);

    print_message("# %s: %u alarms among %u pairs by %d keys; caught: moved "
                  "%.4f, jittered %.4f, by 2 ms each %.4f\n", path, alarms,
                  TEST_ROWS * (TEST_ROWS - 1) / 2, TEST_TRIES, moved,
                  jittered, worst);

    assert_int_equal(alarms, 0);
    assert_true(moved == 1);
    assert_true(jittered >= 0.9999);
    assert_true(worst >= 0.999);

    free(t);
    keyauth_dataset_free(&d);
}


static void
test_real(void **state)
{
    (void) state;

    test_data(TEST_REAL);
}


static void
test_synthetic(void **state)
{
    (void) state;

    test_data(TEST_SYNTHETIC);
}


/* as a clock shows it whose steps began at some time before */
static void
test_coarse(const keyauth_dataset_t *d, uint32_t row, double step)
{
    double    phase;
    unsigned  i;

    test_row(d, row);
    phase = step * keyauth_random_unit(&rnd);

    for (i = 0; i < d->keys; i++) {
        sample.press[i] = step * floor((sample.press[i] + phase) / step);
        sample.release[i] = step * floor((sample.release[i] + phase) / step);
    }
}


/*
 * Everybody's samples come one after the other, each a genuine claim against
 * all that were before; and again as it was, which is a replay.
 */
static void
test_clock(const keyauth_dataset_t *d, double step)
{
    uint8_t                  secret[KEYAUTH_REPLAY_KEY];
    uint32_t                 alarms, caught, i, n;
    keyauth_replay_t        *t;
    keyauth_replay_print_t   print;

    alarms = 0;
    caught = 0;

    for (n = 0; n < TEST_KEYS; n++) {

        for (i = 0; i < sizeof(secret); i++) {
            secret[i] = (uint8_t) keyauth_random_next(&rnd);
        }

        t = test_table(d->rows, secret);

        for (i = 0; i < d->rows; i++) {
            test_coarse(d, i, step);
            keyauth_replay_print(t, &sample, d->keys, &print);
            alarms += keyauth_replay_seen(t, &print, 0, TEST_DAY) != 0;
            keyauth_replay_add(t, &print, 0);

            test_move(d->keys, step < 10 ? 2 : 0, 0);
            keyauth_replay_print(t, &sample, d->keys, &print);
            caught += keyauth_replay_seen(t, &print, 0, TEST_DAY) != 0;
        }

        free(t);
    }

    print_message("# clock of %g ms: %u alarms among %u claims, %u replays "
                  "caught\n", step, alarms, TEST_KEYS * d->rows, caught);

    assert_true(alarms * 1000 <= TEST_KEYS * d->rows);
    assert_true(caught >= TEST_KEYS * d->rows * 0.999);
}


static void
test_clocks(const char *path)
{
    char                err[KEYAUTH_ERROR_MAX];
    unsigned            i;
    keyauth_dataset_t   d;
    static const double  steps[] = { 1, 8, 15.625, 16, 1000 / 60.0, 100 };

    if (access(path, R_OK) != 0) {
        print_message("# skipped: there is no %s\n", path);
        skip();
    }

    if (keyauth_dataset_read_rows(&d, path, NULL, err) != 0) {
        fail_msg("%s", err);
    }

    keyauth_random_init(&rnd, 5, 0);

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        test_clock(&d, steps[i]);
    }

    keyauth_dataset_free(&d);
}


static void
test_clocks_real(void **state)
{
    (void) state;

    test_clocks(TEST_REAL);
}


static void
test_clocks_phones(void **state)
{
    (void) state;

    test_clocks(TEST_PHONES);
}


static void
test_clocks_synthetic(void **state)
{
    (void) state;

    test_clocks(TEST_SYNTHETIC);
}


/* what a sample of so many keys, on such a clock, has to share */
static void
test_bands(void **state)
{
    unsigned  i;

    static const struct {
        unsigned  keys;
        double    step;
        uint32_t  bands;
    } cases[] = {
        { 2, 0, 65 }, { 3, 0, 65 }, { 4, 0, 64 }, { 5, 0, 45 }, { 7, 0, 45 },
        { 8, 0, 30 }, { 64, 0, 30 }, { 6, 16, 65 }, { 7, 16, 64 },
        { 8, 16, 30 }, { 13, 20, 30 }, { 13, 20.1, 64 }, { 12, 100, 65 },
        { 13, 100, 64 }, { 18, 200, 65 }, { 19, 200, 64 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(keyauth_replay_bands(cases[i].keys, cases[i].step),
                         cases[i].bands);
    }
}


/* a sample unlike all others */
static void
test_typed(const keyauth_replay_t *t, unsigned keys,
    keyauth_replay_print_t *print)
{
    double    at;
    unsigned  i;

    at = 0;

    for (i = 0; i < keys; i++) {
        at += 100 + 300 * keyauth_random_unit(&rnd);
        sample.press[i] = at;
        sample.release[i] = at + 300 * keyauth_random_unit(&rnd);
    }

    keyauth_replay_print(t, &sample, keys, print);
}


static void
test_window(void **state)
{
    keyauth_replay_t        *t;
    keyauth_replay_print_t   print, other;

    (void) state;

    t = test_table(TEST_ENTRIES, key);
    keyauth_random_init(&rnd, 2, 0);
    test_typed(t, 13, &print);
    test_typed(t, 13, &other);

    assert_false(keyauth_replay_seen(t, &print, 5000, 1000));
    keyauth_replay_add(t, &print, 5000);
    assert_true(keyauth_replay_seen(t, &print, 5000, 1000));
    assert_true(keyauth_replay_seen(t, &print, 5999, 1000));
    assert_false(keyauth_replay_seen(t, &print, 6000, 1000));
    assert_false(keyauth_replay_seen(t, &other, 5000, 1000));

    /* another worker's clock is a little behind */

    assert_true(keyauth_replay_seen(t, &print, 4990, 1000));

    keyauth_replay_add(t, &print, 6000);
    assert_true(keyauth_replay_seen(t, &print, 6999, 1000));
    assert_false(keyauth_replay_seen(t, &print, 7000, 1000));

    free(t);
}


/* the oldest gives way, again and again, and nothing else does */
static void
test_full(void **state)
{
    uint32_t                 i, k;
    keyauth_replay_t        *t;
    keyauth_replay_print_t   ring[TEST_ENTRIES];

    (void) state;

    t = test_table(TEST_ENTRIES, key);
    keyauth_random_init(&rnd, 3, 0);

    for (i = 0; i < 5 * TEST_ENTRIES; i++) {

        if (i >= TEST_ENTRIES) {
            assert_true(keyauth_replay_seen(t, &ring[(i + 1) % TEST_ENTRIES],
                                            i, TEST_DAY));
        }

        test_typed(t, 13, &ring[i % TEST_ENTRIES]);
        assert_false(keyauth_replay_seen(t, &ring[i % TEST_ENTRIES], i,
                                         TEST_DAY));
        keyauth_replay_add(t, &ring[i % TEST_ENTRIES], i);
    }

    for (k = 0; k < TEST_ENTRIES - 1; k++) {
        assert_true(keyauth_replay_seen(t, &ring[(i - 1 - k) % TEST_ENTRIES],
                                        i, TEST_DAY));
    }

    free(t);
}


/* strings of all lengths; another key makes other digests */
static void
test_lengths(void **state)
{
    uint8_t                  secret[KEYAUTH_REPLAY_KEY] = { 1 };
    unsigned                 keys;
    keyauth_replay_t        *t, *u;
    keyauth_replay_print_t   print, again, other;

    (void) state;

    t = test_table(TEST_ENTRIES, key);
    u = test_table(TEST_ENTRIES, secret);
    keyauth_random_init(&rnd, 4, 0);

    for (keys = KEYAUTH_KEYS_MIN; keys <= KEYAUTH_KEYS_MAX; keys++) {
        test_typed(t, keys, &print);
        keyauth_replay_print(u, &sample, keys, &other);
        assert_false(keyauth_replay_same(&print, &other));

        test_move(keys, 0, 0);
        keyauth_replay_print(t, &sample, keys, &again);
        assert_int_equal(keyauth_replay_same(&print, &again), keys >= 4);

        test_typed(t, keys, &other);
        assert_false(keyauth_replay_same(&print, &other));
    }

    free(t);
    free(u);
}


/* what is taken back was not seen, and hides nothing that was added before */
static void
test_remove(void **state)
{
    unsigned                 i;
    keyauth_replay_t        *t;
    keyauth_replay_print_t   print[TEST_ENTRIES];

    (void) state;

    t = test_table(TEST_ENTRIES, key);
    keyauth_random_init(&rnd, 5, 0);

    for (i = 0; i < TEST_ENTRIES; i++) {
        test_typed(t, 13, &print[i]);
        keyauth_replay_add(t, &print[i], 0);
    }

    for (i = 1; i < TEST_ENTRIES; i += 2) {
        keyauth_replay_remove(t, &print[i]);
        keyauth_replay_remove(t, &print[i]);
    }

    for (i = 0; i < TEST_ENTRIES; i++) {
        assert_int_equal(keyauth_replay_seen(t, &print[i], 1, TEST_DAY),
                         i % 2 == 0);
    }

    keyauth_replay_add(t, &print[1], 0);
    assert_true(keyauth_replay_seen(t, &print[1], 1, TEST_DAY));

    free(t);
}


static void
test_small(void **state)
{
    keyauth_replay_t  t;

    (void) state;

    assert_int_equal(keyauth_replay_init(&t, sizeof(t) - 1, key), -1);
    assert_int_equal(keyauth_replay_init(&t, sizeof(t), key), -1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_synthetic),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_clocks_real),
        cmocka_unit_test(test_clocks_phones),
        cmocka_unit_test(test_clocks_synthetic),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_small)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
