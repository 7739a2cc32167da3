/*
 * Operating points: what a false-accept rate costs, measured by trials.
 */


#ifndef KEYAUTH_OPERATING_POINTS_H_INCLUDED
#define KEYAUTH_OPERATING_POINTS_H_INCLUDED


#include "keyauth_file.h"
#include "open_set.h"


#define KEYAUTH_POINTS         20
#define KEYAUTH_POINTS_USERS   8        /* with three rows, at least */


typedef struct {
    uint32_t         points;            /* 0: there is too little data */
    keyauth_point_t  verify[KEYAUTH_ATTEMPTS_MAX][KEYAUTH_POINTS];
    keyauth_point_t  unknown[KEYAUTH_POINTS];

    /*
     * FRR was measured for so many attempts.  For more, where users have too
     * few rows, it is that of so many: an upper bound.
     */
    uint32_t         attempts;
    double           floor;             /* mean of the trials' */
    double           eer;               /* of one attempt */
} keyauth_operating_points_t;


/*
 * Two shuffles of the users are halved; each half is enrolled with the first
 * three quarters of its rows, and the other half are strangers.  powers are
 * the temperatures of the model whose points they are.
 */
int keyauth_operating_points(keyauth_operating_points_t *p,
    const keyauth_dataset_t *d, const double *raw,
    const keyauth_fusion_recipe_t *recipe, const keyauth_fusion_head_t *powers,
    char *err);

/* sections "verify.points" and "unknown.points", or none */
int keyauth_operating_points_pack(keyauth_writer_t *w,
    const keyauth_operating_points_t *p, char *err);


#endif /* KEYAUTH_OPERATING_POINTS_H_INCLUDED */
