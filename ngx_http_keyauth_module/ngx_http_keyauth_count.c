
/*
 * Counting requests and what was answered to them.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_count.h"
#include "ngx_http_keyauth_zone.h"


static ngx_int_t ngx_http_keyauth_begin(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_log(ngx_http_request_t *r);
static keyauth_counters_t *ngx_http_keyauth_counters(
    ngx_http_keyauth_main_conf_t *kmcf);


/* what is not counted costs nothing: without a zone there are no handlers */

ngx_int_t
ngx_http_keyauth_init_count(ngx_conf_t *cf)
{
    ngx_http_handler_pt           *h;
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);

    if (kmcf->zone == NULL) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    /* the first phase that has the location */

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_keyauth_begin;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_keyauth_log;

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_begin(ngx_http_request_t *r)
{
    ngx_http_keyauth_ctx_t       *ctx;
    ngx_http_keyauth_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    if (klcf->endpoint == KEYAUTH_ENDPOINT_OTHER
        || ngx_http_keyauth_find_ctx(r) != NULL)
    {
        return NGX_DECLINED;
    }

    ctx = ngx_http_keyauth_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->endpoint = klcf->endpoint;

    (void) clock_gettime(CLOCK_MONOTONIC, &ctx->start);

    if (r == r->main && ngx_http_keyauth_keep_ctx(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


/* here come those that nginx itself has refused, or whose client has gone */

static ngx_int_t
ngx_http_keyauth_log(ngx_http_request_t *r)
{
    ngx_uint_t                     status;
    keyauth_slot_t                *slot;
    ngx_http_keyauth_srv_conf_t   *kscf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kscf = ngx_http_get_module_srv_conf(r, ngx_http_keyauth_module);
    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
    slot = kmcf->zone->slot;

    if (!kscf->endpoints || r != r->main || slot == NULL) {
        return NGX_OK;
    }

    status = r->err_status ? r->err_status : r->headers_out.status;

    if (ngx_http_keyauth_find_ctx(r) != NULL) {
        ngx_http_keyauth_count_request(r, status);

    } else if (status >= NGX_HTTP_BAD_REQUEST) {
        keyauth_metrics_count(&slot->counters.requests
            [KEYAUTH_ENDPOINT_OTHER][KEYAUTH_NO_MODEL]
            [keyauth_metrics_status(status)]);
    }

    return NGX_OK;
}


/* this worker's; NULL: nothing is counted */

static keyauth_counters_t *
ngx_http_keyauth_counters(ngx_http_keyauth_main_conf_t *kmcf)
{
    return (kmcf->zone != NULL && kmcf->zone->slot != NULL)
           ? &kmcf->zone->slot->counters : NULL;
}


/*
 * When the answer is on its way: a connection that is closed may linger for
 * seconds before its request is logged, and subrequests are not logged.
 */

void
ngx_http_keyauth_count_request(ngx_http_request_t *r, ngx_uint_t status)
{
    keyauth_counters_t            *c;
    ngx_http_keyauth_ctx_t        *ctx;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    c = ngx_http_keyauth_counters(kmcf);
    ctx = ngx_http_keyauth_find_ctx(r);

    if (c == NULL || ctx == NULL || ctx->counted) {
        return;
    }

    ctx->counted = 1;

    keyauth_metrics_count(&c->requests[ctx->endpoint]
        [ctx->answered ? ctx->model : KEYAUTH_NO_MODEL]
        [keyauth_metrics_status(status)]);

    keyauth_metrics_observe(&c->request[ctx->endpoint], KEYAUTH_SCALE_SECONDS,
                            ngx_http_keyauth_since(&ctx->start));
}


/*
 * Before predicting.  The score costs as much as a small prediction: at most
 * one a millisecond, worker and model is computed, of a batch the last one's.
 */

void
ngx_http_keyauth_sample_score(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_batch_t *batch)
{
    keyauth_request_t  *last;

    if (ngx_http_keyauth_counters(kmcf) == NULL) {
        return;
    }

    last = &batch->request[batch->n - 1];
    last->scored = (kmcf->zone->scored[last->model] != ngx_current_msec);
}


void
ngx_http_keyauth_count_results(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_results_t *results)
{
    ngx_uint_t           i;
    keyauth_result_t    *result;
    keyauth_counters_t  *c;

    c = ngx_http_keyauth_counters(kmcf);

    if (c == NULL) {
        return;
    }

    for (i = 0; i < results->n; i++) {
        result = &results->result[i];

        keyauth_metrics_observe(&c->inference[result->model],
                                KEYAUTH_SCALE_SECONDS, result->nsec);
        keyauth_metrics_warned(c, result->warnings);
    }

    /* of the last one, and not of each: ngx_http_keyauth_sample_score() */

    result = &results->result[results->n - 1];

    if (result->score < 0
        || kmcf->zone->scored[result->model] == ngx_current_msec)
    {
        return;
    }

    kmcf->zone->scored[result->model] = ngx_current_msec;

    keyauth_metrics_score(&c->score[result->model], KEYAUTH_SCALE_SHARE,
                          result->score);
}


void
ngx_http_keyauth_count_verdict(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_verdict_t *verdict)
{
    keyauth_decision_e   decision;
    keyauth_counters_t  *c;

    c = ngx_http_keyauth_counters(kmcf);

    if (c == NULL) {
        return;
    }

    decision = verdict->accepted ? KEYAUTH_DECISION_ACCEPT
               : verdict->reason ? KEYAUTH_DECISION_REPLAY
                                 : KEYAUTH_DECISION_REJECT;

    keyauth_metrics_count(&c->decisions[decision]);
    keyauth_metrics_score(&c->claim, KEYAUTH_SCALE_CLAIM, verdict->score);
    keyauth_metrics_observe(&c->inference[verdict->live ? KEYAUTH_LIVE
                                                        : KEYAUTH_FUSION],
                            KEYAUTH_SCALE_SECONDS,
                            verdict->nsec / verdict->attempts);
    keyauth_metrics_warned(c, verdict->warnings);
}


void
ngx_http_keyauth_count_naming(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_naming_t *naming)
{
    keyauth_counters_t  *c;

    c = ngx_http_keyauth_counters(kmcf);

    if (c != NULL) {
        keyauth_metrics_observe(&c->inference[KEYAUTH_LIVE],
                                KEYAUTH_SCALE_SECONDS, naming->nsec);
        keyauth_metrics_warned(c, naming->warnings);
    }
}


void
ngx_http_keyauth_count_enrolment(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_enrolment_e outcome)
{
    keyauth_counters_t  *c;

    c = ngx_http_keyauth_counters(kmcf);

    if (c != NULL) {
        keyauth_metrics_count(&c->enrolments[outcome]);
    }
}


void
ngx_http_keyauth_count_learned(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_learn_e outcome)
{
    keyauth_counters_t  *c;

    c = ngx_http_keyauth_counters(kmcf);

    if (c != NULL) {
        keyauth_metrics_count(&c->learned[outcome]);
    }
}


void
ngx_http_keyauth_count_forgotten(ngx_http_keyauth_main_conf_t *kmcf)
{
    keyauth_counters_t  *c;

    c = ngx_http_keyauth_counters(kmcf);

    if (c != NULL) {
        keyauth_metrics_count(&c->forgotten);
    }
}


void
ngx_http_keyauth_count_commit(ngx_http_keyauth_main_conf_t *kmcf,
    uint64_t nsec)
{
    keyauth_counters_t  *c;

    c = ngx_http_keyauth_counters(kmcf);

    if (c != NULL) {
        keyauth_metrics_observe(&c->commit, KEYAUTH_SCALE_SECONDS, nsec);
    }
}
