/*
 * The SVM's inner loops: see keyauth_kernels_loops.h.
 */


#ifndef KEYAUTH_KERNEL_SVM_H_INCLUDED
#define KEYAUTH_KERNEL_SVM_H_INCLUDED


#include <math.h>

#include "keyauth_svm.h"
#include "keyauth_simd.h"


#define KEYAUTH_SVM_U     0x1p-24f      /* half a unit in the last place */
#define KEYAUTH_SVM_UNIT  0x1p32f       /* of a decision */


/*
 * Two vectors of a class share a row of "svm.pairs": packed = 65536 h + l, l
 * from 0 to 65535, h from -32768 to 32767, are their coefficients l and
 * h + 32768.  With their kernels K and L, the first's and the second's,
 *
 *     65536 (l K + (h + 32768) L) = l (65536 K - L) + packed L + 2^31 L
 *
 * so that a row costs two conversions and two multiplications when 65536 K - L
 * and L are kept instead of K and L, and the sums of 2^31 L.  A decision then
 * comes in units of 2^-32 of those of keyauth_svm.h.
 */


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
 *   - 65536 K - L, packed and 2^31 L are rounded: 2 u K;
 *   - N products and sums up to the sum of K, which is half as much again
 *     with the sum of 2^31 L, add 3 / 2 (N + 3) u K, that sum N / 4 u K, and
 *     rho, being at most |decision| plus the sum of K, (N + 2) u K.
 *
 * Together: a decision is off by less than the sum over both classes' slots
 * of u K (21 z + 4 X^2 + 3 N + 150), which is computed for each class, plus
 * 1e-20 units for what the exponential's clamp leaves out.
 */
/* K of a slot's lanes, and what they add to their classes' bounds */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_svm_kernels(const float *slot, const float *x, float terms,
    keyauth_vf_t *k, keyauth_vf_t *off)
{
    int           f, v;
    keyauth_vf_t  d, z[KEYAUTH_PARTS];

    keyauth_each(v) {
        z[v] = (keyauth_vf_t) { 0 };
    }

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        keyauth_each(v) {
            d = x[f] - keyauth_row(slot)[v];
            z[v] += d * d;
        }

        slot += KEYAUTH_LANES;
    }

    keyauth_each(v) {
        keyauth_simd_exp_minus(&k[v], &z[v]);
        off[v] += k[v] * (21.0f * z[v] + terms);
    }
}


