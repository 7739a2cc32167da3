/*
 * One tree of XGBoost's: see xgb_tree.h.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ubjson.h"
#include "keyauth.h"
#include "util.h"
#include "xgb_tree.h"


/* a tree's arrays as the file has them: [KEYAUTH_XGB_ARRAYS][nodes] */
enum {
    KEYAUTH_XGB_LEFT = 0,
    KEYAUTH_XGB_RIGHT,
    KEYAUTH_XGB_FEATURE,
    KEYAUTH_XGB_CUT,
    KEYAUTH_XGB_KIND,
    KEYAUTH_XGB_ARRAYS
};


typedef struct {
    keyauth_xgb_tree_t  *tree;
    double              *array[KEYAUTH_XGB_ARRAYS];
    uint32_t            *stack;         /* nodes to visit */
    uint32_t            *depth;         /* of a node; 0: not seen yet */
    uint32_t             waiting;
    uint32_t             node;
    const uint32_t      *place;         /* of the file's features */
    const char          *wrong;
} keyauth_xgb_walk_t;


static void keyauth_xgb_tree_alloc(keyauth_xgb_tree_t *t, uint32_t nodes);
static const char *keyauth_xgb_tree_arrays(keyauth_xgb_walk_t *w,
    const cJSON *tree);
static int keyauth_xgb_tree_array(const cJSON *array, uint32_t n,
    double *values);
static void keyauth_xgb_tree_walk(keyauth_xgb_walk_t *w);
static void keyauth_xgb_tree_node(keyauth_xgb_walk_t *w);
static int keyauth_xgb_tree_child(keyauth_xgb_walk_t *w, double child);


int
keyauth_xgb_tree_read(keyauth_xgb_tree_t *t, const cJSON *tree,
    uint32_t which, const uint32_t *place, char *err)
{
    int                  n;
    const char          *array;
    keyauth_xgb_walk_t   w;

    n = cJSON_GetArraySize(keyauth_json_get(tree, "left_children"));

    if (n <= 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "tree %u has no nodes", which);
        return -1;
    }

    keyauth_xgb_tree_alloc(t, (uint32_t) n);
    w.tree = t;
    w.place = place;
    w.wrong = NULL;
    w.array[0] = keyauth_alloc((size_t) n,
                               KEYAUTH_XGB_ARRAYS * sizeof(double));
    w.stack = keyauth_alloc((size_t) n, sizeof(uint32_t));
    w.depth = keyauth_alloc((size_t) n, sizeof(uint32_t));

    array = keyauth_xgb_tree_arrays(&w, tree);

    if (array != NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "tree %u: \"%s\" is not a list of "
                 "%d numbers", which, array, n);

    } else {
        keyauth_xgb_tree_walk(&w);

        if (w.wrong != NULL) {
            snprintf(err, KEYAUTH_ERROR_MAX, "tree %u, node %u: %s", which,
                     w.node, w.wrong);
        }
    }

    free(w.array[0]);
    free(w.stack);
    free(w.depth);

    return array != NULL || w.wrong != NULL ? -1 : 0;
}


static void
keyauth_xgb_tree_alloc(keyauth_xgb_tree_t *t, uint32_t nodes)
{
    t->nodes = nodes;
    t->left = keyauth_alloc(nodes, sizeof(*t->left));
    t->right = keyauth_alloc(nodes, sizeof(*t->right));
    t->feature = keyauth_alloc(nodes, sizeof(*t->feature));
    t->value = keyauth_alloc(nodes, sizeof(*t->value));
}


void
keyauth_xgb_tree_free(keyauth_xgb_tree_t *t)
{
    free(t->left);
    free(t->right);
    free(t->feature);
    free(t->value);
}


void
keyauth_xgb_tree_scale(keyauth_xgb_tree_t *t, float factor)
{
    uint32_t  i;

    for (i = 0; i < t->nodes; i++) {
        if (t->left[i] < 0) {
            t->value[i] *= factor;
        }
    }
}


void
keyauth_xgb_tree_leaf(keyauth_xgb_tree_t *t, float value)
{
    keyauth_xgb_tree_alloc(t, 1);
    t->left[0] = -1;
    t->right[0] = -1;
    t->value[0] = value;
}


