/*
 * How each kind of model is trained, written into a model file and described
 * in its card: one descriptor a kind, beside the engine's (keyauth_kinds.h).
 */


#ifndef KEYAUTH_TRAINING_H_INCLUDED
#define KEYAUTH_TRAINING_H_INCLUDED


#include <cjson/cJSON.h>

#include "keyauth_kinds.h"
#include "model_file.h"
#include "rows.h"
#include "util.h"


typedef struct {
    size_t       size;          /* of what is trained; zeroed at first */
    unsigned     order;         /* of those that are trained at once, the one
                                   with the lowest, the slowest, is first */

    /* progress may be NULL.  -1: err says why; then it is freed, too */
    int        (*train)(void *trained, const keyauth_rows_t *rows,
                   const keyauth_recipe_t *recipe,
                   keyauth_progress_t *progress, char *err);

    /* adds the model's sections */
    int        (*pack)(keyauth_writer_t *w, const void *trained,
                   uint32_t classes, char *err);

    /* adds members to the model's object in the card */
    void       (*card)(cJSON *model, const void *trained,
                   const keyauth_recipe_t *recipe);

    /*
     * The model in a format of its library, written as `file` beside the model
     * file; to be freed.  NULL: there is none.
     */
    const char  *file;
    char      *(*text)(const void *trained, char *const *labels, size_t *len);

    /* what it points to */
    void       (*free)(void *trained);
} keyauth_training_t;


#define KEYAUTH_KIND(NAME, name)                                              \
    extern const keyauth_training_t  keyauth_training_##name;

KEYAUTH_KINDS(KEYAUTH_KIND)

#undef KEYAUTH_KIND


/* by keyauth_model_e */
extern const keyauth_training_t *const  keyauth_trainings[KEYAUTH_MODELS];


/*
 * Those of models, bits 1 << KEYAUTH_SVM and so on, the slowest first, so that
 * no thread ends with it alone; how many there are
 */
uint32_t keyauth_training_turns(keyauth_model_e turn[KEYAUTH_MODELS],
    unsigned models);


#endif /* KEYAUTH_TRAINING_H_INCLUDED */
