
/*
 * The endpoint of keyauth_predict.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_body.h"
#include "ngx_http_keyauth_count.h"
#include "ngx_http_keyauth_predict.h"
#include "ngx_http_keyauth_response.h"
#include "ngx_http_keyauth_shadow.h"
#include "ngx_http_keyauth_store.h"

#include "keyauth_answer.h"
#include "keyauth_request.h"


static void ngx_http_keyauth_predict_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_predict(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_name(ngx_http_request_t *r,
    ngx_http_keyauth_served_t *served);
static ngx_int_t ngx_http_keyauth_no_name(ngx_http_request_t *r,
    keyauth_crowd_e state, keyauth_store_e e);
static ngx_int_t ngx_http_keyauth_answer(ngx_http_request_t *r,
    ngx_http_keyauth_served_t *served);


static ngx_str_t  ngx_http_keyauth_retry = ngx_string("Retry-After");
static ngx_str_t  ngx_http_keyauth_second = ngx_string("1");


ngx_int_t
ngx_http_keyauth_predict_handler(ngx_http_request_t *r)
{
    return ngx_http_keyauth_receive(r, ngx_http_keyauth_predict_body);
}


static void
ngx_http_keyauth_predict_body(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_keyauth_predict(r));
}


static ngx_int_t
ngx_http_keyauth_predict(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_str_t                   body;
    keyauth_problem_t           problem;
    ngx_http_keyauth_served_t  *served;
    ngx_http_keyauth_worker_t  *worker;

    rc = ngx_http_keyauth_read_body(r, &body);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    served = ngx_http_keyauth_get_served(r);
    if (served == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    worker = served->worker;

    if (keyauth_request_parse(&worker->batch, &worker->body, &served->model,
                              (char *) body.data, body.len, &problem)
        != 0)
    {
        return ngx_http_keyauth_problem(r, &problem);
    }

    return worker->batch.live ? ngx_http_keyauth_name(r, served)
                              : ngx_http_keyauth_answer(r, served);
}


/* among people of the store */

static ngx_int_t
ngx_http_keyauth_name(ngx_http_request_t *r,
    ngx_http_keyauth_served_t *served)
{
    uint64_t                       nsec;
    ngx_buf_t                     *b;
    ngx_uint_t                     i;
    keyauth_crowd_e                state;
    keyauth_crowd_t               *crowd;
    keyauth_store_e                e;
    keyauth_naming_t              *last;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    if (kmcf->store == NULL) {
        return ngx_http_keyauth_refuse(r, 422, "unknown-model",
                                       "The model is unknown",
                                       "LIVE names people who have enrolled,"
                                       " and the server has no store.");
    }

    if (served->model.live.head.people == 0) {
        return ngx_http_keyauth_no_live(r);
    }

    state = ngx_http_keyauth_store_name(kmcf->store, &served->model.live,
                                        &served->worker->batch, &crowd, &e);

    if (state != KEYAUTH_CROWD_READY) {
        return ngx_http_keyauth_no_name(r, state, e);
    }

    b = ngx_create_temp_buf(r->pool, keyauth_crowd_answer_size(crowd));
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last += keyauth_crowd_answer_write(crowd, (char *) b->pos);
    nsec = 0;

    for (i = 0; i < crowd->n; i++) {
        nsec += crowd->naming[i].nsec;
        ngx_http_keyauth_count_naming(kmcf, &crowd->naming[i]);
    }

    last = &crowd->naming[crowd->n - 1];

    if (ngx_http_keyauth_set_live_ctx(r, last->accepted
                                         ? last->candidate->user : NULL,
                                      nsec)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_keyauth_send(r, b, NGX_HTTP_OK, &ngx_http_keyauth_json);
}


static ngx_int_t
ngx_http_keyauth_no_name(ngx_http_request_t *r, keyauth_crowd_e state,
    keyauth_store_e e)
{
    switch (state) {

    case KEYAUTH_CROWD_LOADING:

        if (ngx_http_keyauth_add_header(r, &ngx_http_keyauth_retry,
                                        &ngx_http_keyauth_second)
            == NULL)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_keyauth_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                       "loading",
                                       "People of the phrase are being read",
                                       "Ask again in a second.");

    case KEYAUTH_CROWD_LARGE:
        return ngx_http_keyauth_refuse(r, 422, "too-many-people",
                                       "Too many people have this phrase",
                                       "A person is named among up to 4096:"
                                       " verify a claim, or have groups with"
                                       " phrases of their own.");

    case KEYAUTH_CROWD_EMPTY:
        return ngx_http_keyauth_store_problem(r, KEYAUTH_STORE_NONE);

    default:
        return ngx_http_keyauth_store_problem(r, e);
    }
}


static ngx_int_t
ngx_http_keyauth_answer(ngx_http_request_t *r,
    ngx_http_keyauth_served_t *served)
{
    uint64_t                       nsec;
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_uint_t                     i;
    keyauth_result_t              *last;
    keyauth_results_t             *results;
    ngx_http_keyauth_worker_t     *worker;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
    worker = served->worker;
    results = &worker->results;

    ngx_http_keyauth_sample_score(kmcf, &worker->batch);

    keyauth_predict(&worker->engine, &worker->batch, results);

    b = ngx_create_temp_buf(r->pool,
                            keyauth_answer_size(&served->model, results));
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last += keyauth_answer_write(&served->model, results, (char *) b->pos);

    nsec = 0;

    for (i = 0; i < results->n; i++) {
        nsec += results->result[i].nsec;
    }

    last = &results->result[results->n - 1];

    if (ngx_http_keyauth_set_ctx(r, last->class, last->model, nsec)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_keyauth_count_results(kmcf, results);

    rc = ngx_http_keyauth_send(r, b, NGX_HTTP_OK, &ngx_http_keyauth_json);

    ngx_http_keyauth_shadow(r, worker);

    return rc;
}
