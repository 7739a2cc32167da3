/*
 * Training: what the libraries are asked for, what is written of it, and what
 * the file that is made of it answers.
 */


#define _GNU_SOURCE                     /* RTLD_DEFAULT */

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <xgboost/c_api.h>

#include "build.h"
#include "evaluate.h"
#include "golden.h"
#include "model_card.h"
#include "synth.h"
#include "train_xgb.h"


#define xgb_ok(call)                                                          \
    if ((call) != 0) {                                                        \
        fail_msg("%s", XGBGetLastError());                                    \
    }


static char               path[] = "/tmp/keyauth-train.XXXXXX";
static char               err[KEYAUTH_ERROR_MAX];
static double            *summary;
static keyauth_rows_t     rows;
static keyauth_dataset_t  data;
static keyauth_recipe_t   recipe;


static void
must(int rc)
{
    if (rc != 0) {
        fail_msg("%s", err);
    }
}


static int
group_setup(void **state)
{
    int                fd;
    char              *csv;
    size_t             len;
    keyauth_synth_t    s = { 20, 6, 13, 5 };

    (void) state;
    csv = keyauth_synth_csv(&s, &len);
    fd = mkstemp(path);

    if (fd < 0 || write(fd, csv, len) != (ssize_t) len || close(fd) != 0
        || keyauth_dataset_read(&data, path, err) != 0)
    {
        return -1;
    }

    free(csv);
    summary = keyauth_dataset_summary(&data);
    keyauth_rows_pick(&rows, &data, summary, NULL);
    recipe.seed = 1;
    recipe.trees = 30;
    recipe.rounds = 30;
    recipe.fusion = 30;

    return 0;
}


static int
group_teardown(void **state)
{
    (void) state;
    keyauth_rows_free(&rows);
    keyauth_dataset_free(&data);
    free(summary);

    return unlink(path);
}


/* 1 / (8 * variance of all values), as scikit-learn's "scale" */
static void
test_gamma(void **state)
{
    size_t                 i, n;
    long double            square, sum, variance;
    keyauth_trained_svm_t  svm;

    (void) state;
    n = (size_t) rows.rows * KEYAUTH_SUMMARY;
    sum = 0;
    square = 0;

    for (i = 0; i < n; i++) {
        sum += (long double) rows.x[i];
        square += (long double) rows.x[i] * (long double) rows.x[i];
    }

    variance = square / n - sum / n * (sum / n);
    must(keyauth_train_svm(&svm, &rows, NULL, err));
    assert_true(fabs(svm.parameter.gamma * (double) (8 * variance) - 1)
                < 1e-12);
    assert_true(svm.parameter.C == 1 && svm.parameter.eps == 1e-3);

    /* libsvm's order of classes is the data set's */

    for (i = 0; i < data.classes; i++) {
        assert_int_equal(svm.model->label[i], i);
    }

    keyauth_trained_svm_free(&svm);
}


/* what libsvm reads of what is written is the model, to the last bit */
static void
test_svm_text(void **state)
{
    int                     i, j, k;
    char                   *text;
    size_t                  len;
    struct svm_model       *m;
    keyauth_trained_svm_t   svm;

    (void) state;
    must(keyauth_train_svm(&svm, &rows, NULL, err));
    text = keyauth_svm_text(svm.model, &len);
    assert_non_null(text);
    must(keyauth_file_save(path, text, len, err));
    m = svm_load_model(path);
    assert_non_null(m);

    k = svm.model->nr_class;
    assert_int_equal(m->nr_class, k);
    assert_int_equal(m->l, svm.model->l);
    assert_true(m->param.gamma == svm.model->param.gamma);
    assert_memory_equal(m->rho, svm.model->rho,
                        (size_t) (k * (k - 1) / 2) * sizeof(double));
    assert_memory_equal(m->label, svm.model->label,
                        (size_t) k * sizeof(int));
    assert_memory_equal(m->nSV, svm.model->nSV, (size_t) k * sizeof(int));

    for (i = 0; i < k - 1; i++) {
        assert_memory_equal(m->sv_coef[i], svm.model->sv_coef[i],
                            (size_t) m->l * sizeof(double));
    }

    for (i = 0; i < m->l; i++) {
        for (j = 0; j < KEYAUTH_SUMMARY; j++) {
            assert_int_equal(m->SV[i][j].index, j + 1);
            assert_true(m->SV[i][j].value == svm.model->SV[i][j].value);
        }

        assert_int_equal(m->SV[i][j].index, -1);
    }

    svm_free_and_destroy_model(&m);
    keyauth_trained_svm_free(&svm);
    free(text);
}


