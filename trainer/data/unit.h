/*
 * The unit of times, judged by how long people hold keys.
 */


#ifndef KEYAUTH_UNIT_H_INCLUDED
#define KEYAUTH_UNIT_H_INCLUDED


#include "timings.h"


/* ms that one of the unit is: of "s", "ms", "us" or "ns"; 0: it is none */
double keyauth_unit_named(const char *name);

const char *keyauth_unit_name(double unit);

/*
 * The median of how long keys are held, or where half are not held at all, of
 * the time from one press to the next; held: which of the two it is
 */
double keyauth_unit_median(const keyauth_timings_t *t, int *held);

/* the unit in which such a median is a person's */
double keyauth_unit_guess(double median);

/* 1: a median in ms is a person's */
int keyauth_unit_is_plausible(double median, int held);


#endif /* KEYAUTH_UNIT_H_INCLUDED */
