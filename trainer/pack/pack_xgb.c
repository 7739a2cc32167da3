/*
 * XGBoost's trees, packed: see engine/models/keyauth_xgb.h for the layout.
 *
 * A column in the file is 255 cuts of one feature.  A tree becomes chunks of
 * eight leaves; a chunk's slots are, for each of its 16 trees, the splits
 * whose left subtree has leaves in the chunk.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth_xgb.h"
#include "pack.h"
#include "util.h"
#include "xgb_json.h"


#define KEYAUTH_PACK_XGB_PAGE  16
#define KEYAUTH_PACK_XGB_ROW   16       /* floats in a row of cuts */


/* one split: fails when x >= cut; then its left leaves are out of reach */
typedef struct {
    uint32_t              column;       /* of all pages */
    uint32_t              rank;
    uint32_t              first;        /* left subtree's leaves */
    uint32_t              end;
} keyauth_pack_split_t;

typedef struct {
    keyauth_pack_split_t *splits;
    float                *leaves;
    uint32_t              nsplits;
    uint32_t              nleaves;
} keyauth_pack_tree_t;

typedef struct {
    uint32_t              class;
    uint32_t              nodes;        /* of its trees */
} keyauth_pack_lane_t;

typedef struct {
    keyauth_xgb_head_t    head;
    float                *cuts;
    size_t                ncuts;
    uint32_t              first[KEYAUTH_SUMMARY];   /* column of a feature */
    uint32_t              number[KEYAUTH_SUMMARY];  /* its distinct cuts */
    float                *sorted[KEYAUTH_SUMMARY];
    keyauth_xgb_column_t *columns;
    uint32_t             *lanes;
    keyauth_xgb_chunk_t  *plan;
    keyauth_xgb_slot_t   *slots;
    float                *leaves;
} keyauth_pack_xgb_t;


static void keyauth_pack_xgb_lanes(keyauth_pack_xgb_t *p,
    const keyauth_xgb_json_t *x);
static int keyauth_pack_lane_compare(const void *one, const void *two);
static void keyauth_pack_xgb_cuts(keyauth_pack_xgb_t *p,
    const keyauth_xgb_json_t *x);
static void keyauth_pack_xgb_columns(keyauth_pack_xgb_t *p);
static int keyauth_pack_float_compare(const void *one, const void *two);
static void keyauth_pack_xgb_tree(const keyauth_pack_xgb_t *p,
    const keyauth_xgb_tree_t *t, uint32_t node, keyauth_pack_tree_t *out);
static void keyauth_pack_xgb_round(keyauth_pack_xgb_t *p,
    const keyauth_pack_tree_t *trees);
static void keyauth_pack_xgb_chunk(keyauth_pack_xgb_t *p,
    const keyauth_pack_tree_t *trees, uint32_t chunk, uint32_t page,
    uint32_t leaves, int last);
static void keyauth_pack_xgb_leaves(keyauth_pack_xgb_t *p,
    const keyauth_pack_tree_t *trees, uint32_t chunk, uint32_t leaves);
static int keyauth_pack_xgb_write(keyauth_pack_xgb_t *p, keyauth_writer_t *w,
    char *err);


