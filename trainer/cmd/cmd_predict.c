/*
 * keyauth predict: answers a request, or the rows of a CSV file.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "command.h"
#include "keyauth_answer.h"
#include "keyauth_predict.h"
#include "keyauth_request.h"
#include "reading_options.h"


typedef struct {
    const char  *model;
    const char  *key;
    const char  *csv;
    const char  *body;
    const char  *with;
    uint64_t     top;
    keyauth_reading_t  reading;
} keyauth_predict_options_t;


/* what a request goes through */
typedef struct {
    keyauth_body_t     body;
    keyauth_batch_t    batch;
    keyauth_results_t  results;
} keyauth_predict_work_t;


static int keyauth_run_predict(int argc, char **argv);
static int keyauth_predict_option(int c, keyauth_predict_options_t *o);
static int keyauth_predict_usage(const keyauth_predict_options_t *o, int rest);
static int keyauth_predict_open(const keyauth_predict_options_t *o, char *err);
static int keyauth_predict_body(keyauth_engine_t *e,
    keyauth_predict_work_t *work, const char *path, char *err);
static int keyauth_predict_csv(keyauth_engine_t *e,
    keyauth_predict_work_t *work, const keyauth_predict_options_t *o,
    char *err);
static void keyauth_predict_answer(keyauth_engine_t *e,
    keyauth_predict_work_t *work, int line);


static const struct option keyauth_predict_options[] = {
    { "model", required_argument, NULL, 'm' },
    { "key", required_argument, NULL, 'k' },
    { "csv", required_argument, NULL, 'c' },
    { "with", required_argument, NULL, 'w' },
    { "top", required_argument, NULL, 't' },
    KEYAUTH_READING_OPTIONS,
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_predict = {
    "predict",
    "answers a request as the server does",
    "Usage: keyauth predict --model FILE [OPTION]... [BODY]\n"
    "Reads a request's body (JSON, from BODY or from standard input) and\n"
    "writes the server's answer, or its problem with exit status 1.\n"
    "\n"
    "      --model FILE      a model file\n"
    "      --key PUBLIC.pem  fails unless the model is signed with this key\n"
    "      --csv FILE        answers each row of a CSV file instead, a line\n"
    "                        for each; a column \"user\" is ignored\n"
    "      --with MODEL      with --csv: one of (default RF)\n"
    "                       " KEYAUTH_KIND_NAMES "\n"
    "      --top N           with --csv: lists N candidates, 1 to 100\n"
    "  -h, --help            prints this help\n"
    "      --version         prints the version\n"
    KEYAUTH_READING_USAGE,
    keyauth_predict_options,
    keyauth_run_predict
};


static int
keyauth_run_predict(int argc, char **argv)
{
    int                         c;
    char                        err[KEYAUTH_ERROR_MAX];
    keyauth_predict_options_t   o;

    memset(&o, 0, sizeof(keyauth_predict_options_t));

    while ((c = keyauth_option(&keyauth_command_predict, argc, argv)) != -1) {
        if (c == '?' || keyauth_predict_option(c, &o) != 0) {
            return KEYAUTH_USAGE;
        }
    }

    if (optind < argc) {
        o.body = argv[optind++];
    }

    c = keyauth_predict_usage(&o, argc - optind);

    if (c != KEYAUTH_OK) {
        return c;
    }

    c = keyauth_predict_open(&o, err);

    if (c < 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return c;
}


static int
keyauth_predict_option(int c, keyauth_predict_options_t *o)
{
    int  rc;

    rc = keyauth_reading_option(&keyauth_command_predict, c, &o->reading);

    if (rc <= 0) {
        return rc;
    }

    switch (c) {

    case 'm':
        o->model = optarg;
        return 0;

    case 'k':
        o->key = optarg;
        return 0;

    case 'c':
        o->csv = optarg;
        return 0;

    case 'w':
        o->with = optarg;
        return 0;

    default:
        return keyauth_option_number(&keyauth_command_predict, "top", optarg,
                                     1, KEYAUTH_TOP_MAX, &o->top);
    }
}


static int
keyauth_predict_usage(const keyauth_predict_options_t *o, int rest)
{
    char  known[256];

    if (o->model == NULL || rest > 0) {
        return keyauth_usage(&keyauth_command_predict, "--model is required, "
                             "and one body at most");
    }

    if (o->csv != NULL && o->body != NULL) {
        return keyauth_usage(&keyauth_command_predict,
                             "--csv and a body cannot go together");
    }

    if (o->csv == NULL && (o->with != NULL || o->top != 0)) {
        return keyauth_usage(&keyauth_command_predict, "--with and --top go "
                             "with --csv; a body says Model and Top itself");
    }

    if (o->with != NULL
        && keyauth_kind_named(o->with, strlen(o->with)) == KEYAUTH_MODELS)
    {
        return keyauth_usage(&keyauth_command_predict, "--with accepts %s",
                             keyauth_kinds_list(known, sizeof(known),
                                                KEYAUTH_ALL_MODELS, " or "));
    }

    return KEYAUTH_OK;
}


/* an exit code, or -1 with the reason */
static int
keyauth_predict_open(const keyauth_predict_options_t *o, char *err)
{
    int                      rc;
    uint8_t                  trusted[KEYAUTH_KEY_SIZE];
    keyauth_ready_t          ready;
    keyauth_predict_work_t  *work;

    if (o->key != NULL
        && keyauth_signature_trusted_key(trusted, o->key, err) != 0)
    {
        return -1;
    }

    rc = keyauth_ready_open(&ready, o->model, o->key != NULL ? trusted : NULL,
                            err);

    work = keyauth_alloc(1, sizeof(keyauth_predict_work_t));

    if (rc == 0 && o->csv != NULL) {
        rc = keyauth_predict_csv(&ready.engine, work, o, err);

    } else if (rc == 0) {
        rc = keyauth_predict_body(&ready.engine, work,
                                  o->body != NULL ? o->body : "-", err);
    }

    free(work);
    keyauth_ready_free(&ready);

    return rc;
}


static int
keyauth_predict_body(keyauth_engine_t *e, keyauth_predict_work_t *work,
    const char *path, char *err)
{
    char               *body;
    char                buf[KEYAUTH_PROBLEM_MAX];
    size_t              len;
    keyauth_problem_t   problem;

    body = keyauth_slurp(path, KEYAUTH_BODY_MAX, &len, err);

    if (body == NULL) {
        return -1;
    }

    if (keyauth_request_parse(&work->batch, &work->body, e->model, body, len,
                              &problem)
        != 0)
    {
        fwrite(buf, 1, keyauth_problem_write(&problem, buf), stdout);

        if (isatty(STDOUT_FILENO)) {
            putchar('\n');
        }

        free(body);
        return KEYAUTH_FAILURE;
    }

    if (work->batch.live) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: LIVE names people of a "
                 "server's store: ask the server", path);
        free(body);
        return -1;
    }

    keyauth_predict_answer(e, work, isatty(STDOUT_FILENO));
    free(body);

    return KEYAUTH_OK;
}


