/*
 * Random numbers: the same on every machine for one seed.
 */


#ifndef KEYAUTH_RANDOM_H_INCLUDED
#define KEYAUTH_RANDOM_H_INCLUDED


#include <stdint.h>


/* xoshiro256** by Blackman and Vigna, seeded by splitmix64 */
typedef struct {
    uint64_t  s[4];
} keyauth_random_t;


/* stream: one seed gives 2^64 independent generators */
void keyauth_random_init(keyauth_random_t *r, uint64_t seed, uint64_t stream);

/* mean 0, deviation 1 */
double keyauth_random_normal(keyauth_random_t *r);


static inline uint64_t
keyauth_random_rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}


static inline uint64_t
keyauth_random_next(keyauth_random_t *r)
{
    uint64_t   value, t;
    uint64_t  *s;

    s = r->s;
    value = keyauth_random_rotate(s[1] * 5, 7) * 9;
    t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = keyauth_random_rotate(s[3], 45);

    return value;
}


/* 0 <= value < n; n > 0 */
static inline uint32_t
keyauth_random_below(keyauth_random_t *r, uint32_t n)
{
    uint64_t  m;

    /* Lemire's way: a multiplication, and a retry where it would be biased */

    do {
        m = (keyauth_random_next(r) >> 32) * n;
    } while ((uint32_t) m < n && (uint32_t) m < -n % n);

    return (uint32_t) (m >> 32);
}


/* 0 <= value < 1 */
static inline double
keyauth_random_unit(keyauth_random_t *r)
{
    return (double) (keyauth_random_next(r) >> 11) * 0x1p-53;
}


#endif /* KEYAUTH_RANDOM_H_INCLUDED */
