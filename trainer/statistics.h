/*
 * Figures from counts and scores.
 */


#ifndef KEYAUTH_STATISTICS_H_INCLUDED
#define KEYAUTH_STATISTICS_H_INCLUDED


#include "keyauth_file.h"
#include "util.h"


/* a share in percent or not, and where 95 of 100 such figures lie */
typedef struct {
    double    value;
    double    low;
    double    high;
} keyauth_interval_t;


/* n scores in place, highest first */
void keyauth_scores_sort(double *score, size_t n);

/*
 * The lowest threshold that lets at most this share of n > 0 sorted scores
 * pass: a score passes when it is not below.
 */
double keyauth_threshold(const double *sorted, size_t n, double share);

/* the share of n sorted scores that are below; 0 of none */
double keyauth_below(const double *sorted, size_t n, double threshold);

/*
 * The rate at which as many genuine scores are rejected as strangers' are
 * accepted.  Both are sorted and not empty.
 */
double keyauth_eer(const double *genuine, size_t genuines,
    const double *stranger, size_t strangers);

/* x is left in another order; n > 0 */
double keyauth_median(double *x, size_t n);

/*
 * The share hits / tests, and an interval by drawing n users with
 * replacement, a thousand times over: rows of one user are not independent.
 */
void keyauth_bootstrap(keyauth_interval_t *share, const uint32_t *hits,
    const uint32_t *tests, uint32_t n, uint64_t seed);


#endif /* KEYAUTH_STATISTICS_H_INCLUDED */
