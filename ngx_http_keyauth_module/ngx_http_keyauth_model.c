
/*
 * The model's life: read in the master, made ready in each worker.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_load.h"
#include "ngx_http_keyauth_model.h"
#include "ngx_http_keyauth_shadow.h"
#include "ngx_http_keyauth_store.h"
#include "ngx_http_keyauth_watch.h"
#include "ngx_http_keyauth_zone.h"

#include <openssl/err.h>


static char *ngx_http_keyauth_open(ngx_conf_t *cf,
    ngx_http_keyauth_main_conf_t *kmcf);
static void ngx_http_keyauth_cleanup(void *data);


/* keyauth_model file [watch=time | watch=off]; */

char *
ngx_http_keyauth_set_model(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_main_conf_t *kmcf = conf;

    ngx_int_t   ms;
    ngx_str_t  *value, s;

    if (kmcf->path.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    kmcf->path = value[1];
    kmcf->watch = NGX_HTTP_KEYAUTH_WATCH;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    ms = NGX_ERROR;

    if (ngx_strcmp(value[2].data, "watch=off") == 0) {
        ms = 0;

    } else if (ngx_strncmp(value[2].data, "watch=", 6) == 0) {
        s.data = value[2].data + 6;
        s.len = value[2].len - 6;
        ms = ngx_parse_time(&s, 0);

        if (ms == 0) {
            ms = NGX_ERROR;
        }
    }

    if (ms == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[2]);
        return NGX_CONF_ERROR;
    }

    kmcf->watch = ms;

    return NGX_CONF_OK;
}


/* here all directives have been read: the key may follow the model */

char *
ngx_http_keyauth_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_keyauth_main_conf_t *kmcf = conf;

    char  err[KEYAUTH_ERROR_MAX];

    if (kmcf->path.data == NULL) {

        if (kmcf->directive == NULL) {
            return NGX_CONF_OK;
        }

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no \"keyauth_model\" is defined for "
                      "the \"%V\" directive in %s:%ui",
                      kmcf->directive, kmcf->file, kmcf->line);
        return NGX_CONF_ERROR;
    }

    if (kmcf->counts != NULL && kmcf->zone == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no \"keyauth_zone\" is defined for "
                      "the \"%V\" directive", kmcf->counts);
        return NGX_CONF_ERROR;
    }

    if (kmcf->trusted_key.data == NULL) {
        return ngx_http_keyauth_open(cf, kmcf);
    }

    if (ngx_conf_full_name(cf->cycle, &kmcf->trusted_key, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (keyauth_signature_trusted_key(kmcf->trusted,
                                      (char *) kmcf->trusted_key.data, err)
        != 0)
    {
        ERR_clear_error();
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "keyauth: cannot use trusted key \"%V\": %s",
                      &kmcf->trusted_key, err);
        return NGX_CONF_ERROR;
    }

    return ngx_http_keyauth_open(cf, kmcf);
}


static char *
ngx_http_keyauth_open(ngx_conf_t *cf, ngx_http_keyauth_main_conf_t *kmcf)
{
    char                 err[KEYAUTH_ERROR_MAX];
    const char          *lacks;
    ngx_core_conf_t     *ccf;
    ngx_pool_cleanup_t  *cln;

    if (ngx_conf_full_name(cf->cycle, &kmcf->path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    /* before it is read: what comes later is another file to the watch */

    (void) ngx_file_info(kmcf->path.data, &kmcf->info);

    kmcf->served = ngx_http_keyauth_load(kmcf, cf->log, err);

    if (kmcf->served == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "keyauth: cannot use model \"%V\": %s",
                      &kmcf->path, err);
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_http_keyauth_cleanup;
    cln->data = kmcf;

    lacks = ngx_http_keyauth_lacks_shadow(kmcf, &kmcf->served->model);

    if (lacks != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "keyauth: model \"%V\" has no %s for "
                      "the \"keyauth_shadow\" directive",
                      &kmcf->path, lacks);
        return NGX_CONF_ERROR;
    }

    /*
     * without a master there is no watch, and nginx that has been reloaded
     * dies at its end of a pool whose threads it has not started
     */

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);

    if (kmcf->watch && ccf->master != 0) {
        kmcf->pool = ngx_thread_pool_add(cf, NULL);
        if (kmcf->pool == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static void
ngx_http_keyauth_cleanup(void *data)
{
    ngx_http_keyauth_main_conf_t *kmcf = data;

    ngx_http_keyauth_release_model(kmcf->served);
}


ngx_int_t
ngx_http_keyauth_init_process(ngx_cycle_t *cycle)
{
    uint64_t                       nsec;
    keyauth_slot_t                *slot;
    struct timespec                start;
    ngx_http_keyauth_served_t     *served;
    ngx_http_keyauth_main_conf_t  *kmcf;

    /* cache manager and loader answer no requests */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    kmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_keyauth_module);

    if (kmcf == NULL || kmcf->served == NULL) {
        return NGX_OK;
    }

    slot = NULL;

    if (kmcf->zone != NULL) {
        slot = keyauth_metrics_slot(kmcf->zone->counters, ngx_worker);
        slot->ready = 0;
        kmcf->zone->slot = slot;
    }

    ngx_http_keyauth_watch_init_process(cycle, kmcf);

    /*
     * a worker that fails here is started again and again: it lives on,
     * and answers 503
     */

    (void) clock_gettime(CLOCK_MONOTONIC, &start);

    if (kmcf->store != NULL) {
        ngx_http_keyauth_store_init_process(cycle, kmcf->store);
    }

    served = kmcf->served;

    if (ngx_http_keyauth_make_ready(served, cycle->log, kmcf->reason)
        != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "keyauth: models of \"%V\" are not ready: %s",
                      &kmcf->path, kmcf->reason);
        return NGX_OK;
    }

    nsec = ngx_http_keyauth_since(&start);

    if (slot != NULL) {
        slot->took = nsec;
        slot->ready = 1;
    }

    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                  "keyauth: model %V of %uD users ready in %M ms, %uz bytes",
                  &served->id, served->model.classes,
                  (ngx_msec_t) (nsec / 1000000), served->size);

    return NGX_OK;
}


void
ngx_http_keyauth_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_keyauth_module);

    if (kmcf != NULL && kmcf->store != NULL) {
        ngx_http_keyauth_store_exit_process(kmcf->store);
    }
}
