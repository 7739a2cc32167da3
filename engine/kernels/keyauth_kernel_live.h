/*
 * LIVE's inner loops, in double precision: see keyauth_kernels_loops.h.
 */


#ifndef KEYAUTH_KERNEL_LIVE_H_INCLUDED
#define KEYAUTH_KERNEL_LIVE_H_INCLUDED


#include <string.h>

#include "keyauth_live.h"


#define KEYAUTH_DOUBLES  (KEYAUTH_SIMD_BYTES / 8)

/* callers' arrays are aligned as any double is */
typedef double    keyauth_vd_t
    __attribute__((vector_size(KEYAUTH_SIMD_BYTES), aligned(8), may_alias));
typedef uint64_t  keyauth_vu_t
    __attribute__((vector_size(KEYAUTH_SIMD_BYTES), aligned(8), may_alias));

#define keyauth_at(p)       (*(keyauth_vd_t *) (void *) (p))
#define keyauth_doubles(p)  (*(const keyauth_vd_t *) (const void *) (p))


/*
 * log(x) of a positive normal x to 1e-12: 2^n m, and atanh's series for
 * log(m), m between sqrt(1/2) and sqrt(2).
 */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_log(keyauth_vd_t *x)
{
    keyauth_vd_t  n, p, s, t;
    keyauth_vu_t  bits, exponent;

    bits = (keyauth_vu_t) *x;

    /* what 1 has more than sqrt(1/2) carries from sqrt(2) on */
    exponent = (bits + 0x00095f619980c433) >> 52;
    s = (keyauth_vd_t) (bits - ((exponent - 1023) << 52));

    /* an integer in the low bits of 2^52 */
    n = (keyauth_vd_t) (exponent | 0x4330000000000000)
        - (4503599627370496.0 + 1023);

    s = (s - 1.0) / (s + 1.0);
    t = s * s;

    p = t * (1.0 / 13) + (1.0 / 11);
    p = p * t + (1.0 / 9);
    p = p * t + (1.0 / 7);
    p = p * t + (1.0 / 5);
    p = p * t + (1.0 / 3);
    p = p * t + 1.0;

    *x = n * 0.69314718055994531 + 2.0 * s * p;
}


/* steps of n keys to 4n - 3 compressed intervals, and zeros up to the next 8 */
KEYAUTH_KERNEL
static void
keyauth_kernel_live_intervals(const uint16_t *steps, uint32_t n, double *x)
{
    uint32_t         i, count;
    keyauth_vd_t     v, sign;
    const uint16_t  *gap;

    gap = steps + n;
    count = 4 * n - 3;

    for (i = 0; i < n; i++) {
        x[i] = steps[i];
    }

    for (i = 0; i < n - 1; i++) {
        x[n + i] = gap[i];
        x[2 * n - 1 + i] = (int) gap[i] + steps[i + 1] - steps[i];
        x[3 * n - 2 + i] = (int) gap[i] - steps[i];
    }

    for (i = count; i % 8 != 0; i++) {
        x[i] = 0;
    }

    for (i = 0; i < count; i += KEYAUTH_DOUBLES) {
        v = keyauth_at(x + i);
        sign = (keyauth_vd_t) ((keyauth_vu_t) v & 0x8000000000000000);
        v = (keyauth_vd_t) ((keyauth_vu_t) v & 0x7fffffffffffffff);
        v = v * (KEYAUTH_LIVE_STEP_MS / KEYAUTH_COMPRESS_MS) + 1.0;
        keyauth_kernel_live_log(&v);
        keyauth_at(x + i) = (keyauth_vd_t) ((keyauth_vu_t) v
                                                 | (keyauth_vu_t) sign);
    }
}


