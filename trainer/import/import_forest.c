/*
 * Reading forests: see import.h, and pack/forest_json.c, which writes them.
 */


#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "ubjson.h"
#include "summary_names.h"


#define KEYAUTH_FOREST_TREES_MAX  100000


/* a tree's arrays, item by item as the nodes are numbered */
typedef struct {
    double            *feature;
    double            *threshold;
    double            *left;
    double            *right;
    const cJSON      **value;
    uint32_t          *place;           /* where a node goes; 0: not seen */
    uint32_t          *stack;
    uint32_t           nodes;
    uint32_t           node;            /* the one that is looked at */
    uint32_t           next;            /* free place */
    uint32_t           waiting;
    const char        *wrong;
    keyauth_grown_t   *g;
    keyauth_node_t    *out;
    const uint32_t    *column;          /* which feature each is */
} keyauth_forest_tree_t;


static int keyauth_forest_head(const cJSON *forest,
    const char *const *own, uint32_t *place, char *err);
static int keyauth_forest_users(const cJSON *forest,
    const keyauth_users_t *users, char *err);
static int keyauth_forest_tree(keyauth_grown_t *g, const cJSON *tree,
    uint32_t which, const uint32_t *place, char *err);
static const char *keyauth_forest_arrays(keyauth_forest_tree_t *t,
    const cJSON *tree);
static void keyauth_forest_place(keyauth_forest_tree_t *t);
static void keyauth_forest_node(keyauth_forest_tree_t *t);
static void keyauth_forest_split(keyauth_forest_tree_t *t);
static int keyauth_forest_child(keyauth_forest_tree_t *t, double child);
static void keyauth_forest_value(keyauth_forest_tree_t *t);
static uint32_t keyauth_forest_mixed(keyauth_forest_tree_t *t,
    const cJSON *value);
static int keyauth_forest_shares(keyauth_grown_t *g, const cJSON *value,
    uint32_t first);
static int keyauth_forest_scaled(const keyauth_grown_t *g, char *err);


static const char  keyauth_forest_unknown[] =
    "version 1 has no such member, and it may change answers";

static const char *const  keyauth_forest_root[] = {
    "format", "version", "features", "parameters", "labels", "trees", NULL
};

static const char *const  keyauth_forest_arrays_of[] = {
    "feature", "threshold", "left", "right", "value", NULL
};


int
keyauth_import_forest(keyauth_grown_t *g, const cJSON *forest,
    const keyauth_users_t *users, const char *const *features, char *err)
{
    int           n;
    uint32_t      i, place[KEYAUTH_SUMMARY];
    const cJSON  *tree, *trees;

    memset(g, 0, sizeof(*g));

    if (keyauth_forest_head(forest, features, place, err) != 0
        || keyauth_forest_users(forest, users, err) != 0)
    {
        return -1;
    }

    trees = keyauth_json_get(forest, "trees");
    n = cJSON_GetArraySize(trees);

    if (n < 1 || n > KEYAUTH_FOREST_TREES_MAX) {
        snprintf(err, KEYAUTH_ERROR_MAX, "trees: %d of them, and 1 to %d are "
                 "supported", n, KEYAUTH_FOREST_TREES_MAX);
        return -1;
    }

    g->head.trees = (uint32_t) n;
    g->head.features = KEYAUTH_SUMMARY;
    g->head.classes = users->n;
    g->base = keyauth_alloc((size_t) n + 1, sizeof(uint32_t));
    g->mixed = keyauth_alloc(1, sizeof(uint32_t));
    g->mixed_room = 1;
    i = 0;

    cJSON_ArrayForEach(tree, trees) {
        if (keyauth_forest_tree(g, tree, i++, place, err) != 0) {
            return -1;
        }
    }

    return keyauth_forest_scaled(g, err);
}


static int
keyauth_forest_head(const cJSON *forest, const char *const *own,
    uint32_t *place, char *err)
{
    char          why[KEYAUTH_ERROR_MAX / 2];
    uint32_t      i, version;
    const char   *format, *names[KEYAUTH_SUMMARY];
    const cJSON  *features, *item;

    format = cJSON_GetStringValue(keyauth_json_get(forest, "format"));

    if (format == NULL || strcmp(format, "keyauth forest") != 0
        || keyauth_json_whole(keyauth_json_get(forest, "version"), 1,
                              &version) != 0
        || version != 1)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "it is not a \"keyauth forest\" of "
                 "version 1 (docs/clients/export_sklearn.py writes one)");
        return -1;
    }

    features = keyauth_json_get(forest, "features");

    if (cJSON_GetArraySize(features) != KEYAUTH_SUMMARY) {
        snprintf(err, KEYAUTH_ERROR_MAX, "features: %d, and not %d",
                 cJSON_GetArraySize(features), KEYAUTH_SUMMARY);
        return -1;
    }

    i = 0;

    cJSON_ArrayForEach(item, features) {
        names[i++] = cJSON_GetStringValue(item);
    }

    if (keyauth_summary_places(place, names, own, why, sizeof(why)) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "features: %s", why);
        return -1;
    }

    return keyauth_json_members(forest, "", keyauth_forest_root,
                                keyauth_forest_unknown, err);
}


