/*
 * A model that was read: see keyauth_model.h.
 */


#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "keyauth_model.h"


void
keyauth_model_close(keyauth_model_t *m)
{
    keyauth_model_e  i;

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        free(m->view[i]);
    }

    /* the cast alone drops const: the memory came from mmap() */
    if (m->mapped) {
        munmap((void *) (uintptr_t) m->data, m->size);
    }

    memset(m, 0, sizeof(*m));
}


void
keyauth_model_use(keyauth_model_t *m, const keyauth_kernels_t *kernels)
{
    char             *view;
    keyauth_model_e   i;

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        view = m->view[i];

        if (view != NULL && keyauth_kinds[i]->kernels != 0) {
            *(const keyauth_kernels_t **) (void *)
                (view + keyauth_kinds[i]->kernels) = kernels;
        }
    }

    m->live.kernels = kernels;
}


const char *
keyauth_model_label(const keyauth_model_t *m, uint32_t class, size_t *len)
{
    *len = m->label_offset[class + 1] - m->label_offset[class];

    return m->label_text + m->label_offset[class];
}


void
keyauth_model_created(const keyauth_model_t *m,
    char created[KEYAUTH_CREATED_MAX])
{
    struct tm  tm;

    if (gmtime_r(&m->created, &tm) == NULL
        || strftime(created, KEYAUTH_CREATED_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm)
           == 0)
    {
        created[0] = '\0';
    }
}
