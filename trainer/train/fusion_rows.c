/*
 * Which rows FUSION learns of users who have many.
 *
 * People change: what they typed lately is nearest to what they type next, and
 * more rows than a few dozen cost memory and time for ever smaller gains.  So
 * a tree draws KEYAUTH_FUSION_ROWS of a user's rows, and the densities have as
 * many, the newest 2^KEYAUTH_FUSION_RECENCY times as likely as the oldest.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fusion_rows.h"
#include "util.h"


static void keyauth_fusion_share(double *share, uint32_t n);


/* how likely each row is to be drawn; [rows], 1 where all are */
void
keyauth_fusion_shares(double *share, const keyauth_enrolment_t *e)
{
    uint32_t  begin, end;

    for (begin = 0; begin < e->rows; begin = end) {
        for (end = begin; end < e->rows && e->class[end] == e->class[begin];
             end++)
        {
            share[end] = 1;
        }

        if (end - begin > KEYAUTH_FUSION_ROWS) {
            keyauth_fusion_share(share + begin, end - begin);
        }
    }
}


/*
 * The newest row, the last, weighs most.  No row is drawn more than once: as
 * many of the newest as would be are certain, the others share the rest.
 */
static void
keyauth_fusion_share(double *share, uint32_t n)
{
    double    sum;
    uint32_t  certain, i;

    for (certain = 0; certain < KEYAUTH_FUSION_ROWS; certain++) {
        sum = 0;

        for (i = 0; i < n - certain; i++) {
            share[i] = exp2(KEYAUTH_FUSION_RECENCY * (double) i / n);
            sum += share[i];
        }

        if (share[i - 1] * (KEYAUTH_FUSION_ROWS - certain) < sum) {
            break;
        }

        share[i - 1] = 1;
    }

    for (i = 0; i < n - certain; i++) {
        share[i] *= (KEYAUTH_FUSION_ROWS - certain) / sum;
    }
}


/* the rows that densities have: the middle ones of what could be drawn */
void
keyauth_fusion_thin(keyauth_enrolment_t *thin, const keyauth_enrolment_t *e,
    const double *share)
{
    double    at, before, *raw;
    uint32_t  i, n, *class;

    *thin = *e;
    raw = keyauth_alloc((size_t) e->rows * e->features, sizeof(double));
    class = keyauth_alloc(e->rows, sizeof(uint32_t));
    at = 0;
    n = 0;

    for (i = 0; i < e->rows; i++) {

        if (share[i] < 1) {
            if (i == 0 || e->class[i] != e->class[i - 1]) {
                at = 0.5;
            }

            before = floor(at);
            at += share[i];

            if (floor(at) == before) {
                continue;
            }
        }

        class[n] = e->class[i];
        memcpy(raw + (size_t) n++ * e->features,
               e->raw + (size_t) i * e->features,
               e->features * sizeof(double));
    }

    thin->rows = n;
    thin->raw = raw;
    thin->class = class;
}
