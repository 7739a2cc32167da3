
/*
 * The store of templates: read in the event loop, written in a thread.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_STORE_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_STORE_H_INCLUDED_


#include "ngx_http_keyauth_ctx.h"

#include "keyauth_crowd.h"
#include "keyauth_store_replica.h"


/* a command to the store, and the request that waits for it, or NULL */
typedef struct ngx_http_keyauth_job_s  ngx_http_keyauth_job_t;

struct ngx_http_keyauth_job_s {
    ngx_http_keyauth_job_t    *next;
    ngx_http_request_t        *request;
    ngx_int_t                (*finish)(ngx_http_request_t *r,
                                       ngx_http_keyauth_job_t *job);
    keyauth_store_command_t    command;
    void                      *data;    /* of who posts it */
    ngx_uint_t                 tries;
    unsigned                   done:1;
};


/* keyauth_store: its directive, its life */
char *ngx_http_keyauth_set_store(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_keyauth_store_init_module(ngx_cycle_t *cycle,
    ngx_http_keyauth_store_t *store);
void ngx_http_keyauth_store_init_process(ngx_cycle_t *cycle,
    ngx_http_keyauth_store_t *store);

/* writes what waits, and no request waits for */
void ngx_http_keyauth_store_exit_process(ngx_http_keyauth_store_t *store);

/* this worker's store; NULL: it is not ready */
keyauth_store_t *ngx_http_keyauth_store_opened(
    ngx_http_keyauth_store_t *store);

/* these read; they open a store that has been replaced */
keyauth_store_e ngx_http_keyauth_store_info(ngx_http_keyauth_store_t *store,
    keyauth_store_info_t *info);
keyauth_store_e ngx_http_keyauth_store_get(ngx_http_keyauth_store_t *store,
    keyauth_store_name_t *name, keyauth_store_record_t *record);

/* how far replication is; NONE: the store is not replicated */
keyauth_store_e ngx_http_keyauth_store_status(ngx_http_keyauth_store_t *store,
    keyauth_store_status_t *status);

/* 1: it has to be replicated, and has not caught up */
ngx_uint_t ngx_http_keyauth_store_behind(ngx_http_keyauth_store_t *store,
    keyauth_store_status_t *status);

/*
 * Names who typed the batch among people of its phrase; the answer is in the
 * crowd.  What is still to be read of them is read in pieces, between other
 * requests.
 */
keyauth_crowd_e ngx_http_keyauth_store_name(ngx_http_keyauth_store_t *store,
    const keyauth_live_t *live, const keyauth_batch_t *batch,
    keyauth_crowd_t **crowd, keyauth_store_e *e);

/*
 * Gives a command to the thread that writes; nobody waits for it, and
 * job->finish() is called without a request.  The job, which the caller keeps,
 * may be used again then.
 */
void ngx_http_keyauth_store_queue(ngx_http_keyauth_store_t *store,
    ngx_http_keyauth_job_t *job);

/* the same; the request waits: NGX_DONE, or an answer's status */
ngx_int_t ngx_http_keyauth_store_post(ngx_http_keyauth_store_t *store,
    ngx_http_keyauth_job_t *job);


#endif /* _NGX_HTTP_KEYAUTH_STORE_H_INCLUDED_ */
