/*
 * LIVE's inner loops, in double precision: see keyauth_kernels_loops.h.
 */


#ifndef KEYAUTH_KERNEL_LIVE_H_INCLUDED
#define KEYAUTH_KERNEL_LIVE_H_INCLUDED


#include <math.h>
#include <string.h>

#include "keyauth_live.h"


#define KEYAUTH_DOUBLES  (KEYAUTH_SIMD_BYTES / 8)

#define KEYAUTH_LIVE_BLOCK  32          /* intervals of a product */
#define KEYAUTH_LIVE_BLOCKS (KEYAUTH_KEYS_MAX / KEYAUTH_LIVE_BLOCK)
#define KEYAUTH_LIVE_ROOM   (2 * KEYAUTH_LIVE_BLOCKS)
#define KEYAUTH_LIVE_TERMS                                                    \
    (KEYAUTH_LIVE_ROOM * KEYAUTH_LIVE_KINDS * KEYAUTH_LIVE_LOGS)

/* terms of an interval, as keyauth_live_score() has them: parts 0, 1, 2, 4 */
#define KEYAUTH_LIVE_OWN    0
#define KEYAUTH_LIVE_NEAR   1
#define KEYAUTH_LIVE_FAR    2
#define KEYAUTH_LIVE_APART  3
#define KEYAUTH_LIVE_LOGS   4

/* for each kind; unrolled, so that kinds are registers */
#define keyauth_kinds(k)                                                      \
    _Pragma("GCC unroll 4")                                                   \
    for (k = 0; k < KEYAUTH_LIVE_KINDS; k++)

/* callers' arrays are aligned as their elements are */
typedef double    keyauth_vd_t
    __attribute__((vector_size(KEYAUTH_SIMD_BYTES), aligned(8), may_alias));
typedef uint64_t  keyauth_vu_t
    __attribute__((vector_size(KEYAUTH_SIMD_BYTES), aligned(8), may_alias));
typedef int32_t   keyauth_vh_t
    __attribute__((vector_size(KEYAUTH_SIMD_BYTES / 2)));
typedef uint16_t  keyauth_vs_t
    __attribute__((vector_size(KEYAUTH_SIMD_BYTES / 4), aligned(2),
                   may_alias));

#define keyauth_at(p)       (*(keyauth_vd_t *) (void *) (p))
#define keyauth_doubles(p)  (*(const keyauth_vd_t *) (const void *) (p))

/* through 32 bits: compilers know no shorter way */
#define keyauth_integers(p)                                                   \
    __builtin_convertvector(                                                  \
        __builtin_convertvector(*(const keyauth_vs_t *) (const void *) (p),   \
                                keyauth_vh_t),                                \
        keyauth_vd_t)

/* v where the mask is set, else 0, or 1 */
#define keyauth_within(v, mask)                                               \
    ((keyauth_vd_t) ((keyauth_vu_t) (v) & (mask)))
#define keyauth_within_or_1(v, mask)                                          \
    ((keyauth_vd_t) (((keyauth_vu_t) (v) & (mask))                            \
                     | (0x3ff0000000000000 & ~(mask))))


/* what one vector of a kind has of all rows */
typedef struct {
    keyauth_vd_t  weighted;             /* sum(w / q), a fraction: so many */
    keyauth_vd_t  product;              /*   of the product of all q */
    keyauth_vd_t  least;                /* q = 1 + ((row - x) / width)^2 */
    keyauth_vd_t  first;                /* sum(w (row - x)) */
    keyauth_vd_t  second;               /* sum(w (row - x)^2) */
} keyauth_live_rows_t;


/* of a template's rows */
typedef struct {
    double        sum;                  /* of their weights */
    double        rows;                 /* of equal weight, worth as much */
} keyauth_live_weights_t;


/*
 * Over a kind's intervals, by lanes.  Terms whose logarithms are added up are
 * multiplied instead: 32 of them, each below 2e9 for the least width and
 * density that a file may have, are a double.
 */
