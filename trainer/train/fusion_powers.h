/*
 * Training FUSION with its temperatures.
 */


#ifndef KEYAUTH_FUSION_POWERS_H_INCLUDED
#define KEYAUTH_FUSION_POWERS_H_INCLUDED


#include "fused.h"
#include "util.h"


/*
 * Trains on all rows; the temperatures are chosen on an inner split: every
 * user's last rows (a quarter, one at least) are asked of members trained on
 * the others.  f is to be freed either way.
 */
int keyauth_fusion_train(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err);

/*
 * The power t that makes softmax(t score) likeliest: scores is
 * [tests][width], of which test i has n[i], and truth[i] is right.
 */
double keyauth_fusion_power(const double *scores, const uint32_t *truth,
    const uint32_t *n, uint32_t tests, uint32_t width);


#endif /* KEYAUTH_FUSION_POWERS_H_INCLUDED */
