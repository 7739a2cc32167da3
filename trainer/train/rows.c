/*
 * Rows to train on: see rows.h.
 */


#include <stdlib.h>
#include <string.h>

#include "keyauth_features.h"
#include "rows.h"
#include "util.h"


void
keyauth_rows_pick(keyauth_rows_t *r, const keyauth_dataset_t *d,
    const double *summary, const uint8_t *keep)
{
    uint32_t  f, i, n;

    r->classes = d->classes;
    r->x = keyauth_alloc(d->rows, KEYAUTH_SUMMARY * sizeof(double));
    r->xf = keyauth_alloc(d->rows, KEYAUTH_SUMMARY * sizeof(float));
    r->class = keyauth_alloc(d->rows, sizeof(uint32_t));
    r->features = 4 * d->keys - 3;
    r->raw = keyauth_alloc((size_t) d->rows * r->features, sizeof(double));
    n = 0;

    for (i = 0; i < d->rows; i++) {
        if (keep != NULL && !keep[i]) {
            continue;
        }

        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            r->x[(size_t) n * KEYAUTH_SUMMARY + f] =
                                   summary[(size_t) i * KEYAUTH_SUMMARY + f];
            r->xf[(size_t) n * KEYAUTH_SUMMARY + f] =
                           (float) summary[(size_t) i * KEYAUTH_SUMMARY + f];
        }

        keyauth_features_raw(d->press + (size_t) i * d->keys,
                             d->release + (size_t) i * d->keys, d->keys,
                             r->raw + (size_t) n * r->features);
        r->class[n++] = d->class[i];
    }

    r->rows = n;
}


void
keyauth_rows_free(keyauth_rows_t *r)
{
    free(r->x);
    free(r->xf);
    free(r->raw);
    free(r->class);
    memset(r, 0, sizeof(keyauth_rows_t));
}
