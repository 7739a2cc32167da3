/*
 * XGBoost's boosted trees (multi:softprob: one tree a class and round).
 *
 * A tree is read as bits over its leaves (QuickScorer: Lucchese et al.,
 * SIGIR 2015; over SIMD lanes: V-QuickScorer, 2016): each split that a row
 * fails clears the leaves of its left subtree, and the lowest bit left is the
 * leaf the row falls in.  Sixteen classes' trees of a round lie side by side,
 * a class a lane, classes with trees of like size together; no branch and no
 * address depends on data, and each class adds its leaves in XGBoost's own
 * order: margins are equal to the library's to the last bit.
 *
 * Features are compared as ranks.  A feature's cuts are the sorted distinct
 * thresholds of all splits on it; x < cut[k] exactly when
 * #{cuts <= x} <= k.  Ranks are bytes: 255 cuts make a column, a feature with
 * more cuts has several columns, and 16 columns make a page, one shuffle.
 */


#ifndef KEYAUTH_XGB_H_INCLUDED
#define KEYAUTH_XGB_H_INCLUDED


#include "keyauth_kernel_table.h"


#define KEYAUTH_XGB_LANES         16
#define KEYAUTH_XGB_CHUNK_LEAVES  8     /* bits in a lane's mask */
#define KEYAUTH_XGB_COLUMN_CUTS   255
#define KEYAUTH_XGB_PAGE          16    /* columns */


/*
 * Sections: "xgb.head"; "xgb.lanes" uint32_t[classes], the class of each
 * lane; "xgb.cuts" float[]; "xgb.columns"
 * keyauth_xgb_column_t[columns], a multiple of 16; "xgb.plan"
 * keyauth_xgb_chunk_t[chunks], for each group of lanes, for each round, the
 * chunks of its trees, those of the last leaves first; "xgb.slots"
 * keyauth_xgb_slot_t[slots] and "xgb.leaves" float[leaf_rows][16], both in
 * the plan's order.
 */
typedef struct {
    uint32_t  classes;
    uint32_t  rounds;
    uint32_t  columns;
    uint32_t  chunks;
    uint32_t  slots;
    uint32_t  leaf_rows;
    float     base;                     /* base margin of every class */
    uint32_t  reserved;                 /* 0 */
} keyauth_xgb_head_t;

typedef struct {
    uint32_t  feature;
    uint32_t  cut;                      /* first cut in "xgb.cuts" */
    uint32_t  cuts;                     /* 0..255; 0: column is unused */
} keyauth_xgb_column_t;

/*
 * Up to 8 leaves of each of 16 trees.  Splits on different pages are in
 * chunks of their own, which clear bits of the same masks: leaves is 0 in all
 * but the last of these.
 */
typedef struct {
    uint16_t  slots;
    uint16_t  page;
    uint16_t  leaves;                   /* leaf rows, 0..8 */
    uint16_t  last;                     /* 1: the round's trees end here */
} keyauth_xgb_chunk_t;

/* one split of each of 16 trees */
typedef struct {
    uint8_t   rank[KEYAUTH_XGB_LANES];  /* a row fails if its rank is above */
    uint8_t   column[KEYAUTH_XGB_LANES];    /* within the page, 0..15 */
    uint8_t   clear[KEYAUTH_XGB_LANES]; /* leaves it then cannot reach */
} keyauth_xgb_slot_t;


struct keyauth_xgb_s {
    keyauth_xgb_head_t           head;
    const uint32_t              *lanes;
    const float                 *cuts;
    size_t                       ncuts;
    const keyauth_xgb_column_t  *columns;
    const keyauth_xgb_chunk_t   *plan;
    const keyauth_xgb_slot_t    *slots;
    const float                 *leaves;

    const keyauth_kernels_t  *kernels;
};


static inline uint32_t
keyauth_xgb_groups(const keyauth_xgb_t *m)
{
    return (m->head.classes + KEYAUTH_XGB_LANES - 1) / KEYAUTH_XGB_LANES;
}


int keyauth_xgb_check(const keyauth_xgb_t *m, char *err);

/* bytes of scratch, 64-aligned, that a prediction needs */
size_t keyauth_xgb_scratch(const keyauth_xgb_t *m);

/*
 * Fills scores[classes] with the margins; returns the class with the
 * largest, the lowest of equals.
 */
uint32_t keyauth_xgb_predict(const keyauth_xgb_t *m,
    const float x[KEYAUTH_SUMMARY], void *scratch, double *scores);


#endif /* KEYAUTH_XGB_H_INCLUDED */
