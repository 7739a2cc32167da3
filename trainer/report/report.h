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
    unsigned                  models;   /* bits, as keyauth_evaluate() has */
    uint64_t                  seed;
    uint32_t                  folds;    /* at most */
    unsigned                  sessions:1;   /* folds are of sessions */
    keyauth_evaluation_t      accuracy;

    /* the first as served; those without tests have too little data */
    keyauth_verification_t    verification[KEYAUTH_VERIFICATIONS];
    keyauth_learning_curve_t  learning;
    keyauth_live_figures_t    live;
} keyauth_report_t;


/*
 * full: the learning curve and LIVE too, a minute for 110 users.  r is to be
 * freed either way; progress may be quiet, but not NULL.
 */
int keyauth_report(keyauth_report_t *r, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, unsigned models, uint32_t folds, int full,
    keyauth_progress_t *progress, char *err);

void keyauth_report_free(keyauth_report_t *r);

void keyauth_report_text(const keyauth_report_t *r);

/* folds: each fold's counts too.  NULL: no memory */
cJSON *keyauth_report_json(const keyauth_report_t *r, int folds);

#endif /* KEYAUTH_REPORT_H_INCLUDED */
