
/*
 * The watch over the model file: a new one is swapped in without a reload.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_load.h"
#include "ngx_http_keyauth_shadow.h"
#include "ngx_http_keyauth_watch.h"
#include "ngx_http_keyauth_zone.h"


/*
 * Each worker looks for itself, by stat(), as nginx's cache of open files
 * does: that sees what inotify does not, such as a file on a network, and no
 * worker waits for another, which may die.  So each verifies its own copy,
 * in a thread, and between two events takes it for the current model.
 */


typedef struct {
    ngx_http_keyauth_main_conf_t  *kmcf;
    ngx_event_t                    timer;
    ngx_err_t                      error;   /* of the last look; 0: none */
    unsigned                       busy:1;

    /* the thread's while busy */
    ngx_thread_task_t             *task;
    ngx_http_keyauth_served_t     *served;  /* NULL: err says why */
    char                           id[sizeof(((keyauth_model_t *) 0)->id)];
    char                           err[KEYAUTH_ERROR_MAX];
} ngx_http_keyauth_watch_t;


static void ngx_http_keyauth_watch_cleanup(void *data);
static void ngx_http_keyauth_watch_timer(ngx_event_t *ev);
static ngx_uint_t ngx_http_keyauth_watch_look(
    ngx_http_keyauth_watch_t *watch, ngx_file_info_t *fi);
static void ngx_http_keyauth_watch_start(ngx_http_keyauth_watch_t *watch);
static void ngx_http_keyauth_watch_thread(void *data, ngx_log_t *log);
static void ngx_http_keyauth_watch_done(ngx_event_t *ev);
static void ngx_http_keyauth_watch_swap(ngx_http_keyauth_watch_t *watch,
    ngx_http_keyauth_served_t *served);
static void ngx_http_keyauth_watch_refuse(ngx_http_keyauth_watch_t *watch,
    const char *why);


void
ngx_http_keyauth_watch_init_process(ngx_cycle_t *cycle,
    ngx_http_keyauth_main_conf_t *kmcf)
{
    ngx_file_info_t            fi;
    ngx_thread_task_t         *task;
    ngx_pool_cleanup_t        *cln;
    ngx_http_keyauth_watch_t  *watch;

    /* without a master a reload may free this while the thread runs */

    if (kmcf->pool == NULL || ngx_process == NGX_PROCESS_SINGLE) {
        return;
    }

    task = ngx_thread_task_alloc(cycle->pool,
                                 sizeof(ngx_http_keyauth_watch_t));
    cln = ngx_pool_cleanup_add(cycle->pool, 0);

    if (task == NULL || cln == NULL) {
        return;
    }

    watch = task->ctx;
    watch->kmcf = kmcf;
    watch->task = task;

    task->handler = ngx_http_keyauth_watch_thread;
    task->event.handler = ngx_http_keyauth_watch_done;
    task->event.data = watch;

    cln->handler = ngx_http_keyauth_watch_cleanup;
    cln->data = watch;

    /* the master may have read what this worker's user may not look at */

    if (ngx_file_info(kmcf->path.data, &fi) == NGX_FILE_ERROR) {
        watch->error = ngx_errno;
        ngx_log_error(NGX_LOG_WARN, cycle->log, watch->error,
                      "keyauth: cannot watch model \"%V\": a new one needs "
                      "a reload", &kmcf->path);
    }

    watch->timer.handler = ngx_http_keyauth_watch_timer;
    watch->timer.data = watch;
    watch->timer.log = cycle->log;
    watch->timer.cancelable = 1;

    /* a worker that was started again begins with what the master read */

    ngx_add_timer(&watch->timer, 1);
}


/* the threads have ended */

static void
ngx_http_keyauth_watch_cleanup(void *data)
{
    ngx_http_keyauth_watch_t *watch = data;

    if (watch->busy && watch->served != NULL) {
        ngx_http_keyauth_release_model(watch->served);
    }
}


static void
ngx_http_keyauth_watch_timer(ngx_event_t *ev)
{
    ngx_http_keyauth_watch_t *watch = ev->data;

    ngx_file_info_t                fi;
    ngx_http_keyauth_main_conf_t  *kmcf;

    /* after a reload the file is for the new workers */

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    kmcf = watch->kmcf;

    if (!watch->busy && ngx_http_keyauth_watch_look(watch, &fi)) {
        kmcf->info = fi;

        /* a file for root alone is no bad one: the master reads it */

        if (access((char *) kmcf->path.data, R_OK) == -1
            && ngx_errno == NGX_EACCES)
        {
            ngx_log_error(NGX_LOG_WARN, ev->log, ngx_errno,
                          "keyauth: cannot read new model \"%V\": "
                          "it needs a reload", &kmcf->path);

        } else {
            ngx_http_keyauth_watch_start(watch);
        }
    }

    ngx_add_timer(&watch->timer, kmcf->watch);
}


/* whether the name means another file than the one that was read last */

