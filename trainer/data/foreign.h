/*
 * Files that are no tables of text: workbooks, archives, JSON and the like.
 */


#ifndef KEYAUTH_FOREIGN_H_INCLUDED
#define KEYAUTH_FOREIGN_H_INCLUDED


#include <stddef.h>


/* what a file is that begins so, and what to do; NULL: it may be a table */
const char *keyauth_foreign(const char *data, size_t len);


#endif /* KEYAUTH_FOREIGN_H_INCLUDED */
