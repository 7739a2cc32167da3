/*
 * Names of the summary features: see summary_names.h.
 */


#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "summary_names.h"
#include "util.h"


const char *const  keyauth_summary_names[KEYAUTH_SUMMARY] = {
    "HT.Mean", "HT.STD", "PPT.Mean", "PPT.STD",
    "RRT.Mean", "RRT.STD", "RPT.Mean", "RPT.STD"
};


int
keyauth_summary_is_named(uint32_t feature, const char *name)
{
    char         number[16];
    const char  *p, *q;

    snprintf(number, sizeof(number), "f%u", (unsigned) feature);

    if (strcmp(name, number) == 0) {
        return 1;
    }

    q = keyauth_summary_names[feature];

    for (p = name; *p != '\0'; p++) {
        if (!isalnum((unsigned char) *p)) {
            continue;
        }

        q += *q == '.';

        if (tolower((unsigned char) *p) != tolower((unsigned char) *q)) {
            return 0;
        }

        q++;
    }

    return *q == '\0';
}


int
keyauth_summary_places(uint32_t *place, const char *const *names,
    const char *const *own, char *err, size_t size)
{
    char         text[64];
    unsigned     seen;
    uint32_t     f, i;
    const char  *name;

    seen = 0;

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        name = names[i] != NULL ? names[i] : "";
        f = own != NULL ? 0 : i;

        while (own != NULL && f < KEYAUTH_SUMMARY
               && (strcmp(name, own[f]) != 0 || (seen & 1u << f)))
        {
            f++;
        }

        if (f == KEYAUTH_SUMMARY
            || (own == NULL && !keyauth_summary_is_named(i, name)))
        {
            keyauth_quote(text, sizeof(text), name, strlen(name));
            snprintf(err, size, "feature %u is \"%s\", and should be %s%s",
                     (unsigned) i, text,
                     own != NULL ? "another" : keyauth_summary_names[i],
                     own != NULL ? " one of --features"
                                 : "; --features maps other names");
            return -1;
        }

        place[i] = f;
        seen |= 1u << f;
    }

    return 0;
}
