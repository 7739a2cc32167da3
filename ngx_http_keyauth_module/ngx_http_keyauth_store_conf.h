
/*
 * What the directive keyauth_store says.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_STORE_CONF_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_STORE_CONF_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "keyauth_store.h"


typedef struct {
    ngx_str_t             path;
    ngx_str_t             key_path;
    keyauth_store_key_t   key;          /* wiped with the configuration */
    size_t                map;
    ngx_msec_t            compact;      /* erases what was forgotten */
    unsigned              replicated:1; /* or it is not ready */
} ngx_http_keyauth_store_conf_t;


/* from the directive's arguments */
char *ngx_http_keyauth_store_conf(ngx_conf_t *cf,
    ngx_http_keyauth_store_conf_t *conf);


#endif /* _NGX_HTTP_KEYAUTH_STORE_CONF_H_INCLUDED_ */
