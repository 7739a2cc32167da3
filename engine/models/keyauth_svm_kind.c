/*
 * SVM as a kind of model: its sections are read and checked here.
 */


#include "keyauth_kinds.h"
#include "keyauth_svm.h"


static int keyauth_svm_kind_read(void *view, keyauth_sections_t *s);
static int keyauth_svm_kind_check(const void *view, char *err);
static size_t keyauth_svm_kind_scratch(const void *view);
static uint32_t keyauth_svm_kind_predict(const void *view,
    const double *x, void *scratch, double *scores);
static double keyauth_svm_kind_total(const void *view);


const keyauth_kind_t  keyauth_kind_svm = {
    "SVM",
    "svm.head",
    KEYAUTH_INPUT_SUMMARY,
    KEYAUTH_SCORES_SHARES,
    sizeof(keyauth_svm_t),
    offsetof(keyauth_svm_t, kernels),
    keyauth_svm_kind_read,
    keyauth_svm_kind_check,
    keyauth_svm_kind_scratch,
    keyauth_svm_kind_predict,
    keyauth_svm_kind_total
};


static int
keyauth_svm_kind_read(void *view, keyauth_sections_t *s)
{
    size_t          n, classes, vectors;
    keyauth_svm_t  *svm;

    svm = view;
    keyauth_sections_head(s, "svm.head", &svm->head, sizeof(svm->head));

    if (svm->head.classes != s->classes) {
        keyauth_sections_refuse(s, "the SVM is for other classes");
    }

    classes = s->classes;
    vectors = svm->head.vectors;

    svm->start = keyauth_sections_array(s, "svm.start", sizeof(uint32_t),
                                        classes + 1);
    svm->vectors = keyauth_sections_array(s, "svm.vectors", sizeof(double),
                                          vectors * KEYAUTH_SUMMARY);
    svm->coef = keyauth_sections_array(s, "svm.coef", sizeof(double),
                                       vectors * (classes - 1));
    svm->rho = keyauth_sections_array(s, "svm.rho", sizeof(double),
                                      classes * (classes - 1) / 2);
    svm->depth = keyauth_sections_array(s, "svm.depth", sizeof(uint32_t),
                                        svm->head.groups);
    svm->slots = keyauth_sections_array(s, "svm.slots",
                                        KEYAUTH_SUMMARY * KEYAUTH_SVM_LANES
                                        * sizeof(float), svm->head.slots);
    svm->pairs = keyauth_sections_bytes(s, "svm.pairs",
                                        KEYAUTH_SVM_LANES * sizeof(float),
                                        &n);
    svm->npairs = n;

    return s->bad ? -1 : 0;
}


static int
keyauth_svm_kind_check(const void *view, char *err)
{
    return keyauth_svm_check(view, err);
}


static size_t
keyauth_svm_kind_scratch(const void *view)
{
    return keyauth_svm_scratch(view);
}


static uint32_t
keyauth_svm_kind_predict(const void *view, const double *x,
    void *scratch, double *scores)
{
    return keyauth_svm_predict(view, x, scratch, scores, NULL);
}


/* each pair of classes has a vote */
static double
keyauth_svm_kind_total(const void *view)
{
    double                n;
    const keyauth_svm_t  *m;

    m = view;
    n = m->head.classes;

    return n * (n - 1) / 2;
}
