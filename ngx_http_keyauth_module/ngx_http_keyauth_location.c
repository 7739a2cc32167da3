
/*
 * Directives that make a location one of our endpoints.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_endpoints.h"
#include "ngx_http_keyauth_enrol.h"
#include "ngx_http_keyauth_location.h"
#include "ngx_http_keyauth_predict.h"
#include "ngx_http_keyauth_verify.h"


static ngx_http_handler_pt  ngx_http_keyauth_handlers[KEYAUTH_ENDPOINTS] = {
    [KEYAUTH_ENDPOINT_PREDICT] = ngx_http_keyauth_predict_handler,
    [KEYAUTH_ENDPOINT_VERIFY] = ngx_http_keyauth_verify_handler,
    [KEYAUTH_ENDPOINT_ENROL] = ngx_http_keyauth_enrol_handler,
    [KEYAUTH_ENDPOINT_CARD] = ngx_http_keyauth_card_handler,
    [KEYAUTH_ENDPOINT_HEALTH] = ngx_http_keyauth_health_handler,
    [KEYAUTH_ENDPOINT_METRICS] = ngx_http_keyauth_metrics_handler
};


/* cmd->offset is the endpoint, keyauth_endpoint_e */

char *
ngx_http_keyauth_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_loc_conf_t *klcf = conf;

    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_keyauth_srv_conf_t   *kscf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    if (klcf->directive == &cmd->name) {
        return "is duplicate";
    }

    if (klcf->directive != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" and \"%V\" are in the same location",
                           klcf->directive, &cmd->name);
        return NGX_CONF_ERROR;
    }

    klcf->directive = &cmd->name;
    klcf->endpoint = cmd->offset;

    kscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_keyauth_module);
    kscf->endpoints = 1;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_keyauth_handlers[klcf->endpoint];

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);

    if (kmcf->directive == NULL) {
        kmcf->directive = &cmd->name;
        kmcf->file = cf->conf_file->file.name.data;
        kmcf->line = cf->conf_file->line;
    }

    return NGX_CONF_OK;
}


/* keyauth_verify [header] [far=number]; */

char *
ngx_http_keyauth_set_verify(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_loc_conf_t *klcf = conf;

    ngx_int_t    n;
    ngx_str_t   *value;
    ngx_uint_t   i, header;

    value = cf->args->elts;
    header = 0;
    n = NGX_CONF_UNSET;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "header") == 0 && !header) {
            header = 1;
            continue;
        }

        if (ngx_strncmp(value[i].data, "far=", 4) == 0
            && n == NGX_CONF_UNSET)
        {
            n = ngx_atofp(value[i].data + 4, value[i].len - 4, 6);

            if (n >= KEYAUTH_FAR_MIN * 1000000
                && n <= KEYAUTH_FAR_MAX * 1000000)
            {
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    klcf->limits.far = KEYAUTH_FAR_DEFAULT;
    klcf->limits.far_max = header ? KEYAUTH_FAR_DEFAULT : KEYAUTH_FAR_MAX;

    if (n != NGX_CONF_UNSET) {
        klcf->limits.far = n / 1000000.0;
        klcf->limits.far_max = n / 1000000.0;
    }

    klcf->header = header;

    return ngx_http_keyauth_set_endpoint(cf, cmd, conf);
}


/* keyauth_shadow model ...; */

char *
ngx_http_keyauth_set_shadow(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_loc_conf_t *klcf = conf;

    ngx_str_t                     *value;
    ngx_uint_t                     i;
    keyauth_model_e                model;
    ngx_http_keyauth_main_conf_t  *kmcf;

    if (klcf->shadow != 0) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        model = keyauth_kind_named((char *) value[i].data, value[i].len);

        if (model == KEYAUTH_MODELS || (klcf->shadow & (1u << model))) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        klcf->shadow |= 1u << model;
    }

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);
    kmcf->shadow |= klcf->shadow;
    kmcf->counts = &cmd->name;

    return NGX_CONF_OK;
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

    return ngx_http_keyauth_set_endpoint(cf, cmd, conf);
}


char *
ngx_http_keyauth_set_metrics(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);
    kmcf->counts = &cmd->name;

    return ngx_http_keyauth_set_endpoint(cf, cmd, conf);
}


/* keyauth_enrol [needed=number]; */

char *
ngx_http_keyauth_set_enrol(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_loc_conf_t *klcf = conf;

    ngx_int_t                      n;
    ngx_str_t                     *value;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);

    if (kmcf->store == NULL) {
        return "requires \"keyauth_store\" before it";
    }

    n = KEYAUTH_LIVE_NEEDED;

    if (cf->args->nelts == 2) {
        value = cf->args->elts;
        n = NGX_ERROR;

        if (ngx_strncmp(value[1].data, "needed=", 7) == 0) {
            n = ngx_atoi(value[1].data + 7, value[1].len - 7);
        }

        if (n < KEYAUTH_LIVE_ROWS_MIN || n > KEYAUTH_LIVE_ROWS_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[1]);
            return NGX_CONF_ERROR;
        }
    }

    klcf->needed = n;

    if (kmcf->needed < (ngx_uint_t) n) {
        kmcf->needed = n;
    }

    return ngx_http_keyauth_set_endpoint(cf, cmd, conf);
}
