/*
 * Boosted trees: see keyauth_xgb.h.
 */


#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_simd.h"
#include "keyauth_xgb.h"


#define KEYAUTH_XGB_PAGE  16            /* columns */


static int keyauth_xgb_check_columns(const keyauth_xgb_t *m);
static int keyauth_xgb_check_plan(const keyauth_xgb_t *m);
static size_t keyauth_xgb_margins_offset(const keyauth_xgb_t *m);
KEYAUTH_CLONES
static void keyauth_xgb_ranks(const keyauth_xgb_t *m, const float *x,
    uint8_t *ranks);
KEYAUTH_CLONES
static void keyauth_xgb_margins(const keyauth_xgb_t *m, const uint8_t *ranks,
    float *margins);


int
keyauth_xgb_check(const keyauth_xgb_t *m, char *err)
{
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
            || c->cut % KEYAUTH_LANES
            || (uint64_t) c->cut + c->cuts > m->ncuts)
        {
            return -1;
        }
    }

    return m->ncuts % KEYAUTH_LANES ? -1 : 0;
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
        || trees != (uint64_t) m->head.rounds
                    * ((m->head.classes + KEYAUTH_LANES - 1) / KEYAUTH_LANES)
        || (m->head.chunks != 0 && !m->plan[m->head.chunks - 1].last))
    {
        return -1;
    }

    for (i = 0; i < m->head.slots; i++) {
        for (j = 0; j < KEYAUTH_LANES; j++) {
            if (m->slots[i].column[j] >= KEYAUTH_XGB_PAGE) {
                return -1;
            }
        }
    }

    for (n = 0; n < (size_t) m->head.leaf_rows * KEYAUTH_LANES; n++) {
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
           + ((size_t) m->head.classes + KEYAUTH_LANES) * sizeof(float);
}


uint32_t
keyauth_xgb_predict(const keyauth_xgb_t *m, const float x[KEYAUTH_SUMMARY],
    void *scratch, double *scores)
{
    float     *margins;
    uint32_t   i, best;

    margins = (float *) (void *) ((char *) scratch
                                  + keyauth_xgb_margins_offset(m));

    keyauth_xgb_ranks(m, x, scratch);
    keyauth_xgb_margins(m, scratch, margins);

    best = 0;

    for (i = 0; i < m->head.classes; i++) {
        scores[i] = (double) margins[i];

        if (margins[i] > margins[best]) {
            best = i;
        }
    }

    return best;
}


/* a column's rank is the number of its cuts that are <= x */
KEYAUTH_CLONES
static void
keyauth_xgb_ranks(const keyauth_xgb_t *m, const float *x, uint8_t *ranks)
{
    int32_t                      rank;
    uint32_t                     i, j;
    keyauth_vi_t                 sum;
    const float                 *cut;
    const keyauth_xgb_column_t  *c;

    for (i = 0; i < m->head.columns; i++) {
        c = &m->columns[i];
        cut = m->cuts + c->cut;
        sum = (keyauth_vi_t) { 0 };

        /* behind a column's last cut stand infinities, up to a full row */
        for (j = 0; j < c->cuts; j += KEYAUTH_LANES) {
            sum -= *(const keyauth_vf_t *) (const void *) (cut + j)
                   <= x[c->feature];
        }

        rank = 0;

        for (j = 0; j < KEYAUTH_LANES; j++) {
            rank += sum[j];
        }

        ranks[i] = (uint8_t) rank;
    }
}


KEYAUTH_CLONES
static void
keyauth_xgb_margins(const keyauth_xgb_t *m, const uint8_t *ranks,
    float *margins)
{
    uint32_t                    g, j, round, groups;
    const float                *leaf;
    keyauth_vb_t                table, rank, clear;
    keyauth_vf_t                sum, value;
    keyauth_vi_t                lanes, bit;
    const keyauth_xgb_slot_t   *slot;
    const keyauth_xgb_chunk_t  *c;

#define keyauth_xgb_bytes(p)  (*(const keyauth_vb_t *) (const void *) (p))

    c = m->plan;
    slot = m->slots;
    leaf = m->leaves;
    groups = (m->head.classes + KEYAUTH_LANES - 1) / KEYAUTH_LANES;

    for (g = 0; g < groups; g++) {
        sum = (keyauth_vf_t) { 0 } + m->head.base;

        for (round = 0; round < m->head.rounds; round++) {
            value = (keyauth_vf_t) { 0 };
            clear = (keyauth_vb_t) { 0 };

            for ( ;; c++) {
                table = keyauth_xgb_bytes(ranks + c->page * KEYAUTH_XGB_PAGE);

                for (j = 0; j < c->slots; j++, slot++) {
                    keyauth_simd_lookup(&rank, &table,
                                        &keyauth_xgb_bytes(slot->column));
                    clear |= (keyauth_vb_t)
                                 (rank > keyauth_xgb_bytes(slot->rank))
                             & keyauth_xgb_bytes(slot->clear);
                }

                if (c->leaves == 0) {
                    continue;
                }

                /* the lowest bit that is left is the leaf */
                lanes = __builtin_convertvector(clear, keyauth_vi_t);
                leaf += c->leaves * KEYAUTH_LANES;

                for (j = c->leaves; j != 0; j--) {
                    leaf -= KEYAUTH_LANES;
                    bit = (lanes & (1 << (j - 1))) == 0;
                    keyauth_simd_select(&value, &bit,
                                        (const keyauth_vf_t *)
                                            (const void *) leaf);
                }

                leaf += c->leaves * KEYAUTH_LANES;
                clear = (keyauth_vb_t) { 0 };

                if (c->last) {
                    c++;
                    break;
                }
            }

            sum += value;
        }

        *(keyauth_vf_t *) (void *) (margins + g * KEYAUTH_LANES) = sum;
    }
}
