
/*
 * Requests with a body of JSON: checked, waited for, read.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_BODY_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_BODY_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"


/*
 * Reads the body of a POST of JSON, and calls handler, which finalizes the
 * request, when it is there; all else is answered.  What this returns
 * finalizes the request.
 */
ngx_int_t ngx_http_keyauth_receive(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler);

/*
 * In handler: the body as one string, and NGX_DECLINED; anything else
 * finalizes the request.
 */
ngx_int_t ngx_http_keyauth_read_body(ngx_http_request_t *r, ngx_str_t *body);


#endif /* _NGX_HTTP_KEYAUTH_BODY_H_INCLUDED_ */
