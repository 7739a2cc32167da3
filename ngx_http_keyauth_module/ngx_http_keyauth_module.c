
/*
 * The module: directives, variables, configuration.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_access.h"
#include "ngx_http_keyauth_count.h"
#include "ngx_http_keyauth_learn.h"
#include "ngx_http_keyauth_location.h"
#include "ngx_http_keyauth_model.h"
#include "ngx_http_keyauth_replay.h"
#include "ngx_http_keyauth_store.h"
#include "ngx_http_keyauth_zone.h"

#include "keyauth_user.h"


static ngx_int_t ngx_http_keyauth_add_variables(ngx_conf_t *cf);
static ngx_int_t ngx_http_keyauth_user_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_keyauth_model_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_keyauth_time_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_keyauth_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_keyauth_init_cycle(ngx_cycle_t *cycle);
static void *ngx_http_keyauth_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_keyauth_create_srv_conf(ngx_conf_t *cf);
static void *ngx_http_keyauth_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_keyauth_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_command_t  ngx_http_keyauth_commands[] = {

    { ngx_string("keyauth_model"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_keyauth_set_model,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("keyauth_trusted_key"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_keyauth_main_conf_t, trusted_key),
      NULL },

    { ngx_string("keyauth_replay_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_keyauth_set_replay_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("keyauth_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_keyauth_set_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("keyauth_store"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_keyauth_set_store,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("keyauth_enrol"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_keyauth_set_enrol,
      NGX_HTTP_LOC_CONF_OFFSET,
      KEYAUTH_ENDPOINT_ENROL,
      NULL },

    { ngx_string("keyauth_learn"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF
                        |NGX_CONF_TAKE123,
      ngx_http_keyauth_set_learn,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("keyauth_predict"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_keyauth_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      KEYAUTH_ENDPOINT_PREDICT,
      NULL },

    { ngx_string("keyauth_verify"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE12,
      ngx_http_keyauth_set_verify,
      NGX_HTTP_LOC_CONF_OFFSET,
      KEYAUTH_ENDPOINT_VERIFY,
      NULL },

    { ngx_string("keyauth_card"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_keyauth_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      KEYAUTH_ENDPOINT_CARD,
      NULL },

    { ngx_string("keyauth_shadow"),
      NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_keyauth_set_shadow,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("keyauth_health"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_keyauth_set_health,
      NGX_HTTP_LOC_CONF_OFFSET,
      KEYAUTH_ENDPOINT_HEALTH,
      NULL },

    { ngx_string("keyauth_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_keyauth_set_metrics,
      NGX_HTTP_LOC_CONF_OFFSET,
      KEYAUTH_ENDPOINT_METRICS,
      NULL },

    { ngx_string("keyauth_api_keys"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_keyauth_set_api_keys,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_keyauth_module_ctx = {
    ngx_http_keyauth_add_variables,        /* preconfiguration */
    ngx_http_keyauth_init,                 /* postconfiguration */

    ngx_http_keyauth_create_main_conf,     /* create main configuration */
    ngx_http_keyauth_init_main_conf,       /* init main configuration */

    ngx_http_keyauth_create_srv_conf,      /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_keyauth_create_loc_conf,      /* create location configuration */
    ngx_http_keyauth_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_keyauth_module = {
    NGX_MODULE_V1,
    &ngx_http_keyauth_module_ctx,          /* module context */
    ngx_http_keyauth_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_keyauth_init_cycle,           /* init module */
    ngx_http_keyauth_init_process,         /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_keyauth_exit_process,         /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_variable_t  ngx_http_keyauth_vars[] = {

    { ngx_string("keyauth_user"), NULL, ngx_http_keyauth_user_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("keyauth_model"), NULL, ngx_http_keyauth_model_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("keyauth_time"), NULL, ngx_http_keyauth_time_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("keyauth_client"), NULL, ngx_http_keyauth_client_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_int_t
ngx_http_keyauth_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_keyauth_vars; v->name.len; v++) {

        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_user_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    size_t                   len;
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);

    if (ctx == NULL || !ctx->answered
        || (ctx->user == KEYAUTH_NOBODY && ctx->name.len == 0))
    {
        v->not_found = 1;
        return NGX_OK;
    }

    if (ctx->name.len > 0) {
        v->data = ctx->name.data;
        len = ctx->name.len;

    } else {
        v->data = (u_char *) keyauth_model_label(&ctx->served->model,
                                                 ctx->user, &len);
    }

    v->len = len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_model_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);

    if (ctx == NULL || !ctx->answered) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = (u_char *) (ctx->model == KEYAUTH_LIVE
                          ? KEYAUTH_LIVE_NAME
                          : keyauth_kinds[ctx->model]->name);
    v->len = ngx_strlen(v->data);
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_time_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                  *p;
    uint64_t                 usec;
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);

    if (ctx == NULL || !ctx->answered) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN + sizeof(".000000") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    usec = ctx->nsec / 1000;

    v->data = p;
    v->len = ngx_sprintf(p, "%uL.%06uL", usec / 1000000, usec % 1000000) - p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_init(ngx_conf_t *cf)
{
    if (ngx_http_keyauth_access_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_keyauth_init_count(cf);
}


static ngx_int_t
ngx_http_keyauth_init_cycle(ngx_cycle_t *cycle)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_keyauth_module);

    if (kmcf != NULL && kmcf->store != NULL) {
        ngx_http_keyauth_store_init_module(cycle, kmcf->store);
    }

    return ngx_http_keyauth_init_module(cycle);
}


