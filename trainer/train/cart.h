/*
 * Classification trees (CART: gini, grown until pure), split as
 * scikit-learn's best and random splitters do: max_features features are
 * drawn without replacement, and more where all of these are constant; the
 * first of equally good cuts wins; x <= threshold goes left.
 */


#ifndef KEYAUTH_CART_H_INCLUDED
#define KEYAUTH_CART_H_INCLUDED


#include "keyauth.h"
#include "util.h"


#define KEYAUTH_CART_LEAF  UINT32_MAX


typedef struct {
    const float         *x;             /* [rows][features], finite */
    const uint32_t      *class;         /* [rows], below classes */
    uint32_t             rows;
    uint32_t             features;
    uint32_t             classes;
} keyauth_samples_t;


/* a node, and the rows it has: order[begin..end) */
typedef struct {
    float                threshold;
    uint32_t             feature;       /* KEYAUTH_CART_LEAF: of a leaf */
    uint32_t             left;
    uint32_t             right;
    uint32_t             begin;
    uint32_t             end;
} keyauth_cart_node_t;


/* the part of the rows that a node on the stack is to get */
typedef struct {
    uint32_t             node;
    uint32_t             constants;
} keyauth_cart_task_t;


typedef struct {
    uint32_t             class;
    uint32_t             weight;        /* how often it was drawn */
} keyauth_cart_row_t;


typedef struct {
    double               improvement;
    float                threshold;
    uint32_t             feature;
} keyauth_cart_cut_t;


/* one tree, and the memory that growing the next one uses again */
typedef struct {
    uint32_t             nnodes;
    keyauth_cart_node_t *nodes;         /* [0] is the root */
    uint32_t            *order;         /* by class within a node */
    uint32_t            *grouped;       /* all rows by class */
    uint32_t            *aside;
    keyauth_cart_row_t  *rows;

    float               *columns;       /* [features][rows] */
    uint64_t            *all;           /* as keys, each column sorted */
    uint32_t            *ranks;         /* [features][rows], in all */
    uint64_t            *marks;         /* [rows / 64], a bit a rank */
    uint32_t             nrows;
    uint32_t             nfeatures;
    uint32_t             max_features;
    unsigned             random_cuts:1;
    keyauth_random_t    *random;

    uint32_t             ntasks;
    keyauth_cart_task_t *tasks;
    uint32_t            *features;      /* those known to be constant first */
    uint32_t            *constants;
    uint64_t            *sorted;
    uint64_t            *spare;
    uint32_t            *total;         /* [classes] weights in the node */
    uint32_t            *left;          /* [classes] left of the cut */
    uint32_t             ngroups;       /* classes in the node */
    uint32_t            *ends;          /* [ngroups] of their rows */
    float               *values;        /* of a feature, of these rows */
    uint32_t            *sums;          /* of them left of a cut, so far */
    uint64_t             weight;        /* of the node */
    uint64_t             squares;       /* of its classes' weights, summed */
} keyauth_cart_t;


/* random_cuts: one random cut a feature (extremely randomised trees) */
void keyauth_cart_init(keyauth_cart_t *t, const keyauth_samples_t *s,
    uint32_t max_features, int random_cuts);

/* weights: [rows], 0 leaves a row out; NULL, or random cuts: 1 each else */
void keyauth_cart_grow(keyauth_cart_t *t, const uint32_t *weights,
    keyauth_random_t *random);

void keyauth_cart_free(keyauth_cart_t *t);


#endif /* KEYAUTH_CART_H_INCLUDED */
