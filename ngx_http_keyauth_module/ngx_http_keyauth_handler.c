
/*
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_module.h"


static ngx_uint_t ngx_http_keyauth_is_json(ngx_http_request_t *r);
static void ngx_http_keyauth_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_process(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_answer(ngx_http_request_t *r,
    ngx_http_keyauth_worker_t *worker);
static ngx_int_t ngx_http_keyauth_too_large(ngx_http_request_t *r);


ngx_str_t  ngx_http_keyauth_json = ngx_string("application/json");


static ngx_str_t  ngx_http_keyauth_problem_json =
    ngx_string(KEYAUTH_PROBLEM_TYPE);

static ngx_str_t  ngx_http_keyauth_allow = ngx_string("Allow");
static ngx_str_t  ngx_http_keyauth_post = ngx_string("POST");
static ngx_str_t  ngx_http_keyauth_get = ngx_string("GET, HEAD");
static ngx_str_t  ngx_http_keyauth_accept = ngx_string("Accept");
static ngx_str_t  ngx_http_keyauth_id = ngx_string("Keyauth-Model");


ngx_int_t
ngx_http_keyauth_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_keyauth_main_conf_t  *kmcf;

    if (r->method != NGX_HTTP_POST) {
        return ngx_http_keyauth_not_allowed(r, &ngx_http_keyauth_post,
                                            "Requests are sent with POST.");
    }

    if (!ngx_http_keyauth_is_json(r)) {

        if (ngx_http_keyauth_add_header(r, &ngx_http_keyauth_accept,
                                        &ngx_http_keyauth_json)
            == NULL)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_keyauth_refuse(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                       "unsupported-media-type",
                                       "The media type is not supported",
                                       "Content-Type has to be "
                                       "application/json.");
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    if (kmcf->worker == NULL) {
        return ngx_http_keyauth_not_ready(r);
    }

    if (r->headers_in.content_length_n > KEYAUTH_BODY_MAX) {
        return ngx_http_keyauth_too_large(r);
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_keyauth_body_handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    if (rc == NGX_AGAIN) {
        ngx_http_keyauth_await_body(r);
    }

    return NGX_DONE;
}


/* application/json, whatever its parameters */

static ngx_uint_t
ngx_http_keyauth_is_json(ngx_http_request_t *r)
{
    u_char     *p, *last;
    ngx_str_t  *type;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = &r->headers_in.content_type->value;

    if (type->len < ngx_http_keyauth_json.len
        || ngx_strncasecmp(type->data, ngx_http_keyauth_json.data,
                           ngx_http_keyauth_json.len)
           != 0)
    {
        return 0;
    }

    p = type->data + ngx_http_keyauth_json.len;
    last = type->data + type->len;

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p == last || *p == ';';
}


static void
ngx_http_keyauth_body_handler(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_keyauth_process(r));
}


static ngx_int_t
ngx_http_keyauth_process(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_str_t                      body;
    keyauth_problem_t              problem;
    ngx_http_keyauth_worker_t     *worker;
    ngx_http_keyauth_loc_conf_t   *klcf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    rc = ngx_http_keyauth_read_body(r, KEYAUTH_BODY_MAX, &body);

    if (rc == NGX_DECLINED) {
        return ngx_http_keyauth_too_large(r);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    if (klcf->endpoint == KEYAUTH_ENDPOINT_VERIFY) {
        return ngx_http_keyauth_verify(r, &body);
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
    worker = kmcf->worker;

    if (keyauth_request_parse(&worker->batch, &worker->body, &kmcf->model,
                              (char *) body.data, body.len, &problem)
        != 0)
    {
        return ngx_http_keyauth_problem(r, &problem);
    }

    return ngx_http_keyauth_answer(r, worker);
}


static ngx_int_t
ngx_http_keyauth_answer(ngx_http_request_t *r,
    ngx_http_keyauth_worker_t *worker)
{
    uint64_t                       nsec;
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_uint_t                     i;
    keyauth_result_t              *last;
    keyauth_results_t             *results;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
    results = &worker->results;

    ngx_http_keyauth_sample_score(kmcf, &worker->batch);

    keyauth_predict(&worker->engine, &worker->batch, results);

    b = ngx_create_temp_buf(r->pool,
                            keyauth_answer_size(&kmcf->model, results));
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last += keyauth_answer_write(&kmcf->model, results, (char *) b->pos);

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


uint64_t
ngx_http_keyauth_since(struct timespec *start)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (now.tv_sec - start->tv_sec) * 1000000000ull
           + now.tv_nsec - start->tv_nsec;
}


ngx_int_t
ngx_http_keyauth_set_ctx(ngx_http_request_t *r, uint32_t user,
    keyauth_model_e model, uint64_t nsec)
{
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_keyauth_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->answered = 1;
    ctx->user = user;
    ctx->model = model;
    ctx->nsec = nsec;

    return NGX_OK;
}


ngx_http_keyauth_ctx_t *
ngx_http_keyauth_get_ctx(ngx_http_request_t *r)
{
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);

    if (ctx == NULL) {
        ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_keyauth_ctx_t));
        if (ctx == NULL) {
            return NULL;
        }

        ngx_http_set_ctx(r, ctx, ngx_http_keyauth_module);
    }

    return ctx;
}


