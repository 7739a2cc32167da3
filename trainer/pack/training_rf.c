/*
 * How RF is trained and written.
 */


#include <stdio.h>

#include "trained.h"
#include "training.h"


static int keyauth_training_rf_train(void *trained,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);
static int keyauth_training_rf_pack(keyauth_writer_t *w, const void *trained,
    uint32_t classes, char *err);
static void keyauth_training_rf_card(cJSON *model, const void *trained,
    const keyauth_recipe_t *recipe);
static char *keyauth_training_rf_text(const void *trained,
    char *const *labels, size_t *len);
static void keyauth_training_rf_free(void *trained);


const keyauth_training_t  keyauth_training_rf = {
    sizeof(keyauth_trained_rf_t),
    4,
    keyauth_training_rf_train,
    keyauth_training_rf_pack,
    keyauth_training_rf_card,
    "rf.json",
    keyauth_training_rf_text,
    keyauth_training_rf_free
};


static int
keyauth_training_rf_train(void *trained, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    int                    rc;
    char                   what[64];
    keyauth_samples_t      samples;
    keyauth_trained_rf_t  *t;

    t = trained;
    t->recipe.trees = recipe->trees;
    t->recipe.max_features = 2;         /* floor(sqrt(KEYAUTH_SUMMARY)) */
    t->recipe.seed = recipe->seed;
    t->recipe.bootstrap = 1;

    samples.x = rows->xf;
    samples.class = rows->class;
    samples.rows = rows->rows;
    samples.features = KEYAUTH_SUMMARY;
    samples.classes = rows->classes;

    if (progress != NULL) {
        keyauth_progress_start(progress, "RF", t->recipe.trees);
    }

    rc = keyauth_forest_grow(&t->grown, &samples, &t->recipe, progress, err);

    if (progress != NULL && rc == 0) {
        snprintf(what, sizeof(what), "%u trees", (unsigned) t->recipe.trees);
        keyauth_progress_end(progress, what);
    }

    return rc;
}


static int
keyauth_training_rf_pack(keyauth_writer_t *w, const void *trained,
    uint32_t classes, char *err)
{
    const keyauth_trained_rf_t  *t;

    (void) classes;
    t = trained;

    return keyauth_forest_pack(w, "rf", &t->grown, err);
}


static void
keyauth_training_rf_card(cJSON *model, const void *trained,
    const keyauth_recipe_t *recipe)
{
    const keyauth_grown_t       *g;
    const keyauth_trained_rf_t  *t;

    (void) recipe;
    t = trained;
    g = &t->grown;

    cJSON_AddStringToObject(model, "kind", "random forest, gini");
    cJSON_AddNumberToObject(model, "trees", t->recipe.trees);
    cJSON_AddNumberToObject(model, "max_features", t->recipe.max_features);
    cJSON_AddNumberToObject(model, "nodes",
                            g->base[g->head.trees] - g->head.trees);
}


static char *
keyauth_training_rf_text(const void *trained, char *const *labels,
    size_t *len)
{
    const keyauth_trained_rf_t  *t;

    t = trained;

    return keyauth_forest_json(&t->grown, &t->recipe, labels, len);
}


static void
keyauth_training_rf_free(void *trained)
{
    keyauth_trained_rf_t  *t;

    t = trained;
    keyauth_forest_free(&t->grown);
}
