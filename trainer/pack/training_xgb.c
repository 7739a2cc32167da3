/*
 * How XGB is trained and written.
 */


#include <stdlib.h>

#include "pack.h"
#include "train_xgb.h"
#include "trained.h"
#include "training.h"


static int keyauth_training_xgb_train(void *trained,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);
static int keyauth_training_xgb_pack(keyauth_writer_t *w, const void *trained,
    uint32_t classes, char *err);
static void keyauth_training_xgb_card(cJSON *model, const void *trained,
    const keyauth_recipe_t *recipe);
static char *keyauth_training_xgb_text(const void *trained,
    char *const *labels, size_t *len);
static void keyauth_training_xgb_free(void *trained);


const keyauth_training_t  keyauth_training_xgb = {
    sizeof(keyauth_trained_xgb_t),
    1,
    keyauth_training_xgb_train,
    keyauth_training_xgb_pack,
    keyauth_training_xgb_card,
    "xgb.json",
    keyauth_training_xgb_text,
    keyauth_training_xgb_free
};


static int
keyauth_training_xgb_train(void *trained, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    keyauth_trained_xgb_t  *t;

    t = trained;

    return keyauth_train_xgb(&t->model, &t->len, rows, recipe, progress, err);
}


static int
keyauth_training_xgb_pack(keyauth_writer_t *w, const void *trained,
    uint32_t classes, char *err)
{
    const keyauth_trained_xgb_t  *t;

    t = trained;

    return keyauth_pack_xgb(w, t->model, t->len, classes, &t->how, err);
}


static void
keyauth_training_xgb_card(cJSON *model, const void *trained,
    const keyauth_recipe_t *recipe)
{
    (void) trained;

    cJSON_AddStringToObject(model, "kind", "XGBoost multi:softprob, hist");
    cJSON_AddNumberToObject(model, "rounds", recipe->rounds);
    cJSON_AddNumberToObject(model, "max_depth", 6);
    cJSON_AddNumberToObject(model, "eta", 0.3);
    cJSON_AddNumberToObject(model, "lambda", 1);
}


static char *
keyauth_training_xgb_text(const void *trained, char *const *labels,
    size_t *len)
{
    const keyauth_trained_xgb_t  *t;

    (void) labels;
    t = trained;
    *len = t->len;

    return keyauth_xgb_text(t->model, len);
}


static void
keyauth_training_xgb_free(void *trained)
{
    keyauth_trained_xgb_t  *t;

    t = trained;
    free(t->model);
}
