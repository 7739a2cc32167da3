/*
 * Sixteen lanes as vectors of the width that KEYAUTH_SIMD_BYTES says, in the
 * compiler's vector types: plain C on every processor.
 */


#ifndef KEYAUTH_SIMD_H_INCLUDED
#define KEYAUTH_SIMD_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_LANES  16
#define KEYAUTH_WIDTH  (KEYAUTH_SIMD_BYTES / 4)         /* lanes of a part */
#define KEYAUTH_PARTS  (KEYAUTH_LANES / KEYAUTH_WIDTH)

typedef float    keyauth_vf_t
    __attribute__((vector_size(KEYAUTH_SIMD_BYTES), may_alias));
typedef int32_t  keyauth_vi_t
    __attribute__((vector_size(KEYAUTH_SIMD_BYTES), may_alias));
typedef uint8_t  keyauth_vb_t
    __attribute__((vector_size(KEYAUTH_LANES), may_alias));
typedef uint8_t  keyauth_vp_t
    __attribute__((vector_size(KEYAUTH_WIDTH), may_alias));


/* for each part of sixteen lanes; unrolled, so that parts are registers */
#define keyauth_each(v)                                                       \
    _Pragma("GCC unroll 4")                                                   \
    for (v = 0; v < KEYAUTH_PARTS; v++)

#define keyauth_row(p)    ((const keyauth_vf_t *) (const void *) (p))
#define keyauth_bytes(p)  (*(const keyauth_vb_t *) (const void *) (p))


/* to[i] = table[index[i]], every index below 16 */
static inline __attribute__((always_inline)) void
keyauth_simd_lookup(keyauth_vb_t *to, const keyauth_vb_t *table,
    const keyauth_vb_t *index)
{
#ifdef __clang__
    int  i;

    for (i = 0; i < KEYAUTH_LANES; i++) {
        (*to)[i] = (*table)[(*index)[i]];
    }
#else
    *to = __builtin_shuffle(*table, *index);
#endif
}


/* where mask is set (all bits of a lane), to = from */
static inline __attribute__((always_inline)) void
keyauth_simd_select(keyauth_vf_t *to, const keyauth_vi_t *mask,
    const keyauth_vf_t *from)
{
    *to = (keyauth_vf_t) (((keyauth_vi_t) *from & *mask)
                          | ((keyauth_vi_t) *to & ~*mask));
}


/*
 * exp(-z) for z >= 0 (inf included), with a relative error below 2^-22.
 * From z = 87 on the result stays at exp(-87), about 1.6e-38.  Cody and
 * Waite's reduction to |r| <= ln(2) / 2, then Taylor's series to r^7 / 7!.
 */
static inline __attribute__((always_inline)) void
keyauth_simd_exp_minus(keyauth_vf_t *e, const keyauth_vf_t *z)
{
    keyauth_vf_t  n, p, r, x;
    keyauth_vi_t  far, scale;

    r = (keyauth_vf_t) { 0 } + 87.0f;
    x = *z;
    far = ~(x < r);
    keyauth_simd_select(&x, &far, &r);
    x = -x;

    /* 1.5 * 2^23: adding it rounds to an integer, kept in the low bits */
    n = x * 1.44269504f + 12582912.0f;
    scale = (((keyauth_vi_t) n - 0x4b400000) + 127) << 23;
    n -= 12582912.0f;

    r = x - n * 0.693145752f;
    r = r - n * 1.42860677e-6f;

    p = r * (1.0f / 5040) + (1.0f / 720);
    p = p * r + (1.0f / 120);
    p = p * r + (1.0f / 24);
    p = p * r + (1.0f / 6);
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;

    *e = p * (keyauth_vf_t) scale;
}


/*
 * log(x) of a positive normal x, with an error below 2e-7 of 1 or of itself:
 * 2^n m, and atanh's series for log(m), m in [1, 2).
 */
static inline __attribute__((always_inline)) void
keyauth_simd_log(keyauth_vf_t *to, const keyauth_vf_t *x)
{
    keyauth_vf_t  p, s, t;
    keyauth_vi_t  bits, n;

    bits = (keyauth_vi_t) *x;
    n = (bits >> 23) - 127;
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

    *to = __builtin_convertvector(n, keyauth_vf_t) * 0.693147181f
          + 2.0f * s * p;
}


#endif /* KEYAUTH_SIMD_H_INCLUDED */
