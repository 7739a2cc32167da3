/*
 * Training FUSION with its powers.
 */


#ifndef KEYAUTH_FUSION_FOLDS_H_INCLUDED
#define KEYAUTH_FUSION_FOLDS_H_INCLUDED


#include "fused.h"
#include "util.h"


/*
 * Trains on all rows; the powers are chosen on rows held back: in each of
 * eight folds, every eighth row of a user is asked of members trained on the
 * others.  Of many rows, fewer of the folds are asked.  f is to be freed either
 * way.
 */
int keyauth_fusion_train(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err);


#endif /* KEYAUTH_FUSION_FOLDS_H_INCLUDED */
