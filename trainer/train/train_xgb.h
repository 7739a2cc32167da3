/*
 * Training XGB with XGBoost.
 */


#ifndef KEYAUTH_TRAIN_XGB_H_INCLUDED
#define KEYAUTH_TRAIN_XGB_H_INCLUDED


#include "rows.h"
#include "util.h"


/* ubj: the model in XGBoost's UBJSON, read faster than its JSON; to be freed */
int keyauth_train_xgb(char **ubj, size_t *len, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err);

/* that in XGBoost's JSON, to be freed; len: of ubj, then of it; or NULL */
char *keyauth_xgb_text(const char *ubj, size_t *len);

/* a parallel region, as libgomp offers it, on the caller's thread alone */
void GOMP_parallel(void (*code)(void *), void *data, unsigned threads,
    unsigned flags);


#endif /* KEYAUTH_TRAIN_XGB_H_INCLUDED */
