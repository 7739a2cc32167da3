/*
 * Predicting: from a parsed body to plain results.
 */


#include <time.h>

#include "keyauth_point.h"
#include "keyauth_predict.h"
#include "keyauth_user.h"
#include "keyauth_warnings.h"


static void keyauth_predict_one(keyauth_engine_t *e,
    const keyauth_request_t *request, keyauth_result_t *result,
    keyauth_candidate_t *candidate);
static int keyauth_predict_accepts(keyauth_engine_t *e, uint32_t class,
    const keyauth_request_t *request);
static uint64_t keyauth_predict_clock(void);


void
keyauth_predict(keyauth_engine_t *e, const keyauth_batch_t *batch,
    keyauth_results_t *results)
{
    uint32_t                  i;
    uint64_t                  start, end;
    keyauth_result_t         *result;
    const keyauth_request_t  *request;
    keyauth_candidate_t      *candidate, best;

    results->n = batch->n;
    results->array = batch->array;
    candidate = results->candidate;

    start = keyauth_predict_clock();

    for (i = 0; i < batch->n; i++) {
        request = &batch->request[i];
        result = &results->result[i];

        keyauth_predict_one(e, request, result, candidate);
        candidate += result->top;

        end = keyauth_predict_clock();
        result->nsec = end - start;
        start = end;

        if (result->top > 0) {
            result->score = result->candidate[0].score;

        } else if (request->scored) {

            /* the client did not ask for it: not a part of its time */

            (void) keyauth_engine_top(e, request->model, &best, 1);
            result->score = best.score;
            start = keyauth_predict_clock();

        } else {
            result->score = -1;
        }
    }
}


static void
keyauth_predict_one(keyauth_engine_t *e, const keyauth_request_t *request,
    keyauth_result_t *result, keyauth_candidate_t *candidate)
{
    result->model = request->model;
    result->best = keyauth_engine_predict(e, request->model, request);
    result->top = 0;
    result->candidate = candidate;

    if (request->top > 0) {
        result->top = keyauth_engine_top(e, request->model, candidate,
                                         request->top);
    }

    result->class = keyauth_predict_accepts(e, result->best, request)
                    ? result->best : KEYAUTH_NOBODY;
    result->step = 0;
    result->warnings = keyauth_warnings(request, e->model->keys,
                                        &result->step);
}


static int
keyauth_predict_accepts(keyauth_engine_t *e, uint32_t class,
    const keyauth_request_t *request)
{
    double           score;
    keyauth_point_t  point;

    if (request->far == 0) {
        return 1;
    }

    score = keyauth_engine_verify(e, class, request, 1);
    point = keyauth_point_at(e->model->unknown, e->model->points,
                             request->far);

    return score >= point.threshold;
}


void
keyauth_verify(keyauth_engine_t *e, const keyauth_claim_t *claim,
    keyauth_verdict_t *verdict)
{
    uint32_t  i, points;
    uint64_t  start;

    start = keyauth_predict_clock();
    points = e->model->points;

    verdict->class = claim->class;
    verdict->attempts = claim->attempts;
    verdict->far = claim->far;
    verdict->score = keyauth_engine_verify(e, claim->class, claim->sample,
                                           claim->attempts);
    verdict->point = keyauth_point_at(e->model->verify
                                      + (claim->attempts - 1) * points,
                                      points, claim->far);
    verdict->accepted = verdict->score >= verdict->point.threshold;
    verdict->live = 0;
    verdict->reason = NULL;
    verdict->user = NULL;
    verdict->method = NULL;
    verdict->warnings = 0;
    verdict->step = 0;

    for (i = 0; i < claim->attempts; i++) {
        verdict->warnings |= keyauth_warnings(&claim->sample[i],
                                              e->model->keys,
                                              &verdict->step);
    }

    verdict->nsec = keyauth_predict_clock() - start;
}


void
keyauth_verify_live(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_claim_t *claim,
    keyauth_verdict_t *verdict)
{
    uint32_t                  i;
    uint64_t                  start;
    keyauth_live_sample_t     sample;
    const keyauth_request_t  *r;

    start = keyauth_predict_clock();

    verdict->class = KEYAUTH_NOBODY;
    verdict->attempts = claim->attempts;
    verdict->far = claim->far;
    verdict->score = 0;
    verdict->live = 1;
    verdict->reason = NULL;
    verdict->user = claim->user;
    verdict->method = KEYAUTH_LIVE_NAME;
    verdict->warnings = 0;
    verdict->step = 0;

    for (i = 0; i < claim->attempts; i++) {
        r = &claim->sample[i];
        keyauth_live_sample(live, r->press, r->release, r->keys, &sample);
        verdict->score += keyauth_live_score(live, t, &sample);
        verdict->warnings |= keyauth_warnings(r, r->keys, &verdict->step);
    }

    verdict->score /= claim->attempts;
    keyauth_live_point(live, t->rows, t->keys, claim->attempts, claim->far,
                       &verdict->point);
    verdict->accepted = verdict->score >= verdict->point.threshold;
    verdict->nsec = keyauth_predict_clock() - start;
}


void
keyauth_verdict_reject(keyauth_verdict_t *verdict, const char *reason)
{
    verdict->accepted = 0;
    verdict->reason = reason;
}


/* ns, from any beginning */
static uint64_t
keyauth_predict_clock(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}
