/*
 * The powers by which FUSION's members count.
 */


#ifndef KEYAUTH_FUSION_POWERS_H_INCLUDED
#define KEYAUTH_FUSION_POWERS_H_INCLUDED


#include "keyauth_fusion.h"


/* what both members say of rows that they were not trained on */
typedef struct {
    uint32_t     tests;
    uint32_t     classes;
    uint32_t    *truth;                 /* [tests] */
    double      *weight;                /* [tests], for the scale */
    double      *trees;                 /* [tests][classes] log(share + 1e-3) */
    double      *parzen;                /* [tests][classes] log-likelihoods */
} keyauth_asked_t;


/*
 * The powers that make the truth likeliest, one of them 0 where a member alone
 * is right clearly more often; scaled so that the best score is in the
 * weighted mean the share of answers that are right.
 */
void keyauth_fusion_powers(keyauth_fusion_head_t *h,
    const keyauth_asked_t *asked);


#endif /* KEYAUTH_FUSION_POWERS_H_INCLUDED */
