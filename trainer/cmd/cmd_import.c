/*
 * keyauth import: makes a model file of models that others trained.
 */


#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/sha.h>

#include "build.h"
#include "command.h"
#include "import.h"
#include "model_card.h"
#include "synth.h"
#include "ubjson.h"
#include "xgb_json.h"


#define KEYAUTH_IMPORT_FILE_MAX  (256 * 1024 * 1024)
#define KEYAUTH_IMPORT_GOLDEN    3      /* typists behind the golden rows */


typedef struct {
    const char           *path[KEYAUTH_MODELS];
    const char           *labels;
    const char           *out;
    const char           *features[KEYAUTH_SUMMARY];
    char                 *names;        /* what features point into */
    uint32_t              keys;
    int64_t               created;
    unsigned              quiet:1;

    keyauth_progress_t    progress;
    cJSON                *forest;
    keyauth_users_t       users;
    keyauth_dataset_t     data;         /* without anybody's rows */
    keyauth_xgb_how_t     how;          /* XGB is read; its names are RF's */
    keyauth_trained_t     trained;
    keyauth_origin_t      origin[KEYAUTH_MODELS];
} keyauth_import_t;


static int keyauth_run_import(int argc, char **argv);
static int keyauth_import_option(int c, keyauth_import_t *o);
static int keyauth_import_names(keyauth_import_t *o, const char *list);
static int keyauth_import_models(keyauth_import_t *o, char *err);
static int keyauth_import_labels(keyauth_import_t *o, char *err);
static char *keyauth_import_read(keyauth_import_t *o, keyauth_model_e model,
    size_t *len, char *err);
static int keyauth_import_one(keyauth_import_t *o, keyauth_model_e model,
    char *err);
static int keyauth_import_libsvm(keyauth_import_t *o, char *err);
static int keyauth_import_rf(keyauth_import_t *o, char *err);
static int keyauth_import_xgb(keyauth_import_t *o, char *err);
static void keyauth_import_rounds(const keyauth_import_t *o,
    const keyauth_xgb_json_t *x);
static int keyauth_import_thresholds(const keyauth_xgb_json_t *x, char *err);
static int keyauth_import_where(const char *path, char *err);
static void keyauth_import_data(keyauth_import_t *o);
static int keyauth_import_save(keyauth_import_t *o, char *err);
static void keyauth_import_free(keyauth_import_t *o);


/* NULL: of what no other program trains */
static int (*const  keyauth_importers[KEYAUTH_MODELS])(keyauth_import_t *o,
    char *err) =
{
    [KEYAUTH_SVM] = keyauth_import_libsvm,
    [KEYAUTH_RF] = keyauth_import_rf,
    [KEYAUTH_XGB] = keyauth_import_xgb
};


