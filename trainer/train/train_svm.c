/*
 * Training SVM: see train_svm.h.
 */


#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train_svm.h"


/* libsvm talks to a function without an argument of ours */
static _Thread_local struct {
    keyauth_progress_t  *progress;
    unsigned             pairs;
} keyauth_svm_heard;


static void keyauth_svm_listen(const char *message);
static void keyauth_svm_hear(void);
static double keyauth_svm_gamma(const keyauth_rows_t *rows);
static void keyauth_svm_problem(keyauth_trained_svm_t *t,
    const keyauth_rows_t *rows);


/* libsvm's chatter is dropped; each pair of classes says that it is done */
static void
keyauth_svm_listen(const char *message)
{
    if (strstr(message, "optimization finished") != NULL) {
        keyauth_progress_step(keyauth_svm_heard.progress,
                              ++keyauth_svm_heard.pairs);
    }
}


/* libsvm has one listener for all threads */
static void
keyauth_svm_hear(void)
{
    svm_set_print_string_function(keyauth_svm_listen);
}


/* scikit-learn's "scale": 1 / (features * variance of the whole matrix) */
static double
keyauth_svm_gamma(const keyauth_rows_t *rows)
{
    double  mean, sum;
    size_t  i, n;

    n = (size_t) rows->rows * KEYAUTH_SUMMARY;
    sum = 0;

    for (i = 0; i < n; i++) {
        sum += rows->x[i];
    }

    mean = sum / (double) n;
    sum = 0;

    for (i = 0; i < n; i++) {
        sum += (rows->x[i] - mean) * (rows->x[i] - mean);
    }

    return sum > 0 ? 1 / (KEYAUTH_SUMMARY * (sum / (double) n)) : 1;
}


static void
keyauth_svm_problem(keyauth_trained_svm_t *t, const keyauth_rows_t *rows)
{
    uint32_t          f, i;
    struct svm_node  *node;

    t->nodes = keyauth_alloc((size_t) rows->rows * (KEYAUTH_SUMMARY + 1),
                             sizeof(struct svm_node));
    t->problem.l = (int) rows->rows;
    t->problem.y = keyauth_alloc(rows->rows, sizeof(double));
    t->problem.x = keyauth_alloc(rows->rows, sizeof(struct svm_node *));

    for (i = 0; i < rows->rows; i++) {
        node = t->nodes + (size_t) i * (KEYAUTH_SUMMARY + 1);
        t->problem.x[i] = node;
        t->problem.y[i] = rows->class[i];

        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            node[f].index = (int) f + 1;
            node[f].value = rows->x[(size_t) i * KEYAUTH_SUMMARY + f];
        }

        node[f].index = -1;
    }
}


int
keyauth_train_svm(keyauth_trained_svm_t *t, const keyauth_rows_t *rows,
    keyauth_progress_t *progress, char *err)
{
    char         what[64];
    unsigned     pairs;
    const char  *reason;

    static pthread_once_t  once = PTHREAD_ONCE_INIT;

    memset(t, 0, sizeof(keyauth_trained_svm_t));
    keyauth_svm_problem(t, rows);

    t->parameter.svm_type = C_SVC;
    t->parameter.kernel_type = RBF;
    t->parameter.gamma = keyauth_svm_gamma(rows);
    t->parameter.C = 1;
    t->parameter.eps = 1e-3;
    t->parameter.cache_size = 200;
    t->parameter.shrinking = 1;

    reason = svm_check_parameter(&t->problem, &t->parameter);

    if (reason != NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "libsvm: %s", reason);
        return -1;
    }

    pairs = (unsigned) (rows->classes * (rows->classes - 1) / 2);
    keyauth_svm_heard.progress = progress;
    keyauth_svm_heard.pairs = 0;
    pthread_once(&once, keyauth_svm_hear);

    if (progress != NULL) {
        keyauth_progress_start(progress, "SVM", pairs);
    }

    t->model = svm_train(&t->problem, &t->parameter);
    keyauth_svm_heard.progress = NULL;

    if (t->model == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "libsvm made no model");
        return -1;
    }

    if (progress != NULL) {
        snprintf(what, sizeof(what), "%u pairs of users, %d support vectors",
                 pairs, t->model->l);
        keyauth_progress_end(progress, what);
    }

    return 0;
}


void
keyauth_trained_svm_free(keyauth_trained_svm_t *t)
{
    if (t->model != NULL) {
        svm_free_and_destroy_model(&t->model);
    }

    free(t->problem.x);
    free(t->problem.y);
    free(t->nodes);
    memset(t, 0, sizeof(keyauth_trained_svm_t));
}


char *
keyauth_svm_text(const struct svm_model *model, size_t *len)
{
    int                     i, k, pairs;
    FILE                   *f;
    char                   *text;
    const struct svm_node  *node;

    text = NULL;
    f = open_memstream(&text, len);

    if (f == NULL) {
        return NULL;
    }

    k = model->nr_class;
    pairs = k * (k - 1) / 2;
    fprintf(f, "svm_type c_svc\nkernel_type rbf\ngamma %.17g\n"
            "nr_class %d\ntotal_sv %d\nrho", model->param.gamma, k, model->l);

    for (i = 0; i < pairs; i++) {
        fprintf(f, " %.17g", model->rho[i]);
    }

    fputs("\nlabel", f);

    for (i = 0; i < k; i++) {
        fprintf(f, " %d", model->label[i]);
    }

    fputs("\nnr_sv", f);

    for (i = 0; i < k; i++) {
        fprintf(f, " %d", model->nSV[i]);
    }

    fputs("\nSV\n", f);

    for (i = 0; i < model->l; i++) {
        for (k = 0; k < model->nr_class - 1; k++) {
            fprintf(f, "%.17g ", model->sv_coef[k][i]);
        }

        for (node = model->SV[i]; node->index != -1; node++) {
            fprintf(f, "%d:%.17g ", node->index, node->value);
        }

        fputc('\n', f);
    }

    if (fclose(f) != 0) {
        free(text);
        return NULL;
    }

    return text;
}
