
/*
 * Shared memory: zones in general, and that of the counters.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_zone.h"


static ngx_int_t ngx_http_keyauth_init_counters(ngx_shm_zone_t *shm_zone,
    void *data);
static void ngx_http_keyauth_count_refused(void *data);
static keyauth_metrics_t *ngx_http_keyauth_counters_of(ngx_cycle_t *cycle);


/* a zone of our own for name:size; NULL: the log says why not */

ngx_shm_zone_t *
ngx_http_keyauth_add_zone(ngx_conf_t *cf, ngx_str_t *value)
{
    u_char          *p;
    ssize_t          size;
    ngx_str_t        name, s;
    ngx_shm_zone_t  *zone;

    p = (u_char *) ngx_strchr(value->data, ':');

    if (p == NULL || p == value->data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid zone \"%V\"",
                           value);
        return NULL;
    }

    name.data = value->data;
    name.len = p - name.data;

    s.data = p + 1;
    s.len = value->data + value->len - s.data;

    size = ngx_parse_size(&s);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid zone size \"%V\"",
                           value);
        return NULL;
    }

    if (size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "zone \"%V\" is too small",
                           value);
        return NULL;
    }

    zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_keyauth_module);
    if (zone == NULL) {
        return NULL;
    }

    if (zone->data != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is already used", &name);
        return NULL;
    }

    return zone;
}


/* keyauth_zone name:size; */

char *
ngx_http_keyauth_set_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_main_conf_t *kmcf = conf;

    ngx_str_t                *value;
    ngx_shm_zone_t           *zone;
    ngx_http_keyauth_zone_t  *kz;

    if (kmcf->zone != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    zone = ngx_http_keyauth_add_zone(cf, &value[1]);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    kz = ngx_pcalloc(cf->pool, sizeof(ngx_http_keyauth_zone_t));
    if (kz == NULL) {
        return NGX_CONF_ERROR;
    }

    kz->cycle = cf->cycle;

    zone->init = ngx_http_keyauth_init_counters;
    zone->data = kz;

    kmcf->zone = kz;

    return NGX_CONF_OK;
}


/* here worker_processes is known, wherever it stands */

static ngx_int_t
ngx_http_keyauth_init_counters(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_keyauth_zone_t *old = data;

    size_t                    size;
    uint64_t                  slots;
    ngx_core_conf_t          *ccf;
    ngx_slab_pool_t          *shpool;
    ngx_http_keyauth_zone_t  *kz;

    kz = shm_zone->data;
    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    ccf = (ngx_core_conf_t *) ngx_get_conf(kz->cycle->conf_ctx,
                                           ngx_core_module);

    kz->workers = ccf->master ? ccf->worker_processes : 1;

    if (old) {
        kz->counters = old->counters;
        slots = kz->counters->slots;

    } else if (shm_zone->shm.exists) {
        kz->counters = shpool->data;
        slots = kz->counters->slots;

    } else {

        /* one piece of all pages that there are */

        size = shpool->pfree * ngx_pagesize;

        kz->counters = ngx_slab_alloc(shpool, size);
        if (kz->counters == NULL) {
            return NGX_ERROR;
        }

        keyauth_metrics_init(kz->counters, size);
        slots = kz->counters->slots;

        shpool->data = kz->counters;
    }

    if (slots < kz->workers) {

        /* the slab pool takes a part of each page for itself */

        size = keyauth_metrics_size(kz->workers);
        size += size / 64 + 4 * ngx_pagesize;

        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "keyauth: zone \"%V\" is too small for %ui "
                      "worker processes, which need %uzk",
                      &shm_zone->shm.name, kz->workers, size / 1024 + 1);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * A configuration that is refused dies with its pool, and has never been
 * live; the one before it, if any, goes on, and has the counter.
 */

ngx_int_t
ngx_http_keyauth_watch_refusal(ngx_conf_t *cf,
    ngx_http_keyauth_main_conf_t *kmcf)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    kmcf->old_cycle = cf->cycle->old_cycle;

    cln->handler = ngx_http_keyauth_count_refused;
    cln->data = kmcf;

    return NGX_OK;
}


ngx_int_t
ngx_http_keyauth_init_module(ngx_cycle_t *cycle)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_keyauth_module);

    if (kmcf != NULL) {
        kmcf->old_cycle = NULL;
    }

    return NGX_OK;
}


static void
ngx_http_keyauth_count_refused(void *data)
{
    ngx_http_keyauth_main_conf_t *kmcf = data;

    keyauth_metrics_t  *counters;

    if (kmcf->old_cycle == NULL) {
        return;
    }

    counters = ngx_http_keyauth_counters_of(kmcf->old_cycle);

    if (counters != NULL) {
        keyauth_metrics_count(&keyauth_metrics_slot(counters, 0)->counters
                              .refused);
    }
}


/* found by the zone alone: the cycle may be of another build of the module */

static keyauth_metrics_t *
ngx_http_keyauth_counters_of(ngx_cycle_t *cycle)
{
    ngx_uint_t        i;
    ngx_shm_zone_t   *zone;
    ngx_list_part_t  *part;

    part = &cycle->shared_memory.part;
    zone = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return NULL;
            }

            part = part->next;
            zone = part->elts;
            i = 0;
        }

        if (zone[i].init == ngx_http_keyauth_init_counters) {
            return ((ngx_slab_pool_t *) zone[i].shm.addr)->data;
        }
    }
}
