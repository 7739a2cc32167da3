/*
 * Training FUSION: engine/models/keyauth_fusion.h says what comes of it.
 */


#ifndef KEYAUTH_TRAINER_FUSION_H_INCLUDED
#define KEYAUTH_TRAINER_FUSION_H_INCLUDED


#include "fused.h"
#include "model_file.h"
#include "util.h"


/* into so many cohorts are users dealt */
uint32_t keyauth_fusion_cohorts(uint32_t classes);

/* the members alone, the powers are 1; a step of progress for each cohort */
int keyauth_fusion_enrol(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err);

/* as the engine sees it; the arrays stay f's */
void keyauth_fusion_view(keyauth_fusion_t *view, const keyauth_fused_t *f);

int keyauth_fusion_pack(keyauth_writer_t *w, const keyauth_fused_t *f,
    char *err);

void keyauth_fusion_free(keyauth_fused_t *f);


#endif /* KEYAUTH_TRAINER_FUSION_H_INCLUDED */
