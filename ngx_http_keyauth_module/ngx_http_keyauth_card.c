
/*
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_module.h"


ngx_int_t
ngx_http_keyauth_card_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_buf_t                     *b;
    ngx_http_keyauth_main_conf_t  *kmcf;

    rc = ngx_http_keyauth_get_only(r, "The card is read with GET.");

    if (rc != NGX_DECLINED) {
        return rc;
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* not copied: the model stays until the last request has ended */

    b->pos = (u_char *) kmcf->model.card;
    b->last = b->pos + kmcf->model.card_size;
    b->memory = 1;

    return ngx_http_keyauth_send(r, b, NGX_HTTP_OK, &ngx_http_keyauth_json);
}
