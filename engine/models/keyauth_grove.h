/*
 * Groves: FUSION's trees, whose splits fit eight to a cache line.
 *
 * A tree compares times as whole numbers: of 1 + |x| / 20 ms, a float, the
 * exponent and the first eleven bits behind the point.  That is a logarithm,
 * linear between powers of two; steps are 0.01 ms wide near 0, where times
 * lie close, and 1/2048 to 1/1024 of the time far from it.  It keeps the
 * order of times, and is the same on every processor.
 */


#ifndef KEYAUTH_GROVE_H_INCLUDED
#define KEYAUTH_GROVE_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_GROVE_LINE   8          /* splits of a cache line */
#define KEYAUTH_GROVE_MS     20.0
#define KEYAUTH_GROVE_MAX    INT16_MAX  /* 20 ms 2^16: times beyond are alike */


/*
 * step(x[feature]) <= cut goes ahead[0] splits ahead in the array, else
 * ahead[1].  A leaf's cut is KEYAUTH_GROVE_MAX, which nothing exceeds, its
 * feature and ahead[0] are 0, so that a step from it stays there; ahead[1] is
 * its class.  Leaves of one class are one, behind the tree's splits.
 */
typedef struct {
    int16_t   cut;
    uint16_t  feature;
    uint16_t  ahead[2];
} keyauth_split_t;


/*
 * Sections: "trees.head" keyauth_grove_head_t; "trees.base"
 * uint32_t[trees + 1], a tree's first split, which is its root, then the
 * number of splits; "trees.splits" keyauth_split_t[].
 */
typedef struct {
    uint32_t  trees;
    uint32_t  features;                 /* values in a row */
} keyauth_grove_head_t;


typedef struct {
    keyauth_grove_head_t    head;
    const uint32_t         *base;
    const keyauth_split_t  *splits;
    size_t                  nsplits;
} keyauth_grove_t;


/* a time in steps; ms is finite */
int16_t keyauth_grove_step(double ms);

/* the time nearest to 0 that has so many steps, in ms */
float keyauth_grove_time(int16_t step);

/*
 * 0, or -1 when a walk of the n trees from `first` on could go astray, or end
 * at a class that is not below `classes`.  first + n is at most head.trees.
 */
int keyauth_grove_check(const keyauth_grove_t *g, uint32_t first, uint32_t n,
    uint32_t classes);

/* adds to counts[] how many of the n trees from `first` on say each class */
void keyauth_grove_count(const keyauth_grove_t *g, uint32_t first, uint32_t n,
    const int16_t *steps, double *counts);


#endif /* KEYAUTH_GROVE_H_INCLUDED */
