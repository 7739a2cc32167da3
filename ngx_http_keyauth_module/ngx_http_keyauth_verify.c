
/*
 * The endpoint of keyauth_verify: claims in a body or in a header.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_body.h"
#include "ngx_http_keyauth_count.h"
#include "ngx_http_keyauth_learn.h"
#include "ngx_http_keyauth_replay.h"
#include "ngx_http_keyauth_response.h"
#include "ngx_http_keyauth_store.h"
#include "ngx_http_keyauth_verify.h"

#include "keyauth_answer.h"
#include "keyauth_user.h"


#define NGX_HTTP_KEYAUTH_SAMPLE_MAX  4096


static void ngx_http_keyauth_verify_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_verify(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_verify_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_decide(ngx_http_request_t *r,
    ngx_http_keyauth_worker_t *worker, keyauth_verdict_t *verdict);
static ngx_int_t ngx_http_keyauth_judge(ngx_http_keyauth_main_conf_t *kmcf,
    ngx_http_keyauth_served_t *served, ngx_log_t *log,
    keyauth_verdict_t *verdict, keyauth_problem_t *problem);
static ngx_int_t ngx_http_keyauth_enrolled(
    ngx_http_keyauth_main_conf_t *kmcf, ngx_http_keyauth_served_t *served,
    ngx_log_t *log, keyauth_live_template_t *t, keyauth_problem_t *problem);
static keyauth_claim_limits_t ngx_http_keyauth_limits(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_read_sample(ngx_http_request_t *r,
    ngx_str_t *sample, const char **why);
static const char *ngx_http_keyauth_find_sample(ngx_http_request_t *r,
    ngx_str_t *value);
static ngx_int_t ngx_http_keyauth_bad_claim(ngx_http_request_t *r,
    keyauth_problem_t *problem);
static ngx_int_t ngx_http_keyauth_not_accepted(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_unauthorized(ngx_http_request_t *r,
    keyauth_problem_t *problem);


static ngx_str_t  ngx_http_keyauth_sample = ngx_string("keyauth-sample");
static ngx_str_t  ngx_http_keyauth_scheme = ngx_string("Keyauth");


ngx_int_t
ngx_http_keyauth_verify_handler(ngx_http_request_t *r)
{
    ngx_http_keyauth_loc_conf_t  *klcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    if (klcf->header) {
        return ngx_http_keyauth_verify_header(r);
    }

    return ngx_http_keyauth_receive(r, ngx_http_keyauth_verify_body);
}


static void
ngx_http_keyauth_verify_body(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_keyauth_verify(r));
}


static ngx_int_t
ngx_http_keyauth_verify(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_str_t                      body;
    ngx_buf_t                     *b;
    keyauth_problem_t              problem;
    keyauth_verdict_t              verdict;
    keyauth_claim_limits_t         limits;
    ngx_http_keyauth_served_t     *served;
    ngx_http_keyauth_worker_t     *worker;
    ngx_http_keyauth_main_conf_t  *kmcf;

    rc = ngx_http_keyauth_read_body(r, &body);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
    limits = ngx_http_keyauth_limits(r);

    served = ngx_http_keyauth_get_served(r);
    if (served == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    worker = served->worker;

    if (keyauth_claim_parse(&worker->claim, &worker->body, &served->model,
                            &limits, (char *) body.data, body.len, &problem)
        != 0
        || ngx_http_keyauth_judge(kmcf, served, r->connection->log, &verdict,
                                  &problem)
           != NGX_OK)
    {
        return ngx_http_keyauth_problem(r, &problem);
    }

    b = ngx_create_temp_buf(r->pool,
                            keyauth_answer_verdict_size(&served->model));
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_keyauth_decide(r, worker, &verdict) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last += keyauth_answer_verdict_write(&served->model, &verdict,
                                            (char *) b->pos);

    rc = ngx_http_keyauth_send(r, b, NGX_HTTP_OK, &ngx_http_keyauth_json);

    ngx_http_keyauth_learn(r, &verdict);

    return rc;
}


static keyauth_claim_limits_t
ngx_http_keyauth_limits(ngx_http_request_t *r)
{
    keyauth_claim_limits_t         limits;
    ngx_http_keyauth_loc_conf_t   *klcf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    limits = klcf->limits;
    limits.live = kmcf->store != NULL;

    return limits;
}


/* by the template of who has one, else by the model file */

