/*
 * Rows of timings, as a CSV file has them.  libcsv reads the grammar; what
 * names, labels and numbers may be is checked here.
 */


#ifndef KEYAUTH_TIMINGS_H_INCLUDED
#define KEYAUTH_TIMINGS_H_INCLUDED


#include "keyauth.h"


typedef struct {
    uint32_t    keys;
    uint32_t    rows;
    uint32_t    room;
    char      **users;                  /* [rows]; NULL: not read */
    uint64_t   *lines;                  /* [rows] where each row ended */
    const char  **paths;                /* [rows] of which file, or NULL */
    double     *times;                  /* [rows][2 * keys]: press-0,
                                           release-0, press-1, ... */
    unsigned    user_column;            /* from 1; 0: there is none */
    uint8_t     digest[32];             /* SHA-256 of the file */
} keyauth_timings_t;


/* users: the rows must name theirs */
int keyauth_timings_read(keyauth_timings_t *t, const char *path, int users,
    char *err);

void keyauth_timings_free(keyauth_timings_t *t);


#endif /* KEYAUTH_TIMINGS_H_INCLUDED */
