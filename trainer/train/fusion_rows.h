/*
 * Which rows FUSION learns of users who have many.
 */


#ifndef KEYAUTH_FUSION_ROWS_H_INCLUDED
#define KEYAUTH_FUSION_ROWS_H_INCLUDED


#include "fused.h"


#define KEYAUTH_FUSION_ROWS     16      /* of a user, in a tree, in densities */
#define KEYAUTH_FUSION_RECENCY  3.0     /* octaves from oldest to newest */


/* how likely each of e's rows is to be drawn for a tree: [rows] */
void keyauth_fusion_shares(double *share, const keyauth_enrolment_t *e);

/* the rows that have densities; raw and class are to be freed */
void keyauth_fusion_thin(keyauth_enrolment_t *thin,
    const keyauth_enrolment_t *e, const double *share);


#endif /* KEYAUTH_FUSION_ROWS_H_INCLUDED */
