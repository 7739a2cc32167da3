
/*
 * A request's context: what variables and metrics read.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_CTX_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_CTX_H_INCLUDED_


#include "ngx_http_keyauth_conf.h"


/* what a request leaves for the variables and the metrics */
typedef struct {
    keyauth_endpoint_e       endpoint;
    struct timespec          start;     /* with a zone alone */
    unsigned                 counted:1;

    /* nginx's own, while the body comes */
    ngx_http_event_handler_pt  read_body;

    unsigned                 answered:1;    /* the next three are set */
    uint32_t                 user;      /* class last answered, or nobody */
    keyauth_model_e          model;     /* or KEYAUTH_LIVE: */
    ngx_str_t                name;      /* of its user, or of length 0 */
    uint64_t                 nsec;

    /* of the store's, that the request waits for, or NULL */
    struct ngx_http_keyauth_job_s  *job;

    /* the model it began with, NULL before it needs one */
    ngx_http_keyauth_served_t  *served;

    /* what is known of the client */
    keyauth_apikeys_t          *keys;      /* NULL: it was not looked for */
    const keyauth_client_t  *client;
    keyauth_secret_e         secret;
} ngx_http_keyauth_ctx_t;


/* made where there is none; NULL: no memory */
ngx_http_keyauth_ctx_t *ngx_http_keyauth_get_ctx(ngx_http_request_t *r);

/* of a request for one of our locations; NULL: there is none */
ngx_http_keyauth_ctx_t *ngx_http_keyauth_find_ctx(ngx_http_request_t *r);

/*
 * The model that the request began with: another one that is swapped in
 * meanwhile is for later requests.  NULL: no memory.  A model is configured.
 */
ngx_http_keyauth_served_t *ngx_http_keyauth_get_served(ngx_http_request_t *r);

/* a use of a model, ngx_http_keyauth_served_t, has ended: the last frees it */
void ngx_http_keyauth_release_model(void *data);

/* found again after a redirect to an error page, which forgets contexts */
ngx_int_t ngx_http_keyauth_keep_ctx(ngx_http_request_t *r,
    ngx_http_keyauth_ctx_t *ctx);

/* what was answered; user may be KEYAUTH_NOBODY */
ngx_int_t ngx_http_keyauth_set_ctx(ngx_http_request_t *r, uint32_t user,
    keyauth_model_e model, uint64_t nsec);

/* the same by templates; name: the user's in the answer, or NULL */
ngx_int_t ngx_http_keyauth_set_live_ctx(ngx_http_request_t *r,
    const char *name, uint64_t nsec);

/* ns */
uint64_t ngx_http_keyauth_since(struct timespec *start);


#endif /* _NGX_HTTP_KEYAUTH_CTX_H_INCLUDED_ */
