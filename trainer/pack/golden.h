/*
 * Golden rows: made up, like nobody's in particular.
 */


#ifndef KEYAUTH_GOLDEN_H_INCLUDED
#define KEYAUTH_GOLDEN_H_INCLUDED


#include "dataset.h"


/* rows of press[keys], release[keys]; to be freed */
double *keyauth_golden(const keyauth_dataset_t *d, uint32_t rows,
    uint64_t seed);


#endif /* KEYAUTH_GOLDEN_H_INCLUDED */
