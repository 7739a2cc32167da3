
/*
 * The model's life: read in the master, made ready in each worker.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_ctx.h"
#include "ngx_http_keyauth_model.h"
#include "ngx_http_keyauth_shadow.h"
#include "ngx_http_keyauth_store.h"
#include "ngx_http_keyauth_zone.h"

#include <openssl/err.h>


static char *ngx_http_keyauth_open(ngx_conf_t *cf,
    ngx_http_keyauth_main_conf_t *kmcf, const uint8_t *trusted);
static void ngx_http_keyauth_cleanup(void *data);


/* here all directives have been read: the key may follow the model */

char *
ngx_http_keyauth_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_keyauth_main_conf_t *kmcf = conf;

    char     err[KEYAUTH_ERROR_MAX];
    uint8_t  key[KEYAUTH_KEY_SIZE];

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
        return ngx_http_keyauth_open(cf, kmcf, NULL);
    }

    if (ngx_conf_full_name(cf->cycle, &kmcf->trusted_key, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(key, KEYAUTH_KEY_SIZE);

    if (keyauth_signature_trusted_key(key, (char *) kmcf->trusted_key.data,
                                      err)
        != 0)
    {
        ERR_clear_error();
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "keyauth: cannot use trusted key \"%V\": %s",
                      &kmcf->trusted_key, err);
        return NGX_CONF_ERROR;
    }

    return ngx_http_keyauth_open(cf, kmcf, key);
}


static char *
ngx_http_keyauth_open(ngx_conf_t *cf, ngx_http_keyauth_main_conf_t *kmcf,
    const uint8_t *trusted)
{
    char                 err[KEYAUTH_ERROR_MAX];
    struct timespec      start;
    ngx_pool_cleanup_t  *cln;

    if (ngx_conf_full_name(cf->cycle, &kmcf->path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    (void) clock_gettime(CLOCK_MONOTONIC, &start);

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    if (keyauth_model_open(&kmcf->model, (char *) kmcf->path.data, trusted,
                           err)
        != 0)
    {
        /* or nginx will take what OpenSSL left behind for an error of TLS */

        ERR_clear_error();

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "keyauth: cannot use model \"%V\": %s",
                      &kmcf->path, err);
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_http_keyauth_cleanup;
    cln->data = &kmcf->model;

    kmcf->id.data = (u_char *) kmcf->model.id;
    kmcf->id.len = ngx_strlen(kmcf->model.id);

    keyauth_model_created(&kmcf->model, kmcf->created);

    kmcf->opened = ngx_http_keyauth_since(&start);

    if (ngx_http_keyauth_check_shadow(cf, kmcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void
ngx_http_keyauth_cleanup(void *data)
{
    keyauth_model_close(data);
}


ngx_int_t
ngx_http_keyauth_init_process(ngx_cycle_t *cycle)
{
    u_char                        *memory;
    size_t                         size, work;
    uint64_t                       nsec;
    keyauth_slot_t                *slot;
    struct timespec                start;
    ngx_http_keyauth_worker_t     *worker;
    ngx_http_keyauth_main_conf_t  *kmcf;

    /* cache manager and loader answer no requests */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    kmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_keyauth_module);

    if (kmcf == NULL || kmcf->path.len == 0) {
        return NGX_OK;
    }

    slot = NULL;

    if (kmcf->zone != NULL) {
        slot = keyauth_metrics_slot(kmcf->zone->counters, ngx_worker);
        slot->ready = 0;
        kmcf->zone->slot = slot;
    }

    /*
     * a worker that fails here is started again and again: it lives on,
     * and answers 503
     */

    (void) clock_gettime(CLOCK_MONOTONIC, &start);

    work = ngx_align(sizeof(ngx_http_keyauth_worker_t), 64);
    size = work + keyauth_engine_size(&kmcf->model);

    memory = ngx_pmemalign(cycle->pool, size, 64);
    if (memory == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "keyauth: no memory for the models, %uz bytes", size);
        ngx_memcpy(kmcf->reason, "no memory", sizeof("no memory"));
        return NGX_OK;
    }

    worker = (ngx_http_keyauth_worker_t *) memory;

    /* touches each page, as keyauth_engine_init() does */

    ngx_memzero(worker, work);

    if (keyauth_engine_init(&worker->engine, &kmcf->model, memory + work,
                            kmcf->reason)
        != 0)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "keyauth: models of \"%V\" are not ready: %s",
                      &kmcf->path, kmcf->reason);
        return NGX_OK;
    }

    kmcf->worker = worker;

    if (kmcf->store != NULL) {
        ngx_http_keyauth_store_init_process(cycle, kmcf->store);
    }

    nsec = ngx_http_keyauth_since(&start);

    if (slot != NULL) {
        slot->took = nsec;
        slot->ready = 1;
    }

    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                  "keyauth: model %V of %uD users ready in %M ms, %uz bytes",
                  &kmcf->id, kmcf->model.classes,
                  (ngx_msec_t) (nsec / 1000000), size);

    return NGX_OK;
}
