/*
 * The features of one typed sample.
 *
 * For keys i = 1..n with press p and release r, in milliseconds:
 *
 *     HT_i  = r_i - p_i           n      hold time
 *     PPT_i = p_{i+1} - p_i       n - 1  press to press
 *     RRT_i = r_{i+1} - r_i       n - 1  release to release
 *     RPT_i = p_{i+1} - r_i       n - 1  release to press; negative when the
 *                                        next key goes down before this one
 *                                        is up (rollover): the sign is kept
 */


#ifndef KEYAUTH_FEATURES_H_INCLUDED
#define KEYAUTH_FEATURES_H_INCLUDED


#include "keyauth.h"


/* "HT", "PPT", "RRT", "RPT": the order of every feature vector */
extern const char *const keyauth_interval_names[4];


/*
 * Times may be sent with any origin, such as 1970: before anything else they
 * are taken from the first press on.  Up to KEYAUTH_TIME_MAX they are read
 * to a millisecond or better.
 */
void keyauth_features_origin(double *press, double *release, unsigned n);

/* raw features: HT, PPT, RRT, RPT one after the other; 4n - 3 values */
void keyauth_features_raw(const double *press, const double *release,
    unsigned n, double *raw);

/*
 * summary features: HT mean, HT STD, PPT mean, PPT STD, RRT mean, RRT STD,
 * RPT mean, RPT STD; STD is the sample deviation (ddof 1), and 0 where there
 * is a single value (n = 2 has one digraph)
 */
void keyauth_features_summary(const double *press, const double *release,
    unsigned n, double summary[KEYAUTH_SUMMARY]);


#endif /* KEYAUTH_FEATURES_H_INCLUDED */
