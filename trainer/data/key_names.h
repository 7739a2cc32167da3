/*
 * Keys by the names that programs give them.
 */


#ifndef KEYAUTH_KEY_NAMES_H_INCLUDED
#define KEYAUTH_KEY_NAMES_H_INCLUDED


#include <stddef.h>


#define KEYAUTH_KEY_NAME  32            /* bytes of a name, with its NUL */


/*
 * The key that a log calls so: the character that it types, in small
 * letters, "\n" for Enter and "\t" for Tab, and for all others a name in
 * brackets.  1: a modifier as Shift is, which types nothing.
 */
int keyauth_key_named(char *out, const char *name, size_t len);

/* the same of a code as browsers' keyCode has, and Windows */
int keyauth_key_coded(char *out, unsigned code);

/*
 * The next key of a string that is typed, in which \n is Enter, \t Tab and \\
 * a backslash: how many bytes it has, or 0 where these are no UTF-8
 */
size_t keyauth_key_typed(char *out, const char *s);


#endif /* KEYAUTH_KEY_NAMES_H_INCLUDED */
