
/*
 * The model's life: read in the master, made ready in each worker.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_MODEL_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_MODEL_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"


/* the directive keyauth_model */
char *ngx_http_keyauth_set_model(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

char *ngx_http_keyauth_init_main_conf(ngx_conf_t *cf, void *conf);
ngx_int_t ngx_http_keyauth_init_process(ngx_cycle_t *cycle);
void ngx_http_keyauth_exit_process(ngx_cycle_t *cycle);


#endif /* _NGX_HTTP_KEYAUTH_MODEL_H_INCLUDED_ */
