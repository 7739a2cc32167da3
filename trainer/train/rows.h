/*
 * What is trained on, and how: rows of a data set, and the recipe.
 */


#ifndef KEYAUTH_ROWS_H_INCLUDED
#define KEYAUTH_ROWS_H_INCLUDED


#include "dataset.h"


#define KEYAUTH_TRAIN_SEED    1
#define KEYAUTH_TRAIN_TREES   100
#define KEYAUTH_TRAIN_ROUNDS  100
#define KEYAUTH_TRAIN_FUSION  220

#define KEYAUTH_SEED_MAX      9007199254740991  /* exact in JSON */


/* rows to train on, grouped by class as in the data set */
typedef struct {
    uint32_t              rows;
    uint32_t              classes;
    double               *x;            /* [rows][KEYAUTH_SUMMARY] */
    float                *xf;           /* the same, rounded */
    double               *raw;          /* [rows][features] */
    uint32_t              features;     /* of raw: 4 keys - 3 */
    uint32_t             *class;
} keyauth_rows_t;


typedef struct {
    uint64_t              seed;
    uint32_t              trees;        /* of RF */
    uint32_t              rounds;       /* of XGB */
    uint32_t              fusion;       /* trees of FUSION */
    unsigned              without;      /* models left out, bits 1 << SVM */
} keyauth_recipe_t;


/* keep: [rows of d], the rows to take; NULL takes all */
void keyauth_rows_pick(keyauth_rows_t *r, const keyauth_dataset_t *d,
    const double *summary, const uint8_t *keep);
void keyauth_rows_free(keyauth_rows_t *r);


#endif /* KEYAUTH_ROWS_H_INCLUDED */
