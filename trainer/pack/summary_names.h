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


#endif /* KEYAUTH_SUMMARY_NAMES_H_INCLUDED */
