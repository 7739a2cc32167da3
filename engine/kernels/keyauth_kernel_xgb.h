/*
 * XGB's inner loops: see keyauth_kernels_loops.h.
 */


#ifndef KEYAUTH_KERNEL_XGB_H_INCLUDED
#define KEYAUTH_KERNEL_XGB_H_INCLUDED


#include "keyauth_xgb.h"
#include "keyauth_simd.h"


KEYAUTH_KERNEL
static void
keyauth_kernel_xgb_ranks(const keyauth_xgb_t *m, const float *x,
    uint8_t *ranks)
{
    int                          v;
    int32_t                      rank;
    uint32_t                     i, j;
    const float                 *cut;
    keyauth_vi_t                 sum;
    const keyauth_xgb_column_t  *c;

    for (i = 0; i < m->head.columns; i++) {
        c = &m->columns[i];
        cut = m->cuts + c->cut;
        sum = (keyauth_vi_t) { 0 };

        /* behind a column's last cut stand infinities, up to a full row */
        for (j = 0; j < c->cuts; j += KEYAUTH_LANES) {
            keyauth_each(v) {
                sum -= keyauth_row(cut + j)[v] <= x[c->feature];
            }
        }

        rank = 0;

        for (v = 0; v < KEYAUTH_WIDTH; v++) {
            rank += sum[v];
        }

        ranks[i] = (uint8_t) rank;
    }
}


/* the values of the leaves that are reached: the lowest bit that is left */
KEYAUTH_KERNEL
static inline __attribute__((always_inline)) void
keyauth_kernel_xgb_select(keyauth_vf_t *value, const keyauth_vb_t *cleared,
    const float *leaf, uint32_t leaves)
{
    int                  v;
    keyauth_vi_t         lanes[KEYAUTH_PARTS], reached;
    const keyauth_vp_t  *bytes;

    bytes = (const keyauth_vp_t *) (const void *) cleared;

    keyauth_each(v) {
        lanes[v] = __builtin_convertvector(bytes[v], keyauth_vi_t);
    }

    while (leaves-- > 0) {
        keyauth_each(v) {
            reached = (lanes[v] & (1 << leaves)) == 0;
            keyauth_simd_select(&value[v], &reached,
                                &keyauth_row(leaf
                                             + leaves * KEYAUTH_LANES)[v]);
        }
    }
}


KEYAUTH_KERNEL
static void
keyauth_kernel_xgb_margins(const keyauth_xgb_t *m, const uint8_t *ranks,
    float *margins)
{
    int                         v, last;
    uint32_t                    g, j, round, groups;
    const float                *leaf;
    keyauth_vb_t                table, rank, cleared;
    keyauth_vf_t                sum[KEYAUTH_PARTS], value[KEYAUTH_PARTS];
    const keyauth_xgb_slot_t   *slot;
    const keyauth_xgb_chunk_t  *c;

    c = m->plan;
    slot = m->slots;
    leaf = m->leaves;
    groups = keyauth_xgb_groups(m);

    for (g = 0; g < groups; g++) {

        keyauth_each(v) {
            sum[v] = (keyauth_vf_t) { 0 } + m->head.base;
        }

        for (round = 0; round < m->head.rounds; round++) {

            keyauth_each(v) {
                value[v] = (keyauth_vf_t) { 0 };
            }

            cleared = (keyauth_vb_t) { 0 };

            do {
                table = keyauth_bytes(ranks + c->page * KEYAUTH_XGB_PAGE);

                for (j = 0; j < c->slots; j++, slot++) {
                    keyauth_simd_lookup(&rank, &table,
                                        &keyauth_bytes(slot->column));
                    cleared |= (keyauth_vb_t)
                                   (rank > keyauth_bytes(slot->rank))
                               & keyauth_bytes(slot->clear);
                }

                if (c->leaves != 0) {
                    keyauth_kernel_xgb_select(value, &cleared, leaf,
                                              c->leaves);
                    leaf += c->leaves * KEYAUTH_LANES;
                    cleared = (keyauth_vb_t) { 0 };
                }

                last = c->last;
                c++;

            } while (!last);

            keyauth_each(v) {
                sum[v] += value[v];
            }
        }

        keyauth_each(v) {
            ((keyauth_vf_t *) (void *) (margins + g * KEYAUTH_LANES))[v]
                = sum[v];
        }
    }
}


#endif /* KEYAUTH_KERNEL_XGB_H_INCLUDED */
