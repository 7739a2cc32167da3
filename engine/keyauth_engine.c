/*
 * The engine of one worker: see keyauth_engine.h.
 */


#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_engine.h"
#include "keyauth_features.h"


static size_t keyauth_engine_layout(keyauth_engine_t *e,
    const keyauth_model_t *m, void *memory);
static int keyauth_engine_known_answers(keyauth_engine_t *e, char *err);
static double keyauth_engine_scale(const keyauth_engine_t *e,
    keyauth_model_e model);
static double keyauth_engine_share(keyauth_model_e model, double score,
    double scale);


static size_t
keyauth_engine_layout(keyauth_engine_t *e, const keyauth_model_t *m,
    void *memory)
{
    char    *base;
    size_t   at, fusion, size, scratch;

#define keyauth_engine_take(field, type, size)                                \
    e->field = base ? (type *) (void *) (base + at) : NULL;                   \
    at += ((size) + 63) & ~(size_t) 63

    /* the SVM's scratch is its own: it keeps its age */
    size = (m->models & (1u << KEYAUTH_SVM)) ? keyauth_svm_scratch(&m->svm) : 0;
    scratch = 0;

    if (m->models & (1u << KEYAUTH_XGB)) {
        scratch = keyauth_xgb_scratch(&m->xgb);
    }

    if (m->models & (1u << KEYAUTH_FUSION)) {
        fusion = keyauth_fusion_scratch(&m->fusion);
        scratch = scratch > fusion ? scratch : fusion;
    }

    at = 0;
    base = memory;

    keyauth_engine_take(svm, void, size);
    keyauth_engine_take(scratch, void, scratch);
    keyauth_engine_take(scores, double, m->classes * sizeof(double));

    return at;
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
            expected = m->golden_label[(size_t) row * KEYAUTH_MODELS + model];

            if (label != expected) {
                snprintf(err, KEYAUTH_ERROR_MAX,
                         "known-answer test: %s answers class %u to golden "
                         "row %u, not %u", keyauth_model_names[model], label,
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
    int                     i;
    float                   x[KEYAUTH_SUMMARY];
    double                  raw[KEYAUTH_RAW_MAX];
    const keyauth_model_t  *m;

    m = e->model;

    if (model == KEYAUTH_SVM) {
        return keyauth_svm_predict(&m->svm, sample->summary, e->svm,
                                   e->scores, NULL);
    }

    if (model == KEYAUTH_FUSION) {
        keyauth_features_raw(sample->press, sample->release, m->keys, raw);
        return keyauth_fusion_predict(&m->fusion, raw, e->scratch, e->scores);
    }

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        x[i] = (float) sample->summary[i];
    }

    if (model == KEYAUTH_XGB) {
        return keyauth_xgb_predict(&m->xgb, x, e->scratch, e->scores);
    }

    return keyauth_forest_predict(&m->rf, x, e->scores);
}


uint32_t
keyauth_engine_top(const keyauth_engine_t *e, keyauth_model_e model,
    keyauth_candidate_t *best, uint32_t n)
{
    double    scale, score, unit;
    uint32_t  c, i, used;

    scale = keyauth_engine_scale(e, model);

    n = n < e->model->classes ? n : e->model->classes;
    used = 0;

    /* a forest's answer is the largest mean, and comes first here too */

    unit = model == KEYAUTH_RF ? scale : 1;

    for (c = 0; c < e->model->classes; c++) {

        score = e->scores[c] / unit;

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

    for (i = 0; i < used; i++) {
        best[i].score = keyauth_engine_share(model, best[i].score,
                                             scale / unit);
    }

    return used;
}


/* what turns raw scores into shares; for XGB, the log of the softmax's sum */
static double
keyauth_engine_scale(const keyauth_engine_t *e, keyauth_model_e model)
{
    double    max, sum;
    uint32_t  c, n;

    n = e->model->classes;
    sum = 0;

    switch (model) {

    case KEYAUTH_SVM:
        return (double) n * (n - 1) / 2;

    case KEYAUTH_XGB:
        max = e->scores[0];

        for (c = 1; c < n; c++) {
            max = fmax(max, e->scores[c]);
        }

        for (c = 0; c < n; c++) {
            sum += exp(e->scores[c] - max);
        }

        return max + log(sum);

    case KEYAUTH_FUSION:
        return 1;

    default:
        return e->model->rf.head.trees;
    }
}


static double
keyauth_engine_share(keyauth_model_e model, double score, double scale)
{
    switch (model) {

    case KEYAUTH_XGB:
        return exp(score - scale);

    default:
        return score / scale;
    }
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
        sum += keyauth_fusion_verify(&e->model->fusion, class, raw,
                                     e->scratch);
    }

    return sum / n;
}


keyauth_point_t
keyauth_engine_point(const keyauth_point_t *points, uint32_t n, double far)
{
    double           t;
    uint32_t         i;
    keyauth_point_t  p;

    for (i = 1; i < n - 1 && points[i].far < far; i++) {
        /* void */
    }

    t = (log(far) - log(points[i - 1].far))
        / (log(points[i].far) - log(points[i - 1].far));

    p.far = far;
    p.threshold = points[i - 1].threshold
                  + t * (points[i].threshold - points[i - 1].threshold);
    p.frr = points[i - 1].frr + t * (points[i].frr - points[i - 1].frr);

    return p;
}
