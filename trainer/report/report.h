/*
 * All that is measured of the models, as `keyauth evaluate` prints it and the
 * model's card holds it.
 */


#ifndef KEYAUTH_REPORT_H_INCLUDED
#define KEYAUTH_REPORT_H_INCLUDED


#include <cjson/cJSON.h>

#include "evaluate.h"
#include "live_figures.h"
#include "verification.h"


#define KEYAUTH_VERIFICATIONS  6        /* as served, after 4 rows, ... */
#define KEYAUTH_SWEEPS_MAX     12
#define KEYAUTH_CLOCK_MS       16.0     /* a tick of a coarse clock */


typedef enum {
    KEYAUTH_SWEEP_USERS = 0,
    KEYAUTH_SWEEP_ROWS,
    KEYAUTH_SWEEP_CLOCK
} keyauth_sweep_e;


/* FUSION, one repetition left out, under other circumstances */
typedef struct {
    keyauth_sweep_e          kind;
    uint32_t                 n;         /* users, or enrolled rows of each */
    uint32_t                 tests;
    uint32_t                 top1;
    uint32_t                 top5;
} keyauth_sweep_t;


typedef struct {
    unsigned                 models;    /* bits, as keyauth_evaluate() has */
    uint64_t                 seed;
    uint32_t                 folds;     /* at most */
    unsigned                 sessions:1;    /* folds are of sessions */
    keyauth_evaluation_t     accuracy;

    /* the first as served; those without tests have too little data */
    keyauth_verification_t   verification[KEYAUTH_VERIFICATIONS];
    keyauth_sweep_t          sweep[KEYAUTH_SWEEPS_MAX];
    uint32_t                 sweeps;
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

int keyauth_sweeps(keyauth_figures_t *f, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err);

void keyauth_figures_text(const keyauth_figures_t *f);

/* folds: each fold's counts too.  NULL: no memory */
cJSON *keyauth_figures_json(const keyauth_figures_t *f, int folds);

#endif /* KEYAUTH_REPORT_H_INCLUDED */
