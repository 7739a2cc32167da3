/*
 * The trees of a model file that XGBoost wrote, as JSON or as UBJSON.
 */


#ifndef KEYAUTH_XGB_JSON_H_INCLUDED
#define KEYAUTH_XGB_JSON_H_INCLUDED


#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>


#define KEYAUTH_XGB_DEPTH_MAX  512      /* splits one behind the other */


typedef struct {
    uint32_t             nodes;
    int32_t             *left;          /* -1: a leaf */
    int32_t             *right;
    uint32_t            *feature;       /* of a split */
    float               *value;         /* x < value goes left; a leaf's
                                           value in a leaf */
} keyauth_xgb_tree_t;


typedef struct {
    uint32_t             version[3];    /* of the library that wrote it */
    float                base_score;
    uint32_t             trees;         /* rounds * classes, round by round */
    keyauth_xgb_tree_t  *tree;
} keyauth_xgb_json_t;


/*
 * Reads and checks: a gbtree of XGBoost 1.7 to 3 with the objective
 * multi:softprob or multi:softmax for that many classes over the eight
 * summary features, one tree a class and round, numerical splits, every tree
 * a tree.  Where classes have base scores of their own, as from 3.1 on, these
 * are a round of leaves before the others, and base_score is 0.
 */
int keyauth_xgb_json_read(keyauth_xgb_json_t *x, const char *json, size_t len,
    uint32_t classes, char *err);

void keyauth_xgb_json_free(keyauth_xgb_json_t *x);

/* one of the items of "trees"; which is its number, for err */
int keyauth_xgb_tree_read(keyauth_xgb_tree_t *t, const cJSON *tree,
    uint32_t which, char *err);

/* a tree that is one leaf */
void keyauth_xgb_tree_leaf(keyauth_xgb_tree_t *t, float value);

void keyauth_xgb_tree_free(keyauth_xgb_tree_t *t);


#endif /* KEYAUTH_XGB_JSON_H_INCLUDED */