KEYAUTH_KERNEL
static void
keyauth_kernel_svm_distances(const keyauth_svm_t *m, const float *x,
    keyauth_svm_work_t *w)
{
    int            f, v;
    float          norm, terms, unit;
    uint32_t       g, t, depth;
    const float   *s;
    keyauth_vf_t   first[KEYAUTH_PARTS], second[KEYAUTH_PARTS];
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

    unit = KEYAUTH_SVM_U * KEYAUTH_SVM_UNIT;
    terms = 4 * norm + 3 * (2 * (float) depth + 1) + 150;

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

        for (t = 0; t < m->depth[g]; t += 2) {
            keyauth_kernel_svm_kernels(s, x, terms, first, off);
            s += KEYAUTH_SUMMARY * KEYAUTH_LANES;
            keyauth_kernel_svm_kernels(s, x, terms, second, off);
            s += KEYAUTH_SUMMARY * KEYAUTH_LANES;

            keyauth_each(v) {
                all[v] += second[v];
                k[v] = first[v] * 0x1p16f - second[v];
                k[KEYAUTH_PARTS + v] = second[v];
            }

            k += 2 * KEYAUTH_PARTS;
        }

        keyauth_each(v) {
            *sum++ = all[v] * 0x1p31f;
            *bound++ = off[v] * unit + 1e-20f;
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


/*
 * Class i against a group's lanes: the sums over i's vectors less those over
 * the lanes' own.  row: behind the rho row; returns the next block's place.
 */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) const float *
keyauth_kernel_svm_block(const float *row, const float *mine, uint32_t n,
    const float *k, uint32_t depth, keyauth_vf_t *d)
{
    int                  v;
    uint32_t             t;
    keyauth_vf_t         a[KEYAUTH_PARTS], b[KEYAUTH_PARTS], c[KEYAUTH_PARTS];
    keyauth_vf_t         both, low;
    const keyauth_vi_t  *packed;

    /* several sums, as none can be added to before its last addition ends */

    keyauth_each(v) {
        a[v] = (keyauth_vf_t) { 0 };
        b[v] = (keyauth_vf_t) { 0 };
        c[v] = (keyauth_vf_t) { 0 };
    }

    _Pragma("GCC unroll 4")
    for (t = 0; t < n; t += 2) {
        packed = (const keyauth_vi_t *) (const void *) row;

        keyauth_each(v) {
            both = __builtin_convertvector(packed[v], keyauth_vf_t);
            low = __builtin_convertvector(packed[v] & 0xffff, keyauth_vf_t);
            d[v] += mine[t] * low;
            a[v] += mine[t + 1] * both;
        }

        row += KEYAUTH_LANES;
    }

    _Pragma("GCC unroll 4")
    for (t = 0; t < depth; t += 2) {
        packed = (const keyauth_vi_t *) (const void *) row;

        keyauth_each(v) {
            both = __builtin_convertvector(packed[v], keyauth_vf_t);
            low = __builtin_convertvector(packed[v] & 0xffff, keyauth_vf_t);
            b[v] += keyauth_row(k)[v] * low;
            c[v] += keyauth_row(k + KEYAUTH_LANES)[v] * both;
        }

        row += KEYAUTH_LANES;
        k += 2 * KEYAUTH_LANES;
    }

    keyauth_each(v) {
        d[v] = (d[v] + a[v]) - (b[v] + c[v]);
    }

    return row;
}


/*
 * Class i against the lanes of each group from its own on: the decision is
 * positive where i wins.  A class begins with as many votes as there are
 * classes before it, and loses one to each that wins; in i's own group the
 * lanes up to i are no pairs, and their rows decide that i does not win.
 */
KEYAUTH_KERNEL
static void
keyauth_kernel_svm_votes(const keyauth_svm_t *m, const double *x,
    keyauth_svm_work_t *w)
{
    int                  v;
    float                mine, own;
    int32_t              doubt;
    uint32_t             g, groups, i, n, t, first;
    const float         *k, *row;
    keyauth_vf_t         d[KEYAUTH_PARTS], size;
    keyauth_vi_t         won, wins, near;
    keyauth_vf_t        *decision;
    keyauth_vi_t        *votes;
    const uint32_t      *depth;
    const keyauth_vf_t  *bound, *sum;

    groups = m->head.groups;
    depth = m->depth;
    bound = keyauth_row(w->bound);
    sum = keyauth_row(w->sum);
    decision = (keyauth_vf_t *) (void *) w->decision;
    votes = (keyauth_vi_t *) (void *) w->votes;

    for (i = 0; i < groups * KEYAUTH_LANES; i++) {
        w->votes[i] = (int32_t) i;
    }

    row = m->pairs;
    first = 0;

    for (i = 0; i < m->head.classes; i++) {

        g = i / KEYAUTH_LANES;

        if (i != 0 && i % KEYAUTH_LANES == 0) {
            first += depth[g - 1];
        }

        n = m->start[i + 1] - m->start[i];
        k = w->k + (size_t) first * KEYAUTH_LANES;

        for (t = 0; t < n + n % 2; t++) {
            w->mine[t] = k[t * KEYAUTH_LANES + i % KEYAUTH_LANES];
        }

        wins = (keyauth_vi_t) { 0 };
        near = (keyauth_vi_t) { 0 };

        own = w->bound[i];
        mine = w->sum[i];

        for ( /* void */ ; g < groups; g++) {

            keyauth_each(v) {
                d[v] = keyauth_row(row)[v]
                       + (mine - sum[g * KEYAUTH_PARTS + v]);
            }

            row = keyauth_kernel_svm_block(row + KEYAUTH_LANES, w->mine, n, k,
                                           depth[g], d);
            k += (size_t) depth[g] * KEYAUTH_LANES;

            keyauth_each(v) {
                decision[g * KEYAUTH_PARTS + v] = d[v];

                won = d[v] > 0;
                wins -= won;
                votes[g * KEYAUTH_PARTS + v] += won;

                size = (keyauth_vf_t) ((keyauth_vi_t) d[v] & 0x7fffffff);
                near |= ~(size > own + bound[g * KEYAUTH_PARTS + v]);
            }
        }

        w->votes[i] += keyauth_kernel_svm_wins(&wins, &near, &doubt);

        if (doubt) {
            keyauth_svm_recount(m, x, w, i);
        }
    }
}


#endif /* KEYAUTH_KERNEL_SVM_H_INCLUDED */
