/*
 * The kernels and what they replace, timed row by row on the same rows.
 *
 *     kernels MODELS DATA.csv [rows]
 *
 * MODELS is a folder that `keyauth train` wrote, DATA.csv its training data.
 * First prints the names of all that can be timed, one a line, and an empty
 * line.  Then reads lines "NAME BATCH" and answers each with "NS AGAIN":
 * nanoseconds of CPU time a row, and the pairs of users that SVM decided
 * again in double, a row.  So the caller alternates as it sees fit.  With
 * "rows" it prints the rows instead.
 *
 * All of a family must give the same label to every row: a kernel that is
 * fast and wrong ends the program.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataset.h"
#include "keyauth_features.h"
#include "keyauth_kernels.h"
#include "keyauth_svm.h"
#include "rivals.h"
#include "util.h"


#define BENCH_BATCHES    8
#define BENCH_ROWS       1000           /* of a batch */
#define BENCH_TIME_MIN   20e6           /* ns; a short batch runs again */
#define BENCH_NAME_MAX   32
#define BENCH_UNKNOWN    UINT32_MAX


typedef struct {
    char                      name[BENCH_NAME_MAX];
    keyauth_model_e           family;
    uint32_t                (*rival)(const bench_row_t *row);
    const keyauth_kernels_t  *kernels;  /* NULL: a rival */
} bench_entry_t;


static void bench_rows(const char *data);
static void bench_row(bench_row_t *row, const double *x);
static void *bench_scratch(size_t size);
static void bench_models(const char *dir);
static void bench_add(keyauth_model_e of);
static void bench_name(const char *name, keyauth_model_e family,
    uint32_t (*rival)(const bench_row_t *row),
    const keyauth_kernels_t *kernels);
static void bench_serve(void);
static double bench_time(const bench_entry_t *e, uint32_t batch);
static double bench_now(void);


static bench_row_t        rows[BENCH_BATCHES][BENCH_ROWS];
static uint32_t           labels[KEYAUTH_MODELS][BENCH_BATCHES][BENCH_ROWS];
static bench_entry_t      entries[32];
static uint32_t           nentries;

static keyauth_model_t    model;
static double            *scores;
static void              *scratch[KEYAUTH_MODELS];
static uint64_t           again;


void
bench_die(const char *text)
{
    keyauth_say("kernels: %s", text);
    exit(1);
}


/* what is timed */

static uint32_t
bench_kind(keyauth_model_e of, const bench_row_t *row)
{
    const keyauth_kind_t  *kind;

    kind = keyauth_kinds[of];

    /* the same, and how many pairs were decided again */

    if (of == KEYAUTH_SVM) {
        return keyauth_svm_predict(model.view[of], row->x, scratch[of],
                                   scores, &again);
    }

    return kind->predict(model.view[of],
                         kind->input == KEYAUTH_INPUT_TIMINGS ? row->raw
                                                              : row->x,
                         scratch[of], scores);
}


/*
 * Rows of the data and, as many, random ones in its range; a batch has both,
 * in no order that a branch predictor could learn.  FUSION, which requires all
 * timings, gets means of two rows for random ones.
 */
static void
bench_rows(const char *data)
{
    char               err[KEYAUTH_ERROR_MAX];
    double            *all, *raw, x[KEYAUTH_SUMMARY];
    double             low[KEYAUTH_SUMMARY], high[KEYAUTH_SUMMARY];
    uint32_t           b, f, i, row, n;
    keyauth_random_t   r;
    keyauth_dataset_t  d;

    if (keyauth_dataset_read(&d, data, err) != 0) {
        bench_die(err);
    }

    all = keyauth_dataset_summary(&d);
    keyauth_random_init(&r, 1, 0);
    memcpy(low, all, sizeof(low));
    memcpy(high, all, sizeof(high));

    for (i = 0; i < d.rows * KEYAUTH_SUMMARY; i++) {
        f = i % KEYAUTH_SUMMARY;
        low[f] = fmin(low[f], all[i]);
        high[f] = fmax(high[f], all[i]);
    }

    n = 4 * d.keys - 3;
    raw = keyauth_alloc(2 * (size_t) d.rows * n, sizeof(double));

    for (i = 0; i < d.rows; i++) {
        keyauth_features_raw(d.press + (size_t) i * d.keys,
                             d.release + (size_t) i * d.keys, d.keys,
                             raw + (size_t) i * n);
    }

    /* behind the rows, each one's mean with another */

    for (i = 0; i < d.rows; i++) {
        row = keyauth_random_below(&r, d.rows);

        for (f = 0; f < n; f++) {
            raw[((size_t) d.rows + i) * n + f] = (raw[(size_t) i * n + f]
                                                  + raw[(size_t) row * n + f])
                                                 / 2;
        }
    }

    for (b = 0; b < BENCH_BATCHES; b++) {
        for (i = 0; i < BENCH_ROWS; i++) {
            row = keyauth_random_below(&r, d.rows);
            rows[b][i].raw = raw + (row + i % 2 * (size_t) d.rows) * n;
            memcpy(x, all + (size_t) row * KEYAUTH_SUMMARY, sizeof(x));

            for (f = 0; i % 2 && f < KEYAUTH_SUMMARY; f++) {
                x[f] = low[f] + (high[f] - low[f]) * keyauth_random_unit(&r);
            }

            bench_row(&rows[b][i], x);
        }
    }

    free(all);
    keyauth_dataset_free(&d);
}


