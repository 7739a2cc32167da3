
/*
 * Counting requests and what was answered to them.
 *
 * Copyright (C) the keyauth authors
 */


#ifndef _NGX_HTTP_KEYAUTH_COUNT_H_INCLUDED_
#define _NGX_HTTP_KEYAUTH_COUNT_H_INCLUDED_


#include "ngx_http_keyauth_ctx.h"

#include "keyauth_crowd.h"
#include "keyauth_metrics.h"


/* without a zone all of these do nothing */
ngx_int_t ngx_http_keyauth_init_count(ngx_conf_t *cf);

/* once; later calls for the same request do nothing */
void ngx_http_keyauth_count_request(ngx_http_request_t *r,
    ngx_uint_t status);

/* before predicting: whether the score is to be counted */
void ngx_http_keyauth_sample_score(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_batch_t *batch);
void ngx_http_keyauth_count_results(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_results_t *results);
void ngx_http_keyauth_count_verdict(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_verdict_t *verdict);
void ngx_http_keyauth_count_naming(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_naming_t *naming);
void ngx_http_keyauth_count_enrolment(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_enrolment_e outcome);
void ngx_http_keyauth_count_learned(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_learn_e outcome);
void ngx_http_keyauth_count_forgotten(ngx_http_keyauth_main_conf_t *kmcf);
void ngx_http_keyauth_count_commit(ngx_http_keyauth_main_conf_t *kmcf,
    uint64_t nsec);


#endif /* _NGX_HTTP_KEYAUTH_COUNT_H_INCLUDED_ */
