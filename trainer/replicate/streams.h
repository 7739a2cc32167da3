/*
 * The streams, which name those whose state has changed.
 *
 * They hold names and versions alone: a template that was forgotten is in no
 * stream, and of one that changes often only the last state is fetched.
 */


#ifndef KEYAUTH_STREAMS_H_INCLUDED
#define KEYAUTH_STREAMS_H_INCLUDED


#include "round.h"


/* takes the names in them, waiting up to ms milliseconds; -1: err */
int keyauth_streams_read(keyauth_replicator_t *r, int ms);

/* 1: nothing was left in any of them */
int keyauth_streams_caught(const keyauth_replicator_t *r);

/* where they end; *trimmed: they do not reach back to the status' places */
int keyauth_streams_places(keyauth_replicator_t *r,
    uint8_t last[][KEYAUTH_STORE_STREAM_ID], int *trimmed);


#endif /* KEYAUTH_STREAMS_H_INCLUDED */
