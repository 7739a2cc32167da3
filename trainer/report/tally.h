/*
 * What came of tests: how often each user was known, and how often an answer
 * of a given score was right.
 */


#ifndef KEYAUTH_TALLY_H_INCLUDED
#define KEYAUTH_TALLY_H_INCLUDED


#include "keyauth_kinds.h"
#include "statistics.h"


#define KEYAUTH_BINS  15                /* of equal width, from 0 to 1 */


typedef struct {
    uint32_t            answers;
    uint32_t            right;
    double              scores;         /* their sum */
} keyauth_bin_t;


typedef struct {
    uint32_t            classes;
    uint32_t           *tests;          /* [classes] */
    uint32_t           *top1[KEYAUTH_MODELS];   /* [classes] */
    uint32_t           *top5[KEYAUTH_MODELS];
    keyauth_bin_t       bin[KEYAUTH_MODELS][KEYAUTH_BINS];
} keyauth_tally_t;


void keyauth_tally_init(keyauth_tally_t *o, uint32_t classes);

/* the place of the true class among the answers, from 0; the first's score */
void keyauth_tally_count(keyauth_tally_t *o, keyauth_model_e model,
    uint32_t class, uint32_t place, double score);

/*
 * The expected calibration error: the mean distance, over all answers,
 * between the mean score of an answer's bin and the share of it that is right
 */
double keyauth_tally_ece(const keyauth_tally_t *o,
    keyauth_model_e model);

/*
 * What that is by chance: its mean, and where 95 of 100 lie, had each answer
 * been right with just the probability that its bin's mean score is
 */
void keyauth_tally_chance(keyauth_interval_t *chance,
    const keyauth_tally_t *o, keyauth_model_e model, uint64_t seed);

void keyauth_tally_free(keyauth_tally_t *o);


#endif /* KEYAUTH_TALLY_H_INCLUDED */
