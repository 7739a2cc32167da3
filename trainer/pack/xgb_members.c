/*
 * What a file of XGBoost's may hold: see xgb_members.h.
 *
 * A member that is not looked at may mean that other answers are right, as
 * did weight_drop, which came with XGBoost 3.3 into what is called a gbtree.
 * So all members of 1.7 to 3.3 are here, and another one is an error.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth.h"
#include "ubjson.h"
#include "util.h"
#include "xgb_members.h"


#define KEYAUTH_XGB_MEMBERS  8          /* the most of any, and NULL */


typedef struct {
    const char  *path;
    const char  *names[KEYAUTH_XGB_MEMBERS];
} keyauth_xgb_members_t;


static int keyauth_xgb_members_model(const cJSON *model, char *err);
static int keyauth_xgb_members_tree(const cJSON *tree, uint32_t which,
    char *err);


static const char  keyauth_xgb_unknown[] =
    "XGBoost 1.7 to 3.3 write no such member, and it may change answers: "
    "save the model with one of these";

static const keyauth_xgb_members_t  keyauth_xgb_known[] = {
    { "", { "learner", "version" } },
    { "learner",
      { "attributes", "feature_names", "feature_types", "gradient_booster",
        "learner_model_param", "objective" } },
    { "learner.gradient_booster", { "gbtree", "model", "name",
                                    "weight_drop" } },
    { "learner.gradient_booster.gbtree", { "model", "name" } },
    { "learner.learner_model_param",
      { "base_score", "boost_from_average", "num_class", "num_feature",
        "num_target" } },
    { "learner.objective", { "name", "softmax_multiclass_param" } },
    { "learner.objective.softmax_multiclass_param", { "num_class" } }
};

static const keyauth_xgb_members_t  keyauth_xgb_known_model[] = {
    { "", { "cats", "gbtree_model_param", "iteration_indptr", "tree_info",
            "trees" } },
    { "gbtree_model_param", { "num_parallel_tree", "num_trees",
                              "size_leaf_vector" } },
    { "cats", { "enc", "feature_segments", "sorted_idx" } }
};

static const char *const  keyauth_xgb_known_tree[] = {
    "base_weights", "categories", "categories_nodes", "categories_segments",
    "categories_sizes", "default_left", "id", "leaf_weights", "left_children",
    "loss_changes", "parents", "right_children", "split_conditions",
    "split_indices", "split_type", "sum_hessian", "tree_param", NULL
};

static const char *const  keyauth_xgb_known_param[] = {
    "num_deleted", "num_feature", "num_nodes", "size_leaf_vector", NULL
};


int
keyauth_xgb_members(const cJSON *root, const cJSON *model, char *err)
{
    size_t                        i;
    const cJSON                  *object;
    const keyauth_xgb_members_t  *m;

    for (i = 0;
         i < sizeof(keyauth_xgb_known) / sizeof(keyauth_xgb_known[0]); i++)
    {
        m = &keyauth_xgb_known[i];
        object = *m->path == '\0' ? root : keyauth_json_get(root, m->path);

        if (keyauth_json_members(object, m->path, m->names,
                                 keyauth_xgb_unknown, err)
            != 0)
        {
            return -1;
        }
    }

    return keyauth_xgb_members_model(model, err);
}


static int
keyauth_xgb_members_model(const cJSON *model, char *err)
{
    double                        size;
    size_t                        i;
    uint32_t                      which;
    const cJSON                  *tree;
    const keyauth_xgb_members_t  *m;

    for (i = 0; i < sizeof(keyauth_xgb_known_model)
                    / sizeof(keyauth_xgb_known_model[0]); i++)
    {
        m = &keyauth_xgb_known_model[i];
        tree = *m->path == '\0' ? model : keyauth_json_get(model, m->path);

        if (keyauth_json_members(tree, m->path, m->names,
                                 keyauth_xgb_unknown, err)
            != 0)
        {
            return -1;
        }
    }

    if (keyauth_xgb_number(model, "gbtree_model_param.size_leaf_vector", 1,
                           &size, err) != 0)
    {
        return -1;
    }

    /* up to 2.1, 0 */

    if (!(size <= 1)) {
        snprintf(err, KEYAUTH_ERROR_MAX, "gbtree_model_param."
                 "size_leaf_vector: %.9g numbers in a leaf, and only 1 is "
                 "supported", size);
        return -1;
    }

    if (cJSON_GetArraySize(keyauth_json_get(model, "cats.enc")) > 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "cats: there are categories, and "
                 "features are numbers: train without categories");
        return -1;
    }

    which = 0;

    cJSON_ArrayForEach(tree, keyauth_json_get(model, "trees")) {
        if (keyauth_xgb_members_tree(tree, which++, err) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
keyauth_xgb_members_tree(const cJSON *tree, uint32_t which, char *err)
{
    char    path[32];
    double  size;

    snprintf(path, sizeof(path), "tree %u", which);

    if (keyauth_json_members(tree, path, keyauth_xgb_known_tree,
                             keyauth_xgb_unknown, err) != 0
        || keyauth_json_members(keyauth_json_get(tree, "tree_param"), path,
                                keyauth_xgb_known_param, keyauth_xgb_unknown,
                                err) != 0
        || keyauth_xgb_number(tree, "tree_param.size_leaf_vector", 1, &size,
                              err) != 0)
    {
        return -1;
    }

    if (!(size <= 1)
        || cJSON_GetArraySize(keyauth_json_get(tree, "leaf_weights")) > 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "tree %u: size_leaf_vector: %.9g "
                 "numbers in a leaf, and only 1 is supported: train with "
                 "multi_strategy one_output_per_tree", which, size);
        return -1;
    }

    return 0;
}


int
keyauth_xgb_number(const cJSON *object, const char *path, double missing,
    double *value, char *err)
{
    char         *end;
    const char   *text;
    const cJSON  *item;

    item = keyauth_json_get(object, path);

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