static ngx_int_t
ngx_http_keyauth_judge(ngx_http_keyauth_main_conf_t *kmcf,
    ngx_http_keyauth_served_t *served, ngx_log_t *log,
    keyauth_verdict_t *verdict, keyauth_problem_t *problem)
{
    ngx_int_t                   rc;
    keyauth_live_template_t     t;
    ngx_http_keyauth_worker_t  *worker;

    worker = served->worker;

    if (kmcf->store == NULL) {
        keyauth_verify(&worker->engine, &worker->claim, verdict);
        return NGX_OK;
    }

    rc = ngx_http_keyauth_enrolled(kmcf, served, log, &t, problem);

    if (rc == NGX_OK) {
        keyauth_verify_live(&served->model.live, &t, &worker->claim, verdict);
        return NGX_OK;
    }

    if (rc == NGX_ERROR
        || keyauth_claim_trained(&worker->claim, &served->model, problem) != 0)
    {
        return NGX_ERROR;
    }

    keyauth_verify(&worker->engine, &worker->claim, verdict);
    verdict->method = keyauth_kinds[KEYAUTH_FUSION]->name;

    return NGX_OK;
}


/*
 * NGX_DECLINED: the store has no template that claims can be compared with;
 * NGX_ERROR: there is one, and the problem is filled.
 */

static ngx_int_t
ngx_http_keyauth_enrolled(ngx_http_keyauth_main_conf_t *kmcf,
    ngx_http_keyauth_served_t *served, ngx_log_t *log,
    keyauth_live_template_t *t, keyauth_problem_t *problem)
{
    keyauth_store_e          e;
    keyauth_claim_t         *claim;
    keyauth_store_name_t     name;
    keyauth_store_record_t   record;

    claim = &served->worker->claim;

    name.user = claim->user;
    name.user_len = ngx_strlen(claim->user);
    name.phrase = claim->phrase;
    name.phrase_len = ngx_strlen(claim->phrase);

    e = ngx_http_keyauth_store_get(kmcf->store, &name, &record);

    if (e == KEYAUTH_STORE_OK
        && keyauth_live_read(t, record.bytes, record.size) != 0)
    {
        e = KEYAUTH_STORE_DAMAGED;
    }

    if (e != KEYAUTH_STORE_OK && e != KEYAUTH_STORE_NONE) {

        ngx_log_error(NGX_LOG_ERR, log, 0, "keyauth: %s",
                      keyauth_store_strerror(e));

        /* claims that the model file can verify go on */

        if (claim->phrase[0] == '\0'
            && keyauth_user_class(&served->model, name.user, name.user_len)
               != KEYAUTH_NOBODY)
        {
            return NGX_DECLINED;
        }

        keyauth_problem_set(problem, NGX_HTTP_SERVICE_UNAVAILABLE,
                            "store-not-ready", "The store is not ready", "",
                            "%s", keyauth_store_strerror(e));
        return NGX_ERROR;
    }

    if (e == KEYAUTH_STORE_NONE || t->rows < KEYAUTH_LIVE_ROWS_MIN
        || served->model.live.head.people == 0)
    {
        return NGX_DECLINED;
    }

    if (t->keys != claim->sample->keys) {
        keyauth_problem_set(problem, 422, "wrong-length",
                            "An array has the wrong length", "",
                            "The user has enrolled with another number of"
                            " keys.");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_keyauth_decide(ngx_http_request_t *r,
    ngx_http_keyauth_worker_t *worker, keyauth_verdict_t *verdict)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    /*
     * only what is accepted is kept: strangers cannot fill the zone, and a
     * sample that failed may come again beside better ones
     */

    if (verdict->accepted && kmcf->replay != NULL
        && ngx_http_keyauth_replay(kmcf->replay, worker->claim.sample,
                                   worker->claim.attempts)
           == NGX_DECLINED)
    {
        keyauth_verdict_reject(verdict, "replay");

        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "keyauth: a sample has been seen before");
    }

    ngx_http_keyauth_count_verdict(kmcf, verdict);

    /* a claim that is not accepted has not been made by anybody */

    if (verdict->live) {
        return ngx_http_keyauth_set_live_ctx(r, verdict->accepted
                                                ? verdict->user : NULL,
                                             verdict->nsec);
    }

    return ngx_http_keyauth_set_ctx(r, verdict->accepted ? verdict->class
                                                         : KEYAUTH_NOBODY,
                                    KEYAUTH_FUSION, verdict->nsec);
}


/*
 * The claim in a header, as a subrequest has no body.  What auth_request
 * takes for an answer is 2xx, 401 and 403; all else makes it answer 500.
 */

