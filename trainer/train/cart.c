/*
 * Classification trees: see cart.h.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cart.h"
#include "cart_sort.h"


/* features closer than this are one value, to scikit-learn and so to us */
#define KEYAUTH_CART_SAME  1e-7f

/* a node with more than this part of all rows is not sorted by comparing */
#define KEYAUTH_CART_PART  256


static void keyauth_cart_rank(keyauth_cart_t *t);
static void keyauth_cart_group(keyauth_cart_t *t, const keyauth_samples_t *s);
static void keyauth_cart_node(keyauth_cart_t *t, keyauth_cart_task_t task);
static void keyauth_cart_count(keyauth_cart_t *t,
    const keyauth_cart_node_t *node);
static void keyauth_cart_groups(keyauth_cart_t *t,
    const keyauth_cart_node_t *node);
static uint32_t keyauth_cart_split(keyauth_cart_t *t,
    const keyauth_cart_node_t *node, uint32_t constants,
    keyauth_cart_cut_t *best);
static int keyauth_cart_feature(keyauth_cart_t *t,
    const keyauth_cart_node_t *node, uint32_t feature,
    keyauth_cart_cut_t *best);
static void keyauth_cart_mark(keyauth_cart_t *t,
    const keyauth_cart_node_t *node, uint32_t feature);
static void keyauth_cart_best_cut(keyauth_cart_t *t, uint32_t n,
    uint32_t feature, keyauth_cart_cut_t *best);
static int keyauth_cart_random_cut(keyauth_cart_t *t,
    const keyauth_cart_node_t *node, uint32_t feature,
    keyauth_cart_cut_t *best);
static void keyauth_cart_range(keyauth_cart_t *t,
    const keyauth_cart_node_t *node, uint32_t feature, float *low,
    float *high);
static double keyauth_cart_improvement(const keyauth_cart_t *t,
    uint64_t weight, uint64_t left, uint64_t right);
static float keyauth_cart_threshold(double cut);
static uint32_t keyauth_cart_partition(keyauth_cart_t *t,
    const keyauth_cart_node_t *node, const keyauth_cart_cut_t *cut);
static void keyauth_cart_swap(uint32_t *a, uint32_t *b);


void
keyauth_cart_init(keyauth_cart_t *t, const keyauth_samples_t *s,
    uint32_t max_features, int random_cuts)
{
    uint32_t  f, i;

    memset(t, 0, sizeof(keyauth_cart_t));
    t->nrows = s->rows;
    t->nfeatures = s->features;
    t->max_features = max_features;
    t->random_cuts = random_cuts != 0;

    t->nodes = keyauth_alloc(2 * (size_t) s->rows,
                             sizeof(keyauth_cart_node_t));
    t->tasks = keyauth_alloc(s->rows, sizeof(keyauth_cart_task_t));
    t->order = keyauth_alloc(s->rows, sizeof(uint32_t));
    t->grouped = keyauth_alloc(s->rows, sizeof(uint32_t));
    t->aside = keyauth_alloc(s->rows, sizeof(uint32_t));
    t->rows = keyauth_alloc(s->rows, sizeof(keyauth_cart_row_t));
    t->sorted = keyauth_alloc(s->rows, sizeof(uint64_t));
    t->spare = keyauth_alloc(s->rows, sizeof(uint64_t));
    t->total = keyauth_alloc(s->classes, sizeof(uint32_t));
    t->left = keyauth_alloc(s->classes, sizeof(uint32_t));
    t->ends = keyauth_alloc(s->classes, sizeof(uint32_t));
    t->values = keyauth_alloc(s->rows, sizeof(float));
    t->sums = keyauth_alloc((size_t) s->rows + 1, sizeof(uint32_t));
    t->features = keyauth_alloc(s->features, sizeof(uint32_t));
    t->constants = keyauth_alloc(s->features, sizeof(uint32_t));
    t->columns = keyauth_alloc((size_t) s->rows * s->features, sizeof(float));

    for (i = 0; i < s->rows; i++) {
        t->rows[i].class = s->class[i];

        for (f = 0; f < s->features; f++) {
            t->columns[(size_t) f * s->rows + i] =
                                          s->x[(size_t) i * s->features + f];
        }
    }

    if (!random_cuts) {
        keyauth_cart_rank(t);
    }

    keyauth_cart_group(t, s);
}


