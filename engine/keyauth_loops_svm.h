/*
 * The SVM's inner loops: see keyauth_kernels_loops.h.
 */


#ifndef KEYAUTH_LOOPS_SVM_H_INCLUDED
#define KEYAUTH_LOOPS_SVM_H_INCLUDED


#include <math.h>

#include "keyauth_kernels.h"
#include "keyauth_simd.h"


#define KEYAUTH_SVM_U  0x1p-24f         /* half a unit in the last place */


/*
 * The bound on a single-precision decision's error, with x and s scaled by
 * sqrt(gamma) and rounded, u = 2^-24, X = |x|, z = |x - s|^2, K = exp(-z),
 * N the number of terms in a decision, and coefficients in units of the
 * largest:
 *
 *   - each difference is off by at most u (2 |x_f| + 2 |d_f|), so z by at
 *     most u (4 sqrt(z) X + 13 z) + 8 u^2 (X^2 + z), which, as
 *     4 sqrt(z) X <= 2 z + 2 X^2, is below u (16 z + 3 X^2);
 *   - while that is below 1/4, K is off by a factor of at most
 *     1.3 u (16 z + 3 X^2) + 4 u (the exponential's own error);
 *   - a coefficient of 16 bits is off by 2^-17 = 128 u;
 *   - it is read as 1 + q / 65536, and the sum of K is taken off at the end:
 *     products and sums up to twice the sum of K add 2 (N + 3) u K, the sum
 *     taken off N u K, and rho, being at most |decision| plus the sum of K,
 *     (N + 2) u K.
 *
 * Together: a decision is off by less than the sum over both classes' slots
 * of u K (21 z + 4 X^2 + 5 N + 160), which is computed for each class, plus
 * 1e-30 for what the exponential's clamp leaves out.
 */
KEYAUTH_KERNEL
static void
keyauth_kernel_svm_distances(const keyauth_svm_t *m, const float *x,
    keyauth_svm_work_t *w)
{
    int            f, v;
    float          norm, terms, unit;
    uint32_t       g, t, depth;
    const float   *s;
    keyauth_vf_t   d, e, z[KEYAUTH_PARTS];
    keyauth_vf_t   all[KEYAUTH_PARTS], off[KEYAUTH_PARTS];
    keyauth_vf_t  *bound, *k, *sum;

    norm = 0;
    depth = 0;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        norm += x[f] * x[f];
    }

    for (g = 0; g < m->head.groups; g++) {
        depth = m->depth[g] > depth ? m->depth[g] : depth;
    }

    unit = KEYAUTH_SVM_U;
    terms = 4 * norm + 5 * (2 * (float) depth + 1) + 160;

    /* the bound holds for small errors alone: none is small enough here */
    if (!(KEYAUTH_SVM_U * (16 * 88 + 3 * norm) < 0.25f)) {
        unit = INFINITY;
    }

    s = m->slots;
    k = (keyauth_vf_t *) (void *) w->k;
    sum = (keyauth_vf_t *) (void *) w->sum;
    bound = (keyauth_vf_t *) (void *) w->bound;

    for (g = 0; g < m->head.groups; g++) {

        keyauth_each(v) {
            all[v] = (keyauth_vf_t) { 0 };
            off[v] = (keyauth_vf_t) { 0 };
        }

        for (t = 0; t < m->depth[g]; t++) {

            keyauth_each(v) {
                z[v] = (keyauth_vf_t) { 0 };
            }

            for (f = 0; f < KEYAUTH_SUMMARY; f++) {
                keyauth_each(v) {
                    d = x[f] - keyauth_row(s)[v];
                    z[v] += d * d;
                }

                s += KEYAUTH_LANES;
            }

            keyauth_each(v) {
                keyauth_simd_exp_minus(&e, &z[v]);
                all[v] += e;
                off[v] += e * (21.0f * z[v] + terms);
                *k++ = e;
            }
        }

        keyauth_each(v) {
            *sum++ = all[v];
            *bound++ = off[v] * unit + 1e-30f;
        }
    }
}


/* the sum of a class's wins; *doubt: whether any lane of near is set */
KEYAUTH_KERNEL
static inline int32_t
keyauth_kernel_svm_wins(const keyauth_vi_t *wins, const keyauth_vi_t *near,
    int32_t *doubt)
{
    int      i;
    int32_t  n, d;

    n = 0;
    d = 0;

    for (i = 0; i < KEYAUTH_WIDTH; i++) {
        n += (*wins)[i];
        d |= (*near)[i];
    }

    *doubt = d;

    return n;
}


/* two rows of 1 + q / 65536: 16 bits are the head of a float's fraction */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_svm_unpack(keyauth_vf_t *low, keyauth_vf_t *high,
    const keyauth_vi_t *packed)
{
    *low = (keyauth_vf_t) (((*packed << 7) & 0x007fff80) | 0x3f800000);
    *high = (keyauth_vf_t) (((*packed >> 9) & 0x007fff80) | 0x3f800000);
}


