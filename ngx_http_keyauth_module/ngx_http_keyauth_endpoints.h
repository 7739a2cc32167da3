
/*
 * The endpoints that predict nothing: card, health, metrics.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_ENDPOINTS_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_ENDPOINTS_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"


ngx_int_t ngx_http_keyauth_card_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_health_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_metrics_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_KEYAUTH_ENDPOINTS_H_INCLUDED_ */
