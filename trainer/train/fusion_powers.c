#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fusion.h"
#include "fusion_powers.h"


#define KEYAUTH_POWERS_TESTS  2000      /* as many as an inner split asks */


/* what the members say of the rows that were held back, in their cohorts */
typedef struct {
    uint32_t    tests;
    uint32_t    width;                  /* of the largest cohort */
    uint32_t   *n;                      /* members of the test's cohort */
    uint32_t   *truth;                  /* index in the cohort */
    double     *trees;                  /* [tests][width] log(share + floor) */
    double     *parzen;                 /* [tests][width] log-likelihoods */
} keyauth_inner_t;


static void keyauth_powers_split(keyauth_enrolment_t *in,
    const keyauth_enrolment_t *e, uint8_t *held);
static void keyauth_powers_ask(keyauth_inner_t *inner,
    const keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const uint8_t *held);
static void keyauth_powers_choose(keyauth_fusion_head_t *h,
    keyauth_inner_t *inner);
static void keyauth_powers_softmax(double *s, uint32_t n, double power);
static double keyauth_powers_loss(const double *scores, const uint32_t *truth,
    const uint32_t *n, uint32_t tests, uint32_t width, double power);


int
keyauth_fusion_train(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err)
{
    int                    rc;
    uint8_t               *held;
    keyauth_fused_t        part;
    keyauth_inner_t        inner;
    keyauth_enrolment_t    in;
    keyauth_fusion_head_t  powers;

    memset(f, 0, sizeof(keyauth_fused_t));
    memset(&inner, 0, sizeof(keyauth_inner_t));
    held = keyauth_alloc(e->rows, 1);
    keyauth_powers_split(&in, e, held);
    rc = keyauth_fusion_enrol(&part, &in, recipe, NULL, err);

    if (rc == 0) {
        keyauth_powers_ask(&inner, &part, e, held);
        keyauth_powers_choose(&powers, &inner);
        rc = keyauth_fusion_enrol(f, e, recipe, progress, err);
        f->head.trees_power = powers.trees_power;
        f->head.parzen_power = powers.parzen_power;
        f->head.fused_power = powers.fused_power;
    }

    keyauth_fusion_free(&part);
    free((void *) (uintptr_t) in.raw);
    free((void *) (uintptr_t) in.class);
    free(inner.n);
    free(inner.truth);
    free(inner.trees);
    free(inner.parzen);
    free(held);

    return rc;
}


/* in: the rows of e that are not held back */
static void
keyauth_powers_split(keyauth_enrolment_t *in, const keyauth_enrolment_t *e,
    uint8_t *held)
{
    double    *raw;
    uint32_t   begin, i, n, *class;

    *in = *e;
    raw = keyauth_alloc((size_t) e->rows * e->features, sizeof(double));
    class = keyauth_alloc(e->rows, sizeof(uint32_t));
    begin = 0;
    n = 0;

    for (i = 0; i < e->rows; i++) {

        if (i + 1 == e->rows || e->class[i + 1] != e->class[i]) {
            /* a user's last quarter, rounded up; a lone row stays */
            uint32_t  rows = i + 1 - begin;
            uint32_t  keep = rows > 1 ? rows - (rows + 3) / 4 : 1;

            for ( /* void */ ; begin <= i; begin++, keep -= keep > 0) {
                if (keep == 0) {
                    held[begin] = 1;
                    continue;
                }

                class[n] = e->class[begin];
                memcpy(raw + (size_t) n++ * e->features,
                       e->raw + (size_t) begin * e->features,
                       e->features * sizeof(double));
            }
        }
    }

    in->rows = n;
    in->raw = raw;
    in->class = class;
}


