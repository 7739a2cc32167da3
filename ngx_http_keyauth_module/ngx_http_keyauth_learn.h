
/*
 * Learning from accepted claims (keyauth_learn).
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_LEARN_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_LEARN_H_INCLUDED_


#include "ngx_http_keyauth_ctx.h"


/* the directive keyauth_learn */
char *ngx_http_keyauth_set_learn(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_keyauth_merge_learn(ngx_conf_t *cf,
    ngx_http_keyauth_loc_conf_t *prev, ngx_http_keyauth_loc_conf_t *conf);

/*
 * After the answer to the claim, which the worker still has: has the template
 * learn from it, where it should.  Nobody waits for that.
 */
void ngx_http_keyauth_learn(ngx_http_request_t *r,
    keyauth_verdict_t *verdict);


#endif /* _NGX_HTTP_KEYAUTH_LEARN_H_INCLUDED_ */