int
keyauth_pack_xgb(keyauth_writer_t *w, const char *json, size_t len,
    uint32_t classes, const keyauth_xgb_how_t *how, char *err)
{
    uint32_t             c, g, r;
    keyauth_xgb_json_t   x;
    keyauth_pack_xgb_t   p;
    keyauth_pack_tree_t  trees[KEYAUTH_XGB_LANES];

    if (keyauth_xgb_json_read(&x, json, len, classes, how, err) != 0) {
        return -1;
    }

    memset(&p, 0, sizeof(p));
    p.head.classes = classes;
    p.head.rounds = x.trees / classes;
    p.head.base = x.base_score;

    keyauth_pack_xgb_lanes(&p, &x);
    keyauth_pack_xgb_cuts(&p, &x);
    keyauth_pack_xgb_columns(&p);

    for (g = 0; g < classes; g += KEYAUTH_XGB_LANES) {
        for (r = 0; r < p.head.rounds; r++) {
            memset(trees, 0, sizeof(trees));

            for (c = 0; c < KEYAUTH_XGB_LANES && g + c < classes; c++) {
                keyauth_pack_xgb_tree(&p,
                                      &x.tree[r * classes + p.lanes[g + c]],
                                      0, &trees[c]);
            }

            keyauth_pack_xgb_round(&p, trees);

            for (c = 0; c < KEYAUTH_XGB_LANES; c++) {
                free(trees[c].splits);
                free(trees[c].leaves);
            }
        }
    }

    for (c = 0; c < KEYAUTH_SUMMARY; c++) {
        free(p.sorted[c]);
    }

    keyauth_xgb_json_free(&x);

    return keyauth_pack_xgb_write(&p, w, err);
}


/*
 * Trees that lie side by side cost what the largest of them does: classes
 * with trees of like size become neighbours.
 */
static void
keyauth_pack_xgb_lanes(keyauth_pack_xgb_t *p, const keyauth_xgb_json_t *x)
{
    uint32_t              c, t;
    keyauth_pack_lane_t  *order;

    order = keyauth_alloc(p->head.classes, sizeof(*order));
    p->lanes = keyauth_alloc(p->head.classes, sizeof(*p->lanes));

    for (c = 0; c < p->head.classes; c++) {
        order[c].class = c;
    }

    for (t = 0; t < x->trees; t++) {
        order[t % p->head.classes].nodes += x->tree[t].nodes;
    }

    qsort(order, p->head.classes, sizeof(*order), keyauth_pack_lane_compare);

    for (c = 0; c < p->head.classes; c++) {
        p->lanes[c] = order[c].class;
    }

    free(order);
}


/* largest first; equals by class, so that files do not depend on qsort() */
static int
keyauth_pack_lane_compare(const void *one, const void *two)
{
    const keyauth_pack_lane_t  *a, *b;

    a = one;
    b = two;

    if (a->nodes != b->nodes) {
        return (a->nodes < b->nodes) - (a->nodes > b->nodes);
    }

    return (a->class > b->class) - (a->class < b->class);
}


/* the sorted distinct thresholds of every feature */
static void
keyauth_pack_xgb_cuts(keyauth_pack_xgb_t *p, const keyauth_xgb_json_t *x)
{
    uint32_t                   f, i, n, t;
    const keyauth_xgb_tree_t  *tree;

    for (t = 0; t < x->trees; t++) {
        tree = &x->tree[t];

        for (i = 0; i < tree->nodes; i++) {
            p->number[tree->feature[i]] += tree->left[i] >= 0;
        }
    }

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        p->sorted[f] = keyauth_alloc(p->number[f] + 1, sizeof(float));
        p->number[f] = 0;
    }

    for (t = 0; t < x->trees; t++) {
        tree = &x->tree[t];

        for (i = 0; i < tree->nodes; i++) {
            if (tree->left[i] >= 0) {
                f = tree->feature[i];
                p->sorted[f][p->number[f]++] = tree->value[i];
            }
        }
    }

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        qsort(p->sorted[f], p->number[f], sizeof(float),
              keyauth_pack_float_compare);

        for (i = 0, n = 0; i < p->number[f]; i++) {
            if (n == 0 || p->sorted[f][i] != p->sorted[f][n - 1]) {
                p->sorted[f][n++] = p->sorted[f][i];
            }
        }

        p->number[f] = n;
    }
}


static int
keyauth_pack_float_compare(const void *one, const void *two)
{
    float  a, b;

    memcpy(&a, one, sizeof(float));
    memcpy(&b, two, sizeof(float));

    return (a > b) - (a < b);
}


