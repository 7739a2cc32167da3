
/*
 * The watch over the model file (keyauth_model's watch).
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_WATCH_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_WATCH_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"


#define NGX_HTTP_KEYAUTH_WATCH  100     /* ms between looks, by default */


void ngx_http_keyauth_watch_init_process(ngx_cycle_t *cycle,
    ngx_http_keyauth_main_conf_t *kmcf);


#endif /* _NGX_HTTP_KEYAUTH_WATCH_H_INCLUDED_ */
