/*
 * The pass over a body before cJSON parses it: refuses what cJSON would
 * wrongly accept or misread.
 */


#ifndef KEYAUTH_SCAN_H_INCLUDED
#define KEYAUTH_SCAN_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_SCAN_DEPTH_MAX   8
#define KEYAUTH_SCAN_NUMBER_MAX  63     /* bytes of a number cJSON reads */


typedef enum {
    KEYAUTH_SCAN_MALFORMED = 1,         /* not JSON: RFC 8259 forbids it */
    KEYAUTH_SCAN_EXCESS                 /* JSON, but beyond a limit of ours */
} keyauth_scan_e;


typedef struct {
    keyauth_scan_e   kind;
    const char      *why;               /* a sentence without its full stop */
    const char      *at;                /* the byte, or the text's end */
} keyauth_scan_error_t;


/*
 * Not a parser: much that is not JSON passes, for cJSON to refuse.  Refused
 * are bytes that are not UTF-8, control characters in and between strings, a
 * byte order mark, numbers such as 01 and 1., numbers too long for cJSON's
 * buffer, \u without four hex digits, U+0000, and texts that are deep or hold
 * more than values_max values.  Returns 0, or -1 with the error filled.
 */
int keyauth_scan(const char *text, size_t len, size_t values_max,
    keyauth_scan_error_t *err);


#endif /* KEYAUTH_SCAN_H_INCLUDED */
