/*
 * Groves: FUSION's trees.  Their first five levels are full heaps of splits,
 * a tree a lane of 32, so that a kernel looks at all of them at once; what is
 * below are small trees, whose splits fit eight to a cache line.
 *
 * A tree compares times as whole numbers: of 1 + |x| / 20 ms, a float, the
 * exponent and the first eleven bits behind the point.  That is a logarithm,
 * linear between powers of two; steps are 0.01 ms wide near 0, where times
 * lie close, and 1/2048 to 1/1024 of the time far from it.  It keeps the
 * order of times, and is the same on every processor.
 */


#ifndef KEYAUTH_GROVE_H_INCLUDED
#define KEYAUTH_GROVE_H_INCLUDED


#include <math.h>
#include <string.h>

#include "keyauth_kernel_table.h"


#define KEYAUTH_GROVE_LINE   8          /* splits of a cache line */
#define KEYAUTH_GROVE_LANES  32         /* trees of a group */
#define KEYAUTH_GROVE_LEVELS 5
#define KEYAUTH_GROVE_EXITS  32         /* from so many levels */
#define KEYAUTH_GROVE_TABLE  64         /* features that kernels look up */
#define KEYAUTH_GROVE_VOTES  4
#define KEYAUTH_GROVE_MS     20.0
#define KEYAUTH_GROVE_ONE    0x3f800000 /* 1.0f */
#define KEYAUTH_GROVE_BITS   12         /* of a float that a step leaves out */
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
 * The first splits of a group's trees: below split i are 2i and 2i + 1, the
 * latter for step(x[feature]) > cut.  The root is 1, and in row 0; 32 to 63
 * are the exits.  Where a tree ends earlier, its leaf's splits have the cut
 * KEYAUTH_GROVE_MAX and feature 0; and so have lanes without a tree.
 */
struct keyauth_grove_top_s {
    int16_t   cut[KEYAUTH_GROVE_EXITS - 1][KEYAUTH_GROVE_LANES];
    uint16_t  feature[KEYAUTH_GROVE_EXITS - 1][KEYAUTH_GROVE_LANES];
};


/*
 * Sections: "trees.head" keyauth_grove_head_t; "trees.base"
 * uint32_t[trees + 1], a tree's first split, then the number of splits;
 * "trees.tops" keyauth_grove_top_t[trees / 32, rounded up]; "trees.exits"
 * uint16_t[trees][32], where to go on from an exit, counted from the tree's
 * first split; "trees.splits" keyauth_split_t[].
 */
typedef struct {
    uint32_t  trees;
    uint32_t  features;                 /* values in a row */
} keyauth_grove_head_t;


typedef struct {
    keyauth_grove_head_t        head;
    const uint32_t             *base;
    const keyauth_grove_top_t  *tops;
    const uint16_t             *exits;
    const keyauth_split_t      *splits;
    size_t                      nsplits;
} keyauth_grove_t;


/* a time in steps, and 1 + |ms| / 20 ms; ms is finite */
static inline int16_t
keyauth_grove_step_of(double ms, float *x)
{
    int32_t  n;

    *x = (float) (1 + fabs(ms) / KEYAUTH_GROVE_MS);
    memcpy(&n, x, sizeof(int32_t));
    n = (n - KEYAUTH_GROVE_ONE) >> KEYAUTH_GROVE_BITS;
    n = n < KEYAUTH_GROVE_MAX ? n : KEYAUTH_GROVE_MAX;

    return (int16_t) (ms < 0 ? -n : n);
}


/* the same without the latter */
int16_t keyauth_grove_step(double ms);

/* the time nearest to 0 that has so many steps, in ms */
float keyauth_grove_time(int16_t step);

/*
 * 0, or -1 when a walk of the n trees from `first` on could go astray, or end
 * at a class that is not below `classes`.  first + n is at most head.trees.
 */
int keyauth_grove_check(const keyauth_grove_t *g, uint32_t first, uint32_t n,
    uint32_t classes);

/*
 * How many of the n trees from `first` on say each class: the sums of four
 * parts, votes[part * classes + class], which begin as zeros.  Of steps, 64
 * can be read.
 */
void keyauth_grove_count(const keyauth_grove_t *g,
    const keyauth_kernels_t *kernels, uint32_t first, uint32_t n,
    const int16_t *steps, uint32_t *votes, uint32_t classes);


#endif /* KEYAUTH_GROVE_H_INCLUDED */