/* t->all: the rows, sorted by each feature; t->ranks: where they are there */
static void
keyauth_cart_rank(keyauth_cart_t *t)
{
    size_t     at, n;
    uint32_t   f, i;
    uint64_t  *all;

    n = (size_t) t->nrows * t->nfeatures;
    t->all = keyauth_alloc(n, sizeof(uint64_t));
    t->ranks = keyauth_alloc(n, sizeof(uint32_t));
    t->marks = keyauth_alloc((size_t) t->nrows / 64 + 1, sizeof(uint64_t));

    for (f = 0; f < t->nfeatures; f++) {
        at = (size_t) f * t->nrows;
        all = t->all + at;

        for (i = 0; i < t->nrows; i++) {
            all[i] = keyauth_cart_key(t->columns[at + i], i);
        }

        keyauth_cart_sort(all, t->spare, t->nrows);

        for (i = 0; i < t->nrows; i++) {
            t->ranks[at + (uint32_t) all[i]] = i;
        }
    }
}


/* t->grouped: the rows, by class */
static void
keyauth_cart_group(keyauth_cart_t *t, const keyauth_samples_t *s)
{
    uint32_t  c, i, n, *next;

    next = keyauth_alloc(s->classes, sizeof(uint32_t));

    for (i = 0; i < s->rows; i++) {
        next[s->class[i]]++;
    }

    i = 0;

    for (c = 0; c < s->classes; c++) {
        n = next[c];
        next[c] = i;
        i += n;
    }

    for (i = 0; i < s->rows; i++) {
        t->grouped[next[s->class[i]]++] = i;
    }

    free(next);
}


void
keyauth_cart_free(keyauth_cart_t *t)
{
    free(t->nodes);
    free(t->tasks);
    free(t->order);
    free(t->grouped);
    free(t->aside);
    free(t->rows);
    free(t->sorted);
    free(t->spare);
    free(t->total);
    free(t->left);
    free(t->ends);
    free(t->values);
    free(t->sums);
    free(t->features);
    free(t->constants);
    free(t->columns);
    free(t->all);
    free(t->ranks);
    free(t->marks);
    memset(t, 0, sizeof(keyauth_cart_t));
}


void
keyauth_cart_grow(keyauth_cart_t *t, const uint32_t *weights,
    keyauth_random_t *random)
{
    uint32_t  f, i, n;

    n = 0;

    for (i = 0; i < t->nrows; i++) {
        t->rows[i].weight = weights != NULL ? weights[i] : 1;
    }

    for (i = 0; i < t->nrows; i++) {
        t->order[n] = t->grouped[i];
        n += t->rows[t->grouped[i]].weight > 0;
    }

    for (f = 0; f < t->nfeatures; f++) {
        t->features[f] = f;
    }

    t->random = random;
    t->nodes[0].begin = 0;
    t->nodes[0].end = n;
    t->nnodes = 1;
    t->tasks[0].node = 0;
    t->tasks[0].constants = 0;
    t->ntasks = 1;

    while (t->ntasks > 0) {
        keyauth_cart_node(t, t->tasks[--t->ntasks]);
    }
}


