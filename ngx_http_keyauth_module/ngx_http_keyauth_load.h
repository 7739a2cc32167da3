
/*
 * A model file read, verified and made ready to predict.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_LOAD_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_LOAD_H_INCLUDED_


#include "ngx_http_keyauth_ctx.h"


/*
 * Both may run in a thread: they touch nothing but their arguments.  NULL or
 * NGX_ERROR: err says why.
 */

/* reads and verifies the configured file; has one use */
ngx_http_keyauth_served_t *ngx_http_keyauth_load(
    ngx_http_keyauth_main_conf_t *kmcf, ngx_log_t *log, char *err);

/* makes the worker's part: memory, golden rows */
ngx_int_t ngx_http_keyauth_make_ready(ngx_http_keyauth_served_t *served,
    ngx_log_t *log, char *err);


#endif /* _NGX_HTTP_KEYAUTH_LOAD_H_INCLUDED_ */
