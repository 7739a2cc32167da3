
/*
 * Samples that were seen before (keyauth_replay_zone).
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_replay.h"
#include "ngx_http_keyauth_zone.h"


static char *ngx_http_keyauth_replay_window(ngx_conf_t *cf,
    ngx_http_keyauth_replay_t *replay, ngx_str_t *value);
static ngx_int_t ngx_http_keyauth_init_zone(ngx_shm_zone_t *shm_zone,
    void *data);


/* digests are made outside the lock */

ngx_int_t
ngx_http_keyauth_replay(ngx_http_keyauth_replay_t *replay,
    const keyauth_request_t *sample, ngx_uint_t n)
{
    ngx_int_t                rc;
    ngx_uint_t               i, k;
    keyauth_replay_print_t   print[KEYAUTH_LIVE_ROWS_MAX];

    for (i = 0; i < n; i++) {

        keyauth_replay_print(replay->table, &sample[i], sample->keys,
                             &print[i]);

        for (k = 0; k < i; k++) {
            if (keyauth_replay_same(&print[i], &print[k])) {
                return NGX_DECLINED;
            }
        }
    }

    rc = NGX_OK;

    ngx_shmtx_lock(&replay->shpool->mutex);

    for (i = 0; i < n; i++) {
        if (keyauth_replay_seen(replay->table, &print[i], ngx_current_msec,
                                replay->window))
        {
            rc = NGX_DECLINED;
        }
    }

    for (i = 0; rc == NGX_OK && i < n; i++) {
        keyauth_replay_add(replay->table, &print[i], ngx_current_msec);
    }

    ngx_shmtx_unlock(&replay->shpool->mutex);

    return rc;
}


void
ngx_http_keyauth_replay_forget(ngx_http_keyauth_replay_t *replay,
    const keyauth_request_t *sample, ngx_uint_t n)
{
    ngx_uint_t               i;
    keyauth_replay_print_t   print;

    for (i = 0; i < n; i++) {

        keyauth_replay_print(replay->table, &sample[i], sample->keys, &print);

        ngx_shmtx_lock(&replay->shpool->mutex);
        keyauth_replay_remove(replay->table, &print);
        ngx_shmtx_unlock(&replay->shpool->mutex);
    }
}


/* keyauth_replay_zone name:size [window=time]; */

char *
ngx_http_keyauth_set_replay_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_keyauth_main_conf_t *kmcf = conf;

    ngx_str_t                  *value;
    ngx_shm_zone_t             *zone;
    ngx_http_keyauth_replay_t  *replay;

    if (kmcf->replay != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    zone = ngx_http_keyauth_add_zone(cf, &value[1]);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    replay = ngx_pcalloc(cf->pool, sizeof(ngx_http_keyauth_replay_t));
    if (replay == NULL) {
        return NGX_CONF_ERROR;
    }

    replay->window = 600000;

    if (cf->args->nelts == 3
        && ngx_http_keyauth_replay_window(cf, replay, &value[2])
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    zone->init = ngx_http_keyauth_init_zone;
    zone->data = replay;

    kmcf->replay = replay;

    return NGX_CONF_OK;
}


static char *
ngx_http_keyauth_replay_window(ngx_conf_t *cf,
    ngx_http_keyauth_replay_t *replay, ngx_str_t *value)
{
    ngx_int_t  n;
    ngx_str_t  s;

    n = NGX_ERROR;

    if (ngx_strncmp(value->data, "window=", 7) == 0) {
        s.data = value->data + 7;
        s.len = value->len - 7;
        n = ngx_parse_time(&s, 0);
    }

    if (n == NGX_ERROR || n == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           value);
        return NGX_CONF_ERROR;
    }

    replay->window = n;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_keyauth_init_zone(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_keyauth_replay_t *old = data;

    size_t                      size;
    uint8_t                     key[KEYAUTH_REPLAY_KEY];
    ngx_http_keyauth_replay_t  *replay;

    replay = shm_zone->data;

    if (old) {
        replay->shpool = old->shpool;
        replay->table = old->table;
        return NGX_OK;
    }

    replay->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (shm_zone->shm.exists) {
        replay->table = replay->shpool->data;
        return NGX_OK;
    }

    /* one piece of all pages that there are */

    size = replay->shpool->pfree * ngx_pagesize;

    replay->table = ngx_slab_alloc(replay->shpool, size);
    if (replay->table == NULL) {
        return NGX_ERROR;
    }

    if (keyauth_replay_secret(key) != 0
        || keyauth_replay_init(replay->table, size, key) != 0)
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "keyauth: cannot make the table of zone \"%V\"",
                      &shm_zone->shm.name);
        return NGX_ERROR;
    }

    ngx_explicit_memzero(key, sizeof(key));

    replay->shpool->data = replay->table;

    return NGX_OK;
}
