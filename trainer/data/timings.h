/*
 * Rows of timings, as a file has them.
 */


#ifndef KEYAUTH_TIMINGS_H_INCLUDED
#define KEYAUTH_TIMINGS_H_INCLUDED


#include "keyauth.h"
#include "notes.h"


#define KEYAUTH_ORIGIN_MAX  9223372036854775808.0   /* of a clock, 2^63 */


typedef struct {
    uint32_t    keys;
    uint32_t    rows;
    uint32_t    room;
    char      **users;                  /* [rows]; NULL: not read */
    char      **sessions;               /* [rows]; NULL: not read */
    uint64_t   *lines;                  /* [rows] where each row ended */
    const char  **paths;                /* [rows] of which file, or NULL */
    double     *times;                  /* [rows][2 * keys]: press-0,
                                           release-0, press-1, ... in ms
                                           since press-0 */
    unsigned    user_column;            /* from 1; 0: there is none */
    char       *string;                 /* that a log has most, or NULL */
    uint8_t     digest[32];             /* SHA-256 of the file */
    keyauth_notes_t  notes;
} keyauth_timings_t;


/*
 * Puts the row at from in the place of that at to, but for its times, which
 * are the caller's
 */
void keyauth_timings_swap(keyauth_timings_t *t, uint32_t to, uint32_t from);

/* leaves the first rows */
void keyauth_timings_cut(keyauth_timings_t *t, uint32_t rows);

void keyauth_timings_free(keyauth_timings_t *t);


#endif /* KEYAUTH_TIMINGS_H_INCLUDED */
