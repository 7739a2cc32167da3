/*
 * Reading XGBoost's models: see xgb_json.h.
 */


#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth.h"
#include "summary_names.h"
#include "ubjson.h"
#include "util.h"
#include "xgb_json.h"
#include "xgb_members.h"


#define KEYAUTH_XGB_PARAM     "learner.learner_model_param."
#define KEYAUTH_XGB_BOOSTER   "learner.gradient_booster"
#define KEYAUTH_XGB_PARALLEL  1000      /* trees a class and round */


/* a document, and what is read of it */
typedef struct {
    const cJSON              *root;
    const cJSON              *model;    /* trees and what belongs to them */
    const cJSON              *factors;  /* one a tree; NULL: all are 1 */
    uint32_t                  classes;
    uint32_t                  place[KEYAUTH_SUMMARY];
    const keyauth_xgb_how_t  *how;
    keyauth_xgb_json_t       *x;
    char                     *err;
} keyauth_xgb_source_t;


static int keyauth_xgb_json_version(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_booster(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_objective(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_shape(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_features(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_types(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_rounds(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_begins(keyauth_xgb_source_t *s,
    const cJSON *begins);
static int keyauth_xgb_json_best(keyauth_xgb_source_t *s,
    const cJSON *begins);
static int keyauth_xgb_json_factors(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_trees(keyauth_xgb_source_t *s);
static int keyauth_xgb_json_tree(keyauth_xgb_source_t *s, uint32_t which,
    const cJSON *tree, const cJSON *info, const cJSON *factor,
    uint32_t *count);
static int keyauth_xgb_json_base(keyauth_xgb_source_t *s);
static uint32_t keyauth_xgb_json_scores(const char *text, float *score,
    uint32_t max);
static void keyauth_xgb_json_leaves(keyauth_xgb_json_t *x, const float *score,
    uint32_t classes);


int
keyauth_xgb_json_read(keyauth_xgb_json_t *x, const char *json, size_t len,
    uint32_t classes, const keyauth_xgb_how_t *how, char *err)
{
    int                   rc;
    cJSON                *root;
    keyauth_xgb_source_t  s;

    memset(x, 0, sizeof(*x));
    memset(&s, 0, sizeof(s));
    root = keyauth_ubjson_read(json, len, err);

    if (root == NULL) {
        return -1;
    }

    s.root = root;
    s.classes = classes;
    s.how = how;
    s.x = x;
    s.err = err;

    rc = keyauth_xgb_json_version(&s) != 0
         || keyauth_xgb_json_booster(&s) != 0
         || keyauth_xgb_json_objective(&s) != 0
         || keyauth_xgb_json_shape(&s) != 0
         || keyauth_xgb_json_features(&s) != 0
         || keyauth_xgb_json_types(&s) != 0
         || keyauth_xgb_members(root, s.model, err) != 0
         || keyauth_xgb_json_rounds(&s) != 0
         || keyauth_xgb_json_factors(&s) != 0
         || keyauth_xgb_json_trees(&s) != 0
         || keyauth_xgb_json_base(&s) != 0
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
keyauth_xgb_json_version(keyauth_xgb_source_t *s)
{
    int           i;
    uint32_t     *v;
    const cJSON  *version;

    version = keyauth_json_get(s->root, "version");
    v = s->x->version;

    for (i = 0; i < 3; i++) {
        if (keyauth_json_whole(cJSON_GetArrayItem(version, i), 9999, &v[i])
            != 0)
        {
            snprintf(s->err, KEYAUTH_ERROR_MAX, "version: it should be three "
                     "numbers; this is not a model of XGBoost's");
            return -1;
        }
    }

    if (v[0] < 1 || (v[0] == 1 && v[1] < 7) || v[0] > 3) {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "version: XGBoost %u.%u.%u wrote "
                 "it, and 1.7 to 3 are read", v[0], v[1], v[2]);
        return -1;
    }

    return 0;
}


/*
 * A DART up to 3.0 is called so and has a gbtree within; that of 3.3 is called
 * gbtree and is one, but for its trees' factors, which it has if one is not 1.
 */
static int
keyauth_xgb_json_booster(keyauth_xgb_source_t *s)
{
    char          text[32];
    const char   *name;
    const cJSON  *booster;

    booster = keyauth_json_get(s->root, KEYAUTH_XGB_BOOSTER);
    name = cJSON_GetStringValue(keyauth_json_get(booster, "name"));
    name = name != NULL ? name : "";
    s->factors = keyauth_json_get(booster, "weight_drop");
    s->x->dart = s->factors != NULL;

    if (strcmp(name, "gbtree") == 0
        && keyauth_json_get(booster, "gbtree") == NULL)
    {
        s->model = keyauth_json_get(booster, "model");
        return 0;
    }

    if (strcmp(name, "dart") == 0 && s->x->dart) {
        s->model = keyauth_json_get(booster, "gbtree.model");
        return 0;
    }

    snprintf(s->err, KEYAUTH_ERROR_MAX, KEYAUTH_XGB_BOOSTER ".name: \"%s\", "
             "and only gbtree and dart are supported",
             keyauth_quote(text, sizeof(text), name, strlen(name)));

    return -1;
}


static int
keyauth_xgb_json_objective(keyauth_xgb_source_t *s)
{
    char         text[32];
    const char  *name;

    name = cJSON_GetStringValue(keyauth_json_get(s->root,
                                                 "learner.objective.name"));
    name = name != NULL ? name : "";

    if (strcmp(name, "multi:softprob") == 0
        || strcmp(name, "multi:softmax") == 0)
    {
        return 0;
    }

    snprintf(s->err, KEYAUTH_ERROR_MAX, "learner.objective.name: \"%s\", and "
             "only multi:softprob and multi:softmax are supported: train with "
             "one of these",
             keyauth_quote(text, sizeof(text), name, strlen(name)));

    return -1;
}


static int
keyauth_xgb_json_shape(keyauth_xgb_source_t *s)
{
    size_t  i;
    double  value;

    const struct {
        const char  *path;
        double       missing;
        double       least;
        double       most;
        const char  *why;
    } shapes[] = {
        { KEYAUTH_XGB_PARAM "num_class", (double) NAN, s->classes, s->classes,
          "users" },
        { KEYAUTH_XGB_PARAM "num_feature", (double) NAN, KEYAUTH_SUMMARY,
          KEYAUTH_SUMMARY, "summary features" },
        { KEYAUTH_XGB_PARAM "num_target", 1, 0, 1, "answers to a row" }
    };

    for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (keyauth_xgb_number(s->root, shapes[i].path, shapes[i].missing,
                               &value, s->err) != 0)
        {
            return -1;
        }

        if (!(value >= shapes[i].least && value <= shapes[i].most)) {
            snprintf(s->err, KEYAUTH_ERROR_MAX, "%s: %.9g %s, and not %.9g",
                     shapes[i].path, value, shapes[i].why, shapes[i].most);
            return -1;
        }
    }

    return 0;
}


/* names may be missing, but where there are any, each is a feature's */
static int
keyauth_xgb_json_features(keyauth_xgb_source_t *s)
{
    int           n;
    char          why[KEYAUTH_ERROR_MAX / 2];
    uint32_t      i;
    const char   *names[KEYAUTH_SUMMARY];
    const cJSON  *item, *list;

    list = keyauth_json_get(s->root, "learner.feature_names");
    n = cJSON_GetArraySize(list);

    if (n == 0 && s->how->features == NULL) {
        for (i = 0; i < KEYAUTH_SUMMARY; i++) {
            s->place[i] = i;
        }

        return 0;
    }

    if (n != KEYAUTH_SUMMARY) {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "learner.feature_names: there are "
                 "%d names, and eight features", n);
        return -1;
    }

    i = 0;

    cJSON_ArrayForEach(item, list) {
        names[i] = cJSON_GetStringValue(item);
        i++;
    }

    if (keyauth_summary_places(s->place, names, s->how->features, why,
                               sizeof(why)) != 0)
    {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "learner.feature_names: %s", why);
        return -1;
    }

    return 0;
}


static int
keyauth_xgb_json_types(keyauth_xgb_source_t *s)
{
    unsigned      i;
    const char   *type;
    const cJSON  *item;

    i = 0;

    cJSON_ArrayForEach(item, keyauth_json_get(s->root,
                                              "learner.feature_types"))
    {
        type = cJSON_GetStringValue(item);

        if (type != NULL && (strcmp(type, "c") == 0
                             || strcmp(type, "categorical") == 0))
        {
            snprintf(s->err, KEYAUTH_ERROR_MAX, "learner.feature_types: "
                     "feature %u is categorical, and features are numbers: "
                     "train without categories", i);
            return -1;
        }

        i++;
    }

    return 0;
}


/* how many trees there are, and how many of these are used */
static int
keyauth_xgb_json_rounds(keyauth_xgb_source_t *s)
{
    double               parallel;
    const cJSON         *begins, *trees;
    keyauth_xgb_json_t  *x;

    x = s->x;
    trees = keyauth_json_get(s->model, "trees");
    begins = keyauth_json_get(s->model, "iteration_indptr");
    x->trees = (uint32_t) cJSON_GetArraySize(trees);

    if (keyauth_xgb_number(s->model, "gbtree_model_param.num_parallel_tree", 1,
                           &parallel, s->err) != 0)
    {
        return -1;
    }

    /* 0 stood for 1 once */

    parallel = parallel == 0 ? 1 : parallel;

    if (!(parallel >= 1 && parallel <= KEYAUTH_XGB_PARALLEL)
        || parallel != floor(parallel))
    {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "num_parallel_tree: %.9g trees a "
                 "class and round, and 1 to %d are supported", parallel,
                 KEYAUTH_XGB_PARALLEL);
        return -1;
    }

    x->parallel = (uint32_t) parallel;
    x->rounds = x->trees / (s->classes * x->parallel);

    if (x->trees == 0
        || cJSON_GetArraySize(keyauth_json_get(s->model, "tree_info"))
           != (int) x->trees
        || (begins == NULL
            && x->trees != x->rounds * s->classes * x->parallel))
    {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "trees: %u of them are not %u a "
                 "class and round", x->trees, x->parallel);
        return -1;
    }

    if (begins != NULL && keyauth_xgb_json_begins(s, begins) != 0) {
        return -1;
    }

    return keyauth_xgb_json_best(s, begins);
}


/* the first tree of each round, then the number of trees */
static int
keyauth_xgb_json_begins(keyauth_xgb_source_t *s, const cJSON *begins)
{
    uint32_t      last, n, tree;
    const cJSON  *item;

    last = 0;
    n = 0;

    cJSON_ArrayForEach(item, begins) {
        if (keyauth_json_whole(item, s->x->trees, &tree) != 0
            || (n == 0 ? tree != 0 : tree <= last))
        {
            break;
        }

        last = tree;
        n++;
    }

    if (item != NULL || last != s->x->trees) {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "iteration_indptr: rounds do not "
                 "share out %u trees", s->x->trees);
        return -1;
    }

    s->x->rounds = n - 1;

    return 0;
}


/* after early stopping, XGBClassifier.predict() ends with the best round */
static int
keyauth_xgb_json_best(keyauth_xgb_source_t *s, const cJSON *begins)
{
    double               best;
    keyauth_xgb_json_t  *x;

    x = s->x;
    x->used = x->rounds;

    if (s->how->all_rounds) {
        return 0;
    }

    if (keyauth_xgb_number(s->root, "learner.attributes.best_iteration",
                           x->rounds - 1, &best, s->err) != 0)
    {
        return -1;
    }

    if (!(best >= 0 && best < x->rounds) || best != floor(best)) {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "learner.attributes."
                 "best_iteration: %.9g, and there are %u rounds; --all-rounds "
                 "uses them all", best, x->rounds);
        return -1;
    }

    x->used = (uint32_t) best + 1;

    if (begins == NULL) {
        x->trees = x->used * s->classes * x->parallel;

    } else if (keyauth_json_whole(cJSON_GetArrayItem(begins, (int) x->used),
                                  x->trees, &x->trees) != 0)
    {
        return -1;
    }

    return 0;
}


static int
keyauth_xgb_json_factors(keyauth_xgb_source_t *s)
{
    int           n;
    const cJSON  *item;

    if (s->factors == NULL) {
        return 0;
    }

    n = 0;

    cJSON_ArrayForEach(item, s->factors) {
        if (!cJSON_IsNumber(item) || !isfinite((float) item->valuedouble)) {
            break;
        }

        n++;
    }

    if (item == NULL
        && n == cJSON_GetArraySize(keyauth_json_get(s->model, "trees")))
    {
        return 0;
    }

    snprintf(s->err, KEYAUTH_ERROR_MAX, KEYAUTH_XGB_BOOSTER ".weight_drop: it "
             "is not a list of one number a tree");

    return -1;
}


static int
keyauth_xgb_json_trees(keyauth_xgb_source_t *s)
{
    int           rc;
    uint32_t      i;
    uint32_t     *count;
    const cJSON  *factor, *info, *tree;

    tree = keyauth_json_get(s->model, "trees")->child;
    info = keyauth_json_get(s->model, "tree_info")->child;
    factor = s->factors != NULL ? s->factors->child : NULL;
    s->x->taken = s->x->trees;
    s->x->tree = keyauth_alloc(s->x->trees, sizeof(*s->x->tree));
    count = keyauth_alloc(s->classes, sizeof(*count));
    rc = 0;

    for (i = 0; rc == 0 && i < s->x->trees; i++) {
        rc = keyauth_xgb_json_tree(s, i, tree, info, factor, count);
        tree = tree->next;
        info = info->next;
        factor = factor != NULL ? factor->next : NULL;
    }

    free(count);

    return rc;
}


/* of the trees of a class, each comes a round after the last */
static int
keyauth_xgb_json_tree(keyauth_xgb_source_t *s, uint32_t which,
    const cJSON *tree, const cJSON *info, const cJSON *factor,
    uint32_t *count)
{
    uint32_t             class;
    keyauth_xgb_tree_t  *t;

    if (keyauth_json_whole(info, s->classes - 1, &class) != 0) {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "tree %u: it is of no class",
                 which);
        return -1;
    }

    if (count[class] >= s->x->trees / s->classes) {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "tree %u: class %u has more trees "
                 "than others, and should have as many", which, class);
        return -1;
    }

    t = &s->x->tree[count[class]++ * s->classes + class];

    if (keyauth_xgb_tree_read(t, tree, which, s->place, s->err) != 0) {
        return -1;
    }

    if (factor != NULL) {
        keyauth_xgb_tree_scale(t, (float) factor->valuedouble);
    }

    return 0;
}


/* "5E-1", or from XGBoost 3.1 on "[5E-1,4E-1,...]" */
static int
keyauth_xgb_json_base(keyauth_xgb_source_t *s)
{
    float       *score;
    uint32_t     i, n;
    const char  *text;

    text = cJSON_GetStringValue(keyauth_json_get(s->root, KEYAUTH_XGB_PARAM
                                                 "base_score"));
    score = keyauth_alloc(s->classes, sizeof(float));
    n = text != NULL ? keyauth_xgb_json_scores(text, score, s->classes) : 0;

    if (n != 1 && n != s->classes) {
        free(score);
        snprintf(s->err, KEYAUTH_ERROR_MAX, KEYAUTH_XGB_PARAM "base_score: "
                 "neither a number nor a list of %u", s->classes);
        return -1;
    }

    s->x->base_score = score[0];

    for (i = 1; i < n; i++) {
        if (score[i] != score[0]) {
            keyauth_xgb_json_leaves(s->x, score, s->classes);
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
