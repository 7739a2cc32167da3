/*
 * keyauth train: trains the models, and writes their files.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "command.h"
#include "model_card.h"
#include "reading_options.h"




typedef struct {
    keyauth_sources_t  sources;
    const char        *out;
    keyauth_recipe_t   recipe;
    int64_t            created;
    unsigned           models;
    unsigned           evaluate:1;
    unsigned           quiet:1;
} keyauth_train_options_t;


static int keyauth_run_train(int argc, char **argv);
static int keyauth_train_option(int c, keyauth_train_options_t *o);
static int keyauth_train_more(const char *name, const char **list,
    uint32_t *n);
static int keyauth_train_data(const keyauth_train_options_t *o, char *err);
static int keyauth_train_models(const keyauth_train_options_t *o,
    const keyauth_dataset_t *d, keyauth_progress_t *progress, char *err);
static int keyauth_train_file(const keyauth_train_options_t *o,
    const keyauth_dataset_t *d, const keyauth_trained_t *t,
    keyauth_progress_t *progress, char *err);
static char *keyauth_train_card(const keyauth_train_options_t *o,
    const keyauth_dataset_t *d, const keyauth_trained_t *t,
    keyauth_progress_t *progress, char *err);
static int keyauth_train_write(const char *out, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const keyauth_image_t *image, char *err);
static int keyauth_train_save(const char *out, const char *name,
    const void *data, size_t size, char *err);


static const struct option keyauth_train_options[] = {
    { "data", required_argument, NULL, 'd' },
    { "append", required_argument, NULL, 'a' },
    { "forget", required_argument, NULL, 'f' },
    { "models", required_argument, NULL, 'm' },
    { "out", required_argument, NULL, 'o' },
    { "seed", required_argument, NULL, 's' },
    { "evaluate", no_argument, NULL, 'e' },
    { "min-rows", required_argument, NULL, KEYAUTH_OPTION_MIN_ROWS },
    { "threads", required_argument, NULL, KEYAUTH_OPTION_THREADS },
    KEYAUTH_READING_OPTIONS,
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_train = {
    "train",
    "trains the models on a CSV file of timings",
    "Usage: keyauth train --data FILE --out DIR [OPTION]...\n"
    "Trains the models on all rows of a CSV file, and writes\n"
    "DIR/keyauth.model, and beside it svm.model, xgb.json and rf.json.\n"
    "\n"
    "      --data FILE  the timings: user, press-0, release-0, press-1, ...\n"
    "      --out DIR    the folder to write; created if missing\n"
    "      --append FILE\n"
    "                   more rows of the same string: of new users, and after\n"
    "                   the rows of existing users; may be repeated\n"
    "      --forget USER\n"
    "                   omits a user's rows, so that nothing of them is in\n"
    "                   the files written; may be repeated\n"
    "      --min-rows N\n"
    "                   omits users with fewer rows, and lists them\n"
    "      --threads N  threads (default: one a core); the files written\n"
    "                   do not depend on it\n"
    "      --models M   only some of the models, with commas between:\n"
    "                  " KEYAUTH_KIND_NAMES "\n"
    "      --seed N     the seed of random numbers (default 1)\n"
    "      --evaluate   also evaluates, as `keyauth evaluate` does, and\n"
    "                   writes the figures into the model card\n"
    "      --quiet      prints no progress\n"
    "  -h, --help       prints this help\n"
    "      --version    prints the version\n"
    KEYAUTH_READING_USAGE
    "\n"
    "The same data, seed and libraries give the same bytes; the time in the\n"
    "file is SOURCE_DATE_EPOCH where that is set.\n",
    keyauth_train_options,
    keyauth_run_train
};


static int
keyauth_run_train(int argc, char **argv)
{
    int                       c;
    char                      err[KEYAUTH_ERROR_MAX];
    keyauth_train_options_t   o;

    memset(&o, 0, sizeof(keyauth_train_options_t));
    o.sources.paths = 1;
    o.models = KEYAUTH_ALL_MODELS;
    o.recipe.seed = KEYAUTH_TRAIN_SEED;
    o.recipe.trees = KEYAUTH_TRAIN_TREES;
    o.recipe.rounds = KEYAUTH_TRAIN_ROUNDS;
    o.recipe.fusion = KEYAUTH_TRAIN_FUSION;

    while ((c = keyauth_option(&keyauth_command_train, argc, argv)) != -1) {
        if (c == '?' || keyauth_train_option(c, &o) != 0) {
            return KEYAUTH_USAGE;
        }
    }

    if (o.sources.path[0] == NULL || o.out == NULL || optind < argc) {
        return keyauth_usage(&keyauth_command_train, "--data and --out are "
                             "required, and no other file");
    }

    if (keyauth_created(&o.created) != 0) {
        return KEYAUTH_FAILURE;
    }

    if (keyauth_train_data(&o, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return KEYAUTH_OK;
}


static int
keyauth_train_option(int c, keyauth_train_options_t *o)
{
    int  rc;

    rc = keyauth_reading_option(&keyauth_command_train, c,
                                &o->sources.reading);

    if (rc <= 0) {
        return rc;
    }

    switch (c) {

    case 'd':
        o->sources.path[0] = optarg;
        return 0;

    case 'a':
        return keyauth_train_more("append", o->sources.path,
                                  &o->sources.paths);

    case 'f':
        return keyauth_train_more("forget", o->sources.forget,
                                  &o->sources.forgets);

    case 'm':
        if (keyauth_option_models(&keyauth_command_train, "models", optarg,
                                  &o->models) != 0)
        {
            return -1;
        }

        o->recipe.without = KEYAUTH_ALL_MODELS & ~o->models;
        return 0;

    case 'o':
        o->out = optarg;
        return 0;

    case 'e':
        o->evaluate = 1;
        return 0;

    case 's':
        return keyauth_option_number(&keyauth_command_train, "seed", optarg,
                                     0, KEYAUTH_SEED_MAX, &o->recipe.seed);

    default:
        o->quiet = 1;
        return 0;
    }
}


/* optarg behind those that were given before */
static int
keyauth_train_more(const char *name, const char **list, uint32_t *n)
{
    if (*n == KEYAUTH_SOURCES_MAX) {
        keyauth_usage(&keyauth_command_train, "--%s is given too often, and "
                      "%d are the most", name, KEYAUTH_SOURCES_MAX - 1);
        return -1;
    }

    list[(*n)++] = optarg;

    return 0;
}


