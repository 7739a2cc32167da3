/*
 * Forests: see keyauth_forest.h.
 *
 * A walk down one tree is a chain of loads, each waiting for the last, so
 * eight trees are walked at once.  Leaves step onto themselves: there is no
 * branch but the loop's.
 */


#include <stdio.h>
#include <stdlib.h>

#include "keyauth_forest.h"


#define KEYAUTH_FOREST_FLIGHT  8


static int keyauth_forest_check_tree(const keyauth_forest_t *f, uint32_t t);
static int keyauth_forest_check_depth(const keyauth_node_t *node, uint32_t n,
    uint32_t depth);
static uint32_t keyauth_forest_walk(const keyauth_node_t *tree,
    const float *x);
static void keyauth_forest_flight(const keyauth_forest_t *f, uint32_t t,
    const float *x, uint32_t *values);
static void keyauth_forest_count(const keyauth_forest_t *f, uint32_t value,
    double *scores);


int
keyauth_forest_check(const keyauth_forest_t *f, char *err)
{
    uint32_t                i, t;
    const keyauth_share_t  *s;

    for (t = 0; t < f->head.trees; t++) {

        if (f->base[t] % 2 || f->base[t] > f->base[t + 1]
            || f->base[t + 1] - f->base[t] < 2
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
 * Children stand behind their parent, so there is no cycle, and every path
 * ends on a leaf; a leaf links to itself.
 */
static int
keyauth_forest_check_tree(const keyauth_forest_t *f, uint32_t t)
{
    uint32_t               i, n, left;
    const keyauth_node_t  *node;

    node = f->nodes + f->base[t];
    n = f->base[t + 1] - f->base[t];

    for (i = 1; i < n; i++) {
        left = node[i].link >> 8;

        if (keyauth_node_is_leaf(node[i])) {

            if (left != i - 1
                || keyauth_node_value(node[i])
                   >= f->head.classes + f->head.mixed)
            {
                return -1;
            }

            continue;
        }

        if (left <= i || left + 1 >= n
            || (node[i].link & 0xff) >= f->head.features)
        {
            return -1;
        }
    }

    return keyauth_forest_check_depth(node, n, f->depth[t]);
}


/* a walk of `depth` steps must end on a leaf, wherever it goes */
static int
keyauth_forest_check_depth(const keyauth_node_t *node, uint32_t n,
    uint32_t depth)
{
    uint32_t  i, left, deepest, *level;

    level = calloc(n, sizeof(uint32_t));
    if (level == NULL) {
        return -1;
    }

    deepest = 0;

    for (i = 1; i < n; i++) {
        deepest = level[i] > deepest ? level[i] : deepest;

        if (!keyauth_node_is_leaf(node[i])) {
            left = node[i].link >> 8;
            level[left] = level[i] + 1;
            level[left + 1] = level[i] + 1;
        }
    }

    free(level);

    return deepest == depth ? 0 : -1;
}


uint32_t
keyauth_forest_predict(const keyauth_forest_t *f, const float *x,
    double *scores)
{
    uint32_t  i, best;

    for (i = 0; i < f->head.classes; i++) {
        scores[i] = 0;
    }

    keyauth_forest_sum(f, 0, f->head.trees, x, scores);

    best = 0;

    for (i = 1; i < f->head.classes; i++) {
        if (scores[i] > scores[best]) {
            best = i;
        }
    }

    return best;
}


void
keyauth_forest_sum(const keyauth_forest_t *f, uint32_t first, uint32_t n,
    const float *x, double *scores)
{
    uint32_t  i, t, values[KEYAUTH_FOREST_FLIGHT];

    for (t = first; n >= KEYAUTH_FOREST_FLIGHT; n -= KEYAUTH_FOREST_FLIGHT) {
        keyauth_forest_flight(f, t, x, values);
        t += KEYAUTH_FOREST_FLIGHT;

        for (i = 0; i < KEYAUTH_FOREST_FLIGHT; i++) {
            keyauth_forest_count(f, values[i], scores);
        }
    }

    for ( /* void */ ; n > 0; n--, t++) {
        keyauth_forest_count(f, keyauth_forest_walk(f->nodes + f->base[t], x),
                             scores);
    }
}


static uint32_t
keyauth_forest_walk(const keyauth_node_t *tree, const float *x)
{
    const keyauth_node_t  *p;

    for (p = tree + 1; !keyauth_node_is_leaf(*p); /* void */ ) {
        p = tree + (p->link >> 8) + !(x[p->link & 0xff] <= p->threshold);
    }

    return keyauth_node_value(*p);
}


/* the leaves that x falls in, of eight trees from t on */
static void
keyauth_forest_flight(const keyauth_forest_t *f, uint32_t t, const float *x,
    uint32_t *values)
{
    uint32_t               d, depth;
    const keyauth_node_t  *p0, *p1, *p2, *p3, *p4, *p5, *p6, *p7;

#define keyauth_forest_tree(i)  (f->nodes + f->base[t + (i)])

#define keyauth_forest_step(p, i)                                             \
    p = keyauth_forest_tree(i) + (p->link >> 8)                               \
        + !(x[p->link & 0xff] <= p->threshold)

    depth = 0;

    for (d = 0; d < KEYAUTH_FOREST_FLIGHT; d++) {
        depth = f->depth[t + d] > depth ? f->depth[t + d] : depth;
    }

    p0 = keyauth_forest_tree(0) + 1;
    p1 = keyauth_forest_tree(1) + 1;
    p2 = keyauth_forest_tree(2) + 1;
    p3 = keyauth_forest_tree(3) + 1;
    p4 = keyauth_forest_tree(4) + 1;
    p5 = keyauth_forest_tree(5) + 1;
    p6 = keyauth_forest_tree(6) + 1;
    p7 = keyauth_forest_tree(7) + 1;

    for (d = 0; d < depth; d++) {
        keyauth_forest_step(p0, 0);
        keyauth_forest_step(p1, 1);
        keyauth_forest_step(p2, 2);
        keyauth_forest_step(p3, 3);
        keyauth_forest_step(p4, 4);
        keyauth_forest_step(p5, 5);
        keyauth_forest_step(p6, 6);
        keyauth_forest_step(p7, 7);
    }

    values[0] = keyauth_node_value(*p0);
    values[1] = keyauth_node_value(*p1);
    values[2] = keyauth_node_value(*p2);
    values[3] = keyauth_node_value(*p3);
    values[4] = keyauth_node_value(*p4);
    values[5] = keyauth_node_value(*p5);
    values[6] = keyauth_node_value(*p6);
    values[7] = keyauth_node_value(*p7);
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
