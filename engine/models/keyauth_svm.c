/*
 * The support vector machine: see keyauth_svm.h; the bound on the error of a
 * decision in single precision is derived in keyauth_kernel_svm.h.
 */


#include <math.h>
#include <stdio.h>

#include "keyauth_svm.h"


static size_t keyauth_svm_layout(const keyauth_svm_t *m, void *scratch,
    keyauth_svm_work_t *w);
static double keyauth_svm_exact(const keyauth_svm_t *m, const double *x,
    const keyauth_svm_work_t *w, uint32_t i, uint32_t j);
static const double *keyauth_svm_exact_kernels(const keyauth_svm_t *m,
    const double *x, const keyauth_svm_work_t *w, uint32_t class);


int
keyauth_svm_check(const keyauth_svm_t *m, char *err)
{
    size_t                     rows;
    uint32_t                   g, i, n, slots;
    const keyauth_svm_head_t  *h;

    h = &m->head;

    if (h->groups != (h->classes + KEYAUTH_SVM_LANES - 1) / KEYAUTH_SVM_LANES
        || !(h->gamma > 0 && isfinite(h->gamma))
        || m->start[0] != 0 || m->start[h->classes] != h->vectors)
    {
        goto invalid;
    }

    for (i = 0; i < h->classes; i++) {
        if (m->start[i] > m->start[i + 1]
            || m->start[i + 1] - m->start[i] > m->depth[i / KEYAUTH_SVM_LANES])
        {
            goto invalid;
        }
    }

    slots = 0;
    rows = 0;

    for (g = 0; g < h->groups; g++) {
        if (m->depth[g] % 2 || m->depth[g] > h->slots - slots) {
            goto invalid;
        }

        slots += m->depth[g];
    }

    for (i = 0; i < h->classes; i++) {
        n = m->start[i + 1] - m->start[i];

        for (g = i / KEYAUTH_SVM_LANES; g < h->groups; g++) {
            rows += 1 + (n + 1) / 2 + m->depth[g] / 2;
        }
    }

    if (slots != h->slots || rows != m->npairs) {
        goto invalid;
    }

    return 0;

invalid:

    snprintf(err, KEYAUTH_ERROR_MAX, "the SVM's counts do not agree");

    return -1;
}


static size_t
keyauth_svm_layout(const keyauth_svm_t *m, void *scratch,
    keyauth_svm_work_t *w)
{
    char     *base;
    size_t    at, lanes;
    uint32_t  g, depth;

#define keyauth_svm_take(field, type, n)                                      \
    w->field = base ? (type *) (void *) (base + at) : NULL;                   \
    at += ((n) * sizeof(type) + 63) & ~(size_t) 63

    at = 0;
    base = scratch;
    lanes = (size_t) m->head.groups * KEYAUTH_SVM_LANES;
    depth = 0;

    for (g = 0; g < m->head.groups; g++) {
        depth = m->depth[g] > depth ? m->depth[g] : depth;
    }

    keyauth_svm_take(k, float, (size_t) m->head.slots * KEYAUTH_SVM_LANES);
    keyauth_svm_take(sum, float, lanes);
    keyauth_svm_take(bound, float, lanes);
    keyauth_svm_take(decision, float, lanes);
    keyauth_svm_take(votes, int32_t, lanes);
    keyauth_svm_take(exact, double, m->head.vectors);
    keyauth_svm_take(stamp, uint64_t, m->head.classes);
    keyauth_svm_take(now, uint64_t, 1);
    keyauth_svm_take(mine, float, depth);

    return at;
}


size_t
keyauth_svm_scratch(const keyauth_svm_t *m)
{
    keyauth_svm_work_t  w;

    return keyauth_svm_layout(m, NULL, &w);
}


uint32_t
keyauth_svm_predict(const keyauth_svm_t *m, const double x[KEYAUTH_SUMMARY],
    void *scratch, double *scores, uint64_t *again)
{
    float               scaled[KEYAUTH_SUMMARY];
    double              root;
    int32_t             most;
    uint32_t            f, i, best;
    keyauth_svm_work_t  w;

    keyauth_svm_layout(m, scratch, &w);
    root = sqrt(m->head.gamma);

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        scaled[f] = (float) (x[f] * root);
    }

    (*w.now)++;
    w.again = 0;

    m->kernels->svm_distances(m, scaled, &w);
    m->kernels->svm_votes(m, x, &w);

    if (again != NULL) {
        *again += w.again;
    }

    best = 0;
    most = w.votes[0];

    for (i = 0; i < m->head.classes; i++) {
        scores[i] = w.votes[i];

        if (w.votes[i] > most) {
            most = w.votes[i];
            best = i;
        }
    }

    return best;
}


void
keyauth_svm_recount(const keyauth_svm_t *m, const double *x,
    keyauth_svm_work_t *w, uint32_t i)
{
    int       won, wins;
    float     bound;
    uint32_t  j;

    for (j = i + 1; j < m->head.classes; j++) {
        bound = w->bound[i] + w->bound[j];

        if (fabsf(w->decision[j]) > bound) {
            continue;
        }

        won = (w->decision[j] > 0);
        wins = (keyauth_svm_exact(m, x, w, i, j) > 0);
        w->votes[i] += wins - won;
        w->votes[j] += won - wins;
        w->again++;
    }
}


/* libsvm's svm_predict_values() for one pair, in its order of additions */
static double
keyauth_svm_exact(const keyauth_svm_t *m, const double *x,
    const keyauth_svm_work_t *w, uint32_t i, uint32_t j)
{
    double         sum;
    size_t         pair;
    uint32_t       s;
    const double  *coef, *k;

    sum = 0;
    k = keyauth_svm_exact_kernels(m, x, w, i);
    coef = m->coef + (size_t) (j - 1) * m->head.vectors;

    for (s = m->start[i]; s < m->start[i + 1]; s++) {
        sum += coef[s] * k[s];
    }

    k = keyauth_svm_exact_kernels(m, x, w, j);
    coef = m->coef + (size_t) i * m->head.vectors;

    for (s = m->start[j]; s < m->start[j + 1]; s++) {
        sum += coef[s] * k[s];
    }

    pair = (size_t) i * (2 * (size_t) m->head.classes - i - 1) / 2
           + (j - i - 1);

    return sum - m->rho[pair];
}


static const double *
keyauth_svm_exact_kernels(const keyauth_svm_t *m, const double *x,
    const keyauth_svm_work_t *w, uint32_t class)
{
    double         d, sum;
    uint32_t       f, s;
    const double  *v;

    if (w->stamp[class] == *w->now) {
        return w->exact;
    }

    for (s = m->start[class]; s < m->start[class + 1]; s++) {
        v = m->vectors + (size_t) s * KEYAUTH_SUMMARY;
        sum = 0;

        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            d = x[f] - v[f];
            sum += d * d;
        }

        w->exact[s] = exp(-m->head.gamma * sum);
    }

    w->stamp[class] = *w->now;

    return w->exact;
}
