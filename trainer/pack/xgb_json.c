/*
 * Reading XGBoost's models: see xgb_json.h.
 */


#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ubjson.h"
#include "keyauth.h"
#include "summary_names.h"
#include "util.h"
#include "xgb_json.h"


static int keyauth_xgb_json_version(keyauth_xgb_json_t *x, const cJSON *root,
    char *err);
static int keyauth_xgb_json_kind(const cJSON *root, char *err);
static int keyauth_xgb_json_shape(const cJSON *root, uint32_t classes,
    char *err);
static int keyauth_xgb_json_number(const cJSON *root, const char *path,
    double missing, double *value, char *err);
static int keyauth_xgb_json_features(const cJSON *root, char *err);
static int keyauth_xgb_json_rounds(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err);
static int keyauth_xgb_json_trees(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err);
static int keyauth_xgb_json_base(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err);
static uint32_t keyauth_xgb_json_scores(const char *text, float *score,
    uint32_t max);
static void keyauth_xgb_json_leaves(keyauth_xgb_json_t *x, const float *score,
    uint32_t classes);


int
keyauth_xgb_json_read(keyauth_xgb_json_t *x, const char *json, size_t len,
    uint32_t classes, char *err)
{
    int     rc;
    cJSON  *root;

    memset(x, 0, sizeof(*x));
    root = keyauth_ubjson_read(json, len, err);

    if (root == NULL) {
        return -1;
    }

    rc = keyauth_xgb_json_version(x, root, err) != 0
         || keyauth_xgb_json_kind(root, err) != 0
         || keyauth_xgb_json_shape(root, classes, err) != 0
         || keyauth_xgb_json_features(root, err) != 0
         || keyauth_xgb_json_rounds(x, root, classes, err) != 0
         || keyauth_xgb_json_trees(x, root, classes, err) != 0
         || keyauth_xgb_json_base(x, root, classes, err) != 0
         ? -1 : 0;

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
        keyauth_xgb_tree_free(&x->tree[i]);
    }

    free(x->tree);
    x->tree = NULL;
}


static int
keyauth_xgb_json_version(keyauth_xgb_json_t *x, const cJSON *root, char *err)
{
    int           i;
    const cJSON  *version;

    version = keyauth_json_get(root, "version");

    for (i = 0; i < 3; i++) {
        if (keyauth_json_whole(cJSON_GetArrayItem(version, i), 9999,
                               &x->version[i]) != 0)
        {
            snprintf(err, KEYAUTH_ERROR_MAX, "version: it should be three "
                     "numbers; this is no model of XGBoost's");
            return -1;
        }
    }

    if (x->version[0] < 1 || (x->version[0] == 1 && x->version[1] < 7)
        || x->version[0] > 3)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "version: XGBoost %u.%u.%u wrote it, "
                 "and 1.7 to 3 are read", x->version[0], x->version[1],
                 x->version[2]);
        return -1;
    }

    return 0;
}


static int
keyauth_xgb_json_kind(const cJSON *root, char *err)
{
    char         text[32];
    const char  *booster, *objective;

    booster = cJSON_GetStringValue(keyauth_json_get(root,
                                          "learner.gradient_booster.name"));
    booster = booster != NULL ? booster : "";
    objective = cJSON_GetStringValue(keyauth_json_get(root,
                                          "learner.objective.name"));
    objective = objective != NULL ? objective : "";

    if (strcmp(booster, "gbtree") != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "learner.gradient_booster.name: "
                 "\"%s\", and gbtree is served",
                 keyauth_quote(text, sizeof(text), booster, strlen(booster)));
        return -1;
    }

    if (strcmp(objective, "multi:softprob") != 0
        && strcmp(objective, "multi:softmax") != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "learner.objective.name: \"%s\", and "
                 "multi:softprob and multi:softmax are served",
                 keyauth_quote(text, sizeof(text), objective,
                               strlen(objective)));
        return -1;
    }

    return 0;
}


