/*
 * The table of the kinds of models: see keyauth_kinds.h.
 */


#include <stdio.h>
#include <string.h>

#include "keyauth_kinds.h"


#define KEYAUTH_KIND(NAME, name)  &keyauth_kind_##name,

const keyauth_kind_t *const  keyauth_kinds[KEYAUTH_MODELS] = {
    KEYAUTH_KINDS(KEYAUTH_KIND)
};

#undef KEYAUTH_KIND


keyauth_model_e
keyauth_kind_named(const char *name, size_t len)
{
    keyauth_model_e  i;

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        if (strncmp(keyauth_kinds[i]->name, name, len) == 0
            && keyauth_kinds[i]->name[len] == '\0')
        {
            break;
        }
    }

    return i;
}


const char *
keyauth_kinds_list(char *buf, size_t size, unsigned models, const char *word)
{
    int              n;
    size_t           len;
    const char      *before;
    keyauth_model_e  i;

    buf[0] = '\0';
    len = 0;

    for (i = 0; i < KEYAUTH_MODELS && len < size; i++) {

        if (!(models & (1u << i))) {
            continue;
        }

        before = len == 0 ? ""
                 : models >> (i + 1) != 0 || word == NULL ? ", " : word;
        n = snprintf(buf + len, size - len, "%s%s", before,
                     keyauth_kinds[i]->name);
        len += (size_t) n;
    }

    return buf;
}