static void
keyauth_pack_xgb_columns(keyauth_pack_xgb_t *p)
{
    uint32_t               f, i, n, used;
    keyauth_xgb_column_t  *c;

    used = 0;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        p->first[f] = used;
        used += (p->number[f] + KEYAUTH_XGB_COLUMN_CUTS - 1)
                / KEYAUTH_XGB_COLUMN_CUTS;
    }

    p->head.columns = (used / KEYAUTH_PACK_XGB_PAGE + 1)
                      * KEYAUTH_PACK_XGB_PAGE;
    p->columns = keyauth_alloc(p->head.columns, sizeof(*p->columns));
    p->cuts = keyauth_alloc((size_t) (used + 1)
                            * (KEYAUTH_XGB_COLUMN_CUTS + 1), sizeof(float));
    c = p->columns;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        for (i = 0; i < p->number[f]; i += n, c++) {
            n = p->number[f] - i;
            n = n < KEYAUTH_XGB_COLUMN_CUTS ? n : KEYAUTH_XGB_COLUMN_CUTS;

            c->feature = f;
            c->cut = (uint32_t) p->ncuts;
            c->cuts = n;

            memcpy(p->cuts + p->ncuts, p->sorted[f] + i, n * sizeof(float));
            p->ncuts += n;

            while (p->ncuts % KEYAUTH_PACK_XGB_ROW) {
                p->cuts[p->ncuts++] = INFINITY;
            }
        }
    }
}


/* the subtree at node, its leaves from left to right */
static void
keyauth_pack_xgb_tree(const keyauth_pack_xgb_t *p, const keyauth_xgb_tree_t *t,
    uint32_t node, keyauth_pack_tree_t *out)
{
    float                 *cut;
    uint32_t               f, rank, self;
    keyauth_pack_split_t  *split;

    if (node == 0) {
        out->splits = keyauth_alloc(t->nodes, sizeof(*out->splits));
        out->leaves = keyauth_alloc(t->nodes, sizeof(*out->leaves));
    }

    if (t->left[node] < 0) {
        out->leaves[out->nleaves++] = t->value[node];
        return;
    }

    f = t->feature[node];
    cut = bsearch(&t->value[node], p->sorted[f], p->number[f], sizeof(float),
                  keyauth_pack_float_compare);
    rank = (uint32_t) (cut - p->sorted[f]);

    self = out->nsplits++;
    split = &out->splits[self];
    split->column = p->first[f] + rank / KEYAUTH_XGB_COLUMN_CUTS;
    split->rank = rank % KEYAUTH_XGB_COLUMN_CUTS;
    split->first = out->nleaves;

    keyauth_pack_xgb_tree(p, t, (uint32_t) t->left[node], out);
    out->splits[self].end = out->nleaves;
    keyauth_pack_xgb_tree(p, t, (uint32_t) t->right[node], out);
}


static void
keyauth_pack_xgb_round(keyauth_pack_xgb_t *p, const keyauth_pack_tree_t *trees)
{
    uint32_t  c, chunk, leaves, page, pages;

    leaves = 0;

    for (c = 0; c < KEYAUTH_XGB_LANES; c++) {
        leaves = leaves > trees[c].nleaves ? leaves : trees[c].nleaves;
    }

    pages = p->head.columns / KEYAUTH_PACK_XGB_PAGE;
    chunk = (leaves + KEYAUTH_XGB_CHUNK_LEAVES - 1) / KEYAUTH_XGB_CHUNK_LEAVES;

    while (chunk-- > 0) {
        leaves -= chunk * KEYAUTH_XGB_CHUNK_LEAVES;

        for (page = 0; page < pages; page++) {
            keyauth_pack_xgb_chunk(p, trees, chunk, page,
                                   page == pages - 1 ? leaves : 0,
                                   page == pages - 1 && chunk == 0);
        }

        keyauth_pack_xgb_leaves(p, trees, chunk, leaves);
        leaves = chunk * KEYAUTH_XGB_CHUNK_LEAVES;
    }
}


