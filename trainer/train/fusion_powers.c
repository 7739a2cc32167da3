/*
 * FUSION's powers: logistic regression of who it is on what both members say
 * of rows that they were not trained on.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fusion_powers.h"
#include "util.h"


#define KEYAUTH_POWERS_STEPS  50        /* of Newton's method; it needs 10 */
#define KEYAUTH_POWERS_MAX    100.0


/* the loss and its derivatives by the powers of trees and densities */
typedef struct {
    double    loss;
    double    slope[2];
    double    curve[3];                 /* by both trees, both, densities */
} keyauth_powers_t;


static void keyauth_powers_fit(double *power, const keyauth_asked_t *asked,
    unsigned members);
static void keyauth_powers_at(keyauth_powers_t *p,
    const keyauth_asked_t *asked, const double *power);
static void keyauth_powers_test(keyauth_powers_t *p,
    const keyauth_asked_t *asked, uint32_t test, const double *power);
static int keyauth_powers_step(const keyauth_powers_t *p, unsigned members,
    const double *power, double *step);
static void keyauth_powers_scale(double *power, const keyauth_asked_t *asked,
    const uint8_t *right);
static double keyauth_powers_score(const keyauth_asked_t *asked,
    uint32_t test, const double *power);
static uint8_t *keyauth_powers_right(const keyauth_asked_t *asked,
    const double *power);
static int keyauth_powers_better(const uint8_t *one, const uint8_t *other,
    uint32_t n);


/*
 * A member alone that is right more often by more than the standard deviation
 * of that difference is better alone (McNemar's comparison): the likeliest
 * powers may still not be those that are right most often.
 */
void
keyauth_fusion_powers(keyauth_fusion_head_t *h, const keyauth_asked_t *asked)
{
    double    alone[2], best[2];
    uint8_t  *right, *other;
    unsigned  member;

    best[0] = 1;
    best[1] = 1;

    if (asked->tests > 0) {
        keyauth_powers_fit(best, asked, 3);
        right = keyauth_powers_right(asked, best);

        for (member = 0; member < 2; member++) {
            alone[member] = 1;
            alone[1 - member] = 0;
            keyauth_powers_fit(alone, asked, 1u << member);
            other = keyauth_powers_right(asked, alone);

            if (keyauth_powers_better(other, right, asked->tests)) {
                memcpy(best, alone, sizeof(best));
                memcpy(right, other, asked->tests);
            }

            free(other);
        }

        keyauth_powers_scale(best, asked, right);
        free(right);
    }

    h->trees_power = best[0];
    h->parzen_power = best[1];
}


/*
 * How the members count beside each other is asked of all rows alike: it
 * hardly changes in time, and few rows say little of it.  How sure to be does
 * change, so that late rows weigh more here.
 *
 * The likeliest powers say too little of answers that they are sure of, so
 * that the few that are wrong cost less.  One factor for both, which changes
 * no answer, makes scores as high as answers are often right.
 */
static void
keyauth_powers_scale(double *power, const keyauth_asked_t *asked,
    const uint8_t *right)
{
    int       n;
    double    high, low, lack, scale, scaled[2];
    uint32_t  i;

    low = 0.5;
    high = 2;
    scale = 1;

    for (n = 0; n < 20; n++) {
        scale = sqrt(low * high);
        scaled[0] = scale * power[0];
        scaled[1] = scale * power[1];
        lack = 0;

        for (i = 0; i < asked->tests; i++) {
            lack += asked->weight[i]
                    * (right[i] - keyauth_powers_score(asked, i, scaled));
        }

        if (lack > 0) {
            low = scale;

        } else {
            high = scale;
        }
    }

    power[0] *= scale;
    power[1] *= scale;
}


/* the softmax of the best */
static double
keyauth_powers_score(const keyauth_asked_t *asked, uint32_t test,
    const double *power)
{
    double         max, s, sum;
    uint32_t       i;
    const double  *t, *d;

    t = asked->trees + (size_t) test * asked->classes;
    d = asked->parzen + (size_t) test * asked->classes;
    max = -INFINITY;
    sum = 0;

    for (i = 0; i < asked->classes; i++) {
        max = fmax(max, power[0] * t[i] + power[1] * d[i]);
    }

    for (i = 0; i < asked->classes; i++) {
        s = power[0] * t[i] + power[1] * d[i];
        sum += exp(s - max);
    }

    return 1 / sum;
}


/* Newton's method; members: bits of those that may have a power */
static void
keyauth_powers_fit(double *power, const keyauth_asked_t *asked,
    unsigned members)
{
    int                i, m, n;
    double             next[2], step[2];
    keyauth_powers_t   here, there;

    keyauth_powers_at(&here, asked, power);

    for (n = 0; n < KEYAUTH_POWERS_STEPS; n++) {

        if (keyauth_powers_step(&here, members, power, step) != 0) {
            return;
        }

        /* the loss is convex: a step that is short enough descends */

        for (i = 0; i < 40; i++) {
            for (m = 0; m < 2; m++) {
                next[m] = fmin(fmax(power[m] + step[m], 0),
                               KEYAUTH_POWERS_MAX);
                step[m] /= 2;
            }

            keyauth_powers_at(&there, asked, next);

            if (there.loss < here.loss) {
                break;
            }
        }

        if (!(there.loss < here.loss - 1e-12)) {
            return;
        }

        memcpy(power, next, sizeof(next));
        here = there;
    }
}


