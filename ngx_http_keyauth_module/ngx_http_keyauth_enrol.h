
/*
 * The endpoint of keyauth_enrol.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_ENROL_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_ENROL_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"


ngx_int_t ngx_http_keyauth_enrol_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_KEYAUTH_ENROL_H_INCLUDED_ */
