/*
 * FUSION's inner loops: see keyauth_kernels_loops.h.
 */


#ifndef KEYAUTH_KERNEL_FUSION_H_INCLUDED
#define KEYAUTH_KERNEL_FUSION_H_INCLUDED


#include <math.h>

#include "keyauth_fusion.h"
#include "keyauth_simd.h"


typedef float  keyauth_v8_t __attribute__((vector_size(32)));
typedef float  keyauth_v4_t __attribute__((vector_size(16)));


/* halves are added to each other: lane after lane would be a long wait */
KEYAUTH_KERNEL
static inline float
keyauth_kernel_total(const keyauth_vf_t *all)
{
    keyauth_v4_t  four;

#if KEYAUTH_SIMD_BYTES == 16

    four = *all;

#else

    keyauth_v8_t  eight;

#if KEYAUTH_SIMD_BYTES == 32

    eight = *all;

#else

    eight = __builtin_shufflevector(*all, *all, 0, 1, 2, 3, 4, 5, 6, 7)
            + __builtin_shufflevector(*all, *all, 8, 9, 10, 11, 12, 13, 14,
                                      15);
#endif

    four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3)
           + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
#endif

    return (four[0] + four[1]) + (four[2] + four[3]);
}


/*
 * One feature: each lane's sum of kernels over its slots in w->sums; the sum
 * over all lanes is returned.  Kernels share a division, which costs more than
 * all the rest: 1 / p + 1 / q = (p + q) / (p q), and so for two such sums.  No
 * product of four overflows, as d is at most 2 KEYAUTH_FUSION_FAR.
 */
KEYAUTH_KERNEL
static inline float
keyauth_kernel_parzen_sums(const keyauth_fusion_t *m,
    const keyauth_cohort_t *cohort, const float *slot, float x, float *sums)
{
    int            v;
    uint32_t       g, t, depth;
    keyauth_vf_t   p, q, r, s, pq, rs, sum[KEYAUTH_PARTS], all;
    keyauth_vf_t  *to;

    all = (keyauth_vf_t) { 0 };

    for (g = 0; g < cohort->groups; g++) {
        depth = m->depth[cohort->group + g];

        keyauth_each(v) {
            sum[v] = (keyauth_vf_t) { 0 };
        }

        for (t = 0; t + 4 <= depth; t += 4) {
            keyauth_each(v) {
                p = keyauth_row(slot)[v] - x;
                q = keyauth_row(slot + KEYAUTH_LANES)[v] - x;
                r = keyauth_row(slot + 2 * KEYAUTH_LANES)[v] - x;
                s = keyauth_row(slot + 3 * KEYAUTH_LANES)[v] - x;
                p = p * p + 1.0f;
                q = q * q + 1.0f;
                r = r * r + 1.0f;
                s = s * s + 1.0f;
                pq = p * q;
                rs = r * s;
                sum[v] += ((p + q) * rs + (r + s) * pq) / (pq * rs);
            }

            slot += 4 * KEYAUTH_LANES;
        }

        for ( /* void */ ; t + 2 <= depth; t += 2) {
            keyauth_each(v) {
                p = keyauth_row(slot)[v] - x;
                q = keyauth_row(slot + KEYAUTH_LANES)[v] - x;
                p = p * p + 1.0f;
                q = q * q + 1.0f;
                sum[v] += (p + q) / (p * q);
            }

            slot += 2 * KEYAUTH_LANES;
        }

        if (t < depth) {
            keyauth_each(v) {
                p = keyauth_row(slot)[v] - x;
                sum[v] += 1.0f / (p * p + 1.0f);
            }

            slot += KEYAUTH_LANES;
        }

        to = (keyauth_vf_t *) (void *) (sums + g * KEYAUTH_LANES);

        keyauth_each(v) {
            to[v] = sum[v];
            all += sum[v];
        }
    }

    return keyauth_kernel_total(&all);
}


/*
 * The product of a lane's densities over the features is kept as a mantissa
 * and an exponent, so that a lane needs a single logarithm.  Here are `count`
 * more features: their sums lie behind each other.
 */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_parzen_product(const keyauth_vf_t *weight,
    const float *everybody, uint32_t count, uint32_t n,
    keyauth_fusion_work_t *w)
{
    uint32_t             f, i;
    keyauth_vf_t         p, *mantissa;
    keyauth_vi_t         bits, *exponent;
    const keyauth_vf_t  *sums;

    mantissa = (keyauth_vf_t *) (void *) w->mantissa;
    exponent = (keyauth_vi_t *) (void *) w->exponent;
    sums = keyauth_row(w->sums);

    for (i = 0; i < n; i++) {
        p = mantissa[i];

        _Pragma("GCC unroll 3")
        for (f = 0; f < count; f++) {
            p *= sums[f * n + i] * weight[i] + everybody[f];
        }

        bits = (keyauth_vi_t) p;
        exponent[i] += (bits >> 23) - 127;
        mantissa[i] = (keyauth_vf_t) ((bits & 0x007fffff) | 0x3f800000);
    }
}


