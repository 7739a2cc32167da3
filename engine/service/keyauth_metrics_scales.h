/*
 * The names of what is counted, and the edges of histograms.  For the files
 * that count and write.
 */


#ifndef KEYAUTH_METRICS_SCALES_H_INCLUDED
#define KEYAUTH_METRICS_SCALES_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_BUCKETS       22        /* and one more for what is above */
#define KEYAUTH_STATUSES      21        /* the last: any other */


/* what a histogram's values are; in units of 1e-9 */
typedef enum {
    KEYAUTH_SCALE_SECONDS = 0,
    KEYAUTH_SCALE_SHARE,                /* 0 to 1 */
    KEYAUTH_SCALE_CLAIM,                /* scores of claims */
    KEYAUTH_SCALES
} keyauth_scale_e;


typedef struct {
    uint64_t     at;                    /* in units of 1e-9 */
    const char  *le;                    /* as OpenMetrics spells floats */
} keyauth_edge_t;


typedef struct {
    unsigned        n;                  /* <= KEYAUTH_BUCKETS */
    keyauth_edge_t  edge[KEYAUTH_BUCKETS];
} keyauth_edges_t;


extern const keyauth_edges_t  keyauth_scales[KEYAUTH_SCALES];
extern const unsigned  keyauth_statuses[KEYAUTH_STATUSES - 1];


#endif /* KEYAUTH_METRICS_SCALES_H_INCLUDED */
