/*
 * A body's bytes, read as JSON.  For the parsers.
 */


#ifndef KEYAUTH_BODY_H_INCLUDED
#define KEYAUTH_BODY_H_INCLUDED


#include <cjson/cJSON.h>

#include "keyauth_refusal.h"


/* values that a request may have beside its times; a generous bound */
#define KEYAUTH_BODY_VALUES  16


/*
 * The body as a tree, to be given to cJSON_Delete(); NULL with the problem
 * filled.  Strict where cJSON is lenient: see keyauth_request.h.
 */
cJSON *keyauth_body_read(keyauth_place_t *at, const char *body, size_t len);


#endif /* KEYAUTH_BODY_H_INCLUDED */
