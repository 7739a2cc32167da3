
/*
 * The configuration, and what a worker predicts with.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_CONF_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_CONF_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "keyauth_apikeys.h"
#include "keyauth_claim.h"
#include "keyauth_endpoint.h"
#include "keyauth_predict.h"


typedef struct ngx_http_keyauth_zone_s    ngx_http_keyauth_zone_t;
typedef struct ngx_http_keyauth_replay_s  ngx_http_keyauth_replay_t;
typedef struct ngx_http_keyauth_store_s   ngx_http_keyauth_store_t;
typedef struct ngx_http_keyauth_learner_s  ngx_http_keyauth_learner_t;


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


/* a model file that was read and verified, as this worker serves it */
typedef struct {
    keyauth_model_t            model;   /* memory shared with the master */
    ngx_str_t                  id;
    char                       created[KEYAUTH_CREATED_MAX];
    uint64_t                   opened;  /* ns to read and verify it */

    ngx_http_keyauth_worker_t  *worker; /* NULL: it is not ready */
    size_t                     size;    /* bytes of worker's memory */
    uint64_t                   took;    /* ns to make it ready */
    ngx_uint_t                 uses;    /* requests, and 1 as the current */
} ngx_http_keyauth_served_t;


/* keyauth_api_keys: a file that is named twice is read once */
typedef struct {
    ngx_str_t          path;
    keyauth_apikeys_t    *keys;
} ngx_http_keyauth_key_file_t;


typedef struct {
    ngx_str_t          path;            /* keyauth_model */
    ngx_msec_t         watch;           /* between looks; 0: off */
    ngx_file_info_t    info;            /* of the file that was read */
    ngx_thread_pool_t *pool;            /* reads another; NULL: off */
    ngx_str_t          trusted_key;     /* keyauth_trusted_key */
    uint8_t            trusted[KEYAUTH_KEY_SIZE];

    ngx_str_t         *directive;       /* the first that needs a model */
    u_char            *file;
    ngx_uint_t         line;

    ngx_str_t         *counts;          /* one that needs a zone */
    ngx_uint_t         shadow;          /* all models that are in one */

    ngx_http_keyauth_served_t  *served; /* the current one; NULL: no model */
    char               reason[KEYAUTH_ERROR_MAX];   /* why it is not ready */

    ngx_http_keyauth_zone_t    *zone;   /* NULL: nothing is counted */
    ngx_http_keyauth_replay_t  *replay; /* NULL: no zone */
    ngx_http_keyauth_store_t   *store;  /* keyauth_store; NULL: none */
    ngx_http_keyauth_learner_t *learner;    /* NULL: no location learns */
    ngx_uint_t         needed;          /* most of any keyauth_enrol, or 0 */
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
    ngx_uint_t                header;       /* unsigned  header:1; */
    ngx_uint_t                ready;        /* unsigned  ready:1; */
    ngx_uint_t                needed;       /* keyauth_enrol; 0: none */
    ngx_flag_t                learn;        /* keyauth_learn, */
    ngx_int_t                 window;       /* and its parameters */
    double                    above;
    ngx_uint_t                shadow;       /* bits of keyauth_model_e */
    keyauth_apikeys_t           *keys;         /* keyauth_api_keys; NULL: off */
} ngx_http_keyauth_loc_conf_t;


extern ngx_module_t  ngx_http_keyauth_module;


#endif /* _NGX_HTTP_KEYAUTH_CONF_H_INCLUDED_ */
