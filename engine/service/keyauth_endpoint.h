/*
 * Endpoints: what a server's locations answer.
 */


#ifndef KEYAUTH_ENDPOINT_H_INCLUDED
#define KEYAUTH_ENDPOINT_H_INCLUDED


#include "keyauth_kinds.h"


typedef enum {
    KEYAUTH_ENDPOINT_OTHER = 0,         /* none of ours */
    KEYAUTH_ENDPOINT_PREDICT,
    KEYAUTH_ENDPOINT_VERIFY,
    KEYAUTH_ENDPOINT_ENROL,
    KEYAUTH_ENDPOINT_CARD,
    KEYAUTH_ENDPOINT_HEALTH,
    KEYAUTH_ENDPOINT_METRICS,
    KEYAUTH_ENDPOINTS
} keyauth_endpoint_e;


typedef struct {
    const char  *name;                  /* of the directive, and in metrics */
    unsigned     models;                /* that may answer: bits of
                                           keyauth_model_e */
} keyauth_endpoint_t;


extern const keyauth_endpoint_t  keyauth_endpoints[KEYAUTH_ENDPOINTS];


#endif /* KEYAUTH_ENDPOINT_H_INCLUDED */
