/*
 * JSON's strings and numbers, as RFC 8259 has them.  For keyauth_body.c.
 */


#ifndef KEYAUTH_SCAN_H_INCLUDED
#define KEYAUTH_SCAN_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_SCAN_NUMBER_MAX  63     /* bytes of a number */


typedef enum {
    KEYAUTH_SCAN_MALFORMED = 1,         /* not JSON: RFC 8259 forbids it */
    KEYAUTH_SCAN_EXCESS                 /* JSON, but beyond a limit of ours */
} keyauth_scan_e;


typedef struct {
    const char      *end;               /* of the text */
    keyauth_scan_e   kind;              /* the error: */
    const char      *why;               /* a sentence without its full stop */
    const char      *at;                /* the byte, or the text's end */
} keyauth_scan_t;


/*
 * These read what starts at p, which is before s->end, and return what follows
 * it, or NULL with the error filled.
 */

/*
 * p: behind the opening quote.  The characters go to *to, as UTF-8 with a NUL
 * behind them, and *to is moved behind that: never more bytes than those read.
 * U+0000 is an excess.
 */
const char *keyauth_scan_string(keyauth_scan_t *s, const char *p, char **to);

/* p: a digit or '-'; the nearest double, infinite if there is none */
const char *keyauth_scan_number(keyauth_scan_t *s, const char *p,
    double *value);

/* fills the error; always returns NULL */
const char *keyauth_scan_refuse(keyauth_scan_t *s, keyauth_scan_e kind,
    const char *at, const char *why);


#endif /* KEYAUTH_SCAN_H_INCLUDED */
