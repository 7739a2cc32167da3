/*
 * What came of tests, counted: see tally.h.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"


void
keyauth_tally_init(keyauth_tally_t *o, uint32_t classes)
{
    keyauth_model_e  model;

    memset(o, 0, sizeof(keyauth_tally_t));
    o->classes = classes;
    o->tests = keyauth_alloc(classes, sizeof(uint32_t));

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        o->top1[model] = keyauth_alloc(classes, sizeof(uint32_t));
        o->top5[model] = keyauth_alloc(classes, sizeof(uint32_t));
    }
}


void
keyauth_tally_count(keyauth_tally_t *o, keyauth_model_e model,
    uint32_t class, uint32_t place, double score)
{
    keyauth_bin_t  *bin;

    o->top1[model][class] += place == 0;
    o->top5[model][class] += place < 5;

    bin = &o->bin[model][(int) fmin(score * KEYAUTH_BINS, KEYAUTH_BINS - 1)];
    bin->answers++;
    bin->right += place == 0;
    bin->scores += score;
}


double
keyauth_tally_ece(const keyauth_tally_t *o, keyauth_model_e model)
{
    double                answers, error;
    uint32_t              i;
    const keyauth_bin_t  *bin;

    answers = 0;
    error = 0;

    for (i = 0; i < KEYAUTH_BINS; i++) {
        bin = &o->bin[model][i];
        answers += bin->answers;
        error += fabs(bin->scores - bin->right);
    }

    return answers > 0 ? error / answers : 0;
}


void
keyauth_tally_free(keyauth_tally_t *o)
{
    keyauth_model_e  model;

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        free(o->top1[model]);
        free(o->top5[model]);
    }

    free(o->tests);
    memset(o, 0, sizeof(keyauth_tally_t));
}
