/*
 * A model file's known answers, and the kernels of every instruction set
 * against each other.  It needs neither libsvm nor XGBoost, so it also runs
 * where Debian has them not: t/arm64.t compares what it prints there and
 * here.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keyauth_engine.h"
#include "keyauth_features.h"
#include "keyauth_kernels.h"
#include "util.h"


#define TEST_MODEL  "build/t/many/keyauth.model"

#if defined(__SANITIZE_ADDRESS__) || defined(__aarch64__)                     \
    || defined(TEST_FEW)
#define TEST_ROWS  500                  /* qemu is slow */
#else
#define TEST_ROWS  20000
#endif

#define TEST_SHARED_ROWS  500           /* what all print the digest of */
#define TEST_FNV          0xcbf29ce484222325


static keyauth_model_t   model;
static keyauth_engine_t  engine;
static keyauth_random_t  rnd;
static void             *memory;
static double           *first;         /* scores of the first instructions */


static int
golden_setup(void **state)
{
    char    err[KEYAUTH_ERROR_MAX];
    size_t  size;

    (void) state;

    if (keyauth_model_open(&model, TEST_MODEL, NULL, err) != 0) {
        fail_msg("%s", err);
    }

    size = (keyauth_engine_size(&model) + 63) & ~(size_t) 63;
    memory = aligned_alloc(64, size);
    first = calloc(model.classes, sizeof(double));
    assert_non_null(memory);
    assert_non_null(first);
    keyauth_random_init(&rnd, 3, 0);

    return 0;
}


static int
golden_teardown(void **state)
{
    (void) state;

    keyauth_model_close(&model);
    free(memory);
    free(first);

    return 0;
}


/* keyauth_engine_init() predicts the file's rows: with all instructions */
static void
golden_known_answers(void **state)
{
    int                              n;
    char                             err[KEYAUTH_ERROR_MAX];
    const keyauth_kernels_t *const  *k;

    (void) state;

    n = 0;
    assert_true(model.golden_rows > 0);
    assert_int_equal(model.models, KEYAUTH_ALL_MODELS);

    for (k = keyauth_kernels_all; *k != NULL; k++) {

        if (!(*k)->usable()) {
            printf("# this processor has no %s\n", (*k)->name);
            continue;
        }

        keyauth_model_use(&model, *k);

        if (keyauth_engine_init(&engine, &model, memory, err) != 0) {
            fail_msg("%s: %s", (*k)->name, err);
        }

        n++;
    }

    assert_true(n > 0);
}


/* the test above would fail: a wrong answer is found */
static void
golden_wrong_answer(void **state)
{
    char             err[KEYAUTH_ERROR_MAX];
    size_t           size;
    uint32_t        *wrong;
    const uint32_t  *right;

    (void) state;

    size = model.golden_rows * KEYAUTH_MODELS * sizeof(uint32_t);
    right = model.golden_label;
    wrong = malloc(size);
    assert_non_null(wrong);
    memcpy(wrong, right, size);
    wrong[size / sizeof(uint32_t) - 1] ^= 1;

    model.golden_label = wrong;
    assert_int_equal(keyauth_engine_init(&engine, &model, memory, err), -1);
    assert_non_null(strstr(err, "known-answer test: "));
    model.golden_label = right;
    free(wrong);

    assert_int_equal(keyauth_engine_init(&engine, &model, memory, err), 0);
}


/*
 * Somebody's golden row, each key up to 60 ms earlier or later, in eighths of
 * a millisecond: exact in binary, wherever it is computed.
 */
static void
golden_sample(keyauth_request_t *r)
{
    double        *time;
    uint32_t       i, keys;
    const double  *row;

    keys = model.keys;
    row = model.golden + (size_t) keyauth_random_below(&rnd,
                                                       model.golden_rows)
                         * 2 * keys;
    r->keys = keys;

    for (i = 0; i < 2 * keys; i++) {
        time = i < keys ? &r->press[i] : &r->release[i - keys];
        *time = row[i] + ((double) keyauth_random_below(&rnd, 961) - 480) / 8;
    }

    keyauth_features_summary(r->press, r->release, keys, r->summary);
}


static void
golden_digest(uint64_t *digest, const void *data, size_t len)
{
    size_t          i;
    const uint8_t  *p;

    p = data;

    for (i = 0; i < len; i++) {
        *digest = (*digest ^ p[i]) * 0x100000001b3;
    }
}


/* scores are votes, shares and margins, but FUSION's, which pass log() */
static void
golden_compare(const keyauth_request_t *r, keyauth_model_e of,
    uint64_t *digest)
{
    uint32_t                         label, expected;
    const keyauth_kernels_t *const  *k;

    expected = UINT32_MAX;

    for (k = keyauth_kernels_all; *k != NULL; k++) {

        if (!(*k)->usable()) {
            continue;
        }

        keyauth_model_use(&model, *k);
        label = keyauth_engine_predict(&engine, of, r);

        if (expected == UINT32_MAX) {
            expected = label;
            memcpy(first, engine.scores, model.classes * sizeof(double));
        }

        if (label != expected) {
            fail_msg("%s, %s: class %u, not %u", keyauth_kinds[of]->name,
                     (*k)->name, label, expected);
        }

        if (of != KEYAUTH_FUSION
            && memcmp(first, engine.scores,
                      model.classes * sizeof(double)) != 0)
        {
            fail_msg("%s, %s: scores differ", keyauth_kinds[of]->name,
                     (*k)->name);
        }
    }

    golden_digest(digest, &expected, sizeof(expected));

    if (of != KEYAUTH_FUSION) {
        golden_digest(digest, first, model.classes * sizeof(double));
    }
}


static void
golden_random(void **state)
{
    char               err[KEYAUTH_ERROR_MAX];
    uint32_t           i, of;
    uint64_t           digest[KEYAUTH_MODELS];
    keyauth_request_t  r;

    (void) state;

    assert_int_equal(keyauth_engine_init(&engine, &model, memory, err), 0);
    memset(&r, 0, sizeof(r));

    for (of = 0; of < KEYAUTH_MODELS; of++) {
        digest[of] = TEST_FNV;
    }

    for (i = 0; i < TEST_ROWS; i++) {
        golden_sample(&r);

        for (of = 0; of < KEYAUTH_MODELS; of++) {
            golden_compare(&r, (keyauth_model_e) of, &digest[of]);

            if (i + 1 == TEST_SHARED_ROWS) {
                printf("# digest of %s %016llx\n", keyauth_kinds[of]->name,
                       (unsigned long long) digest[of]);
            }
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(golden_known_answers),
        cmocka_unit_test(golden_wrong_answer),
        cmocka_unit_test(golden_random),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, golden_setup, golden_teardown);
}
