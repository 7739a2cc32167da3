
/*
 * The store of templates.
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_count.h"
#include "ngx_http_keyauth_store.h"
#include "ngx_http_keyauth_store_conf.h"


/*
 * A worker reads its store in the event loop, and writes it in a thread: one
 * task at a time, which runs all commands that have come meanwhile in one
 * transaction.
 */


#define NGX_HTTP_KEYAUTH_JOINED  256    /* commands in a transaction */
#define NGX_HTTP_KEYAUTH_TRIES   3      /* where the store is replaced */
#define NGX_HTTP_KEYAUTH_PAUSE   5      /* ms between pieces of a phrase */
#define NGX_HTTP_KEYAUTH_STAY    60000  /* ms, again and again */


/* what the thread reads and writes, while the event loop leaves it alone */
typedef struct {
    keyauth_store_t           *store;
    keyauth_store_command_t   *commands[NGX_HTTP_KEYAUTH_JOINED];
    size_t                     n;       /* 0: compact */
    uint64_t                   nsec;
    keyauth_store_e            rc;
    ngx_http_keyauth_store_t  *owner;
} ngx_http_keyauth_store_task_t;


struct ngx_http_keyauth_store_s {
    ngx_http_keyauth_store_conf_t  option;
    ngx_thread_pool_t             *pool;
    ngx_http_keyauth_main_conf_t  *conf;

    /* this worker's */
    keyauth_store_t               *store;   /* NULL: not ready */
    ngx_thread_task_t             *task;
    ngx_http_keyauth_job_t        *first;   /* that wait */
    ngx_http_keyauth_job_t       **last;
    ngx_http_keyauth_job_t        *running; /* that the task has */
    ngx_event_t                    timer;
    ngx_event_t                    stay;    /* a worker that ends, while busy */
    keyauth_crowd_t               *crowd;
    ngx_event_t                    loading; /* of a phrase of it: */
    char                           phrase[KEYAUTH_PHRASE_MAX + 1];
    ngx_log_t                     *log;
    unsigned                       busy:1;
    unsigned                       erase:1; /* compact next */
};


static keyauth_store_t *ngx_http_keyauth_store_open(
    ngx_http_keyauth_store_t *store, char *err);
static void ngx_http_keyauth_store_cleanup(void *data);
static void ngx_http_keyauth_store_start(ngx_http_keyauth_store_t *store);
static void ngx_http_keyauth_store_thread(void *data, ngx_log_t *log);
static void ngx_http_keyauth_store_done(ngx_event_t *ev);
static void ngx_http_keyauth_store_answer(ngx_http_keyauth_job_t *job);
static ngx_uint_t ngx_http_keyauth_store_moved(
    ngx_http_keyauth_store_t *store, keyauth_store_e e);
static ngx_uint_t ngx_http_keyauth_store_shared(
    ngx_http_keyauth_store_t *store);
static void ngx_http_keyauth_store_reopen(ngx_http_keyauth_store_t *store);
static void ngx_http_keyauth_store_resume(ngx_http_request_t *r);
static void ngx_http_keyauth_store_stay(ngx_event_t *ev);
static void ngx_http_keyauth_store_timer(ngx_event_t *ev);
static void ngx_http_keyauth_store_load(ngx_event_t *ev);


char *
ngx_http_keyauth_set_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_keyauth_main_conf_t *kmcf = conf;

    ngx_http_keyauth_store_t  *store;

    if (kmcf->store != NULL) {
        return "is duplicate";
    }

    store = ngx_pcalloc(cf->pool, sizeof(ngx_http_keyauth_store_t));
    if (store == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_keyauth_store_conf(cf, &store->option) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    store->pool = ngx_thread_pool_add(cf, NULL);
    if (store->pool == NULL) {
        return NGX_CONF_ERROR;
    }

    store->conf = kmcf;
    kmcf->store = store;

    return NGX_CONF_OK;
}


/*
 * In the master, which may be root: makes what the workers will open.  A
 * failure here would end nginx: workers say so, and answer 503.
 */

