/*
 * A clock's step: see keyauth_clock.h.
 *
 * The longest interval of up to a second is some multiple of the step: each
 * is tried, the largest step first, until all intervals are multiples too, as
 * near as rounding leaves them.  Nearly every sample of a fine clock is sent
 * off before that: two of its intervals differ by a little, which is more
 * than rounding, and less than a step.
 */


#include <math.h>

#include "keyauth.h"
#include "keyauth_clock.h"


#define KEYAUTH_CLOCK_MOST   1000.0     /* ms; of longer intervals, errors of
                                           the step would add up */
#define KEYAUTH_CLOCK_NEAR   1.2        /* ms that rounding may move a time */
#define KEYAUTH_CLOCK_CHANCE 0.0001     /* of what is no clock's doing */
#define KEYAUTH_CLOCK_TIMES  (2 * KEYAUTH_KEYS_MAX - 1)


static int keyauth_clock_fine(const double *x, unsigned n);
static int keyauth_clock_divides(const double *x, unsigned n, double step,
    double near);
static double keyauth_clock_whole(double x);


double
keyauth_clock_step(const double *press, const double *release, unsigned keys)
{
    double    longest, step, sum, squares, x[KEYAUTH_CLOCK_TIMES], t, whole;
    unsigned  i, k, n, most;

    n = 0;
    longest = 0;

    for (i = 0; i < 2 * keys - 1; i++) {

        t = (i < keys) ? release[i] - press[i]
                       : press[i - keys + 1] - press[i - keys];

        /* a sum of two steps' errors is what a longer one has */

        if (t <= KEYAUTH_CLOCK_MOST) {
            x[n++] = t;
            longest = fmax(longest, t);
        }
    }

    if (longest < KEYAUTH_CLOCK_LEAST || keyauth_clock_fine(x, n)) {
        return 0;
    }

    most = (unsigned) ((longest + KEYAUTH_CLOCK_NEAR) / KEYAUTH_CLOCK_LEAST);

    for (k = 1; k <= most; k++) {

        step = longest / k;

        if (!keyauth_clock_divides(x, n, step, 2 * KEYAUTH_CLOCK_NEAR)) {
            continue;
        }

        /* what fits them all best: the longest was rounded as the others */

        sum = 0;
        squares = 0;

        for (i = 0; i < n; i++) {
            whole = keyauth_clock_whole(x[i] / step);
            sum += whole * x[i];
            squares += whole * whole;
        }

        step = sum / squares;

        if (step >= KEYAUTH_CLOCK_LEAST - 0.05
            && keyauth_clock_divides(x, n, step, KEYAUTH_CLOCK_NEAR))
        {
            return step;
        }
    }

    return 0;
}


/* so many different intervals are hardly multiples by chance */
int
keyauth_clock_sure(const double *press, const double *release, unsigned keys,
    double step)
{
    double    chance, x[KEYAUTH_CLOCK_TIMES];
    unsigned  i, k;

    chance = 1;

    for (i = 0; i < 2 * keys - 1; i++) {

        x[i] = (i < keys) ? release[i] - press[i]
                          : press[i - keys + 1] - press[i - keys];

        for (k = 0; k < i; k++) {
            if (fabs(x[i] - x[k]) < step / 2) {
                break;
            }
        }

        if (k == i) {
            chance *= 2 * KEYAUTH_CLOCK_NEAR / step;
        }
    }

    return chance < KEYAUTH_CLOCK_CHANCE;
}


/* two intervals differ, but by less than a step */
static int
keyauth_clock_fine(const double *x, unsigned n)
{
    double    d;
    unsigned  i, k, found;

    found = 0;

    for (i = 1; i < n && found == 0; i++) {
        for (k = 0; k < i; k++) {
            d = fabs(x[i] - x[k]);
            found += d > 2 * KEYAUTH_CLOCK_NEAR
                     && d < KEYAUTH_CLOCK_LEAST - 2 * KEYAUTH_CLOCK_NEAR;
        }
    }

    return found > 0;
}


static int
keyauth_clock_divides(const double *x, unsigned n, double step, double near)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        if (fabs(x[i] - step * keyauth_clock_whole(x[i] / step)) > near) {
            return 0;
        }
    }

    return 1;
}


/* the nearest whole number, of less than 2^51, without a call */
static double
keyauth_clock_whole(double x)
{
    return x + 0x1.8p52 - 0x1.8p52;
}