ngx_int_t
ngx_http_keyauth_get_only(ngx_http_request_t *r, const char *detail)
{
    ngx_int_t  rc;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_keyauth_not_allowed(r, &ngx_http_keyauth_get, detail);
    }

    rc = ngx_http_discard_request_body(r);

    return (rc == NGX_OK) ? NGX_DECLINED : rc;
}


ngx_int_t
ngx_http_keyauth_not_ready(ngx_http_request_t *r)
{
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "keyauth: models are not ready in this worker");

    return ngx_http_keyauth_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                   "not-ready", "The models are not ready",
                                   "The server's log says why.");
}


ngx_int_t
ngx_http_keyauth_not_allowed(ngx_http_request_t *r, ngx_str_t *methods,
    const char *detail)
{
    if (ngx_http_keyauth_add_header(r, &ngx_http_keyauth_allow, methods)
        == NULL)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_keyauth_refuse(r, NGX_HTTP_NOT_ALLOWED,
                                   "method-not-allowed",
                                   "The method is not allowed", detail);
}


static ngx_int_t
ngx_http_keyauth_too_large(ngx_http_request_t *r)
{
    return ngx_http_keyauth_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                   "too-large", "The body is too large",
                                   "A body may have up to 16384 bytes.");
}


ngx_int_t
ngx_http_keyauth_refuse(ngx_http_request_t *r, int status, const char *code,
    const char *title, const char *detail)
{
    ngx_int_t          rc;
    keyauth_problem_t  problem;

    if (r->request_body == NULL) {

        /* a client that waits for "100 Continue" gets the problem instead */

        r->expect_tested = 1;

        rc = ngx_http_discard_request_body(r);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    keyauth_problem_set(&problem, status, code, title, "", "%s", detail);

    return ngx_http_keyauth_problem(r, &problem);
}


/* the log gets the problem's code alone: the rest may quote the body */

ngx_int_t
ngx_http_keyauth_problem(ngx_http_request_t *r, keyauth_problem_t *problem)
{
    ngx_buf_t  *b;

    if (problem->status < NGX_HTTP_INTERNAL_SERVER_ERROR) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "keyauth: client sent invalid request: %s",
                      problem->code);
    }

    b = ngx_create_temp_buf(r->pool, KEYAUTH_PROBLEM_MAX);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last += keyauth_problem_write(problem, (char *) b->pos);

    return ngx_http_keyauth_send(r, b, problem->status,
                                 &ngx_http_keyauth_problem_json);
}


ngx_int_t
ngx_http_keyauth_send(ngx_http_request_t *r, ngx_buf_t *b, ngx_uint_t status,
    ngx_str_t *type)
{
    ngx_int_t                      rc;
    ngx_chain_t                    out;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    if (kmcf->id.len != 0
        && ngx_http_keyauth_add_header(r, &ngx_http_keyauth_id, &kmcf->id)
           == NULL)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = b->last - b->pos;
    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = type->len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_keyauth_count_request(r, status);
        return rc;
    }

    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    rc = ngx_http_output_filter(r, &out);

    ngx_http_keyauth_count_request(r, status);

    return rc;
}


ngx_table_elt_t *
ngx_http_keyauth_add_header(ngx_http_request_t *r, ngx_str_t *key,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    /* newer versions of nginx have members that are not set here */

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key = *key;
    h->value = *value;

    return h;
}
