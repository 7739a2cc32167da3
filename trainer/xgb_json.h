/*
 * The trees of a model file that XGBoost wrote as JSON.
 */


#ifndef KEYAUTH_XGB_JSON_H_INCLUDED
#define KEYAUTH_XGB_JSON_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


typedef struct {
    uint32_t             nodes;
    int32_t             *left;          /* -1: a leaf */
    int32_t             *right;
    uint32_t            *feature;       /* of a split */
    float               *value;         /* x < value goes left; a leaf's
                                           value in a leaf */
} keyauth_xgb_tree_t;


typedef struct {
    float                base_score;
    uint32_t             trees;         /* rounds * classes, round by round */
    keyauth_xgb_tree_t  *tree;
} keyauth_xgb_json_t;


/*
 * Reads and checks: a gbtree with the objective multi:softprob or
 * multi:softmax for that many classes over the eight summary features, one
 * tree a class and round, numerical splits, every tree a tree.
 */
int keyauth_xgb_json_read(keyauth_xgb_json_t *x, const char *json, size_t len,
    uint32_t classes, char *err);

void keyauth_xgb_json_free(keyauth_xgb_json_t *x);


#endif /* KEYAUTH_XGB_JSON_H_INCLUDED */