static const struct option keyauth_import_options[] = {
    { "svm", required_argument, NULL, 's' },
    { "rf", required_argument, NULL, 'r' },
    { "xgb", required_argument, NULL, 'x' },
    { "labels", required_argument, NULL, 'l' },
    { "features", required_argument, NULL, 'f' },
    { "all-rounds", no_argument, NULL, 'a' },
    { "keys", required_argument, NULL, 'k' },
    { "out", required_argument, NULL, 'o' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_import = {
    "import",
    "converts models of other programs into a model file",
    "Usage: keyauth import [--svm FILE] [--rf FILE] [--xgb FILE]\n"
    "                      [--labels FILE] [--features NAMES] [--all-rounds]\n"
    "                      --out FILE|DIR\n"
    "Makes a model file of models that other programs trained on the eight\n"
    "summary features in milliseconds.  Anything else is refused.\n"
    "\n"
    "      --svm FILE     libsvm's text format: C-SVC, RBF kernel\n"
    "      --rf FILE      a forest, as docs/clients/export_sklearn.py exports\n"
    "                     scikit-learn's, or rf.json of `keyauth train`\n"
    "      --xgb FILE     XGBoost's JSON or UBJ, of versions 1.7 to 3: gbtree\n"
    "                     or DART, multi:softprob or multi:softmax\n"
    "      --labels FILE  the UserIDs in the order of the classes, one a\n"
    "                     line; may be missing where there is a forest, which\n"
    "                     has them\n"
    "      --features A,B,...\n"
    "                     what the forest or XGB calls HT.Mean, HT.STD,\n"
    "                     PPT.Mean, PPT.STD, RRT.Mean, RRT.STD, RPT.Mean and\n"
    "                     RPT.STD; its own order may be another\n"
    "      --all-rounds   of an XGB that stopped early, the rounds after the\n"
    "                     best one too, as Booster.predict() uses them\n"
    "      --keys N       keys of the string that is typed (default 13)\n"
    "      --out FILE     the model file, or a folder for keyauth.model\n"
    "      --quiet        shows no progress\n"
    "  -h, --help         prints this help\n"
    "      --version      prints the version\n"
    "\n"
    "The file has no FUSION: /verify needs a model of `keyauth train`.\n",
    keyauth_import_options,
    keyauth_run_import
};


static int
keyauth_run_import(int argc, char **argv)
{
    int                rc, c;
    char               err[KEYAUTH_ERROR_MAX];
    keyauth_import_t   o;

    memset(&o, 0, sizeof(o));
    o.keys = KEYAUTH_SYNTH_KEYS;

    while ((c = keyauth_option(&keyauth_command_import, argc, argv)) != -1) {
        if (c == '?' || keyauth_import_option(c, &o) != 0) {
            return KEYAUTH_USAGE;
        }
    }

    if (o.path[KEYAUTH_SVM] == NULL && o.path[KEYAUTH_RF] == NULL
        && o.path[KEYAUTH_XGB] == NULL)
    {
        return keyauth_usage(&keyauth_command_import, "one of --svm, --rf and "
                             "--xgb is required");
    }

    if (o.out == NULL || optind < argc
        || (o.labels == NULL && o.path[KEYAUTH_RF] == NULL))
    {
        return keyauth_usage(&keyauth_command_import, "--out is required, and "
                             "--labels where there is no --rf, and no other "
                             "file");
    }

    if (o.names != NULL && o.path[KEYAUTH_RF] == NULL
        && o.path[KEYAUTH_XGB] == NULL)
    {
        return keyauth_usage(&keyauth_command_import, "--features is for --rf "
                             "and --xgb, whose files have names");
    }

    if (keyauth_created(&o.created) != 0) {
        return KEYAUTH_FAILURE;
    }

    keyauth_progress_init(&o.progress, o.quiet);
    rc = keyauth_import_models(&o, err);
    keyauth_import_free(&o);

    if (rc != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return KEYAUTH_OK;
}


static int
keyauth_import_option(int c, keyauth_import_t *o)
{
    uint64_t  keys;

    switch (c) {

    case 's':
        o->path[KEYAUTH_SVM] = optarg;
        return 0;

    case 'r':
        o->path[KEYAUTH_RF] = optarg;
        return 0;

    case 'x':
        o->path[KEYAUTH_XGB] = optarg;
        return 0;

    case 'l':
        o->labels = optarg;
        return 0;

    case 'o':
        o->out = optarg;
        return 0;

    case 'f':
        return keyauth_import_names(o, optarg);

    case 'a':
        o->how.all_rounds = 1;
        return 0;

    case 'k':
        if (keyauth_option_number(&keyauth_command_import, "keys", optarg,
                                  KEYAUTH_KEYS_MIN, KEYAUTH_KEYS_MAX, &keys)
            != 0)
        {
            return -1;
        }

        o->keys = (uint32_t) keys;
        return 0;

    default:
        o->quiet = 1;
        return 0;
    }
}


static int
keyauth_import_names(keyauth_import_t *o, const char *list)
{
    char      *name, *p;
    size_t     len;
    uint32_t   i, k;

    free(o->names);
    o->names = keyauth_strdup(list);
    p = o->names;

    for (i = 0; i < KEYAUTH_SUMMARY && p != NULL && *p != '\0'; i++) {
        name = strsep(&p, ",");
        name += strspn(name, " ");

        for (len = strlen(name); len > 0 && name[len - 1] == ' '; len--) {
            name[len - 1] = '\0';
        }

        for (k = 0; k < i; k++) {
            if (strcmp(name, o->features[k]) == 0) {
                keyauth_usage(&keyauth_command_import, "--features has \"%s\" "
                              "twice", name);
                return -1;
            }
        }

        o->features[i] = name;
    }

    if (i != KEYAUTH_SUMMARY || p != NULL) {
        keyauth_usage(&keyauth_command_import, "--features requires eight "
                      "names with commas between");
        return -1;
    }

    o->how.features = o->features;

    return 0;
}


static int
keyauth_import_models(keyauth_import_t *o, char *err)
{
    size_t           len;
    char            *text;
    keyauth_model_e  model;

    /* the forest first: only it may have the users */

    if (o->path[KEYAUTH_RF] != NULL) {
        text = keyauth_import_read(o, KEYAUTH_RF, &len, err);

        if (text == NULL) {
            return -1;
        }

        o->forest = keyauth_ubjson_read(text, len, err);
        free(text);

        if (o->forest == NULL) {
            return keyauth_import_where(o->path[KEYAUTH_RF], err);
        }
    }

    if (keyauth_import_labels(o, err) != 0) {
        return -1;
    }

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        if (o->path[model] != NULL && keyauth_import_one(o, model, err) != 0) {
            return -1;
        }
    }

    return keyauth_import_save(o, err);
}


static int
keyauth_import_labels(keyauth_import_t *o, char *err)
{
    int          rc;
    char        *text;
    size_t       len;
    const char  *path;

    if (o->labels == NULL) {
        path = o->path[KEYAUTH_RF];
        rc = keyauth_import_forest_users(&o->users, o->forest, err);

    } else {
        path = o->labels;
        text = keyauth_slurp(path, KEYAUTH_IMPORT_FILE_MAX, &len, err);

        if (text == NULL) {
            return -1;
        }

        rc = keyauth_import_users(&o->users, text, len, err);
        free(text);
    }

    if (rc != 0) {
        return keyauth_import_where(path, err);
    }

    if (o->users.floats) {
        keyauth_say("%s: the UserIDs are whole numbers with a point: %s.0 "
                    "becomes %s", path, o->users.user[0], o->users.user[0]);
    }

    return 0;
}


/* a model's file, whose digest goes into the card */
static char *
keyauth_import_read(keyauth_import_t *o, keyauth_model_e model, size_t *len,
    char *err)
{
    char        *text;
    const char  *foreign;

    text = keyauth_slurp(o->path[model], KEYAUTH_IMPORT_FILE_MAX, len, err);

    if (text == NULL) {
        return NULL;
    }

    foreign = keyauth_import_foreign(text, *len, model);

    if (foreign != NULL) {
        free(text);
        snprintf(err, KEYAUTH_ERROR_MAX, "%s", foreign);
        keyauth_import_where(o->path[model], err);
        return NULL;
    }

    SHA256((const uint8_t *) text, *len, o->origin[model].digest);

    return text;
}


static int
keyauth_import_one(keyauth_import_t *o, keyauth_model_e model, char *err)
{
    keyauth_progress_start(&o->progress, keyauth_kinds[model]->name, 1);

    if (keyauth_importers[model](o, err) != 0) {
        return -1;
    }

    keyauth_progress_end(&o->progress, o->origin[model].kind);

    return 0;
}


static int
keyauth_import_libsvm(keyauth_import_t *o, char *err)
{
    int                     rc;
    char                   *text;
    size_t                  len;
    keyauth_origin_t       *origin;
    keyauth_trained_svm_t  *svm;

    text = keyauth_import_read(o, KEYAUTH_SVM, &len, err);

    if (text == NULL) {
        return -1;
    }

    svm = keyauth_trained_new(&o->trained, KEYAUTH_SVM);
    rc = keyauth_import_svm(svm, text, len, &o->users, err);
    free(text);

    if (rc != 0) {
        return keyauth_import_where(o->path[KEYAUTH_SVM], err);
    }

    origin = &o->origin[KEYAUTH_SVM];
    snprintf(origin->kind, sizeof(origin->kind),
             "libsvm C-SVC, RBF kernel, %d support vectors", svm->model->l);

    if (svm->model->param.probability) {
        keyauth_say("%s: answers are those of svm-predict; with -b 1 it names "
                    "the most probable class, often another",
                    o->path[KEYAUTH_SVM]);
    }

    return 0;
}


/* the file is kept: it is packed when the model file is made */
static int
keyauth_import_xgb(keyauth_import_t *o, char *err)
{
    int                     rc;
    char                   *text;
    size_t                  len;
    keyauth_origin_t       *origin;
    keyauth_xgb_json_t      x;
    keyauth_trained_xgb_t  *t;

    text = keyauth_import_read(o, KEYAUTH_XGB, &len, err);

    if (text == NULL) {
        return -1;
    }

    t = keyauth_trained_new(&o->trained, KEYAUTH_XGB);
    t->model = text;
    t->len = len;
    t->how = o->how;

    if (keyauth_xgb_json_read(&x, text, len, o->users.n, &t->how, err) != 0) {
        return keyauth_import_where(o->path[KEYAUTH_XGB], err);
    }

    origin = &o->origin[KEYAUTH_XGB];
    snprintf(origin->kind, sizeof(origin->kind),
             "XGBoost %u.%u.%u %s, %u trees", x.version[0], x.version[1],
             x.version[2], x.dart ? "DART" : "gbtree", x.taken);
    keyauth_import_rounds(o, &x);
    rc = keyauth_import_thresholds(&x, err);
    keyauth_xgb_json_free(&x);

    return rc == 0 ? 0 : keyauth_import_where(o->path[KEYAUTH_XGB], err);
}


static void
keyauth_import_rounds(const keyauth_import_t *o, const keyauth_xgb_json_t *x)
{
    if (x->used < x->rounds) {
        keyauth_say("%s: training stopped early: %u of %u rounds are used, as "
                    "XGBClassifier.predict() does; --all-rounds uses all, as "
                    "Booster.predict() does", o->path[KEYAUTH_XGB], x->used,
                    x->rounds);
    }
}


static int
keyauth_import_thresholds(const keyauth_xgb_json_t *x, char *err)
{
    double                     high[KEYAUTH_SUMMARY], low[KEYAUTH_SUMMARY];
    uint32_t                   f, i, n;
    const keyauth_xgb_tree_t  *t;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        low[f] = (double) INFINITY;
        high[f] = (double) -INFINITY;
    }

    for (n = 0; n < x->trees; n++) {
        t = &x->tree[n];

        for (i = 0; i < t->nodes; i++) {
            if (t->left[i] >= 0) {
                f = t->feature[i];
                low[f] = fmin(low[f], (double) t->value[i]);
                high[f] = fmax(high[f], (double) t->value[i]);
            }
        }
    }

    return keyauth_import_scaled(low, high, "thresholds: ", err);
}


static int
keyauth_import_rf(keyauth_import_t *o, char *err)
{
    const char             *by;
    char                    text[32];
    keyauth_grown_t        *g;
    keyauth_trained_rf_t   *rf;

    rf = keyauth_trained_new(&o->trained, KEYAUTH_RF);
    g = &rf->grown;

    if (keyauth_import_forest(g, o->forest, &o->users, o->how.features, err)
        != 0)
    {
        return keyauth_import_where(o->path[KEYAUTH_RF], err);
    }

    by = cJSON_GetStringValue(keyauth_json_get(o->forest,
                                               "parameters.library"));
    by = by != NULL ? by : "keyauth";
    snprintf(o->origin[KEYAUTH_RF].kind, sizeof(o->origin[KEYAUTH_RF].kind),
             "%s forest, %u trees, %u nodes",
             keyauth_quote(text, sizeof(text), by, strlen(by)),
             (unsigned) g->head.trees,
             (unsigned) (g->base[g->head.trees] - g->head.trees));

    return 0;
}


/* puts the file's name before what is wrong in it */
static int
keyauth_import_where(const char *path, char *err)
{
    char  what[KEYAUTH_ERROR_MAX];

    memcpy(what, err, sizeof(what));
    snprintf(err, KEYAUTH_ERROR_MAX, "%.150s: %.350s", path, what);

    return -1;
}


/*
 * No rows come with such models.  Those that the file's known answers are
 * drawn about are of typists at three speeds.
 */
static void
keyauth_import_data(keyauth_import_t *o)
{
    double              at;
    size_t              i, n;
    keyauth_dataset_t  *d;

    d = &o->data;
    d->keys = o->keys;
    d->rows = KEYAUTH_IMPORT_GOLDEN;
    d->classes = o->users.n;
    d->labels = o->users.user;
    n = (size_t) d->rows * d->keys;
    d->press = keyauth_alloc(n, sizeof(double));
    d->release = keyauth_alloc(n, sizeof(double));

    for (i = 0; i < n; i++) {
        at = (double) (i / d->keys + 1);
        d->press[i] = 100 * at * (double) (i % d->keys);
        d->release[i] = d->press[i] + 40 * at;
    }
}


static int
keyauth_import_save(keyauth_import_t *o, char *err)
{
    int               rc;
    char             *card, *path;
    size_t            len;
    const char       *name;
    struct stat       st;
    keyauth_image_t   image;

    name = stat(o->out, &st) == 0 && S_ISDIR(st.st_mode) ? "/keyauth.model"
                                                         : "";
    len = strlen(o->out) + strlen(name) + 1;
    path = keyauth_alloc(len, 1);
    snprintf(path, len, "%s%s", o->out, name);

    keyauth_progress_start(&o->progress, "Model file", 1);
    keyauth_import_data(o);
    card = keyauth_model_card_imported(&o->data, o->origin, o->created);
    rc = keyauth_build(&image, &o->data, &o->trained, card, o->created,
                       KEYAUTH_TRAIN_SEED, err);

    if (rc == 0) {
        rc = keyauth_file_save(path, image.data, image.size, err);
    }

    if (rc == 0) {
        keyauth_progress_end(&o->progress, path);
    }

    keyauth_image_free(&image);
    free(card);
    free(path);

    return rc;
}


static void
keyauth_import_free(keyauth_import_t *o)
{
    keyauth_trained_free(&o->trained);
    keyauth_users_free(&o->users);
    free(o->data.press);
    free(o->data.release);
    cJSON_Delete(o->forest);
    free(o->names);
}