void
ngx_http_keyauth_store_init_module(ngx_cycle_t *cycle,
    ngx_http_keyauth_store_t *store)
{
    char              err[KEYAUTH_ERROR_MAX];
    keyauth_store_t  *s;
    ngx_core_conf_t  *ccf;

    if (ngx_test_config || ngx_process > NGX_PROCESS_MASTER) {
        return;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (keyauth_store_give((char *) store->option.path.data, ccf->user,
                           ccf->group, err)
        != 0)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "keyauth: store: %s", err);
        return;
    }

    s = ngx_http_keyauth_store_open(store, err);

    if (s == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "keyauth: store: %s", err);
    }

    keyauth_store_close(s);

    /* what has been made is theirs: they may open it later */

    (void) keyauth_store_give((char *) store->option.path.data, ccf->user,
                              ccf->group, err);
}


void
ngx_http_keyauth_store_init_process(ngx_cycle_t *cycle,
    ngx_http_keyauth_store_t *store)
{
    char                            err[KEYAUTH_ERROR_MAX];
    ngx_pool_cleanup_t             *cln;
    ngx_http_keyauth_store_task_t  *task;

    store->last = &store->first;
    store->log = cycle->log;
    store->task = ngx_thread_task_alloc(cycle->pool,
                                        sizeof(ngx_http_keyauth_store_task_t));
    cln = ngx_pool_cleanup_add(cycle->pool, 0);

    store->crowd = ngx_palloc(cycle->pool, sizeof(keyauth_crowd_t));

    if (store->task == NULL || cln == NULL || store->crowd == NULL) {
        return;
    }

    keyauth_crowd_init(store->crowd);

    store->loading.handler = ngx_http_keyauth_store_load;
    store->loading.data = store;
    store->loading.log = cycle->log;
    store->loading.cancelable = 1;

    task = store->task->ctx;
    task->owner = store;
    store->task->handler = ngx_http_keyauth_store_thread;
    store->task->event.handler = ngx_http_keyauth_store_done;
    store->task->event.data = task;

    store->store = ngx_http_keyauth_store_open(store, err);

    if (store->store == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "keyauth: store is not ready: %s", err);
    }

    cln->handler = ngx_http_keyauth_store_cleanup;
    cln->data = store;

    store->timer.handler = ngx_http_keyauth_store_timer;
    store->timer.data = store;
    store->timer.log = cycle->log;
    store->timer.cancelable = 1;

    store->stay.handler = ngx_http_keyauth_store_stay;
    store->stay.data = store;
    store->stay.log = cycle->log;

    ngx_add_timer(&store->timer, store->option.compact);
}


static keyauth_store_t *
ngx_http_keyauth_store_open(ngx_http_keyauth_store_t *store, char *err)
{
    return keyauth_store_open((char *) store->option.path.data,
                              &store->option.key, store->option.map,
                              KEYAUTH_STORE_CREATE, err);
}


/*
 * A fast stop leaves what waits behind the thread's last task.  nginx has ended
 * its threads by now, and its master kills who takes longer than a second or
 * two.  Nobody counts any more.
 */

void
ngx_http_keyauth_store_exit_process(ngx_http_keyauth_store_t *store)
{
    size_t                    n;
    ngx_uint_t                tries;
    keyauth_store_e           rc;
    ngx_http_keyauth_job_t   *job;
    keyauth_store_command_t  *commands[NGX_HTTP_KEYAUTH_JOINED];

    n = 0;
    tries = 0;

    for (job = store->first; job != NULL; job = job->next) {
        if (job->request == NULL && n < NGX_HTTP_KEYAUTH_JOINED) {
            commands[n++] = &job->command;
        }
    }

    if (n == 0 || store->store == NULL) {
        return;
    }

    do {
        rc = keyauth_store_apply(store->store, commands, n);

        if (rc == KEYAUTH_STORE_MOVED) {
            ngx_http_keyauth_store_reopen(store);
        }
    } while (rc == KEYAUTH_STORE_MOVED && tries++ < NGX_HTTP_KEYAUTH_TRIES);

    if (rc != KEYAUTH_STORE_OK) {
        ngx_log_error(NGX_LOG_ERR, store->log, 0,
                      "keyauth: templates cannot learn: %s",
                      keyauth_store_strerror(rc));
    }
}