static void
keyauth_cart_node(keyauth_cart_t *t, keyauth_cart_task_t task)
{
    uint32_t              middle;
    keyauth_cart_cut_t    cut;
    keyauth_cart_node_t  *left, *node, *right;

    node = &t->nodes[task.node];
    node->feature = KEYAUTH_CART_LEAF;

    /* rows are in the order of their classes */

    if (t->rows[t->order[node->begin]].class
        == t->rows[t->order[node->end - 1]].class)
    {
        return;
    }

    if (t->random_cuts) {
        keyauth_cart_groups(t, node);

    } else {
        keyauth_cart_count(t, node);
    }

    cut.improvement = (double) -INFINITY;
    cut.feature = KEYAUTH_CART_LEAF;
    cut.threshold = 0;

    task.constants = keyauth_cart_split(t, node, task.constants, &cut);

    if (cut.feature == KEYAUTH_CART_LEAF) {
        return;
    }

    middle = keyauth_cart_partition(t, node, &cut);
    node->feature = cut.feature;
    node->threshold = cut.threshold;
    node->left = t->nnodes++;
    node->right = t->nnodes++;

    left = &t->nodes[node->left];
    left->begin = node->begin;
    left->end = middle;

    right = &t->nodes[node->right];
    right->begin = middle;
    right->end = node->end;

    task.node = node->right;
    t->tasks[t->ntasks++] = task;
    task.node = node->left;
    t->tasks[t->ntasks++] = task;
}


/* the weights of the node and of its classes */
static void
keyauth_cart_count(keyauth_cart_t *t, const keyauth_cart_node_t *node)
{
    uint32_t                   i;
    uint64_t                   total, w;
    const keyauth_cart_row_t  *row;

    for (i = node->begin; i < node->end; i++) {
        t->total[t->rows[t->order[i]].class] = 0;
    }

    t->weight = 0;
    t->squares = 0;

    for (i = node->begin; i < node->end; i++) {
        row = &t->rows[t->order[i]];
        w = row->weight;
        total = t->total[row->class];
        t->squares += w * (2 * total + w);
        t->total[row->class] = (uint32_t) (total + w);
        t->weight += w;
    }
}


/* where the rows of each of the node's classes end */
static void
keyauth_cart_groups(keyauth_cart_t *t, const keyauth_cart_node_t *node)
{
    uint32_t  class, i, last, n, *end;

    n = node->end - node->begin;
    end = t->ends - 1;
    last = UINT32_MAX;

    /* no branch on what is random */

    for (i = 0; i < n; i++) {
        class = t->rows[t->order[node->begin + i]].class;
        end += class != last;
        *end = i + 1;
        last = class;
    }

    t->ngroups = (uint32_t) (end + 1 - t->ends);
    t->weight = n;
}


/*
 * t->features has, from its front: features that an ancestor found constant
 * and that were drawn; such not drawn yet; those found constant here; those
 * not drawn yet; those looked at for a cut.  Returns how many are now known
 * to be constant.
 */
static uint32_t
keyauth_cart_split(keyauth_cart_t *t, const keyauth_cart_node_t *node,
    uint32_t constants, keyauth_cart_cut_t *best)
{
    uint32_t   drawn, found, i, rest, visited;
    uint32_t  *f;

    f = t->features;
    rest = t->nfeatures;
    drawn = 0;
    found = 0;
    visited = 0;

    while (rest > constants + found
           && (visited < t->max_features || visited <= found + drawn))
    {
        visited++;
        i = drawn + keyauth_random_below(t->random, rest - found - drawn);

        if (i < constants) {
            keyauth_cart_swap(&f[drawn++], &f[i]);
            continue;
        }

        i += found;

        if (keyauth_cart_feature(t, node, f[i], best) != 0) {
            keyauth_cart_swap(&f[i], &f[constants + found++]);
            continue;
        }

        keyauth_cart_swap(&f[i], &f[--rest]);
    }

    /* siblings find the constants that they have at their old places */

    memcpy(f, t->constants, constants * sizeof(uint32_t));
    memcpy(t->constants + constants, f + constants,
           found * sizeof(uint32_t));

    return constants + found;
}


