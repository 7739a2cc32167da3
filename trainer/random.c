/*
 * Random numbers: see random.h.
 */


#include <math.h>

#include "random.h"


static uint64_t keyauth_random_mix(uint64_t *state);
static uint64_t keyauth_random_rotate(uint64_t x, int k);


static uint64_t
keyauth_random_mix(uint64_t *state)
{
    uint64_t  z;

    z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}


static uint64_t
keyauth_random_rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}


void
keyauth_random_init(keyauth_random_t *r, uint64_t seed, uint64_t stream)
{
    int       i;
    uint64_t  state;

    state = seed;
    state = keyauth_random_mix(&state) ^ stream * 0xd1342543de82ef95;

    for (i = 0; i < 4; i++) {
        r->s[i] = keyauth_random_mix(&state);
    }
}


uint64_t
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


uint32_t
keyauth_random_below(keyauth_random_t *r, uint32_t n)
{
    uint64_t  m;

    /* Lemire's way: a multiplication, and a retry where it would be biased */

    do {
        m = (keyauth_random_next(r) >> 32) * n;
    } while ((uint32_t) m < -n % n);

    return (uint32_t) (m >> 32);
}


double
keyauth_random_unit(keyauth_random_t *r)
{
    return (double) (keyauth_random_next(r) >> 11) * 0x1p-53;
}


double
keyauth_random_normal(keyauth_random_t *r)
{
    double  u, v, s;

    /* Marsaglia's polar method; the second value is not kept */

    do {
        u = 2 * keyauth_random_unit(r) - 1;
        v = 2 * keyauth_random_unit(r) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);

    return u * sqrt(-2 * log(s) / s);
}
