/*
 * Layouts: how a file holds timings.  Each is a descriptor in a file of its
 * own, and a line in layouts.c.
 */


#ifndef KEYAUTH_LAYOUT_H_INCLUDED
#define KEYAUTH_LAYOUT_H_INCLUDED


#include "reader.h"
#include "table.h"


struct keyauth_layout_s {
    const char  *name;                  /* of --layout */
    const char  *title;                 /* in messages */
    const char  *columns;               /* that it has, in messages */

    /* ms that one is; 0: it is guessed */
    double       unit;

    unsigned     headless:1;            /* the first record is a row */

    /* how many percent of what is needed the first record has */
    unsigned   (*fits)(const keyauth_record_t *first);

    /*
     * The first record, and each that follows: 0, or -1 by
     * keyauth_reader_fail() or keyauth_reader_bad().  Rows are handed over
     * by keyauth_reader_row(), by end() at the latest.  state is the layout's
     * own; free() frees it, whatever became of the reading.
     */
    int        (*begin)(keyauth_reader_t *r, const keyauth_record_t *first);
    int        (*record)(keyauth_reader_t *r, const keyauth_record_t *record);
    int        (*end)(keyauth_reader_t *r);
    void       (*free)(void *state);
};


extern const keyauth_layout_t  keyauth_layout_keyauth;
extern const keyauth_layout_t  keyauth_layout_cmu;
extern const keyauth_layout_t  keyauth_layout_meu;
extern const keyauth_layout_t  keyauth_layout_keylog;
extern const keyauth_layout_t  keyauth_layout_events;


#endif /* KEYAUTH_LAYOUT_H_INCLUDED */
