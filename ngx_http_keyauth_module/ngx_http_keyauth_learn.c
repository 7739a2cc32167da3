
/*
 * Learning from accepted claims (keyauth_learn).
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_count.h"
#include "ngx_http_keyauth_learn.h"
#include "ngx_http_keyauth_store.h"

#include "keyauth_learn.h"


/* claims that may wait to be learned; those that come meanwhile are not */
#define NGX_HTTP_KEYAUTH_LEARNING  64

#define NGX_HTTP_KEYAUTH_DAY       86400


typedef struct ngx_http_keyauth_lesson_s  ngx_http_keyauth_lesson_t;

struct ngx_http_keyauth_lesson_s {
    ngx_http_keyauth_job_t         job;
    keyauth_learn_t                learn;
    ngx_http_keyauth_served_t     *served;  /* a use of it */
    ngx_http_keyauth_main_conf_t  *conf;
    ngx_http_keyauth_lesson_t     *next;
};


/* made with the configuration: a request that is answered allocates nothing */
struct ngx_http_keyauth_learner_s {
    ngx_http_keyauth_lesson_t   lesson[NGX_HTTP_KEYAUTH_LEARNING];
    ngx_http_keyauth_lesson_t  *free;
    keyauth_store_e             last;   /* what the log has last */
};


static ngx_int_t ngx_http_keyauth_learn_option(
    ngx_http_keyauth_loc_conf_t *klcf, ngx_str_t *value);
static ngx_http_keyauth_learner_t *ngx_http_keyauth_make_learner(
    ngx_conf_t *cf, ngx_http_keyauth_main_conf_t *kmcf);
static ngx_int_t ngx_http_keyauth_learned(ngx_http_request_t *r,
    ngx_http_keyauth_job_t *job);


/* keyauth_learn on | off [window=rows] [above=FAR]; */

