
/*
 * A model file read, verified and made ready to predict.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_load.h"

#include <openssl/err.h>


ngx_http_keyauth_served_t *
ngx_http_keyauth_load(ngx_http_keyauth_main_conf_t *kmcf, ngx_log_t *log,
    char *err)
{
    struct timespec             start;
    ngx_http_keyauth_served_t  *served;

    (void) clock_gettime(CLOCK_MONOTONIC, &start);

    served = ngx_calloc(sizeof(ngx_http_keyauth_served_t), log);
    if (served == NULL) {
        ngx_memcpy(err, "no memory", sizeof("no memory"));
        return NULL;
    }

    if (keyauth_model_open(&served->model, (char *) kmcf->path.data,
                           kmcf->trusted_key.len ? kmcf->trusted : NULL, err)
        != 0)
    {
        /* or nginx will take what OpenSSL left behind for an error of TLS */

        ERR_clear_error();
        ngx_free(served);
        return NULL;
    }

    served->id.data = (u_char *) served->model.id;
    served->id.len = ngx_strlen(served->model.id);
    served->uses = 1;

    keyauth_model_created(&served->model, served->created);

    served->opened = ngx_http_keyauth_since(&start);

    return served;
}


ngx_int_t
ngx_http_keyauth_make_ready(ngx_http_keyauth_served_t *served, ngx_log_t *log,
    char *err)
{
    u_char                     *memory;
    size_t                      work;
    struct timespec             start;
    ngx_http_keyauth_worker_t  *worker;

    (void) clock_gettime(CLOCK_MONOTONIC, &start);

    work = ngx_align(sizeof(ngx_http_keyauth_worker_t), 64);
    served->size = work + keyauth_engine_size(&served->model);

    /* not of the heap: each thread has its own, and keeps what is freed */

    memory = mmap(NULL, served->size, PROT_READ|PROT_WRITE,
                  MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "mmap(%uz) failed", served->size);
        ngx_memcpy(err, "no memory", sizeof("no memory"));
        return NGX_ERROR;
    }

    worker = (ngx_http_keyauth_worker_t *) memory;

    /* touches each page, as keyauth_engine_init() does */

    ngx_memzero(worker, work);

    if (keyauth_engine_init(&worker->engine, &served->model, memory + work,
                            err)
        != 0)
    {
        (void) munmap(memory, served->size);
        return NGX_ERROR;
    }

    served->worker = worker;
    served->took = ngx_http_keyauth_since(&start);

    return NGX_OK;
}
