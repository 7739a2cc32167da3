
/*
 * Directives that make a location one of our endpoints.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_LOCATION_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_LOCATION_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"


/* keyauth_predict, keyauth_card */
char *ngx_http_keyauth_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

char *ngx_http_keyauth_set_verify(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_keyauth_set_enrol(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_keyauth_set_shadow(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_keyauth_set_health(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_keyauth_set_metrics(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_KEYAUTH_LOCATION_H_INCLUDED_ */
