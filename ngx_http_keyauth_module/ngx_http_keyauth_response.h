
/*
 * Sending answers and problems.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_RESPONSE_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_RESPONSE_H_INCLUDED_


#include "ngx_http_keyauth_ctx.h"

#include "keyauth_store.h"


extern ngx_str_t  ngx_http_keyauth_json;    /* application/json */


/* these send an answer; what they return finalizes the request */
ngx_int_t ngx_http_keyauth_send(ngx_http_request_t *r, ngx_buf_t *b,
    ngx_uint_t status, ngx_str_t *type);
ngx_int_t ngx_http_keyauth_send_no_content(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_problem(ngx_http_request_t *r,
    keyauth_problem_t *problem);
ngx_int_t ngx_http_keyauth_refuse(ngx_http_request_t *r, int status,
    const char *code, const char *title, const char *detail);
ngx_int_t ngx_http_keyauth_not_ready(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_no_live(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_not_allowed(ngx_http_request_t *r,
    ngx_str_t *methods, const char *detail);

/* NGX_DECLINED: the method is GET or HEAD; all else has been answered */
ngx_int_t ngx_http_keyauth_get_only(ngx_http_request_t *r,
    const char *detail);

/* WWW-Authenticate: what a client that is refused with 401 has to send */
ngx_int_t ngx_http_keyauth_challenge(ngx_http_request_t *r,
    ngx_str_t *challenge);

ngx_table_elt_t *ngx_http_keyauth_add_header(ngx_http_request_t *r,
    ngx_str_t *key, ngx_str_t *value);

/* answers an error of the store */
ngx_int_t ngx_http_keyauth_store_problem(ngx_http_request_t *r,
    keyauth_store_e e);


#endif /* _NGX_HTTP_KEYAUTH_RESPONSE_H_INCLUDED_ */
