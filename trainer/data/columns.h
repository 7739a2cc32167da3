/*
 * The words of a data set: names of columns, numbers.
 */


#ifndef KEYAUTH_COLUMNS_H_INCLUDED
#define KEYAUTH_COLUMNS_H_INCLUDED


#include "keyauth.h"


/*
 * What a column holds: 2 * i is press-i, 2 * i + 1 is release-i, and behind
 * them all is the user.
 */
#define KEYAUTH_COLUMN_USER   (2 * KEYAUTH_KEYS_MAX)
#define KEYAUTH_COLUMNS_MAX   (2 * KEYAUTH_KEYS_MAX + 1)


/* name: 32 bytes */
void keyauth_column_name(char *name, unsigned what);

/*
 * 0, or -1 for a name that is none of ours.  Keys beyond the most there may
 * be are all taken for the first of these.
 */
int keyauth_column_parse(const char *s, unsigned *what);

/* 1: a decimal number; strtod() also takes hexadecimals, names and spaces */
int keyauth_decimal(const char *s);


#endif /* KEYAUTH_COLUMNS_H_INCLUDED */
