/*
 * Groups of tasks, and threads that take from them.
 */


#define _GNU_SOURCE                     /* sched_getaffinity() */

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "parallel.h"


/* on the stack of the thread that waits for it */
typedef struct keyauth_group_s {
    struct keyauth_group_s  *link;      /* the one begun before */
    keyauth_task_pt          task;
    void                    *data;
    uint32_t                 tasks;
    uint32_t                 taken;
    uint32_t                 done;
} keyauth_group_t;


static uint32_t keyauth_cores(void);
static int keyauth_group_take(keyauth_group_t *only);
static void *keyauth_helper(void *data);
static void keyauth_group_remove(keyauth_group_t *g);


static pthread_mutex_t    keyauth_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t     keyauth_changed = PTHREAD_COND_INITIALIZER;
static keyauth_group_t   *keyauth_groups;       /* the newest first */
static uint32_t           keyauth_most;


void
keyauth_threads(uint32_t n)
{
    keyauth_most = n;
}


static uint32_t
keyauth_cores(void)
{
    int        n;
    cpu_set_t  set;

    if (keyauth_most > 0) {
        return keyauth_most;
    }

    if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        return 1;
    }

    n = CPU_COUNT(&set);

    return n < KEYAUTH_THREADS_MAX ? (uint32_t) n : KEYAUTH_THREADS_MAX;
}


/*
 * Runs a task of that group, or of any; 0: there was none to take.  The lock
 * is held before and behind.
 */
static int
keyauth_group_take(keyauth_group_t *only)
{
    uint32_t          i;
    keyauth_group_t  *g;

    for (g = only != NULL ? only : keyauth_groups; g != NULL; g = g->link) {
        if (g->taken < g->tasks) {
            break;
        }

        if (only != NULL) {
            return 0;
        }
    }

    if (g == NULL) {
        return 0;
    }

    i = g->taken++;
    pthread_mutex_unlock(&keyauth_lock);
    g->task(g->data, i);
    pthread_mutex_lock(&keyauth_lock);

    if (++g->done == g->tasks) {
        pthread_cond_broadcast(&keyauth_changed);
    }

    return 1;
}


/* until no group is left: the thread that began the first one waits */
static void *
keyauth_helper(void *data)
{
    (void) data;
    pthread_mutex_lock(&keyauth_lock);

    while (keyauth_groups != NULL) {
        if (!keyauth_group_take(NULL)) {
            pthread_cond_wait(&keyauth_changed, &keyauth_lock);
        }
    }

    pthread_mutex_unlock(&keyauth_lock);

    return NULL;
}


static void
keyauth_group_remove(keyauth_group_t *g)
{
    keyauth_group_t  **p;

    for (p = &keyauth_groups; *p != g; p = &(*p)->link) {
        /* void */
    }

    *p = g->link;
}


void
keyauth_parallel(uint32_t n, keyauth_task_pt task, void *data)
{
    uint32_t          cores, helpers, i;
    pthread_t         helper[KEYAUTH_THREADS_MAX];
    keyauth_group_t   g;

    cores = keyauth_cores();

    if (n < 2 || cores < 2) {
        for (i = 0; i < n; i++) {
            task(data, i);
        }

        return;
    }

    memset(&g, 0, sizeof(keyauth_group_t));
    g.task = task;
    g.data = data;
    g.tasks = n;
    helpers = 0;

    pthread_mutex_lock(&keyauth_lock);

    if (keyauth_groups == NULL) {
        helpers = cores - 1;
    }

    g.link = keyauth_groups;
    keyauth_groups = &g;
    pthread_cond_broadcast(&keyauth_changed);

    /* fewer will do where the system has no more */

    for (i = 0; i < helpers; i++) {
        if (pthread_create(&helper[i], NULL, keyauth_helper, NULL) != 0) {
            helpers = i;
        }
    }

    while (keyauth_group_take(&g)) {
        /* void */
    }

    /* what its tasks still wait for can be helped with */

    while (g.done < n) {
        if (!keyauth_group_take(NULL)) {
            pthread_cond_wait(&keyauth_changed, &keyauth_lock);
        }
    }

    keyauth_group_remove(&g);
    pthread_cond_broadcast(&keyauth_changed);
    pthread_mutex_unlock(&keyauth_lock);

    for (i = 0; i < helpers; i++) {
        pthread_join(helper[i], NULL);
    }
}
