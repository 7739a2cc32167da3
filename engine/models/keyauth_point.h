/*
 * Operating points: thresholds and error rates by FAR.
 */


#ifndef KEYAUTH_POINT_H_INCLUDED
#define KEYAUTH_POINT_H_INCLUDED


#include "keyauth_file.h"


/* 0: n >= 2 points are in their order, over the whole range of FAR */
int keyauth_point_check(const keyauth_point_t *p, size_t n);

/*
 * The operating point for a FAR between KEYAUTH_FAR_MIN and KEYAUTH_FAR_MAX:
 * threshold and FRR between those of the neighbouring points, on the FAR's
 * logarithm.
 */
keyauth_point_t keyauth_point_at(const keyauth_point_t *points, uint32_t n,
    double far);


#endif /* KEYAUTH_POINT_H_INCLUDED */
