/*
 * Files of timings: which layout they have, and what comes of them.
 */


#ifndef KEYAUTH_TIMINGS_READ_H_INCLUDED
#define KEYAUTH_TIMINGS_READ_H_INCLUDED


#include "reading.h"
#include "timings.h"


/* users: the rows must name theirs; how may be NULL */
int keyauth_timings_read(keyauth_timings_t *t, const char *path, int users,
    const keyauth_reading_t *how, char *err);


#endif /* KEYAUTH_TIMINGS_READ_H_INCLUDED */
