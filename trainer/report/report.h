/*
 * All that is measured of the models, as `keyauth evaluate` prints it and the
 * model's card holds it.
 */


#ifndef KEYAUTH_REPORT_H_INCLUDED
#define KEYAUTH_REPORT_H_INCLUDED


#include <cjson/cJSON.h>

#include "evaluate.h"
#include "learning_curve.h"
#include "live_figures.h"
#include "verification.h"


#define KEYAUTH_VERIFICATIONS  6        /* as served, after 4 rows, ... */


typedef struct {
    unsigned                 models;    /* bits, as keyauth_evaluate() has */
    uint64_t                 seed;
    uint32_t                 folds;     /* at most */
    unsigned                 sessions:1;    /* folds are of sessions */
    keyauth_evaluation_t     accuracy;

    /* the first as served; those without tests have too little data */
    keyauth_verification_t   verification[KEYAUTH_VERIFICATIONS];
    keyauth_learning_t       learning;
    keyauth_live_figures_t   live;
} keyauth_figures_t;


/*
 * full: sweeps and LIVE too, a minute for 110 users.  f is to be freed
 * either way; progress may be quiet, but not NULL.
 */
int keyauth_figures(keyauth_figures_t *f, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, unsigned models, uint32_t folds, int full,
    keyauth_progress_t *progress, char *err);

void keyauth_figures_free(keyauth_figures_t *f);

void keyauth_figures_text(const keyauth_figures_t *f);

/* folds: each fold's counts too.  NULL: no memory */
cJSON *keyauth_figures_json(const keyauth_figures_t *f, int folds);

#endif /* KEYAUTH_REPORT_H_INCLUDED */
