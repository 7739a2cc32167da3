/*
 * What the kernels are timed against, on a row that lies ready in the form
 * that each requires.
 */


#ifndef KEYAUTH_BENCH_RIVALS_H_INCLUDED
#define KEYAUTH_BENCH_RIVALS_H_INCLUDED


#include <libsvm/svm.h>

#include "keyauth_model.h"


typedef struct {
    double           x[KEYAUTH_SUMMARY];
    float            f[KEYAUTH_SUMMARY];
    struct svm_node  nodes[KEYAUTH_SUMMARY + 1];
    const double    *raw;
} bench_row_t;


/* reads the libraries' own files in dir, and the forest of the model */
void bench_rivals(const char *dir, const keyauth_model_t *model);

/* libsvm's svm_predict() */
uint32_t bench_libsvm(const bench_row_t *row);

/* a forest as textbooks have it, node by node, tree by tree */
uint32_t bench_textbook(const bench_row_t *row);

/* XGBoosterPredictFromDense(): one row in place, one thread, no DMatrix */
uint32_t bench_xgboost(const bench_row_t *row);

/* says why on stderr and ends the program */
void bench_die(const char *text);


#endif /* KEYAUTH_BENCH_RIVALS_H_INCLUDED */
