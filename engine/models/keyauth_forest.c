/*
 * Forests: see keyauth_forest.h.
 *
 * A walk down one tree is a chain of loads, each waiting for the last, and of
 * branches that nobody can predict.  So many trees take one step each, then
 * the next, without a branch on data; each fetches its next node meanwhile.
 *
 * A step from a leaf stays there: its link is 0, and nothing is greater than
 * its threshold, which is no number.  So whether trees have ended is checked
 * now and then alone.
 */


#include <stdio.h>

#include "keyauth_forest.h"


#define KEYAUTH_FOREST_BLOCK  256       /* trees that are walked at once */
#define KEYAUTH_FOREST_FIRST  10        /* steps until the first check */
#define KEYAUTH_FOREST_MORE   3         /* and between then on */


static int keyauth_forest_check_tree(const keyauth_forest_t *f, uint32_t t);
static void keyauth_forest_walk(const keyauth_forest_t *f, uint32_t first,
    uint32_t n, const float *x, uint32_t *leaves);
static void keyauth_forest_step(const keyauth_node_t **at, uint32_t n,
    uint32_t steps, const float *x);
static void keyauth_forest_count(const keyauth_forest_t *f, uint32_t value,
    double *scores);


int
keyauth_forest_check(const keyauth_forest_t *f, char *err)
{
    uint32_t                i, t;
    const keyauth_share_t  *s;

    /* the last base is the number of nodes; no tree may reach beyond it */

    for (t = 0; t < f->head.trees; t++) {

        if (f->base[t] % 2 || f->base[t] > f->base[t + 1]
            || f->base[t + 1] - f->base[t] < 2
            || f->base[t + 1] > f->base[f->head.trees]
            || keyauth_forest_check_tree(f, t) != 0)
        {
            snprintf(err, KEYAUTH_ERROR_MAX, "tree %u of the forest is bad",
                     t);
            return -1;
        }
    }

    for (i = 0; i < f->head.mixed; i++) {
        if (f->mixed[i] > f->mixed[i + 1]) {
            goto invalid;
        }
    }

    if (f->mixed[0] != 0) {
        goto invalid;
    }

    for (i = 0; i < f->mixed[f->head.mixed]; i++) {
        s = &f->shares[i];

        if (s->label >= f->head.classes || !(s->share >= 0 && s->share <= 1)) {
            goto invalid;
        }
    }

    return 0;

invalid:

    snprintf(err, KEYAUTH_ERROR_MAX, "a mixed leaf of the forest is bad");

    return -1;
}


/*
 * Children stand behind their parent: every walk ends, and on a leaf.  Nothing
 * branches on what a node is, as nobody could predict that: it would be the
 * slowest part of a reload.
 */
static int
keyauth_forest_check_tree(const keyauth_forest_t *f, uint32_t t)
{
    unsigned               bad, leaf, split;
    uint32_t               i, n, ahead, bits, values;
    const keyauth_node_t  *node;

    node = f->nodes + f->base[t];
    n = f->base[t + 1] - f->base[t];
    values = f->head.classes + f->head.mixed;
    bad = (values < f->head.mixed) | (values > KEYAUTH_LEAF_VALUE_MAX + 1);

    for (i = 1; i < n; i++) {
        memcpy(&bits, &node[i].threshold, sizeof(uint32_t));
        ahead = node[i].link >> 8;

        leaf = bits - KEYAUTH_NAN_BITS >= values;
        split = (ahead == 0) | (ahead + 1 >= n - i)
                | ((bits & 0x7fffffff) > 0x7f800000)
                | ((node[i].link & 0xff) >= f->head.features);

        bad |= keyauth_node_is_leaf(node[i]) ? leaf : split;
    }

    return bad ? -1 : 0;
}


uint32_t
keyauth_forest_predict(const keyauth_forest_t *f, const float *x,
    double *scores)
{
    double    trees;
    uint32_t  i, best;

    for (i = 0; i < f->head.classes; i++) {
        scores[i] = 0;
    }

    keyauth_forest_sum(f, 0, f->head.trees, x, scores);

    best = 0;
    trees = f->head.trees;

    /* sums that differ in their last bit can have the same mean */

    for (i = 1; i < f->head.classes; i++) {
        if (scores[i] > scores[best]
            && scores[i] / trees > scores[best] / trees)
        {
            best = i;
        }
    }

    return best;
}


void
keyauth_forest_sum(const keyauth_forest_t *f, uint32_t first, uint32_t n,
    const float *x, double *scores)
{
    uint32_t  i, block;
    uint32_t  leaves[KEYAUTH_FOREST_BLOCK];

    for ( /* void */ ; n > 0; n -= block, first += block) {
        block = n < KEYAUTH_FOREST_BLOCK ? n : KEYAUTH_FOREST_BLOCK;

        keyauth_forest_walk(f, first, block, x, leaves);

        for (i = 0; i < block; i++) {
            keyauth_forest_count(f, leaves[i], scores);
        }
    }
}


/*
 * The values of the leaves that x falls in, of n trees from `first` on, in
 * their order: that in which shares are added shows in a sum's last bit.
 */
static void
keyauth_forest_walk(const keyauth_forest_t *f, uint32_t first, uint32_t n,
    const float *x, uint32_t *leaves)
{
    uint8_t                tree[KEYAUTH_FOREST_BLOCK];
    uint32_t               i, kept;
    const keyauth_node_t  *at[KEYAUTH_FOREST_BLOCK];

    for (i = 0; i < n; i++) {
        at[i] = f->nodes + f->base[first + i] + 1;
        tree[i] = (uint8_t) i;
    }

    keyauth_forest_step(at, n, KEYAUTH_FOREST_FIRST, x);

    /* trees that have come to a leaf drop out, those that go on move up */
    for ( /* void */ ; n > 0; n = kept) {
        keyauth_forest_step(at, n, KEYAUTH_FOREST_MORE, x);
        kept = 0;

        for (i = 0; i < n; i++) {
            leaves[tree[i]] = keyauth_node_value(*at[i]);
            tree[kept] = tree[i];
            at[kept] = at[i];
            kept += (at[i]->link != 0);
        }
    }
}


static void
keyauth_forest_step(const keyauth_node_t **at, uint32_t n, uint32_t steps,
    const float *x)
{
    uint32_t               i, link;
    const keyauth_node_t  *p;

    while (steps-- > 0) {
        for (i = 0; i < n; i++) {
            p = at[i];
            link = p->link;
            p += (link >> 8) + (x[link & 0xff] > p->threshold);
            __builtin_prefetch(p);
            at[i] = p;
        }
    }
}


static void
keyauth_forest_count(const keyauth_forest_t *f, uint32_t value,
    double *scores)
{
    uint32_t  i;

    if (value < f->head.classes) {
        scores[value] += 1;
        return;
    }

    value -= f->head.classes;

    for (i = f->mixed[value]; i < f->mixed[value + 1]; i++) {
        scores[f->shares[i].label] += f->shares[i].share;
    }
}
