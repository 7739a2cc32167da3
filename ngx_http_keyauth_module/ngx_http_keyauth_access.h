
/*
 * API keys (keyauth_api_keys): directive, phase, variable.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_ACCESS_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_ACCESS_H_INCLUDED_


#include "ngx_http_keyauth_ctx.h"


ngx_int_t ngx_http_keyauth_access_init(ngx_conf_t *cf);

/* the directive keyauth_api_keys */
char *ngx_http_keyauth_set_api_keys(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* $keyauth_client */
ngx_int_t ngx_http_keyauth_client_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


#endif /* _NGX_HTTP_KEYAUTH_ACCESS_H_INCLUDED_ */
