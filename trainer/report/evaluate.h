/*
 * How often the models are right about rows they have not seen.
 */


#ifndef KEYAUTH_EVALUATE_H_INCLUDED
#define KEYAUTH_EVALUATE_H_INCLUDED


#include "build.h"
#include "people.h"
#include "tally.h"


#define KEYAUTH_EVALUATE_FOLDS  10      /* at most, by default */


/* one training and the rows it was tested on */
typedef struct {
    uint32_t         tests;
    uint32_t         top1[KEYAUTH_MODELS];
    uint32_t         top5[KEYAUTH_MODELS];
} keyauth_fold_t;


/*
 * Leave one repetition out: fold k tests the repetitions r of every user with
 * r % folds = k, and trains on all the others.  Chronological: trains on the
 * first three quarters of each user's rows (at least one), tests the rest.
 */
typedef struct keyauth_evaluation_s {
    uint32_t         folds;
    keyauth_fold_t  *fold;
    keyauth_fold_t   sum;               /* of the folds */
    keyauth_fold_t   chrono;
    keyauth_tally_t     tally[2];       /* of all folds, and of chrono */

    /* [rows] FUSION's answers in the folds, KEYAUTH_UNTESTED where none */
    uint32_t        *answer;
} keyauth_evaluation_t;


/*
 * models: bits 1 << KEYAUTH_SVM and so on; the others are not measured.
 * progress may be NULL.
 */
int keyauth_evaluate(keyauth_evaluation_t *v, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, unsigned models, uint32_t folds,
    keyauth_progress_t *progress, char *err);

void keyauth_evaluation_free(keyauth_evaluation_t *v);


#endif /* KEYAUTH_EVALUATE_H_INCLUDED */
