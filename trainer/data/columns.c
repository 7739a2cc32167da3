/*
 * Names of columns, and numbers.
 */


#include <ctype.h>
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


/* in any case, and with "_" or " " where "-" is */
int
keyauth_column_parse(const char *name, unsigned *what)
{
    char         text[40];
    size_t       i;
    unsigned     key, odd;
    const char  *s;

    for (i = 0; name[i] != '\0'; i++) {
        if (i == sizeof(text) - 1) {
            return -1;
        }

        text[i] = name[i] == '_' || name[i] == ' '
                  ? '-' : (char) tolower((unsigned char) name[i]);
    }

    text[i] = '\0';
    s = text;

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
        "session", "rep", "repetition", "index", "device", NULL
    };

    /* numbers of rows have no name, or pandas' for none */

    return *name == '\0' || strncmp(name, "Unnamed: ", 9) == 0
           || keyauth_column_is(name, extras);
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


double
keyauth_column_unit(char *plain, const char *name)
{
    size_t  at, i, len;

    static const struct {
        const char  *name;
        double       ms;
    } units[] = {
        { "s", 1e3 }, { "sec", 1e3 }, { "secs", 1e3 }, { "seconds", 1e3 },
        { "ms", 1 }, { "msec", 1 }, { "millis", 1 }, { "milliseconds", 1 },
        { "us", 1e-3 }, { "usec", 1e-3 }, { "micros", 1e-3 },
        { "microseconds", 1e-3 }, { "ns", 1e-6 }, { "nsec", 1e-6 },
        { "nanos", 1e-6 }, { "nanoseconds", 1e-6 }
    };

    len = strlen(name);

    if (len >= 40) {
        *plain = '\0';
        return 0;
    }

    strcpy(plain, name);

    while (len > 0 && strchr(" )]", plain[len - 1]) != NULL) {
        plain[--len] = '\0';
    }

    for (at = len; at > 0 && strchr(" _-.([", plain[at - 1]) == NULL; at--) {
        plain[at - 1] = (char) tolower((unsigned char) plain[at - 1]);
    }

    for (i = 0; at > 0 && i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(plain + at, units[i].name) == 0) {
            len = strcspn(plain, "([");
            plain[len < at ? len : at] = '\0';
            return units[i].ms;
        }
    }

    strcpy(plain, name);

    return 0;
}
