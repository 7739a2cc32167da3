/*
 * Names of users and sessions that are numbers.
 */


#ifndef KEYAUTH_LABELS_H_INCLUDED
#define KEYAUTH_LABELS_H_INCLUDED


#include <stddef.h>


/*
 * A column of whole numbers that once had a gap: pandas writes 1.0 for 1.
 * Where all are whole numbers, these are cut: 1.  Returns whether they were.
 */
int keyauth_labels_whole(char **label, size_t n);


#endif /* KEYAUTH_LABELS_H_INCLUDED */
