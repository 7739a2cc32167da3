#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "folds.h"


typedef struct {
    const keyauth_dataset_t  *data;
    const double             *summary;
    uint8_t                  *keep;     /* [rows] 1: to train on */
    keyauth_recipe_t          recipe;
    unsigned                  models;
    keyauth_outcomes_t       *outcomes;
    uint32_t                 *answer;   /* of FUSION's; NULL: not kept */
    char                     *err;
} keyauth_evaluator_t;


static int keyauth_evaluate_fold(const keyauth_evaluator_t *e,
    keyauth_fold_t *fold);
static void keyauth_evaluate_row(keyauth_ready_t *r,
    const keyauth_evaluator_t *e, uint32_t row, keyauth_fold_t *fold);
static void keyauth_evaluate_sum(keyauth_evaluation_t *v);


int
keyauth_evaluate(keyauth_evaluation_t *v, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, unsigned models, uint32_t folds,
    keyauth_progress_t *progress, char *err)
{
    int                   rc;
    double               *summary;
    uint32_t              i, k;
    keyauth_evaluator_t   e;

    memset(v, 0, sizeof(keyauth_evaluation_t));
    keyauth_outcomes_init(&v->outcomes[0], d->classes);
    keyauth_outcomes_init(&v->outcomes[1], d->classes);
    v->folds = keyauth_folds(d, folds);
    v->fold = keyauth_alloc(v->folds, sizeof(keyauth_fold_t));
    v->answer = keyauth_alloc(d->rows, sizeof(uint32_t));
    summary = keyauth_dataset_summary(d);

    for (i = 0; i < d->rows; i++) {
        v->answer[i] = KEYAUTH_UNTESTED;
    }

    e.data = d;
    e.summary = summary;
    e.keep = keyauth_alloc(d->rows, 1);
    e.recipe = *recipe;
    e.recipe.without = ((1u << KEYAUTH_MODELS) - 1) & ~models;
    e.models = models;
    e.outcomes = &v->outcomes[0];
    e.answer = v->answer;
    e.err = err;
    rc = 0;

    for (k = 0; k < v->folds && rc == 0; k++) {
        keyauth_fold_keep(e.keep, d, k, v->folds);
        rc = keyauth_evaluate_fold(&e, &v->fold[k]);
        keyauth_progress_step(progress, k + 1);
    }

    keyauth_fold_keep_first(e.keep, d);
    e.outcomes = &v->outcomes[1];
    e.answer = NULL;

    if (rc == 0) {
        rc = keyauth_evaluate_fold(&e, &v->chrono);
        keyauth_progress_step(progress, v->folds + 1);
    }

    keyauth_evaluate_sum(v);
    free(summary);
    free(e.keep);

    return rc;
}


static int
keyauth_evaluate_fold(const keyauth_evaluator_t *e, keyauth_fold_t *fold)
{
    int                rc;
    uint32_t           i;
    keyauth_rows_t     rows;
    keyauth_image_t    image;
    keyauth_ready_t    ready;
    keyauth_trained_t  trained;

    memset(&image, 0, sizeof(keyauth_image_t));
    memset(&ready, 0, sizeof(keyauth_ready_t));
    keyauth_rows_pick(&rows, e->data, e->summary, e->keep);
    rc = keyauth_train(&trained, &rows, &e->recipe, NULL, e->err);

    if (rc == 0) {
        rc = keyauth_build_plain(&image, e->data, &trained, e->err);
        keyauth_trained_free(&trained);
    }

    if (rc == 0) {
        rc = keyauth_ready_read(&ready, &image, e->err);
    }

    for (i = 0; i < e->data->rows && rc == 0; i++) {
        if (!e->keep[i]) {
            keyauth_evaluate_row(&ready, e, i, fold);
        }
    }

    keyauth_ready_free(&ready);
    keyauth_image_free(&image);
    keyauth_rows_free(&rows);

    return rc;
}


static void
keyauth_evaluate_row(keyauth_ready_t *r, const keyauth_evaluator_t *e,
    uint32_t row, keyauth_fold_t *fold)
{
    size_t               at;
    uint32_t             class, n, place;
    keyauth_model_e      model;
    keyauth_request_t    sample;
    keyauth_candidate_t  best[5];

    at = (size_t) row * e->data->keys;
    class = e->data->class[row];
    fold->tests++;
    e->outcomes->tests[class]++;

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        if (!(e->models & 1u << model)) {
            continue;
        }

        keyauth_ready_sample(&sample, model, e->data->press + at,
                             e->data->release + at, e->data->keys);
        keyauth_engine_predict(&r->engine, model, &sample);
        n = keyauth_engine_top(&r->engine, model, best, 5);

        for (place = 0; place < n; place++) {
            if (best[place].class == class) {
                break;
            }
        }

        if (model == KEYAUTH_FUSION && e->answer != NULL) {
            e->answer[row] = best[0].class;
        }

        place = place < n ? place : KEYAUTH_CLASSES_MAX;
        fold->top1[model] += place == 0;
        fold->top5[model] += place < 5;
        keyauth_outcomes_count(e->outcomes, model, class, place,
                               best[0].score);
    }
}


static void
keyauth_evaluate_sum(keyauth_evaluation_t *v)
{
    uint32_t         k;
    keyauth_model_e  model;

    for (k = 0; k < v->folds; k++) {
        v->sum.tests += v->fold[k].tests;

        for (model = 0; model < KEYAUTH_MODELS; model++) {
            v->sum.top1[model] += v->fold[k].top1[model];
            v->sum.top5[model] += v->fold[k].top5[model];
        }
    }
}


void
keyauth_evaluation_free(keyauth_evaluation_t *v)
{
    keyauth_outcomes_free(&v->outcomes[0]);
    keyauth_outcomes_free(&v->outcomes[1]);
    free(v->fold);
    free(v->answer);
    memset(v, 0, sizeof(keyauth_evaluation_t));
}
