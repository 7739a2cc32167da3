/*
 * Boosted trees: see keyauth_xgb.h.
 */


#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_xgb.h"


static int keyauth_xgb_check_lanes(const keyauth_xgb_t *m);
static int keyauth_xgb_check_columns(const keyauth_xgb_t *m);
static int keyauth_xgb_check_plan(const keyauth_xgb_t *m);
static size_t keyauth_xgb_margins_offset(const keyauth_xgb_t *m);


int
keyauth_xgb_check(const keyauth_xgb_t *m, char *err)
{
    if (keyauth_xgb_check_lanes(m) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "XGB's lanes are bad");
        return -1;
    }

    if (keyauth_xgb_check_columns(m) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "XGB's cuts are bad");
        return -1;
    }

    if (keyauth_xgb_check_plan(m) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "XGB's trees are bad");
        return -1;
    }

    return 0;
}


/* each class has a lane */
static int
keyauth_xgb_check_lanes(const keyauth_xgb_t *m)
{
    uint32_t  c, i;
    uint8_t   seen[KEYAUTH_CLASSES_MAX / 8 + 1];

    memset(seen, 0, sizeof(seen));

    for (i = 0; i < m->head.classes; i++) {
        c = m->lanes[i];

        if (c >= m->head.classes || (seen[c / 8] & (1 << c % 8))) {
            return -1;
        }

        seen[c / 8] |= (uint8_t) (1 << c % 8);
    }

    return 0;
}


static int
keyauth_xgb_check_columns(const keyauth_xgb_t *m)
{
    uint32_t                     i;
    const keyauth_xgb_column_t  *c;

    if (m->head.columns == 0 || m->head.columns % KEYAUTH_XGB_PAGE) {
        return -1;
    }

    for (i = 0; i < m->head.columns; i++) {
        c = &m->columns[i];

        if (c->feature >= KEYAUTH_SUMMARY
            || c->cuts > KEYAUTH_XGB_COLUMN_CUTS
            || c->cut % KEYAUTH_XGB_LANES
            || (uint64_t) c->cut + c->cuts > m->ncuts)
        {
            return -1;
        }
    }

    return m->ncuts % KEYAUTH_XGB_LANES ? -1 : 0;
}


static int
keyauth_xgb_check_plan(const keyauth_xgb_t *m)
{
    size_t                      n;
    uint64_t                    trees, slots, leaves;
    uint32_t                    i, j;
    const keyauth_xgb_chunk_t  *c;

    trees = 0;
    slots = 0;
    leaves = 0;

    for (i = 0; i < m->head.chunks; i++) {
        c = &m->plan[i];

        if (c->page >= m->head.columns / KEYAUTH_XGB_PAGE
            || c->leaves > KEYAUTH_XGB_CHUNK_LEAVES
            || c->last > 1 || (c->last && c->leaves == 0))
        {
            return -1;
        }

        trees += c->last;
        slots += c->slots;
        leaves += c->leaves;
    }

    if (slots != m->head.slots || leaves != m->head.leaf_rows
        || trees != (uint64_t) m->head.rounds * keyauth_xgb_groups(m)
        || (m->head.chunks != 0 && !m->plan[m->head.chunks - 1].last))
    {
        return -1;
    }

    for (i = 0; i < m->head.slots; i++) {
        for (j = 0; j < KEYAUTH_XGB_LANES; j++) {
            if (m->slots[i].column[j] >= KEYAUTH_XGB_PAGE) {
                return -1;
            }
        }
    }

    for (n = 0; n < (size_t) m->head.leaf_rows * KEYAUTH_XGB_LANES; n++) {
        if (!isfinite(m->leaves[n])) {
            return -1;
        }
    }

    return isfinite(m->head.base) ? 0 : -1;
}


static size_t
keyauth_xgb_margins_offset(const keyauth_xgb_t *m)
{
    return ((size_t) m->head.columns + 63) & ~(size_t) 63;
}


size_t
keyauth_xgb_scratch(const keyauth_xgb_t *m)
{
    return keyauth_xgb_margins_offset(m)
           + ((size_t) m->head.classes + KEYAUTH_XGB_LANES) * sizeof(float);
}


uint32_t
keyauth_xgb_predict(const keyauth_xgb_t *m, const float x[KEYAUTH_SUMMARY],
    void *scratch, double *scores)
{
    float     *margins;
    uint32_t   i, best;

    margins = (float *) (void *) ((char *) scratch
                                  + keyauth_xgb_margins_offset(m));

    m->kernels->xgb_ranks(m, x, scratch);
    m->kernels->xgb_margins(m, scratch, margins);

    for (i = 0; i < m->head.classes; i++) {
        scores[m->lanes[i]] = (double) margins[i];
    }

    best = 0;

    for (i = 1; i < m->head.classes; i++) {
        if (scores[i] > scores[best]) {
            best = i;
        }
    }

    return best;
}
