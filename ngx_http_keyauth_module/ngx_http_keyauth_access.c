
/*
 * API keys (keyauth_api_keys): directive, phase, variable.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_access.h"
#include "ngx_http_keyauth_response.h"


typedef struct {
    ngx_uint_t         level;           /* of the log */
    ngx_str_t          challenge;       /* RFC 6750, section 3 */
    const char        *code;
    const char        *title;
    const char        *detail;
} ngx_http_keyauth_refusal_t;


static ngx_int_t ngx_http_keyauth_access_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_reject(ngx_http_request_t *r,
    ngx_int_t status, const char *code, const char *title,
    const char *detail);
static ngx_http_keyauth_ctx_t *ngx_http_keyauth_identify(
    ngx_http_request_t *r, keyauth_apikeys_t *keys);
static keyauth_scope_e ngx_http_keyauth_scope(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_reject_client(ngx_http_request_t *r,
    ngx_http_keyauth_ctx_t *ctx);
static ngx_int_t ngx_http_keyauth_reject_scope(ngx_http_request_t *r,
    ngx_http_keyauth_ctx_t *ctx, keyauth_scope_e scope);
static keyauth_apikeys_t *ngx_http_keyauth_read_keys(ngx_conf_t *cf,
    ngx_str_t *path);
static void ngx_http_keyauth_close_keys(void *data);


/* in keyauth_secret_e's order */

static ngx_http_keyauth_refusal_t  ngx_http_keyauth_refusals[] = {

    { 0, ngx_null_string, NULL, NULL, NULL },

    { NGX_LOG_INFO, ngx_string("Bearer realm=\"keyauth\""),
      "no-key", "The API key is missing",
      "A header Authorization: Bearer holds the key." },

    { NGX_LOG_WARN,
      ngx_string("Bearer realm=\"keyauth\", error=\"invalid_request\""),
      "malformed-key", "The API key is malformed",
      "A header Authorization: Bearer holds a key of up to 256 characters." },

    { NGX_LOG_WARN,
      ngx_string("Bearer realm=\"keyauth\", error=\"invalid_token\""),
      "unknown-key", "The API key is unknown",
      "The server has no such key." },

    { NGX_LOG_WARN,
      ngx_string("Bearer realm=\"keyauth\", error=\"invalid_token\""),
      "expired-key", "The API key has expired",
      "The key has expired." }
};


ngx_int_t
ngx_http_keyauth_access_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt           *h;
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);

    if (kmcf->key_files.nelts == 0) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_keyauth_access_handler;

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_access_handler(ngx_http_request_t *r)
{
    keyauth_scope_e               scope;
    ngx_http_keyauth_ctx_t       *ctx;
    ngx_http_keyauth_refusal_t   *refusal;
    ngx_http_keyauth_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    if (klcf->keys == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_keyauth_identify(r, klcf->keys);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->secret == KEYAUTH_SECRET_KNOWN) {
        scope = ngx_http_keyauth_scope(r);

        return (scope == KEYAUTH_SCOPES || (ctx->client->scopes & 1u << scope))
               ? NGX_OK : ngx_http_keyauth_reject_scope(r, ctx, scope);
    }

    if (ngx_http_keyauth_reject_client(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    refusal = &ngx_http_keyauth_refusals[ctx->secret];

    return ngx_http_keyauth_reject(r, NGX_HTTP_UNAUTHORIZED, refusal->code,
                                   refusal->title, refusal->detail);
}


/* with "satisfy any" other handlers may accept, and nginx answers */

static ngx_int_t
ngx_http_keyauth_reject(ngx_http_request_t *r, ngx_int_t status,
    const char *code, const char *title, const char *detail)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->satisfy == NGX_HTTP_SATISFY_ANY) {
        return status;
    }

    ngx_http_finalize_request(r, ngx_http_keyauth_refuse(r, status, code,
                                                         title, detail));
    return NGX_DONE;
}


/* KEYAUTH_SCOPES: any key will do */

static keyauth_scope_e
ngx_http_keyauth_scope(ngx_http_request_t *r)
{
    ngx_http_keyauth_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    switch (klcf->endpoint) {

    case KEYAUTH_ENDPOINT_PREDICT:
        return KEYAUTH_SCOPE_PREDICT;

    case KEYAUTH_ENDPOINT_VERIFY:
        return KEYAUTH_SCOPE_VERIFY;

    case KEYAUTH_ENDPOINT_ENROL:
        return (r->method == NGX_HTTP_DELETE) ? KEYAUTH_SCOPE_FORGET
                                              : KEYAUTH_SCOPE_ENROL;

    case KEYAUTH_ENDPOINT_METRICS:
        return KEYAUTH_SCOPE_METRICS;

    default:
        return KEYAUTH_SCOPES;
    }
}


