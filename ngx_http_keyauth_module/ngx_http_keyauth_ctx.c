
/*
 * A request's context.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_ctx.h"

#include "keyauth_user.h"


static void ngx_http_keyauth_ctx_cleanup(void *data);


ngx_http_keyauth_ctx_t *
ngx_http_keyauth_get_ctx(ngx_http_request_t *r)
{
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);

    if (ctx == NULL) {
        ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_keyauth_ctx_t));
        if (ctx == NULL) {
            return NULL;
        }

        ngx_http_set_ctx(r, ctx, ngx_http_keyauth_module);
    }

    return ctx;
}


ngx_http_keyauth_ctx_t *
ngx_http_keyauth_find_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);

    if (ctx != NULL && ctx->endpoint != KEYAUTH_ENDPOINT_OTHER) {
        return ctx;
    }

    if (!r->internal || r != r->main) {
        return NULL;
    }

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_keyauth_ctx_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


ngx_http_keyauth_served_t *
ngx_http_keyauth_get_served(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t            *cln;
    ngx_http_keyauth_ctx_t        *ctx;
    ngx_http_keyauth_main_conf_t  *kmcf;

    ctx = ngx_http_keyauth_get_ctx(r);

    if (ctx == NULL || ctx->served != NULL) {
        return ctx ? ctx->served : NULL;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    ctx->served = kmcf->served;
    ctx->served->uses++;

    cln->handler = ngx_http_keyauth_release_model;
    cln->data = ctx->served;

    return ctx->served;
}


void
ngx_http_keyauth_release_model(void *data)
{
    ngx_http_keyauth_served_t *served = data;

    if (--served->uses > 0) {
        return;
    }

    keyauth_model_close(&served->model);

    if (served->worker != NULL) {
        (void) munmap(served->worker, served->size);
    }

    ngx_free(served);
}


ngx_int_t
ngx_http_keyauth_keep_ctx(ngx_http_request_t *r, ngx_http_keyauth_ctx_t *ctx)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_keyauth_ctx_cleanup;
    cln->data = ctx;

    return NGX_OK;
}


/* nothing to do: it is there to be found */

static void
ngx_http_keyauth_ctx_cleanup(void *data)
{
    /* void */
}


ngx_int_t
ngx_http_keyauth_set_ctx(ngx_http_request_t *r, uint32_t user,
    keyauth_model_e model, uint64_t nsec)
{
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_keyauth_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->answered = 1;
    ctx->user = user;
    ctx->model = model;
    ctx->name.len = 0;
    ctx->nsec = nsec;

    return NGX_OK;
}


ngx_int_t
ngx_http_keyauth_set_live_ctx(ngx_http_request_t *r, const char *name,
    uint64_t nsec)
{
    ngx_http_keyauth_ctx_t  *ctx;

    if (ngx_http_keyauth_set_ctx(r, KEYAUTH_NOBODY, KEYAUTH_LIVE, nsec)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);
    ctx->name.len = name ? ngx_strlen(name) : 0;

    if (ctx->name.len == 0) {
        return NGX_OK;
    }

    /* a later request is parsed into the same memory */

    ctx->name.data = ngx_pnalloc(r->pool, ctx->name.len);
    if (ctx->name.data == NULL) {
        ctx->name.len = 0;
        return NGX_ERROR;
    }

    ngx_memcpy(ctx->name.data, name, ctx->name.len);

    return NGX_OK;
}


uint64_t
ngx_http_keyauth_since(struct timespec *start)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (now.tv_sec - start->tv_sec) * 1000000000ull
           + now.tv_nsec - start->tv_nsec;
}