KEYAUTH_KERNEL
static void
keyauth_kernel_parzen(const keyauth_fusion_t *m,
    const keyauth_cohort_t *cohort, keyauth_fusion_work_t *w)
{
    float                everybody[KEYAUTH_PARZEN_STRIDE], share;
    double               product;
    uint32_t             f, i, j, n;
    const float         *slot;
    keyauth_vf_t        *mantissa, *density;
    keyauth_vi_t        *exponent;
    const keyauth_vf_t  *weight;

    n = cohort->groups * KEYAUTH_PARTS;
    slot = m->slots + cohort->slot * KEYAUTH_LANES;
    weight = keyauth_row(m->weight + cohort->group * KEYAUTH_LANES);
    mantissa = (keyauth_vf_t *) (void *) w->mantissa;
    exponent = (keyauth_vi_t *) (void *) w->exponent;
    density = (keyauth_vf_t *) (void *) w->density;
    share = (float) KEYAUTH_PARZEN_MIX / (float) cohort->rows;
    w->everybody = 0;
    product = 1;

    for (i = 0; i < n; i++) {
        mantissa[i] = (keyauth_vf_t) { 0 } + 1.0f;
        exponent[i] = (keyauth_vi_t) { 0 };
    }

    for (f = 0; f < m->head.features; f += j) {

        for (j = 0; j < KEYAUTH_PARZEN_STRIDE && f + j < m->head.features; j++)
        {
            everybody[j] = keyauth_kernel_parzen_sums(m, cohort, slot,
                               w->x[f + j], w->sums + j * n * KEYAUTH_WIDTH)
                           * share + 1e-12f;
            slot += (size_t) cohort->slots * KEYAUTH_LANES;
            product *= (double) everybody[j];
        }

        /* 1e-12 to the power of 24 is a normal double */

        if (f % (8 * KEYAUTH_PARZEN_STRIDE) == 0) {
            w->everybody += log(product);
            product = 1;
        }

        if (j == KEYAUTH_PARZEN_STRIDE) {
            keyauth_kernel_parzen_product(weight, everybody,
                                          KEYAUTH_PARZEN_STRIDE, n, w);

        } else {
            keyauth_kernel_parzen_product(weight, everybody, j, n, w);
        }
    }

    w->everybody += log(product);

    for (i = 0; i < n; i++) {
        keyauth_simd_log(&density[i], &mantissa[i]);
        density[i] += __builtin_convertvector(exponent[i], keyauth_vf_t)
                      * 0.693147181f;
    }
}


KEYAUTH_KERNEL
static void
keyauth_kernel_logs(float *p, uint32_t n)
{
    uint32_t       i;
    keyauth_vf_t  *v;

    v = (keyauth_vf_t *) (void *) p;

    for (i = 0; i < (n + KEYAUTH_WIDTH - 1) / KEYAUTH_WIDTH; i++) {
        keyauth_simd_log(&v[i], &v[i]);
    }
}


KEYAUTH_KERNEL
static void
keyauth_kernel_softmax(float *p, uint32_t n)
{
    int            k;
    float          max, sum;
    uint32_t       i;
    keyauth_vf_t   all, x, *v;
    keyauth_vi_t   more;

    for (i = n; i % KEYAUTH_LANES != 0; i++) {
        p[i] = -KEYAUTH_SOFTMAX_FAR;
    }

    n = i / KEYAUTH_WIDTH;
    v = (keyauth_vf_t *) (void *) p;
    all = v[0];

    for (i = 1; i < n; i++) {
        more = v[i] > all;
        keyauth_simd_select(&all, &more, &v[i]);
    }

    max = all[0];

    for (k = 1; k < KEYAUTH_WIDTH; k++) {
        max = all[k] > max ? all[k] : max;
    }

    all = (keyauth_vf_t) { 0 };

    for (i = 0; i < n; i++) {
        x = max - v[i];
        keyauth_simd_exp_minus(&v[i], &x);
        all += v[i];
    }

    sum = keyauth_kernel_total(&all);

    for (i = 0; i < n; i++) {
        v[i] /= sum;
    }
}


#endif /* KEYAUTH_KERNEL_FUSION_H_INCLUDED */
