/*
 * Models that were trained on scaled features: see import.h.
 */


#include <math.h>
#include <stdio.h>

#include "import.h"


#define KEYAUTH_SCALED_LEAST  -1e-3     /* XGBoost has cuts below the least */


int
keyauth_import_scaled(const double *low, const double *high,
    const char *what, char *err)
{
    int     any, f;
    double  most;

    any = 0;
    most = 0;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {

        if (low[f] > high[f]) {
            continue;
        }

        any = 1;
        most = fmax(most, fmax(-low[f], high[f]));

        if (f % 2 == 1 && low[f] < KEYAUTH_SCALED_LEAST) {
            snprintf(err, KEYAUTH_ERROR_MAX, "%sfeature %d, a deviation, is "
                     "negative: train on milliseconds, not scaled", what,
                     f + 1);
            return -1;
        }
    }

    if (any && most <= 1) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%sall features are within 1: train "
                 "on milliseconds, not scaled", what);
        return -1;
    }

    return 0;
}
