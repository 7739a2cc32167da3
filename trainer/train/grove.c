/*
 * Growing a grove, and packing its splits into cache lines.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grove.h"


/* a split that has no place yet, and how many rows come by */
typedef struct {
    uint32_t                node;
    uint32_t                rows;
} keyauth_grove_task_t;


/* memory for one tree that the next one uses again */
typedef struct {
    keyauth_cart_t          cart;
    uint32_t               *weights;    /* [rows] */
    uint32_t                top[2 * KEYAUTH_GROVE_EXITS];   /* nodes */
    uint32_t               *place;      /* [nodes] */
    uint32_t               *leaf;       /* [classes]; UINT32_MAX: none */
    uint32_t                classes;
    keyauth_grove_task_t   *stack;      /* [rows] */
} keyauth_grove_work_t;


static int keyauth_grove_draw(uint32_t *weights, const keyauth_samples_t *s,
    const double *share, keyauth_random_t *random);
static int keyauth_grove_add(keyauth_planted_t *g, keyauth_grove_work_t *w,
    char *err);
static void keyauth_grove_room(keyauth_planted_t *g, uint32_t trees);
static uint32_t keyauth_grove_lay_out(keyauth_grove_work_t *w);
static uint32_t keyauth_grove_leaves(keyauth_grove_work_t *w, uint32_t next);
static void keyauth_grove_fill(keyauth_grove_work_t *w, uint32_t root,
    uint32_t *next, uint32_t *tasks);
static void keyauth_grove_put(keyauth_split_t *tree,
    const keyauth_grove_work_t *w, uint32_t n);
static void keyauth_grove_put_top(keyauth_planted_t *g,
    const keyauth_grove_work_t *w);
static uint32_t keyauth_grove_class(const keyauth_grove_work_t *w,
    uint32_t node);
static int16_t keyauth_grove_cut(float threshold);


int
keyauth_grove_plant(keyauth_planted_t *g, const keyauth_samples_t *s,
    const keyauth_grove_recipe_t *recipe, char *err)
{
    int                    drawn, rc;
    uint32_t               i;
    keyauth_random_t       random;
    keyauth_grove_work_t   w;

    g->head.features = s->features;
    keyauth_grove_room(g, recipe->trees);

    keyauth_cart_init(&w.cart, s, recipe->max_features, 1);
    w.weights = keyauth_alloc(s->rows, sizeof(uint32_t));
    w.place = keyauth_alloc(2 * (size_t) s->rows, sizeof(uint32_t));
    w.leaf = keyauth_alloc(s->classes, sizeof(uint32_t));
    w.classes = s->classes;
    w.stack = keyauth_alloc((size_t) s->rows + 1,
                            sizeof(keyauth_grove_task_t));
    rc = 0;

    for (i = 0; i < recipe->trees && rc == 0; i++) {

        /* a stream for each tree: trees do not depend on each other */

        keyauth_random_init(&random, recipe->seed, i + 1);
        drawn = keyauth_grove_draw(w.weights, s, recipe->share, &random);
        keyauth_cart_grow(&w.cart, drawn ? w.weights : NULL, &random);
        rc = keyauth_grove_add(g, &w, err);
    }

    keyauth_cart_free(&w.cart);
    free(w.weights);
    free(w.place);
    free(w.leaf);
    free(w.stack);

    return rc;
}


/* for so many more trees; lanes of new groups are without one */
static void
keyauth_grove_room(keyauth_planted_t *g, uint32_t trees)
{
    size_t                n;
    uint32_t              group, i, t;
    keyauth_grove_top_t  *top;

    n = (size_t) g->head.trees + trees;
    group = (g->head.trees + KEYAUTH_GROVE_LANES - 1) / KEYAUTH_GROVE_LANES;

    g->base = keyauth_realloc(g->base, n + 1, sizeof(uint32_t));
    g->base[0] = 0;
    g->exits = keyauth_realloc(g->exits, n * KEYAUTH_GROVE_EXITS,
                               sizeof(uint16_t));
    n = (n + KEYAUTH_GROVE_LANES - 1) / KEYAUTH_GROVE_LANES;
    g->tops = keyauth_realloc(g->tops, n, sizeof(keyauth_grove_top_t));

    for ( /* void */ ; group < n; group++) {
        top = &g->tops[group];
        memset(top->feature, 0, sizeof(top->feature));

        for (i = 0; i < KEYAUTH_GROVE_EXITS - 1; i++) {
            for (t = 0; t < KEYAUTH_GROVE_LANES; t++) {
                top->cut[i][t] = KEYAUTH_GROVE_MAX;
            }
        }
    }
}


