/*
 * The densities of FUSION.
 */


#ifndef KEYAUTH_FUSION_PARZEN_H_INCLUDED
#define KEYAUTH_FUSION_PARZEN_H_INCLUDED


#include "fused.h"


/* the Parzen densities' part: scales, weights and slots of every cohort */
void keyauth_parzen_enrol(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const uint32_t *first);


#endif /* KEYAUTH_FUSION_PARZEN_H_INCLUDED */
