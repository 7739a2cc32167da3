/*
 * The model card: see model_card.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <xgboost/c_api.h>

#include "model_card.h"


static cJSON *keyauth_model_card_object(cJSON *parent, const char *name);
static void keyauth_model_card_number(cJSON *parent, const char *name,
    double n);
static void keyauth_model_card_string(cJSON *parent, const char *name,
    const char *s);
static void keyauth_model_card_data(cJSON *card, const keyauth_dataset_t *d);
static void keyauth_model_card_models(cJSON *card, const keyauth_trained_t *t,
    const keyauth_recipe_t *recipe);
static cJSON *keyauth_model_card_kind(cJSON *models, keyauth_model_e i);
static void keyauth_model_card_libraries(cJSON *card);
static cJSON *keyauth_model_card_new(int64_t created);
static char *keyauth_model_card_text(cJSON *card);


static cJSON *
keyauth_model_card_object(cJSON *parent, const char *name)
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
keyauth_model_card_number(cJSON *parent, const char *name, double n)
{
    if (cJSON_AddNumberToObject(parent, name, n) == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }
}


static void
keyauth_model_card_string(cJSON *parent, const char *name, const char *s)
{
    if (cJSON_AddStringToObject(parent, name, s) == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }
}


static void
keyauth_model_card_data(cJSON *card, const keyauth_dataset_t *d)
{
    int     i;
    char    digest[65];
    cJSON  *data;

    for (i = 0; i < 32; i++) {
        sprintf(digest + 2 * i, "%02x", d->digest[i]);
    }

    data = keyauth_model_card_object(card, "data");
    keyauth_model_card_string(data, "sha256", digest);
    keyauth_model_card_number(data, "files", d->files);
    keyauth_model_card_number(data, "forgotten", d->forgotten);
    keyauth_model_card_number(data, "rows", d->rows);
    keyauth_model_card_number(data, "users", d->classes);
    keyauth_model_card_number(data, "keys", d->keys);
}


static void
keyauth_model_card_models(cJSON *card, const keyauth_trained_t *t,
    const keyauth_recipe_t *recipe)
{
    cJSON            *models;
    keyauth_model_e   i;

    models = keyauth_model_card_object(card, "models");

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        if (t->of[i] != NULL) {
            keyauth_trainings[i]->card(keyauth_model_card_kind(models, i),
                                       t->of[i], recipe);
        }
    }
}


/* a model's object, with what it predicts from */
static cJSON *
keyauth_model_card_kind(cJSON *models, keyauth_model_e i)
{
    cJSON  *model;

    model = keyauth_model_card_object(models, keyauth_kinds[i]->name);
    keyauth_model_card_string(model, "input",
                              keyauth_kinds[i]->input == KEYAUTH_INPUT_TIMINGS
                              ? "timings" : "summary");

    return model;
}


static void
keyauth_model_card_libraries(cJSON *card)
{
    int     major, minor, patch;
    char    version[64];
    cJSON  *libraries;

    libraries = keyauth_model_card_object(card, "libraries");
    snprintf(version, sizeof(version), "%d.%02d", libsvm_version / 100,
             libsvm_version % 100);
    keyauth_model_card_string(libraries, "libsvm", version);

    XGBoostVersion(&major, &minor, &patch);
    snprintf(version, sizeof(version), "%d.%d.%d", major, minor, patch);
    keyauth_model_card_string(libraries, "xgboost", version);
}


static cJSON *
keyauth_model_card_new(int64_t created)
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

    card = keyauth_model_card_object(NULL, NULL);
    keyauth_model_card_string(card, "keyauth", KEYAUTH_VERSION);
    keyauth_model_card_string(card, "created", when);

    return card;
}


static char *
keyauth_model_card_text(cJSON *card)
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
keyauth_model_card(const keyauth_dataset_t *d, const keyauth_trained_t *t,
    const keyauth_recipe_t *recipe, const keyauth_report_t *r, int64_t created)
{
    cJSON  *card;

    card = keyauth_model_card_new(created);
    keyauth_model_card_data(card, d);
    keyauth_model_card_number(card, "seed", (double) recipe->seed);
    keyauth_model_card_models(card, t, recipe);
    keyauth_model_card_libraries(card);

    if (r != NULL) {
        cJSON_AddItemToObject(card, "accuracy", keyauth_report_json(r, 0));
    }

    return keyauth_model_card_text(card);
}


char *
keyauth_model_card_imported(const keyauth_dataset_t *d,
    const keyauth_origin_t *origins, int64_t created)
{
    int                      k;
    char                     digest[65];
    cJSON                   *card, *data, *model, *models;
    keyauth_model_e          i;
    const keyauth_origin_t  *o;

    card = keyauth_model_card_new(created);
    data = keyauth_model_card_object(card, "data");
    keyauth_model_card_number(data, "users", d->classes);
    keyauth_model_card_number(data, "keys", d->keys);
    models = keyauth_model_card_object(card, "models");

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        o = &origins[i];

        if (o->kind[0] == '\0') {
            continue;
        }

        for (k = 0; k < 32; k++) {
            sprintf(digest + 2 * k, "%02x", o->digest[k]);
        }

        model = keyauth_model_card_kind(models, i);
        keyauth_model_card_string(model, "kind", o->kind);
        keyauth_model_card_string(model, "imported", digest);
    }

    return keyauth_model_card_text(card);
}
