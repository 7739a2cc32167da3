/*
 * XGB's kernels against XGBoost's own predictions: labels, and margins to
 * the last bit.
 */


#include "parity.h"

#include <float.h>
#include <xgboost/c_api.h>

#include "keyauth_xgb.h"
#include "pack.h"


#define XGB_BATCH  10000                /* rows that the library gets at once */


static keyauth_xgb_t   xgb;
static BoosterHandle   booster;
static void           *scratch;
static double         *scores;
static float          *batch;
static uint32_t        batched;
static uint64_t        compared;


#define xgb_ok(call)                                                          \
    if ((call) != 0) {                                                        \
        fail_msg("%s", XGBGetLastError());                                    \
    }


static void
xgb_train(void)
{
    char           number[16];
    float         *x, *y;
    uint32_t       i, n;
    DMatrixHandle  matrix;

    n = parity_data.rows * KEYAUTH_SUMMARY;
    x = keyauth_alloc(n, sizeof(float));
    y = keyauth_alloc(parity_data.rows, sizeof(float));

    for (i = 0; i < n; i++) {
        x[i] = (float) parity_x[i];
    }

    for (i = 0; i < parity_data.rows; i++) {
        y[i] = (float) parity_data.class[i];
    }

    snprintf(number, sizeof(number), "%u", parity_data.classes);

    xgb_ok(XGDMatrixCreateFromMat(x, parity_data.rows, KEYAUTH_SUMMARY, NAN,
                                  &matrix));
    xgb_ok(XGDMatrixSetFloatInfo(matrix, "label", y, parity_data.rows));
    xgb_ok(XGBoosterCreate(&matrix, 1, &booster));
    xgb_ok(XGBoosterSetParam(booster, "nthread", "1"));
    xgb_ok(XGBoosterSetParam(booster, "objective", "multi:softprob"));
    xgb_ok(XGBoosterSetParam(booster, "num_class", number));
    xgb_ok(XGBoosterSetParam(booster, "tree_method", "hist"));

    for (i = 0; i < 100; i++) {
        xgb_ok(XGBoosterUpdateOneIter(booster, (int) i, matrix));
    }

    free(x);
    free(y);
}


static int
xgb_setup(void **state)
{
    char               err[KEYAUTH_ERROR_MAX];
    size_t             size;
    bst_ulong          len;
    const char        *json;
    keyauth_writer_t   w;
    keyauth_xgb_how_t  how;

    (void) state;

    memset(&how, 0, sizeof(how));
    size = 0;

    xgb_train();
    xgb_ok(XGBoosterSaveModelToBuffer(booster, "{\"format\":\"json\"}", &len,
                                      &json));
    keyauth_writer_init(&w);
    assert_int_equal(keyauth_pack_xgb(&w, json, len, parity_data.classes,
                                      &how, err), 0);

    memcpy(&xgb.head, parity_section(&w, "xgb.head", NULL),
           sizeof(xgb.head));
    xgb.lanes = parity_section(&w, "xgb.lanes", NULL);
    xgb.cuts = parity_section(&w, "xgb.cuts", &size);
    xgb.ncuts = size / sizeof(float);
    xgb.columns = parity_section(&w, "xgb.columns", NULL);
    xgb.plan = parity_section(&w, "xgb.plan", NULL);
    xgb.slots = parity_section(&w, "xgb.slots", NULL);
    xgb.leaves = parity_section(&w, "xgb.leaves", NULL);
    keyauth_writer_free(&w);

    assert_int_equal(keyauth_xgb_check(&xgb, err), 0);

    scratch = parity_scratch(keyauth_xgb_scratch(&xgb));
    scores = parity_scratch(xgb.head.classes * sizeof(double));
    batch = keyauth_alloc(XGB_BATCH * KEYAUTH_SUMMARY, sizeof(float));

    return 0;
}


static void
xgb_compare_row(const float *x, const float *margins)
{
    uint32_t                         best, i, n;
    const keyauth_kernels_t *const  *k;

    n = xgb.head.classes;
    best = 0;

    for (i = 1; i < n; i++) {
        best = margins[i] > margins[best] ? i : best;
    }

    for (k = keyauth_kernels_all; *k != NULL; k++) {

        /* without byte shuffles it takes ten times as long: every tenth row */
        if (!(*k)->usable()
            || (k != keyauth_kernels_all && k[1] == NULL && compared % 10))
        {
            continue;
        }

        xgb.kernels = *k;
        assert_int_equal(keyauth_xgb_predict(&xgb, x, scratch, scores), best);

        for (i = 0; i < n; i++) {
            if ((float) scores[i] != margins[i]) {
                fail_msg("%s: margin %u is %.9g, not %.9g", (*k)->name, i,
                         scores[i], (double) margins[i]);
            }
        }
    }

    compared++;
}


