/*
 * How FUSION is trained and written.
 */


#include <stdio.h>

#include "fusion.h"
#include "fusion_folds.h"
#include "trained.h"
#include "training.h"


static int keyauth_training_fusion_train(void *trained,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);
static int keyauth_training_fusion_pack(keyauth_writer_t *w,
    const void *trained, uint32_t classes, char *err);
static void keyauth_training_fusion_card(cJSON *model, const void *trained,
    const keyauth_recipe_t *recipe);
static void keyauth_training_fusion_free(void *trained);


const keyauth_training_t  keyauth_training_fusion = {
    sizeof(keyauth_trained_fusion_t),
    2,
    keyauth_training_fusion_train,
    keyauth_training_fusion_pack,
    keyauth_training_fusion_card,
    NULL,
    NULL,
    keyauth_training_fusion_free
};


static int
keyauth_training_fusion_train(void *trained, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    int                        rc;
    char                       what[64];
    keyauth_enrolment_t        e;
    keyauth_fusion_recipe_t    r;
    keyauth_trained_fusion_t  *t;

    t = trained;
    e.rows = rows->rows;
    e.features = rows->features;
    e.classes = rows->classes;
    e.raw = rows->raw;
    e.class = rows->class;
    r.seed = recipe->seed;
    r.trees = recipe->fusion;

    rc = keyauth_fusion_train(&t->fused, &e, &r, progress, err);

    if (progress != NULL && rc == 0) {
        snprintf(what, sizeof(what), "%u trees, %u densities",
                 (unsigned) t->fused.trees.head.trees,
                 (unsigned) t->fused.head.classes);
        keyauth_progress_end(progress, what);
    }

    return rc;
}


static int
keyauth_training_fusion_pack(keyauth_writer_t *w, const void *trained,
    uint32_t classes, char *err)
{
    const keyauth_trained_fusion_t  *t;

    (void) classes;
    t = trained;

    return keyauth_fusion_pack(w, &t->fused, err) != 0
           || keyauth_operating_points_pack(w, &t->points, err) != 0
           ? -1 : 0;
}


static void
keyauth_training_fusion_card(cJSON *model, const void *trained,
    const keyauth_recipe_t *recipe)
{
    const keyauth_fusion_head_t     *h;
    const keyauth_trained_fusion_t  *t;

    t = trained;
    h = &t->fused.head;

    cJSON_AddStringToObject(model, "kind", "extremely randomised trees and "
                            "Parzen densities of the timings");
    cJSON_AddNumberToObject(model, "trees", recipe->fusion);
    cJSON_AddNumberToObject(model, "cohorts", h->cohorts);
    cJSON_AddNumberToObject(model, "trees_power", h->trees_power);
    cJSON_AddNumberToObject(model, "parzen_power", h->parzen_power);
    cJSON_AddNumberToObject(model, "floor", h->floor);
    cJSON_AddNumberToObject(model, "operating_points", t->points.points);
    cJSON_AddNumberToObject(model, "attempts_measured", t->points.attempts);
}


static void
keyauth_training_fusion_free(void *trained)
{
    keyauth_trained_fusion_t  *t;

    t = trained;
    keyauth_fusion_free(&t->fused);
}
