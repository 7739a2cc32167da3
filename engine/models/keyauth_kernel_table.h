/*
 * The inner loops that models call: a table for each instruction set, which
 * engine/kernels/ makes.
 */


#ifndef KEYAUTH_KERNEL_TABLE_H_INCLUDED
#define KEYAUTH_KERNEL_TABLE_H_INCLUDED


#include "keyauth.h"


/* keyauth_svm.h, _xgb.h, _grove.h, _fusion.h, _live.h */
typedef struct keyauth_svm_s            keyauth_svm_t;
typedef struct keyauth_svm_work_s       keyauth_svm_work_t;
typedef struct keyauth_xgb_s            keyauth_xgb_t;
typedef struct keyauth_grove_top_s      keyauth_grove_top_t;
typedef struct keyauth_fusion_s         keyauth_fusion_t;
typedef struct keyauth_cohort_s         keyauth_cohort_t;
typedef struct keyauth_fusion_work_s    keyauth_fusion_work_t;
typedef struct keyauth_live_template_s  keyauth_live_template_t;
typedef struct keyauth_live_sample_s    keyauth_live_sample_t;


typedef struct {
    const char  *name;                  /* "avx512", "avx2", "base" */

    /* 1 if this processor has the instructions */
    int        (*usable)(void);

    /*
     * K of every slot, and for every class the bound on the error that its
     * K bring into a decision; x is scaled by sqrt(gamma)
     */
    void       (*svm_distances)(const keyauth_svm_t *m, const float *x,
                     keyauth_svm_work_t *w);

    /* all decisions and votes; calls keyauth_svm_recount() when in doubt */
    void       (*svm_votes)(const keyauth_svm_t *m, const double *x,
                     keyauth_svm_work_t *w);

    /* a column's rank: the number of its cuts that are <= x */
    void       (*xgb_ranks)(const keyauth_xgb_t *m, const float *x,
                     uint8_t *ranks);

    void       (*xgb_margins)(const keyauth_xgb_t *m, const uint8_t *ranks,
                     float *margins);

    /* exit[32] of one group's trees; 64 steps can be read */
    void       (*tops)(const keyauth_grove_top_t *top, uint32_t features,
                     const int16_t *steps, uint16_t *exit);

    /* w->density from w->x: each member's log-likelihood */
    void       (*parzen)(const keyauth_fusion_t *m,
                     const keyauth_cohort_t *cohort,
                     keyauth_fusion_work_t *w);

    /*
     * log(p) of positive normal floats, to 3e-7, in place, of n and of those
     * up to the next sixteenth; p is aligned to 64 bytes
     */
    void       (*logs)(float *p, uint32_t n);

    /*
     * exp(p) as a share of the sum of all n, in place; those up to the next
     * sixteenth are written over.  No share is below exp(-87) of the largest.
     */
    void       (*softmax)(float *p, uint32_t n);

    /*
     * LIVE: steps of n keys (and of up to 8 more, whatever they are) as
     * compressed intervals, see keyauth_live_sample_t; the background's
     * density at n of them, and up to the next multiple of 8; the parts of a
     * comparison, see keyauth_live_score().
     */
    void       (*live_intervals)(const uint16_t *steps, uint32_t n,
                     double *x);
    void       (*live_ground)(const float *density, const double *x,
                     uint32_t n, double *ground);
    void       (*live_compare)(const keyauth_live_template_t *t,
                     const keyauth_live_sample_t *s, const double *weight,
                     const double *width, double *part);
} keyauth_kernels_t;


#endif /* KEYAUTH_KERNEL_TABLE_H_INCLUDED */
