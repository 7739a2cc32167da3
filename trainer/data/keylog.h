/*
 * Logs of keys: what is typed in a repetition, found in keys with the times of
 * their press and release.
 *
 * Keys of one user, session and repetition are a group.  In a group they are
 * sorted by their press.  A key that is pressed again before it is released
 * repeats itself, and is one key until its last release.  Modifiers, as Shift
 * is, are left out, and letters are without case.  Whatever else is between
 * the keys of the string, Backspace too, makes it another string.
 */


#ifndef KEYAUTH_KEYLOG_H_INCLUDED
#define KEYAUTH_KEYLOG_H_INCLUDED


#include "key_names.h"
#include "reader.h"


typedef struct keyauth_keylog_s  keyauth_keylog_t;


/* what a column of a log is */
typedef enum {
    KEYAUTH_LOG_USER = 0,
    KEYAUTH_LOG_SESSION,
    KEYAUTH_LOG_REPETITION,
    KEYAUTH_LOG_KEY,
    KEYAUTH_LOG_CODE,
    KEYAUTH_LOG_PRESS,                  /* of a stream: its time */
    KEYAUTH_LOG_RELEASE,                /* of a stream: down or up */
    KEYAUTH_LOG_COLUMNS
} keyauth_log_column_e;


/* columns from 1; 0: there is none */
typedef struct {
    unsigned             column[KEYAUTH_LOG_COLUMNS];
    unsigned             place;         /* of a key, beside its name */
    keyauth_keylog_t    *log;
} keyauth_log_t;


/* how many of the columns that it needs a header has, in percent */
unsigned keyauth_log_fits(const keyauth_record_t *first, int stream);

/* keyauth_layout_t's begin() and free(): r->state is a keyauth_log_t */
int keyauth_log_begin(keyauth_reader_t *r, const keyauth_record_t *first,
    int stream);
void keyauth_log_free(void *state);

/*
 * 1: it says whose key it is, and of which session and repetition; or what
 * keyauth_reader_bad() returned
 */
int keyauth_log_named(keyauth_reader_t *r, const keyauth_record_t *record);

/* the group of a record */
uint32_t keyauth_log_group(keyauth_reader_t *r,
    const keyauth_record_t *record);

/*
 * The key of a record, for keyauth_keylog_add(): 1, or what
 * keyauth_reader_bad() returned
 */
int keyauth_log_key(keyauth_reader_t *r, const keyauth_record_t *record,
    uint32_t *key);

/*
 * Of a record that is bad, and left out: no string is where it was, or where
 * press is NULL, in its group.  A modifier is of no account
 */
void keyauth_log_spoil(keyauth_reader_t *r, const keyauth_record_t *record,
    const double *press);

keyauth_keylog_t *keyauth_keylog_create(void);
void keyauth_keylog_destroy(keyauth_keylog_t *l);

/* name: of a user, a session and a repetition, each of which may be NULL */
uint32_t keyauth_keylog_group(keyauth_keylog_t *l, const char *const *name,
    uint64_t line);

/* the number of a key by its name, which a string may have or not */
uint32_t keyauth_keylog_key(keyauth_keylog_t *l, const char *name,
    int modifier);

/* the number of one that no string has, in whose place it is */
uint32_t keyauth_keylog_lost(keyauth_keylog_t *l, const char *name);

/* 0: the key is a modifier */
int keyauth_keylog_types(const keyauth_keylog_t *l, uint32_t key);

void keyauth_keylog_add(keyauth_keylog_t *l, uint32_t group, uint32_t key,
    double press, double release, uint64_t line);

/* a group in which nothing is found */
void keyauth_keylog_spoil(keyauth_keylog_t *l, uint32_t group);

/* hands the rows over to the reader, and notes what has none */
int keyauth_keylog_rows(keyauth_reader_t *r, keyauth_keylog_t *l);


#endif /* KEYAUTH_KEYLOG_H_INCLUDED */
