
/*
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_MODULE_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "keyauth_answer.h"
#include "keyauth_apikeys.h"
#include "keyauth_body.h"
#include "keyauth_metrics.h"
#include "keyauth_predict.h"
#include "keyauth_replay.h"
#include "keyauth_signature.h"
#include "keyauth_user.h"
#include "keyauth_warnings.h"


/* keyauth_replay_zone */
typedef struct {
    ngx_slab_pool_t           *shpool;
    keyauth_replay_t          *table;   /* shared by all workers */
    ngx_msec_t                 window;
} ngx_http_keyauth_replay_t;


/* keyauth_zone */
typedef struct {
    keyauth_metrics_t         *counters;    /* shared by all workers */
    keyauth_slot_t            *slot;        /* this worker's, or NULL */
    ngx_cycle_t               *cycle;
    ngx_uint_t                 workers;
    ngx_msec_t                 scored[KEYAUTH_MODELS];  /* when last */
} ngx_http_keyauth_zone_t;


/*
 * What a worker predicts with.  A request is parsed, predicted, answered and
 * counted without a return to the event loop: one of each is enough.
 */
typedef struct {
    keyauth_engine_t           engine;
    keyauth_body_t             body;
    keyauth_batch_t            batch;
    keyauth_results_t          results;
    keyauth_claim_t            claim;
} ngx_http_keyauth_worker_t;


/* keyauth_api_keys: a file that is named twice is read once */
typedef struct {
    ngx_str_t          path;
    keyauth_apikeys_t    *keys;
} ngx_http_keyauth_key_file_t;


typedef struct {
    ngx_str_t          path;            /* keyauth_model */
    ngx_str_t          trusted_key;     /* keyauth_trusted_key */

    ngx_str_t         *directive;       /* the first that needs a model */
    u_char            *file;
    ngx_uint_t         line;

    ngx_str_t         *counts;          /* one that needs a zone */
    ngx_uint_t         shadow;          /* all models that are in one */

    keyauth_model_t    model;           /* verified; shared by all workers */
    ngx_str_t          id;
    char               created[KEYAUTH_CREATED_MAX];
    uint64_t           opened;          /* ns to read and verify it */

    ngx_http_keyauth_worker_t  *worker; /* this one's; NULL: not ready */
    char               reason[KEYAUTH_ERROR_MAX];   /* why it is not ready */

    ngx_http_keyauth_zone_t    *zone;   /* NULL: nothing is counted */
    ngx_http_keyauth_replay_t  *replay; /* NULL: no zone */
    ngx_cycle_t                *old_cycle;  /* until this one is live */
    ngx_array_t        key_files;       /* of ngx_http_keyauth_key_file_t */
} ngx_http_keyauth_main_conf_t;


typedef struct {
    ngx_uint_t         endpoints;       /* unsigned  endpoints:1; */
} ngx_http_keyauth_srv_conf_t;


typedef struct {
    ngx_str_t                *directive;    /* of ours; NULL: none */
    keyauth_endpoint_e        endpoint;
    keyauth_claim_limits_t    limits;       /* of keyauth_verify */
    ngx_uint_t                ready;        /* unsigned  ready:1; */
    ngx_uint_t                shadow;       /* bits of keyauth_model_e */
    keyauth_apikeys_t           *keys;         /* keyauth_api_keys; NULL: off */
} ngx_http_keyauth_loc_conf_t;


/* what a request leaves for the variables and the metrics */
typedef struct {
    keyauth_endpoint_e       endpoint;
    struct timespec          start;     /* with a zone alone */
    unsigned                 counted:1;

    /* nginx's own, while the body comes */
    ngx_http_event_handler_pt  read_body;

    unsigned                 answered:1;    /* the next three are set */
    uint32_t                 user;      /* class last answered, or nobody */
    keyauth_model_e          model;
    uint64_t                 nsec;

    /* what is known of the client */
    keyauth_apikeys_t          *keys;      /* NULL: it was not looked for */
    const keyauth_client_t  *client;
    keyauth_secret_e         secret;
} ngx_http_keyauth_ctx_t;


extern ngx_str_t  ngx_http_keyauth_json;


/* the model's life: read in the master, made ready in each worker */
char *ngx_http_keyauth_init_main_conf(ngx_conf_t *cf, void *conf);
ngx_int_t ngx_http_keyauth_init_process(ngx_cycle_t *cycle);

