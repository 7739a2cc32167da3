/*
 * Units of time, and which of them a person's times are in.
 */


#include <stdlib.h>
#include <string.h>

#include "statistics.h"
#include "unit.h"
#include "util.h"


static const struct {
    const char  *name;
    double       ms;
} keyauth_units[] = {
    { "s", 1e3 },
    { "ms", 1 },
    { "us", 1e-3 },
    { "ns", 1e-6 }
};

#define KEYAUTH_UNITS  (sizeof(keyauth_units) / sizeof(keyauth_units[0]))


double
keyauth_unit_named(const char *name)
{
    size_t  i;

    for (i = 0; i < KEYAUTH_UNITS; i++) {
        if (strcmp(keyauth_units[i].name, name) == 0) {
            return keyauth_units[i].ms;
        }
    }

    return 0;
}


const char *
keyauth_unit_name(double unit)
{
    size_t  i;

    for (i = 0; i < KEYAUTH_UNITS - 1; i++) {
        if (keyauth_units[i].ms <= unit) {
            break;
        }
    }

    return keyauth_units[i].name;
}


double
keyauth_unit_median(const keyauth_timings_t *t, int *held)
{
    double    median, *x;
    size_t    n;
    uint32_t  i, k;

    const double  *times;

    n = 0;
    x = keyauth_alloc((size_t) t->rows * t->keys, sizeof(double));

    for (i = 0; i < t->rows; i++) {
        times = t->times + (size_t) i * 2 * t->keys;

        for (k = 0; k < t->keys; k++) {
            x[n++] = times[2 * k + 1] - times[2 * k];
        }
    }

    median = keyauth_median(x, n);
    *held = median > 0;

    if (!*held) {
        n = 0;

        for (i = 0; i < t->rows; i++) {
            times = t->times + (size_t) i * 2 * t->keys;

            for (k = 1; k < t->keys; k++) {
                x[n++] = times[2 * k] - times[2 * k - 2];
            }
        }

        median = keyauth_median(x, n);
    }

    free(x);

    return median;
}


/* people hold keys for some 0.1 s: a factor of 30 either way is one unit's */
double
keyauth_unit_guess(double median)
{
    size_t  i;

    for (i = 0; i < KEYAUTH_UNITS - 1; i++) {
        if (median * keyauth_units[i].ms < 3000) {
            break;
        }
    }

    return keyauth_units[i].ms;
}


int
keyauth_unit_is_plausible(double median, int held)
{
    return median >= (held ? 1 : 5) && median <= 5000;
}
