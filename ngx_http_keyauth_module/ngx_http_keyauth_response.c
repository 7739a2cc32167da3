
/*
 * Sending answers and problems.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_count.h"
#include "ngx_http_keyauth_response.h"


static ngx_int_t ngx_http_keyauth_add_id(ngx_http_request_t *r);


ngx_str_t  ngx_http_keyauth_json = ngx_string("application/json");


static ngx_str_t  ngx_http_keyauth_problem_json =
    ngx_string(KEYAUTH_PROBLEM_TYPE);

static ngx_str_t  ngx_http_keyauth_allow = ngx_string("Allow");
static ngx_str_t  ngx_http_keyauth_get = ngx_string("GET, HEAD");
static ngx_str_t  ngx_http_keyauth_id = ngx_string("Keyauth-Model");
static ngx_str_t  ngx_http_keyauth_www = ngx_string("WWW-Authenticate");


ngx_int_t
ngx_http_keyauth_send(ngx_http_request_t *r, ngx_buf_t *b, ngx_uint_t status,
    ngx_str_t *type)
{
    ngx_int_t    rc;
    ngx_chain_t  out;

    if (ngx_http_keyauth_add_id(r) != NGX_OK) {
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


ngx_int_t
ngx_http_keyauth_send_no_content(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    if (ngx_http_keyauth_add_id(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;

    rc = ngx_http_send_header(r);

    ngx_http_keyauth_count_request(r, NGX_HTTP_NO_CONTENT);

    return rc;
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
ngx_http_keyauth_no_live(ngx_http_request_t *r)
{
    return ngx_http_keyauth_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE, "no-live",
                                   "The model file has no background",
                                   "Samples are compared with one: train the"
                                   " model file again.");
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
ngx_http_keyauth_challenge(ngx_http_request_t *r, ngx_str_t *challenge)
{
    ngx_table_elt_t  *h;

    h = ngx_http_keyauth_add_header(r, &ngx_http_keyauth_www, challenge);
    if (h == NULL) {
        return NGX_ERROR;
    }

    /*
     * nginx removes it where another module lets the client in, and
     * auth_request copies it to its own request
     */

    r->headers_out.www_authenticate = h;

    return NGX_OK;
}


/* which model file answers; none where there is no model */

static ngx_int_t
ngx_http_keyauth_add_id(ngx_http_request_t *r)
{
    ngx_http_keyauth_served_t     *served;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    if (kmcf->served == NULL) {
        return NGX_OK;
    }

    served = ngx_http_keyauth_get_served(r);

    if (served == NULL
        || ngx_http_keyauth_add_header(r, &ngx_http_keyauth_id, &served->id)
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
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


ngx_int_t
ngx_http_keyauth_store_problem(ngx_http_request_t *r, keyauth_store_e e)
{
    switch (e) {

    case KEYAUTH_STORE_NONE:
        return ngx_http_keyauth_refuse(r, NGX_HTTP_NOT_FOUND, "unknown-user",
                                       "The user is unknown",
                                       "Nobody of this name has enrolled with"
                                       " this phrase.");

    case KEYAUTH_STORE_FULL:
    case KEYAUTH_STORE_DISK:
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "keyauth: %s",
                      keyauth_store_strerror(e));
        return ngx_http_keyauth_refuse(r, NGX_HTTP_INSUFFICIENT_STORAGE,
                                       "store-full", "The store is full",
                                       keyauth_store_strerror(e));

    default:
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "keyauth: %s",
                      keyauth_store_strerror(e));
        return ngx_http_keyauth_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                       "store-not-ready",
                                       "The store is not ready",
                                       keyauth_store_strerror(e));
    }
}