/*
 * The phase asks, and so do variables: limit_req comes before the phase.  A
 * request that goes to another location may meet other keys there.
 */

static ngx_http_keyauth_ctx_t *
ngx_http_keyauth_identify(ngx_http_request_t *r, keyauth_apikeys_t *keys)
{
    ngx_table_elt_t         *h;
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_keyauth_get_ctx(r);

    if (ctx == NULL || ctx->keys == keys) {
        return ctx;
    }

    /* nginx itself refuses requests with two of them */

    h = r->headers_in.authorization;

    ctx->keys = keys;
    ctx->secret = keyauth_apikeys_find(keys, h ? (char *) h->value.data : NULL,
                                    h ? h->value.len : 0, ngx_time(),
                                    &ctx->client);

    return ctx;
}


static ngx_int_t
ngx_http_keyauth_reject_client(ngx_http_request_t *r,
    ngx_http_keyauth_ctx_t *ctx)
{
    ngx_http_keyauth_refusal_t  *refusal;

    refusal = &ngx_http_keyauth_refusals[ctx->secret];

    if (ngx_http_keyauth_challenge(r, &refusal->challenge) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_log_error(refusal->level, r->connection->log, 0,
                  "keyauth: client is refused: %s%s%s", refusal->code,
                  ctx->client ? ", " : "",
                  ctx->client ? ctx->client->name : "");

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_reject_scope(ngx_http_request_t *r,
    ngx_http_keyauth_ctx_t *ctx, keyauth_scope_e scope)
{
    char         detail[sizeof("The request needs a key with the scope .")
                        + sizeof(KEYAUTH_SCOPES_TEXT)];
    ngx_str_t    challenge;
    const char  *name;

    static const char  head[] =
        "Bearer realm=\"keyauth\", error=\"insufficient_scope\", scope=\"";

    name = keyauth_scope_names[scope];

    challenge.data = ngx_pnalloc(r->pool, sizeof(head) + ngx_strlen(name));
    if (challenge.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    challenge.len = ngx_sprintf(challenge.data, "%s%s\"", head, name)
                    - challenge.data;

    if (ngx_http_keyauth_challenge(r, &challenge) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "keyauth: client is refused: missing-scope %s, %s", name,
                  ctx->client->name);

    (void) snprintf(detail, sizeof(detail),
                    "The request needs a key with the scope %s.", name);

    return ngx_http_keyauth_reject(r, NGX_HTTP_FORBIDDEN, "missing-scope",
                                   "The API key lacks a scope", detail);
}


/* of a subrequest, too, it is the client that sent the request */

ngx_int_t
ngx_http_keyauth_client_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_keyauth_ctx_t       *ctx;
    ngx_http_keyauth_loc_conf_t  *klcf;

    r = r->main;
    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    if (klcf->keys == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    ctx = ngx_http_keyauth_identify(r, klcf->keys);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ctx->secret != KEYAUTH_SECRET_KNOWN) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = (u_char *) ctx->client->name;
    v->len = ngx_strlen(v->data);
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* keyauth_api_keys file | off; */

char *
ngx_http_keyauth_set_api_keys(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_loc_conf_t *klcf = conf;

    ngx_str_t  *value;

    if (klcf->keys != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        klcf->keys = NULL;
        return NGX_CONF_OK;
    }

    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    klcf->keys = ngx_http_keyauth_read_keys(cf, &value[1]);

    return klcf->keys ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static keyauth_apikeys_t *
ngx_http_keyauth_read_keys(ngx_conf_t *cf, ngx_str_t *path)
{
    char                           err[KEYAUTH_ERROR_MAX];
    ngx_uint_t                     i;
    ngx_pool_cleanup_t            *cln;
    ngx_http_keyauth_key_file_t   *file;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);
    file = kmcf->key_files.elts;

    for (i = 0; i < kmcf->key_files.nelts; i++) {
        if (ngx_strcmp(file[i].path.data, path->data) == 0) {
            return file[i].keys;
        }
    }

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(keyauth_apikeys_t));
    if (cln == NULL) {
        return NULL;
    }

    if (keyauth_apikeys_open(cln->data, (char *) path->data, err) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "keyauth: cannot use API keys: %s", err);
        return NULL;
    }

    cln->handler = ngx_http_keyauth_close_keys;

    file = ngx_array_push(&kmcf->key_files);
    if (file == NULL) {
        return NULL;
    }

    file->path = *path;
    file->keys = cln->data;

    if (file->keys->n == 0) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "keyauth: \"%V\" has no keys: nobody gets in",
                           path);
    }

    return file->keys;
}


static void
ngx_http_keyauth_close_keys(void *data)
{
    keyauth_apikeys_close(data);
}
