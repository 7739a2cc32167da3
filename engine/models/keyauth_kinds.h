/*
 * The kinds of models: SVM, RF, XGB, FUSION.  This list is the only one; a
 * kind is a line here and a descriptor in a file of its own.
 */


#ifndef KEYAUTH_KINDS_H_INCLUDED
#define KEYAUTH_KINDS_H_INCLUDED


#include "keyauth_sections.h"


/*
 * The order is that of bits in masks of models and of golden rows' answers in
 * a model file: a new kind is the last.  kind(SVM, svm) makes KEYAUTH_SVM, and
 * declares keyauth_kind_svm.
 */
#define KEYAUTH_KINDS(kind)                                                   \
    kind(SVM, svm)                                                            \
    kind(RF, rf)                                                              \
    kind(XGB, xgb)                                                            \
    kind(FUSION, fusion)


#define KEYAUTH_KIND(NAME, name)  KEYAUTH_##NAME,

typedef enum {
    KEYAUTH_KINDS(KEYAUTH_KIND)
    KEYAUTH_MODELS
} keyauth_model_e;

#undef KEYAUTH_KIND

/* templates answer, too; they are no model, and not in the table */
#define KEYAUTH_LIVE        ((keyauth_model_e) KEYAUTH_MODELS)
#define KEYAUTH_LIVE_NAME   "LIVE"

#define KEYAUTH_ALL_MODELS  ((1u << KEYAUTH_MODELS) - 1)

/* " SVM RF XGB FUSION", for help that is a constant */
#define KEYAUTH_KIND_NAMES             KEYAUTH_KINDS(KEYAUTH_KIND_NAME)
#define KEYAUTH_KIND_NAME(NAME, name)  " " #NAME


/* what a model predicts from */
typedef enum {
    KEYAUTH_INPUT_SUMMARY = 0,          /* eight features */
    KEYAUTH_INPUT_TIMINGS               /* 4 keys - 3 intervals */
} keyauth_input_e;


/* what its raw scores are */
typedef enum {
    KEYAUTH_SCORES_SHARES = 0,           /* of total() */
    KEYAUTH_SCORES_MARGINS,              /* whose softmax is a probability */
    KEYAUTH_SCORES_PROBABILITIES
} keyauth_scores_e;


typedef struct {
    const char       *name;     /* in requests, answers and reports */
    const char       *head;     /* the section that each file with it has */
    keyauth_input_e   input;
    keyauth_scores_e  scores;

    size_t            size;     /* of a view, a structure that points into the
                                   file's bytes */
    size_t            kernels;  /* where a view has a keyauth_kernels_t *; 0:
                                   it has none */

    /* fills a view from the file's sections; -1: s->err says why not */
    int             (*read)(void *view, keyauth_sections_t *s);

    /* -1: predicting would read what is not there; err says what is wrong */
    int             (*check)(const void *view, char *err);

    /* bytes of zeroed memory, 64-aligned, that predictions keep; NULL: none */
    size_t          (*scratch)(const void *view);

    /* fills scores[classes], raw; returns the class that is answered */
    uint32_t        (*predict)(const void *view, const double *x,
                        void *scratch, double *scores);

    /* what all scores of a sample add up to; for KEYAUTH_SCORES_SHARES */
    double          (*total)(const void *view);
} keyauth_kind_t;


#define KEYAUTH_KIND(NAME, name)                                              \
    extern const keyauth_kind_t  keyauth_kind_##name;

KEYAUTH_KINDS(KEYAUTH_KIND)

#undef KEYAUTH_KIND


/* by keyauth_model_e */
extern const keyauth_kind_t *const  keyauth_kinds[KEYAUTH_MODELS];


/* the kind of that name, or KEYAUTH_MODELS */
keyauth_model_e keyauth_kind_named(const char *name, size_t len);

/*
 * "SVM, RF, XGB and FUSION", for messages and help: the kinds whose bits are
 * set, with that word before the last.  Writes at most size bytes, with the
 * NUL, and returns buf.
 */
const char *keyauth_kinds_list(char *buf, size_t size, unsigned models,
    const char *word);


#endif /* KEYAUTH_KINDS_H_INCLUDED */