/*
 * Class i against a group's lanes: the sums over i's vectors less those over
 * the lanes' own.  row: behind the rho row; returns the next block's place.
 */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) const float *
keyauth_kernel_svm_block(const float *row, const float *mine, uint32_t n,
    const float *k, uint32_t depth, keyauth_vf_t *d)
{
    int           v;
    uint32_t      t;
    keyauth_vf_t  a[KEYAUTH_PARTS], low, high;

    keyauth_each(v) {
        a[v] = (keyauth_vf_t) { 0 };
    }

    for (t = 0; t < n; t += 2) {
        keyauth_each(v) {
            keyauth_kernel_svm_unpack(&low, &high,
                                      (const keyauth_vi_t *)
                                          &keyauth_row(row)[v]);
            d[v] += mine[t] * low;
            a[v] -= mine[t + 1] * high;
        }

        row += KEYAUTH_LANES;
    }

    for (t = 0; t < depth; t += 2) {
        keyauth_each(v) {
            keyauth_kernel_svm_unpack(&low, &high,
                                      (const keyauth_vi_t *)
                                          &keyauth_row(row)[v]);
            d[v] -= keyauth_row(k)[v] * low;
            a[v] += keyauth_row(k + KEYAUTH_LANES)[v] * high;
        }

        row += KEYAUTH_LANES;
        k += 2 * KEYAUTH_LANES;
    }

    keyauth_each(v) {
        d[v] -= a[v];
    }

    return row;
}


/* K of class i's vectors, an even number, and their sum */
KEYAUTH_KERNEL
static inline float
keyauth_kernel_svm_mine(const keyauth_svm_t *m, keyauth_svm_work_t *w,
    uint32_t i, const float *k)
{
    float     sum;
    uint32_t  n, t;

    n = m->start[i + 1] - m->start[i];
    sum = 0;

    for (t = 0; t < n; t++) {
        w->mine[t] = k[t * KEYAUTH_LANES + i % KEYAUTH_LANES];
        sum += w->mine[t];
    }

    if (n % 2) {
        w->mine[n] = 0;
    }

    return sum;
}


/*
 * Class i against the lanes of each group from its own on: the decision is
 * positive where i wins.  In i's own group the lanes up to i are no pairs;
 * their rows decide for them, and the vote that each gets so is taken from
 * its start.
 */
KEYAUTH_KERNEL
static void
keyauth_kernel_svm_votes(const keyauth_svm_t *m, const double *x,
    keyauth_svm_work_t *w)
{
    int            v;
    float          sum;
    int32_t        doubt;
    uint32_t       g, i, n, first, end;
    const float   *k, *row;
    keyauth_vf_t   d[KEYAUTH_PARTS], bound;
    keyauth_vi_t   won, wins, near;
    keyauth_vf_t  *decision;
    keyauth_vi_t  *votes;

    for (i = 0; i < m->head.groups * KEYAUTH_LANES; i++) {
        end = (i / KEYAUTH_LANES + 1) * KEYAUTH_LANES;
        end = end < m->head.classes ? end : m->head.classes;
        w->votes[i] = (int32_t) i - (int32_t) end;
    }

    row = m->pairs;
    first = 0;

    for (i = 0; i < m->head.classes; i++) {

        g = i / KEYAUTH_LANES;

        if (i != 0 && i % KEYAUTH_LANES == 0) {
            first += m->depth[g - 1];
        }

        n = m->start[i + 1] - m->start[i];
        k = w->k + (size_t) first * KEYAUTH_LANES;
        sum = keyauth_kernel_svm_mine(m, w, i, k);

        wins = (keyauth_vi_t) { 0 };
        near = (keyauth_vi_t) { 0 };

        for ( /* void */ ; g < m->head.groups; g++) {

            keyauth_each(v) {
                d[v] = keyauth_row(row)[v]
                       + (keyauth_row(w->sum + g * KEYAUTH_LANES)[v] - sum);
            }

            row = keyauth_kernel_svm_block(row + KEYAUTH_LANES, w->mine, n, k,
                                           m->depth[g], d);
            k += (size_t) m->depth[g] * KEYAUTH_LANES;

            decision = (keyauth_vf_t *) (void *)
                       &w->decision[g * KEYAUTH_LANES];
            votes = (keyauth_vi_t *) (void *) &w->votes[g * KEYAUTH_LANES];

            keyauth_each(v) {
                decision[v] = d[v];

                won = d[v] > 0;
                wins -= won;
                votes[v] += won + 1;

                bound = w->bound[i]
                        + keyauth_row(&w->bound[g * KEYAUTH_LANES])[v];
                near |= ~((d[v] > bound) | (d[v] < -bound));
            }
        }

        w->votes[i] += keyauth_kernel_svm_wins(&wins, &near, &doubt);

        if (doubt) {
            keyauth_svm_recount(m, x, w, i);
        }
    }
}


#endif /* KEYAUTH_LOOPS_SVM_H_INCLUDED */
