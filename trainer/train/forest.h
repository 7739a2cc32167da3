/*
 * Forests: trees grown by cart.h, laid out as the engine walks them.
 */


#ifndef KEYAUTH_TRAINER_FOREST_H_INCLUDED
#define KEYAUTH_TRAINER_FOREST_H_INCLUDED


#include "cart.h"
#include "keyauth_forest.h"
#include "model_file.h"


typedef struct {
    uint32_t                trees;
    uint32_t                max_features;
    uint64_t                seed;
    unsigned                bootstrap:1;
} keyauth_forest_recipe_t;


typedef struct {
    keyauth_forest_head_t   head;
    uint32_t               *base;
    keyauth_node_t         *nodes;
    uint32_t               *mixed;
    keyauth_share_t        *shares;
    uint32_t                nodes_room;
    uint32_t                mixed_room;
    uint32_t                shares_room;
} keyauth_grown_t;


/*
 * progress may be NULL.  -1: more leaves than a node has bits for.  g is to
 * be freed either way.
 */
int keyauth_forest_grow(keyauth_grown_t *g, const keyauth_samples_t *s,
    const keyauth_forest_recipe_t *recipe, keyauth_progress_t *progress,
    char *err);

void keyauth_forest_view(keyauth_forest_t *f, const keyauth_grown_t *g);

/* adds the sections "PREFIX.head" and so on */
int keyauth_forest_pack(keyauth_writer_t *w, const char *prefix,
    const keyauth_grown_t *g, char *err);

/* docs/models.md describes the format; to be freed */
char *keyauth_forest_json(const keyauth_grown_t *g,
    const keyauth_forest_recipe_t *recipe, char *const *labels, size_t *len);

void keyauth_forest_free(keyauth_grown_t *g);


#endif /* KEYAUTH_TRAINER_FOREST_H_INCLUDED */
