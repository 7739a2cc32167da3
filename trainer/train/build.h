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


struct keyauth_figures_s;


/* an engine and all that it stands on */
typedef struct {
    keyauth_model_t   model;
    keyauth_engine_t  engine;
    void             *memory;
} keyauth_ready_t;


/* where a model comes from that was trained elsewhere */
typedef struct {
    char              kind[96];         /* in words; empty: no such model */
    uint8_t           digest[32];       /* SHA-256 of its file */
} keyauth_origin_t;


/* without golden rows and with an empty card: to evaluate */
int keyauth_build_plain(keyauth_image_t *image, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, char *err);

/*
 * The whole file.  Golden rows are made up, like nobody's in particular; what
 * they must be answered is what the models, read back, answer.
 */
int keyauth_build(keyauth_image_t *image, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const char *card, uint64_t seed, char *err);

/*
 * The data set, the recipe, the libraries and, where f is not NULL, the
 * accuracy, as JSON; to be freed.  created is seconds since 1970.
 */
char *keyauth_build_card(const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const keyauth_recipe_t *recipe,
    const struct keyauth_figures_s *f, int64_t created);

/* the same of models from elsewhere; origins: [KEYAUTH_MODELS] */
char *keyauth_build_card_imported(const keyauth_dataset_t *d,
    const keyauth_origin_t *origins, int64_t created);

/* rows of press[keys], release[keys] */
double *keyauth_build_golden(const keyauth_dataset_t *d, uint32_t rows,
    uint64_t seed);

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
