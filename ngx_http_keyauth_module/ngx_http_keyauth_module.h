
/*
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_MODULE_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "keyauth_answer.h"
#include "keyauth_engine.h"
#include "keyauth_model.h"
#include "keyauth_signature.h"


typedef struct {
    ngx_str_t          path;            /* keyauth_model */
    ngx_str_t          trusted_key;     /* keyauth_trusted_key */

    u_char            *predict_file;    /* first keyauth_predict */
    ngx_uint_t         predict_line;

    keyauth_model_t    model;           /* verified; shared by all workers */
    ngx_str_t          id;

    keyauth_engine_t  *engine;          /* this worker's, NULL: not ready */
    keyauth_engine_t   memory;
} ngx_http_keyauth_main_conf_t;


/* what an answered request leaves for the variables */
typedef struct {
    uint32_t           user;            /* class of the last answer */
    keyauth_model_e    model;
    uint64_t           nsec;
} ngx_http_keyauth_ctx_t;


ngx_int_t ngx_http_keyauth_handler(ngx_http_request_t *r);

ngx_int_t ngx_http_keyauth_read_body(ngx_http_request_t *r, size_t max,
    ngx_str_t *body);


extern ngx_module_t  ngx_http_keyauth_module;


#endif /* _NGX_HTTP_KEYAUTH_MODULE_H_INCLUDED_ */
