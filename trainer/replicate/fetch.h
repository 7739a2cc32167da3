/*
 * Fetching people, as the engine has them.
 */


#ifndef KEYAUTH_FETCH_H_INCLUDED
#define KEYAUTH_FETCH_H_INCLUDED


#include "round.h"


/* fetches people, for updates; unsure: what is here may be newer; -1: err */
int keyauth_fetch(keyauth_replicator_t *r, keyauth_round_people_t *people,
    unsigned unsure);

/* a field of a person's hash; -1: it is none of ours */
int keyauth_fetch_template(keyauth_replicator_t *r, keyauth_store_update_t *u,
    const redisReply *value);

/* the epoch in a person's hash */
uint64_t keyauth_fetch_epoch(const redisReply *reply);


#endif /* KEYAUTH_FETCH_H_INCLUDED */
