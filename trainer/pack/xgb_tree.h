/*
 * One tree of a model file that XGBoost wrote.
 */


#ifndef KEYAUTH_XGB_TREE_H_INCLUDED
#define KEYAUTH_XGB_TREE_H_INCLUDED


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


/*
 * One of the items of "trees"; which is its number, for err; place: [features
 * of the file], the summary feature that each is.
 */
int keyauth_xgb_tree_read(keyauth_xgb_tree_t *t, const cJSON *tree,
    uint32_t which, const uint32_t *place, char *err);

/* multiplies its leaves */
void keyauth_xgb_tree_scale(keyauth_xgb_tree_t *t, float factor);

/* a tree that is one leaf */
void keyauth_xgb_tree_leaf(keyauth_xgb_tree_t *t, float value);

void keyauth_xgb_tree_free(keyauth_xgb_tree_t *t);


#endif /* KEYAUTH_XGB_TREE_H_INCLUDED */