/* the name of the one that is wrong, or NULL */
static const char *
keyauth_xgb_tree_arrays(keyauth_xgb_walk_t *w, const cJSON *tree)
{
    int                      i;
    uint32_t                 n;
    const cJSON             *array;
    static const char *const  names[KEYAUTH_XGB_ARRAYS] = {
        "left_children", "right_children", "split_indices",
        "split_conditions", "split_type"
    };

    n = w->tree->nodes;

    for (i = 0; i < KEYAUTH_XGB_ARRAYS; i++) {
        w->array[i] = w->array[0] + (size_t) i * n;
        array = cJSON_GetObjectItemCaseSensitive(tree, names[i]);

        if (keyauth_xgb_tree_array(array, n, w->array[i]) != 0) {
            return names[i];
        }
    }

    return NULL;
}


static int
keyauth_xgb_tree_array(const cJSON *array, uint32_t n, double *values)
{
    uint32_t      i;
    const cJSON  *item;

    if (!cJSON_IsArray(array)) {
        return -1;
    }

    for (item = array->child, i = 0; item != NULL; item = item->next, i++) {
        if (i == n || !(cJSON_IsNumber(item) || cJSON_IsNull(item))) {
            return -1;
        }

        /* null stands for NaN */

        values[i] = cJSON_IsNull(item) ? (double) NAN : item->valuedouble;
    }

    return i == n ? 0 : -1;
}


/*
 * From the root on, each node once: a node that two others lead to, or one
 * that leads back, is seen twice.  What no node leads to, XGBoost has pruned;
 * it becomes a leaf that nothing reaches.
 */
static void
keyauth_xgb_tree_walk(keyauth_xgb_walk_t *w)
{
    uint32_t             i;
    keyauth_xgb_tree_t  *t;

    t = w->tree;

    for (i = 0; i < t->nodes; i++) {
        t->left[i] = -1;
        t->right[i] = -1;
    }

    w->stack[0] = 0;
    w->depth[0] = 1;
    w->waiting = 1;

    while (w->waiting > 0 && w->wrong == NULL) {
        w->node = w->stack[--w->waiting];
        keyauth_xgb_tree_node(w);
    }
}


static void
keyauth_xgb_tree_node(keyauth_xgb_walk_t *w)
{
    int                  leaf;
    double               feature;
    uint32_t             i;
    keyauth_xgb_tree_t  *t;

    i = w->node;
    t = w->tree;
    leaf = w->array[KEYAUTH_XGB_LEFT][i] == -1
           && w->array[KEYAUTH_XGB_RIGHT][i] == -1;

    if (!leaf && w->array[KEYAUTH_XGB_KIND][i] != 0) {
        w->wrong = "a categorical split, and features are numbers";
        return;
    }

    t->value[i] = (float) w->array[KEYAUTH_XGB_CUT][i];

    if (!isfinite(t->value[i])) {
        w->wrong = "its value or threshold is not finite";
        return;
    }

    if (leaf) {
        return;
    }

    feature = w->array[KEYAUTH_XGB_FEATURE][i];

    if (!(feature >= 0 && feature < KEYAUTH_SUMMARY)
        || feature != floor(feature))
    {
        w->wrong = "it splits on none of the eight features";
        return;
    }

    if (w->depth[i] > KEYAUTH_XGB_DEPTH_MAX) {
        w->wrong = "it is deeper than 512 splits";
        return;
    }

    if (keyauth_xgb_tree_child(w, w->array[KEYAUTH_XGB_RIGHT][i]) != 0
        || keyauth_xgb_tree_child(w, w->array[KEYAUTH_XGB_LEFT][i]) != 0)
    {
        w->wrong = "a child of it is missing, or another node's too";
        return;
    }

    t->feature[i] = w->place[(uint32_t) feature];
    t->left[i] = (int32_t) w->array[KEYAUTH_XGB_LEFT][i];
    t->right[i] = (int32_t) w->array[KEYAUTH_XGB_RIGHT][i];
}


static int
keyauth_xgb_tree_child(keyauth_xgb_walk_t *w, double child)
{
    uint32_t  i;

    if (!(child > 0 && child < w->tree->nodes) || child != floor(child)) {
        return -1;
    }

    i = (uint32_t) child;

    if (w->depth[i] != 0) {
        return -1;
    }

    w->depth[i] = w->depth[w->node] + 1;
    w->stack[w->waiting++] = i;

    return 0;
}
