/*
 * The layouts that are known, and which of them a file has.
 */


#include <stdio.h>
#include <string.h>

#include "layouts.h"


/* in the order in which those that fit are preferred */
static const keyauth_layout_t *const keyauth_layouts[] = {
    &keyauth_layout_keyauth,
    &keyauth_layout_cmu,
    &keyauth_layout_keylog,
    &keyauth_layout_events,
    &keyauth_layout_meu
};

#define KEYAUTH_LAYOUTS  (sizeof(keyauth_layouts) / sizeof(keyauth_layouts[0]))


const keyauth_layout_t *
keyauth_layout_named(const char *name)
{
    size_t  i;

    for (i = 0; i < KEYAUTH_LAYOUTS; i++) {
        if (strcmp(keyauth_layouts[i]->name, name) == 0) {
            return keyauth_layouts[i];
        }
    }

    return NULL;
}


const keyauth_layout_t *
keyauth_layout_recognise(const keyauth_record_t *first, unsigned *percent)
{
    size_t                   i;
    unsigned                 n;
    const keyauth_layout_t  *best;

    best = NULL;
    *percent = 0;

    for (i = 0; i < KEYAUTH_LAYOUTS; i++) {
        n = keyauth_layouts[i]->fits(first);

        if (n > *percent) {
            best = keyauth_layouts[i];
            *percent = n;
        }
    }

    return best;
}


const char *
keyauth_layout_names(void)
{
    size_t       i, n;
    static char  names[128];

    n = 0;

    for (i = 0; i < KEYAUTH_LAYOUTS && n < sizeof(names); i++) {
        n += (size_t) snprintf(names + n, sizeof(names) - n, "%s%s",
                               i == 0 ? "" : i + 1 < KEYAUTH_LAYOUTS
                               ? ", " : " and ", keyauth_layouts[i]->name);
    }

    return names;
}
