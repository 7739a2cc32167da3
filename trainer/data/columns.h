/*
 * The words of a data set: names of columns, numbers.
 */


#ifndef KEYAUTH_COLUMNS_H_INCLUDED
#define KEYAUTH_COLUMNS_H_INCLUDED


#include "keyauth.h"


/*
 * What a column holds: 2 * i is press-i, 2 * i + 1 is release-i, and behind
 * them all are the user and the session.
 */
#define KEYAUTH_COLUMN_USER     (2 * KEYAUTH_KEYS_MAX)
#define KEYAUTH_COLUMN_SESSION  (2 * KEYAUTH_KEYS_MAX + 1)
#define KEYAUTH_COLUMNS         (2 * KEYAUTH_KEYS_MAX + 2)

/* a key beyond the most there may be; nothing that is read */
#define KEYAUTH_COLUMN_BEYOND   KEYAUTH_COLUMNS
#define KEYAUTH_COLUMN_IGNORED  (KEYAUTH_COLUMNS + 1)


/* name: 32 bytes */
void keyauth_column_name(char *name, unsigned what);

/* 0, or -1 for a name that is none of ours */
int keyauth_column_parse(const char *name, unsigned *what);

/* columns that no layout reads, and that are not worth a word */
int keyauth_column_is_known_extra(const char *name);

/*
 * 1: name, without regard to case, blanks and signs, is one of the list,
 * which is in small letters and ends in NULL
 */
int keyauth_column_is(const char *name, const char *const *list);

/*
 * A name without the unit at its end, as in "press (ms)" and "press_ns": the
 * ms that one of the unit is, or 0 where there is none.  plain: 40 bytes
 */
double keyauth_column_unit(char *plain, const char *name);

/* 1: a decimal number; strtod() also takes hexadecimals, names and spaces */
int keyauth_decimal(const char *s);


#endif /* KEYAUTH_COLUMNS_H_INCLUDED */
