/*
 * From trained models to a model file's bytes, and from these to an engine
 * that predicts.
 */


#ifndef KEYAUTH_BUILD_H_INCLUDED
#define KEYAUTH_BUILD_H_INCLUDED


#include "keyauth_engine.h"
#include "model_file.h"
#include "train.h"


#define KEYAUTH_BUILD_GOLDEN  16        /* golden rows in a file */


/* an engine and all that it stands on */
typedef struct {
    keyauth_model_t   model;
    keyauth_engine_t  engine;
    void             *memory;
} keyauth_ready_t;


/* without golden rows and with an empty card: to evaluate */
int keyauth_build_plain(keyauth_image_t *image, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, char *err);

/*
 * The whole file.  Golden rows are made up, like nobody's in particular; what
 * they must be answered is what the models, read back, answer.  created is
 * in seconds since 1970.
 */
int keyauth_build(keyauth_image_t *image, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const char *card, int64_t created,
    uint64_t seed, char *err);

/* model.data is kept by the caller; r is to be freed either way */
int keyauth_ready_read(keyauth_ready_t *r, const keyauth_image_t *image,
    char *err);
int keyauth_ready_open(keyauth_ready_t *r, const char *path,
    const uint8_t *trusted, char *err);
void keyauth_ready_free(keyauth_ready_t *r);

/* one sample for the engine, from its times */
void keyauth_ready_sample(keyauth_request_t *sample, keyauth_model_e model,
    const double *press, const double *release, uint32_t keys);


#endif /* KEYAUTH_BUILD_H_INCLUDED */
