/*
 * Forests of such trees: see forest.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forest.h"


static void keyauth_forest_bootstrap(uint32_t *weights, uint32_t rows,
    keyauth_random_t *random);
static int keyauth_forest_add(keyauth_grown_t *g, const keyauth_cart_t *t,
    uint32_t base, uint32_t *place, uint32_t *stack, char *err);
static void keyauth_forest_lay_out(const keyauth_cart_t *t, uint32_t *place,
    uint32_t *stack);
static uint32_t keyauth_forest_leaf(keyauth_grown_t *g,
    const keyauth_cart_t *t, const keyauth_cart_node_t *leaf);


int
keyauth_forest_grow(keyauth_grown_t *g, const keyauth_samples_t *s,
    const keyauth_forest_recipe_t *recipe, keyauth_progress_t *progress,
    char *err)
{
    int                rc;
    uint32_t           i, *place, *stack, *weights;
    keyauth_cart_t     cart;
    keyauth_random_t   random;

    memset(g, 0, sizeof(keyauth_grown_t));
    g->head.trees = recipe->trees;
    g->head.features = s->features;
    g->head.classes = s->classes;
    g->base = keyauth_alloc((size_t) recipe->trees + 1, sizeof(uint32_t));
    g->mixed = keyauth_alloc(1, sizeof(uint32_t));
    g->mixed_room = 1;

    keyauth_cart_init(&cart, s, recipe->max_features, 0);
    weights = keyauth_alloc(s->rows, sizeof(uint32_t));
    place = keyauth_alloc(2 * (size_t) s->rows, sizeof(uint32_t));
    stack = keyauth_alloc(2 * (size_t) s->rows, sizeof(uint32_t));
    rc = 0;

    for (i = 0; i < recipe->trees && rc == 0; i++) {

        /* a stream for each tree: trees do not depend on each other */

        keyauth_random_init(&random, recipe->seed, i + 1);

        if (recipe->bootstrap) {
            keyauth_forest_bootstrap(weights, s->rows, &random);
        }

        keyauth_cart_grow(&cart, recipe->bootstrap ? weights : NULL, &random);
        rc = keyauth_forest_add(g, &cart, g->base[i], place, stack, err);
        g->base[i + 1] = g->base[i] + cart.nnodes + 1;
        keyauth_progress_step(progress, i + 1);
    }

    keyauth_cart_free(&cart);
    free(weights);
    free(place);
    free(stack);

    return rc;
}


/* as many draws as there are rows, with replacement */
static void
keyauth_forest_bootstrap(uint32_t *weights, uint32_t rows,
    keyauth_random_t *random)
{
    uint32_t  i;

    memset(weights, 0, rows * sizeof(uint32_t));

    for (i = 0; i < rows; i++) {
        weights[keyauth_random_below(random, rows)]++;
    }
}


static int
keyauth_forest_add(keyauth_grown_t *g, const keyauth_cart_t *t,
    uint32_t base, uint32_t *place, uint32_t *stack, char *err)
{
    uint32_t                    i, self, value;
    keyauth_node_t             *tree;
    const keyauth_cart_node_t  *node;

    if (t->nnodes > KEYAUTH_NODE_AHEAD_MAX
        || UINT32_MAX - base <= t->nnodes + 1)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "the forest has too many nodes");
        return -1;
    }

    if (base + t->nnodes + 1 > g->nodes_room) {
        g->nodes_room = base / 2 * 3 + t->nnodes + 1;
        g->nodes = keyauth_realloc(g->nodes, g->nodes_room,
                                   sizeof(keyauth_node_t));
    }

    keyauth_forest_lay_out(t, place, stack);
    tree = g->nodes + base;
    memset(tree, 0, sizeof(keyauth_node_t));

    for (i = 0; i < t->nnodes; i++) {
        node = &t->nodes[i];
        self = place[i];

        if (node->feature != KEYAUTH_CART_LEAF) {
            tree[self] = keyauth_node_split(node->feature, node->threshold,
                                            place[node->left] - self);
            continue;
        }

        value = keyauth_forest_leaf(g, t, node);

        if (value > KEYAUTH_LEAF_VALUE_MAX) {
            snprintf(err, KEYAUTH_ERROR_MAX,
                     "the forest has too many mixed leaves");
            return -1;
        }

        tree[self] = keyauth_node_leaf(value);
    }

    return 0;
}


