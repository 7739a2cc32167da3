/*
 * Claims ("I am 42"): their bodies parsed and checked; docs/api.md is their
 * manual.
 */


#ifndef KEYAUTH_CLAIM_H_INCLUDED
#define KEYAUTH_CLAIM_H_INCLUDED


#include "keyauth_body.h"
#include "keyauth_input.h"
#include "keyauth_model.h"


#define KEYAUTH_FAR_DEFAULT  0.01


typedef struct {
    double             far;             /* of a claim that names none */
    double             far_max;         /* of one that does */
    unsigned           live:1;          /* a store may have who is claimed */
} keyauth_claim_limits_t;


/*
 * Parses a body into claim; -1 with the problem filled, also where the model
 * file lacks what claims need.  memory: for the JSON tree.
 */
int keyauth_claim_parse(keyauth_claim_t *claim, keyauth_body_t *memory,
    const keyauth_model_t *m, const keyauth_claim_limits_t *limits,
    const char *body, size_t len, keyauth_problem_t *problem);

/*
 * With limits->live, a claim that the store has nobody for: fills its class,
 * or -1 with the problem filled where the model file cannot verify it either.
 */
int keyauth_claim_trained(keyauth_claim_t *claim, const keyauth_model_t *m,
    keyauth_problem_t *problem);


#endif /* KEYAUTH_CLAIM_H_INCLUDED */
