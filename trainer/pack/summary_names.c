#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "summary_names.h"


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
