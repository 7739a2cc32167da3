/*
 * Training FUSION: engine/models/keyauth_fusion.h says what comes of it.
 */


#ifndef KEYAUTH_TRAINER_FUSION_H_INCLUDED
#define KEYAUTH_TRAINER_FUSION_H_INCLUDED


#include "forest.h"
#include "keyauth_fusion.h"


/* samples to enrol: raw features, and classes that are numbered from 0 */
typedef struct {
    uint32_t                 rows;
    uint32_t                 features;
    uint32_t                 classes;
    const double            *raw;       /* [rows][features] */
    const uint32_t          *class;     /* [rows], ascending */
} keyauth_enrolment_t;


/* the sections' arrays; weight and slots are aligned to 64 */
typedef struct {
    keyauth_fusion_head_t    head;
    keyauth_cohort_t        *cohort;
    uint32_t                *member;
    uint32_t                *place;
    keyauth_scale_t         *scale;
    uint32_t                *depth;
    float                   *weight;
    float                   *slots;
    size_t                   nslots;
    keyauth_grown_t          trees;
} keyauth_fused_t;


typedef struct {
    uint64_t                 seed;
    uint32_t                 trees;     /* of a cohort */
} keyauth_fusion_recipe_t;


/*
 * Trains on all rows; the temperatures are chosen on an inner split: every
 * user's last rows (a quarter, one at least) are asked of members trained on
 * the others.  f is to be freed either way.
 */
int keyauth_fusion_train(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err);

/* the members alone; the temperatures are 1 */
int keyauth_fusion_enrol(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err);

/* as the engine sees it; the arrays stay f's */
void keyauth_fusion_view(keyauth_fusion_t *view, const keyauth_fused_t *f);

/* the Parzen densities' part: scales, weights and slots of every cohort */
void keyauth_parzen_enrol(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const uint32_t *first);

/*
 * The power t that makes softmax(t score) likeliest: scores is
 * [tests][width], of which test i has n[i], and truth[i] is right.
 */
double keyauth_fusion_power(const double *scores, const uint32_t *truth,
    const uint32_t *n, uint32_t tests, uint32_t width);

int keyauth_fusion_pack(keyauth_writer_t *w, const keyauth_fused_t *f,
    char *err);

void keyauth_fusion_free(keyauth_fused_t *f);


#endif /* KEYAUTH_TRAINER_FUSION_H_INCLUDED */
