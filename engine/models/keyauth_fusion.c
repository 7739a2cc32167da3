/*
 * FUSION: see keyauth_fusion.h.
 */


#include <math.h>
#include <string.h>

#include "keyauth_fusion.h"


static size_t keyauth_fusion_layout(const keyauth_fusion_t *m, void *scratch,
    keyauth_fusion_work_t *w);
static void keyauth_fusion_cohort(const keyauth_fusion_t *m, uint32_t c,
    const double *raw, keyauth_fusion_work_t *w);
static void keyauth_fusion_features(const keyauth_fusion_t *m, uint32_t c,
    const double *raw, keyauth_fusion_work_t *w);
static void keyauth_fusion_log_shares(const keyauth_fusion_t *m,
    const keyauth_cohort_t *cohort, keyauth_fusion_work_t *w);
static void keyauth_fusion_softmax(const keyauth_fusion_t *m,
    keyauth_fusion_work_t *w, double *scores);


static size_t
keyauth_fusion_layout(const keyauth_fusion_t *m, void *scratch,
    keyauth_fusion_work_t *w)
{
    char      *base;
    size_t     at, lanes;
    uint32_t   c;

#define keyauth_fusion_take(field, type, n)                                   \
    w->field = base ? (type *) (void *) (base + at) : NULL;                   \
    at += ((n) * sizeof(type) + 63) & ~(size_t) 63

    at = 0;
    base = scratch;
    lanes = 0;

    for (c = 0; c < m->head.cohorts; c++) {
        lanes = m->cohort[c].groups > lanes ? m->cohort[c].groups : lanes;
    }

    lanes *= KEYAUTH_FUSION_LANES;

    keyauth_fusion_take(x, float, m->head.features);
    keyauth_fusion_take(steps, int16_t,
                        m->head.features > KEYAUTH_GROVE_TABLE
                        ? m->head.features : KEYAUTH_GROVE_TABLE);
    keyauth_fusion_take(votes, uint32_t,
                        KEYAUTH_GROVE_VOTES * (size_t) m->head.classes);
    keyauth_fusion_take(sums, float, KEYAUTH_PARZEN_STRIDE * lanes);
    keyauth_fusion_take(mantissa, float, lanes);
    keyauth_fusion_take(exponent, int32_t, lanes);
    keyauth_fusion_take(density, float, lanes);
    keyauth_fusion_take(row, float, m->head.classes);
    keyauth_fusion_take(trees, double, m->head.classes);
    keyauth_fusion_take(parzen, double, m->head.classes);

    return at;
}


size_t
keyauth_fusion_scratch(const keyauth_fusion_t *m)
{
    keyauth_fusion_work_t  w;

    return keyauth_fusion_layout(m, NULL, &w);
}


double
keyauth_fusion_compress(double x)
{
    return copysign(log1p(fabs(x) / KEYAUTH_COMPRESS_MS), x);
}


/* the cohort's part of w->trees and w->parzen */
static void
keyauth_fusion_cohort(const keyauth_fusion_t *m, uint32_t c,
    const double *raw, keyauth_fusion_work_t *w)
{
    uint32_t                 i;
    const keyauth_cohort_t  *cohort;

    cohort = &m->cohort[c];

    keyauth_fusion_features(m, c, raw, w);
    memset(w->votes, 0, KEYAUTH_GROVE_VOTES * cohort->members
                        * sizeof(uint32_t));
    keyauth_grove_count(&m->trees, m->kernels, cohort->tree, cohort->trees,
                        w->steps, w->votes, cohort->members);
    keyauth_fusion_log_shares(m, cohort, w);
    m->kernels->parzen(m, cohort, w);

    for (i = 0; i < cohort->members; i++) {
        w->parzen[cohort->member + i] = (double) w->density[i];
    }
}


/* w->steps, and w->x: keyauth_fusion_compress() of many, in floats */
static void
keyauth_fusion_features(const keyauth_fusion_t *m, uint32_t c,
    const double *raw, keyauth_fusion_work_t *w)
{
    double                  x;
    uint32_t                f;
    const keyauth_scale_t  *scale;

    scale = m->scale + (size_t) c * m->head.features;

    for (f = 0; f < m->head.features; f++) {
        w->steps[f] = keyauth_grove_step_of(raw[f], &w->x[f]);
    }

    m->kernels->logs(w->x, m->head.features);

    for (f = 0; f < m->head.features; f++) {
        x = copysign((double) w->x[f], raw[f]);
        w->x[f] = (float) ((x - scale[f].centre) / scale[f].width);
    }
}


