/*
 * The learning curve: FUSION with fewer users, fewer rows, a coarser clock.
 */


#ifndef KEYAUTH_LEARNING_CURVE_H_INCLUDED
#define KEYAUTH_LEARNING_CURVE_H_INCLUDED


#include "rows.h"
#include "util.h"


#define KEYAUTH_LEARNING_POINTS  12
#define KEYAUTH_CLOCK_MS         16.0   /* a tick of a coarse clock */


typedef enum {
    KEYAUTH_LEARNING_USERS = 0,
    KEYAUTH_LEARNING_ROWS,
    KEYAUTH_LEARNING_CLOCK
} keyauth_learning_e;


/* FUSION, one repetition left out, under other circumstances */
typedef struct {
    keyauth_learning_e  kind;
    uint32_t            n;              /* users, or enrolled rows of each */
    uint32_t            tests;
    uint32_t            top1;
    uint32_t            top5;
} keyauth_learning_point_t;


typedef struct {
    keyauth_learning_point_t  point[KEYAUTH_LEARNING_POINTS];
    uint32_t                  points;
} keyauth_learning_curve_t;


/* folds: at most; l is of zeros */
int keyauth_learning_curve(keyauth_learning_curve_t *l,
    const keyauth_dataset_t *d, const keyauth_recipe_t *recipe, uint32_t folds,
    keyauth_progress_t *progress, char *err);


#endif /* KEYAUTH_LEARNING_CURVE_H_INCLUDED */
