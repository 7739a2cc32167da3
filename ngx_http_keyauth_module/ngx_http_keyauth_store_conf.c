
/*
 * What the directive keyauth_store says.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_store_conf.h"


static ngx_int_t ngx_http_keyauth_store_option(
    ngx_http_keyauth_store_conf_t *conf, ngx_conf_t *cf, ngx_str_t *value);
static void ngx_http_keyauth_store_forget_key(void *data);


/* keyauth_store path key=file [map_size=size] [compact=time] [replicated]; */

char *
ngx_http_keyauth_store_conf(ngx_conf_t *cf,
    ngx_http_keyauth_store_conf_t *conf)
{
    char                 err[KEYAUTH_ERROR_MAX];
    ngx_str_t           *value;
    ngx_uint_t           i;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->map = KEYAUTH_STORE_MAP;
    conf->compact = 60000;
    value = cf->args->elts;
    conf->path = value[1];

    if (ngx_conf_full_name(cf->cycle, &conf->path, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_keyauth_store_option(conf, cf, &value[i]) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    if (conf->key_path.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"keyauth_store\" requires key=file");
        return NGX_CONF_ERROR;
    }

    if (keyauth_store_key_open(&conf->key, (char *) conf->key_path.data, err)
        != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "keyauth: cannot use store key: %s", err);
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_http_keyauth_store_forget_key;
    cln->data = conf;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_keyauth_store_option(ngx_http_keyauth_store_conf_t *conf,
    ngx_conf_t *cf, ngx_str_t *value)
{
    ssize_t    size;
    ngx_int_t  ms;
    ngx_str_t  s;

    if (ngx_strncmp(value->data, "key=", 4) == 0
        && conf->key_path.len == 0)
    {
        conf->key_path.data = value->data + 4;
        conf->key_path.len = value->len - 4;

        return (conf->key_path.len == 0) ? NGX_ERROR
               : ngx_conf_full_name(cf->cycle, &conf->key_path, 1);
    }

    if (ngx_strcmp(value->data, "replicated") == 0) {
        conf->replicated = 1;
        return NGX_OK;
    }

    if (ngx_strncmp(value->data, "map_size=", 9) == 0) {
        s.data = value->data + 9;
        s.len = value->len - 9;
        size = ngx_parse_offset(&s);

        if (size >= (ssize_t) KEYAUTH_STORE_MAP_MIN
            && size <= (ssize_t) KEYAUTH_STORE_MAP_MAX)
        {
            conf->map = size;
            return NGX_OK;
        }
    }

    if (ngx_strncmp(value->data, "compact=", 8) == 0) {
        s.data = value->data + 8;
        s.len = value->len - 8;
        ms = ngx_parse_time(&s, 0);

        if (ms > 0) {
            conf->compact = ms;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


static void
ngx_http_keyauth_store_forget_key(void *data)
{
    ngx_http_keyauth_store_conf_t *conf = data;

    ngx_explicit_memzero(&conf->key, sizeof(conf->key));
}
