/*
 * Training the models: see train.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live_points.h"
#include "parallel.h"
#include "train.h"


#define KEYAUTH_TASK_LIVE  KEYAUTH_MODELS   /* a task behind the models' */
#define KEYAUTH_TASKS      (KEYAUTH_MODELS + 1)


/* what is trained beside each other; rc and so on are by task, not by turn */
typedef struct {
    keyauth_trained_t        *trained;
    const keyauth_dataset_t  *data;     /* NULL: the models alone */
    const keyauth_rows_t     *rows;
    const keyauth_recipe_t   *recipe;
    keyauth_model_e           turn[KEYAUTH_TASKS];
    uint32_t                  tasks;
    keyauth_progress_t       *progress; /* NULL: none */
    keyauth_progress_t        part[KEYAUTH_TASKS];
    keyauth_progress_t        points;
    int                       rc[KEYAUTH_TASKS];
    char                      err[KEYAUTH_TASKS][KEYAUTH_ERROR_MAX];
} keyauth_tasks_t;


static int keyauth_train_tasks(keyauth_tasks_t *t, char *err);
static void keyauth_train_turns(keyauth_tasks_t *t);
static void keyauth_train_task(void *data, uint32_t i);
static int keyauth_train_points(keyauth_tasks_t *t, char *err);
static void keyauth_train_live(keyauth_tasks_t *t,
    keyauth_progress_t *progress);


int
keyauth_train(keyauth_trained_t *t, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, char *err)
{
    keyauth_tasks_t  tasks;

    memset(&tasks, 0, sizeof(keyauth_tasks_t));
    tasks.trained = t;
    tasks.rows = rows;
    tasks.recipe = recipe;

    return keyauth_train_tasks(&tasks, err);
}


int
keyauth_train_all(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err)
{
    int              rc;
    uint32_t         i;
    keyauth_tasks_t  tasks;

    memset(&tasks, 0, sizeof(keyauth_tasks_t));
    tasks.trained = t;
    tasks.data = d;
    tasks.rows = rows;
    tasks.recipe = recipe;
    tasks.progress = progress;

    for (i = 0; i < KEYAUTH_TASKS; i++) {
        keyauth_progress_part(&tasks.part[i], progress, 1000);
    }

    keyauth_progress_part(&tasks.points, progress, 1000);
    rc = keyauth_train_tasks(&tasks, err);

    /* in the order of the models, whatever ended first */

    for (i = 0; i < KEYAUTH_TASKS; i++) {
        keyauth_progress_tell(&tasks.part[i]);

        if (i == KEYAUTH_FUSION) {
            keyauth_progress_tell(&tasks.points);
        }
    }

    return rc;
}


static int
keyauth_train_tasks(keyauth_tasks_t *t, char *err)
{
    int       rc;
    uint32_t  i;

    memset(t->trained, 0, sizeof(keyauth_trained_t));
    keyauth_train_turns(t);

    if (t->progress != NULL) {
        keyauth_progress_start(t->progress, "Training", 1000 * (t->tasks + 1));
    }

    keyauth_parallel(t->tasks, keyauth_train_task, t);
    rc = 0;

    for (i = 0; i < KEYAUTH_TASKS && rc == 0; i++) {
        rc = t->rc[i];
        memcpy(err, t->err[i], rc != 0 ? KEYAUTH_ERROR_MAX : 0);
    }

    if (rc != 0) {
        keyauth_trained_free(t->trained);
    }

    return rc;
}


/* LIVE is second */
static void
keyauth_train_turns(keyauth_tasks_t *t)
{
    uint32_t  i;

    t->tasks = keyauth_training_turns(t->turn, KEYAUTH_ALL_MODELS
                                               & ~t->recipe->without);

    if (t->data != NULL) {
        for (i = t->tasks++; i > 1; i--) {
            t->turn[i] = t->turn[i - 1];
        }

        t->turn[i] = KEYAUTH_TASK_LIVE;
    }
}


static void
keyauth_train_task(void *data, uint32_t i)
{
    int                  rc;
    char                *err;
    uint32_t             task;
    keyauth_tasks_t     *t;
    keyauth_progress_t  *progress;

    t = data;
    task = t->turn[i];
    err = t->err[task];
    progress = t->progress != NULL ? &t->part[task] : NULL;

    if (task == KEYAUTH_TASK_LIVE) {
        keyauth_train_live(t, progress);
        return;
    }

    rc = keyauth_trainings[task]->train(keyauth_trained_new(t->trained, task),
                                        t->rows, t->recipe, progress, err);

    if (rc == 0 && task == KEYAUTH_FUSION && t->data != NULL) {
        rc = keyauth_train_points(t, err);
    }

    t->rc[task] = rc;
}


/* FUSION's operating points */
static int
keyauth_train_points(keyauth_tasks_t *t, char *err)
{
    char                       what[96];
    keyauth_fusion_recipe_t    r;
    keyauth_trained_fusion_t  *f;

    f = t->trained->of[KEYAUTH_FUSION];
    r.seed = t->recipe->seed;
    r.trees = t->recipe->fusion;

    keyauth_progress_start(&t->points, "Operating points", 1);

    if (keyauth_operating_points(&f->points, t->data, t->rows->raw, &r,
                                 &f->fused.head, err)
        != 0)
    {
        return -1;
    }

    if (f->points.points == 0) {
        snprintf(what, sizeof(what), "none, for fewer than %d users have "
                 "three different rows", KEYAUTH_POINTS_USERS);

    } else {
        f->fused.head.floor = f->points.floor;
        snprintf(what, sizeof(what), "EER %.1f %% for people not enrolled",
                 100 * f->points.eer);
    }

    keyauth_progress_end(&t->points, what);

    return 0;
}


static void
keyauth_train_live(keyauth_tasks_t *t, keyauth_progress_t *progress)
{
    char                   what[96];
    uint16_t              *steps;
    keyauth_typist_t      *who;
    keyauth_background_t  *live;

    live = &t->trained->live;
    keyauth_progress_start(progress, "Background", 1);
    who = keyauth_typists(t->data, &steps);
    keyauth_background(live, who, t->data->classes, t->recipe->seed);

    if (live->view.head.people == 0) {
        snprintf(what, sizeof(what), "too few users with rows enough");

    } else {
        snprintf(what, sizeof(what), "EER %.1f %% after %d rows or fewer",
                 100 * live->eer, KEYAUTH_LIVE_NEEDED);
    }

    keyauth_progress_end(progress, what);
    free(who);
    free(steps);
}


void
keyauth_trained_free(keyauth_trained_t *t)
{
    keyauth_model_e  i;

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        if (t->of[i] != NULL) {
            keyauth_trainings[i]->free(t->of[i]);
            free(t->of[i]);
        }
    }

    keyauth_background_free(&t->live);
    memset(t, 0, sizeof(keyauth_trained_t));
}


void *
keyauth_trained_new(keyauth_trained_t *t, keyauth_model_e model)
{
    t->of[model] = keyauth_alloc(1, keyauth_trainings[model]->size);

    return t->of[model];
}