static int
keyauth_xgb_json_shape(const cJSON *root, uint32_t classes, char *err)
{
    size_t  i;
    double  value;

#define KEYAUTH_XGB_PARAM  "learner.learner_model_param."
#define KEYAUTH_XGB_MODEL  "learner.gradient_booster.model.gbtree_model_param."

    const struct {
        const char  *path;
        double       missing;
        double       least;
        double       most;
        const char  *why;
    } shapes[] = {
        { KEYAUTH_XGB_PARAM "num_class", NAN, classes, classes, "users" },
        { KEYAUTH_XGB_PARAM "num_feature", NAN, KEYAUTH_SUMMARY,
          KEYAUTH_SUMMARY, "summary features" },
        { KEYAUTH_XGB_PARAM "num_target", 1, 0, 1, "answers to a row" },
        { KEYAUTH_XGB_MODEL "num_parallel_tree", 1, 0, 1,
          "trees a class and round" },
        { KEYAUTH_XGB_MODEL "size_leaf_vector", 1, 0, 1,
          "numbers in a leaf" }
    };

    for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (keyauth_xgb_json_number(root, shapes[i].path, shapes[i].missing,
                                    &value, err) != 0)
        {
            return -1;
        }

        if (!(value >= shapes[i].least && value <= shapes[i].most)) {
            snprintf(err, KEYAUTH_ERROR_MAX, "%s: %.9g %s, and not %.9g",
                     shapes[i].path, value, shapes[i].why, shapes[i].most);
            return -1;
        }
    }

    return 0;
}


/* XGBoost writes its parameters as strings */
static int
keyauth_xgb_json_number(const cJSON *root, const char *path, double missing,
    double *value, char *err)
{
    char         *end;
    const char   *text;
    const cJSON  *item;

    item = keyauth_json_get(root, path);

    if (item == NULL && !isnan(missing)) {
        *value = missing;
        return 0;
    }

    text = cJSON_GetStringValue(item);

    if (text != NULL && *text != '\0') {
        *value = strtod(text, &end);

        if (*end == '\0' && isfinite(*value)) {
            return 0;
        }
    }

    snprintf(err, KEYAUTH_ERROR_MAX, "%s: it should be a number in quotes",
             path);

    return -1;
}


/* names are not needed, but where there are any, they must be ours */
static int
keyauth_xgb_json_features(const cJSON *root, char *err)
{
    char          text[64];
    uint32_t      i;
    const char   *name;
    const cJSON  *item;

    i = 0;

    cJSON_ArrayForEach(item, keyauth_json_get(root,
                                              "learner.feature_names"))
    {
        name = cJSON_GetStringValue(item);
        name = name != NULL ? name : "";

        if (i >= KEYAUTH_SUMMARY || !keyauth_summary_is_named(i, name)) {
            snprintf(err, KEYAUTH_ERROR_MAX, "learner.feature_names: feature "
                     "%u is \"%s\", and should be %s", i,
                     keyauth_quote(text, sizeof(text), name, strlen(name)),
                     i < KEYAUTH_SUMMARY ? keyauth_summary_names[i] : "none");
            return -1;
        }

        i++;
    }

    i = 0;

    cJSON_ArrayForEach(item, keyauth_json_get(root,
                                              "learner.feature_types"))
    {
        name = cJSON_GetStringValue(item);

        if (name != NULL && (strcmp(name, "c") == 0
                             || strcmp(name, "categorical") == 0))
        {
            snprintf(err, KEYAUTH_ERROR_MAX, "learner.feature_types: feature "
                     "%u is categorical, and features are numbers", i);
            return -1;
        }

        i++;
    }

    return 0;
}


