/*
 * The Parzen density's inner loops: see keyauth_kernels_loops.h.
 */


#ifndef KEYAUTH_LOOPS_PARZEN_H_INCLUDED
#define KEYAUTH_LOOPS_PARZEN_H_INCLUDED


#include "keyauth_kernels.h"
#include "keyauth_simd.h"


/*
 * One feature: each lane's sum of kernels over its slots in w->sums; the sum
 * over all lanes is returned.  Two kernels share a division:
 * 1 / p + 1 / q = (p + q) / (p q).
 */
KEYAUTH_KERNEL
static inline float
keyauth_kernel_parzen_sums(const keyauth_fusion_t *m,
    const keyauth_cohort_t *cohort, const float *slot, float x, float *sums)
{
    int            v;
    float          total;
    uint32_t       g, t, depth;
    keyauth_vf_t   p, q, sum[KEYAUTH_PARTS], all;
    keyauth_vf_t  *to;

    all = (keyauth_vf_t) { 0 };

    for (g = 0; g < cohort->groups; g++) {
        depth = m->depth[cohort->group + g];

        keyauth_each(v) {
            sum[v] = (keyauth_vf_t) { 0 };
        }

        for (t = 0; t + 2 <= depth; t += 2) {
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

    total = 0;

    for (v = 0; v < KEYAUTH_WIDTH; v++) {
        total += all[v];
    }

    return total;
}


/* log(2^exponent * mantissa), mantissa >= 1, by atanh's series */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_parzen_log(keyauth_vf_t *to, const keyauth_vi_t *exponent,
    const keyauth_vf_t *mantissa)
{
    keyauth_vf_t  p, s, t;
    keyauth_vi_t  bits, e;

    bits = (keyauth_vi_t) *mantissa;
    e = *exponent + (bits >> 23) - 127;
    s = (keyauth_vf_t) ((bits & 0x007fffff) | 0x3f800000);
    s = (s - 1.0f) / (s + 1.0f);
    t = s * s;

    p = t * (1.0f / 15) + (1.0f / 13);
    p = p * t + (1.0f / 11);
    p = p * t + (1.0f / 9);
    p = p * t + (1.0f / 7);
    p = p * t + (1.0f / 5);
    p = p * t + (1.0f / 3);
    p = p * t + 1.0f;

    *to = __builtin_convertvector(e, keyauth_vf_t) * 0.693147181f
          + 2.0f * s * p;
}


/*
 * The product of a lane's densities over the features is kept as a mantissa
 * and an exponent, so that a lane needs a single logarithm.
 */
KEYAUTH_KERNEL
static void
keyauth_kernel_parzen(const keyauth_fusion_t *m,
    const keyauth_cohort_t *cohort, keyauth_fusion_work_t *w)
{
    float                everybody;
    uint32_t             f, i, n;
    const float         *slot;
    keyauth_vf_t         p, *mantissa, *density;
    keyauth_vi_t         bits, *exponent;
    const keyauth_vf_t  *sums, *weight;

    n = cohort->groups * KEYAUTH_PARTS;
    slot = m->slots + cohort->slot * KEYAUTH_LANES;
    sums = keyauth_row(w->sums);
    weight = keyauth_row(m->weight + cohort->group * KEYAUTH_LANES);
    mantissa = (keyauth_vf_t *) (void *) w->mantissa;
    exponent = (keyauth_vi_t *) (void *) w->exponent;
    density = (keyauth_vf_t *) (void *) w->density;

    for (i = 0; i < n; i++) {
        mantissa[i] = (keyauth_vf_t) { 0 } + 1.0f;
        exponent[i] = (keyauth_vi_t) { 0 };
    }

    for (f = 0; f < m->head.features; f++) {
        everybody = keyauth_kernel_parzen_sums(m, cohort, slot, w->x[f],
                                               w->sums);
        everybody = 0.05f * everybody / (float) cohort->rows + 1e-12f;
        slot += (size_t) cohort->slots * KEYAUTH_LANES;

        for (i = 0; i < n; i++) {
            p = (sums[i] * weight[i] + everybody) * mantissa[i];

            /* p is positive and normal: below 1e-12 it never gets */
            bits = (keyauth_vi_t) p;
            exponent[i] += (bits >> 23) - 127;
            mantissa[i] = (keyauth_vf_t) ((bits & 0x007fffff) | 0x3f800000);
        }
    }

    for (i = 0; i < n; i++) {
        keyauth_kernel_parzen_log(&density[i], &exponent[i], &mantissa[i]);
    }
}


#endif /* KEYAUTH_LOOPS_PARZEN_H_INCLUDED */
