/*
 * Training the three models, and what comes of it.
 */


#ifndef KEYAUTH_TRAIN_H_INCLUDED
#define KEYAUTH_TRAIN_H_INCLUDED


#include "background.h"
#include "forest.h"
#include "fused.h"
#include "operating_points.h"
#include "rows.h"
#include "train_svm.h"
#include "util.h"
#include "xgb_how.h"


typedef struct {
    keyauth_trained_svm_t    svm;
    keyauth_grown_t          rf;
    keyauth_forest_recipe_t  rf_recipe;
    char                    *xgb;       /* XGBoost's JSON */
    size_t                   xgb_len;
    keyauth_xgb_how_t        xgb_how;   /* to be read */
    keyauth_fused_t          fusion;
    keyauth_points_t         points;    /* keyauth_train() measures none, */
    keyauth_background_t     live;      /* nor this */
} keyauth_trained_t;


/* FUSION's operating points; d is what rows, all of them, were picked from */
int keyauth_train_points(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);

/* what LIVE needs, of all users of the data set */
void keyauth_train_live(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress);

/* progress may be NULL */
int keyauth_train(keyauth_trained_t *t, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err);
void keyauth_trained_free(keyauth_trained_t *t);


#endif /* KEYAUTH_TRAIN_H_INCLUDED */
