/*
 * How SVM is trained and written.
 */


#include "pack.h"
#include "train_svm.h"
#include "training.h"


static int keyauth_training_svm_train(void *trained,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);
static int keyauth_training_svm_pack(keyauth_writer_t *w, const void *trained,
    uint32_t classes, char *err);
static void keyauth_training_svm_card(cJSON *model, const void *trained,
    const keyauth_recipe_t *recipe);
static char *keyauth_training_svm_text(const void *trained,
    char *const *labels, size_t *len);
static void keyauth_training_svm_free(void *trained);


const keyauth_training_t  keyauth_training_svm = {
    sizeof(keyauth_trained_svm_t),
    3,
    keyauth_training_svm_train,
    keyauth_training_svm_pack,
    keyauth_training_svm_card,
    "svm.model",
    keyauth_training_svm_text,
    keyauth_training_svm_free
};


static int
keyauth_training_svm_train(void *trained, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    (void) recipe;

    return keyauth_train_svm(trained, rows, progress, err);
}


static int
keyauth_training_svm_pack(keyauth_writer_t *w, const void *trained,
    uint32_t classes, char *err)
{
    const keyauth_trained_svm_t  *t;

    (void) classes;
    t = trained;

    return keyauth_pack_svm(w, t->model, err);
}


static void
keyauth_training_svm_card(cJSON *model, const void *trained,
    const keyauth_recipe_t *recipe)
{
    const keyauth_trained_svm_t  *t;

    (void) recipe;
    t = trained;

    cJSON_AddStringToObject(model, "kind", "libsvm C-SVC, RBF kernel");
    cJSON_AddNumberToObject(model, "C", t->parameter.C);
    cJSON_AddNumberToObject(model, "gamma", t->parameter.gamma);
    cJSON_AddNumberToObject(model, "eps", t->parameter.eps);
    cJSON_AddNumberToObject(model, "vectors", t->model->l);
}


static char *
keyauth_training_svm_text(const void *trained, char *const *labels,
    size_t *len)
{
    const keyauth_trained_svm_t  *t;

    (void) labels;
    t = trained;

    return keyauth_svm_text(t->model, len);
}


static void
keyauth_training_svm_free(void *trained)
{
    keyauth_trained_svm_free(trained);
}
