/*
 * The engine of one worker: see keyauth_engine.h.
 */


#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_engine.h"
#include "keyauth_features.h"
#include "keyauth_fusion.h"


static size_t keyauth_engine_layout(keyauth_engine_t *e,
    const keyauth_model_t *m, void *memory);
static int keyauth_engine_known_answers(keyauth_engine_t *e, char *err);
static double keyauth_engine_softmax(const keyauth_engine_t *e);


static size_t
keyauth_engine_layout(keyauth_engine_t *e, const keyauth_model_t *m,
    void *memory)
{
    char             *base;
    size_t            at, size;
    keyauth_model_e   i;

    at = 0;
    base = memory;

    for (i = 0; i < KEYAUTH_MODELS; i++) {

        if (m->view[i] == NULL || keyauth_kinds[i]->scratch == NULL) {
            e->scratch[i] = NULL;
            continue;
        }

        size = keyauth_kinds[i]->scratch(m->view[i]);
        e->scratch[i] = base ? base + at : NULL;
        at += (size + 63) & ~(size_t) 63;
    }

    e->scores = base ? (double *) (void *) (base + at) : NULL;

    return at + ((m->classes * sizeof(double) + 63) & ~(size_t) 63);
}


size_t
keyauth_engine_size(const keyauth_model_t *model)
{
    keyauth_engine_t  e;

    return keyauth_engine_layout(&e, model, NULL);
}


int
keyauth_engine_init(keyauth_engine_t *e, const keyauth_model_t *model,
    void *memory, char *err)
{
    size_t                  i;
    unsigned                sum;
    volatile unsigned       touched;

    memset(e, 0, sizeof(*e));
    e->model = model;
    memset(memory, 0, keyauth_engine_layout(e, model, memory));

    sum = 0;

    for (i = 0; i < model->size; i += 4096) {
        sum += model->data[i];
    }

    touched = sum;
    (void) touched;

    return keyauth_engine_known_answers(e, err);
}


static int
keyauth_engine_known_answers(keyauth_engine_t *e, char *err)
{
    uint32_t                row, keys, label, expected;
    const double           *p;
    keyauth_model_e         model;
    keyauth_request_t       r;
    const keyauth_model_t  *m;

    m = e->model;
    keys = m->keys;

    for (row = 0; row < m->golden_rows; row++) {
        p = m->golden + (size_t) row * 2 * keys;

        r.keys = keys;
        memcpy(r.press, p, keys * sizeof(double));
        memcpy(r.release, p + keys, keys * sizeof(double));
        keyauth_features_summary(r.press, r.release, keys, r.summary);

        for (model = 0; model < KEYAUTH_MODELS; model++) {

            if (!(m->models & (1u << model))) {
                continue;
            }

            label = keyauth_engine_predict(e, model, &r);
            expected = m->golden_label[(size_t) row * m->golden_kinds
                                       + model];

            if (label != expected) {
                snprintf(err, KEYAUTH_ERROR_MAX,
                         "known-answer test: %s answers class %u to golden "
                         "row %u, not %u", keyauth_kinds[model]->name, label,
                         row, expected);
                return -1;
            }
        }
    }

    return 0;
}


uint32_t
keyauth_engine_predict(keyauth_engine_t *e, keyauth_model_e model,
    const keyauth_request_t *sample)
{
    double                  raw[KEYAUTH_RAW_MAX];
    const double           *x;
    const keyauth_kind_t   *kind;
    const keyauth_model_t  *m;

    m = e->model;
    kind = keyauth_kinds[model];
    x = sample->summary;

    if (kind->input == KEYAUTH_INPUT_TIMINGS) {
        keyauth_features_raw(sample->press, sample->release, m->keys, raw);
        x = raw;
    }

    return kind->predict(m->view[model], x, e->scratch[model], e->scores);
}


uint32_t
keyauth_engine_top(const keyauth_engine_t *e, keyauth_model_e model,
    keyauth_candidate_t *best, uint32_t n)
{
    double                 log_sum, score, total;
    uint32_t               c, i, used;
    const keyauth_kind_t  *kind;

    kind = keyauth_kinds[model];
    total = kind->scores == KEYAUTH_SCORES_SHARES
            ? kind->total(e->model->view[model]) : 1;

    n = n < e->model->classes ? n : e->model->classes;
    used = 0;

    /* shares are what a forest's answer is the largest of: it is first here */

    for (c = 0; c < e->model->classes; c++) {

        score = e->scores[c] / total;

        if (used == n && !(score > best[n - 1].score)) {
            continue;
        }

        i = used < n ? used++ : n - 1;

        for ( /* void */ ; i > 0 && score > best[i - 1].score; i--) {
            best[i] = best[i - 1];
        }

        best[i].class = c;
        best[i].score = score;
    }

    if (kind->scores == KEYAUTH_SCORES_MARGINS) {
        log_sum = keyauth_engine_softmax(e);

        for (i = 0; i < used; i++) {
            best[i].score = exp(best[i].score - log_sum);
        }
    }

    return used;
}


/* the logarithm of the sum that a softmax divides by */
static double
keyauth_engine_softmax(const keyauth_engine_t *e)
{
    double    max, sum;
    uint32_t  c, n;

    n = e->model->classes;
    max = e->scores[0];
    sum = 0;

    for (c = 1; c < n; c++) {
        max = fmax(max, e->scores[c]);
    }

    for (c = 0; c < n; c++) {
        sum += exp(e->scores[c] - max);
    }

    return max + log(sum);
}


double
keyauth_engine_verify(keyauth_engine_t *e, uint32_t class,
    const keyauth_request_t *samples, uint32_t n)
{
    double    sum, raw[KEYAUTH_RAW_MAX];
    uint32_t  i;

    sum = 0;

    for (i = 0; i < n; i++) {
        keyauth_features_raw(samples[i].press, samples[i].release,
                             e->model->keys, raw);
        sum += keyauth_fusion_verify(e->model->view[KEYAUTH_FUSION], class,
                                     raw, e->scratch[KEYAUTH_FUSION]);
    }

    return sum / n;
}
