/*
 * Reading XGBoost's JSON: see xgb_json.h.
 */


#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth.h"
#include "util.h"
#include "xgb_json.h"


static const cJSON *keyauth_xgb_json_get(const cJSON *object,
    const char *path);
static double keyauth_xgb_json_number(const cJSON *object, const char *path);
static int keyauth_xgb_json_head(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err);
static int keyauth_xgb_json_trees(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err);
static int keyauth_xgb_json_tree(keyauth_xgb_tree_t *t, const cJSON *tree);
static int keyauth_xgb_json_array(const cJSON *tree, const char *name,
    uint32_t n, double *values);
static int keyauth_xgb_json_check(const keyauth_xgb_tree_t *t);


int
keyauth_xgb_json_read(keyauth_xgb_json_t *x, const char *json, size_t len,
    uint32_t classes, char *err)
{
    int     rc;
    cJSON  *root;

    memset(x, 0, sizeof(*x));

    root = cJSON_ParseWithLength(json, len);

    if (root == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "XGBoost's model is not JSON");
        return -1;
    }

    rc = keyauth_xgb_json_head(x, root, classes, err);

    if (rc == 0) {
        rc = keyauth_xgb_json_trees(x, root, classes, err);
    }

    cJSON_Delete(root);

    if (rc != 0) {
        keyauth_xgb_json_free(x);
    }

    return rc;
}


void
keyauth_xgb_json_free(keyauth_xgb_json_t *x)
{
    uint32_t  i;

    for (i = 0; x->tree != NULL && i < x->trees; i++) {
        free(x->tree[i].left);
        free(x->tree[i].right);
        free(x->tree[i].feature);
        free(x->tree[i].value);
    }

    free(x->tree);
    x->tree = NULL;
}


/* path: names with dots between them */
static const cJSON *
keyauth_xgb_json_get(const cJSON *object, const char *path)
{
    char         name[64];
    size_t       n;
    const char  *dot;

    for ( ;; ) {
        dot = strchr(path, '.');
        n = dot ? (size_t) (dot - path) : strlen(path);

        memcpy(name, path, n);
        name[n] = '\0';
        object = cJSON_GetObjectItemCaseSensitive(object, name);

        if (object == NULL || dot == NULL) {
            return object;
        }

        path = dot + 1;
    }
}


/* XGBoost writes its parameters as strings */
static double
keyauth_xgb_json_number(const cJSON *object, const char *path)
{
    char        *end;
    double       value;
    const char  *text;

    text = cJSON_GetStringValue(keyauth_xgb_json_get(object, path));

    if (text == NULL) {
        return (double) NAN;
    }

    value = strtod(text, &end);

    return *text != '\0' && *end == '\0' ? value : (double) NAN;
}


static int
keyauth_xgb_json_head(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err)
{
    double       base;
    const char  *booster, *objective;

    booster = cJSON_GetStringValue(keyauth_xgb_json_get(root,
                                          "learner.gradient_booster.name"));
    objective = cJSON_GetStringValue(keyauth_xgb_json_get(root,
                                          "learner.objective.name"));

    if (booster == NULL || strcmp(booster, "gbtree") != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "XGBoost's booster is not gbtree");
        return -1;
    }

    if (objective == NULL || (strcmp(objective, "multi:softprob") != 0
                              && strcmp(objective, "multi:softmax") != 0))
    {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "XGBoost's objective is neither multi:softprob nor "
                 "multi:softmax");
        return -1;
    }

#define keyauth_xgb_json_param(name)                                          \
    keyauth_xgb_json_number(root, "learner.learner_model_param." name)

    if (!(keyauth_xgb_json_param("num_class") == classes)) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "XGBoost's model is not for %u classes", classes);
        return -1;
    }

    if (!(keyauth_xgb_json_param("num_feature") == KEYAUTH_SUMMARY)) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "XGBoost's model is not for the %d summary features",
                 KEYAUTH_SUMMARY);
        return -1;
    }

    base = keyauth_xgb_json_param("base_score");

    if (!isfinite(base)) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "XGBoost's base_score is not one number");
        return -1;
    }

    x->base_score = (float) base;

    return 0;
}