static void
ngx_http_keyauth_store_cleanup(void *data)
{
    ngx_http_keyauth_store_t *store = data;

    if (!ngx_http_keyauth_store_shared(store)) {
        keyauth_store_close(store->store);
        store->store = NULL;
    }
}


keyauth_store_t *
ngx_http_keyauth_store_opened(ngx_http_keyauth_store_t *store)
{
    return store->store;
}


keyauth_store_e
ngx_http_keyauth_store_get(ngx_http_keyauth_store_t *store,
    keyauth_store_name_t *name, keyauth_store_record_t *record)
{
    keyauth_store_e  e;

    if (store->store == NULL) {
        return KEYAUTH_STORE_FAILED;
    }

    e = keyauth_store_get(store->store, name, record);

    if (ngx_http_keyauth_store_moved(store, e)) {
        e = keyauth_store_get(store->store, name, record);
    }

    return e;
}


keyauth_store_e
ngx_http_keyauth_store_info(ngx_http_keyauth_store_t *store,
    keyauth_store_info_t *info)
{
    keyauth_store_e  e;

    if (store->store == NULL) {
        return KEYAUTH_STORE_FAILED;
    }

    e = keyauth_store_info(store->store, info);

    if (ngx_http_keyauth_store_moved(store, e)) {
        e = keyauth_store_info(store->store, info);
    }

    return e;
}


keyauth_crowd_e
ngx_http_keyauth_store_name(ngx_http_keyauth_store_t *store,
    const keyauth_live_t *live, const keyauth_batch_t *batch,
    keyauth_crowd_t **crowd, keyauth_store_e *e)
{
    keyauth_crowd_e  state;

    *e = KEYAUTH_STORE_FAILED;
    *crowd = store->crowd;

    if (store->store == NULL) {
        return KEYAUTH_CROWD_STORE;
    }

    state = keyauth_crowd_name(store->crowd, live, store->store, batch, e);

    if (state == KEYAUTH_CROWD_STORE
        && ngx_http_keyauth_store_moved(store, *e))
    {
        state = keyauth_crowd_name(store->crowd, live, store->store, batch,
                                   e);
    }

    if (state == KEYAUTH_CROWD_LOADING && !store->loading.timer_set) {
        strcpy(store->phrase, batch->request->phrase);
        ngx_add_timer(&store->loading, NGX_HTTP_KEYAUTH_PAUSE);
    }

    return state;
}


static void
ngx_http_keyauth_store_load(ngx_event_t *ev)
{
    ngx_http_keyauth_store_t *store = ev->data;

    keyauth_store_e  e;

    if (store->store != NULL
        && keyauth_crowd_load(store->crowd, store->store, store->phrase, &e)
           == KEYAUTH_CROWD_LOADING)
    {
        ngx_add_timer(&store->loading, NGX_HTTP_KEYAUTH_PAUSE);
    }
}


void
ngx_http_keyauth_store_queue(ngx_http_keyauth_store_t *store,
    ngx_http_keyauth_job_t *job)
{
    job->next = NULL;
    job->tries = 0;
    *store->last = job;
    store->last = &job->next;

    if (!store->busy) {
        ngx_http_keyauth_store_start(store);
    }
}


keyauth_store_e
ngx_http_keyauth_store_status(ngx_http_keyauth_store_t *store,
    keyauth_store_status_t *status)
{
    keyauth_store_e  e;

    ngx_memzero(status, sizeof(keyauth_store_status_t));

    if (store->store == NULL) {
        return KEYAUTH_STORE_FAILED;
    }

    e = keyauth_store_status(store->store, status);

    if (ngx_http_keyauth_store_moved(store, e)) {
        e = keyauth_store_status(store->store, status);
    }

    return e;
}


