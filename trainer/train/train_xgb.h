/*
 * Training XGB with XGBoost.
 */


#ifndef KEYAUTH_TRAIN_XGB_H_INCLUDED
#define KEYAUTH_TRAIN_XGB_H_INCLUDED


#include "rows.h"
#include "util.h"


/* json: the model as XGBoost writes it, to be freed */
int keyauth_train_xgb(char **json, size_t *len, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err);


#endif /* KEYAUTH_TRAIN_XGB_H_INCLUDED */
