/*
 * A model file's background and operating points, anew from a store's people.
 */


#ifndef KEYAUTH_STORE_BACKGROUND_H_INCLUDED
#define KEYAUTH_STORE_BACKGROUND_H_INCLUDED


#include "keyauth_store.h"


#define KEYAUTH_STORE_BACKGROUND_LEAST  50      /* people with three rows */


/*
 * Reads the people of a phrase, writes model with what comes of them to out,
 * signed with a key or not (NULL), and prints figures.  -1: err says why.
 */
int keyauth_store_background(keyauth_store_t *s, const char *phrase,
    const char *model, const char *out, const char *sign, char *err);


#endif /* KEYAUTH_STORE_BACKGROUND_H_INCLUDED */