/* -1: there is none; a power of 0 that would fall stays where it is */
static int
keyauth_powers_step(const keyauth_powers_t *p, unsigned members,
    const double *power, double *step)
{
    int            m;
    double         det;
    const double  *c, *s;

    c = p->curve;
    s = p->slope;
    step[0] = 0;
    step[1] = 0;

    for (m = 0; m < 2; m++) {
        if (power[m] <= 0 && s[m] >= 0) {
            members &= ~(1u << m);
        }
    }

    det = c[0] * c[2] - c[1] * c[1];

    if (members == 3 && det > 1e-12 * c[0] * c[2]) {
        step[0] = (c[1] * s[1] - c[2] * s[0]) / det;
        step[1] = (c[1] * s[0] - c[0] * s[1]) / det;
        return 0;
    }

    for (m = 0; m < 2; m++) {
        if ((members & 1u << m) && c[2 * m] > 0) {
            step[m] = -s[m] / c[2 * m];
        }
    }

    return step[0] != 0 || step[1] != 0 ? 0 : -1;
}


static void
keyauth_powers_at(keyauth_powers_t *p, const keyauth_asked_t *asked,
    const double *power)
{
    uint32_t  i;

    memset(p, 0, sizeof(keyauth_powers_t));

    for (i = 0; i < asked->tests; i++) {
        keyauth_powers_test(p, asked, i, power);
    }
}


/*
 * The truth counts as (n + 1) / (n + 2) of n tests, the others share the rest
 * (Platt 1999): tests that are all right do not make powers infinite.
 */
static void
keyauth_powers_test(keyauth_powers_t *p, const keyauth_asked_t *asked,
    uint32_t test, const double *power)
{
    double         e, max, share, sum, target, mean[2], square[3], want[2];
    uint32_t       i, n, truth;
    const double  *t, *d;

    n = asked->classes;
    truth = asked->truth[test];
    t = asked->trees + (size_t) test * asked->classes;
    d = asked->parzen + (size_t) test * asked->classes;
    max = -INFINITY;
    sum = 0;
    memset(mean, 0, sizeof(mean));
    memset(square, 0, sizeof(square));
    memset(want, 0, sizeof(want));

    for (i = 0; i < n; i++) {
        max = fmax(max, power[0] * t[i] + power[1] * d[i]);
    }

    for (i = 0; i < n; i++) {
        e = exp(power[0] * t[i] + power[1] * d[i] - max);
        sum += e;
        mean[0] += e * t[i];
        mean[1] += e * d[i];
        square[0] += e * t[i] * t[i];
        square[1] += e * t[i] * d[i];
        square[2] += e * d[i] * d[i];

        target = i == truth ? asked->tests + 1.0 : 1.0 / (n - 1);
        want[0] += target / (asked->tests + 2.0) * t[i];
        want[1] += target / (asked->tests + 2.0) * d[i];
    }

    mean[0] /= sum;
    mean[1] /= sum;

    share = 1.0 / asked->tests;
    p->loss += share * (max + log(sum) - power[0] * want[0]
                        - power[1] * want[1]);
    p->slope[0] += share * (mean[0] - want[0]);
    p->slope[1] += share * (mean[1] - want[1]);
    p->curve[0] += share * (square[0] / sum - mean[0] * mean[0]);
    p->curve[1] += share * (square[1] / sum - mean[0] * mean[1]);
    p->curve[2] += share * (square[2] / sum - mean[1] * mean[1]);
}


/* for each test, whether the truth has the best score; to be freed */
static uint8_t *
keyauth_powers_right(const keyauth_asked_t *asked, const double *power)
{
    double         own;
    uint8_t       *right;
    uint32_t       i, k, truth;
    const double  *t, *d;

    right = keyauth_alloc(asked->tests, 1);

    for (i = 0; i < asked->tests; i++) {
        t = asked->trees + (size_t) i * asked->classes;
        d = asked->parzen + (size_t) i * asked->classes;
        truth = asked->truth[i];
        own = power[0] * t[truth] + power[1] * d[truth];
        right[i] = 1;

        for (k = 0; k < asked->classes; k++) {
            right[i] &= k == truth || power[0] * t[k] + power[1] * d[k] < own;
        }
    }

    return right;
}


static int
keyauth_powers_better(const uint8_t *one, const uint8_t *other, uint32_t n)
{
    double    gained, lost;
    uint32_t  i;

    gained = 0;
    lost = 0;

    for (i = 0; i < n; i++) {
        gained += one[i] && !other[i];
        lost += !one[i] && other[i];
    }

    return gained - lost > sqrt(gained + lost);
}
