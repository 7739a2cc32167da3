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


int
keyauth_column_is_known_extra(const char *name)
{
    static const char *const  extras[] = {
        "session", "rep", "index", "device", NULL
    };

    return keyauth_column_is(name, extras);
}


int
keyauth_column_is(const char *name, const char *const *list)
{
    char    plain[40];
    size_t  n;

    for (n = 0; *name != '\0'; name++) {
        if (strchr(" _-.", *name) != NULL) {
            continue;
        }

        if (n == sizeof(plain) - 1) {
            return 0;
        }

        plain[n++] = *name >= 'A' && *name <= 'Z' ? (char) (*name + 32)
                                                  : *name;
    }

    plain[n] = '\0';

    for ( /* void */ ; *list != NULL; list++) {
        if (strcmp(plain, *list) == 0) {
            return 1;
        }
    }

    return 0;
}
