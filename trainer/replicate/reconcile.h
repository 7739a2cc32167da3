/*
 * Comparing all that there is: for a host that is new or was away for longer
 * than the streams reach back, and where the engine may have lost something.
 */


#ifndef KEYAUTH_RECONCILE_H_INCLUDED
#define KEYAUTH_RECONCILE_H_INCLUDED


#include "round.h"


/* begins where that is due; -1: err */
int keyauth_reconcile_begin(keyauth_replicator_t *r);

/* goes on; -1: err */
int keyauth_reconcile_step(keyauth_replicator_t *r);


#endif /* KEYAUTH_RECONCILE_H_INCLUDED */