/* who stopped early predicts with some of the trees, or with all of them */
static int
keyauth_xgb_json_rounds(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err)
{
    double        best;
    const cJSON  *info, *trees;

    info = keyauth_json_get(root, "learner.gradient_booster.model.tree_info");
    trees = keyauth_json_get(root, "learner.gradient_booster.model.trees");
    x->trees = (uint32_t) cJSON_GetArraySize(trees);

    if (x->trees == 0 || x->trees % classes
        || cJSON_GetArraySize(info) != (int) x->trees)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "learner.gradient_booster.model: "
                 "%u trees are not one a class and round", x->trees);
        x->trees = 0;
        return -1;
    }

    if (keyauth_xgb_json_number(root, "learner.attributes.best_iteration",
                                x->trees / classes - 1, &best, err) != 0)
    {
        return -1;
    }

    if (best != x->trees / classes - 1) {
        snprintf(err, KEYAUTH_ERROR_MAX, "learner.attributes.best_iteration: "
                 "training stopped early, and %u rounds are too many: save "
                 "booster[:%.9g]", x->trees / classes, best + 1);
        return -1;
    }

    return 0;
}


static int
keyauth_xgb_json_trees(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err)
{
    uint32_t      class, i;
    const cJSON  *info, *tree;

    tree = keyauth_json_get(root, "learner.gradient_booster.model.trees");
    info = keyauth_json_get(root, "learner.gradient_booster.model.tree_info");
    x->tree = keyauth_alloc(x->trees, sizeof(*x->tree));
    tree = tree->child;
    info = info->child;

    for (i = 0; i < x->trees; i++) {

        if (keyauth_json_whole(info, classes - 1, &class) != 0
            || class != i % classes)
        {
            snprintf(err, KEYAUTH_ERROR_MAX, "tree %u: it is not of class %u, "
                     "and trees should be one a class and round", i,
                     i % classes);
            return -1;
        }

        if (keyauth_xgb_tree_read(&x->tree[i], tree, i, err) != 0) {
            return -1;
        }

        tree = tree->next;
        info = info->next;
    }

    return 0;
}


/* "5E-1", or from XGBoost 3.1 on "[5E-1,4E-1,...]" */
static int
keyauth_xgb_json_base(keyauth_xgb_json_t *x, const cJSON *root,
    uint32_t classes, char *err)
{
    float       *score;
    uint32_t     i, n;
    const char  *text;

    text = cJSON_GetStringValue(keyauth_json_get(root, KEYAUTH_XGB_PARAM
                                                 "base_score"));
    score = keyauth_alloc(classes, sizeof(float));
    n = text != NULL ? keyauth_xgb_json_scores(text, score, classes) : 0;

    if (n != 1 && n != classes) {
        free(score);
        snprintf(err, KEYAUTH_ERROR_MAX, KEYAUTH_XGB_PARAM "base_score: "
                 "neither a number nor a list of %u", classes);
        return -1;
    }

    x->base_score = score[0];

    for (i = 1; i < n; i++) {
        if (score[i] != score[0]) {
            keyauth_xgb_json_leaves(x, score, classes);
            break;
        }
    }

    free(score);

    return 0;
}


/* how many there are; 0: something else is there too */
static uint32_t
keyauth_xgb_json_scores(const char *text, float *score, uint32_t max)
{
    int       list;
    char     *end;
    uint32_t  n;

    list = *text == '[';
    text += list;

    for (n = 0; n < max; text = end + 1) {

        if (!isdigit((unsigned char) *text) && *text != '-') {
            return 0;
        }

        score[n] = strtof(text, &end);

        if (!isfinite(score[n++]) || end == text) {
            return 0;
        }

        if (list && *end == ',') {
            continue;
        }

        return end[0] == (list ? ']' : '\0') && (!list || end[1] == '\0')
               ? n : 0;
    }

    return 0;
}


/* 0 plus a leaf is that leaf: margins begin as they do in XGBoost */
static void
keyauth_xgb_json_leaves(keyauth_xgb_json_t *x, const float *score,
    uint32_t classes)
{
    uint32_t  i;

    x->tree = keyauth_realloc(x->tree, x->trees + classes, sizeof(*x->tree));
    memmove(x->tree + classes, x->tree, x->trees * sizeof(*x->tree));
    x->trees += classes;
    x->base_score = 0;

    for (i = 0; i < classes; i++) {
        keyauth_xgb_tree_leaf(&x->tree[i], score[i]);
    }
}
