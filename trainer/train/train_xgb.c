/*
 * Training XGB: see train_xgb.h.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "train_xgb.h"


static int keyauth_xgb_failed(int rc, char *err);
static int keyauth_xgb_matrix(DMatrixHandle *matrix,
    const keyauth_rows_t *rows, char *err);
static int keyauth_xgb_booster(BoosterHandle *booster, DMatrixHandle matrix,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe, char *err);
static int keyauth_xgb_boost(BoosterHandle booster, DMatrixHandle matrix,
    uint32_t rounds, keyauth_progress_t *progress, char *err);
static int keyauth_xgb_save(BoosterHandle booster, const char *format,
    char **model, size_t *len, char *err);


/*
 * What XGBoost calls for a parallel region, found here before libgomp's.  With
 * one thread the region is but its code; libgomp makes a team for it all the
 * same, and ends it by a system call that wakes nobody, 27 times a tree.
 */
void
GOMP_parallel(void (*code)(void *), void *data, unsigned threads,
    unsigned flags)
{
    (void) threads;
    (void) flags;
    code(data);
}


static int
keyauth_xgb_failed(int rc, char *err)
{
    const char  *message;

    if (rc == 0) {
        return 0;
    }

    message = XGBGetLastError();
    snprintf(err, KEYAUTH_ERROR_MAX, "XGBoost: %.*s",
             (int) strcspn(message, "\n"), message);

    return 1;
}


int
keyauth_train_xgb(char **ubj, size_t *len, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    int            rc;
    char           what[64];
    BoosterHandle  booster;
    DMatrixHandle  matrix;

    booster = NULL;
    matrix = NULL;
    rc = -1;

    if (progress != NULL) {
        keyauth_progress_start(progress, "XGB", recipe->rounds);
    }

    if (keyauth_xgb_matrix(&matrix, rows, err) == 0
        && keyauth_xgb_booster(&booster, matrix, rows, recipe, err) == 0
        && keyauth_xgb_boost(booster, matrix, recipe->rounds, progress, err)
           == 0
        && keyauth_xgb_save(booster, "{\"format\":\"ubj\"}", ubj, len, err)
           == 0)
    {
        rc = 0;
    }

    if (booster != NULL) {
        XGBoosterFree(booster);
    }

    if (matrix != NULL) {
        XGDMatrixFree(matrix);
    }

    if (progress != NULL && rc == 0) {
        snprintf(what, sizeof(what), "%u rounds of %u trees",
                 (unsigned) recipe->rounds, (unsigned) rows->classes);
        keyauth_progress_end(progress, what);
    }

    return rc;
}


static int
keyauth_xgb_matrix(DMatrixHandle *matrix, const keyauth_rows_t *rows,
    char *err)
{
    int        failed;
    float     *y;
    uint32_t   i;

    if (keyauth_xgb_failed(XGDMatrixCreateFromMat(rows->xf, rows->rows,
                                                  KEYAUTH_SUMMARY, NAN,
                                                  matrix), err))
    {
        return -1;
    }

    y = keyauth_alloc(rows->rows, sizeof(float));

    for (i = 0; i < rows->rows; i++) {
        y[i] = (float) rows->class[i];
    }

    failed = keyauth_xgb_failed(XGDMatrixSetFloatInfo(*matrix, "label", y,
                                                      rows->rows), err);
    free(y);

    return failed ? -1 : 0;
}


static int
keyauth_xgb_booster(BoosterHandle *booster, DMatrixHandle matrix,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe, char *err)
{
    char    classes[16], seed[24];
    size_t  i;

    /* one thread first of all: with more, the library starts them at once */

    const struct {
        const char  *name;
        const char  *value;
    } parameters[] = {
        { "nthread", "1" },
        { "verbosity", "0" },
        { "objective", "multi:softprob" },
        { "num_class", classes },
        { "tree_method", "hist" },
        { "seed", seed }
    };

    snprintf(classes, sizeof(classes), "%u", (unsigned) rows->classes);
    snprintf(seed, sizeof(seed), "%llu",
             (unsigned long long) (recipe->seed & 0x7fffffff));

    if (keyauth_xgb_failed(XGBoosterCreate(&matrix, 1, booster), err)) {
        return -1;
    }

    for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        if (keyauth_xgb_failed(XGBoosterSetParam(*booster, parameters[i].name,
                                                 parameters[i].value), err))
        {
            return -1;
        }
    }

    return 0;
}


static int
keyauth_xgb_boost(BoosterHandle booster, DMatrixHandle matrix,
    uint32_t rounds, keyauth_progress_t *progress, char *err)
{
    uint32_t  i;

    for (i = 0; i < rounds; i++) {
        if (keyauth_xgb_failed(XGBoosterUpdateOneIter(booster, (int) i,
                                                      matrix), err))
        {
            return -1;
        }

        keyauth_progress_step(progress, i + 1);
    }

    return 0;
}


static int
keyauth_xgb_save(BoosterHandle booster, const char *format, char **model,
    size_t *len, char *err)
{
    bst_ulong    n;
    const char  *p;

    if (keyauth_xgb_failed(XGBoosterSaveModelToBuffer(booster, format, &n,
                                                      &p), err))
    {
        return -1;
    }

    /* p is the library's, until its next call */

    *model = keyauth_alloc(n + 1, 1);
    memcpy(*model, p, n);
    *len = n;

    return 0;
}


char *
keyauth_xgb_text(const char *ubj, size_t *len)
{
    char            err[KEYAUTH_ERROR_MAX], *json;
    BoosterHandle   booster;

    json = NULL;

    if (XGBoosterCreate(NULL, 0, &booster) != 0) {
        return NULL;
    }

    if (XGBoosterSetParam(booster, "nthread", "1") != 0
        || XGBoosterLoadModelFromBuffer(booster, ubj, *len) != 0
        || keyauth_xgb_save(booster, "{\"format\":\"json\"}", &json, len,
                            err)
           != 0)
    {
        json = NULL;
    }

    XGBoosterFree(booster);

    return json;
}
