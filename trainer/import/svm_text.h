/*
 * What the readers of libsvm's text format share.
 */


#ifndef KEYAUTH_SVM_TEXT_H_INCLUDED
#define KEYAUTH_SVM_TEXT_H_INCLUDED


#include "import.h"


typedef struct {
    const char             *at;
    const char             *end;        /* where a NUL is */
    unsigned                line;
    struct svm_model       *model;
    const keyauth_users_t  *users;
    double                  low[KEYAUTH_SUMMARY];   /* of the vectors */
    double                  high[KEYAUTH_SUMMARY];
    char                   *err;
} keyauth_svm_text_t;


/* err gets the line and what is wrong with it; always -1 */
int keyauth_svm_wrong(keyauth_svm_text_t *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* the length of the line's next word; 0: there is none */
size_t keyauth_svm_word(keyauth_svm_text_t *s, const char **word);

/* goes to the next line, where nothing more is on this one */
int keyauth_svm_end(keyauth_svm_text_t *s);

/* what: how err calls the number */
int keyauth_svm_real(keyauth_svm_text_t *s, const char *what, double *value);
int keyauth_svm_whole(keyauth_svm_text_t *s, const char *what, int min,
    int *value);

/* all that follows the line "SV" */
int keyauth_svm_vectors(keyauth_svm_text_t *s);


#endif /* KEYAUTH_SVM_TEXT_H_INCLUDED */
