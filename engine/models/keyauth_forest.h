/*
 * Forests of classification trees (RF): the share of trees, or of a leaf's
 * training samples where a leaf is mixed, that speak for each class.
 */


#ifndef KEYAUTH_FOREST_H_INCLUDED
#define KEYAUTH_FOREST_H_INCLUDED


#include <string.h>

#include "keyauth.h"


#define KEYAUTH_NODE_AHEAD_MAX  0x00ffffff
#define KEYAUTH_LEAF_VALUE_MAX  0x003fffff
#define KEYAUTH_NAN_BITS        0x7fc00000u


/*
 * One node in 8 bytes.  The children of a split stand side by side, the left
 * one `ahead` nodes behind their parent; x[feature] <= threshold goes left.  A
 * leaf's link is 0, its threshold a quiet NaN whose payload is its value.
 *
 * A tree's base is an even node; its node 0 is unused and its root is node 1,
 * so that siblings share 16 aligned bytes.
 */
typedef struct {
    float     threshold;
    uint32_t  link;                     /* ahead << 8 | feature; 0: a leaf */
} keyauth_node_t;


static inline keyauth_node_t
keyauth_node_split(unsigned feature, float threshold, uint32_t ahead)
{
    return (keyauth_node_t) { threshold, ahead << 8 | feature };
}


/* value: a class, or classes + i for the i-th mixed leaf's shares */
static inline keyauth_node_t
keyauth_node_leaf(uint32_t value)
{
    uint32_t        bits;
    keyauth_node_t  node;

    bits = KEYAUTH_NAN_BITS | value;
    memcpy(&node.threshold, &bits, 4);
    node.link = 0;

    return node;
}


static inline int
keyauth_node_is_leaf(keyauth_node_t node)
{
    return node.link == 0;
}


static inline uint32_t
keyauth_node_value(keyauth_node_t leaf)
{
    uint32_t  bits;

    memcpy(&bits, &leaf.threshold, 4);

    return bits & KEYAUTH_LEAF_VALUE_MAX;
}


/* one class's part of a mixed leaf; a leaf's shares sum to 1 */
typedef struct {
    double    share;
    uint32_t  label;
    uint32_t  reserved;                 /* 0 */
} keyauth_share_t;


/*
 * Sections: "PREFIX.head" keyauth_forest_head_t, "PREFIX.base"
 * uint32_t[trees + 1] (first node of each tree, then the number of nodes),
 * "PREFIX.nodes" keyauth_node_t[nodes], "PREFIX.mixed" uint32_t[mixed + 1]
 * (first share of each mixed leaf, then the number of shares),
 * "PREFIX.shares" keyauth_share_t[].
 */
typedef struct {
    uint32_t  trees;
    uint32_t  features;                 /* values in a row */
    uint32_t  classes;
    uint32_t  mixed;                    /* mixed leaves */
} keyauth_forest_head_t;


typedef struct {
    keyauth_forest_head_t   head;
    const uint32_t         *base;
    const keyauth_node_t   *nodes;
    const uint32_t         *mixed;
    const keyauth_share_t  *shares;
} keyauth_forest_t;


/* 0, or -1 when an index or count could lead a walk astray */
int keyauth_forest_check(const keyauth_forest_t *f, char *err);

/* adds the shares of trees [first, first + n) to scores[classes] */
void keyauth_forest_sum(const keyauth_forest_t *f, uint32_t first, uint32_t n,
    const float *x, double *scores);

/*
 * x: head.features values.  Fills scores[classes] with sums of shares over
 * the trees; returns the class with the largest mean, which is the sum by the
 * number of trees, the lowest of equals: scikit-learn's rule.
 */
uint32_t keyauth_forest_predict(const keyauth_forest_t *f, const float *x,
    double *scores);


#endif /* KEYAUTH_FOREST_H_INCLUDED */
