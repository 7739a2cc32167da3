
/*
 * Shared memory: zones in general, and that of the counters (keyauth_zone).
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_ZONE_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_ZONE_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"

#include "keyauth_metrics.h"


/* keyauth_zone */
struct ngx_http_keyauth_zone_s {
    keyauth_metrics_t         *counters;    /* shared by all workers */
    keyauth_slot_t            *slot;        /* this worker's, or NULL */
    ngx_cycle_t               *cycle;
    ngx_uint_t                 workers;
    ngx_msec_t                 scored[KEYAUTH_MODELS];  /* when last */
};


/* a zone of our own for name:size; NULL: the log says why not */
ngx_shm_zone_t *ngx_http_keyauth_add_zone(ngx_conf_t *cf, ngx_str_t *value);

/* the directive keyauth_zone */
char *ngx_http_keyauth_set_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* reloads that are refused are counted */
ngx_int_t ngx_http_keyauth_watch_refusal(ngx_conf_t *cf,
    ngx_http_keyauth_main_conf_t *kmcf);
ngx_int_t ngx_http_keyauth_init_module(ngx_cycle_t *cycle);


#endif /* _NGX_HTTP_KEYAUTH_ZONE_H_INCLUDED_ */
