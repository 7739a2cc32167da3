/*
 * LIVE's part of a model file: the background, the weights of comparisons and
 * the operating points, from people who typed.
 */


#ifndef KEYAUTH_TRAIN_LIVE_H_INCLUDED
#define KEYAUTH_TRAIN_LIVE_H_INCLUDED


#include "dataset.h"
#include "keyauth_model.h"
#include "model_file.h"
#include "statistics.h"


#define KEYAUTH_LIVE_PEOPLE  8          /* with three rows, at least */
#define KEYAUTH_LIVE_POINTS  20


/*
 * Somebody's rows in the order in which they were typed, as templates have
 * their steps.  Who typed the same string is in one group: only they can be
 * taken for each other.
 */
typedef struct {
    uint32_t         keys;
    uint32_t         rows;
    uint32_t         group;
    const uint16_t  *steps;             /* [rows][2 keys - 1] */
} keyauth_typist_t;


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


/* a data set's users; free() what is returned, and *steps */
keyauth_typist_t *keyauth_typists(const keyauth_dataset_t *d,
    uint16_t **steps);

/*
 * Everything that LIVE needs.  Points are of trials: two shuffles of the
 * people are halved, each half is verified with what the other half gave, by
 * templates of their first rows, or of the first keys of these.  With too
 * few people there is nothing: view.head.people is 0.
 */
void keyauth_background(keyauth_background_t *b, const keyauth_typist_t *who,
    uint32_t n, uint64_t seed);

/*
 * Background and weights alone, as for a trial; there are two people of one
 * group with three rows, at least.
 */
void keyauth_background_fit(keyauth_background_t *b,
    const keyauth_typist_t *who, uint32_t n, uint64_t seed);

void keyauth_background_free(keyauth_background_t *b);

/* sections "live.*", or none */
int keyauth_background_pack(keyauth_writer_t *w,
    const keyauth_background_t *b, char *err);

/* a model file as it was, with these sections in place of its own; unsigned */
int keyauth_background_replace(keyauth_image_t *image,
    const keyauth_model_t *m, const keyauth_background_t *b, char *err);

/* a template of the first rows; at most KEYAUTH_LIVE_ROWS_MAX from `first` */
void keyauth_typist_template(const keyauth_typist_t *who, uint32_t first,
    uint32_t rows, keyauth_live_template_t *t);

/* one row, ready to be compared */
void keyauth_typist_sample(const keyauth_live_t *live,
    const keyauth_typist_t *who, uint32_t row, keyauth_live_sample_t *s);


#endif /* KEYAUTH_TRAIN_LIVE_H_INCLUDED */
