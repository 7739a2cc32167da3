/*
 * The trees of a model file that XGBoost wrote, as JSON or as UBJSON.
 */


#ifndef KEYAUTH_XGB_JSON_H_INCLUDED
#define KEYAUTH_XGB_JSON_H_INCLUDED


#include <stddef.h>
#include <stdint.h>

#include "xgb_how.h"
#include "xgb_tree.h"


typedef struct {
    uint32_t             version[3];    /* of the library that wrote it */
    float                base_score;
    uint32_t             rounds;        /* that the file has */
    uint32_t             used;          /* of these, from the first on */
    uint32_t             parallel;      /* trees a class and round */
    unsigned             dart:1;        /* leaves had factors */
    uint32_t             taken;         /* trees of the file */
    uint32_t             trees;         /* as many of each class */
    keyauth_xgb_tree_t  *tree;          /* a class after the other, by turns */
} keyauth_xgb_json_t;


/*
 * Reads and checks: a gbtree or DART of XGBoost 1.7 to 3 with the objective
 * multi:softprob or multi:softmax for that many classes over the eight
 * summary features, numerical splits, every tree a tree, and no member that
 * is not known.
 *
 * Each class adds its trees in their order, which is that of the file, so
 * that margins come out as XGBoost's: base_score, then leaf by leaf.  A DART's
 * leaves are multiplied by their tree's factor first, in single precision, as
 * XGBoost does (gbtree.cc, Dart::PredictBatchImpl).  Where classes have base
 * scores of their own, as from 3.1 on, these are leaves before the others, and
 * base_score is 0.
 */
int keyauth_xgb_json_read(keyauth_xgb_json_t *x, const char *json, size_t len,
    uint32_t classes, const keyauth_xgb_how_t *how, char *err);

void keyauth_xgb_json_free(keyauth_xgb_json_t *x);


#endif /* KEYAUTH_XGB_JSON_H_INCLUDED */
