/*
 * Groves: FUSION's trees, grown by cart.h and laid out as the engine walks
 * them.
 */


#ifndef KEYAUTH_TRAINER_GROVE_H_INCLUDED
#define KEYAUTH_TRAINER_GROVE_H_INCLUDED


#include "cart.h"
#include "keyauth_grove.h"
#include "model_file.h"


typedef struct {
    uint32_t                trees;
    uint32_t                max_features;
    uint64_t                seed;
    const double           *share;      /* [rows] of a row's trees, up to 1 */
} keyauth_grove_recipe_t;


typedef struct {
    keyauth_grove_head_t    head;
    uint32_t               *base;
    keyauth_grove_top_t    *tops;
    uint16_t               *exits;
    keyauth_split_t        *splits;
    size_t                  room;
} keyauth_planted_t;


/*
 * Adds trees with one random cut a feature to g, which begins as zeros; rows
 * are grouped by class, and values are those of keyauth_grove_time().  Each
 * tree draws its rows by their shares; a leaf of several classes is the most
 * frequent one's, the first of equals.
 */
int keyauth_grove_plant(keyauth_planted_t *g, const keyauth_samples_t *s,
    const keyauth_grove_recipe_t *recipe, char *err);

void keyauth_grove_view(keyauth_grove_t *view, const keyauth_planted_t *g);

/* adds the sections "trees.head" and so on */
int keyauth_grove_pack(keyauth_writer_t *w, const keyauth_planted_t *g,
    char *err);

void keyauth_grove_free(keyauth_planted_t *g);


#endif /* KEYAUTH_TRAINER_GROVE_H_INCLUDED */
