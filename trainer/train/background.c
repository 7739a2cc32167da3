/*
 * LIVE's sections: see background.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "background.h"


void
keyauth_background_free(keyauth_background_t *b)
{
    free(b->density);
    free(b->points);
    free(b->floors);
    memset(b, 0, sizeof(keyauth_background_t));
}


int
keyauth_background_pack(keyauth_writer_t *w, const keyauth_background_t *b,
    char *err)
{
    size_t                      n;
    const keyauth_live_head_t  *h;

    h = &b->view.head;
    n = (size_t) h->nrows * h->nkeys;

    if (h->people > 0
        && (keyauth_writer_add(w, "live.head", h, sizeof(*h)) != 0
            || keyauth_writer_add(w, "live.density", b->density,
                                  KEYAUTH_LIVE_KINDS * (size_t) h->cells
                                  * sizeof(float)) != 0
            || keyauth_writer_add(w, "live.rows", b->rows,
                                  h->nrows * sizeof(uint32_t)) != 0
            || keyauth_writer_add(w, "live.keys", b->keys,
                                  h->nkeys * sizeof(uint32_t)) != 0
            || keyauth_writer_add(w, "live.points", b->points,
                                  n * KEYAUTH_ATTEMPTS_MAX * h->points
                                  * sizeof(keyauth_point_t)) != 0
            || keyauth_writer_add(w, "live.floors", b->floors,
                                  n * sizeof(double)) != 0))
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "no room for LIVE's sections");
        return -1;
    }

    return 0;
}


int
keyauth_background_replace(keyauth_image_t *image, const keyauth_model_t *m,
    const keyauth_background_t *b, char *err)
{
    int                            rc;
    uint32_t                       i;
    keyauth_writer_t               w;
    const keyauth_file_header_t   *h;
    const keyauth_file_section_t  *s;

    h = (const keyauth_file_header_t *) (const void *) m->data;
    s = (const keyauth_file_section_t *) (const void *) (h + 1);
    keyauth_writer_init(&w);
    w.created = h->created;
    rc = 0;

    for (i = 0; i < h->sections && rc == 0; i++) {
        if (strncmp(s[i].name, "live.", 5) != 0) {
            rc = keyauth_writer_add(&w, s[i].name, m->data + s[i].offset,
                                    s[i].size);
        }
    }

    if (rc != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for the model file");
    }

    if (rc == 0) {
        rc = keyauth_background_pack(&w, b, err);
    }

    if (rc == 0) {
        rc = keyauth_writer_image(&w, image, err);
    }

    keyauth_writer_free(&w);

    return rc;
}
