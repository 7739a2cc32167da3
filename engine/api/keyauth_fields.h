/*
 * The values of a request's members.  For the parser.
 */


#ifndef KEYAUTH_FIELDS_H_INCLUDED
#define KEYAUTH_FIELDS_H_INCLUDED


#include "keyauth_body.h"
#include "keyauth_input.h"


/* members seen so far are bits */
#define KEYAUTH_SEEN(member)  (1u << (member))


/* index of a name in names[n]; -1: none */
int keyauth_fields_lookup(const char *name, const char *const *names, int n);

/*
 * These check one value and convert it; at->member is its name.  Return 0, or
 * -1 with the problem filled.
 */
int keyauth_fields_model(keyauth_place_t *at, const keyauth_value_t *item,
    keyauth_model_e *model);
int keyauth_fields_top(keyauth_place_t *at, const keyauth_value_t *item,
    uint32_t *top);

/* from KEYAUTH_FAR_MIN to max */
int keyauth_fields_far(keyauth_place_t *at, const keyauth_value_t *item,
    double max, double *far);

/* {"Mean":..,"STD":..} into moments[2] */
int keyauth_fields_interval(keyauth_place_t *at, const keyauth_value_t *object,
    double *moments);

/* the name of a phrase */
int keyauth_fields_phrase(keyauth_place_t *at, const keyauth_value_t *item,
    char phrase[KEYAUTH_PHRASE_MAX + 1]);

/* an array into times[at->keys]; the first sets at->keys where that is 0 */
int keyauth_fields_times(keyauth_place_t *at, const keyauth_value_t *array,
    double *times);

/*
 * Both arrays have been read: checks their order, takes them from the first
 * press on.  at->list and at->index say where the sample is.
 */
int keyauth_fields_sample(keyauth_place_t *at, keyauth_request_t *request);


#endif /* KEYAUTH_FIELDS_H_INCLUDED */
