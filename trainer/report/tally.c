/*
 * What came of tests, counted: see tally.h.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "tally.h"


#define KEYAUTH_TALLY_DRAWS  1000


static double keyauth_tally_draw(const keyauth_tally_t *o,
    keyauth_model_e model, keyauth_random_t *random);


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
keyauth_tally_chance(keyauth_interval_t *chance, const keyauth_tally_t *o,
    keyauth_model_e model, uint64_t seed)
{
    double             draws[KEYAUTH_TALLY_DRAWS];
    uint32_t           i;
    keyauth_random_t   random;

    keyauth_random_init(&random, seed, 7);
    chance->value = 0;

    for (i = 0; i < KEYAUTH_TALLY_DRAWS; i++) {
        draws[i] = keyauth_tally_draw(o, model, &random);
        chance->value += draws[i] / KEYAUTH_TALLY_DRAWS;
    }

    keyauth_scores_sort(draws, KEYAUTH_TALLY_DRAWS);
    chance->low = draws[KEYAUTH_TALLY_DRAWS - KEYAUTH_TALLY_DRAWS / 40 - 1];
    chance->high = draws[KEYAUTH_TALLY_DRAWS / 40];
}


static double
keyauth_tally_draw(const keyauth_tally_t *o, keyauth_model_e model,
    keyauth_random_t *random)
{
    double           score;
    uint32_t         i, k, right;
    keyauth_tally_t  drawn;

    drawn = *o;

    for (i = 0; i < KEYAUTH_BINS; i++) {
        right = 0;

        if (o->bin[model][i].answers > 0) {
            score = o->bin[model][i].scores / o->bin[model][i].answers;

            for (k = 0; k < o->bin[model][i].answers; k++) {
                right += keyauth_random_unit(random) < score;
            }
        }

        drawn.bin[model][i].right = right;
    }

    return keyauth_tally_ece(&drawn, model);
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