static void *
ngx_http_keyauth_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_keyauth_main_conf_t));
    if (kmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&kmcf->key_files, cf->pool, 1,
                       sizeof(ngx_http_keyauth_key_file_t))
        != NGX_OK)
    {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     kmcf->path = { 0, NULL };
     *     kmcf->watch = 0;
     *     kmcf->info = { 0 };
     *     kmcf->pool = NULL;
     *     kmcf->trusted_key = { 0, NULL };
     *     kmcf->trusted = "";
     *     kmcf->directive = NULL;
     *     kmcf->file = NULL;
     *     kmcf->line = 0;
     *     kmcf->counts = NULL;
     *     kmcf->shadow = 0;
     *     kmcf->served = NULL;
     *     kmcf->reason = "";
     *     kmcf->zone = NULL;
     *     kmcf->replay = NULL;
     *     kmcf->store = NULL;
     *     kmcf->learner = NULL;
     *     kmcf->needed = 0;
     *     kmcf->old_cycle = NULL;
     */

    if (ngx_http_keyauth_watch_refusal(cf, kmcf) != NGX_OK) {
        return NULL;
    }

    return kmcf;
}


static void *
ngx_http_keyauth_create_srv_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     kscf->endpoints = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_keyauth_srv_conf_t));
}


static void *
ngx_http_keyauth_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_keyauth_loc_conf_t  *klcf;

    klcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_keyauth_loc_conf_t));
    if (klcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc(), and inherited by no other location:
     *
     *     klcf->directive = NULL;
     *     klcf->endpoint = KEYAUTH_ENDPOINT_OTHER;
     *     klcf->ready = 0;
     *     klcf->needed = 0;
     *     klcf->shadow = 0;
     *     klcf->limits = { 0, 0 };
     *     klcf->header = 0;
     */

    klcf->keys = NGX_CONF_UNSET_PTR;
    klcf->learn = NGX_CONF_UNSET;

    return klcf;
}


static char *
ngx_http_keyauth_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_keyauth_loc_conf_t *prev = parent;
    ngx_http_keyauth_loc_conf_t *conf = child;

    ngx_conf_merge_ptr_value(conf->keys, prev->keys, NULL);

    if (conf->shadow != 0 && conf->endpoint != KEYAUTH_ENDPOINT_PREDICT) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the \"keyauth_shadow\" directive is in a location "
                      "without \"keyauth_predict\"");
        return NGX_CONF_ERROR;
    }

    return ngx_http_keyauth_merge_learn(cf, prev, conf);
}
