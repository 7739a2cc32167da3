/*
 * LIVE's part of a model file: the background, the weights of comparisons
 * and the operating points.
 */


#ifndef KEYAUTH_BACKGROUND_H_INCLUDED
#define KEYAUTH_BACKGROUND_H_INCLUDED


#include "keyauth_model.h"
#include "model_file.h"


/* the view's arrays are its own */
typedef struct {
    keyauth_live_t     view;            /* head.people 0: too few people */
    float             *density;
    uint32_t           rows[KEYAUTH_LIVE_ROWS_MAX];
    uint32_t           keys[KEYAUTH_KEYS_MAX];
    keyauth_point_t   *points;
    double            *floors;
    double             eer;             /* at the most rows and keys */
} keyauth_background_t;


void keyauth_background_free(keyauth_background_t *b);

/* sections "live.*", or none */
int keyauth_background_pack(keyauth_writer_t *w,
    const keyauth_background_t *b, char *err);

/* a model file as it was, with these sections in place of its own; unsigned */
int keyauth_background_replace(keyauth_image_t *image,
    const keyauth_model_t *m, const keyauth_background_t *b, char *err);


#endif /* KEYAUTH_BACKGROUND_H_INCLUDED */
