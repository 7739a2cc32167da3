/*
 * All that LIVE needs, with operating points that were measured by trials.
 */


#ifndef KEYAUTH_LIVE_POINTS_H_INCLUDED
#define KEYAUTH_LIVE_POINTS_H_INCLUDED


#include "background.h"
#include "typists.h"


#define KEYAUTH_LIVE_PEOPLE  8          /* with three rows, at least */
#define KEYAUTH_LIVE_POINTS  20


/*
 * Everything that LIVE needs.  Points are of trials: two shuffles of the
 * people are halved, each half is verified with what the other half gave, by
 * templates of their first rows, or of the first keys of these.  With too
 * few people there is nothing: view.head.people is 0.
 */
void keyauth_background(keyauth_background_t *b, const keyauth_typist_t *who,
    uint32_t n, uint64_t seed);


#endif /* KEYAUTH_LIVE_POINTS_H_INCLUDED */
