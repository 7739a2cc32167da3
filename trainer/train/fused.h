/*
 * FUSION while it is trained; what comes of it is in
 * engine/models/keyauth_fusion.h.
 */


#ifndef KEYAUTH_FUSED_H_INCLUDED
#define KEYAUTH_FUSED_H_INCLUDED


#include "grove.h"
#include "keyauth_fusion.h"


/*
 * samples to enrol: raw features, and classes that are numbered from 0; a
 * class's rows are in the order in which they were typed
 */
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
    keyauth_planted_t        trees;
} keyauth_fused_t;


typedef struct {
    uint64_t                 seed;
    uint32_t                 trees;     /* of a cohort */
} keyauth_fusion_recipe_t;


#endif /* KEYAUTH_FUSED_H_INCLUDED */
