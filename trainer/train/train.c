#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fusion.h"
#include "fusion_folds.h"
#include "live_points.h"
#include "train.h"
#include "train_xgb.h"


static int keyauth_train_rf(keyauth_trained_t *t, const keyauth_rows_t *rows,
    keyauth_progress_t *progress, char *err);
static int keyauth_train_fusion(keyauth_trained_t *t,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);


int
keyauth_train(keyauth_trained_t *t, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    int  rc;

    memset(t, 0, sizeof(keyauth_trained_t));
    t->rf_recipe.trees = recipe->trees;
    t->rf_recipe.max_features = 2;      /* floor(sqrt(KEYAUTH_SUMMARY)) */
    t->rf_recipe.seed = recipe->seed;
    t->rf_recipe.bootstrap = 1;

    rc = 0;

    if (!(recipe->without & 1u << KEYAUTH_SVM)) {
        rc = keyauth_train_svm(&t->svm, rows, progress, err);
    }

    if (rc == 0 && !(recipe->without & 1u << KEYAUTH_RF)) {
        rc = keyauth_train_rf(t, rows, progress, err);
    }

    if (rc == 0 && !(recipe->without & 1u << KEYAUTH_XGB)) {
        rc = keyauth_train_xgb(&t->xgb, &t->xgb_len, rows, recipe, progress,
                               err);
    }

    if (rc == 0 && !(recipe->without & 1u << KEYAUTH_FUSION)) {
        rc = keyauth_train_fusion(t, rows, recipe, progress, err);
    }

    if (rc != 0) {
        keyauth_trained_free(t);
        return -1;
    }

    return 0;
}


static int
keyauth_train_rf(keyauth_trained_t *t, const keyauth_rows_t *rows,
    keyauth_progress_t *progress, char *err)
{
    int                 rc;
    char                what[64];
    keyauth_samples_t   samples;

    samples.x = rows->xf;
    samples.class = rows->class;
    samples.rows = rows->rows;
    samples.features = KEYAUTH_SUMMARY;
    samples.classes = rows->classes;

    if (progress != NULL) {
        keyauth_progress_start(progress, "RF", t->rf_recipe.trees);
    }

    rc = keyauth_forest_grow(&t->rf, &samples, &t->rf_recipe, progress, err);

    if (progress != NULL && rc == 0) {
        snprintf(what, sizeof(what), "%u trees",
                 (unsigned) t->rf_recipe.trees);
        keyauth_progress_end(progress, what);
    }

    return rc;
}


static int
keyauth_train_fusion(keyauth_trained_t *t, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    int                       rc;
    char                      what[64];
    keyauth_enrolment_t       e;
    keyauth_fusion_recipe_t   r;

    e.rows = rows->rows;
    e.features = rows->features;
    e.classes = rows->classes;
    e.raw = rows->raw;
    e.class = rows->class;
    r.seed = recipe->seed;
    r.trees = recipe->fusion;

    rc = keyauth_fusion_train(&t->fusion, &e, &r, progress, err);

    if (progress != NULL && rc == 0) {
        snprintf(what, sizeof(what), "%u trees, %u densities",
                 (unsigned) t->fusion.trees.head.trees,
                 (unsigned) t->fusion.head.classes);
        keyauth_progress_end(progress, what);
    }

    return rc;
}


int
keyauth_train_points(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err)
{
    char                      what[96];
    keyauth_fusion_recipe_t   r;

    if (recipe->without & 1u << KEYAUTH_FUSION) {
        return 0;
    }

    r.seed = recipe->seed;
    r.trees = recipe->fusion;

    keyauth_progress_start(progress, "Operating points", 1);

    if (keyauth_points(&t->points, d, rows->raw, &r, &t->fusion.head, err)
        != 0)
    {
        return -1;
    }

    if (t->points.points == 0) {
        snprintf(what, sizeof(what), "none, for fewer than %d users have "
                 "three different rows", KEYAUTH_POINTS_USERS);

    } else {
        t->fusion.head.floor = t->points.floor;
        snprintf(what, sizeof(what), "EER %.1f %% for people not enrolled",
                 100 * t->points.eer);
    }

    keyauth_progress_end(progress, what);

    return 0;
}


void
keyauth_train_live(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress)
{
    char               what[96];
    uint16_t          *steps;
    keyauth_typist_t  *who;

    keyauth_progress_start(progress, "Background", 1);
    who = keyauth_typists(d, &steps);
    keyauth_background(&t->live, who, d->classes, recipe->seed);

    if (t->live.view.head.people == 0) {
        snprintf(what, sizeof(what), "too few users with rows enough");

    } else {
        snprintf(what, sizeof(what), "EER %.1f %% after %d rows or fewer",
                 100 * t->live.eer, KEYAUTH_LIVE_NEEDED);
    }

    keyauth_progress_end(progress, what);
    free(who);
    free(steps);
}


void
keyauth_trained_free(keyauth_trained_t *t)
{
    keyauth_fusion_free(&t->fusion);
    keyauth_trained_svm_free(&t->svm);
    keyauth_forest_free(&t->rf);
    keyauth_background_free(&t->live);
    free(t->xgb);
    memset(t, 0, sizeof(keyauth_trained_t));
}
