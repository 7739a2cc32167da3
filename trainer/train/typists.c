/*
 * People who typed: see typists.h.
 */


#include <stdlib.h>
#include <string.h>

#include "typists.h"
#include "util.h"


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
        who[c].steps = to;

        for (row = d->start[c]; row < d->start[c + 1]; row++) {
            if (d->copy[row].own != row || d->copy[row].shared) {
                continue;
            }

            at = (size_t) row * d->keys;
            keyauth_live_steps(d->press + at, d->release + at, d->keys, to);
            to += 2 * d->keys - 1;
            who[c].rows++;
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
