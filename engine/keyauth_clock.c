/*
 * A clock's step: see keyauth_clock.h.
 *
 * The longest interval of up to a second is some multiple of the step: each
 * is tried, the largest step first, until all intervals are multiples too, as
 * near as rounding leaves them.  Two intervals that differ by more than
 * rounding differ by a step or more, so that few steps are left to try, and
 * nearly every sample of a fine clock is sent off before any is.
 */


#include <math.h>
#include <string.h>

#include "keyauth.h"
#include "keyauth_clock.h"


#define KEYAUTH_CLOCK_MOST   1000.0     /* ms; of longer intervals, errors of
                                           the step would add up */
#define KEYAUTH_CLOCK_NEAR   1.2        /* ms that rounding may move a time */
#define KEYAUTH_CLOCK_CHANCE 0.0001     /* of what is no clock's doing */
#define KEYAUTH_CLOCK_TIMES  (2 * KEYAUTH_KEYS_MAX - 1)

/* a bit a millisecond up to a second, and a word behind them */
#define KEYAUTH_CLOCK_SEEN   17
#define KEYAUTH_CLOCK_SIDE   6


static int keyauth_clock_close(uint64_t *seen, double x);
static double keyauth_clock_most(const uint64_t *seen);
static int keyauth_clock_divides(const double *x, unsigned n, double step,
    double near);
static double keyauth_clock_whole(double x);


double
keyauth_clock_step(const double *press, const double *release, unsigned keys)
{
    double    longest, step, sum, squares, x[KEYAUTH_CLOCK_TIMES], t, whole;
    uint64_t  seen[KEYAUTH_CLOCK_SEEN];
    unsigned  i, k, n, most;

    memset(seen, 0, sizeof(seen));
    n = 0;
    longest = 0;

    for (i = 0; i < 2 * keys - 1; i++) {

        t = (i < keys) ? release[i] - press[i]
                       : press[i - keys + 1] - press[i - keys];

        /* a sum of two steps' errors is what a longer one has */

        if (t <= KEYAUTH_CLOCK_MOST) {

            if (keyauth_clock_close(seen, t)) {
                return 0;
            }

            x[n++] = t;
            longest = (t > longest) ? t : longest;
        }
    }

    if (longest < KEYAUTH_CLOCK_LEAST) {
        return 0;
    }

    most = (unsigned) ((longest + KEYAUTH_CLOCK_NEAR) / KEYAUTH_CLOCK_LEAST);

    /* the longest has an error, too */
    k = (unsigned) (longest / (keyauth_clock_most(seen)
                               + KEYAUTH_CLOCK_NEAR));

    for (k = (k > 0) ? k : 1; k <= most; k++) {

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


/*
 * Marks the millisecond of an interval.  1: it is the fourth to sixth one from
 * another's, so that these are 3 to 7 ms apart, which is more than rounding,
 * and less than a step.
 */
static int
keyauth_clock_close(uint64_t *seen, double x)
{
    unsigned  at, before;
    uint64_t  window, next;

    if (!(x >= 0)) {
        return 0;
    }

    /* the bits of this one, and of six on either side */

    before = (unsigned) x;
    window = seen[before / 64] >> before % 64;
    next = seen[before / 64 + 1];
    window |= (before % 64 > 0) ? next << (64 - before % 64) : 0;

    at = before + KEYAUTH_CLOCK_SIDE;
    seen[at / 64] |= (uint64_t) 1 << at % 64;

    return (window & 0x1c07) != 0;
}


/* the largest step that there may be between all that was seen, in ms */
static double
keyauth_clock_most(const uint64_t *seen)
{
    unsigned  at, i, last, least;
    uint64_t  word;

    least = (unsigned) KEYAUTH_CLOCK_MOST;
    last = 0;

    for (i = 0; i < KEYAUTH_CLOCK_SEEN; i++) {
        for (word = seen[i]; word != 0; word &= word - 1) {
            at = 64 * i + (unsigned) __builtin_ctzll(word);

            if (last > 0 && at - last > 2 * KEYAUTH_CLOCK_NEAR + 1
                && at - last < least)
            {
                least = at - last;
            }

            last = at;
        }
    }

    return least + 1 + 2 * KEYAUTH_CLOCK_NEAR;
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
