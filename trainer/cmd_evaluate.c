#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "command.h"
#include "evaluate.h"


typedef struct {
    const char        *data;
    keyauth_recipe_t   recipe;
    uint64_t           folds;
    unsigned           models;
    unsigned           json:1;
    unsigned           quiet:1;
} keyauth_evaluate_options_t;


static int keyauth_run_evaluate(int argc, char **argv);
static int keyauth_evaluate_option(int c, keyauth_evaluate_options_t *o);
static int keyauth_evaluate_models(const char *names, unsigned *models);
static int keyauth_evaluate_data(const keyauth_evaluate_options_t *o,
    char *err);
static void keyauth_evaluate_text(const keyauth_evaluation_t *v,
    unsigned models);
static void keyauth_evaluate_table(const keyauth_fold_t *fold,
    unsigned models);
static int keyauth_evaluate_json(const keyauth_evaluation_t *v,
    const keyauth_dataset_t *d, const keyauth_evaluate_options_t *o);
static cJSON *keyauth_evaluate_object(const keyauth_fold_t *fold,
    unsigned models);


static const struct option keyauth_evaluate_options[] = {
    { "data", required_argument, NULL, 'd' },
    { "seed", required_argument, NULL, 's' },
    { "folds", required_argument, NULL, 'f' },
    { "with", required_argument, NULL, 'w' },
    { "json", no_argument, NULL, 'j' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_evaluate = {
    "evaluate",
    "measures the models on rows they have not seen",
    "Usage: keyauth evaluate --data FILE [OPTION]...\n"
    "Trains as `keyauth train` does, but not on all rows, and counts how\n"
    "often the others are recognised: by each model's answer (top-1) and by\n"
    "its first five (top-5).\n"
    "\n"
    "  leave one repetition out  each repetition is tested by models that\n"
    "                            were trained on all the others\n"
    "  chronological             trained on the first three quarters of each\n"
    "                            user's rows, tested on the rest\n"
    "\n"
    "      --data FILE   the timings: user, press-0, release-0, press-1, ...\n"
    "      --seed N      seeds the random parts (default 1)\n"
    "      --folds N     at most so many folds, 2 to 1000 (default 10); with\n"
    "                    more repetitions, fold k tests the k-th of every N\n"
    "      --with MODEL  SVM, RF, XGB or FUSION, or some of them: SVM,RF\n"
    "      --json        writes JSON, with each fold's counts\n"
    "      --quiet       shows no progress\n"
    "  -h, --help        prints this help\n"
    "      --version     prints the version\n",
    keyauth_evaluate_options,
    keyauth_run_evaluate
};


static int
keyauth_run_evaluate(int argc, char **argv)
{
    int                          c;
    char                         err[KEYAUTH_ERROR_MAX];
    keyauth_evaluate_options_t   o;

    memset(&o, 0, sizeof(keyauth_evaluate_options_t));
    o.recipe.seed = KEYAUTH_TRAIN_SEED;
    o.recipe.trees = KEYAUTH_TRAIN_TREES;
    o.recipe.rounds = KEYAUTH_TRAIN_ROUNDS;
    o.recipe.fusion = KEYAUTH_TRAIN_FUSION;
    o.folds = KEYAUTH_EVALUATE_FOLDS;
    o.models = (1u << KEYAUTH_MODELS) - 1;

    while ((c = keyauth_option(&keyauth_command_evaluate, argc, argv)) != -1)
    {
        if (c == '?' || keyauth_evaluate_option(c, &o) != 0) {
            return KEYAUTH_USAGE;
        }
    }

    if (o.data == NULL || optind < argc) {
        return keyauth_usage(&keyauth_command_evaluate, "--data is needed, "
                             "and no other file");
    }

    if (keyauth_evaluate_data(&o, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return KEYAUTH_OK;
}


static int
keyauth_evaluate_option(int c, keyauth_evaluate_options_t *o)
{
    switch (c) {

    case 'd':
        o->data = optarg;
        return 0;

    case 'f':
        return keyauth_option_number(&keyauth_command_evaluate, "folds",
                                     optarg, 2, 1000, &o->folds);

    case 's':
        return keyauth_option_number(&keyauth_command_evaluate, "seed",
                                     optarg, 0, KEYAUTH_SEED_MAX,
                                     &o->recipe.seed);

    case 'w':
        return keyauth_evaluate_models(optarg, &o->models);

    case 'j':
        o->json = 1;
        return 0;

    default:
        o->quiet = 1;
        return 0;
    }
}


static int
keyauth_evaluate_models(const char *names, unsigned *models)
{
    int          model;
    size_t       len;
    const char  *p;

    *models = 0;

    for (p = names; /* void */ ; p += len + 1) {
        len = strcspn(p, ",");
        model = keyauth_model_named(p, len);

        if (model < 0) {
            keyauth_usage(&keyauth_command_evaluate,
                          "--with takes SVM, RF, XGB and FUSION");
            return -1;
        }

        *models |= 1u << model;

        if (p[len] == '\0') {
            return 0;
        }
    }
}


static int
keyauth_evaluate_data(const keyauth_evaluate_options_t *o, char *err)
{
    int                    rc;
    char                   what[64];
    keyauth_dataset_t      d;
    keyauth_progress_t     progress;
    keyauth_evaluation_t   v;

    if (keyauth_dataset_read(&d, o->data, err) != 0) {
        return -1;
    }

    keyauth_progress_init(&progress, o->quiet);
    keyauth_progress_start(&progress, "Folds",
                           (unsigned) (d.repetitions < o->folds
                                       ? d.repetitions : o->folds) + 1);
    rc = keyauth_evaluate(&v, &d, &o->recipe, o->models, (uint32_t) o->folds,
                          &progress, err);

    if (rc == 0) {
        snprintf(what, sizeof(what), "%u and the chronological one",
                 (unsigned) v.folds);
        keyauth_progress_end(&progress, what);

        if (o->json) {
            rc = keyauth_evaluate_json(&v, &d, o);

        } else {
            keyauth_evaluate_text(&v, o->models);
        }

        if (rc != 0) {
            snprintf(err, KEYAUTH_ERROR_MAX, "out of memory");
        }
    }

    keyauth_evaluation_free(&v);
    keyauth_dataset_free(&d);

    return rc;
}


static void
keyauth_evaluate_text(const keyauth_evaluation_t *v, unsigned models)
{
    printf("Leave one repetition out: %u folds, %u tests\n",
           (unsigned) v->folds, (unsigned) v->sum.tests);
    keyauth_evaluate_table(&v->sum, models);
    printf("\nChronological, first three quarters and the rest: %u tests\n",
           (unsigned) v->chrono.tests);
    keyauth_evaluate_table(&v->chrono, models);
}


static void
keyauth_evaluate_table(const keyauth_fold_t *fold, unsigned models)
{
    keyauth_model_e  model;

    printf("            top-1    top-5\n");

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        if (models & 1u << model) {
            printf("  %-6s  %5.1f %%  %5.1f %%\n", keyauth_model_names[model],
                   100.0 * fold->top1[model] / fold->tests,
                   100.0 * fold->top5[model] / fold->tests);
        }
    }
}


static int
keyauth_evaluate_json(const keyauth_evaluation_t *v,
    const keyauth_dataset_t *d, const keyauth_evaluate_options_t *o)
{
    int        ok;
    char      *text;
    cJSON     *chrono, *data, *fold, *folds, *json, *loro;
    uint32_t   k;

    json = cJSON_CreateObject();
    data = cJSON_AddObjectToObject(json, "data");
    ok = cJSON_AddNumberToObject(data, "rows", d->rows)
         && cJSON_AddNumberToObject(data, "users", d->classes)
         && cJSON_AddNumberToObject(data, "keys", d->keys)
         && cJSON_AddNumberToObject(json, "seed", (double) o->recipe.seed);

    loro = keyauth_evaluate_object(&v->sum, o->models);
    ok = ok && cJSON_AddItemToObject(json, "leave_one_repetition_out", loro);
    folds = cJSON_AddArrayToObject(loro, "folds");

    for (k = 0; k < v->folds; k++) {
        fold = keyauth_evaluate_object(&v->fold[k], o->models);
        ok = ok && cJSON_AddItemToArray(folds, fold);
    }

    chrono = keyauth_evaluate_object(&v->chrono, o->models);
    ok = ok && cJSON_AddItemToObject(json, "chronological", chrono);
    text = ok ? cJSON_Print(json) : NULL;
    cJSON_Delete(json);

    if (text == NULL) {
        return -1;
    }

    puts(text);
    cJSON_free(text);

    return 0;
}


/* counts, and the shares that they are of the tests */
static cJSON *
keyauth_evaluate_object(const keyauth_fold_t *fold, unsigned models)
{
    cJSON            *json, *object;
    const char       *name;
    keyauth_model_e   model;

    json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "tests", fold->tests);

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        if (!(models & 1u << model)) {
            continue;
        }

        name = keyauth_model_names[model];
        object = cJSON_AddObjectToObject(json, name);
        cJSON_AddNumberToObject(object, "hits", fold->top1[model]);
        cJSON_AddNumberToObject(object, "hits5", fold->top5[model]);
        cJSON_AddNumberToObject(object, "top1",
                                (double) fold->top1[model] / fold->tests);

        if (cJSON_AddNumberToObject(object, "top5", (double) fold->top5[model]
                                                    / fold->tests) == NULL)
        {
            cJSON_Delete(json);
            return NULL;
        }
    }

    return json;
}
