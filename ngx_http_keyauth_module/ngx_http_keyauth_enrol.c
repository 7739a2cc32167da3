
/*
 * The endpoint of keyauth_enrol.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_body.h"
#include "ngx_http_keyauth_count.h"
#include "ngx_http_keyauth_enrol.h"
#include "ngx_http_keyauth_replay.h"
#include "ngx_http_keyauth_response.h"
#include "ngx_http_keyauth_store.h"

#include "keyauth_enrol.h"


#define NGX_HTTP_KEYAUTH_DAY  86400


static void ngx_http_keyauth_enrol_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_enrol(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_enrol_get(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_enrol_delete(ngx_http_request_t *r);
static ngx_http_keyauth_job_t *ngx_http_keyauth_enrol_job(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_enrol_args(ngx_http_request_t *r,
    keyauth_enrol_t *e);
static ngx_int_t ngx_http_keyauth_enrol_bad_query(ngx_http_request_t *r);
static ngx_int_t ngx_http_keyauth_enrol_arg(ngx_http_request_t *r,
    u_char *arg, u_char *end, char *value, size_t max);
static ngx_int_t ngx_http_keyauth_enrol_finish(ngx_http_request_t *r,
    ngx_http_keyauth_job_t *job);
static ngx_int_t ngx_http_keyauth_enrol_deleted(ngx_http_request_t *r,
    ngx_http_keyauth_job_t *job);
static ngx_int_t ngx_http_keyauth_enrol_answer(ngx_http_request_t *r,
    keyauth_enrol_t *e, ngx_uint_t status);


static ngx_str_t  ngx_http_keyauth_methods =
    ngx_string("POST, GET, HEAD, DELETE");


ngx_int_t
ngx_http_keyauth_enrol_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_keyauth_served_t     *served;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    if (!(r->method & (NGX_HTTP_POST|NGX_HTTP_GET|NGX_HTTP_HEAD
                       |NGX_HTTP_DELETE)))
    {
        return ngx_http_keyauth_not_allowed(r, &ngx_http_keyauth_methods,
                                            "Samples are sent with POST.");
    }

    served = ngx_http_keyauth_get_served(r);
    if (served == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (served->worker == NULL) {
        return ngx_http_keyauth_not_ready(r);
    }

    if (ngx_http_keyauth_store_opened(kmcf->store) == NULL) {
        return ngx_http_keyauth_store_problem(r, KEYAUTH_STORE_FAILED);
    }

    if (r->method == NGX_HTTP_POST) {
        return ngx_http_keyauth_receive(r, ngx_http_keyauth_enrol_body);
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    return (r->method == NGX_HTTP_DELETE) ? ngx_http_keyauth_enrol_delete(r)
                                          : ngx_http_keyauth_enrol_get(r);
}


static void
ngx_http_keyauth_enrol_body(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_keyauth_main_conf_t  *kmcf;

    rc = ngx_http_keyauth_enrol(r);

    /* what was not refused goes on when it is on disk */

    if (rc != NGX_DONE) {
        kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
        ngx_http_keyauth_count_enrolment(kmcf, KEYAUTH_ENROLMENT_REFUSED);
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_keyauth_enrol(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_str_t                      body;
    keyauth_enrol_t               *e;
    ngx_http_keyauth_job_t        *job;
    ngx_http_keyauth_served_t     *served;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    rc = ngx_http_keyauth_read_body(r, &body);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    job = ngx_http_keyauth_enrol_job(r);
    if (job == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    e = job->data;
    served = ngx_http_keyauth_get_served(r);

    if (keyauth_enrol_parse(e, &served->worker->body, (char *) body.data,
                            body.len)
        != 0)
    {
        return ngx_http_keyauth_problem(r, &e->problem);
    }

    if (served->model.live.head.people == 0) {
        return ngx_http_keyauth_no_live(r);
    }

    if (kmcf->replay != NULL
        && ngx_http_keyauth_replay(kmcf->replay, e->sample, e->samples)
           == NGX_DECLINED)
    {
        return ngx_http_keyauth_refuse(r, NGX_HTTP_CONFLICT, "replay",
                                       "A sample has been seen before",
                                       "Type each sample again.");
    }

    keyauth_enrol_name(e, &job->command.name);
    job->command.op = KEYAUTH_STORE_EDIT;
    job->command.edit = keyauth_enrol_edit;
    job->command.data = e;
    job->finish = ngx_http_keyauth_enrol_finish;

    return ngx_http_keyauth_store_post(kmcf->store, job);
}


static ngx_http_keyauth_job_t *
ngx_http_keyauth_enrol_job(ngx_http_request_t *r)
{
    keyauth_enrol_t              *e;
    ngx_http_keyauth_job_t       *job;
    ngx_http_keyauth_served_t    *served;
    ngx_http_keyauth_loc_conf_t  *klcf;

    served = ngx_http_keyauth_get_served(r);
    job = ngx_pcalloc(r->pool, sizeof(ngx_http_keyauth_job_t));
    e = ngx_palloc(r->pool, sizeof(keyauth_enrol_t));

    if (served == NULL || job == NULL || e == NULL) {
        return NULL;
    }

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    e->live = &served->model.live;
    e->needed = klcf->needed;
    e->window = klcf->learn ? klcf->window : KEYAUTH_LIVE_ROWS_MAX;
    e->day = ngx_time() / NGX_HTTP_KEYAUTH_DAY;
    e->warnings = 0;
    job->request = r;
    job->data = e;
    job->command.day = e->day;

    return job;
}


static ngx_int_t
ngx_http_keyauth_enrol_finish(ngx_http_request_t *r,
    ngx_http_keyauth_job_t *job)
{
    keyauth_enrol_t               *e;
    keyauth_enrolment_e            outcome;
    ngx_http_keyauth_main_conf_t  *kmcf;

    e = job->data;
    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    outcome = (job->command.rc != KEYAUTH_STORE_OK || e->problem.status != 0)
              ? KEYAUTH_ENROLMENT_REFUSED
              : (e->warnings & KEYAUTH_ENROL_INCONSISTENT)
              ? KEYAUTH_ENROLMENT_INCONSISTENT : KEYAUTH_ENROLMENT_CONSISTENT;

    ngx_http_keyauth_count_enrolment(kmcf, outcome);

    /* they may be sent again, with Replace or later */

    if (outcome == KEYAUTH_ENROLMENT_REFUSED && kmcf->replay != NULL) {
        ngx_http_keyauth_replay_forget(kmcf->replay, e->sample, e->samples);
    }

    if (job->command.rc != KEYAUTH_STORE_OK) {
        return ngx_http_keyauth_store_problem(r, job->command.rc);
    }

    if (e->problem.status != 0) {
        return ngx_http_keyauth_problem(r, &e->problem);
    }

    return ngx_http_keyauth_enrol_answer(r, e, NGX_HTTP_CREATED);
}


static ngx_int_t
ngx_http_keyauth_enrol_answer(ngx_http_request_t *r, keyauth_enrol_t *e,
    ngx_uint_t status)
{
    ngx_buf_t  *b;

    b = ngx_create_temp_buf(r->pool, KEYAUTH_ENROL_ANSWER_MAX);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last += (status == NGX_HTTP_CREATED)
               ? keyauth_enrol_write(e, (char *) b->pos)
               : keyauth_enrol_write_state(e, (char *) b->pos);

    return ngx_http_keyauth_send(r, b, status, &ngx_http_keyauth_json);
}


static ngx_int_t
ngx_http_keyauth_enrol_get(ngx_http_request_t *r)
{
    keyauth_enrol_t               *e;
    keyauth_store_e                got;
    keyauth_store_name_t           name;
    keyauth_store_record_t         record;
    ngx_http_keyauth_job_t        *job;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    job = ngx_http_keyauth_enrol_job(r);
    if (job == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    e = job->data;

    if (ngx_http_keyauth_enrol_args(r, e) != NGX_OK) {
        return ngx_http_keyauth_enrol_bad_query(r);
    }

    keyauth_enrol_name(e, &name);
    got = ngx_http_keyauth_store_get(kmcf->store, &name, &record);

    if (got == KEYAUTH_STORE_OK
        && keyauth_live_read(&e->template, record.bytes, record.size) != 0)
    {
        got = KEYAUTH_STORE_DAMAGED;
    }

    if (got != KEYAUTH_STORE_OK) {
        return ngx_http_keyauth_store_problem(r, got);
    }

    return ngx_http_keyauth_enrol_answer(r, e, NGX_HTTP_OK);
}


static ngx_int_t
ngx_http_keyauth_enrol_delete(ngx_http_request_t *r)
{
    keyauth_enrol_t               *e;
    ngx_http_keyauth_job_t        *job;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    job = ngx_http_keyauth_enrol_job(r);
    if (job == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    e = job->data;

    if (ngx_http_keyauth_enrol_args(r, e) != NGX_OK) {
        return ngx_http_keyauth_enrol_bad_query(r);
    }

    /* without a phrase, the person is forgotten */

    keyauth_enrol_name(e, &job->command.name);
    job->command.op = (e->phrase[0] != '\0') ? KEYAUTH_STORE_FORGET
                                             : KEYAUTH_STORE_FORGET_ALL;
    job->finish = ngx_http_keyauth_enrol_deleted;

    return ngx_http_keyauth_store_post(kmcf->store, job);
}


static ngx_int_t
ngx_http_keyauth_enrol_deleted(ngx_http_request_t *r,
    ngx_http_keyauth_job_t *job)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    if (job->command.rc != KEYAUTH_STORE_OK) {
        return ngx_http_keyauth_store_problem(r, job->command.rc);
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
    ngx_http_keyauth_count_forgotten(kmcf);

    return ngx_http_keyauth_send_no_content(r);
}


/*
 * UserID and Phrase of the query, each once, and nothing else: where a phrase
 * is misspelt, all of the person would be forgotten.
 */

static ngx_int_t
ngx_http_keyauth_enrol_args(ngx_http_request_t *r, keyauth_enrol_t *e)
{
    u_char     *p, *end, *last;
    ngx_int_t   rc;

    e->user[0] = '\0';
    e->phrase[0] = '\0';
    last = r->args.data + r->args.len;

    for (p = r->args.data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '&');
        if (end == NULL) {
            end = last;
        }

        if (end - p > 7 && ngx_strncmp(p, "UserID=", 7) == 0
            && e->user[0] == '\0')
        {
            rc = ngx_http_keyauth_enrol_arg(r, p + 7, end, e->user,
                                            KEYAUTH_LABEL_MAX);

        } else if (end - p > 7 && ngx_strncmp(p, "Phrase=", 7) == 0
                   && e->phrase[0] == '\0')
        {
            rc = ngx_http_keyauth_enrol_arg(r, p + 7, end, e->phrase,
                                            KEYAUTH_PHRASE_MAX);

        } else {
            rc = NGX_ERROR;
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return (e->user[0] != '\0') ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_keyauth_enrol_bad_query(ngx_http_request_t *r)
{
    return ngx_http_keyauth_refuse(r, NGX_HTTP_BAD_REQUEST, "bad-query",
                                   "The query is invalid",
                                   "The query holds UserID, of 1 to 255"
                                   " bytes, may hold Phrase, of 1 to 64, and"
                                   " nothing else.");
}


/* a value that ends there */

static ngx_int_t
ngx_http_keyauth_enrol_arg(ngx_http_request_t *r, u_char *arg, u_char *end,
    char *value, size_t max)
{
    size_t   len;
    u_char  *dst, *p;

    p = ngx_pnalloc(r->pool, end - arg);
    if (p == NULL) {
        return NGX_ERROR;
    }

    dst = p;
    ngx_unescape_uri(&dst, &arg, end - arg, 0);

    len = dst - p;

    if (len == 0 || len > max || ngx_strlchr(p, dst, '\0') != NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value, p, len);
    value[len] = '\0';

    return NGX_OK;
}
