/*
 * LIVE's background and the weights of its comparisons.
 */


#ifndef KEYAUTH_LIVE_FIT_H_INCLUDED
#define KEYAUTH_LIVE_FIT_H_INCLUDED


#include "background.h"
#include "typists.h"


/*
 * Background and weights alone, as for a trial; there are two people of one
 * group with three rows, at least.
 */
void keyauth_background_fit(keyauth_background_t *b,
    const keyauth_typist_t *who, uint32_t n, uint64_t seed);


#endif /* KEYAUTH_LIVE_FIT_H_INCLUDED */
