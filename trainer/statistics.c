/*
 * Error rates and intervals: see statistics.h.
 */


#include <math.h>
#include <stdlib.h>

#include "statistics.h"


#define KEYAUTH_BOOTSTRAPS  1000


static int keyauth_scores_compare(const void *one, const void *two);
static void keyauth_select(double *x, size_t n, size_t k);
static double keyauth_share(uint64_t hits, uint64_t tests);


/* descending */
static int
keyauth_scores_compare(const void *one, const void *two)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) two;

    return (a < b) - (a > b);
}


void
keyauth_scores_sort(double *score, size_t n)
{
    /* no scores may be no memory, which qsort() must not be given */

    if (n > 0) {
        qsort(score, n, sizeof(double), keyauth_scores_compare);
    }
}


double
keyauth_threshold(const double *sorted, size_t n, double share)
{
    size_t  passing;

    passing = (size_t) (share * (double) n);

    if (passing >= n) {
        return sorted[n - 1];
    }

    return nextafter(sorted[passing], HUGE_VAL);
}


double
keyauth_below(const double *sorted, size_t n, double threshold)
{
    size_t  high, low, middle;

    low = 0;
    high = n;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (sorted[middle] >= threshold) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return n > 0 ? (double) (n - low) / (double) n : 0;
}


double
keyauth_eer(const double *genuine, size_t genuines, const double *stranger,
    size_t strangers)
{
    size_t  g, s;
    double  far, frr, far_step, frr_step, score;

    g = 0;
    s = 0;

    /*
     * Down from above all scores; genuine ones and strangers' that are equal
     * are shared: the rates go straight from before them to behind them.
     */

    while (g < genuines) {
        far = (double) s / (double) strangers;
        frr = (double) (genuines - g) / (double) genuines;

        if (far >= frr) {
            return frr;
        }

        score = s < strangers && stranger[s] > genuine[g] ? stranger[s]
                                                          : genuine[g];

        while (s < strangers && stranger[s] >= score) {
            s++;
        }

        while (g < genuines && genuine[g] >= score) {
            g++;
        }

        far_step = (double) s / (double) strangers - far;
        frr_step = frr - (double) (genuines - g) / (double) genuines;

        if (far + far_step >= frr - frr_step) {
            return far + far_step * (frr - far) / (far_step + frr_step);
        }
    }

    return 0;
}


/* of an even number the mean of the two in the middle */
double
keyauth_median(double *x, size_t n)
{
    double  before;
    size_t  i, middle;

    middle = n / 2;
    keyauth_select(x, n, middle);

    if (n % 2) {
        return x[middle];
    }

    before = x[0];

    for (i = 1; i < middle; i++) {
        before = x[i] > before ? x[i] : before;
    }

    return (before + x[middle]) / 2;
}


/* Hoare's selection: x[k] as if sorted, what is before it not greater */
static void
keyauth_select(double *x, size_t n, size_t k)
{
    double     pivot, swap;
    ptrdiff_t  first, i, j, last;

    first = 0;
    last = (ptrdiff_t) n - 1;

    while (first < last) {
        pivot = x[k];
        i = first;
        j = last;

        while (i <= j) {
            while (x[i] < pivot) {
                i++;
            }

            while (x[j] > pivot) {
                j--;
            }

            if (i <= j) {
                swap = x[i];
                x[i++] = x[j];
                x[j--] = swap;
            }
        }

        if (j < (ptrdiff_t) k) {
            first = i;
        }

        if (i > (ptrdiff_t) k) {
            last = j;
        }
    }
}


static double
keyauth_share(uint64_t hits, uint64_t tests)
{
    return tests > 0 ? (double) hits / (double) tests : 0;
}


void
keyauth_bootstrap(keyauth_interval_t *share, const uint32_t *hits,
    const uint32_t *tests, uint32_t n, uint64_t seed)
{
    double             shares[KEYAUTH_BOOTSTRAPS];
    uint32_t           b, i, user;
    uint64_t           h, t;
    keyauth_random_t   random;

    h = 0;
    t = 0;

    for (i = 0; i < n; i++) {
        h += hits[i];
        t += tests[i];
    }

    share->value = keyauth_share(h, t);
    keyauth_random_init(&random, seed, 2);

    for (b = 0; b < KEYAUTH_BOOTSTRAPS; b++) {
        h = 0;
        t = 0;

        for (i = 0; i < n; i++) {
            user = keyauth_random_below(&random, n);
            h += hits[user];
            t += tests[user];
        }

        shares[b] = keyauth_share(h, t);
    }

    keyauth_scores_sort(shares, KEYAUTH_BOOTSTRAPS);
    share->low = shares[KEYAUTH_BOOTSTRAPS - KEYAUTH_BOOTSTRAPS / 40 - 1];
    share->high = shares[KEYAUTH_BOOTSTRAPS / 40];
}