/* the library with nothing but what the objective needs */
static BoosterHandle
xgb_own(const keyauth_rows_t *r, DMatrixHandle *matrix)
{
    int            i;
    char           number[16];
    float         *y;
    BoosterHandle  booster;

    y = keyauth_alloc(r->rows, sizeof(float));

    for (i = 0; i < (int) r->rows; i++) {
        y[i] = (float) r->class[i];
    }

    snprintf(number, sizeof(number), "%u", r->classes);
    xgb_ok(XGDMatrixCreateFromMat(r->xf, r->rows, KEYAUTH_SUMMARY, NAN,
                                  matrix));
    xgb_ok(XGDMatrixSetFloatInfo(*matrix, "label", y, r->rows));
    xgb_ok(XGBoosterCreate(matrix, 1, &booster));
    xgb_ok(XGBoosterSetParam(booster, "nthread", "1"));
    xgb_ok(XGBoosterSetParam(booster, "objective", "multi:softprob"));
    xgb_ok(XGBoosterSetParam(booster, "num_class", number));
    xgb_ok(XGBoosterSetParam(booster, "tree_method", "hist"));

    for (i = 0; i < (int) recipe.rounds; i++) {
        xgb_ok(XGBoosterUpdateOneIter(booster, i, *matrix));
    }

    free(y);

    return booster;
}


static void
test_xgb_defaults(void **state)
{
    char           *json, *ubj;
    size_t          len;
    bst_ulong       n;
    const char     *own;
    BoosterHandle   booster;
    DMatrixHandle   matrix;

    (void) state;
    must(keyauth_train_xgb(&ubj, &len, &rows, &recipe, NULL, err));
    json = keyauth_xgb_text(ubj, &len);
    assert_non_null(json);
    booster = xgb_own(&rows, &matrix);
    xgb_ok(XGBoosterSaveModelToBuffer(booster, "{\"format\":\"json\"}", &n,
                                      &own));
    assert_int_equal(len, n);
    assert_memory_equal(json, own, len);

    XGBoosterFree(booster);
    XGDMatrixFree(matrix);
    free(json);

    /* what is cut short is no model */

    len = 100;
    assert_null(keyauth_xgb_text(ubj, &len));
    free(ubj);
}


/* rows of the fold that the library's own models call by their labels */
static void
fold_own(uint32_t k, uint32_t *svm_hits, uint32_t *xgb_hits)
{
    float                  *probability;
    uint8_t                *keep, *test;
    uint32_t                best, c, f, i;
    bst_ulong               n;
    const float            *out;
    BoosterHandle           booster;
    DMatrixHandle           asked, matrix;
    keyauth_rows_t          others, tests;
    struct svm_node         x[KEYAUTH_SUMMARY + 1];
    keyauth_trained_svm_t   svm;

    keep = keyauth_alloc(data.rows, 1);
    test = keyauth_alloc(data.rows, 1);

    for (i = 0; i < data.rows; i++) {
        keep[i] = data.repetition[i] != k;
        test[i] = !keep[i];
    }

    keyauth_rows_pick(&others, &data, summary, keep);
    keyauth_rows_pick(&tests, &data, summary, test);
    must(keyauth_train_svm(&svm, &others, NULL, err));
    booster = xgb_own(&others, &matrix);
    xgb_ok(XGDMatrixCreateFromMat(tests.xf, tests.rows, KEYAUTH_SUMMARY, NAN,
                                  &asked));
    xgb_ok(XGBoosterPredict(booster, asked, 0, 0, 0, &n, &out));
    probability = keyauth_alloc(n, sizeof(float));
    memcpy(probability, out, n * sizeof(float));
    *svm_hits = *xgb_hits = 0;

    for (i = 0; i < tests.rows; i++) {
        best = 0;

        for (c = 1; c < data.classes; c++) {
            if (probability[i * data.classes + c]
                > probability[i * data.classes + best])
            {
                best = c;
            }
        }

        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            x[f].index = (int) f + 1;
            x[f].value = tests.x[i * KEYAUTH_SUMMARY + f];
        }

        x[f].index = -1;
        *xgb_hits += best == tests.class[i];
        *svm_hits += svm_predict(svm.model, x) == tests.class[i];
    }

    XGBoosterFree(booster);
    XGDMatrixFree(matrix);
    XGDMatrixFree(asked);
    keyauth_trained_svm_free(&svm);
    keyauth_rows_free(&others);
    keyauth_rows_free(&tests);
    free(probability);
    free(keep);
    free(test);
}


/* XGBoost's regions are the trainer's: the first of that name is found */
static void
test_xgb_regions(void **state)
{
    void  (*region)(void (*)(void *), void *, unsigned, unsigned);
    void   *found;

    (void) state;
    region = GOMP_parallel;
    found = dlsym(RTLD_DEFAULT, "GOMP_parallel");
    assert_memory_equal(&found, &region, sizeof(found));
}


