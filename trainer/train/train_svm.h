/*
 * Training SVM with libsvm, and its model as text.
 */


#ifndef KEYAUTH_TRAIN_SVM_H_INCLUDED
#define KEYAUTH_TRAIN_SVM_H_INCLUDED


#include <libsvm/svm.h>

#include "rows.h"
#include "util.h"


/* a model and the rows in it: libsvm's models point to their training data */
typedef struct {
    struct svm_model     *model;
    struct svm_problem    problem;
    struct svm_node      *nodes;
    struct svm_parameter  parameter;
} keyauth_trained_svm_t;


int keyauth_train_svm(keyauth_trained_svm_t *t, const keyauth_rows_t *rows,
    keyauth_progress_t *progress, char *err);
void keyauth_trained_svm_free(keyauth_trained_svm_t *t);

/*
 * The model in libsvm's text format, to be freed.  libsvm 3.24 itself writes
 * support vectors with 8 digits, and so another model than it has; this
 * writes 17, which read back as they were.
 */
char *keyauth_svm_text(const struct svm_model *model, size_t *len);


#endif /* KEYAUTH_TRAIN_SVM_H_INCLUDED */
