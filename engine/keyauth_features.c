/*
 * The features of one typed sample.
 */


#include <math.h>

#include "keyauth_features.h"


static void keyauth_features_moments(const double *x, unsigned n,
    double *moments);


const char *const  keyauth_interval_names[4] = { "HT", "PPT", "RRT", "RPT" };


void
keyauth_features_origin(double *press, double *release, unsigned n)
{
    double    origin;
    unsigned  i;

    origin = press[0];

    for (i = 0; i < n; i++) {
        press[i] -= origin;
        release[i] -= origin;
    }
}


void
keyauth_features_raw(const double *press, const double *release, unsigned n,
    double *raw)
{
    unsigned   i;
    double    *ht, *ppt, *rrt, *rpt;

    ht = raw;
    ppt = ht + n;
    rrt = ppt + n - 1;
    rpt = rrt + n - 1;

    for (i = 0; i < n; i++) {
        ht[i] = release[i] - press[i];
    }

    for (i = 0; i < n - 1; i++) {
        ppt[i] = press[i + 1] - press[i];
        rrt[i] = release[i + 1] - release[i];
        rpt[i] = press[i + 1] - release[i];
    }
}


void
keyauth_features_summary(const double *press, const double *release,
    unsigned n, double summary[KEYAUTH_SUMMARY])
{
    double  raw[KEYAUTH_RAW_MAX];

    keyauth_features_raw(press, release, n, raw);

    keyauth_features_moments(raw, n, summary);
    keyauth_features_moments(raw + n, n - 1, summary + 2);
    keyauth_features_moments(raw + n + (n - 1), n - 1, summary + 4);
    keyauth_features_moments(raw + n + 2 * (n - 1), n - 1, summary + 6);
}


/* mean and sample deviation */
static void
keyauth_features_moments(const double *x, unsigned n, double *moments)
{
    double    sum, mean;
    unsigned  i;

    sum = 0;

    for (i = 0; i < n; i++) {
        sum += x[i];
    }

    mean = sum / n;

    /* in two passes: a sum of squares would cancel where all are alike */

    sum = 0;

    for (i = 0; i < n; i++) {
        sum += (x[i] - mean) * (x[i] - mean);
    }

    moments[0] = mean;
    moments[1] = (n > 1) ? sqrt(sum / (n - 1)) : 0;
}