/* looks for a better cut; -1: the feature is constant */
static int
keyauth_cart_feature(keyauth_cart_t *t, const keyauth_cart_node_t *node,
    uint32_t feature, keyauth_cart_cut_t *best)
{
    uint32_t      i, n, row;
    const float  *x;

    if (t->random_cuts) {
        return keyauth_cart_random_cut(t, node, feature, best);
    }

    n = node->end - node->begin;

    if (n > t->nrows / KEYAUTH_CART_PART) {
        keyauth_cart_mark(t, node, feature);

    } else {
        x = t->columns + (size_t) feature * t->nrows;

        for (i = 0; i < n; i++) {
            row = t->order[node->begin + i];
            t->sorted[i] = keyauth_cart_key(x[row], row);
        }

        keyauth_cart_sort(t->sorted, t->spare, n);
    }

    if (keyauth_cart_value(t->sorted[n - 1])
        <= keyauth_cart_value(t->sorted[0]) + KEYAUTH_CART_SAME)
    {
        return -1;
    }

    keyauth_cart_best_cut(t, n, feature, best);

    for (i = 0; i < n; i++) {
        t->left[t->rows[(uint32_t) t->sorted[i]].class] = 0;
    }

    return 0;
}


/* t->sorted: the node's rows, marked among all that are sorted already */
static void
keyauth_cart_mark(keyauth_cart_t *t, const keyauth_cart_node_t *node,
    uint32_t feature)
{
    uint32_t         i, n, rank;
    uint64_t         marks;
    const uint32_t  *ranks;
    const uint64_t  *all;

    all = t->all + (size_t) feature * t->nrows;
    ranks = t->ranks + (size_t) feature * t->nrows;
    n = 0;

    for (i = node->begin; i < node->end; i++) {
        rank = ranks[t->order[i]];
        t->marks[rank / 64] |= 1ull << rank % 64;
    }

    for (i = 0; i <= (t->nrows - 1) / 64; i++) {
        for (marks = t->marks[i]; marks != 0; marks &= marks - 1) {
            t->sorted[n++] = all[i * 64 + (uint32_t) __builtin_ctzll(marks)];
        }

        t->marks[i] = 0;
    }
}


static void
keyauth_cart_best_cut(keyauth_cart_t *t, uint32_t n, uint32_t feature,
    keyauth_cart_cut_t *best)
{
    float                      here, next;
    double                     improvement;
    uint32_t                   i;
    uint64_t                   l, left, right, w, weight;
    const keyauth_cart_row_t  *row;

    left = 0;
    right = t->squares;
    weight = 0;
    next = keyauth_cart_value(t->sorted[0]);

    for (i = 0; i + 1 < n; i++) {
        row = &t->rows[(uint32_t) t->sorted[i]];
        w = row->weight;
        l = t->left[row->class];
        left += w * (2 * l + w);
        right -= w * (2 * (t->total[row->class] - l) - w);
        weight += w;
        t->left[row->class] = (uint32_t) (l + w);

        here = next;
        next = keyauth_cart_value(t->sorted[i + 1]);

        if (next <= here + KEYAUTH_CART_SAME) {
            continue;
        }

        improvement = keyauth_cart_improvement(t, weight, left, right);

        if (improvement > best->improvement) {
            best->improvement = improvement;
            best->feature = feature;
            best->threshold = keyauth_cart_threshold((double) here / 2
                                                     + (double) next / 2);
        }
    }
}


static int
keyauth_cart_random_cut(keyauth_cart_t *t, const keyauth_cart_node_t *node,
    uint32_t feature, keyauth_cart_cut_t *best)
{
    float                        cut, high, low;
    double                       improvement;
    uint32_t                     end, i, n, sum;
    uint64_t                     l, left, r, right, weight;

    n = node->end - node->begin;
    keyauth_cart_range(t, node, feature, &low, &high);

    if (high <= low + KEYAUTH_CART_SAME) {
        return -1;
    }

    cut = keyauth_cart_threshold((double) low
                                 + ((double) high - (double) low)
                                   * keyauth_random_unit(t->random));
    cut = cut < high ? cut : low;

    /* nothing is better than pure children */

    if (best->improvement >= 0) {
        return 0;
    }

    sum = 0;

    /* no branch on what is random */

    _Pragma("GCC unroll 4")
    for (i = 0; i < n; i++) {
        sum += t->values[i] <= cut;
        t->sums[i + 1] = sum;
    }

    weight = sum;
    left = 0;
    right = 0;
    sum = 0;
    end = 0;

    for (i = 0; i < t->ngroups; i++) {
        l = t->sums[t->ends[i]] - sum;
        r = t->ends[i] - end - l;
        end = t->ends[i];
        sum = t->sums[end];
        left += l * l;
        right += r * r;
    }

    improvement = keyauth_cart_improvement(t, weight, left, right);

    if (improvement > best->improvement) {
        best->improvement = improvement;
        best->feature = feature;
        best->threshold = cut;
    }

    return 0;
}