static ngx_int_t
ngx_http_keyauth_verify_header(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_str_t                      sample;
    const char                    *why;
    keyauth_problem_t              problem;
    keyauth_verdict_t              verdict;
    keyauth_claim_limits_t         limits;
    ngx_http_keyauth_served_t     *served;
    ngx_http_keyauth_worker_t     *worker;
    ngx_http_keyauth_main_conf_t  *kmcf;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    served = ngx_http_keyauth_get_served(r);
    if (served == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    worker = served->worker;

    if (worker == NULL) {
        return ngx_http_keyauth_not_ready(r);
    }

    rc = ngx_http_keyauth_read_sample(r, &sample, &why);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_DECLINED) {
        keyauth_problem_set(&problem, NGX_HTTP_UNAUTHORIZED, "no-sample",
                            "The sample is missing", "",
                            "A header Keyauth-Sample holds a claim in base64,"
                            " of up to 4096 bytes; %s.", why);
        return ngx_http_keyauth_unauthorized(r, &problem);
    }

    limits = ngx_http_keyauth_limits(r);

    if (keyauth_claim_parse(&worker->claim, &worker->body, &served->model,
                            &limits, (char *) sample.data, sample.len,
                            &problem)
        != 0
        || ngx_http_keyauth_judge(kmcf, served, r->connection->log, &verdict,
                                  &problem)
           != NGX_OK)
    {
        return ngx_http_keyauth_bad_claim(r, &problem);
    }

    if (ngx_http_keyauth_decide(r, worker, &verdict) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!verdict.accepted) {
        return ngx_http_keyauth_not_accepted(r);
    }

    rc = ngx_http_keyauth_send_no_content(r);

    ngx_http_keyauth_learn(r, &verdict);

    return rc;
}


/* NGX_DECLINED: there is none, or none that can be read, and why */

static ngx_int_t
ngx_http_keyauth_read_sample(ngx_http_request_t *r, ngx_str_t *sample,
    const char **why)
{
    u_char      *p;
    ngx_str_t    value;
    ngx_uint_t   i;

    *why = ngx_http_keyauth_find_sample(r, &value);

    if (*why != NULL) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, value.len + ngx_base64_decoded_length(value.len));
    if (p == NULL) {
        return NGX_ERROR;
    }

    /* both alphabets: they differ in two characters */

    for (i = 0; i < value.len; i++) {
        p[i] = (value.data[i] == '-') ? '+'
               : (value.data[i] == '_') ? '/' : value.data[i];
    }

    value.data = p;
    sample->data = p + value.len;

    if (ngx_decode_base64(sample, &value) != NGX_OK) {
        *why = "this one is not base64";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* NULL, or why there is none */

static const char *
ngx_http_keyauth_find_sample(ngx_http_request_t *r, ngx_str_t *value)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *header, *found;
    ngx_list_part_t  *part;

    found = NULL;
    part = &r->headers_in.headers.part;
    header = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            header = part->elts;
            i = 0;
        }

        if (header[i].key.len != ngx_http_keyauth_sample.len
            || ngx_strncasecmp(header[i].key.data,
                               ngx_http_keyauth_sample.data,
                               ngx_http_keyauth_sample.len)
               != 0)
        {
            continue;
        }

        /* of two, another reader may take the other */

        if (found != NULL) {
            return "there are two";
        }

        found = &header[i];
    }

    if (found == NULL || found->value.len == 0) {
        return "there is none";
    }

    if (found->value.len > NGX_HTTP_KEYAUTH_SAMPLE_MAX) {
        return "this one is longer";
    }

    *value = found->value;

    return NULL;
}


/*
 * Unknown user: 403; missing model or thresholds, a store that fails: 503; not
 * a claim: 401.
 */

static ngx_int_t
ngx_http_keyauth_bad_claim(ngx_http_request_t *r, keyauth_problem_t *problem)
{
    switch (problem->refusal) {

    case KEYAUTH_UNKNOWN_USER:
        return ngx_http_keyauth_not_accepted(r);

    case KEYAUTH_UNKNOWN_MODEL:
    case KEYAUTH_NO_THRESHOLDS:
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "keyauth: the model file cannot verify claims: %s",
                      problem->code);
        problem->status = NGX_HTTP_SERVICE_UNAVAILABLE;
        return ngx_http_keyauth_problem(r, problem);

    default:
        return (problem->status == NGX_HTTP_SERVICE_UNAVAILABLE)
               ? ngx_http_keyauth_problem(r, problem)
               : ngx_http_keyauth_unauthorized(r, problem);
    }
}


static ngx_int_t
ngx_http_keyauth_not_accepted(ngx_http_request_t *r)
{
    return ngx_http_keyauth_refuse(r, NGX_HTTP_FORBIDDEN, "not-accepted",
                                   "The claim is not accepted",
                                   "The sample does not show that it is"
                                   " this user.");
}


static ngx_int_t
ngx_http_keyauth_unauthorized(ngx_http_request_t *r,
    keyauth_problem_t *problem)
{
    /*
     * auth_request drops the problem, so that the log alone has it; the detail
     * holds nothing that the client sent
     */

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "keyauth: sample is refused: %s: %s", problem->code,
                  problem->detail);

    if (ngx_http_keyauth_challenge(r, &ngx_http_keyauth_scheme) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    problem->status = NGX_HTTP_UNAUTHORIZED;

    return ngx_http_keyauth_problem(r, problem);
}
