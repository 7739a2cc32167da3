/*
 * Random numbers: see random.h.
 */


#include <math.h>

#include "random.h"


static uint64_t keyauth_random_mix(uint64_t *state);


static uint64_t
keyauth_random_mix(uint64_t *state)
{
    uint64_t  z;

    z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
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
