#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "build.h"
#include "command.h"




static int keyauth_run_train(int argc, char **argv);
static int keyauth_train_created(int64_t *created);
static int keyauth_train_write(const char *out, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const keyauth_image_t *image, char *err);
static int keyauth_train_save(const char *out, const char *name,
    const void *data, size_t size, char *err);
static int keyauth_train_save_text(const char *out, const char *name,
    char *text, size_t len, char *err);
static int keyauth_train_all(const char *data, const char *out,
    const keyauth_recipe_t *recipe, int quiet, int64_t created, char *err);


static const struct option keyauth_train_options[] = {
    { "data", required_argument, NULL, 'd' },
    { "out", required_argument, NULL, 'o' },
    { "seed", required_argument, NULL, 's' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_train = {
    "train",
    "trains the models on a CSV file of timings",
    "Usage: keyauth train --data FILE --out DIR [OPTION]...\n"
    "Trains SVM, RF and XGB on all rows of a CSV file and writes\n"
    "DIR/keyauth.model, and beside it svm.model, xgb.json and rf.json.\n"
    "\n"
    "      --data FILE  the timings: user, press-0, release-0, press-1, ...\n"
    "      --out DIR    where to write; made when it is not there\n"
    "      --seed N     seeds the random parts (default 1)\n"
    "      --quiet      shows no progress\n"
    "  -h, --help       prints this help\n"
    "      --version    prints the version\n"
    "\n"
    "The same data, seed and libraries give the same bytes; the time in the\n"
    "file is SOURCE_DATE_EPOCH where that is set.\n",
    keyauth_train_options,
    keyauth_run_train
};


static int
keyauth_run_train(int argc, char **argv)
{
    int                c, quiet;
    char               err[KEYAUTH_ERROR_MAX];
    int64_t            created;
    const char        *data, *out;
    keyauth_recipe_t   recipe;

    data = NULL;
    out = NULL;
    quiet = 0;
    recipe.seed = KEYAUTH_TRAIN_SEED;
    recipe.trees = KEYAUTH_TRAIN_TREES;
    recipe.rounds = KEYAUTH_TRAIN_ROUNDS;

    while ((c = keyauth_option(&keyauth_command_train, argc, argv)) != -1) {
        switch (c) {

        case 'd':
            data = optarg;
            break;

        case 'o':
            out = optarg;
            break;

        case 'q':
            quiet = 1;
            break;

        case 's':
            if (keyauth_option_number(&keyauth_command_train, "seed", optarg,
                                      0, KEYAUTH_SEED_MAX, &recipe.seed) != 0)
            {
                return KEYAUTH_USAGE;
            }

            break;

        default:
            return KEYAUTH_USAGE;
        }
    }

    if (data == NULL || out == NULL || optind < argc) {
        return keyauth_usage(&keyauth_command_train, "--data and --out are "
                             "needed, and nothing else");
    }

    if (keyauth_train_created(&created) != 0) {
        return KEYAUTH_FAILURE;
    }

    if (keyauth_train_all(data, out, &recipe, quiet, created, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return KEYAUTH_OK;
}


/* reproducible-builds.org's rule */
static int
keyauth_train_created(int64_t *created)
{
    char        *end;
    const char  *epoch;

    epoch = getenv("SOURCE_DATE_EPOCH");

    if (epoch == NULL || *epoch == '\0') {
        *created = time(NULL);
        return 0;
    }

    errno = 0;
    *created = strtoll(epoch, &end, 10);

    if (*end != '\0' || errno != 0 || *created < 0) {
        keyauth_say("SOURCE_DATE_EPOCH is no number of seconds");
        return -1;
    }

    return 0;
}


static int
keyauth_train_all(const char *data, const char *out,
    const keyauth_recipe_t *recipe, int quiet, int64_t created, char *err)
{
    int                  rc;
    char                 what[96];
    double              *summary;
    keyauth_rows_t       rows;
    keyauth_image_t      image;
    keyauth_dataset_t    d;
    keyauth_trained_t    t;
    keyauth_progress_t   progress;

    if (keyauth_dataset_read(&d, data, err) != 0) {
        return -1;
    }

    if (mkdir(out, 0755) != 0 && errno != EEXIST) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be made: %s", out,
                 strerror(errno));
        keyauth_dataset_free(&d);
        return -1;
    }

    keyauth_progress_init(&progress, quiet);
    keyauth_progress_start(&progress, "Data", 1);
    snprintf(what, sizeof(what), "%u rows of %u users, %u keys",
             (unsigned) d.rows, (unsigned) d.classes, (unsigned) d.keys);
    keyauth_progress_end(&progress, what);

    summary = keyauth_dataset_summary(&d);
    keyauth_rows_pick(&rows, &d, summary, NULL);
    rc = keyauth_train(&t, &rows, recipe, &progress, err);

    if (rc == 0) {
        keyauth_progress_start(&progress, "Model file", 1);
        rc = keyauth_build(&image, &d, &t, recipe, created, err);

        if (rc == 0) {
            rc = keyauth_train_write(out, &d, &t, &image, err);
        }

        if (rc == 0) {
            snprintf(what, sizeof(what), "%zu bytes", image.size);
            keyauth_progress_end(&progress, what);
        }

        keyauth_image_free(&image);
        keyauth_trained_free(&t);
    }

    keyauth_rows_free(&rows);
    free(summary);
    keyauth_dataset_free(&d);

    return rc;
}


/* keyauth.model is the last: where it is new, so are the others */
static int
keyauth_train_write(const char *out, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const keyauth_image_t *image, char *err)
{
    char    *text;
    size_t   len;

    text = keyauth_svm_text(t->svm.model, &len);

    if (keyauth_train_save_text(out, "svm.model", text, len, err) != 0) {
        return -1;
    }

    text = keyauth_forest_json(&t->rf, &t->rf_recipe, d->labels, &len);

    if (keyauth_train_save_text(out, "rf.json", text, len, err) != 0
        || keyauth_train_save(out, "xgb.json", t->xgb, t->xgb_len, err) != 0)
    {
        return -1;
    }

    return keyauth_train_save(out, "keyauth.model", image->data, image->size,
                              err);
}


static int
keyauth_train_save_text(const char *out, const char *name, char *text,
    size_t len, char *err)
{
    int  rc;

    if (text == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for %s", name);
        return -1;
    }

    rc = keyauth_train_save(out, name, text, len, err);
    free(text);

    return rc;
}


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
    rc = keyauth_file_save(path, data, size, err);
    free(path);

    return rc;
}
