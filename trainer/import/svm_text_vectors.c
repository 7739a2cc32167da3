/*
 * The support vectors in libsvm's text format: see svm_text.h.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svm_text.h"


static int keyauth_svm_vector(keyauth_svm_text_t *s, int i);
static int keyauth_svm_features(keyauth_svm_text_t *s, struct svm_node *node);
static int keyauth_svm_scaled(keyauth_svm_text_t *s);


int
keyauth_svm_vectors(keyauth_svm_text_t *s)
{
    int                i;
    size_t             left, room;
    struct svm_node   *nodes;
    struct svm_model  *m;

    m = s->model;
    left = (size_t) (s->end - s->at);

    if ((size_t) m->l > left / 2 / ((size_t) m->nr_class - 1)) {
        return keyauth_svm_wrong(s, "it has fewer than %d vectors", m->l);
    }

    m->free_sv = 1;
    m->SV = keyauth_alloc((size_t) m->l, sizeof(*m->SV));
    m->sv_coef = keyauth_alloc((size_t) m->nr_class, sizeof(*m->sv_coef));
    room = KEYAUTH_SUMMARY + 1;
    nodes = keyauth_alloc((size_t) m->l * room, sizeof(*nodes));

    for (i = 0; i < m->l; i++) {
        m->SV[i] = nodes + (size_t) i * room;
    }

    for (i = 0; i < m->nr_class - 1; i++) {
        m->sv_coef[i] = keyauth_alloc((size_t) m->l, sizeof(double));
    }

    for (i = 0; i < m->l; i++) {
        if (keyauth_svm_vector(s, i) != 0) {
            return -1;
        }
    }

    if (s->at != s->end) {
        return keyauth_svm_wrong(s, "something follows the last vector");
    }

    return keyauth_svm_scaled(s);
}


static int
keyauth_svm_vector(keyauth_svm_text_t *s, int i)
{
    int  k;

    if (s->at == s->end) {
        return keyauth_svm_wrong(s, "it ends after %d of %d vectors", i,
                                 s->model->l);
    }

    for (k = 0; k < s->model->nr_class - 1; k++) {
        if (keyauth_svm_real(s, "coefficient", &s->model->sv_coef[k][i])
            != 0)
        {
            return -1;
        }
    }

    return keyauth_svm_features(s, s->model->SV[i]);
}


/* "1:72 2:21.9 ...": what is left out is 0 */
static int
keyauth_svm_features(keyauth_svm_text_t *s, struct svm_node *node)
{
    int          f, next;
    char        *end;
    char         text[32];
    size_t       len;
    double       value, x[KEYAUTH_SUMMARY] = { 0 };
    const char  *word;

    next = 1;

    while ((len = keyauth_svm_word(s, &word)) > 0) {
        f = word[0] - '0';

        if (word[1] != ':' || f < next || f > KEYAUTH_SUMMARY) {
            return keyauth_svm_wrong(s, "\"%s\" should be one of features %d "
                                     "to 8, in their order",
                                     keyauth_quote(text, sizeof(text), word,
                                                   len), next);
        }

        value = strtod(word + 2, &end);

        if (end != s->at || end == word + 2 || !isfinite(value)
            || strspn(word + 2, "0123456789+-.eE") < len - 2)
        {
            return keyauth_svm_wrong(s, "\"%s\" has no number",
                                     keyauth_quote(text, sizeof(text), word,
                                                   len));
        }

        x[f - 1] = value;
        node->index = f;
        node++->value = value;
        next = f + 1;
    }

    node->index = -1;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        s->low[f] = fmin(s->low[f], x[f]);
        s->high[f] = fmax(s->high[f], x[f]);
    }

    return keyauth_svm_end(s);
}


static int
keyauth_svm_scaled(keyauth_svm_text_t *s)
{
    int  f;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        if (s->low[f] == 0 && s->high[f] == 0) {
            snprintf(s->err, KEYAUTH_ERROR_MAX, "no vector has a feature %d: "
                     "the eight summary features are not what it was trained"
                     " on",
                     f + 1);
            return -1;
        }
    }

    return keyauth_import_scaled(s->low, s->high, "", s->err);
}
