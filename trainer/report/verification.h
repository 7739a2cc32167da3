/*
 * Rates of genuine and false claims, by people who are not enrolled.
 */


#ifndef KEYAUTH_VERIFICATION_H_INCLUDED
#define KEYAUTH_VERIFICATION_H_INCLUDED


#include "operating_points.h"


#define KEYAUTH_DET_POINTS  60


/*
 * Two shuffles of the users are halved; each half is enrolled with its first
 * rows, and the rows that come after these are tested, of strangers too.
 * Means of the four trials.
 *
 * As served, each half is enrolled with the first three quarters of its rows,
 * and all rows of strangers are tested: these are the trials that the model's
 * operating points come from, and the figures are those of all four together,
 * as the points are.
 */
typedef struct {
    uint32_t         enrolled;          /* rows of a user; 0: as served */
    uint32_t         users;             /* with rows enough */
    uint32_t         genuine;           /* tests; 0: too little data */
    uint32_t         strangers;
    double           eer;               /* one threshold for all */
    double           eer_user;          /* the median of each user's own */
    double           frr[2];            /* at a FAR of 1 % and 0.1 % */
    keyauth_point_t  det[KEYAUTH_DET_POINTS];   /* of all four together */
} keyauth_verification_t;


int keyauth_verification(keyauth_verification_t *v,
    const keyauth_dataset_t *d, const double *raw,
    const keyauth_fusion_recipe_t *recipe, uint32_t enrolled, char *err);


#endif /* KEYAUTH_VERIFICATION_H_INCLUDED */