/* locations' handlers */
ngx_int_t ngx_http_keyauth_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_header_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_card_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_metrics_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_health_handler(ngx_http_request_t *r);

/* answers a claim that came in a body */
ngx_int_t ngx_http_keyauth_verify(ngx_http_request_t *r, ngx_str_t *body);

/* the directive keyauth_verify */
char *ngx_http_keyauth_set_verify(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* the directive keyauth_health */
char *ngx_http_keyauth_set_health(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* the directive keyauth_shadow */
char *ngx_http_keyauth_set_shadow(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_keyauth_check_shadow(ngx_conf_t *cf,
    ngx_http_keyauth_main_conf_t *kmcf);
void ngx_http_keyauth_shadow(ngx_http_request_t *r,
    ngx_http_keyauth_worker_t *worker);

/* the directive keyauth_replay_zone */
char *ngx_http_keyauth_set_replay_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* keyauth_api_keys: its directive, its phase, its variable */
char *ngx_http_keyauth_set_api_keys(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_keyauth_access_init(ngx_conf_t *cf);
ngx_int_t ngx_http_keyauth_client_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);

ngx_int_t ngx_http_keyauth_replay(ngx_http_keyauth_replay_t *replay,
    keyauth_claim_t *claim, ngx_uint_t keys);

/* makes handler the location's, once; directives call it */
char *ngx_http_keyauth_set_handler(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_handler_pt handler, keyauth_endpoint_e endpoint);

/* a zone of our own for name:size; NULL: the log says why not */
ngx_shm_zone_t *ngx_http_keyauth_add_zone(ngx_conf_t *cf, ngx_str_t *value);

/* the directive keyauth_zone */
char *ngx_http_keyauth_set_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* counting; without a zone these do nothing */
ngx_int_t ngx_http_keyauth_init_metrics(ngx_conf_t *cf);
void ngx_http_keyauth_count_request(ngx_http_request_t *r,
    ngx_uint_t status);
void ngx_http_keyauth_sample_score(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_batch_t *batch);
void ngx_http_keyauth_count_results(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_results_t *results);
void ngx_http_keyauth_count_verdict(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_verdict_t *verdict);

/* reloads that are refused */
ngx_int_t ngx_http_keyauth_watch_refusal(ngx_conf_t *cf,
    ngx_http_keyauth_main_conf_t *kmcf);
ngx_int_t ngx_http_keyauth_init_module(ngx_cycle_t *cycle);

ngx_int_t ngx_http_keyauth_read_body(ngx_http_request_t *r, size_t max,
    ngx_str_t *body);

/* answers 408 to a body that nginx has begun to wait for, and waits in vain */
void ngx_http_keyauth_await_body(ngx_http_request_t *r);

/* these send an answer; what they return finalizes the request */
ngx_int_t ngx_http_keyauth_not_ready(ngx_http_request_t *r);
ngx_int_t ngx_http_keyauth_not_allowed(ngx_http_request_t *r,
    ngx_str_t *methods, const char *detail);
ngx_int_t ngx_http_keyauth_refuse(ngx_http_request_t *r, int status,
    const char *code, const char *title, const char *detail);
ngx_int_t ngx_http_keyauth_problem(ngx_http_request_t *r,
    keyauth_problem_t *problem);
ngx_int_t ngx_http_keyauth_send(ngx_http_request_t *r, ngx_buf_t *b,
    ngx_uint_t status, ngx_str_t *type);

ngx_table_elt_t *ngx_http_keyauth_add_header(ngx_http_request_t *r,
    ngx_str_t *key, ngx_str_t *value);

/* NGX_DECLINED: the method is GET or HEAD; all else has been answered */
ngx_int_t ngx_http_keyauth_get_only(ngx_http_request_t *r,
    const char *detail);

uint64_t ngx_http_keyauth_since(struct timespec *start);

/* made where there is none; NULL: no memory */
ngx_http_keyauth_ctx_t *ngx_http_keyauth_get_ctx(ngx_http_request_t *r);

/* for variables and metrics; user may be KEYAUTH_NOBODY */
ngx_int_t ngx_http_keyauth_set_ctx(ngx_http_request_t *r, uint32_t user,
    keyauth_model_e model, uint64_t nsec);


extern ngx_module_t  ngx_http_keyauth_module;


#endif /* _NGX_HTTP_KEYAUTH_MODULE_H_INCLUDED_ */
