/*
 * Folds, trained and tested: see evaluate.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "folds.h"
#include "parallel.h"


/* what a model said of a row that was tested */
typedef struct {
    uint32_t                  place;    /* of the true class, or beyond all */
    uint32_t                  answer;
    double                    score;
} keyauth_verdict_t;


/* a task is one model in one fold; behind the folds is the chronological one */
typedef struct {
    const keyauth_dataset_t  *data;
    const double             *summary;
    const keyauth_recipe_t   *recipe;
    uint32_t                  folds;
    uint32_t                  models;
    keyauth_model_e           model[KEYAUTH_MODELS];
    keyauth_verdict_t        *verdict[2][KEYAUTH_MODELS];   /* [rows] */
    keyauth_progress_t       *progress;
    int                      *rc;       /* [models * (folds + 1)] */
    char                     *err;      /* [the same][KEYAUTH_ERROR_MAX] */
} keyauth_evaluator_t;


static void keyauth_evaluator_init(keyauth_evaluator_t *e, unsigned models);
static int keyauth_evaluator_end(keyauth_evaluator_t *e, char *err);
static void keyauth_evaluate_keep(const keyauth_evaluator_t *e, uint8_t *keep,
    uint32_t k);
static void keyauth_evaluate_task(void *data, uint32_t i);
static int keyauth_evaluate_fold(const keyauth_evaluator_t *e,
    keyauth_model_e model, const uint8_t *keep, keyauth_verdict_t *verdict,
    char *err);
static void keyauth_evaluate_row(keyauth_verdict_t *v, keyauth_ready_t *r,
    const keyauth_evaluator_t *e, keyauth_model_e model, uint32_t row);
static void keyauth_evaluate_count(keyauth_evaluation_t *v,
    const keyauth_evaluator_t *e);
static void keyauth_evaluate_sum(keyauth_evaluation_t *v);


int
keyauth_evaluate(keyauth_evaluation_t *v, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, unsigned models, uint32_t folds,
    keyauth_progress_t *progress, char *err)
{
    int                   rc;
    double               *summary;
    uint32_t              i;
    keyauth_evaluator_t   e;

    memset(v, 0, sizeof(keyauth_evaluation_t));
    keyauth_tally_init(&v->tally[0], d->classes);
    keyauth_tally_init(&v->tally[1], d->classes);
    v->folds = keyauth_folds(d, folds);
    v->fold = keyauth_alloc(v->folds, sizeof(keyauth_fold_t));
    v->answer = keyauth_alloc(d->rows, sizeof(uint32_t));
    summary = keyauth_dataset_summary(d);

    for (i = 0; i < d->rows; i++) {
        v->answer[i] = KEYAUTH_UNTESTED;
    }

    memset(&e, 0, sizeof(keyauth_evaluator_t));
    e.data = d;
    e.summary = summary;
    e.recipe = recipe;
    e.folds = v->folds;
    e.progress = progress;
    keyauth_evaluator_init(&e, models);
    keyauth_parallel(e.models * (e.folds + 1), keyauth_evaluate_task, &e);
    keyauth_evaluate_count(v, &e);
    rc = keyauth_evaluator_end(&e, err);

    keyauth_evaluate_sum(v);
    free(summary);

    return rc;
}


static void
keyauth_evaluator_init(keyauth_evaluator_t *e, unsigned models)
{
    uint32_t         i, tasks;
    keyauth_model_e  model;

    e->models = keyauth_training_turns(e->model, models);

    for (i = 0; i < e->models; i++) {
        model = e->model[i];
        e->verdict[0][model] = keyauth_alloc(e->data->rows,
                                             sizeof(keyauth_verdict_t));
        e->verdict[1][model] = keyauth_alloc(e->data->rows,
                                             sizeof(keyauth_verdict_t));
    }

    tasks = e->models * (e->folds + 1);
    e->rc = keyauth_alloc(tasks, sizeof(int));
    e->err = keyauth_alloc(tasks, KEYAUTH_ERROR_MAX);
}


/* the first reason why a task failed */
static int
keyauth_evaluator_end(keyauth_evaluator_t *e, char *err)
{
    int              rc;
    uint32_t         i;
    keyauth_model_e  model;

    rc = 0;

    for (i = 0; i < e->models * (e->folds + 1) && rc == 0; i++) {
        rc = e->rc[i];

        if (rc != 0) {
            memcpy(err, e->err + (size_t) i * KEYAUTH_ERROR_MAX,
                   KEYAUTH_ERROR_MAX);
        }
    }

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        free(e->verdict[0][model]);
        free(e->verdict[1][model]);
    }

    free(e->rc);
    free(e->err);

    return rc;
}