static int
keyauth_xgb_json_trees(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err)
{
    uint32_t      i;
    const cJSON  *info, *tree, *trees;

    info = keyauth_xgb_json_get(root,
                                "learner.gradient_booster.model.tree_info");
    trees = keyauth_xgb_json_get(root,
                                 "learner.gradient_booster.model.trees");

    x->trees = (uint32_t) cJSON_GetArraySize(trees);

    if (x->trees == 0 || x->trees % classes
        || cJSON_GetArraySize(info) != (int) x->trees)
    {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "XGBoost's %u trees are not one a class and round",
                 x->trees);
        return -1;
    }

    x->tree = keyauth_alloc(x->trees, sizeof(*x->tree));
    tree = trees->child;
    info = info->child;

    for (i = 0; i < x->trees; i++) {

        if (!cJSON_IsNumber(info) || info->valueint != (int) (i % classes)
            || keyauth_xgb_json_tree(&x->tree[i], tree) != 0)
        {
            snprintf(err, KEYAUTH_ERROR_MAX, "XGBoost's tree %u is bad", i);
            return -1;
        }

        tree = tree->next;
        info = info->next;
    }

    return 0;
}


static int
keyauth_xgb_json_tree(keyauth_xgb_tree_t *t, const cJSON *tree)
{
    int        rc;
    double    *v;
    uint32_t   i, n;

    n = (uint32_t) cJSON_GetArraySize(keyauth_xgb_json_get(tree,
                                                           "left_children"));

    if (n == 0) {
        return -1;
    }

    t->nodes = n;
    t->left = keyauth_alloc(n, sizeof(*t->left));
    t->right = keyauth_alloc(n, sizeof(*t->right));
    t->feature = keyauth_alloc(n, sizeof(*t->feature));
    t->value = keyauth_alloc(n, sizeof(*t->value));
    v = keyauth_alloc(n, 5 * sizeof(*v));

    rc = keyauth_xgb_json_array(tree, "left_children", n, v);
    rc |= keyauth_xgb_json_array(tree, "right_children", n, v + n);
    rc |= keyauth_xgb_json_array(tree, "split_indices", n, v + 2 * n);
    rc |= keyauth_xgb_json_array(tree, "split_conditions", n, v + 3 * n);
    rc |= keyauth_xgb_json_array(tree, "split_type", n, v + 4 * n);

    for (i = 0; rc == 0 && i < n; i++) {

        if (!(v[i] >= -1 && v[i] < n && v[n + i] >= -1 && v[n + i] < n
              && v[2 * n + i] >= 0 && v[2 * n + i] < KEYAUTH_SUMMARY
              && v[4 * n + i] == 0))
        {
            rc = -1;
            break;
        }

        t->left[i] = (int32_t) v[i];
        t->right[i] = (int32_t) v[n + i];
        t->feature[i] = (uint32_t) v[2 * n + i];
        t->value[i] = (float) v[3 * n + i];

        if (!isfinite(t->value[i])) {
            rc = -1;
        }
    }

    free(v);

    return rc == 0 ? keyauth_xgb_json_check(t) : -1;
}


static int
keyauth_xgb_json_array(const cJSON *tree, const char *name, uint32_t n,
    double *values)
{
    uint32_t      i;
    const cJSON  *array, *item;

    array = cJSON_GetObjectItemCaseSensitive(tree, name);

    if (!cJSON_IsArray(array)) {
        return -1;
    }

    for (item = array->child, i = 0; item != NULL; item = item->next, i++) {
        if (i == n || !cJSON_IsNumber(item)) {
            return -1;
        }

        values[i] = item->valuedouble;
    }

    return i == n ? 0 : -1;
}


/* children stand behind their parent, and each node has one parent */
static int
keyauth_xgb_json_check(const keyauth_xgb_tree_t *t)
{
    int        rc;
    uint8_t   *seen;
    uint32_t   i, child[2], j;

    rc = 0;
    seen = keyauth_alloc(t->nodes, 1);

    for (i = 0; i < t->nodes && rc == 0; i++) {

        if (t->left[i] < 0) {
            continue;
        }

        child[0] = (uint32_t) t->left[i];
        child[1] = (uint32_t) t->right[i];

        for (j = 0; j < 2; j++) {
            if (t->right[i] < 0 || child[j] <= i || seen[child[j]]++) {
                rc = -1;
                break;
            }
        }
    }

    free(seen);

    return rc;
}
