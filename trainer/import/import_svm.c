/*
 * Reading libsvm's text format: see import.h.  libsvm's own loader trusts
 * what it reads.
 */


#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "svm_text.h"


static int keyauth_svm_head(keyauth_svm_text_t *s);
static int keyauth_svm_keyword(keyauth_svm_text_t *s, const char *word,
    size_t len);
static int keyauth_svm_name(keyauth_svm_text_t *s, const char *what,
    const char *served);
static int keyauth_svm_classes(keyauth_svm_text_t *s);
static int keyauth_svm_rho(keyauth_svm_text_t *s);
static int keyauth_svm_labels(keyauth_svm_text_t *s);
static int keyauth_svm_counts(keyauth_svm_text_t *s);


int
keyauth_import_svm(keyauth_trained_svm_t *t, const char *text, size_t len,
    const keyauth_users_t *users, char *err)
{
    keyauth_svm_text_t  s;

    memset(t, 0, sizeof(*t));
    memset(&s, 0, sizeof(s));
    t->model = keyauth_alloc(1, sizeof(*t->model));
    t->model->param.svm_type = C_SVC;
    t->model->param.kernel_type = RBF;
    s.model = t->model;
    s.users = users;
    s.at = text;
    s.end = text + len;
    s.line = 1;
    s.err = err;

    if (keyauth_svm_head(&s) != 0) {
        return -1;
    }

    return keyauth_svm_vectors(&s);
}


/* up to the line "SV" */
static int
keyauth_svm_head(keyauth_svm_text_t *s)
{
    size_t                   len;
    const char              *word;
    const struct svm_model  *m;

    m = s->model;

    for ( ;; ) {
        len = keyauth_svm_word(s, &word);

        if (len == 2 && memcmp(word, "SV", 2) == 0) {
            break;
        }

        if (len == 0 && s->at == s->end) {
            return keyauth_svm_wrong(s, "it ends before its vectors");
        }

        if (keyauth_svm_keyword(s, word, len) != 0
            || keyauth_svm_end(s) != 0)
        {
            return -1;
        }
    }

    if (!(m->param.gamma > 0) || m->l == 0 || m->rho == NULL
        || m->label == NULL || m->nSV == NULL)
    {
        return keyauth_svm_wrong(s, "one of gamma, total_sv, rho, label and "
                                 "nr_sv is missing above");
    }

    return keyauth_svm_end(s);
}


static int
keyauth_svm_keyword(keyauth_svm_text_t *s, const char *word, size_t len)
{
    char               text[32];
    struct svm_model  *m;

    m = s->model;

#define keyauth_svm_is(name)                                                  \
    (len == sizeof(name) - 1 && memcmp(word, name, len) == 0)

    if (keyauth_svm_is("svm_type")) {
        return keyauth_svm_name(s, "svm_type", "c_svc");
    }

    if (keyauth_svm_is("kernel_type")) {
        return keyauth_svm_name(s, "kernel_type", "rbf");
    }

    if (keyauth_svm_is("gamma")) {
        return keyauth_svm_real(s, "gamma", &m->param.gamma);
    }

    if (keyauth_svm_is("nr_class") && m->nr_class == 0) {
        return keyauth_svm_classes(s);
    }

    if (keyauth_svm_is("total_sv") && m->l == 0) {
        return keyauth_svm_whole(s, "total_sv", 1, &m->l);
    }

    if (keyauth_svm_is("rho") && m->nr_class > 0 && m->rho == NULL) {
        return keyauth_svm_rho(s);
    }

    if (keyauth_svm_is("label") && m->nr_class > 0 && m->label == NULL) {
        return keyauth_svm_labels(s);
    }

    if (keyauth_svm_is("nr_sv") && m->nr_class > 0 && m->nSV == NULL) {
        return keyauth_svm_counts(s);
    }

    /* what libsvm makes probabilities of has no part in its votes */

    if (keyauth_svm_is("probA") || keyauth_svm_is("probB")) {
        m->param.probability = 1;
        s->at += strcspn(s->at, "\n");
        return 0;
    }

    return keyauth_svm_wrong(s, "\"%s\" is not known, or stands in the wrong "
                             "place", keyauth_quote(text, sizeof(text), word,
                                                    len));
}


