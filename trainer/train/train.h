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
    keyauth_background_t     live;      /* keyauth_train() makes none */
} keyauth_trained_t;


/* FUSION's operating points; d is what rows, all of them, were picked from */
int keyauth_train_points(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_rows_t *rows, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);

/* what LIVE needs, of all users of the data set */
void keyauth_train_live(keyauth_trained_t *t, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress);

/* progress may be NULL */
int keyauth_train(keyauth_trained_t *t, const keyauth_rows_t *rows,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err);
void keyauth_trained_free(keyauth_trained_t *t);

/* the kind's structure, of zeros, for keyauth_trained_free() */
void *keyauth_trained_new(keyauth_trained_t *t, keyauth_model_e model);


#endif /* KEYAUTH_TRAIN_H_INCLUDED */