/* systematic sampling of each class's rows; 0: all are in */
static int
keyauth_grove_draw(uint32_t *weights, const keyauth_samples_t *s,
    const double *share, keyauth_random_t *random)
{
    int       drawn;
    double    at, before;
    uint32_t  i;

    drawn = 0;
    at = 0;

    for (i = 0; i < s->rows; i++) {

        if (share[i] >= 1) {
            weights[i] = 1;
            continue;
        }

        if (i == 0 || s->class[i] != s->class[i - 1] || share[i - 1] >= 1) {
            at = keyauth_random_unit(random);
        }

        before = floor(at);
        at += share[i];
        weights[i] = floor(at) > before;
        drawn = 1;
    }

    return drawn;
}


static int
keyauth_grove_add(keyauth_planted_t *g, keyauth_grove_work_t *w, char *err)
{
    uint32_t  base, n;

    base = g->base[g->head.trees];
    n = keyauth_grove_leaves(w, keyauth_grove_lay_out(w));
    n = (n + KEYAUTH_GROVE_LINE - 1) & ~(KEYAUTH_GROVE_LINE - 1u);

    if (n > UINT16_MAX || UINT32_MAX - base < n) {
        snprintf(err, KEYAUTH_ERROR_MAX, "FUSION has too many splits");
        return -1;
    }

    if (base + (size_t) n > g->room) {
        g->room = base / 2 * (size_t) 3 + n;
        g->splits = keyauth_realloc(g->splits, g->room,
                                    sizeof(keyauth_split_t));
    }

    keyauth_grove_put(g->splits + base, w, n);
    keyauth_grove_put_top(g, w);
    g->base[++g->head.trees] = base + n;

    return 0;
}


/*
 * The top's exits begin trees of their own.  A line is filled with the splits
 * below its first that most rows come by: the likelier a path, the fewer its
 * lines.  Returns how many splits there are below the top.
 */
static uint32_t
keyauth_grove_lay_out(keyauth_grove_work_t *w)
{
    uint32_t                    i, next, tasks;
    const keyauth_cart_node_t  *node;

    w->top[1] = 0;
    next = 0;
    tasks = 0;

    for (i = 1; i < KEYAUTH_GROVE_EXITS; i++) {
        node = &w->cart.nodes[w->top[i]];
        w->top[2 * i] = w->top[i];
        w->top[2 * i + 1] = w->top[i];

        if (node->feature != KEYAUTH_CART_LEAF) {
            w->place[w->top[i]] = UINT32_MAX;
            w->top[2 * i] = node->left;
            w->top[2 * i + 1] = node->right;
        }
    }

    for (i = 2 * KEYAUTH_GROVE_EXITS - 1; i >= KEYAUTH_GROVE_EXITS; i--) {
        if (w->cart.nodes[w->top[i]].feature != KEYAUTH_CART_LEAF) {
            w->stack[tasks++].node = w->top[i];
        }
    }

    while (tasks > 0) {
        tasks--;
        keyauth_grove_fill(w, w->stack[tasks].node, &next, &tasks);
    }

    return next;
}


static void
keyauth_grove_fill(keyauth_grove_work_t *w, uint32_t root, uint32_t *next,
    uint32_t *tasks)
{
    uint32_t                    c, child[2], i, n, room;
    keyauth_grove_task_t        best, edge[KEYAUTH_GROVE_LINE + 2];
    const keyauth_cart_node_t  *node;

    room = KEYAUTH_GROVE_LINE - *next % KEYAUTH_GROVE_LINE;
    edge[0].node = root;
    edge[0].rows = 0;
    n = 1;

    while (n > 0 && room > 0) {

        /* ascending by rows, so that the last is the heaviest */

        best = edge[--n];
        w->place[best.node] = (*next)++;
        room--;

        child[0] = w->cart.nodes[best.node].left;
        child[1] = w->cart.nodes[best.node].right;

        for (c = 0; c < 2; c++) {
            node = &w->cart.nodes[child[c]];

            if (node->feature == KEYAUTH_CART_LEAF) {
                continue;
            }

            best.node = child[c];
            best.rows = node->end - node->begin;

            for (i = n++; i > 0 && edge[i - 1].rows > best.rows; i--) {
                edge[i] = edge[i - 1];
            }

            edge[i] = best;
        }
    }

    memcpy(w->stack + *tasks, edge, n * sizeof(keyauth_grove_task_t));
    *tasks += n;
}


/* places of leaves, from `next` on; returns the tree's size */
static uint32_t
keyauth_grove_leaves(keyauth_grove_work_t *w, uint32_t next)
{
    uint32_t  class, i;

    memset(w->leaf, 0xff, w->classes * sizeof(uint32_t));

    for (i = 0; i < w->cart.nnodes; i++) {
        if (w->cart.nodes[i].feature == KEYAUTH_CART_LEAF) {
            class = keyauth_grove_class(w, i);

            if (w->leaf[class] == UINT32_MAX) {
                w->leaf[class] = next++;
            }

            w->place[i] = w->leaf[class];
        }
    }

    return next;
}


