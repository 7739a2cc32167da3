/*
 * keyauth evaluate: how well a recipe does on a data set.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "command.h"
#include "live_figures_write.h"
#include "page.h"
#include "reading_options.h"
#include "report.h"


typedef struct {
    keyauth_sources_t  sources;
    const char        *report;
    keyauth_recipe_t   recipe;
    uint64_t           folds;
    unsigned           models;
    unsigned           full:1;
    unsigned           live:1;
    unsigned           json:1;
    unsigned           quiet:1;
} keyauth_evaluate_options_t;


static int keyauth_run_evaluate(int argc, char **argv);
static int keyauth_evaluate_option(int c, keyauth_evaluate_options_t *o);
static int keyauth_evaluate_data(const keyauth_evaluate_options_t *o,
    char *err);
static int keyauth_evaluate_live(const keyauth_evaluate_options_t *o,
    const keyauth_dataset_t *d, keyauth_progress_t *progress, char *err);
static int keyauth_evaluate_print(const keyauth_report_t *r,
    const keyauth_dataset_t *d, const keyauth_evaluate_options_t *o,
    char *err);
static int keyauth_evaluate_text(const cJSON *json, char *err);
static cJSON *keyauth_evaluate_json(const keyauth_report_t *r,
    const keyauth_dataset_t *d);


static const struct option keyauth_evaluate_options[] = {
    { "data", required_argument, NULL, 'd' },
    { "seed", required_argument, NULL, 's' },
    { "folds", required_argument, NULL, 'f' },
    { "with", required_argument, NULL, 'w' },
    { "full", no_argument, NULL, 'F' },
    { "live", no_argument, NULL, 'l' },
    { "json", no_argument, NULL, 'j' },
    { "report", required_argument, NULL, 'r' },
    { "min-rows", required_argument, NULL, KEYAUTH_OPTION_MIN_ROWS },
    { "threads", required_argument, NULL, KEYAUTH_OPTION_THREADS },
    KEYAUTH_READING_OPTIONS,
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_evaluate = {
    "evaluate",
    "measures the models on rows that were not trained on",
    "Usage: keyauth evaluate --data FILE [OPTION]...\n"
    "Trains as `keyauth train` does on some rows, and tests the others:\n"
    "how often the answer is right (top-1), or one of the first five\n"
    "(top-5), with intervals of 95 % by bootstrap over users; how well\n"
    "scores are calibrated (ECE), beside what perfect ones would have by\n"
    "chance; and how well claims are verified.\n"
    "\n"
    "  leave one repetition out  each repetition is tested by models that\n"
    "                            were trained on all the others\n"
    "  chronological             trained on the first three quarters of each\n"
    "                            user's rows, tested on the rest\n"
    "\n"
    "      --data FILE   the timings: user, press-0, release-0, press-1, ...\n"
    "      --seed N      the seed of random numbers (default 1)\n"
    "      --folds N     at most so many folds, 2 to 1000 (default 10); with\n"
    "                    more repetitions, fold k tests the k-th of every N\n"
    "      --with MODEL  only some of the models, with commas between:\n"
    "                   " KEYAUTH_KIND_NAMES "\n"
    "      --json        writes JSON, with each fold's counts\n"
    "      --full        FUSION too with fewer users, with fewer rows of each\n"
    "                    and on a clock of 16 ms; takes a minute\n"
    "      --live        measures LIVE instead: people who enrol themselves,\n"
    "                    by templates of their first rows and of what these\n"
    "                    learn, in the rows' order, attacked and not\n"
    "      --report DIR  writes DIR/index.html, a page that shows all of it,\n"
    "                    with users who are confused; --full is implied\n"
    "      --quiet       prints no progress\n"
    "      --min-rows N  omits users with fewer rows, and lists them\n"
    "      --threads N   threads (default: one a core)\n"
    "  -h, --help        prints this help\n"
    "      --version     prints the version\n"
    KEYAUTH_READING_USAGE,
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
    o.sources.paths = 1;
    o.recipe.seed = KEYAUTH_TRAIN_SEED;
    o.recipe.trees = KEYAUTH_TRAIN_TREES;
    o.recipe.rounds = KEYAUTH_TRAIN_ROUNDS;
    o.recipe.fusion = KEYAUTH_TRAIN_FUSION;
    o.folds = KEYAUTH_EVALUATE_FOLDS;
    o.models = KEYAUTH_ALL_MODELS;

    while ((c = keyauth_option(&keyauth_command_evaluate, argc, argv)) != -1)
    {
        if (c == '?' || keyauth_evaluate_option(c, &o) != 0) {
            return KEYAUTH_USAGE;
        }
    }

    if (o.sources.path[0] == NULL || optind < argc) {
        return keyauth_usage(&keyauth_command_evaluate, "--data is required, "
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
    int  rc;

    rc = keyauth_reading_option(&keyauth_command_evaluate, c,
                                &o->sources.reading);

    if (rc <= 0) {
        return rc;
    }

    switch (c) {

    case 'd':
        o->sources.path[0] = optarg;
        return 0;

    case 'f':
        return keyauth_option_number(&keyauth_command_evaluate, "folds",
                                     optarg, 2, 1000, &o->folds);

    case 's':
        return keyauth_option_number(&keyauth_command_evaluate, "seed",
                                     optarg, 0, KEYAUTH_SEED_MAX,
                                     &o->recipe.seed);

    case 'w':
        return keyauth_option_models(&keyauth_command_evaluate, "with", optarg,
                                     &o->models);

    case 'l':
        o->live = 1;
        return 0;

    case 'F':
        o->full = 1;
        return 0;

    case 'r':
        o->report = optarg;
        o->full = 1;
        return 0;

    case 'j':
        o->json = 1;
        return 0;

    default:
        o->quiet = 1;
        return 0;
    }
}


static int
keyauth_evaluate_data(const keyauth_evaluate_options_t *o, char *err)
{
    int                 rc;
    keyauth_report_t    r;
    keyauth_dataset_t   d;
    keyauth_progress_t  progress;

    if (keyauth_dataset_read_sources(&d, &o->sources, err) != 0) {
        return -1;
    }

    keyauth_notes_say(&d.notes);

    keyauth_progress_init(&progress, o->quiet);

    if (o->live) {
        rc = keyauth_evaluate_live(o, &d, &progress, err);
        keyauth_dataset_free(&d);
        return rc;
    }

    rc = keyauth_report(&r, &d, &o->recipe, o->models, (uint32_t) o->folds,
                        o->full, &progress, err);

    if (rc == 0) {
        rc = keyauth_evaluate_print(&r, &d, o, err);
    }

    keyauth_report_free(&r);
    keyauth_dataset_free(&d);

    return rc;
}


static int
keyauth_evaluate_live(const keyauth_evaluate_options_t *o,
    const keyauth_dataset_t *d, keyauth_progress_t *progress, char *err)
{
    int                      rc;
    cJSON                   *json;
    keyauth_live_figures_t   f;

    keyauth_live_figures(&f, d, o->recipe.seed, progress);

    if (f.trials == 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "LIVE is measured on %d users with "
                 "three rows or more: the data set has fewer",
                 KEYAUTH_LIVE_FIGURES_LEAST);
        return -1;
    }

    if (!o->json) {
        keyauth_live_figures_text(&f);
        return 0;
    }

    json = keyauth_live_figures_json(&f);
    rc = keyauth_evaluate_text(json, err);
    cJSON_Delete(json);

    return rc;
}


static int
keyauth_evaluate_print(const keyauth_report_t *r, const keyauth_dataset_t *d,
    const keyauth_evaluate_options_t *o, char *err)
{
    int     rc;
    cJSON  *json;

    rc = 0;
    json = keyauth_evaluate_json(r, d);

    if (o->json) {
        rc = keyauth_evaluate_text(json, err);

    } else {
        keyauth_report_text(r);
    }

    if (rc == 0 && o->report != NULL) {
        rc = keyauth_page_write(json, o->report, err);
    }

    cJSON_Delete(json);

    return rc;
}


static int
keyauth_evaluate_text(const cJSON *json, char *err)
{
    char  *text;

    text = cJSON_Print(json);

    if (text == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "out of memory");
        return -1;
    }

    puts(text);
    cJSON_free(text);

    return 0;
}


static cJSON *
keyauth_evaluate_json(const keyauth_report_t *r, const keyauth_dataset_t *d)
{
    char      digest[65];
    cJSON    *data, *json;
    unsigned  i;

    json = keyauth_report_json(r, 1);
    data = cJSON_AddObjectToObject(json, "data");
    cJSON_AddNumberToObject(data, "rows", d->rows);
    cJSON_AddNumberToObject(data, "users", d->classes);
    cJSON_AddNumberToObject(data, "keys", d->keys);

    for (i = 0; i < sizeof(d->digest); i++) {
        snprintf(digest + 2 * i, 3, "%02x", d->digest[i]);
    }

    cJSON_AddStringToObject(data, "sha256", digest);
    cJSON_AddNumberToObject(json, "seed", (double) r->seed);

    if (r->models & 1u << KEYAUTH_FUSION) {
        keyauth_people(json, d, r->accuracy.answer, r->seed);
    }

    return json;
}
