/*
 * Training the models: see train.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live_points.h"
#include "train.h"


int
keyauth_train(keyauth_trained_t *t, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    keyauth_model_e  i;

    memset(t, 0, sizeof(keyauth_trained_t));

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        if (recipe->without & (1u << i)) {
            continue;
        }

        if (keyauth_trainings[i]->train(keyauth_trained_new(t, i), rows,
                                        recipe, progress, err)
            != 0)
        {
            keyauth_trained_free(t);
            return -1;
        }
    }

    return 0;
}


int
keyauth_train_points(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err)
{
    char                       what[96];
    keyauth_fusion_recipe_t    r;
    keyauth_trained_fusion_t  *f;

    f = t->of[KEYAUTH_FUSION];

    if (f == NULL) {
        return 0;
    }

    r.seed = recipe->seed;
    r.trees = recipe->fusion;

    keyauth_progress_start(progress, "Operating points", 1);

    if (keyauth_points(&f->points, d, rows->raw, &r, &f->fused.head, err)
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

    keyauth_progress_end(progress, what);

    return 0;
}


void
keyauth_train_live(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress)
{
    char               what[96];
    uint16_t          *steps;
    keyauth_typist_t  *who;

    keyauth_progress_start(progress, "Background", 1);
    who = keyauth_typists(d, &steps);
    keyauth_background(&t->live, who, d->classes, recipe->seed);

    if (t->live.view.head.people == 0) {
        snprintf(what, sizeof(what), "too few users with rows enough");

    } else {
        snprintf(what, sizeof(what), "EER %.1f %% after %d rows or fewer",
                 100 * t->live.eer, KEYAUTH_LIVE_NEEDED);
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
