/*
 * Warnings: a sample that can be answered, but looks as if its sender had
 * made a mistake, or as if nobody had typed it.
 */


#ifndef KEYAUTH_WARNINGS_H_INCLUDED
#define KEYAUTH_WARNINGS_H_INCLUDED


#include "keyauth_input.h"


/* bits, in the order of docs/api.md */
typedef enum {
    KEYAUTH_WARN_IMPLAUSIBLE = 0,
    KEYAUTH_WARN_EQUAL_HOLDS,
    KEYAUTH_WARN_SHORT,
    KEYAUTH_WARN_PAUSE,
    KEYAUTH_WARN_SECONDS,
    KEYAUTH_WARN_COARSE,
    KEYAUTH_WARNINGS
} keyauth_warning_e;


/* as answers and metrics spell them */
extern const char *const keyauth_warning_names[KEYAUTH_WARNINGS];

/*
 * A bit 1 << keyauth_warning_e for each warning; keys: of the string.  *step is
 * raised to that of the sample's clock in ms, where it is coarse.
 */
unsigned keyauth_warnings(const keyauth_request_t *sample, unsigned keys,
    double *step);


#endif /* KEYAUTH_WARNINGS_H_INCLUDED */
