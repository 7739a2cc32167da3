/*
 * The names of what is counted, and the edges of histograms.  For the files
 * that count and write.
 */


#ifndef KEYAUTH_METRICS_SCALES_H_INCLUDED
#define KEYAUTH_METRICS_SCALES_H_INCLUDED


#include "keyauth_metrics.h"


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
