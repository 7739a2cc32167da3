/*
 * Sending changes.
 */


#ifndef KEYAUTH_SHIP_H_INCLUDED
#define KEYAUTH_SHIP_H_INCLUDED


#include "round.h"


/* sends up to KEYAUTH_BATCH changes; -1: err */
int keyauth_ship(keyauth_replicator_t *r);


#endif /* KEYAUTH_SHIP_H_INCLUDED */
