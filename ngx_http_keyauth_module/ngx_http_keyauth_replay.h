
/*
 * Samples that were seen before (keyauth_replay_zone).
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_REPLAY_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_REPLAY_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"

#include "keyauth_replay.h"


/* keyauth_replay_zone */
struct ngx_http_keyauth_replay_s {
    ngx_slab_pool_t           *shpool;
    keyauth_replay_t          *table;   /* shared by all workers */
    ngx_msec_t                 window;
};


/*
 * NGX_DECLINED: one of n samples, up to KEYAUTH_LIVE_ROWS_MAX, has been seen
 * before, or two are one.  Otherwise they are from now on.
 */
ngx_int_t ngx_http_keyauth_replay(ngx_http_keyauth_replay_t *replay,
    const keyauth_request_t *sample, ngx_uint_t n);

/* the samples were not used after all: they have not been seen */
void ngx_http_keyauth_replay_forget(ngx_http_keyauth_replay_t *replay,
    const keyauth_request_t *sample, ngx_uint_t n);

/* the directive keyauth_replay_zone */
char *ngx_http_keyauth_set_replay_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_KEYAUTH_REPLAY_H_INCLUDED_ */
