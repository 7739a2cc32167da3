
/*
 * The endpoints that predict nothing: card, health, metrics.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_endpoints.h"
#include "ngx_http_keyauth_response.h"
#include "ngx_http_keyauth_store.h"
#include "ngx_http_keyauth_zone.h"


static ngx_int_t ngx_http_keyauth_replicating(ngx_http_request_t *r,
    keyauth_store_status_t *status);
static const char *ngx_http_keyauth_unready(
    ngx_http_keyauth_main_conf_t *kmcf);


static ngx_str_t  ngx_http_keyauth_live = ngx_string("{\"Status\":\"live\"}");
static ngx_str_t  ngx_http_keyauth_ready =
    ngx_string("{\"Status\":\"ready\"}");

static ngx_str_t  ngx_http_keyauth_text =
    ngx_string("text/plain; version=0.0.4; charset=utf-8");

static ngx_str_t  ngx_http_keyauth_openmetrics =
    ngx_string("application/openmetrics-text; version=1.0.0; charset=utf-8");


ngx_int_t
ngx_http_keyauth_card_handler(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_buf_t                  *b;
    ngx_http_keyauth_served_t  *served;

    rc = ngx_http_keyauth_get_only(r, "The card is read with GET.");

    if (rc != NGX_DECLINED) {
        return rc;
    }

    served = ngx_http_keyauth_get_served(r);
    b = ngx_calloc_buf(r->pool);

    if (served == NULL || b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* not copied: the model stays until the request has ended */

    b->pos = (u_char *) served->model.card;
    b->last = b->pos + served->model.card_size;
    b->memory = 1;

    return ngx_http_keyauth_send(r, b, NGX_HTTP_OK, &ngx_http_keyauth_json);
}


ngx_int_t
ngx_http_keyauth_health_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_str_t                     *answer;
    const char                    *reason;
    keyauth_store_status_t         status;
    ngx_http_keyauth_loc_conf_t   *klcf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    rc = ngx_http_keyauth_get_only(r, "Health requires GET.");

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

        if (kmcf->store != NULL
            && ngx_http_keyauth_store_behind(kmcf->store, &status))
        {
            return ngx_http_keyauth_replicating(r, &status);
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


/* how far it is, of what has to be compared */

static ngx_int_t
ngx_http_keyauth_replicating(ngx_http_request_t *r,
    keyauth_store_status_t *status)
{
    ngx_buf_t  *b;

    b = ngx_create_temp_buf(r->pool, sizeof("{\"Status\":\"replicating\","
                                            "\"Done\":,\"Total\":}")
                                     + 2 * NGX_INT64_LEN);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_sprintf(b->last, "{\"Status\":\"replicating\",\"Done\":%uL,"
                                   "\"Total\":%uL}",
                          status->done, status->total);

    return ngx_http_keyauth_send(r, b, NGX_HTTP_SERVICE_UNAVAILABLE,
                                 &ngx_http_keyauth_json);
}


/* NULL: this worker is ready and, as far as can be known, the others too */

static const char *
ngx_http_keyauth_unready(ngx_http_keyauth_main_conf_t *kmcf)
{
    uint64_t  took;

    if (kmcf->served->worker == NULL) {
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


ngx_int_t
ngx_http_keyauth_metrics_handler(ngx_http_request_t *r)
{
    int                            open;
    uint64_t                       took;
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_time_t                    *now;
    keyauth_about_t                about;
    keyauth_counters_t            *sum;
    ngx_http_keyauth_served_t     *served;
    keyauth_store_info_t           info;
    keyauth_store_status_t         status;
    ngx_http_keyauth_main_conf_t  *kmcf;

    rc = ngx_http_keyauth_get_only(r, "Metrics are read with GET.");

    if (rc != NGX_DECLINED) {
        return rc;
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    served = ngx_http_keyauth_get_served(r);
    sum = ngx_palloc(r->pool, sizeof(keyauth_counters_t));
    b = ngx_create_temp_buf(r->pool, KEYAUTH_METRICS_MAX);

    if (served == NULL || sum == NULL || b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    keyauth_metrics_sum(kmcf->zone->counters, sum);

    about.digest = served->model.id;
    about.created = served->created;
    about.users = served->model.classes;
    about.models = served->model.models;
    about.ready = keyauth_metrics_ready(kmcf->zone->counters,
                                        kmcf->zone->workers, &took);
    about.load = served->opened + took;
    about.store = (kmcf->store != NULL);
    about.opened = about.store
                   && ngx_http_keyauth_store_info(kmcf->store, &info)
                      == KEYAUTH_STORE_OK;
    about.info = &info;
    about.replica = (about.opened
                     && ngx_http_keyauth_store_status(kmcf->store, &status)
                        == KEYAUTH_STORE_OK)
                    ? &status : NULL;
    now = ngx_timeofday();
    about.now = (uint64_t) now->sec * 1000 + now->msec;

    open = 0;

    if (r->headers_in.accept != NULL) {
        open = keyauth_metrics_accept(
                                (char *) r->headers_in.accept->value.data,
                                r->headers_in.accept->value.len);
    }

    b->last += keyauth_metrics_write(sum, &about, open, (char *) b->pos);

    return ngx_http_keyauth_send(r, b, NGX_HTTP_OK,
                                 open ? &ngx_http_keyauth_openmetrics
                                      : &ngx_http_keyauth_text);
}