static void
keyauth_pack_xgb_chunk(keyauth_pack_xgb_t *p, const keyauth_pack_tree_t *trees,
    uint32_t chunk, uint32_t page, uint32_t leaves, int last)
{
    uint32_t                     c, end, first, i, n, slots;
    keyauth_xgb_slot_t          *slot;
    keyauth_xgb_chunk_t         *plan;
    const keyauth_pack_split_t  *s;

    slots = 0;
    slot = NULL;

    for (c = 0; c < KEYAUTH_XGB_LANES; c++) {

        for (i = 0, n = 0; i < trees[c].nsplits; i++) {
            s = &trees[c].splits[i];
            first = chunk * KEYAUTH_XGB_CHUNK_LEAVES;
            end = first + KEYAUTH_XGB_CHUNK_LEAVES;
            first = s->first > first ? s->first : first;
            end = s->end < end ? s->end : end;

            if (s->column / KEYAUTH_PACK_XGB_PAGE != page || first >= end) {
                continue;
            }

            if (n == slots) {
                p->slots = keyauth_realloc(p->slots, p->head.slots + slots + 1,
                                           sizeof(*slot));
                slot = p->slots + p->head.slots;
                memset(&slot[slots], 0, sizeof(*slot));
                memset(slot[slots].rank, 0xff, KEYAUTH_XGB_LANES);
                slots++;
            }

            slot[n].rank[c] = (uint8_t) s->rank;
            slot[n].column[c] = (uint8_t) (s->column % KEYAUTH_PACK_XGB_PAGE);
            slot[n].clear[c] = (uint8_t)
                (((1u << (end - first)) - 1)
                 << (first % KEYAUTH_XGB_CHUNK_LEAVES));
            n++;
        }
    }

    if (slots == 0 && leaves == 0) {
        return;
    }

    p->plan = keyauth_realloc(p->plan, p->head.chunks + 1, sizeof(*plan));
    plan = &p->plan[p->head.chunks++];
    plan->slots = (uint16_t) slots;
    plan->page = (uint16_t) page;
    plan->leaves = (uint16_t) leaves;
    plan->last = (uint16_t) last;
    p->head.slots += slots;
}


static void
keyauth_pack_xgb_leaves(keyauth_pack_xgb_t *p,
    const keyauth_pack_tree_t *trees, uint32_t chunk, uint32_t leaves)
{
    float     *row;
    uint32_t   c, i, l;

    p->leaves = keyauth_realloc(p->leaves,
                                (size_t) (p->head.leaf_rows + leaves)
                                * KEYAUTH_XGB_LANES, sizeof(float));
    row = p->leaves + (size_t) p->head.leaf_rows * KEYAUTH_XGB_LANES;
    p->head.leaf_rows += leaves;

    for (i = 0; i < leaves; i++) {
        l = chunk * KEYAUTH_XGB_CHUNK_LEAVES + i;

        for (c = 0; c < KEYAUTH_XGB_LANES; c++) {
            *row++ = l < trees[c].nleaves ? trees[c].leaves[l] : 0;
        }
    }
}


static int
keyauth_pack_xgb_write(keyauth_pack_xgb_t *p, keyauth_writer_t *w, char *err)
{
    int  rc;

    rc = keyauth_writer_add(w, "xgb.head", &p->head, sizeof(p->head));
    rc |= keyauth_writer_take(w, "xgb.lanes", p->lanes,
                              p->head.classes * sizeof(*p->lanes));
    rc |= keyauth_writer_take(w, "xgb.cuts", p->cuts,
                              p->ncuts * sizeof(float));
    rc |= keyauth_writer_take(w, "xgb.columns", p->columns,
                              p->head.columns * sizeof(*p->columns));
    rc |= keyauth_writer_take(w, "xgb.plan", p->plan,
                              p->head.chunks * sizeof(*p->plan));
    rc |= keyauth_writer_take(w, "xgb.slots", p->slots,
                              p->head.slots * sizeof(*p->slots));
    rc |= keyauth_writer_take(w, "xgb.leaves", p->leaves,
                              (size_t) p->head.leaf_rows * KEYAUTH_XGB_LANES
                              * sizeof(float));

    if (rc != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for XGB's sections");
    }

    return rc;
}
