
/*
 * Models in the shadow of another (keyauth_shadow).
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_SHADOW_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_SHADOW_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"


/* after an answer has been sent */
void ngx_http_keyauth_shadow(ngx_http_request_t *r,
    ngx_http_keyauth_worker_t *worker);

/* a model that is in a shadow and not in the file, or NULL */
const char *ngx_http_keyauth_lacks_shadow(
    ngx_http_keyauth_main_conf_t *kmcf, keyauth_model_t *model);


#endif /* _NGX_HTTP_KEYAUTH_SHADOW_H_INCLUDED_ */