static void
bench_row(bench_row_t *row, const double *x)
{
    int  f;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        row->x[f] = x[f];
        row->f[f] = (float) x[f];
        row->nodes[f].index = f + 1;
        row->nodes[f].value = x[f];
    }

    row->nodes[f].index = -1;
}


static void *
bench_scratch(size_t size)
{
    void  *p;

    size = (size / 64 + 1) * 64;
    p = aligned_alloc(64, size);

    if (p == NULL) {
        bench_die("no memory");
    }

    return memset(p, 0, size);
}


static void
bench_models(const char *dir)
{
    char             path[4096], err[KEYAUTH_ERROR_MAX];
    keyauth_model_e  of;

    snprintf(path, sizeof(path), "%s/keyauth.model", dir);

    if (keyauth_model_open(&model, path, NULL, err) != 0) {
        bench_die(err);
    }

    for (of = 0; of < KEYAUTH_MODELS; of++) {
        if (model.view[of] == NULL) {
            bench_die("the model file lacks a model");
        }

        if (keyauth_kinds[of]->scratch != NULL) {
            scratch[of] = bench_scratch(
                                  keyauth_kinds[of]->scratch(model.view[of]));
        }
    }

    scores = keyauth_alloc(model.classes, sizeof(double));
    memset(labels, 0xff, sizeof(labels));

    bench_rivals(dir, &model);
}


static void
bench_add(keyauth_model_e of)
{
    char                             name[BENCH_NAME_MAX];
    const char                      *kind;
    const keyauth_kernels_t *const  *k;

    kind = keyauth_kinds[of]->name;
    bench_name(kind, of, NULL, keyauth_kernels_best());

    for (k = keyauth_kernels_all; keyauth_kinds[of]->kernels && *k; k++) {
        if ((*k)->usable()) {
            snprintf(name, sizeof(name), "%s.%s", kind, (*k)->name);
            bench_name(name, of, NULL, *k);
        }
    }
}


static void
bench_name(const char *name, keyauth_model_e family,
    uint32_t (*rival)(const bench_row_t *row),
    const keyauth_kernels_t *kernels)
{
    bench_entry_t  *e;

    e = &entries[nentries++];
    snprintf(e->name, sizeof(e->name), "%s", name);
    e->family = family;
    e->rival = rival;
    e->kernels = kernels;

    printf("%s\n", name);
}


static void
bench_serve(void)
{
    char             name[BENCH_NAME_MAX];
    double           ns;
    uint32_t         i, batch;
    keyauth_model_e  of;

    for (of = 0; of < KEYAUTH_MODELS; of++) {
        bench_add(of);
    }

    bench_name("libsvm", KEYAUTH_SVM, bench_libsvm, NULL);
    bench_name("textbook", KEYAUTH_RF, bench_textbook, NULL);
    bench_name("xgboost", KEYAUTH_XGB, bench_xgboost, NULL);
    printf("\n");
    fflush(stdout);

    while (scanf("%31s %u", name, &batch) == 2) {

        for (i = 0; i < nentries && strcmp(entries[i].name, name); i++) {
            /* void */
        }

        if (i == nentries) {
            bench_die("no such name");
        }

        again = 0;
        ns = bench_time(&entries[i], batch % BENCH_BATCHES);
        printf("%.1f %.6f\n", ns, (double) again / BENCH_ROWS);
        fflush(stdout);
    }
}


static double
bench_time(const bench_entry_t *e, uint32_t batch)
{
    double              start, spent;
    uint32_t            i, *expected, runs, got[BENCH_ROWS];
    const bench_row_t  *row;

    if (e->kernels != NULL) {
        keyauth_model_use(&model, e->kernels);
    }

    runs = 0;
    start = bench_now();

    do {
        again = 0;

        for (i = 0; i < BENCH_ROWS; i++) {
            row = &rows[batch][i];
            got[i] = e->rival != NULL ? e->rival(row)
                                      : bench_kind(e->family, row);
        }

        runs++;
        spent = bench_now() - start;

    } while (spent < BENCH_TIME_MIN);

    expected = labels[e->family][batch];

    for (i = 0; i < BENCH_ROWS; i++) {

        if (expected[i] == BENCH_UNKNOWN) {
            expected[i] = got[i];
        }

        if (expected[i] != got[i]) {
            keyauth_say("kernels: %s answers class %u to row %u of batch %u, "
                        "not %u", e->name, got[i], i, batch, expected[i]);
            exit(1);
        }
    }

    return spent / runs / BENCH_ROWS;
}


/* the thread's own time: what else the machine does stays out */
static double
bench_now(void)
{
    struct timespec  now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);

    return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}


int
main(int argc, char **argv)
{
    uint32_t  b, f, i;

    if (argc < 3) {
        bench_die("usage: kernels MODELS DATA.csv [rows]");
    }

    bench_rows(argv[2]);

    if (argc > 3) {
        for (b = 0; b < BENCH_BATCHES; b++) {
            for (i = 0; i < BENCH_ROWS; i++) {
                for (f = 0; f < KEYAUTH_SUMMARY; f++) {
                    printf("%.17g%c", rows[b][i].x[f],
                           f + 1 < KEYAUTH_SUMMARY ? ',' : '\n');
                }
            }
        }

        return 0;
    }

    bench_models(argv[1]);
    bench_serve();

    return 0;
}
