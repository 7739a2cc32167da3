/*
 * Replication: ships what a store has to send, applies what others wrote.
 *
 * One thread and one loop.  In each round the streams are read, what they name
 * is fetched, what waits in the store is sent, and all that comes of it is
 * written in one transaction.  docs/replication.md has the rest.
 */


#ifndef KEYAUTH_REPLICATOR_H_INCLUDED
#define KEYAUTH_REPLICATOR_H_INCLUDED


#include "round.h"


/* until *stop is set; -1 after a message */
int keyauth_replicate(const keyauth_replicate_options_t *o,
    volatile const int *stop);


#endif /* KEYAUTH_REPLICATOR_H_INCLUDED */
