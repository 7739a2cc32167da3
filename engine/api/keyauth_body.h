/*
 * A body's bytes, read as JSON (RFC 8259).  For the parsers.
 *
 * docs/architecture.md says why no library does it; t/fuzz/fuzz_request.c
 * holds it against cJSON.
 */


#ifndef KEYAUTH_BODY_H_INCLUDED
#define KEYAUTH_BODY_H_INCLUDED


#include "keyauth_refusal.h"


#define KEYAUTH_BODY_MAX         16384  /* bytes; more is 413 */
#define KEYAUTH_BODY_DEPTH_MAX   8      /* arrays and objects in each other */
#define KEYAUTH_BODY_VALUES_MAX  (KEYAUTH_BODY_MAX / 2 + 1)

/* values that a request may have beside its times; a generous bound */
#define KEYAUTH_BODY_VALUES      16


typedef enum {
    KEYAUTH_VALUE_LITERAL = 0,          /* null, true or false */
    KEYAUTH_VALUE_NUMBER,
    KEYAUTH_VALUE_STRING,
    KEYAUTH_VALUE_ARRAY,
    KEYAUTH_VALUE_OBJECT
} keyauth_value_e;


typedef struct keyauth_value_s  keyauth_value_t;

struct keyauth_value_s {
    const char             *name;       /* of a member, NUL-terminated */
    const keyauth_value_t  *next;       /* in the array or object, or NULL */
    uint32_t                type;       /* keyauth_value_e */
    uint32_t                count;      /* of what an array or object holds */

    union {
        double                  number; /* true 1, false 0, null -1 */
        const char             *string; /* UTF-8, NUL-terminated */
        const keyauth_value_t  *child;  /* the first, or NULL */
    } u;
};


/* a tree's memory; what it holds is good until the next body */
typedef struct {
    keyauth_value_t  values[KEYAUTH_BODY_VALUES_MAX];
    char             text[KEYAUTH_BODY_MAX];
} keyauth_body_t;


/*
 * The body as a tree in memory; NULL with the problem filled when it is not
 * JSON, larger or deeper than a body may be, holds more values than at->keys
 * explains, U+0000, or a number of more than 63 characters.
 */
const keyauth_value_t *keyauth_body_read(keyauth_body_t *memory,
    keyauth_place_t *at, const char *body, size_t len);


#endif /* KEYAUTH_BODY_H_INCLUDED */