/* adds a row of the template to the sums of each interval */
KEYAUTH_KERNEL
static inline void
keyauth_kernel_live_row(const keyauth_live_sample_t *s, uint32_t count,
    const double *row, double weight, keyauth_live_work_t *w)
{
    uint32_t      i;
    keyauth_vd_t  d, k, near;
    keyauth_vu_t  nearer;

    for (i = 0; i < count; i += KEYAUTH_DOUBLES) {
        d = keyauth_doubles(row + i) - keyauth_doubles(s->x + i);
        keyauth_at(w->first + i) += weight * d;
        keyauth_at(w->second + i) += weight * d * d;

        d = d * keyauth_doubles(s->rate + i);
        k = 1.0 / (d * d + 1.0);
        keyauth_at(w->own + i) += weight * k;

        near = keyauth_at(w->near + i);
        nearer = (keyauth_vu_t) (k > near);
        keyauth_at(w->near + i)
            = (keyauth_vd_t) (((keyauth_vu_t) k & nearer)
                              | ((keyauth_vu_t) near & ~nearer));
    }
}


/*
 * What a template says about each interval of the sample: logarithms in
 * w->own, near and second, the distance to the rows' mean in w->first, their
 * variance in w->spread.
 */
KEYAUTH_KERNEL
static void
keyauth_kernel_live_compare(const keyauth_live_template_t *t,
    const keyauth_live_sample_t *s, const double *weight,
    keyauth_live_work_t *w)
{
    double        row[KEYAUTH_LIVE_WIDE], sum, square, more;
    uint32_t      i, r, count;
    keyauth_vd_t  d, v, h, g;

    count = 4 * t->keys - 3;
    sum = 0;
    square = 0;

    for (i = 0; i < count; i += KEYAUTH_DOUBLES) {
        keyauth_at(w->own + i) = (keyauth_vd_t) { 0 };
        keyauth_at(w->near + i) = (keyauth_vd_t) { 0 };
        keyauth_at(w->first + i) = (keyauth_vd_t) { 0 };
        keyauth_at(w->second + i) = (keyauth_vd_t) { 0 };
    }

    for (r = 0; r < t->rows; r++) {
        keyauth_kernel_live_intervals(t->row[r].steps, t->keys, row);
        keyauth_kernel_live_row(s, count, row, weight[r], w);
        sum += weight[r];
        square += weight[r] * weight[r];
    }

    more = sum * sum / square;

    for (i = 0; i < count; i += KEYAUTH_DOUBLES) {
        g = KEYAUTH_LIVE_MIX * keyauth_doubles(s->ground + i);

        v = ((1 - KEYAUTH_LIVE_MIX) / sum * keyauth_at(w->own + i) + g)
            / keyauth_doubles(s->ground + i);
        keyauth_kernel_live_log(&v);
        keyauth_at(w->own + i) = v;

        v = (keyauth_at(w->near + i) + g)
            / keyauth_doubles(s->ground + i);
        keyauth_kernel_live_log(&v);
        keyauth_at(w->near + i) = v;

        d = keyauth_at(w->first + i) / sum;
        v = keyauth_at(w->second + i) / sum - d * d;
        keyauth_at(w->first + i) = -d;
        keyauth_at(w->spread + i) = v;

        h = 1.0 / keyauth_doubles(s->rate + i);
        v = (v * more + KEYAUTH_LIVE_PRIOR * h * h)
            / (more + KEYAUTH_LIVE_PRIOR);
        v = d * d / v + 1.0;
        keyauth_kernel_live_log(&v);
        keyauth_at(w->second + i) = v;
    }
}


/* log(1 + x^2) of n values and those up to the next 8, in place */
KEYAUTH_KERNEL
static void
keyauth_kernel_live_logs(double *x, uint32_t n)
{
    uint32_t      i;
    keyauth_vd_t  v;

    for (i = 0; i < n; i += KEYAUTH_DOUBLES) {
        v = keyauth_at(x + i);
        v = v * v + 1.0;
        keyauth_kernel_live_log(&v);
        keyauth_at(x + i) = v;
    }
}


#endif /* KEYAUTH_KERNEL_LIVE_H_INCLUDED */
