/*
 * Rows of intervals: how long each key is held, and the time from its press
 * to the next one's.
 */


#ifndef KEYAUTH_INTERVALS_H_INCLUDED
#define KEYAUTH_INTERVALS_H_INCLUDED


#include "reader.h"
#include "table.h"


/* columns, from 1; 0: there is none */
typedef struct {
    unsigned     user;
    unsigned     session;
    unsigned     hold[KEYAUTH_KEYS_MAX];
    unsigned     down[KEYAUTH_KEYS_MAX];
} keyauth_intervals_t;


/* hands the record's row to the reader; the record has all the columns */
int keyauth_intervals_row(keyauth_reader_t *r, const keyauth_intervals_t *v,
    const keyauth_record_t *record);


#endif /* KEYAUTH_INTERVALS_H_INCLUDED */