/*
 * The pair of a split's children is followed by that of the heavier child's:
 * the likelier a path, the fewer its cache lines.
 */
static void
keyauth_forest_lay_out(const keyauth_cart_t *t, uint32_t *place,
    uint32_t *stack)
{
    uint32_t                    left, n, next, right;
    const keyauth_cart_node_t  *node;

    place[0] = 1;
    next = 2;
    stack[0] = 0;
    n = 1;

    while (n > 0) {
        node = &t->nodes[stack[--n]];

        if (node->feature == KEYAUTH_CART_LEAF) {
            continue;
        }

        left = node->left;
        right = node->right;
        place[left] = next;
        place[right] = next + 1;
        next += 2;

        if (t->nodes[left].end - t->nodes[left].begin
            >= t->nodes[right].end - t->nodes[right].begin)
        {
            stack[n++] = right;
            stack[n++] = left;

        } else {
            stack[n++] = left;
            stack[n++] = right;
        }
    }
}


/* the value of a leaf: its class, or its shares, which are added */
static uint32_t
keyauth_forest_leaf(keyauth_grown_t *g, const keyauth_cart_t *t,
    const keyauth_cart_node_t *leaf)
{
    uint32_t                   c, i, first, last;
    uint64_t                   weight;
    keyauth_share_t           *share;
    const keyauth_cart_row_t  *row;

    first = g->mixed[g->head.mixed];
    last = first;
    weight = 0;

    for (i = leaf->begin; i < leaf->end; i++) {
        row = &t->rows[t->order[i]];
        weight += row->weight;

        if (last + 1 >= g->shares_room) {
            g->shares_room = 2 * last + 64;
            g->shares = keyauth_realloc(g->shares, g->shares_room,
                                        sizeof(keyauth_share_t));
        }

        /* kept sorted by class; these leaves are few and small */

        for (c = first; c < last && g->shares[c].label < row->class; c++) {
            /* void */
        }

        share = &g->shares[c];

        if (c == last || share->label != row->class) {
            memmove(share + 1, share, (last - c) * sizeof(keyauth_share_t));
            memset(share, 0, sizeof(keyauth_share_t));
            share->label = row->class;
            last++;
        }

        share->share += row->weight;
    }

    if (last - first == 1) {
        return g->shares[first].label;
    }

    for (c = first; c < last; c++) {
        g->shares[c].share /= (double) weight;
    }

    i = g->head.mixed++;

    if (g->head.mixed + 1 > g->mixed_room) {
        g->mixed_room = 2 * g->head.mixed + 64;
        g->mixed = keyauth_realloc(g->mixed, g->mixed_room, sizeof(uint32_t));
    }

    g->mixed[g->head.mixed] = last;

    return g->head.classes + i;
}


void
keyauth_forest_view(keyauth_forest_t *f, const keyauth_grown_t *g)
{
    f->head = g->head;
    f->base = g->base;
    f->nodes = g->nodes;
    f->mixed = g->mixed;
    f->shares = g->shares;
}


int
keyauth_forest_pack(keyauth_writer_t *w, const char *prefix,
    const keyauth_grown_t *g, char *err)
{
    char         name[32];
    size_t       i;
    const struct {
        const char  *name;
        const void  *data;
        size_t       size;
    } sections[] = {
        { "head", &g->head, sizeof(g->head) },
        { "base", g->base, (g->head.trees + 1) * sizeof(uint32_t) },
        { "nodes", g->nodes,
          g->base[g->head.trees] * sizeof(keyauth_node_t) },
        { "mixed", g->mixed, (g->head.mixed + 1) * sizeof(uint32_t) },
        { "shares", g->shares,
          g->mixed[g->head.mixed] * sizeof(keyauth_share_t) }
    };

    for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        snprintf(name, sizeof(name), "%s.%s", prefix, sections[i].name);

        if (keyauth_writer_add(w, name, sections[i].data, sections[i].size)
            != 0)
        {
            snprintf(err, KEYAUTH_ERROR_MAX, "no room for section \"%s\"",
                     name);
            return -1;
        }
    }

    return 0;
}


void
keyauth_forest_free(keyauth_grown_t *g)
{
    free(g->base);
    free(g->nodes);
    free(g->mixed);
    free(g->shares);
    memset(g, 0, sizeof(keyauth_grown_t));
}