static ngx_uint_t
ngx_http_keyauth_watch_look(ngx_http_keyauth_watch_t *watch,
    ngx_file_info_t *fi)
{
    ngx_err_t         err;
    ngx_file_info_t  *was;

    if (ngx_file_info(watch->kmcf->path.data, fi) == NGX_FILE_ERROR) {
        err = ngx_errno;

        if (err != watch->error) {
            watch->error = err;
            ngx_snprintf((u_char *) watch->err, KEYAUTH_ERROR_MAX,
                         ngx_file_info_n " failed (%d: %s)%Z", err,
                         strerror(err));
            ngx_http_keyauth_watch_refuse(watch, watch->err);
        }

        return 0;
    }

    watch->error = 0;
    was = &watch->kmcf->info;

    /* nanoseconds, and the change of an owner or of rights */

    return fi->st_dev != was->st_dev
           || ngx_file_uniq(fi) != ngx_file_uniq(was)
           || ngx_file_size(fi) != ngx_file_size(was)
           || fi->st_mtim.tv_sec != was->st_mtim.tv_sec
           || fi->st_mtim.tv_nsec != was->st_mtim.tv_nsec
           || fi->st_ctim.tv_sec != was->st_ctim.tv_sec
           || fi->st_ctim.tv_nsec != was->st_ctim.tv_nsec;
}


static void
ngx_http_keyauth_watch_start(ngx_http_keyauth_watch_t *watch)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = watch->kmcf;

    watch->busy = 1;
    watch->served = NULL;
    ngx_memcpy(watch->id, kmcf->served->model.id, sizeof(watch->id));
    ngx_memcpy(watch->err, "no thread", sizeof("no thread"));

    if (ngx_thread_task_post(kmcf->pool, watch->task) != NGX_OK) {
        ngx_post_event(&watch->task->event, &ngx_posted_events);
    }
}


static void
ngx_http_keyauth_watch_thread(void *data, ngx_log_t *log)
{
    ngx_http_keyauth_watch_t *watch = data;

    ngx_http_keyauth_served_t  *served;

    served = ngx_http_keyauth_load(watch->kmcf, log, watch->err);

    /* the file in use, written or touched again: nothing to do */

    if (served != NULL
        && ngx_strcmp(served->model.id, watch->id) != 0
        && ngx_http_keyauth_make_ready(served, log, watch->err) != NGX_OK)
    {
        ngx_http_keyauth_release_model(served);
        served = NULL;
    }

    watch->served = served;
}


static void
ngx_http_keyauth_watch_done(ngx_event_t *ev)
{
    const char                    *lacks;
    ngx_http_keyauth_watch_t      *watch;
    ngx_http_keyauth_served_t     *served;
    ngx_http_keyauth_main_conf_t  *kmcf;

    watch = ev->data;
    kmcf = watch->kmcf;
    served = watch->served;

    watch->busy = 0;
    watch->served = NULL;

    if (served == NULL) {
        ngx_http_keyauth_watch_refuse(watch, watch->err);
        return;
    }

    lacks = ngx_http_keyauth_lacks_shadow(kmcf, &served->model);

    if (lacks != NULL) {
        ngx_snprintf((u_char *) watch->err, KEYAUTH_ERROR_MAX,
                     "it has no %s for the \"keyauth_shadow\" directive%Z",
                     lacks);
        ngx_http_keyauth_watch_refuse(watch, watch->err);

    } else if (served->worker != NULL && !ngx_exiting) {
        ngx_http_keyauth_watch_swap(watch, served);
        return;
    }

    ngx_http_keyauth_release_model(served);
}


/* requests that have begun keep the old model */

static void
ngx_http_keyauth_watch_swap(ngx_http_keyauth_watch_t *watch,
    ngx_http_keyauth_served_t *served)
{
    keyauth_slot_t                *slot;
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = watch->kmcf;

    ngx_log_error(NGX_LOG_NOTICE, watch->timer.log, 0,
                  "keyauth: model %V of %uD users replaces %V, "
                  "verified in %M ms, made ready in %M ms",
                  &served->id, served->model.classes, &kmcf->served->id,
                  (ngx_msec_t) (served->opened / 1000000),
                  (ngx_msec_t) (served->took / 1000000));

    ngx_http_keyauth_release_model(kmcf->served);

    kmcf->served = served;
    kmcf->reason[0] = '\0';

    slot = kmcf->zone ? kmcf->zone->slot : NULL;

    if (slot != NULL) {
        slot->took = served->took;
        slot->ready = 1;
        keyauth_metrics_count(&slot->counters.swaps[KEYAUTH_SWAP_DONE]);
    }
}


static void
ngx_http_keyauth_watch_refuse(ngx_http_keyauth_watch_t *watch,
    const char *why)
{
    ngx_http_keyauth_main_conf_t  *kmcf;

    kmcf = watch->kmcf;

    ngx_log_error(NGX_LOG_ERR, watch->timer.log, 0,
                  "keyauth: cannot use new model \"%V\": %s; model %V "
                  "is still used", &kmcf->path, why, &kmcf->served->id);

    if (kmcf->zone != NULL && kmcf->zone->slot != NULL) {
        keyauth_metrics_count(&kmcf->zone->slot->counters
                              .swaps[KEYAUTH_SWAP_REFUSED]);
    }
}