static int
keyauth_predict_csv(keyauth_engine_t *e, keyauth_predict_work_t *work,
    const keyauth_predict_options_t *o, char *err)
{
    size_t             at;
    uint32_t           i;
    keyauth_model_e    model;
    keyauth_dataset_t  d;

    if (keyauth_dataset_read_rows(&d, o->csv, &o->reading, err) != 0) {
        return -1;
    }

    keyauth_notes_say(&d.notes);

    if (d.keys != e->model->keys) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "%.200s: line 1: %u keys, and the model is of %u", o->csv,
                 (unsigned) d.keys, (unsigned) e->model->keys);
        keyauth_dataset_free(&d);
        return -1;
    }

    model = KEYAUTH_RF;

    if (o->with != NULL) {
        model = keyauth_kind_named(o->with, strlen(o->with));
    }

    if (!(e->model->models & 1u << model)) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: has no %s", o->model,
                 keyauth_kinds[model]->name);
        keyauth_dataset_free(&d);
        return -1;
    }

    for (i = 0; i < d.rows; i++) {
        at = (size_t) i * d.keys;
        keyauth_ready_sample(work->batch.request, model, d.press + at,
                             d.release + at, d.keys);
        work->batch.request->top = (uint32_t) o->top;
        work->batch.n = 1;
        work->batch.array = 0;
        keyauth_predict_answer(e, work, 1);
    }

    keyauth_dataset_free(&d);

    return KEYAUTH_OK;
}


/* line: ends it in a newline, which a server's answer has not */
static void
keyauth_predict_answer(keyauth_engine_t *e, keyauth_predict_work_t *work,
    int line)
{
    char  *buf;

    keyauth_predict(e, &work->batch, &work->results);

    buf = keyauth_alloc(keyauth_answer_size(e->model, &work->results), 1);
    fwrite(buf, 1, keyauth_answer_write(e->model, &work->results, buf),
           stdout);

    if (line) {
        putchar('\n');
    }

    free(buf);
}
