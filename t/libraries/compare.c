/*
 * A model file's answers against those of the library that trained the model:
 *
 *     compare MODEL SVM|RF|XGB ROWS ANSWERS [SCORES]
 *
 * ROWS: doubles, eight a row.  ANSWERS: a UserID a line.  SCORES: doubles, as
 * many a row as there are classes: XGBoost's margins, or a forest's shares.
 * Prints how many rows are equal, or how many are not, and then fails.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "command.h"
#include "keyauth_engine.h"


#define COMPARE_FILE_MAX  ((size_t) 1 << 30)


typedef struct {
    keyauth_ready_t   ready;
    keyauth_model_e   model;
    char             *rows;
    char             *answers;
    char             *scores;
    size_t            n;
} compare_t;


static void compare_read(compare_t *c, int argc, char **argv);
static char *compare_slurp(const char *path, size_t *len);
static int compare_rows(compare_t *c);
static int compare_answer(compare_t *c, uint32_t class, char **line);
static int compare_scores(const compare_t *c, size_t row);
static void compare_bad(const char *what);


int
main(int argc, char **argv)
{
    int        rc;
    compare_t  c;

    memset(&c, 0, sizeof(c));
    compare_read(&c, argc, argv);
    rc = compare_rows(&c);

    keyauth_ready_free(&c.ready);
    free(c.rows);
    free(c.answers);
    free(c.scores);

    return rc;
}


static void
compare_read(compare_t *c, int argc, char **argv)
{
    char    err[KEYAUTH_ERROR_MAX];
    size_t  len;

    if (argc < 5 || argc > 6) {
        compare_bad("usage: compare MODEL SVM|RF|XGB ROWS ANSWERS [SCORES]");
    }

    if (keyauth_ready_open(&c->ready, argv[1], NULL, err) != 0) {
        compare_bad(err);
    }

    while (strcmp(argv[2], keyauth_kinds[c->model]->name) != 0) {
        if (++c->model == KEYAUTH_MODELS) {
            compare_bad("no such model");
        }
    }

    c->rows = compare_slurp(argv[3], &len);
    c->n = len / (KEYAUTH_SUMMARY * sizeof(double));
    c->answers = compare_slurp(argv[4], &len);

    if (argc == 6) {
        c->scores = compare_slurp(argv[5], &len);

        if (len != c->n * c->ready.model.classes * sizeof(double)) {
            compare_bad("scores: not one a row and class");
        }
    }

    if (c->n == 0) {
        compare_bad("no rows");
    }
}


static char *
compare_slurp(const char *path, size_t *len)
{
    char   err[KEYAUTH_ERROR_MAX];
    char  *data;

    data = keyauth_slurp(path, COMPARE_FILE_MAX, len, err);

    if (data == NULL) {
        compare_bad(err);
    }

    return data;
}


static int
compare_rows(compare_t *c)
{
    char               *line;
    size_t              i, answers, scores;
    uint32_t            class;
    keyauth_request_t   sample;

    line = c->answers;
    answers = 0;
    scores = 0;

    for (i = 0; i < c->n; i++) {
        memset(&sample, 0, sizeof(sample));
        memcpy(sample.summary, c->rows + i * sizeof(sample.summary),
               sizeof(sample.summary));
        class = keyauth_engine_predict(&c->ready.engine, c->model, &sample);

        answers += compare_answer(c, class, &line) != 0;
        scores += c->scores != NULL && compare_scores(c, i) != 0;
    }

    if (answers != 0 || scores != 0 || *line != '\0') {
        printf("%zu of %zu answers and the scores of %zu rows differ\n",
               answers, c->n, scores);
        return 1;
    }

    printf("%zu rows, %s\n", c->n,
           c->scores != NULL ? "scores to the last bit" : "answers");

    return 0;
}


/* goes to the next line */
static int
compare_answer(compare_t *c, uint32_t class, char **line)
{
    int          rc;
    size_t       len, n;
    const char  *label;

    label = keyauth_model_label(&c->ready.model, class, &len);
    n = strcspn(*line, "\n");
    rc = n != len || memcmp(*line, label, n) != 0;
    *line += n + ((*line)[n] == '\n');

    return rc;
}


static int
compare_scores(const compare_t *c, size_t row)
{
    double           score, want;
    uint32_t         i;
    const uint32_t   classes = c->ready.model.classes;

    for (i = 0; i < classes; i++) {
        memcpy(&want, c->scores + (row * classes + i) * sizeof(double),
               sizeof(double));
        score = c->ready.engine.scores[i];

        if (c->model == KEYAUTH_RF) {
            score /= keyauth_kinds[c->model]->total(
                                            c->ready.model.view[c->model]);
        }

        if (score != want) {
            return -1;
        }
    }

    return 0;
}


static void
compare_bad(const char *what)
{
    printf("compare: %s\n", what);
    exit(2);
}
