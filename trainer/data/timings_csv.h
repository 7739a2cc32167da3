/*
 * Rows of timings in keyauth's own layout.
 */


#ifndef KEYAUTH_TIMINGS_CSV_H_INCLUDED
#define KEYAUTH_TIMINGS_CSV_H_INCLUDED


#include <stdio.h>

#include "timings.h"


/* a header, and a row for each; times as short as read back the same */
void keyauth_timings_csv(FILE *f, const keyauth_timings_t *t);

/* a field, in quotes where it has to be */
void keyauth_label_csv(FILE *f, const char *label);


#endif /* KEYAUTH_TIMINGS_CSV_H_INCLUDED */
