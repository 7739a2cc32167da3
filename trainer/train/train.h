/*
 * Training the models, and what comes of it.
 */


#ifndef KEYAUTH_TRAIN_H_INCLUDED
#define KEYAUTH_TRAIN_H_INCLUDED


#include "background.h"
#include "trained.h"
#include "training.h"


typedef struct {
    void                    *of[KEYAUTH_MODELS];    /* NULL: left out */
    keyauth_background_t     live;      /* of keyauth_train_all() alone */
} keyauth_trained_t;


/* the models alone, beside each other */
int keyauth_train(keyauth_trained_t *t, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, char *err);

/* with operating points and what LIVE needs; rows are all of the data set */
int keyauth_train_all(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);

void keyauth_trained_free(keyauth_trained_t *t);

/* the kind's structure, of zeros, for keyauth_trained_free() */
void *keyauth_trained_new(keyauth_trained_t *t, keyauth_model_e model);


#endif /* KEYAUTH_TRAIN_H_INCLUDED */
