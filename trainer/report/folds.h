/*
 * Which rows are trained on, and which are tested.
 */


#ifndef KEYAUTH_FOLDS_H_INCLUDED
#define KEYAUTH_FOLDS_H_INCLUDED


#include "dataset.h"


/*
 * Folds are of repetitions, or of sessions where the data have such.  Copies
 * of a row are in its fold.  A user who would have nothing left to train on is
 * not tested.
 */
uint32_t keyauth_folds(const keyauth_dataset_t *d, uint32_t most);

/* a row's fold, of so many */
uint32_t keyauth_fold(const keyauth_dataset_t *d, uint32_t row,
    uint32_t folds);

/* keep: [rows] 0: tested in fold k; 1: trained on */
void keyauth_fold_keep(uint8_t *keep, const keyauth_dataset_t *d, uint32_t k,
    uint32_t folds);

/*
 * 1: of each user's first three quarters, of sessions where there are several,
 * else of rows; at least one
 */
void keyauth_fold_keep_first(uint8_t *keep, const keyauth_dataset_t *d);


#endif /* KEYAUTH_FOLDS_H_INCLUDED */