/* packed, read back and asked through the engine: the libraries' figures */
static void
test_folds(void **state)
{
    uint32_t              k, svm, xgb;
    keyauth_evaluation_t  v;

    (void) state;
    must(keyauth_evaluate(&v, &data, &recipe,
                          1 << KEYAUTH_SVM | 1 << KEYAUTH_XGB, 10, NULL, err));
    assert_int_equal(v.folds, 6);

    for (k = 0; k < v.folds; k++) {
        fold_own(k, &svm, &xgb);
        assert_int_equal(v.fold[k].tests, 20);
        assert_int_equal(v.fold[k].top1[KEYAUTH_SVM], svm);
        assert_int_equal(v.fold[k].top1[KEYAUTH_XGB], xgb);
        assert_int_equal(v.fold[k].top1[KEYAUTH_RF], 0);
        assert_in_range(v.fold[k].top5[KEYAUTH_XGB], xgb, 20);
    }

    keyauth_evaluation_free(&v);
}


/* golden rows are nobody's, and a file with a wrong answer is not supported */
static void
test_golden(void **state)
{
    char                    *card;
    double                  *golden;
    uint32_t                 i, j, same, *label;
    keyauth_image_t          image;
    keyauth_ready_t          ready;
    keyauth_trained_t        trained;
    keyauth_file_header_t   *header;

    (void) state;
    must(keyauth_train(&trained, &rows, &recipe, err));
    card = keyauth_model_card(&data, &trained, &recipe, NULL, 0);
    assert_non_null(strstr(card, "1970-01-01T00:00:00Z"));
    must(keyauth_build(&image, &data, &trained, card, 0, 1, err));
    must(keyauth_ready_read(&ready, &image, err));
    assert_int_equal(ready.model.golden_rows, KEYAUTH_BUILD_GOLDEN);
    golden = keyauth_golden(&data, KEYAUTH_BUILD_GOLDEN, 1);
    same = 0;

    for (i = 0; i < KEYAUTH_BUILD_GOLDEN; i++) {
        assert_memory_equal(ready.model.golden + i * 26, golden + i * 26,
                            26 * sizeof(double));

        for (j = 0; j < data.rows; j++) {
            same += memcmp(golden + i * 26, data.press + j * 13,
                           13 * sizeof(double)) == 0;
        }

        for (j = 0; j < 13; j++) {
            assert_true(golden[i * 26 + 13 + j] >= golden[i * 26 + j]);
            assert_true(j == 0 || golden[i * 26 + j] >= golden[i * 26 + j - 1]);
        }
    }

    assert_int_equal(same, 0);

    /* a wrong answer under a right digest */

    label = (uint32_t *) (image.data
                          + ((const uint8_t *) ready.model.golden_label
                             - ready.model.data));
    keyauth_ready_free(&ready);
    label[4] = (label[4] + 1) % data.classes;
    header = (keyauth_file_header_t *) (void *) image.data;
    assert_int_equal(keyauth_signature_digest(image.data, image.size,
                                              header->digest), 0);
    assert_int_equal(keyauth_ready_read(&ready, &image, err), -1);
    assert_non_null(strstr(err, "known-answer test"));
    keyauth_ready_free(&ready);

    keyauth_image_free(&image);
    keyauth_trained_free(&trained);
    free(golden);
    free(card);
}


static void
test_writer(void **state)
{
    int                i, rc;
    char               name[16];
    keyauth_writer_t   w;

    (void) state;
    keyauth_writer_init(&w);
    assert_int_equal(keyauth_writer_add(&w, "sixteen-bytes-xx", "", 0), -1);
    assert_int_equal(keyauth_writer_add(&w, "a", "one", 3), 0);
    assert_int_equal(keyauth_writer_add(&w, "a", "three", 5), 0);
    assert_int_equal(w.sections, 1);
    assert_int_equal(w.table[0].size, 5);
    assert_memory_equal(w.data[0], "three", 5);
    rc = 0;

    for (i = 1; i <= KEYAUTH_FILE_SECTIONS_MAX; i++) {
        snprintf(name, sizeof(name), "s%d", i);
        assert_int_equal(rc, 0);
        rc = keyauth_writer_add(&w, name, "x", 1);
    }

    assert_int_equal(rc, -1);
    keyauth_writer_free(&w);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_gamma),
        cmocka_unit_test(test_svm_text),
        cmocka_unit_test(test_xgb_defaults),
        cmocka_unit_test(test_xgb_regions),
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_writer)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("train", tests, group_setup,
                                       group_teardown);
}
