#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <xgboost/c_api.h>

#include "model_card.h"


static cJSON *keyauth_card_object(cJSON *parent, const char *name);
static void keyauth_card_number(cJSON *parent, const char *name, double n);
static void keyauth_card_string(cJSON *parent, const char *name,
    const char *s);
static void keyauth_card_data(cJSON *card, const keyauth_dataset_t *d);
static void keyauth_card_models(cJSON *card, const keyauth_trained_t *t,
    const keyauth_recipe_t *recipe);
static void keyauth_card_fusion(cJSON *models, const keyauth_trained_t *t,
    const keyauth_recipe_t *recipe);
static void keyauth_card_libraries(cJSON *card);
static cJSON *keyauth_card_new(int64_t created);
static char *keyauth_card_text(cJSON *card);


static cJSON *
keyauth_card_object(cJSON *parent, const char *name)
{
    cJSON  *object;

    object = parent != NULL ? cJSON_AddObjectToObject(parent, name)
                            : cJSON_CreateObject();

    if (object == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    return object;
}


static void
keyauth_card_number(cJSON *parent, const char *name, double n)
{
    if (cJSON_AddNumberToObject(parent, name, n) == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }
}


static void
keyauth_card_string(cJSON *parent, const char *name, const char *s)
{
    if (cJSON_AddStringToObject(parent, name, s) == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }
}


static void
keyauth_card_data(cJSON *card, const keyauth_dataset_t *d)
{
    int     i;
    char    digest[65];
    cJSON  *data;

    for (i = 0; i < 32; i++) {
        sprintf(digest + 2 * i, "%02x", d->digest[i]);
    }

    data = keyauth_card_object(card, "data");
    keyauth_card_string(data, "sha256", digest);
    keyauth_card_number(data, "files", d->files);
    keyauth_card_number(data, "forgotten", d->forgotten);
    keyauth_card_number(data, "rows", d->rows);
    keyauth_card_number(data, "users", d->classes);
    keyauth_card_number(data, "keys", d->keys);
}


static void
keyauth_card_models(cJSON *card, const keyauth_trained_t *t,
    const keyauth_recipe_t *recipe)
{
    cJSON  *models, *model;

    models = keyauth_card_object(card, "models");

    if (t->svm.model != NULL) {
        model = keyauth_card_object(models, "SVM");
        keyauth_card_string(model, "kind", "libsvm C-SVC, RBF kernel");
        keyauth_card_number(model, "C", t->svm.parameter.C);
        keyauth_card_number(model, "gamma", t->svm.parameter.gamma);
        keyauth_card_number(model, "eps", t->svm.parameter.eps);
        keyauth_card_number(model, "vectors", t->svm.model->l);
    }

    if (t->rf.head.trees > 0) {
        model = keyauth_card_object(models, "RF");
        keyauth_card_string(model, "kind", "random forest, gini");
        keyauth_card_number(model, "trees", t->rf_recipe.trees);
        keyauth_card_number(model, "max_features", t->rf_recipe.max_features);
        keyauth_card_number(model, "nodes", t->rf.base[t->rf.head.trees]
                                            - t->rf.head.trees);
    }

    if (t->xgb != NULL) {
        model = keyauth_card_object(models, "XGB");
        keyauth_card_string(model, "kind", "XGBoost multi:softprob, hist");
        keyauth_card_number(model, "rounds", recipe->rounds);
        keyauth_card_number(model, "max_depth", 6);
        keyauth_card_number(model, "eta", 0.3);
        keyauth_card_number(model, "lambda", 1);
    }

    if (t->fusion.head.classes > 0) {
        keyauth_card_fusion(models, t, recipe);
    }
}


static void
keyauth_card_fusion(cJSON *models, const keyauth_trained_t *t,
    const keyauth_recipe_t *recipe)
{
    cJSON                        *model;
    const keyauth_fusion_head_t  *h;

    h = &t->fusion.head;
    model = keyauth_card_object(models, "FUSION");
    keyauth_card_string(model, "kind", "extremely randomised trees and "
                        "Parzen densities of the timings");
    keyauth_card_number(model, "trees", recipe->fusion);
    keyauth_card_number(model, "cohorts", h->cohorts);
    keyauth_card_number(model, "trees_power", h->trees_power);
    keyauth_card_number(model, "parzen_power", h->parzen_power);
    keyauth_card_number(model, "floor", h->floor);
    keyauth_card_number(model, "operating_points", t->points.points);
    keyauth_card_number(model, "attempts_measured", t->points.attempts);
}


static void
keyauth_card_libraries(cJSON *card)
{
    int     major, minor, patch;
    char    version[64];
    cJSON  *libraries;

    libraries = keyauth_card_object(card, "libraries");
    snprintf(version, sizeof(version), "%d.%02d", libsvm_version / 100,
             libsvm_version % 100);
    keyauth_card_string(libraries, "libsvm", version);

    XGBoostVersion(&major, &minor, &patch);
    snprintf(version, sizeof(version), "%d.%d.%d", major, minor, patch);
    keyauth_card_string(libraries, "xgboost", version);
}


static cJSON *
keyauth_card_new(int64_t created)
{
    char        when[32];
    cJSON      *card;
    time_t      seconds;
    struct tm   tm;

    seconds = (time_t) created;

    if (gmtime_r(&seconds, &tm) == NULL
        || strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
    {
        strcpy(when, "unknown");
    }

    card = keyauth_card_object(NULL, NULL);
    keyauth_card_string(card, "keyauth", KEYAUTH_VERSION);
    keyauth_card_string(card, "created", when);

    return card;
}


static char *
keyauth_card_text(cJSON *card)
{
    char  *text;

    text = cJSON_Print(card);
    cJSON_Delete(card);

    if (text == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    return text;
}


char *
keyauth_card(const keyauth_dataset_t *d, const keyauth_trained_t *t,
    const keyauth_recipe_t *recipe, const keyauth_figures_t *f,
    int64_t created)
{
    cJSON  *card;

    card = keyauth_card_new(created);
    keyauth_card_data(card, d);
    keyauth_card_number(card, "seed", (double) recipe->seed);
    keyauth_card_models(card, t, recipe);
    keyauth_card_libraries(card);

    if (f != NULL) {
        cJSON_AddItemToObject(card, "accuracy", keyauth_figures_json(f, 0));
    }

    return keyauth_card_text(card);
}


char *
keyauth_card_imported(const keyauth_dataset_t *d,
    const keyauth_origin_t *origins, int64_t created)
{
    int                      i, k;
    char                     digest[65];
    cJSON                   *card, *data, *model, *models;
    const keyauth_origin_t  *o;

    card = keyauth_card_new(created);
    data = keyauth_card_object(card, "data");
    keyauth_card_number(data, "users", d->classes);
    keyauth_card_number(data, "keys", d->keys);
    models = keyauth_card_object(card, "models");

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        o = &origins[i];

        if (o->kind[0] == '\0') {
            continue;
        }

        for (k = 0; k < 32; k++) {
            sprintf(digest + 2 * k, "%02x", o->digest[k]);
        }

        model = keyauth_card_object(models, keyauth_kinds[i]->name);
        keyauth_card_string(model, "kind", o->kind);
        keyauth_card_string(model, "imported", digest);
    }

    return keyauth_card_text(card);
}
