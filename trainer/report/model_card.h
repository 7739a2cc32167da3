/*
 * The model card: what a model file says of itself, as JSON.
 */


#ifndef KEYAUTH_MODEL_CARD_H_INCLUDED
#define KEYAUTH_MODEL_CARD_H_INCLUDED


#include "report.h"


/* where a model comes from that was trained elsewhere */
typedef struct {
    char              kind[96];         /* in words; empty: no such model */
    uint8_t           digest[32];       /* SHA-256 of its file */
} keyauth_origin_t;


/*
 * The data set, the recipe, the libraries and, where r is not NULL, the
 * accuracy, as JSON; to be freed.  created is seconds since 1970.
 */
char *keyauth_model_card(const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const keyauth_recipe_t *recipe,
    const keyauth_report_t *r, int64_t created);

/* the same of models from elsewhere; origins: [KEYAUTH_MODELS] */
char *keyauth_model_card_imported(const keyauth_dataset_t *d,
    const keyauth_origin_t *origins, int64_t created);


#endif /* KEYAUTH_MODEL_CARD_H_INCLUDED */