/* what fills the last line up is a leaf that nothing leads to */
static void
keyauth_grove_put(keyauth_split_t *tree, const keyauth_grove_work_t *w,
    uint32_t n)
{
    uint32_t                    i;
    keyauth_split_t            *s;
    const keyauth_cart_node_t  *node;

    memset(tree, 0, n * sizeof(keyauth_split_t));

    for (i = 0; i < n; i++) {
        tree[i].cut = KEYAUTH_GROVE_MAX;
    }

    for (i = 0; i < w->classes; i++) {
        if (w->leaf[i] != UINT32_MAX) {
            tree[w->leaf[i]].ahead[1] = (uint16_t) i;
        }
    }

    for (i = 0; i < w->cart.nnodes; i++) {
        node = &w->cart.nodes[i];

        if (node->feature != KEYAUTH_CART_LEAF
            && w->place[i] != UINT32_MAX)
        {
            s = &tree[w->place[i]];
            s->cut = keyauth_grove_cut(node->threshold);
            s->feature = (uint16_t) node->feature;
            s->ahead[0] = (uint16_t) (w->place[node->left] - w->place[i]);
            s->ahead[1] = (uint16_t) (w->place[node->right] - w->place[i]);
        }
    }
}


static void
keyauth_grove_put_top(keyauth_planted_t *g, const keyauth_grove_work_t *w)
{
    uint16_t                   *exits;
    uint32_t                    i, lane;
    keyauth_grove_top_t        *top;
    const keyauth_cart_node_t  *node;

    top = &g->tops[g->head.trees / KEYAUTH_GROVE_LANES];
    lane = g->head.trees % KEYAUTH_GROVE_LANES;
    exits = g->exits + (size_t) g->head.trees * KEYAUTH_GROVE_EXITS;

    for (i = 1; i < KEYAUTH_GROVE_EXITS; i++) {
        node = &w->cart.nodes[w->top[i]];

        if (node->feature != KEYAUTH_CART_LEAF) {
            top->cut[i - 1][lane] = keyauth_grove_cut(node->threshold);
            top->feature[i - 1][lane] = (uint16_t) node->feature;
        }
    }

    for (i = 0; i < KEYAUTH_GROVE_EXITS; i++) {
        exits[i] = (uint16_t) w->place[w->top[KEYAUTH_GROVE_EXITS + i]];
    }
}


static uint32_t
keyauth_grove_class(const keyauth_grove_work_t *w, uint32_t n)
{
    uint32_t                    best, class, count, i, j, most;
    const keyauth_cart_node_t  *node;

    node = &w->cart.nodes[n];
    best = UINT32_MAX;
    most = 0;

    for (i = node->begin; i < node->end; i++) {
        class = w->cart.rows[w->cart.order[i]].class;
        count = 0;

        for (j = node->begin; j < node->end; j++) {
            count += w->cart.rows[w->cart.order[j]].class == class;
        }

        if (count > most || (count == most && class < best)) {
            most = count;
            best = class;
        }
    }

    return best;
}


/* the largest step whose time is at most that */
static int16_t
keyauth_grove_cut(float threshold)
{
    int  step;

    step = keyauth_grove_step((double) threshold);

    while (step > -KEYAUTH_GROVE_MAX
           && keyauth_grove_time((int16_t) step) > threshold)
    {
        step--;
    }

    while (step < KEYAUTH_GROVE_MAX
           && keyauth_grove_time((int16_t) (step + 1)) <= threshold)
    {
        step++;
    }

    return (int16_t) step;
}


void
keyauth_grove_view(keyauth_grove_t *view, const keyauth_planted_t *g)
{
    view->head = g->head;
    view->base = g->base;
    view->tops = g->tops;
    view->exits = g->exits;
    view->splits = g->splits;
    view->nsplits = g->base[g->head.trees];
}


int
keyauth_grove_pack(keyauth_writer_t *w, const keyauth_planted_t *g, char *err)
{
    if (keyauth_writer_add(w, "trees.head", &g->head, sizeof(g->head)) != 0
        || keyauth_writer_add(w, "trees.base", g->base,
                              ((size_t) g->head.trees + 1)
                              * sizeof(uint32_t)) != 0
        || keyauth_writer_add(w, "trees.tops", g->tops,
                              ((size_t) g->head.trees
                               + KEYAUTH_GROVE_LANES - 1)
                              / KEYAUTH_GROVE_LANES
                              * sizeof(keyauth_grove_top_t)) != 0
        || keyauth_writer_add(w, "trees.exits", g->exits,
                              (size_t) g->head.trees * KEYAUTH_GROVE_EXITS
                              * sizeof(uint16_t)) != 0
        || keyauth_writer_add(w, "trees.splits", g->splits,
                              g->base[g->head.trees]
                              * sizeof(keyauth_split_t)) != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "no room for FUSION's trees");
        return -1;
    }

    return 0;
}


void
keyauth_grove_free(keyauth_planted_t *g)
{
    free(g->base);
    free(g->tops);
    free(g->exits);
    free(g->splits);
    memset(g, 0, sizeof(keyauth_planted_t));
}
