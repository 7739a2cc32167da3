/*
 * Training the three models, and what comes of it.
 */


#ifndef KEYAUTH_TRAIN_H_INCLUDED
#define KEYAUTH_TRAIN_H_INCLUDED


#include <libsvm/svm.h>

#include "dataset.h"
#include "forest.h"
#include "fusion.h"
#include "operating_points.h"
#include "util.h"


#define KEYAUTH_TRAIN_SEED    1
#define KEYAUTH_TRAIN_TREES   100
#define KEYAUTH_TRAIN_ROUNDS  100
#define KEYAUTH_TRAIN_FUSION  500

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


/* a model and the rows in it: libsvm's models point to what they learnt */
typedef struct {
    struct svm_model     *model;
    struct svm_problem    problem;
    struct svm_node      *nodes;
    struct svm_parameter  parameter;
} keyauth_trained_svm_t;


typedef struct {
    uint64_t              seed;
    uint32_t              trees;        /* of RF */
    uint32_t              rounds;       /* of XGB */
    uint32_t              fusion;       /* trees of FUSION */
    unsigned              without;      /* models left out, bits 1 << SVM */
} keyauth_recipe_t;


typedef struct {
    keyauth_trained_svm_t    svm;
    keyauth_grown_t          rf;
    keyauth_forest_recipe_t  rf_recipe;
    char                    *xgb;       /* XGBoost's JSON */
    size_t                   xgb_len;
    keyauth_fused_t          fusion;
    keyauth_points_t         points;    /* keyauth_train() measures none */
} keyauth_trained_t;


/* keep: [rows of d], the rows to take; NULL takes all */
void keyauth_rows_pick(keyauth_rows_t *r, const keyauth_dataset_t *d,
    const double *summary, const uint8_t *keep);
void keyauth_rows_free(keyauth_rows_t *r);

/* FUSION's operating points; d is what rows, all of them, were picked from */
int keyauth_train_points(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);

/* progress may be NULL */
int keyauth_train(keyauth_trained_t *t, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err);
void keyauth_trained_free(keyauth_trained_t *t);

int keyauth_train_svm(keyauth_trained_svm_t *t, const keyauth_rows_t *rows,
    keyauth_progress_t *progress, char *err);
void keyauth_trained_svm_free(keyauth_trained_svm_t *t);

/*
 * The model in libsvm's text format, to be freed.  libsvm 3.24 itself writes
 * support vectors with 8 digits, and so another model than it has; this
 * writes 17, which read back as they were.
 */
char *keyauth_svm_text(const struct svm_model *model, size_t *len);

int keyauth_train_xgb(char **json, size_t *len, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err);


#endif /* KEYAUTH_TRAIN_H_INCLUDED */
