/*
 * The names of the eight summary features, in the order of the engine's.
 */


#ifndef KEYAUTH_SUMMARY_NAMES_H_INCLUDED
#define KEYAUTH_SUMMARY_NAMES_H_INCLUDED


#include "keyauth.h"


extern const char *const  keyauth_summary_names[KEYAUTH_SUMMARY];


/*
 * Whether name is feature's: letters and digits count, upper and lower case
 * do not differ, so that "HT.Mean" is "ht_mean" too; so is a bare "f0".
 */
int keyauth_summary_is_named(uint32_t feature, const char *name);

/*
 * place[i]: the feature that a file's column names[i] is, of eight columns.
 * own: what the file calls the eight; NULL: their names are ours, and in our
 * order.  -1: err, of size bytes, says which name is none of them.
 */
int keyauth_summary_places(uint32_t *place, const char *const *names,
    const char *const *own, char *err, size_t size);


#endif /* KEYAUTH_SUMMARY_NAMES_H_INCLUDED */
