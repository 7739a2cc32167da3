
/*
 * Requests with a body of JSON: checked, waited for, read.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_body.h"
#include "ngx_http_keyauth_response.h"


static ngx_uint_t ngx_http_keyauth_is_json(ngx_http_request_t *r);
static void ngx_http_keyauth_await_body(ngx_http_request_t *r);
static void ngx_http_keyauth_body_event(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_copy_body(ngx_http_request_t *r,
    u_char *last);
static ngx_int_t ngx_http_keyauth_too_large(ngx_http_request_t *r);


static ngx_str_t  ngx_http_keyauth_post = ngx_string("POST");
static ngx_str_t  ngx_http_keyauth_accept = ngx_string("Accept");


ngx_int_t
ngx_http_keyauth_receive(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler)
{
    ngx_int_t                   rc;
    ngx_http_keyauth_served_t  *served;

    if (r->method != NGX_HTTP_POST) {
        return ngx_http_keyauth_not_allowed(r, &ngx_http_keyauth_post,
                                            "Requests are sent with POST.");
    }

    if (!ngx_http_keyauth_is_json(r)) {

        if (ngx_http_keyauth_add_header(r, &ngx_http_keyauth_accept,
                                        &ngx_http_keyauth_json)
            == NULL)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_keyauth_refuse(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                       "unsupported-media-type",
                                       "The media type is not supported",
                                       "Content-Type has to be "
                                       "application/json.");
    }

    served = ngx_http_keyauth_get_served(r);
    if (served == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (served->worker == NULL) {
        return ngx_http_keyauth_not_ready(r);
    }

    if (r->headers_in.content_length_n > KEYAUTH_BODY_MAX) {
        return ngx_http_keyauth_too_large(r);
    }

    rc = ngx_http_read_client_request_body(r, handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    if (rc == NGX_AGAIN) {
        ngx_http_keyauth_await_body(r);
    }

    return NGX_DONE;
}


/* application/json, whatever its parameters */

static ngx_uint_t
ngx_http_keyauth_is_json(ngx_http_request_t *r)
{
    u_char     *p, *last;
    ngx_str_t  *type;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = &r->headers_in.content_type->value;

    if (type->len < ngx_http_keyauth_json.len
        || ngx_strncasecmp(type->data, ngx_http_keyauth_json.data,
                           ngx_http_keyauth_json.len)
           != 0)
    {
        return 0;
    }

    p = type->data + ngx_http_keyauth_json.len;
    last = type->data + type->len;

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p == last || *p == ';';
}


/*
 * nginx closes the connection of a client whose body does not come in time
 * without an answer; here it gets 408.  Without memory: as nginx does.
 */

static void
ngx_http_keyauth_await_body(ngx_http_request_t *r)
{
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_keyauth_get_ctx(r);

    if (ctx != NULL) {
        ctx->read_body = r->read_event_handler;
        r->read_event_handler = ngx_http_keyauth_body_event;
    }
}


static void
ngx_http_keyauth_body_event(ngx_http_request_t *r)
{
    ngx_http_keyauth_ctx_t  *ctx;

    if (!r->connection->read->timedout) {
        ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);
        ctx->read_body(r);
        return;
    }

    /* what comes later is none of the request's, nor another one */

    r->connection->read->timedout = 0;
    r->read_event_handler = ngx_http_block_reading;
    r->keepalive = 0;

#if (NGX_HTTP_V2)
    if (r->stream) {
        r->stream->skip_data = 1;
    }
#endif

    ngx_http_finalize_request(r,
        ngx_http_keyauth_refuse(r, NGX_HTTP_REQUEST_TIME_OUT, "too-slow",
                                "The body is too slow",
                                "The rest of the body did not come in time."));
}


/*
 * A body as one string.  A body in one piece of memory is left where it is;
 * otherwise the pieces, of memory and of the temporary file, are put together
 * in the request's pool.
 */

ngx_int_t
ngx_http_keyauth_read_body(ngx_http_request_t *r, ngx_str_t *body)
{
    off_t         size;
    ngx_buf_t    *b, *only;
    ngx_uint_t    n;
    ngx_chain_t  *cl;

    ngx_str_set(body, "");

    if (r->request_body == NULL) {
        return NGX_DECLINED;
    }

    size = 0;
    only = NULL;
    n = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        /* the last buffer of a chunked body is special and holds nothing */

        if (ngx_buf_special(b)) {
            continue;
        }

        size += ngx_buf_size(b);
        only = b;
        n++;
    }

    if (size > KEYAUTH_BODY_MAX) {
        return ngx_http_keyauth_too_large(r);
    }

    if (n == 0) {
        return NGX_DECLINED;
    }

    body->len = size;

    if (n == 1 && ngx_buf_in_memory(only)) {
        body->data = only->pos;
        return NGX_DECLINED;
    }

    body->data = ngx_pnalloc(r->pool, size);
    if (body->data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_keyauth_copy_body(r, body->data) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_keyauth_copy_body(ngx_http_request_t *r, u_char *last)
{
    size_t        size;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_special(b)) {
            continue;
        }

        if (ngx_buf_in_memory(b)) {
            last = ngx_cpymem(last, b->pos, b->last - b->pos);
            continue;
        }

        size = (size_t) ngx_buf_size(b);

        n = ngx_read_file(b->file, last, size, b->file_pos);

        if (n != (ssize_t) size) {

            /* ngx_read_file() has logged an error, but not a short read */

            if (n != NGX_ERROR) {
                ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                              "keyauth: read only %z of %uz bytes "
                              "of the body in \"%V\"",
                              n, size, &b->file->name);
            }

            return NGX_ERROR;
        }

        last += n;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_too_large(ngx_http_request_t *r)
{
    return ngx_http_keyauth_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                   "too-large", "The body is too large",
                                   "A body may have up to 16384 bytes: send"
                                   " fewer samples or requests at once.");
}
