/*
 * The layouts that are known, and which of them a file has.
 */


#ifndef KEYAUTH_LAYOUTS_H_INCLUDED
#define KEYAUTH_LAYOUTS_H_INCLUDED


#include "layout.h"


/* NULL: there is none of that name */
const keyauth_layout_t *keyauth_layout_named(const char *name);

/* the one that fits; else the nearest, or NULL where nothing is near */
const keyauth_layout_t *keyauth_layout_recognise(
    const keyauth_record_t *first, unsigned *percent);

/* "keyauth, cmu, ...", for messages */
const char *keyauth_layout_names(void);


#endif /* KEYAUTH_LAYOUTS_H_INCLUDED */
