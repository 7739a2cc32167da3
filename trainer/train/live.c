/*
 * People for LIVE, and LIVE's sections: see live.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth_kernels.h"
#include "live.h"


keyauth_typist_t *
keyauth_typists(const keyauth_dataset_t *d, uint16_t **steps)
{
    size_t                  at;
    uint16_t               *to;
    uint32_t                c, row;
    keyauth_typist_t       *who;

    who = keyauth_alloc(d->classes, sizeof(keyauth_typist_t));
    to = keyauth_alloc((size_t) d->rows * (2 * d->keys - 1),
                       sizeof(uint16_t));
    *steps = to;

    for (c = 0; c < d->classes; c++) {
        who[c].keys = d->keys;
        who[c].rows = d->start[c + 1] - d->start[c];
        who[c].steps = to;

        for (row = d->start[c]; row < d->start[c + 1]; row++) {
            at = (size_t) row * d->keys;
            keyauth_live_steps(d->press + at, d->release + at, d->keys, to);
            to += 2 * d->keys - 1;
        }
    }

    return who;
}


void
keyauth_typist_template(const keyauth_typist_t *who, uint32_t first,
    uint32_t rows, keyauth_live_template_t *t)
{
    size_t    steps;
    uint32_t  r;

    steps = 2 * (size_t) who->keys - 1;
    keyauth_live_init(t, who->keys);
    t->rows = rows;

    for (r = 0; r < rows; r++) {
        memcpy(t->row[r].steps, who->steps + (first + r) * steps,
               steps * sizeof(uint16_t));
    }
}


void
keyauth_typist_sample(const keyauth_live_t *live, const keyauth_typist_t *who,
    uint32_t row, keyauth_live_sample_t *s)
{
    size_t              steps;
    keyauth_live_row_t  r;

    steps = 2 * (size_t) who->keys - 1;
    memcpy(r.steps, who->steps + row * steps, steps * sizeof(uint16_t));
    keyauth_live_sample_row(live, &r, who->keys, s);
}


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