/* the feature's values of the node's rows, and the least and greatest */
static void
keyauth_cart_range(keyauth_cart_t *t, const keyauth_cart_node_t *node,
    uint32_t feature, float *low, float *high)
{
    float            least[4], most[4], v;
    uint32_t         i, k, n;
    const float     *x;
    const uint32_t  *order;

    x = t->columns + (size_t) feature * t->nrows;
    order = t->order + node->begin;
    n = node->end - node->begin;

    _Pragma("GCC unroll 4")
    for (k = 0; k < 4; k++) {
        least[k] = most[k] = x[order[0]];
    }

    /* four at once, for each waits for the one before it */

    for (i = 0; i + 4 <= n; i += 4) {
        _Pragma("GCC unroll 4")
        for (k = 0; k < 4; k++) {
            v = x[order[i + k]];
            t->values[i + k] = v;
            least[k] = v < least[k] ? v : least[k];
            most[k] = v > most[k] ? v : most[k];
        }
    }

    for ( /* void */ ; i < n; i++) {
        v = x[order[i]];
        t->values[i] = v;
        least[0] = v < least[0] ? v : least[0];
        most[0] = v > most[0] ? v : most[0];
    }

    _Pragma("GCC unroll 3")
    for (k = 1; k < 4; k++) {
        least[0] = least[k] < least[0] ? least[k] : least[0];
        most[0] = most[k] > most[0] ? most[k] : most[0];
    }

    *low = least[0];
    *high = most[0];
}


/*
 * Minus the children's weighted impurities, rounded as scikit-learn rounds:
 * cuts that are equally good there are equally good here.
 */
static double
keyauth_cart_improvement(const keyauth_cart_t *t, uint64_t weight,
    uint64_t left, uint64_t right)
{
    double  l, r;

    l = (double) weight;
    r = (double) (t->weight - weight);

    return -r * (1.0 - (double) right / (r * r))
           - l * (1.0 - (double) left / (l * l));
}


/*
 * The largest float that is not above the cut: it sends every float where
 * the cut itself would.  No branch on what is random: the float below another
 * one has the next bits, downwards where it is positive.
 */
static float
keyauth_cart_threshold(double cut)
{
    float     threshold;
    uint32_t  above, bits;

    threshold = (float) cut;
    above = (double) threshold > cut;
    memcpy(&bits, &threshold, sizeof(bits));
    bits += bits >> 31 ? above : -above;
    memcpy(&threshold, &bits, sizeof(bits));

    return threshold;
}


/* keeps the order on both sides, so that a class's rows follow each other */
static uint32_t
keyauth_cart_partition(keyauth_cart_t *t, const keyauth_cart_node_t *node,
    const keyauth_cart_cut_t *cut)
{
    uint32_t      goes, i, left, n, right, row;
    const float  *x;

    x = t->columns + (size_t) cut->feature * t->nrows;
    left = node->begin;
    right = 0;

    for (i = node->begin; i < node->end; i++) {
        row = t->order[i];
        goes = x[row] <= cut->threshold;
        t->order[left] = row;
        t->aside[right] = row;
        left += goes;
        right += !goes;
    }

    n = node->end - left;
    memcpy(t->order + left, t->aside, n * sizeof(uint32_t));

    return left;
}


static void
keyauth_cart_swap(uint32_t *a, uint32_t *b)
{
    uint32_t  c;

    c = *a;
    *a = *b;
    *b = c;
}