static int
keyauth_forest_users(const cJSON *forest, const keyauth_users_t *users,
    char *err)
{
    int          rc;
    uint32_t     i;
    keyauth_users_t  own;

    if (keyauth_import_forest_users(&own, forest, err) != 0) {
        return -1;
    }

    rc = own.n != users->n;

    for (i = 0; rc == 0 && i < own.n; i++) {
        rc = strcmp(own.user[i], users->user[i]) != 0;
    }

    if (rc != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "labels: the %u users are not those "
                 "of --labels, of which there are %u", (unsigned) own.n,
                 (unsigned) users->n);
    }

    keyauth_users_free(&own);

    return rc ? -1 : 0;
}


static int
keyauth_forest_tree(keyauth_grown_t *g, const cJSON *tree, uint32_t which,
    const uint32_t *place, char *err)
{
    int                     n;
    char                    path[32];
    uint32_t                base, room;
    const char             *array;
    keyauth_forest_tree_t   t;

    base = g->base[which];
    snprintf(path, sizeof(path), "tree %u", (unsigned) which);

    if (keyauth_json_members(tree, path, keyauth_forest_arrays_of,
                             keyauth_forest_unknown, err)
        != 0)
    {
        return -1;
    }

    n = cJSON_GetArraySize(keyauth_json_get(tree, "feature"));

    /* a base is even: node 0 is unused, and a tree's nodes are odd in number */

    if (n < 1 || n % 2 == 0 || n > KEYAUTH_NODE_AHEAD_MAX
        || UINT32_MAX / 2 - base <= (uint32_t) n + 1)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "tree %u: %d nodes", which, n);
        return -1;
    }

    memset(&t, 0, sizeof(t));
    room = (uint32_t) n;

    if (base + room + 1 > g->nodes_room) {
        g->nodes_room = base / 2 * 3 + room + 1;
        g->nodes = keyauth_realloc(g->nodes, g->nodes_room,
                                   sizeof(keyauth_node_t));
    }

    memset(g->nodes + base, 0, (room + 1) * sizeof(keyauth_node_t));
    g->base[which + 1] = base + room + 1;
    t.g = g;
    t.column = place;
    t.out = g->nodes + base;
    t.nodes = room;
    t.feature = keyauth_alloc(room, 4 * sizeof(double));
    t.threshold = t.feature + room;
    t.left = t.threshold + room;
    t.right = t.left + room;
    t.value = keyauth_alloc(room, sizeof(*t.value));
    t.place = keyauth_alloc(room, sizeof(uint32_t));
    t.stack = keyauth_alloc(room, sizeof(uint32_t));

    array = keyauth_forest_arrays(&t, tree);

    if (array != NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "tree %u: \"%s\" is not a list of "
                 "%d items", which, array, n);

    } else {
        keyauth_forest_place(&t);

        if (t.wrong != NULL) {
            snprintf(err, KEYAUTH_ERROR_MAX, "tree %u, node %u: %s", which,
                     t.node, t.wrong);
        }
    }

    free(t.feature);
    free(t.value);
    free(t.place);
    free(t.stack);

    return array != NULL || t.wrong != NULL ? -1 : 0;
}


/* the name of the one that is wrong, or NULL */
static const char *
keyauth_forest_arrays(keyauth_forest_tree_t *t, const cJSON *tree)
{
    size_t        i;
    uint32_t      n;
    const cJSON  *array, *item;
    const struct {
        const char  *name;
        double      *numbers;
    } arrays[] = {
        { "feature", t->feature },
        { "threshold", t->threshold },
        { "left", t->left },
        { "right", t->right },
        { "value", NULL }
    };

    for (i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        array = cJSON_GetObjectItemCaseSensitive(tree, arrays[i].name);
        n = 0;

        cJSON_ArrayForEach(item, array) {
            if (n == t->nodes
                || (arrays[i].numbers != NULL && !cJSON_IsNumber(item)))
            {
                return arrays[i].name;
            }

            if (arrays[i].numbers != NULL) {
                arrays[i].numbers[n] = item->valuedouble;

            } else {
                t->value[n] = item;
            }

            n++;
        }

        if (!cJSON_IsArray(array) || n != t->nodes) {
            return arrays[i].name;
        }
    }

    return NULL;
}


/* from the root on, each node once, the children of a split side by side */
static void
keyauth_forest_place(keyauth_forest_tree_t *t)
{
    t->place[0] = 1;
    t->next = 2;
    t->stack[0] = 0;
    t->waiting = 1;

    while (t->waiting > 0 && t->wrong == NULL) {
        t->node = t->stack[--t->waiting];
        keyauth_forest_node(t);
    }

    if (t->wrong == NULL && t->next != t->nodes + 1) {
        t->wrong = "no way leads to some of the others";
    }
}


static void
keyauth_forest_node(keyauth_forest_tree_t *t)
{
    if (t->feature[t->node] >= 0) {
        keyauth_forest_split(t);

    } else {
        keyauth_forest_value(t);
    }
}


