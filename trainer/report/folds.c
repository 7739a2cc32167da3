/*
 * Folds of repetitions and of sessions.
 */


#include <string.h>

#include "folds.h"


uint32_t
keyauth_folds(const keyauth_dataset_t *d, uint32_t most)
{
    uint32_t  n;

    n = d->sessions > 1 ? d->sessions : d->repetitions;

    return n < most ? n : most;
}


uint32_t
keyauth_fold(const keyauth_dataset_t *d, uint32_t row, uint32_t folds)
{
    if (d->sessions > 1) {
        return d->session[d->copy[row].own] % folds;
    }

    return d->repetition[row] % folds;
}


void
keyauth_fold_keep(uint8_t *keep, const keyauth_dataset_t *d, uint32_t k,
    uint32_t folds)
{
    uint32_t  c, i, kept;

    for (c = 0; c < d->classes; c++) {
        kept = 0;

        for (i = d->start[c]; i < d->start[c + 1]; i++) {
            keep[i] = keyauth_fold(d, i, folds) != k;
            kept += keep[i];
        }

        if (kept == 0) {
            memset(keep + d->start[c], 1, d->start[c + 1] - d->start[c]);
        }
    }
}


void
keyauth_fold_keep_first(uint8_t *keep, const keyauth_dataset_t *d)
{
    uint32_t  begin, c, end, i, n;

    for (c = 0; c < d->classes; c++) {
        begin = d->start[c];
        end = d->start[c + 1];
        n = d->session[end - 1] + 1;

        if (n > 1) {
            for (i = begin; i < end; i++) {
                keep[i] = d->session[d->copy[i].own] < n - (n + 3) / 4;
            }

            continue;
        }

        for (i = begin; i < end; i++) {
            n = d->repetition[i] + 1 > n ? d->repetition[i] + 1 : n;
        }

        for (i = begin; i < end; i++) {
            keep[i] = n == 1 || d->repetition[i] < n - (n + 3) / 4;
        }
    }
}
