/*
 * Made-up data sets, in the format of real ones.
 *
 * Nobody typed them.  They look as typed passwords do: each user has a rhythm
 * of holds and latencies about the phrase's own, intervals are log-normal,
 * some keys go down before the last is up (rollover), now and then somebody
 * pauses, many keyboards' clocks tick every 8 ms, and people speed up as they
 * repeat themselves.
 */


#ifndef KEYAUTH_SYNTH_H_INCLUDED
#define KEYAUTH_SYNTH_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_SYNTH_USERS        110
#define KEYAUTH_SYNTH_REPETITIONS  8
#define KEYAUTH_SYNTH_KEYS         13
#define KEYAUTH_SYNTH_SEED         1


typedef struct {
    uint32_t  users;
    uint32_t  repetitions;
    uint32_t  keys;
    uint64_t  seed;
} keyauth_synth_t;


/* the data set as CSV, to be freed; the same bytes for the same arguments */
char *keyauth_synth_csv(const keyauth_synth_t *s, size_t *len);


#endif /* KEYAUTH_SYNTH_H_INCLUDED */
