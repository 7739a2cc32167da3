/*
 * Writing JSON into memory that is known to be large enough.  Nothing here
 * depends on the locale.
 */


#ifndef KEYAUTH_JSON_H_INCLUDED
#define KEYAUTH_JSON_H_INCLUDED


#include <string.h>

#include "keyauth.h"


#define KEYAUTH_JSON_ESCAPE_MAX  6      /* bytes that a byte may take */
#define KEYAUTH_JSON_NUMBER_MAX  16     /* bytes that a number may take */


/* a literal; returns the end, as all of these do */
#define keyauth_json_text(p, text)                                            \
    ((char *) memcpy(p, text, sizeof(text) - 1) + sizeof(text) - 1)


/*
 * UTF-8 as the inside of a string.  Whole characters are left out where they
 * would not end before or at last.
 */
char *keyauth_json_escape(char *p, const char *last, const char *s,
    size_t len);

char *keyauth_json_integer(char *p, uint32_t n);

/* up to 6 significant digits, as "%.6g" has them; null if not finite */
char *keyauth_json_number(char *p, double x);


#endif /* KEYAUTH_JSON_H_INCLUDED */