ngx_uint_t
ngx_http_keyauth_store_behind(ngx_http_keyauth_store_t *store,
    keyauth_store_status_t *status)
{
    keyauth_store_e  e;

    if (!store->option.replicated) {
        return 0;
    }

    e = ngx_http_keyauth_store_status(store, status);

    /* it is being replaced, for a moment: its status is as it was */

    return e != KEYAUTH_STORE_MOVED && !status->ready;
}


ngx_int_t
ngx_http_keyauth_store_post(ngx_http_keyauth_store_t *store,
    ngx_http_keyauth_job_t *job)
{
    ngx_http_request_t      *r;
    ngx_http_keyauth_ctx_t  *ctx;

    r = job->request;

    ctx = ngx_http_keyauth_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->job = job;

    r->main->count++;
    r->main->blocked++;
    r->write_event_handler = ngx_http_keyauth_store_resume;

    ngx_http_keyauth_store_queue(store, job);

    return NGX_DONE;
}


/* gives the thread what waits */

static void
ngx_http_keyauth_store_start(ngx_http_keyauth_store_t *store)
{
    ngx_http_keyauth_job_t         *job;
    ngx_http_keyauth_store_task_t  *task;

    if (store->first == NULL && !store->erase) {
        return;
    }

    task = store->task->ctx;
    task->store = store->store;
    task->n = 0;
    store->running = NULL;

    /* erasing waits for no end of commands, nor they for it */

    if (store->erase) {
        store->erase = 0;

    } else {
        store->running = store->first;
        job = NULL;

        while (store->first != NULL && task->n < NGX_HTTP_KEYAUTH_JOINED) {
            job = store->first;
            store->first = job->next;
            task->commands[task->n++] = &job->command;
        }

        job->next = NULL;

        if (store->first == NULL) {
            store->last = &store->first;
        }
    }

    store->busy = 1;

    if (!store->stay.timer_set) {
        ngx_add_timer(&store->stay, NGX_HTTP_KEYAUTH_STAY);
    }

    if (ngx_thread_task_post(store->pool, store->task) != NGX_OK) {
        task->rc = KEYAUTH_STORE_FAILED;
        ngx_post_event(&store->task->event, &ngx_posted_events);
    }
}


static void
ngx_http_keyauth_store_thread(void *data, ngx_log_t *log)
{
    ngx_http_keyauth_store_task_t *task = data;

    struct timespec  start;

    (void) clock_gettime(CLOCK_MONOTONIC, &start);

    task->rc = (task->n > 0)
               ? keyauth_store_apply(task->store, task->commands, task->n)
               : keyauth_store_compact(task->store, 1);

    task->nsec = ngx_http_keyauth_since(&start);
}


static void
ngx_http_keyauth_store_done(ngx_event_t *ev)
{
    ngx_http_keyauth_job_t         *job, *next;
    ngx_http_keyauth_store_t       *store;
    ngx_http_keyauth_store_task_t  *task;

    task = ev->data;
    store = task->owner;
    store->busy = 0;

    if (task->store != store->store) {
        keyauth_store_close(task->store);

    } else if (task->rc == KEYAUTH_STORE_MOVED) {
        ngx_http_keyauth_store_reopen(store);
    }

    if (task->n == 0 && task->rc != KEYAUTH_STORE_OK
        && task->rc != KEYAUTH_STORE_MOVED)
    {
        ngx_log_error(NGX_LOG_ERR, store->log, 0,
                      "keyauth: store cannot be compacted: %s",
                      keyauth_store_strerror(task->rc));
    }

    if (task->n > 0 && task->rc == KEYAUTH_STORE_OK) {
        ngx_http_keyauth_count_commit(store->conf, task->nsec);
    }

    job = store->running;
    store->running = NULL;

    for ( /* void */ ; job != NULL; job = next) {
        next = job->next;

        if (task->rc == KEYAUTH_STORE_MOVED
            && job->tries++ < NGX_HTTP_KEYAUTH_TRIES)
        {
            job->next = NULL;
            *store->last = job;
            store->last = &job->next;
            continue;
        }

        if (task->rc != KEYAUTH_STORE_OK) {
            job->command.rc = task->rc;
        }

        ngx_http_keyauth_store_answer(job);
    }

    if (!store->busy && store->store != NULL) {
        ngx_http_keyauth_store_start(store);
    }

    if (!store->busy) {
        ngx_del_timer(&store->stay);
    }
}