static int
keyauth_train_data(const keyauth_train_options_t *o, char *err)
{
    int                  rc;
    char                 what[96];
    keyauth_dataset_t    d;
    keyauth_progress_t   progress;

    keyauth_progress_init(&progress, o->quiet);
    keyauth_progress_start(&progress, "Data", 1);

    if (keyauth_dataset_read_sources(&d, &o->sources, err) != 0) {
        return -1;
    }

    snprintf(what, sizeof(what), "%u rows of %u users, %u keys",
             (unsigned) d.rows, (unsigned) d.classes, (unsigned) d.keys);
    keyauth_progress_end(&progress, what);
    keyauth_notes_say(&d.notes);
    rc = 0;

    if (mkdir(o->out, 0755) != 0 && errno != EEXIST) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be made: %s", o->out,
                 strerror(errno));
        rc = -1;
    }

    if (rc == 0) {
        rc = keyauth_train_models(o, &d, &progress, err);
    }

    keyauth_dataset_free(&d);

    return rc;
}


static int
keyauth_train_models(const keyauth_train_options_t *o,
    const keyauth_dataset_t *d, keyauth_progress_t *progress, char *err)
{
    int                 rc;
    double             *summary;
    keyauth_rows_t      rows;
    keyauth_trained_t   t;

    summary = keyauth_dataset_summary(d);
    keyauth_rows_pick(&rows, d, summary, NULL);
    rc = keyauth_train_all(&t, d, &rows, &o->recipe, progress, err);

    if (rc == 0) {
        rc = keyauth_train_file(o, d, &t, progress, err);
        keyauth_trained_free(&t);
    }

    keyauth_rows_free(&rows);
    free(summary);

    return rc;
}


static int
keyauth_train_file(const keyauth_train_options_t *o,
    const keyauth_dataset_t *d, const keyauth_trained_t *t,
    keyauth_progress_t *progress, char *err)
{
    int               rc;
    char              what[64];
    char             *card;
    keyauth_image_t   image;

    card = keyauth_train_card(o, d, t, progress, err);

    if (card == NULL) {
        return -1;
    }

    keyauth_progress_start(progress, "Model file", 1);
    rc = keyauth_build(&image, d, t, card, o->created, o->recipe.seed, err);

    if (rc == 0) {
        rc = keyauth_train_write(o->out, d, t, &image, err);
    }

    if (rc == 0) {
        snprintf(what, sizeof(what), "%zu bytes", image.size);
        keyauth_progress_end(progress, what);
    }

    keyauth_image_free(&image);
    free(card);

    return rc;
}


static char *
keyauth_train_card(const keyauth_train_options_t *o,
    const keyauth_dataset_t *d, const keyauth_trained_t *t,
    keyauth_progress_t *progress, char *err)
{
    char              *card;
    keyauth_report_t   r;

    if (!o->evaluate) {
        return keyauth_model_card(d, t, &o->recipe, NULL, o->created);
    }

    card = NULL;

    if (keyauth_report(&r, d, &o->recipe, o->models,
                       KEYAUTH_EVALUATE_FOLDS, 1, progress, err)
        == 0)
    {
        card = keyauth_model_card(d, t, &o->recipe, &r, o->created);
    }

    keyauth_report_free(&r);

    return card;
}


/* keyauth.model is the last: where it is new, so are the others */
static int
keyauth_train_write(const char *out, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const keyauth_image_t *image, char *err)
{
    int                        rc;
    char                      *text;
    size_t                     len;
    keyauth_model_e            i;
    const keyauth_training_t  *training;

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        training = keyauth_trainings[i];
        text = NULL;
        len = 0;

        if (training->file == NULL) {
            continue;
        }

        if (t->of[i] != NULL) {
            text = training->text(t->of[i], d->labels, &len);

            if (text == NULL) {
                snprintf(err, KEYAUTH_ERROR_MAX,
                         "no memory for the models' files");
                return -1;
            }
        }

        rc = keyauth_train_save(out, training->file, text, len, err);
        free(text);

        if (rc != 0) {
            return -1;
        }
    }

    return keyauth_train_save(out, "keyauth.model", image->data, image->size,
                              err);
}


/*
 * Without data the file is removed: earlier models may contain users
 * who are not to be known any more.
 */
static int
keyauth_train_save(const char *out, const char *name, const void *data,
    size_t size, char *err)
{
    int      rc;
    char    *path;
    size_t   len;

    len = strlen(out) + strlen(name) + 2;
    path = keyauth_alloc(len, 1);
    snprintf(path, len, "%s/%s", out, name);
    rc = 0;

    if (data != NULL) {
        rc = keyauth_file_save(path, data, size, err);

    } else if (unlink(path) != 0 && errno != ENOENT) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be removed: %s",
                 path, strerror(errno));
        rc = -1;
    }

    free(path);

    return rc;
}