/* votes of trees become log(share + 1e-3) */
static void
keyauth_fusion_log_shares(const keyauth_fusion_t *m,
    const keyauth_cohort_t *cohort, keyauth_fusion_work_t *w)
{
    double           *trees, vote;
    uint32_t          i, n;
    const uint32_t   *votes;

    n = cohort->members;
    trees = w->trees + cohort->member;
    votes = w->votes;
    vote = 1.0 / cohort->trees;

    for (i = 0; i < n; i++) {
        w->row[i] = (float) ((votes[i] + votes[n + i] + votes[2 * n + i]
                              + votes[3 * n + i]) * vote
                             + KEYAUTH_TREES_FLOOR);
    }

    m->kernels->logs(w->row, n);

    for (i = 0; i < n; i++) {
        trees[i] = (double) w->row[i];
    }
}


uint32_t
keyauth_fusion_predict(const keyauth_fusion_t *m, const double *raw,
    void *scratch, double *scores)
{
    double                 top;
    uint32_t               c, i, best;
    keyauth_fusion_work_t  w;

    keyauth_fusion_layout(m, scratch, &w);

    for (c = 0; c < m->head.cohorts; c++) {
        keyauth_fusion_cohort(m, c, raw, &w);
    }

    keyauth_fusion_softmax(m, &w, scores);

    best = 0;
    top = scores[0];

    for (i = 1; i < m->head.classes; i++) {
        if (scores[i] > top) {
            top = scores[i];
            best = i;
        }
    }

    return best;
}


static void
keyauth_fusion_softmax(const keyauth_fusion_t *m, keyauth_fusion_work_t *w,
    double *scores)
{
    uint32_t  i, n;

    n = m->head.classes;

    for (i = 0; i < n; i++) {
        w->row[i] = (float) (m->head.trees_power * w->trees[i]
                             + m->head.parzen_power * w->parzen[i]);
    }

    m->kernels->softmax(w->row, n);

    for (i = 0; i < n; i++) {
        scores[m->member[i]] = (double) w->row[i];
    }
}


double
keyauth_fusion_verify(const keyauth_fusion_t *m, uint32_t class,
    const double *raw, void *scratch)
{
    double                   trees, parzen, fit;
    uint32_t                 c, claim;
    keyauth_fusion_work_t    w;
    const keyauth_cohort_t  *cohort;

    keyauth_fusion_layout(m, scratch, &w);

    claim = m->place[class];

    for (c = 0; claim - m->cohort[c].member >= m->cohort[c].members; c++) {
        /* void */
    }

    cohort = &m->cohort[c];
    claim -= cohort->member;
    keyauth_fusion_cohort(m, c, raw, &w);

    trees = keyauth_fusion_tnorm(w.trees + cohort->member, cohort->members,
                                 claim);
    parzen = keyauth_fusion_tnorm(w.parzen + cohort->member, cohort->members,
                                  claim);

    fit = w.parzen[cohort->member + claim];

    return (trees + parzen) / 2 + keyauth_fusion_ratio(m, fit, w.everybody)
           - fmax(m->head.floor - fit, 0);
}


double
keyauth_fusion_ratio(const keyauth_fusion_t *m, double claim, double everybody)
{
    return (claim - everybody) / m->head.features
           + log(KEYAUTH_PARZEN_MIX);
}


double
keyauth_fusion_tnorm(const double *score, uint32_t n, uint32_t i)
{
    double    d, mean, var;
    uint32_t  j;

    mean = 0;
    var = 0;

    for (j = 0; j < n; j++) {
        mean += j == i ? 0 : score[j];
    }

    mean /= n - 1;

    for (j = 0; j < n; j++) {
        d = j == i ? 0 : score[j] - mean;
        var += d * d;
    }

    return (score[i] - mean) / sqrt(fmax(var / (n - 1), 1e-9));
}


double
keyauth_fusion_members(const keyauth_fusion_t *m, uint32_t cohort,
    const double *raw, void *scratch, const double **trees,
    const double **parzen)
{
    keyauth_fusion_work_t  w;

    keyauth_fusion_layout(m, scratch, &w);
    keyauth_fusion_cohort(m, cohort, raw, &w);

    *trees = w.trees + m->cohort[cohort].member;
    *parzen = w.parzen + m->cohort[cohort].member;

    return w.everybody;
}
