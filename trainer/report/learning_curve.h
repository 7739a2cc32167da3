/*
 * The learning curve: FUSION with fewer users, fewer rows, a coarser clock.
 */


#ifndef KEYAUTH_LEARNING_CURVE_H_INCLUDED
#define KEYAUTH_LEARNING_CURVE_H_INCLUDED


#include "rows.h"
#include "util.h"


#define KEYAUTH_SWEEPS_MAX     12
#define KEYAUTH_CLOCK_MS       16.0     /* a tick of a coarse clock */


typedef enum {
    KEYAUTH_SWEEP_USERS = 0,
    KEYAUTH_SWEEP_ROWS,
    KEYAUTH_SWEEP_CLOCK
} keyauth_sweep_e;


/* FUSION, one repetition left out, under other circumstances */
typedef struct {
    keyauth_sweep_e          kind;
    uint32_t                 n;         /* users, or enrolled rows of each */
    uint32_t                 tests;
    uint32_t                 top1;
    uint32_t                 top5;
} keyauth_sweep_t;


typedef struct {
    keyauth_sweep_t          sweep[KEYAUTH_SWEEPS_MAX];
    uint32_t                 sweeps;
} keyauth_learning_t;


/* folds: at most; l is of zeros */
int keyauth_sweeps(keyauth_learning_t *l, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, uint32_t folds,
    keyauth_progress_t *progress, char *err);


#endif /* KEYAUTH_LEARNING_CURVE_H_INCLUDED */
