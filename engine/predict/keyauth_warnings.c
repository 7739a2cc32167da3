/*
 * Warnings: see keyauth_warnings.h.
 *
 * The limits leave genuine typing alone: of the 880 samples of the challenge
 * the means are at most 9.1 ms from agreeing, and one sample in eight has a
 * key or two that was held for a time too short for its keyboard to measure.
 */


#include <math.h>

#include "keyauth_clock.h"
#include "keyauth_warnings.h"


#define KEYAUTH_WARN_APART    20.0      /* ms */
#define KEYAUTH_WARN_LAST     260.0     /* ms of the last hold beyond others */
#define KEYAUTH_WARN_LEAST    2.0       /* ms of a hold, or between presses */
#define KEYAUTH_WARN_LONGEST  5000.0    /* ms between presses */
#define KEYAUTH_WARN_SWIFT    10.0      /* ms between presses, on average */


/* of the summary, as keyauth_features.h has it */
#define keyauth_warnings_ht(r)      ((r)->summary[0])
#define keyauth_warnings_ht_std(r)  ((r)->summary[1])
#define keyauth_warnings_ppt(r)     ((r)->summary[2])
#define keyauth_warnings_rpt(r)     ((r)->summary[6])


static int keyauth_warnings_apart(const keyauth_request_t *r, unsigned keys);
static unsigned keyauth_warnings_summary(const keyauth_request_t *r,
    unsigned keys);
static unsigned keyauth_warnings_timings(const keyauth_request_t *r);
static unsigned keyauth_warnings_seconds(double ht, double ppt);


const char *const  keyauth_warning_names[KEYAUTH_WARNINGS] = {
    "implausible", "equal-holds", "short", "pause", "seconds", "coarse-clock"
};


unsigned
keyauth_warnings(const keyauth_request_t *r, unsigned keys, double *step)
{
    double    clock;
    unsigned  w;

    w = (r->keys == 0) ? keyauth_warnings_summary(r, keys)
                       : keyauth_warnings_timings(r);

    clock = (r->keys == 0) ? 0 : keyauth_clock_step(r->press, r->release,
                                                    r->keys);
    if (clock > 0
        && keyauth_clock_sure(r->press, r->release, r->keys, clock))
    {
        w |= 1u << KEYAUTH_WARN_COARSE;
        *step = fmax(*step, clock);
    }

    return w;
}


/*
 * From press to press is a hold and what follows it, so that the means of
 * PPT and RPT are a mean hold apart, of all holds but the last.  That one is
 * in the mean of HT, where in a short string it weighs more.
 */
static int
keyauth_warnings_apart(const keyauth_request_t *r, unsigned keys)
{
    double  apart;

    apart = fabs(keyauth_warnings_ppt(r)
                 - (keyauth_warnings_ht(r) + keyauth_warnings_rpt(r)));

    return apart > fmax(KEYAUTH_WARN_APART, KEYAUTH_WARN_LAST / keys);
}


static unsigned
keyauth_warnings_summary(const keyauth_request_t *r, unsigned keys)
{
    unsigned  w;

    w = 0;

    if (keyauth_warnings_apart(r, keys)) {
        w |= 1u << KEYAUTH_WARN_IMPLAUSIBLE;
    }

    if (keyauth_warnings_ht_std(r) == 0) {
        w |= 1u << KEYAUTH_WARN_EQUAL_HOLDS;
    }

    if (keyauth_warnings_ht(r) < KEYAUTH_WARN_LEAST
        || keyauth_warnings_ppt(r) < KEYAUTH_WARN_LEAST)
    {
        w |= 1u << KEYAUTH_WARN_SHORT;
    }

    if (keyauth_warnings_ppt(r) > KEYAUTH_WARN_LONGEST) {
        w |= 1u << KEYAUTH_WARN_PAUSE;
    }

    return w | keyauth_warnings_seconds(keyauth_warnings_ht(r),
                                        keyauth_warnings_ppt(r));
}


static unsigned
keyauth_warnings_timings(const keyauth_request_t *r)
{
    double    hold, gap, first, holds, gaps;
    unsigned  i, w, equal, held, swift;

    w = 0;
    holds = 0;
    gaps = 0;
    equal = 0;
    held = 0;
    swift = 0;
    first = r->release[0] - r->press[0];

    for (i = 0; i < r->keys; i++) {

        hold = r->release[i] - r->press[i];
        holds += hold;
        equal += hold == first;
        held += hold < KEYAUTH_WARN_LEAST;

        if (i == 0) {
            continue;
        }

        gap = r->press[i] - r->press[i - 1];
        gaps += gap;
        swift += gap < KEYAUTH_WARN_LEAST;

        if (gap > KEYAUTH_WARN_LONGEST) {
            w |= 1u << KEYAUTH_WARN_PAUSE;
        }
    }

    if (equal == r->keys) {
        w |= 1u << KEYAUTH_WARN_EQUAL_HOLDS;
    }

    /* most, as genuine samples have a few */

    if (2 * held > r->keys || 2 * swift > r->keys - 1) {
        w |= 1u << KEYAUTH_WARN_SHORT;
    }

    return w | keyauth_warnings_seconds(holds / r->keys,
                                        gaps / (r->keys - 1));
}


static unsigned
keyauth_warnings_seconds(double ht, double ppt)
{
    return (ht < KEYAUTH_WARN_LEAST && ppt > 0 && ppt < KEYAUTH_WARN_SWIFT)
           ? 1u << KEYAUTH_WARN_SECONDS : 0;
}