static void
keyauth_powers_ask(keyauth_inner_t *inner, const keyauth_fused_t *f,
    const keyauth_enrolment_t *e, const uint8_t *held)
{
    void              *scratch;
    double            *p, *q;
    uint32_t           c, i, k, place;
    const double      *parzen, *trees;
    keyauth_fusion_t   view;

    keyauth_fusion_view(&view, f);
    scratch = aligned_alloc(64, keyauth_fusion_scratch(&view));

    if (scratch == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    inner->width = f->trees.head.classes;
    inner->n = keyauth_alloc(KEYAUTH_POWERS_TESTS, sizeof(uint32_t));
    inner->truth = keyauth_alloc(KEYAUTH_POWERS_TESTS, sizeof(uint32_t));
    inner->trees = keyauth_alloc((size_t) KEYAUTH_POWERS_TESTS * inner->width,
                                 sizeof(double));
    inner->parzen = keyauth_alloc((size_t) KEYAUTH_POWERS_TESTS * inner->width,
                                  sizeof(double));

    for (i = 0; i < e->rows && inner->tests < KEYAUTH_POWERS_TESTS; i++) {

        if (!held[i]) {
            continue;
        }

        place = f->place[e->class[i]];

        for (c = 0; place - f->cohort[c].member >= f->cohort[c].members; c++) {
            /* void */
        }

        keyauth_fusion_members(&view, c, e->raw + (size_t) i * e->features,
                               scratch, &trees, &parzen);
        p = inner->trees + (size_t) inner->tests * inner->width;
        q = inner->parzen + (size_t) inner->tests * inner->width;

        for (k = 0; k < f->cohort[c].members; k++) {
            p[k] = trees[k];
            q[k] = parzen[k];
        }

        inner->truth[inner->tests] = place - f->cohort[c].member;
        inner->n[inner->tests++] = f->cohort[c].members;
    }

    free(scratch);
}


/* each member's temperature, then that of the two fused */
static void
keyauth_powers_choose(keyauth_fusion_head_t *h, keyauth_inner_t *inner)
{
    double    *p, *q;
    uint32_t   i, k;

    h->trees_power = keyauth_fusion_power(inner->trees, inner->truth,
                                          inner->n, inner->tests,
                                          inner->width);
    h->parzen_power = keyauth_fusion_power(inner->parzen, inner->truth,
                                           inner->n, inner->tests,
                                           inner->width);

    for (i = 0; i < inner->tests; i++) {
        p = inner->trees + (size_t) i * inner->width;
        q = inner->parzen + (size_t) i * inner->width;
        keyauth_powers_softmax(p, inner->n[i], h->trees_power);
        keyauth_powers_softmax(q, inner->n[i], h->parzen_power);

        for (k = 0; k < inner->n[i]; k++) {
            p[k] = log((p[k] + KEYAUTH_FUSED_FLOOR)
                       * (q[k] + KEYAUTH_FUSED_FLOOR));
        }
    }

    h->fused_power = keyauth_fusion_power(inner->trees, inner->truth,
                                          inner->n, inner->tests,
                                          inner->width);
}


static void
keyauth_powers_softmax(double *s, uint32_t n, double power)
{
    double    max, sum;
    uint32_t  i;

    max = s[0];
    sum = 0;

    for (i = 1; i < n; i++) {
        max = fmax(max, s[i]);
    }

    for (i = 0; i < n; i++) {
        s[i] = exp(power * (s[i] - max));
        sum += s[i];
    }

    for (i = 0; i < n; i++) {
        s[i] /= sum;
    }
}


/* golden section on the power's logarithm: the loss has one minimum */
double
keyauth_fusion_power(const double *scores, const uint32_t *truth,
    const uint32_t *n, uint32_t tests, uint32_t width)
{
    int     i;
    double  a, b, c, d, fc, fd;

    const double  ratio = 0.6180339887498949;

    if (tests == 0) {
        return 1;
    }

#define keyauth_power_loss(x)                                                 \
    keyauth_powers_loss(scores, truth, n, tests, width, exp(x))

    a = log(1e-3);
    b = log(1e2);
    c = b - ratio * (b - a);
    d = a + ratio * (b - a);
    fc = keyauth_power_loss(c);
    fd = keyauth_power_loss(d);

    for (i = 0; i < 30; i++) {
        if (fc < fd) {
            b = d;
            d = c;
            fd = fc;
            c = b - ratio * (b - a);
            fc = keyauth_power_loss(c);

        } else {
            a = c;
            c = d;
            fc = fd;
            d = a + ratio * (b - a);
            fd = keyauth_power_loss(d);
        }
    }

    return exp((a + b) / 2);
}


/* the mean negative log-likelihood of what is true */
static double
keyauth_powers_loss(const double *scores, const uint32_t *truth,
    const uint32_t *n, uint32_t tests, uint32_t width, double power)
{
    double         loss, max, sum;
    uint32_t       i, k;
    const double  *s;

    loss = 0;

    for (i = 0; i < tests; i++) {
        s = scores + (size_t) i * width;
        max = s[0];
        sum = 0;

        for (k = 1; k < n[i]; k++) {
            max = fmax(max, s[k]);
        }

        for (k = 0; k < n[i]; k++) {
            sum += exp(power * (s[k] - max));
        }

        loss += log(sum) - power * (s[truth[i]] - max);
    }

    return loss / tests;
}