char *
ngx_http_keyauth_set_learn(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_loc_conf_t *klcf = conf;

    ngx_str_t                     *value;
    ngx_uint_t                     i;
    ngx_http_keyauth_main_conf_t  *kmcf;

    if (klcf->learn != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;
    klcf->window = NGX_CONF_UNSET;
    klcf->above = 0;
    i = 1;

    if (ngx_strcmp(value[1].data, "on") == 0) {
        klcf->learn = 1;
        i = 2;

    } else if (ngx_strcmp(value[1].data, "off") == 0
               && cf->args->nelts == 2)
    {
        klcf->learn = 0;
        i = 2;
    }

    for ( /* void */ ; i < cf->args->nelts; i++) {
        if (i == 1
            || ngx_http_keyauth_learn_option(klcf, &value[i]) != NGX_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    if (klcf->window == NGX_CONF_UNSET) {
        klcf->window = KEYAUTH_LIVE_ROWS_MAX;
    }

    if (klcf->above == 0) {
        klcf->above = KEYAUTH_LEARN_ABOVE;
    }

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);

    if (klcf->learn && kmcf->learner == NULL) {
        kmcf->learner = ngx_http_keyauth_make_learner(cf, kmcf);
        if (kmcf->learner == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_keyauth_learn_option(ngx_http_keyauth_loc_conf_t *klcf,
    ngx_str_t *value)
{
    ngx_int_t  n;

    if (ngx_strncmp(value->data, "window=", 7) == 0
        && klcf->window == NGX_CONF_UNSET)
    {
        n = ngx_atoi(value->data + 7, value->len - 7);

        if (n >= KEYAUTH_LIVE_ROWS_MIN && n <= KEYAUTH_LIVE_ROWS_MAX) {
            klcf->window = n;
            return NGX_OK;
        }
    }

    if (ngx_strncmp(value->data, "above=", 6) == 0 && klcf->above == 0) {
        n = ngx_atofp(value->data + 6, value->len - 6, 6);

        if (n >= KEYAUTH_FAR_MIN * 1000000 && n <= KEYAUTH_FAR_MAX * 1000000)
        {
            klcf->above = n / 1000000.0;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


static ngx_http_keyauth_learner_t *
ngx_http_keyauth_make_learner(ngx_conf_t *cf,
    ngx_http_keyauth_main_conf_t *kmcf)
{
    ngx_uint_t                   i;
    ngx_http_keyauth_lesson_t   *lesson;
    ngx_http_keyauth_learner_t  *learner;

    learner = ngx_pcalloc(cf->pool, sizeof(ngx_http_keyauth_learner_t));
    if (learner == NULL) {
        return NULL;
    }

    for (i = 0; i < NGX_HTTP_KEYAUTH_LEARNING; i++) {
        lesson = &learner->lesson[i];
        lesson->job.command.op = KEYAUTH_STORE_EDIT;
        lesson->job.command.edit = keyauth_learn_edit;
        lesson->job.command.data = &lesson->learn;
        lesson->job.finish = ngx_http_keyauth_learned;
        lesson->job.data = lesson;
        lesson->conf = kmcf;
        lesson->next = learner->free;
        learner->free = lesson;
    }

    return learner;
}


/* here all directives have been read: keyauth_enrol may follow */

char *
ngx_http_keyauth_merge_learn(ngx_conf_t *cf,
    ngx_http_keyauth_loc_conf_t *prev, ngx_http_keyauth_loc_conf_t *conf)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    if (conf->learn == NGX_CONF_UNSET) {
        conf->learn = (prev->learn == NGX_CONF_UNSET) ? 0 : prev->learn;
        conf->window = prev->window;
        conf->above = prev->above;
    }

    if (!conf->learn) {
        return NGX_CONF_OK;
    }

    kmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_keyauth_module);

    if (kmcf->store == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"keyauth_learn\" requires \"keyauth_store\"");
        return NGX_CONF_ERROR;
    }

    /* a template that has become smaller would be incomplete */

    if (conf->window < (ngx_int_t) kmcf->needed) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"keyauth_learn\" has a window of %i samples, and "
                      "\"keyauth_enrol\" needs %ui",
                      conf->window, kmcf->needed);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


void
ngx_http_keyauth_learn(ngx_http_request_t *r, keyauth_verdict_t *verdict)
{
    keyauth_learn_t               *learn;
    ngx_http_keyauth_lesson_t     *lesson;
    ngx_http_keyauth_served_t     *served;
    ngx_http_keyauth_loc_conf_t   *klcf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);

    /* a clock that is coarse, or a time that nobody types, teaches nothing */

    if (!klcf->learn || !verdict->accepted || !verdict->live
        || verdict->warnings != 0)
    {
        return;
    }

    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);
    lesson = kmcf->learner->free;

    if (lesson == NULL) {
        ngx_http_keyauth_count_learned(kmcf, KEYAUTH_LEARN_BUSY);
        return;
    }

    kmcf->learner->free = lesson->next;

    /* made when the claim was parsed; it outlasts the request */

    served = ngx_http_keyauth_get_served(r);
    served->uses++;
    lesson->served = served;

    learn = &lesson->learn;
    learn->live = &served->model.live;
    learn->above = klcf->above;
    learn->window = klcf->window;
    learn->needed = kmcf->needed ? kmcf->needed : KEYAUTH_LIVE_NEEDED;
    learn->day = ngx_time() / NGX_HTTP_KEYAUTH_DAY;

    keyauth_learn_claim(learn, &served->worker->claim);
    keyauth_learn_name(learn, &lesson->job.command.name);
    lesson->job.command.day = learn->day;

    ngx_http_keyauth_store_queue(kmcf->store, &lesson->job);
}


/* there is no answer to send: it is counted, and errors are logged */

static ngx_int_t
ngx_http_keyauth_learned(ngx_http_request_t *r, ngx_http_keyauth_job_t *job)
{
    keyauth_store_e                rc;
    ngx_http_keyauth_lesson_t     *lesson;
    ngx_http_keyauth_learner_t    *learner;
    ngx_http_keyauth_main_conf_t  *kmcf;

    lesson = job->data;
    kmcf = lesson->conf;
    learner = kmcf->learner;
    rc = job->command.rc;

    ngx_http_keyauth_count_learned(kmcf, (rc == KEYAUTH_STORE_OK)
                                         ? lesson->learn.outcome
                                         : KEYAUTH_LEARN_FAILED);

    if (rc != KEYAUTH_STORE_OK && rc != learner->last) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "keyauth: templates cannot learn: %s",
                      keyauth_store_strerror(rc));
    }

    learner->last = rc;

    ngx_http_keyauth_release_model(lesson->served);

    lesson->next = learner->free;
    learner->free = lesson;

    return NGX_OK;
}
