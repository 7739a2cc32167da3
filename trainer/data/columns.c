/*
 * Names of columns, and numbers.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"


void
keyauth_column_name(char *name, unsigned what)
{
    if (what >= KEYAUTH_COLUMN_USER) {
        strcpy(name, what == KEYAUTH_COLUMN_USER ? "user" : "session");
        return;
    }

    sprintf(name, "%s-%u", what & 1 ? "release" : "press", what / 2);
}


int
keyauth_column_parse(const char *s, unsigned *what)
{
    unsigned  key, odd;

    if (strcmp(s, "user") == 0 || strcmp(s, "session") == 0) {
        *what = *s == 'u' ? KEYAUTH_COLUMN_USER : KEYAUTH_COLUMN_SESSION;
        return 0;
    }

    if (strncmp(s, "press-", 6) == 0) {
        s += 6;
        odd = 0;

    } else if (strncmp(s, "release-", 8) == 0) {
        s += 8;
        odd = 1;

    } else {
        return -1;
    }

    if (*s == '\0' || (*s == '0' && s[1] != '\0')
        || strspn(s, "0123456789") != strlen(s))
    {
        return -1;
    }

    key = strlen(s) > 2 ? KEYAUTH_KEYS_MAX : (unsigned) atoi(s);
    *what = key < KEYAUTH_KEYS_MAX ? 2 * key + odd : KEYAUTH_COLUMN_BEYOND;

    return 0;
}


int
keyauth_decimal(const char *s)
{
    size_t  n, m;

    s += *s == '-' || *s == '+';
    n = strspn(s, "0123456789");
    s += n;
    m = 0;

    if (*s == '.') {
        m = strspn(++s, "0123456789");
        s += m;
    }

    if (n + m == 0) {
        return 0;
    }

    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '-' || *s == '+';
        n = strspn(s, "0123456789");
        s += n;

        if (n == 0) {
            return 0;
        }
    }

    return *s == '\0';
}
