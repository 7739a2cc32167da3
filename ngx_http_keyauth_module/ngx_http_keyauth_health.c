
/*
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_module.h"


static const char *ngx_http_keyauth_unready(
    ngx_http_keyauth_main_conf_t *kmcf);


static ngx_str_t  ngx_http_keyauth_live = ngx_string("{\"Status\":\"live\"}");
static ngx_str_t  ngx_http_keyauth_ready =
    ngx_string("{\"Status\":\"ready\"}");


ngx_int_t
ngx_http_keyauth_health_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_str_t                     *answer;
    const char                    *reason;
    ngx_http_keyauth_loc_conf_t   *klcf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    rc = ngx_http_keyauth_get_only(r, "Health is asked for with GET.");

    if (rc != NGX_DECLINED) {
        return rc;
    }

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);
    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    answer = &ngx_http_keyauth_live;

    if (klcf->ready) {
        reason = ngx_http_keyauth_unready(kmcf);

        if (reason != NULL) {
            return ngx_http_keyauth_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                           "not-ready",
                                           "The models are not ready",
                                           reason);
        }

        answer = &ngx_http_keyauth_ready;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = answer->data;
    b->last = answer->data + answer->len;
    b->memory = 1;

    return ngx_http_keyauth_send(r, b, NGX_HTTP_OK, &ngx_http_keyauth_json);
}


/* NULL: this worker is ready and, as far as can be known, the others too */

static const char *
ngx_http_keyauth_unready(ngx_http_keyauth_main_conf_t *kmcf)
{
    uint64_t  took;

    if (kmcf->worker == NULL) {
        return kmcf->reason[0] ? kmcf->reason
                               : "This process has made no models ready.";
    }

    if (kmcf->zone != NULL
        && !keyauth_metrics_ready(kmcf->zone->counters, kmcf->zone->workers,
                                  &took))
    {
        return "The models of another worker are not ready: the server's log "
               "says why.";
    }

    return NULL;
}


/* keyauth_health live | ready; */

char *
ngx_http_keyauth_set_health(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_loc_conf_t *klcf = conf;

    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "ready") == 0) {
        klcf->ready = 1;

    } else if (ngx_strcmp(value[1].data, "live") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    return ngx_http_keyauth_set_handler(cf, cmd,
                                        ngx_http_keyauth_health_handler,
                                        KEYAUTH_ENDPOINT_HEALTH);
}