typedef struct {
    keyauth_vd_t  term[KEYAUTH_LIVE_LOGS];  /* products */
    keyauth_vd_t  shift;
    keyauth_vd_t  spread;
    keyauth_vd_t  x;

    double        shift_mean;           /* from which on these are */
    double        x_mean;
    keyauth_vd_t  aa;
    keyauth_vd_t  ab;
    keyauth_vd_t  bb;
} keyauth_live_sums_t;


/*
 * log(x) of four vectors of positive normal x to 2e-12: 2^n m, and log(m), m
 * between sqrt(1/2) and sqrt(2), as 2 atanh(s).  The polynomial is that
 * through the Chebyshev nodes of s^2.  Step by step for all four: each step
 * waits for the one before it, but not for its neighbours.
 */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_logs(keyauth_vd_t x[KEYAUTH_LIVE_KINDS])
{
    int           k;
    keyauth_vd_t  p[KEYAUTH_LIVE_KINDS], s[KEYAUTH_LIVE_KINDS];
    keyauth_vd_t  t[KEYAUTH_LIVE_KINDS];
    keyauth_vu_t  exponent[KEYAUTH_LIVE_KINDS];

    /* what 1 has more than sqrt(1/2) carries from sqrt(2) on */
    keyauth_kinds(k) {
        exponent[k] = ((keyauth_vu_t) x[k] + 0x00095f619980c433) >> 52;
    }

    keyauth_kinds(k) {
        s[k] = (keyauth_vd_t) ((keyauth_vu_t) x[k]
                               - ((exponent[k] - 1023) << 52));
    }

    keyauth_kinds(k) {
        s[k] = (s[k] - 1.0) / (s[k] + 1.0);
    }

    keyauth_kinds(k) {
        t[k] = s[k] * s[k];
    }

    keyauth_kinds(k) {
        p[k] = t[k] * 0.23616359099145987 + 0.2853505103781631;
    }

    keyauth_kinds(k) {
        p[k] = p[k] * t[k] + 0.4000038467237519;
    }

    keyauth_kinds(k) {
        p[k] = p[k] * t[k] + 0.6666666524748752;
    }

    keyauth_kinds(k) {
        p[k] = p[k] * t[k] + 2.0000000000083595;
    }

    /* an integer in the low bits of 2^52 */
    keyauth_kinds(k) {
        x[k] = (keyauth_vd_t) (exponent[k] | 0x4330000000000000)
               - (4503599627370496.0 + 1023);
    }

    keyauth_kinds(k) {
        x[k] = x[k] * 0.69314718055994531 + s[k] * p[k];
    }
}


/* the compressed intervals of each kind, from that of key i on */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_row(const uint16_t *steps, uint32_t n, uint32_t i,
    keyauth_vd_t x[KEYAUTH_LIVE_KINDS])
{
    int           k;
    keyauth_vu_t  sign[KEYAUTH_LIVE_KINDS];

    x[0] = keyauth_integers(steps + i);
    x[1] = keyauth_integers(steps + n + i);
    x[3] = x[1] - x[0];
    x[2] = x[3] + keyauth_integers(steps + i + 1);

    keyauth_kinds(k) {
        sign[k] = (keyauth_vu_t) x[k] & 0x8000000000000000;
        x[k] = (keyauth_vd_t) ((keyauth_vu_t) x[k] ^ sign[k]);
        x[k] = x[k] * (KEYAUTH_LIVE_STEP_MS / KEYAUTH_COMPRESS_MS) + 1.0;
    }

    keyauth_kernel_live_logs(x);

    keyauth_kinds(k) {
        x[k] = (keyauth_vd_t) ((keyauth_vu_t) x[k] | sign[k]);
    }
}


/* steps of n keys, and of up to 7 more, to the compressed intervals */
KEYAUTH_KERNEL
static void
keyauth_kernel_live_intervals(const uint16_t *steps, uint32_t n, double *x)
{
    int           k;
    uint32_t      i, lanes;
    keyauth_vd_t  v[KEYAUTH_LIVE_KINDS];

    lanes = KEYAUTH_LIVE_LANES(n);

    for (i = 0; i < lanes; i += KEYAUTH_DOUBLES) {
        keyauth_kernel_live_row(steps, n, i, v);

        keyauth_kinds(k) {
            keyauth_at(x + (uint32_t) k * lanes + i) = v[k];
        }
    }
}