/*
 * A worker that is to end does so when no timer is left: not before what waits
 * is written, and answered.
 */

static void
ngx_http_keyauth_store_stay(ngx_event_t *ev)
{
    ngx_add_timer(ev, NGX_HTTP_KEYAUTH_STAY);
}


static void
ngx_http_keyauth_store_answer(ngx_http_keyauth_job_t *job)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = job->request;

    if (r == NULL) {
        (void) job->finish(NULL, job);
        return;
    }

    job->done = 1;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    r->main->blocked--;
    r->write_event_handler(r);

    ngx_http_run_posted_requests(c);
}


/* 1: it was replaced, and has been opened again: what has failed may not now */

static ngx_uint_t
ngx_http_keyauth_store_moved(ngx_http_keyauth_store_t *store,
    keyauth_store_e e)
{
    char              err[KEYAUTH_ERROR_MAX];
    keyauth_store_t  *s;

    if (e != KEYAUTH_STORE_MOVED) {
        return 0;
    }

    if (!ngx_http_keyauth_store_shared(store)) {
        ngx_http_keyauth_store_reopen(store);
        return 1;
    }

    /* the new one is opened beside it; nobody must open one file twice */

    if (!keyauth_store_moved(store->store)) {
        return 0;
    }

    s = ngx_http_keyauth_store_open(store, err);

    if (s == NULL) {
        ngx_log_error(NGX_LOG_ERR, store->log, 0,
                      "keyauth: store cannot be opened: %s", err);
        return 0;
    }

    store->store = s;

    return 1;
}


/* 1: the thread writes to what the event loop reads */

static ngx_uint_t
ngx_http_keyauth_store_shared(ngx_http_keyauth_store_t *store)
{
    ngx_http_keyauth_store_task_t  *task;

    task = store->task->ctx;

    return store->busy && task->store == store->store;
}


static void
ngx_http_keyauth_store_reopen(ngx_http_keyauth_store_t *store)
{
    char  err[KEYAUTH_ERROR_MAX];

    if (keyauth_store_reopen(store->store, err) != 0) {
        ngx_log_error(NGX_LOG_ERR, store->log, 0,
                      "keyauth: store cannot be opened: %s", err);
    }
}


/* the request's own events come here too, before the thread is done */

static void
ngx_http_keyauth_store_resume(ngx_http_request_t *r)
{
    ngx_http_keyauth_job_t  *job;
    ngx_http_keyauth_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_keyauth_module);
    job = ctx->job;

    if (job != NULL && job->done) {
        ctx->job = NULL;
        ngx_http_finalize_request(r, job->finish(r, job));
    }
}


static void
ngx_http_keyauth_store_timer(ngx_event_t *ev)
{
    ngx_http_keyauth_store_t *store = ev->data;

    char                  err[KEYAUTH_ERROR_MAX];
    keyauth_store_info_t  info;

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    /* what has kept it from being opened may be mended by now */

    if (store->store == NULL) {
        store->store = ngx_http_keyauth_store_open(store, err);

        if (store->store != NULL) {
            ngx_log_error(NGX_LOG_NOTICE, store->log, 0,
                          "keyauth: store is ready");
        }

    } else if (!store->busy) {

        if (keyauth_store_moved(store->store)
            || keyauth_store_info(store->store, &info) == KEYAUTH_STORE_MOVED)
        {
            ngx_http_keyauth_store_reopen(store);

        } else {
            keyauth_store_clear(store->store);
        }

        if (keyauth_store_info(store->store, &info) == KEYAUTH_STORE_OK
            && info.erased)
        {
            store->erase = 1;
            ngx_http_keyauth_store_start(store);
        }
    }

    ngx_add_timer(&store->timer, store->option.compact);
}