/* compares what has gathered in the batch */
static void
xgb_flush(void)
{
    char              array[256];
    uint32_t          i;
    bst_ulong         dim;
    const float      *out;
    const bst_ulong  *shape;

    snprintf(array, sizeof(array),
             "{\"data\":[%zu,true],\"shape\":[%u,%d],\"typestr\":\"<f4\","
             "\"version\":3}", (size_t) batch, batched, KEYAUTH_SUMMARY);

    xgb_ok(XGBoosterPredictFromDense(booster, array,
                                     "{\"type\":1,\"training\":false,"
                                     "\"iteration_begin\":0,"
                                     "\"iteration_end\":0,"
                                     "\"strict_shape\":true,"
                                     "\"missing\":NaN,\"cache_id\":0}",
                                     NULL, &shape, &dim, &out));

    for (i = 0; i < batched; i++) {
        xgb_compare_row(batch + (size_t) i * KEYAUTH_SUMMARY,
                        out + (size_t) i * xgb.head.classes);
    }

    batched = 0;
}


static void
xgb_add(const float *x)
{
    memcpy(batch + (size_t) batched * KEYAUTH_SUMMARY, x,
           KEYAUTH_SUMMARY * sizeof(float));

    if (++batched == XGB_BATCH) {
        xgb_flush();
    }
}


static void
xgb_report(const char *what)
{
    xgb_flush();
    printf("# XGB: %llu %s equal, with all margins (every tenth by the base "
           "kernels too)\n", (unsigned long long) compared, what);
    compared = 0;
}


static void
xgb_rows(const double *rows, uint32_t n)
{
    int       f;
    float     x[KEYAUTH_SUMMARY];
    double    random[KEYAUTH_SUMMARY];
    uint32_t  i;

    for (i = 0; i < n; i++) {

        if (rows == NULL) {
            parity_row(random);
        }

        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            x[f] = (float) (rows ? rows[(size_t) i * KEYAUTH_SUMMARY
                                        + (size_t) f] : random[f]);
        }

        xgb_add(x);
    }
}


static void
xgb_data(void **state)
{
    (void) state;
    xgb_rows(parity_x, parity_data.rows);
    xgb_report("rows of the data");
}


static void
xgb_random(void **state)
{
    (void) state;
    xgb_rows(NULL, PARITY_ROWS);
    xgb_report("random rows");
}


/* on every threshold, a step below and above it, and at the extremes */
static void
xgb_adversarial(void **state)
{
    int           f;
    float         x[KEYAUTH_SUMMARY];
    uint32_t      c, i, j;
    static float  extremes[] = { 0.0f, -0.0f, 1e-45f, -1e-45f, FLT_MIN, 1e6f,
                                 -1e6f, 999999.9f };

    (void) state;

    for (c = 0; c < xgb.head.columns; c++) {
        for (i = 0; i < xgb.columns[c].cuts; i++) {
            for (j = 0; j < 3; j++) {
                for (f = 0; f < KEYAUTH_SUMMARY; f++) {
                    x[f] = (float) parity_x[(i * 8 + (uint32_t) f)
                                            % (parity_data.rows
                                               * KEYAUTH_SUMMARY)];
                }

                x[xgb.columns[c].feature]
                    = nextafterf(xgb.cuts[xgb.columns[c].cut + i],
                                 j == 0 ? -INFINITY : INFINITY);

                if (j == 1) {
                    x[xgb.columns[c].feature]
                        = xgb.cuts[xgb.columns[c].cut + i];
                }

                xgb_add(x);
            }
        }
    }

    for (i = 0; i < 64; i++) {
        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            x[f] = extremes[f % 2 ? i / 8 : i % 8];
        }

        xgb_add(x);
    }

    xgb_report("adversarial rows");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(xgb_data),
        cmocka_unit_test(xgb_adversarial),
        cmocka_unit_test(xgb_random),
    };

    setenv("OMP_NUM_THREADS", "1", 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    parity_read();

    return cmocka_run_group_tests(tests, xgb_setup, NULL);
}