/*
 * The background's density at n places, and at those up to the next vector:
 * Lagrange's cubic through the four cells around each.  It may dip below the
 * cells where a file's density is no density.
 */
KEYAUTH_KERNEL
static void
keyauth_kernel_live_ground(const float *density, const double *x, uint32_t n,
    double *ground)
{
    double        cell[4][KEYAUTH_DOUBLES];
    int32_t       at[KEYAUTH_DOUBLES];
    uint32_t      i, j;
    keyauth_vd_t  t, y, even, odd;
    keyauth_vu_t  low;
    keyauth_vh_t  whole;

    for (i = 0; i < n; i += KEYAUTH_DOUBLES) {
        t = (keyauth_doubles(x + i) + KEYAUTH_LIVE_REACH)
            * (1 / KEYAUTH_LIVE_CELL);
        whole = __builtin_convertvector(t, keyauth_vh_t);
        t -= __builtin_convertvector(whole, keyauth_vd_t);
        memcpy(at, &whole, sizeof(at));

        for (j = 0; j < KEYAUTH_DOUBLES; j++) {
            cell[0][j] = (double) density[at[j] - 1];
            cell[1][j] = (double) density[at[j]];
            cell[2][j] = (double) density[at[j] + 1];
            cell[3][j] = (double) density[at[j] + 2];
        }

        even = keyauth_doubles(cell[1]) * (t - 2.0) * (t - 1.0) * 0.5
               - keyauth_doubles(cell[2]) * (t - 2.0) * t * 0.5;
        odd = keyauth_doubles(cell[3]) * (t + 1.0) * (1.0 / 6)
              - keyauth_doubles(cell[0]) * (t - 2.0) * (1.0 / 6);
        y = even * (t + 1.0) + odd * (t - 1.0) * t;

        low = (keyauth_vu_t) (y < (keyauth_vd_t) { 0 }
                                  + KEYAUTH_LIVE_DENSITY_MIN);
        y = (keyauth_vd_t) (((keyauth_vu_t) ((keyauth_vd_t) { 0 }
                                        + KEYAUTH_LIVE_DENSITY_MIN) & low)
                            | ((keyauth_vu_t) y & ~low));
        keyauth_at(ground + i) = y;
    }
}


/*
 * All rows against the sample.  No term is divided: a product of 24 times q,
 * which is below 1e9 for the least width that a file may have, is a double.
 */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_rows(const keyauth_live_template_t *t,
    const double *weight, const double *rate, const double *x, uint32_t i,
    keyauth_live_rows_t at[KEYAUTH_LIVE_KINDS])
{
    int            k;
    uint32_t       r, lanes;
    keyauth_vd_t   d, q, row[KEYAUTH_LIVE_ROWS_MAX][KEYAUTH_LIVE_KINDS];
    keyauth_vu_t   less;

    lanes = KEYAUTH_LIVE_LANES(t->keys);

    keyauth_kinds(k) {
        at[k].weighted = (keyauth_vd_t) { 0 };
        at[k].product = at[k].weighted + 1.0;
        at[k].least = at[k].weighted + HUGE_VAL;
        at[k].first = at[k].weighted;
        at[k].second = at[k].weighted;
    }

    /* in a loop of their own: registers have no room for the sums, too */

    for (r = 0; r < t->rows; r++) {
        keyauth_kernel_live_row(t->row[r].steps, t->keys, i, row[r]);
    }

    for (r = 0; r < t->rows; r++) {
        keyauth_kinds(k) {
            d = row[r][k] - keyauth_doubles(x + (uint32_t) k * lanes + i);
            q = weight[r] * d;
            at[k].first += q;
            at[k].second += q * d;

            q = d * rate[k];
            q = q * q + 1.0;
            at[k].weighted = at[k].weighted * q + weight[r] * at[k].product;
            at[k].product *= q;

            less = (keyauth_vu_t) (q < at[k].least);
            at[k].least = (keyauth_vd_t) (((keyauth_vu_t) q & less)
                                          | ((keyauth_vu_t) at[k].least
                                             & ~less));
        }
    }
}


KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_start(keyauth_live_sums_t *s)
{
    int           i;
    keyauth_vd_t  zero;

    zero = (keyauth_vd_t) { 0 };

    for (i = 0; i < KEYAUTH_LIVE_LOGS; i++) {
        s->term[i] = zero + 1.0;
    }

    s->shift = zero;
    s->spread = zero;
    s->x = zero;
    s->aa = zero;
    s->ab = zero;
    s->bb = zero;
}


/* all lanes by halves, with an operator */
#define keyauth_fold(result, v, op)                                           \
    do {                                                                      \
        double    lane_[KEYAUTH_DOUBLES];                                     \
        unsigned  i_;                                                         \
                                                                              \
        keyauth_at(lane_) = (v);                                              \
                                                                              \
        if (KEYAUTH_DOUBLES > 4) {                                            \
            _Pragma("GCC unroll 4")                                           \
            for (i_ = 0; i_ < 4; i_++) {                                      \
                lane_[i_] = lane_[i_] op lane_[i_ + KEYAUTH_DOUBLES / 2];     \
            }                                                                 \
        }                                                                     \
                                                                              \
        (result) = (KEYAUTH_DOUBLES == 2) ? lane_[0] op lane_[1]              \
                   : (lane_[0] op lane_[1]) op (lane_[2] op lane_[3]);        \
    } while (0)


KEYAUTH_KERNEL
static inline __attribute__((always_inline)) double
keyauth_kernel_live_sum(const keyauth_vd_t *v)
{
    double  sum;

    keyauth_fold(sum, *v, +);

    return sum;
}


/* the product of all lanes, and 1 for the next */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) double
keyauth_kernel_live_product(keyauth_vd_t *v)
{
    double  product;

    keyauth_fold(product, *v, *);
    *v = (keyauth_vd_t) { 0 } + 1.0;

    return product;
}