static void
keyauth_evaluate_keep(const keyauth_evaluator_t *e, uint8_t *keep, uint32_t k)
{
    if (k < e->folds) {
        keyauth_fold_keep(keep, e->data, k, e->folds);

    } else {
        keyauth_fold_keep_first(keep, e->data);
    }
}


static void
keyauth_evaluate_task(void *data, uint32_t i)
{
    uint8_t              *keep;
    uint32_t              k;
    keyauth_model_e       model;
    keyauth_evaluator_t  *e;

    e = data;
    k = i % (e->folds + 1);
    model = e->model[i / (e->folds + 1)];
    keep = keyauth_alloc(e->data->rows, 1);
    keyauth_evaluate_keep(e, keep, k);
    e->rc[i] = keyauth_evaluate_fold(e, model, keep,
                                     e->verdict[k == e->folds][model],
                                     e->err + (size_t) i * KEYAUTH_ERROR_MAX);
    keyauth_progress_more(e->progress);
    free(keep);
}


static int
keyauth_evaluate_fold(const keyauth_evaluator_t *e, keyauth_model_e model,
    const uint8_t *keep, keyauth_verdict_t *verdict, char *err)
{
    int                rc;
    uint32_t           i;
    keyauth_rows_t     rows;
    keyauth_image_t    image;
    keyauth_ready_t    ready;
    keyauth_recipe_t   recipe;
    keyauth_trained_t  trained;

    memset(&image, 0, sizeof(keyauth_image_t));
    memset(&ready, 0, sizeof(keyauth_ready_t));
    recipe = *e->recipe;
    recipe.without = KEYAUTH_ALL_MODELS & ~(1u << model);
    keyauth_rows_pick(&rows, e->data, e->summary, keep);
    rc = keyauth_train(&trained, &rows, &recipe, err);

    if (rc == 0) {
        rc = keyauth_build_plain(&image, e->data, &trained, err);
        keyauth_trained_free(&trained);
    }

    if (rc == 0) {
        rc = keyauth_ready_read(&ready, &image, err);
    }

    for (i = 0; i < e->data->rows && rc == 0; i++) {
        if (!keep[i]) {
            keyauth_evaluate_row(&verdict[i], &ready, e, model, i);
        }
    }

    keyauth_ready_free(&ready);
    keyauth_image_free(&image);
    keyauth_rows_free(&rows);

    return rc;
}


static void
keyauth_evaluate_row(keyauth_verdict_t *v, keyauth_ready_t *r,
    const keyauth_evaluator_t *e, keyauth_model_e model, uint32_t row)
{
    size_t               at;
    uint32_t             n, place;
    keyauth_request_t    sample;
    keyauth_candidate_t  best[5];

    at = (size_t) row * e->data->keys;
    keyauth_ready_sample(&sample, model, e->data->press + at,
                         e->data->release + at, e->data->keys);
    keyauth_engine_predict(&r->engine, model, &sample);
    n = keyauth_engine_top(&r->engine, model, best, 5);

    for (place = 0; place < n; place++) {
        if (best[place].class == e->data->class[row]) {
            break;
        }
    }

    v->place = place < n ? place : KEYAUTH_CLASSES_MAX;
    v->answer = best[0].class;
    v->score = best[0].score;
}


/* fold by fold and row by row, whichever was ready first */
static void
keyauth_evaluate_count(keyauth_evaluation_t *v, const keyauth_evaluator_t *e)
{
    uint8_t                  *keep;
    uint32_t                  i, k;
    keyauth_fold_t           *fold;
    keyauth_model_e           model;
    keyauth_tally_t          *o;
    const keyauth_verdict_t  *verdict;

    keep = keyauth_alloc(e->data->rows, 1);

    for (k = 0; k <= e->folds; k++) {
        keyauth_evaluate_keep(e, keep, k);
        fold = k < e->folds ? &v->fold[k] : &v->chrono;
        o = &v->tally[k == e->folds];

        for (i = 0; i < e->data->rows; i++) {

            if (keep[i]) {
                continue;
            }

            fold->tests++;
            o->tests[e->data->class[i]]++;

            for (model = 0; model < KEYAUTH_MODELS; model++) {

                if (e->verdict[0][model] == NULL) {
                    continue;
                }

                verdict = &e->verdict[k == e->folds][model][i];
                fold->top1[model] += verdict->place == 0;
                fold->top5[model] += verdict->place < 5;
                keyauth_tally_count(o, model, e->data->class[i],
                                    verdict->place, verdict->score);

                if (model == KEYAUTH_FUSION && k < e->folds) {
                    v->answer[i] = verdict->answer;
                }
            }
        }
    }

    free(keep);
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
    keyauth_tally_free(&v->tally[0]);
    keyauth_tally_free(&v->tally[1]);
    free(v->fold);
    free(v->answer);
    memset(v, 0, sizeof(keyauth_evaluation_t));
}
