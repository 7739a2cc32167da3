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

uint64_t keyauth_random_next(keyauth_random_t *r);

/* 0 <= value < n; n > 0 */
uint32_t keyauth_random_below(keyauth_random_t *r, uint32_t n);

/* 0 <= value < 1 */
double keyauth_random_unit(keyauth_random_t *r);

/* mean 0, deviation 1 */
double keyauth_random_normal(keyauth_random_t *r);


#endif /* KEYAUTH_RANDOM_H_INCLUDED */