/* a mask of the first n lanes */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_first(keyauth_vu_t *mask, uint32_t n)
{
    static const double  lane[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

    *mask = (keyauth_vu_t) (keyauth_doubles(lane)
                            < (keyauth_vd_t) { 0 } + (double) n);
}


KEYAUTH_KERNEL
static inline void
keyauth_kernel_live_weights(const double *weight, uint32_t rows,
    keyauth_live_weights_t *w)
{
    double    square;
    uint32_t  r;

    w->sum = 0;
    square = 0;

    for (r = 0; r < rows; r++) {
        w->sum += weight[r];
        square += weight[r] * weight[r];
    }

    w->rows = w->sum * w->sum / square;
}


/* adds to the sums; the rows' means are first / w->sum from x */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_add(const keyauth_live_rows_t *at, const double *ground,
    double width, const keyauth_live_weights_t *w, const keyauth_vu_t *within,
    keyauth_live_sums_t *s)
{
    keyauth_vd_t  d, g, v;

    g = keyauth_doubles(ground);

    v = at->weighted / (at->product * g) * ((1 - KEYAUTH_LIVE_MIX) / w->sum)
        + KEYAUTH_LIVE_MIX;
    s->term[KEYAUTH_LIVE_OWN] *= keyauth_within_or_1(v, *within);

    v = 1.0 / (at->least * g) + KEYAUTH_LIVE_MIX;
    s->term[KEYAUTH_LIVE_NEAR] *= keyauth_within_or_1(v, *within);

    d = at->first * (1 / w->sum);
    v = at->second * (1 / w->sum) - d * d;
    s->shift += keyauth_within(d, *within);
    s->spread += keyauth_within(v, *within);

    v = (v * w->rows + KEYAUTH_LIVE_PRIOR * width * width)
        * (1 / (w->rows + KEYAUTH_LIVE_PRIOR));
    v = d * d / v + 1.0;
    s->term[KEYAUTH_LIVE_FAR] *= keyauth_within_or_1(v, *within);
}


/* what needs the kind's means: distances and pattern about them */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_centre(const double *x, const double *mean, double rate,
    const keyauth_vu_t *within, keyauth_live_sums_t *s)
{
    keyauth_vd_t  a, b, v;

    a = keyauth_doubles(x) - s->x_mean;
    v = keyauth_doubles(mean) - s->shift_mean;
    b = a + v;
    s->aa += keyauth_within(a * a, *within);
    s->ab += keyauth_within(a * b, *within);
    s->bb += keyauth_within(b * b, *within);

    v = v * rate;
    v = v * v + 1.0;
    s->term[KEYAUTH_LIVE_APART] *= keyauth_within_or_1(v, *within);
}


/* the products of a block that ends with the vector at i, or of the last one */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_block(keyauth_live_sums_t s[KEYAUTH_LIVE_KINDS],
    uint32_t i, uint32_t n, int first, int last,
    double term[][KEYAUTH_LIVE_KINDS][KEYAUTH_LIVE_LOGS])
{
    int  k, j;

    if ((i + KEYAUTH_DOUBLES) % KEYAUTH_LIVE_BLOCK != 0
        && i + KEYAUTH_DOUBLES < n)
    {
        return;
    }

    keyauth_kinds(k) {
        for (j = first; j <= last; j++) {
            term[i / KEYAUTH_LIVE_BLOCK][k][j]
                = keyauth_kernel_live_product(&s[k].term[j]);
        }
    }
}


/* what is no product, so that logarithms may be those of whole vectors */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_ones(double *term)
{
    uint32_t  i;

    for (i = 0; i < KEYAUTH_LIVE_TERMS; i += KEYAUTH_DOUBLES) {
        keyauth_at(term + i) = (keyauth_vd_t) { 0 } + 1.0;
    }
}


/* the logarithms of n numbers, and of those up to the next multiple */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_all_logs(double *x, uint32_t n)
{
    uint32_t      i, k;
    keyauth_vd_t  v[KEYAUTH_LIVE_KINDS];

    for (i = 0; i < n; i += KEYAUTH_LIVE_KINDS * KEYAUTH_DOUBLES) {
        keyauth_kinds(k) {
            v[k] = keyauth_doubles(x + i + k * KEYAUTH_DOUBLES);
        }

        keyauth_kernel_live_logs(v);

        keyauth_kinds(k) {
            keyauth_at(x + i + k * KEYAUTH_DOUBLES) = v[k];
        }
    }
}


KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_live_parts(keyauth_live_sums_t s[KEYAUTH_LIVE_KINDS],
    const uint32_t n[KEYAUTH_LIVE_KINDS], const double *width,
    double term[][KEYAUTH_LIVE_KINDS][KEYAUTH_LIVE_LOGS],
    double part[KEYAUTH_LIVE_COMPARED])
{
    uint32_t  block, i, k, blocks;
    double    sum[KEYAUTH_LIVE_LOGS], *p;

    blocks = (n[0] + KEYAUTH_LIVE_BLOCK - 1) / KEYAUTH_LIVE_BLOCK;

    for (k = 0; k < KEYAUTH_LIVE_KINDS; k++) {
        term[blocks][0][k] = keyauth_kernel_live_sum(&s[k].spread) / n[k]
                             / (width[k] * width[k]) + KEYAUTH_LIVE_STILL;
    }

    keyauth_kernel_live_all_logs(&term[0][0][0],
                                 blocks * KEYAUTH_LIVE_KINDS
                                 * KEYAUTH_LIVE_LOGS + KEYAUTH_LIVE_KINDS);

    for (k = 0; k < KEYAUTH_LIVE_KINDS; k++) {
        for (i = 0; i < KEYAUTH_LIVE_LOGS; i++) {
            sum[i] = 0;

            for (block = 0; block < blocks; block++) {
                sum[i] += term[block][k][i];
            }
        }

        p = part + k * KEYAUTH_LIVE_PARTS;
        p[0] = sum[KEYAUTH_LIVE_OWN] / n[k];
        p[1] = sum[KEYAUTH_LIVE_NEAR] / n[k];
        p[2] = -sum[KEYAUTH_LIVE_FAR] / n[k];
        p[3] = -fabs(s[k].shift_mean) / width[k];
        p[4] = -sum[KEYAUTH_LIVE_APART] / n[k];
        p[5] = term[blocks][0][k];
        p[6] = (keyauth_kernel_live_sum(&s[k].ab) + KEYAUTH_LIVE_FLAT)
               / sqrt((keyauth_kernel_live_sum(&s[k].aa) + KEYAUTH_LIVE_FLAT)
                      * (keyauth_kernel_live_sum(&s[k].bb)
                         + KEYAUTH_LIVE_FLAT));
    }
}


KEYAUTH_KERNEL
static void
keyauth_kernel_live_compare(const keyauth_live_template_t *t,
    const keyauth_live_sample_t *sample, const double *weight,
    const double *width, double part[KEYAUTH_LIVE_COMPARED])
{
    int                     k;
    double                  mean[KEYAUTH_LIVE_WIDE], rate[KEYAUTH_LIVE_KINDS];
    double                  term[KEYAUTH_LIVE_ROOM][KEYAUTH_LIVE_KINDS]
                                [KEYAUTH_LIVE_LOGS];
    uint32_t                at, i, lanes, n[KEYAUTH_LIVE_KINDS];
    keyauth_vu_t            within;
    keyauth_live_rows_t     rows[KEYAUTH_LIVE_KINDS];
    keyauth_live_sums_t     sums[KEYAUTH_LIVE_KINDS];
    keyauth_live_weights_t  w;

    lanes = KEYAUTH_LIVE_LANES(t->keys);
    keyauth_kernel_live_weights(weight, t->rows, &w);
    keyauth_kernel_live_ones(&term[0][0][0]);

    keyauth_kinds(k) {
        n[k] = t->keys - (k > 0);
        rate[k] = 1 / width[k];
        keyauth_kernel_live_start(&sums[k]);
    }

    for (i = 0; i < t->keys; i += KEYAUTH_DOUBLES) {
        keyauth_kernel_live_rows(t, weight, rate, sample->x, i, rows);

        keyauth_kinds(k) {
            at = (uint32_t) k * lanes + i;
            keyauth_kernel_live_first(&within, n[k] - i);
            keyauth_kernel_live_add(&rows[k], sample->ground + at, width[k],
                                    &w, &within, &sums[k]);
            sums[k].x += keyauth_within(keyauth_doubles(sample->x + at),
                                        within);
            keyauth_at(mean + at) = rows[k].first * (1 / w.sum);
        }

        keyauth_kernel_live_block(sums, i, t->keys, KEYAUTH_LIVE_OWN,
                                  KEYAUTH_LIVE_FAR, term);
    }

    keyauth_kinds(k) {
        sums[k].shift_mean = keyauth_kernel_live_sum(&sums[k].shift) / n[k];
        sums[k].x_mean = keyauth_kernel_live_sum(&sums[k].x) / n[k];
    }

    for (i = 0; i < t->keys; i += KEYAUTH_DOUBLES) {
        keyauth_kinds(k) {
            at = (uint32_t) k * lanes + i;
            keyauth_kernel_live_first(&within, n[k] - i);
            keyauth_kernel_live_centre(sample->x + at, mean + at, rate[k],
                                       &within, &sums[k]);
        }

        keyauth_kernel_live_block(sums, i, t->keys, KEYAUTH_LIVE_APART,
                                  KEYAUTH_LIVE_APART, term);
    }

    keyauth_kernel_live_parts(sums, n, width, term, part);
}


#endif /* KEYAUTH_KERNEL_LIVE_H_INCLUDED */