static void
keyauth_forest_split(keyauth_forest_tree_t *t)
{
    double    feature, threshold;
    uint32_t  i, place;

    i = t->node;
    place = t->next;
    feature = t->feature[i];
    threshold = t->threshold[i];

    if (!(feature < KEYAUTH_SUMMARY) || feature != floor(feature)) {
        t->wrong = "it splits on none of the eight features";
        return;
    }

    /*
     * A forest that was trained with missing values has thresholds of
     * infinity, which part these from all others; no request lacks a value
     */

    threshold = fmax(fmin(threshold, (double) FLT_MAX), (double) -FLT_MAX);

    /* what is pushed last is popped first: the left child */

    if (keyauth_forest_child(t, t->right[i]) != 0
        || keyauth_forest_child(t, t->left[i]) != 0)
    {
        t->wrong = "a child of it is missing, or another node's too";
        return;
    }

    t->place[(uint32_t) t->left[i]] = place;
    t->place[(uint32_t) t->right[i]] = place + 1;
    t->out[t->place[i]] = keyauth_node_split(t->column[(uint32_t) feature],
                                             (float) threshold,
                                             place - t->place[i]);
}


static int
keyauth_forest_child(keyauth_forest_tree_t *t, double child)
{
    uint32_t  i;

    if (!(child > 0 && child < t->nodes) || child != floor(child)) {
        return -1;
    }

    i = (uint32_t) child;

    if (t->place[i] != 0) {
        return -1;
    }

    t->place[i] = t->next++;
    t->stack[t->waiting++] = i;

    return 0;
}


static void
keyauth_forest_value(keyauth_forest_tree_t *t)
{
    uint32_t      value;
    const cJSON  *item;

    item = t->value[t->node];

    if (cJSON_IsArray(item)) {
        value = keyauth_forest_mixed(t, item);

    } else if (keyauth_json_whole(item, t->g->head.classes - 1, &value) != 0) {
        t->wrong = "its value is not a class";
    }

    if (t->wrong == NULL) {
        t->out[t->place[t->node]] = keyauth_node_leaf(value);
    }
}


/* the leaf's value */
static uint32_t
keyauth_forest_mixed(keyauth_forest_tree_t *t, const cJSON *value)
{
    uint32_t          first, n;
    keyauth_grown_t  *g;

    g = t->g;
    first = g->mixed[g->head.mixed];
    n = (uint32_t) cJSON_GetArraySize(value);

    if (first + n > g->shares_room) {
        g->shares_room = 2 * first + n + 64;
        g->shares = keyauth_realloc(g->shares, g->shares_room,
                                    sizeof(keyauth_share_t));
    }

    if (keyauth_forest_shares(g, value, first) != 0) {
        t->wrong = "its shares should be of ascending classes, and 1 in all";
        return 0;
    }

    if (g->head.mixed + 1 > KEYAUTH_LEAF_VALUE_MAX - g->head.classes) {
        t->wrong = "there are too many mixed leaves";
        return 0;
    }

    g->head.mixed++;

    if (g->head.mixed + 1 > g->mixed_room) {
        g->mixed_room = 2 * g->head.mixed + 64;
        g->mixed = keyauth_realloc(g->mixed, g->mixed_room, sizeof(uint32_t));
    }

    g->mixed[g->head.mixed] = first + n;

    return g->head.classes + g->head.mixed - 1;
}


static int
keyauth_forest_shares(keyauth_grown_t *g, const cJSON *value, uint32_t first)
{
    double            sum;
    int64_t           last;
    const cJSON      *item, *share;
    keyauth_share_t  *s;

    s = g->shares + first;
    last = -1;
    sum = 0;

    cJSON_ArrayForEach(item, value) {
        memset(s, 0, sizeof(*s));
        share = cJSON_GetArrayItem(item, 1);

        if (cJSON_GetArraySize(item) != 2 || !cJSON_IsNumber(share)
            || keyauth_json_whole(item->child, g->head.classes - 1, &s->label)
               != 0
            || s->label <= last || !(share->valuedouble > 0)
            || !(share->valuedouble <= 1))
        {
            return -1;
        }

        last = s->label;
        s->share = share->valuedouble;
        sum += s->share;
        s++;
    }

    return fabs(sum - 1) < 1e-6 ? 0 : -1;
}


static int
keyauth_forest_scaled(const keyauth_grown_t *g, char *err)
{
    double                 high[KEYAUTH_SUMMARY], low[KEYAUTH_SUMMARY], value;
    uint32_t               f, i;
    const keyauth_node_t  *node;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        low[f] = (double) INFINITY;
        high[f] = (double) -INFINITY;
    }

    for (i = 0; i < g->base[g->head.trees]; i++) {
        node = &g->nodes[i];

        if (!keyauth_node_is_leaf(*node)
            && fabsf(node->threshold) < FLT_MAX)
        {
            f = node->link & 0xff;
            value = (double) node->threshold;
            low[f] = fmin(low[f], value);
            high[f] = fmax(high[f], value);
        }
    }

    return keyauth_import_scaled(low, high, "thresholds: ", err);
}