static int
keyauth_svm_name(keyauth_svm_text_t *s, const char *what, const char *served)
{
    char         text[32];
    size_t       len;
    const char  *word;

    len = keyauth_svm_word(s, &word);

    if (len == strlen(served) && memcmp(word, served, len) == 0) {
        return 0;
    }

    return keyauth_svm_wrong(s, "%s: \"%s\", and only %s is supported", what,
                             keyauth_quote(text, sizeof(text), word, len),
                             served);
}


static int
keyauth_svm_classes(keyauth_svm_text_t *s)
{
    if (keyauth_svm_whole(s, "nr_class", 2, &s->model->nr_class) != 0) {
        return -1;
    }

    if ((uint32_t) s->model->nr_class != s->users->n) {
        return keyauth_svm_wrong(s, "nr_class: %d classes, and there are %u "
                                 "users", s->model->nr_class,
                                 (unsigned) s->users->n);
    }

    return 0;
}


/* a number takes two bytes at least: no more is allocated than can be read */
static int
keyauth_svm_rho(keyauth_svm_text_t *s)
{
    size_t  i, pairs;

    pairs = (size_t) s->users->n * (s->users->n - 1) / 2;

    if (pairs > (size_t) (s->end - s->at) / 2) {
        return keyauth_svm_wrong(s, "rho: fewer than the %zu numbers that %u "
                                 "classes have", pairs,
                                 (unsigned) s->users->n);
    }

    s->model->rho = keyauth_alloc(pairs, sizeof(double));

    for (i = 0; i < pairs; i++) {
        if (keyauth_svm_real(s, "rho", &s->model->rho[i]) != 0) {
            return -1;
        }
    }

    return 0;
}


/*
 * The order matters: of classes with as many votes the first wins, and votes
 * are counted in sums whose order shows in their last bits.
 */
static int
keyauth_svm_labels(keyauth_svm_text_t *s)
{
    int          named, numbered;
    int         *label;
    char         digits[16], text[64];
    uint32_t     i;
    const char  *user;

    label = keyauth_alloc(s->users->n, sizeof(int));
    s->model->label = label;
    named = 1;
    numbered = 1;

    for (i = 0; i < s->users->n; i++) {
        if (keyauth_svm_whole(s, "label", INT_MIN, &label[i]) != 0) {
            return -1;
        }

        user = s->users->user[i];
        snprintf(digits, sizeof(digits), "%d", label[i]);
        named = named && strcmp(digits, user) == 0;
        numbered = numbered && label[i] == (int) i;

        if (!named && !numbered) {
            return keyauth_svm_wrong(s, "label: class %u is %d, and the user "
                                     "there is \"%s\": users should have the "
                                     "classes' order, and classes be called "
                                     "0, 1, ... or by UserID",
                                     (unsigned) i, label[i],
                                     keyauth_quote(text, sizeof(text), user,
                                                   strlen(user)));
        }
    }

    for (i = 0; i < s->users->n; i++) {
        label[i] = (int) i;
    }

    return 0;
}


static int
keyauth_svm_counts(keyauth_svm_text_t *s)
{
    int       i;
    uint64_t  sum;

    s->model->nSV = keyauth_alloc(s->users->n, sizeof(int));
    sum = 0;

    for (i = 0; i < s->model->nr_class; i++) {
        if (keyauth_svm_whole(s, "nr_sv", 0, &s->model->nSV[i]) != 0) {
            return -1;
        }

        sum += (uint64_t) s->model->nSV[i];
    }

    if (sum != (uint64_t) s->model->l) {
        return keyauth_svm_wrong(s, "nr_sv: %llu vectors, and total_sv above "
                                 "is %d", (unsigned long long) sum,
                                 s->model->l);
    }

    return 0;
}
