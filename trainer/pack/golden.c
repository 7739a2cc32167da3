/*
 * Golden rows: see golden.h.
 */


#include <math.h>

#include "golden.h"
#include "random.h"
#include "util.h"


static void keyauth_golden_interval(const keyauth_dataset_t *d, uint32_t key,
    int hold, double *mean, double *deviation);


/* of a key's holds, or of the latencies up to it, over everybody's rows */
static void
keyauth_golden_interval(const keyauth_dataset_t *d, uint32_t key, int hold,
    double *mean, double *deviation)
{
    double    square, sum, x;
    size_t    at;
    uint32_t  i;

    sum = 0;
    square = 0;

    for (i = 0; i < d->rows; i++) {
        at = (size_t) i * d->keys + key;
        x = hold ? d->release[at] - d->press[at]
                 : d->press[at] - d->press[at - 1];
        sum += x;
        square += x * x;
    }

    *mean = sum / d->rows;
    x = square / d->rows - *mean * *mean;
    *deviation = x > 0 ? sqrt(x) : 0;
}


double *
keyauth_golden(const keyauth_dataset_t *d, uint32_t rows,
    uint64_t seed)
{
    double             at, deviation, mean, hold;
    double            *press, *release, *times;
    uint32_t           i, k;
    keyauth_random_t   random;

    times = keyauth_alloc((size_t) rows * 2 * d->keys, sizeof(double));
    keyauth_random_init(&random, seed, 0);

    for (i = 0; i < rows; i++) {
        press = times + (size_t) i * 2 * d->keys;
        release = press + d->keys;
        at = 0;

        for (k = 0; k < d->keys; k++) {
            if (k > 0) {
                keyauth_golden_interval(d, k, 0, &mean, &deviation);
                at += fmax(0, floor(mean + deviation / 2
                                    * keyauth_random_normal(&random)));
            }

            keyauth_golden_interval(d, k, 1, &mean, &deviation);
            hold = fmax(0, floor(mean + deviation / 2
                                 * keyauth_random_normal(&random)));
            press[k] = fmin(at, KEYAUTH_MS_MAX);
            release[k] = fmin(at + hold, KEYAUTH_MS_MAX);
        }
    }

    return times;
}
