/*
 * What is predicted from: requests and claims, parsed and checked
 * (engine/api/).
 */


#ifndef KEYAUTH_INPUT_H_INCLUDED
#define KEYAUTH_INPUT_H_INCLUDED


#include "keyauth_file.h"
#include "keyauth_kinds.h"


#define KEYAUTH_BATCH_MAX  64           /* requests in an array */
#define KEYAUTH_TOP_MAX    100          /* candidates an answer may list */


typedef struct {
    keyauth_model_e    model;           /* or KEYAUTH_LIVE */
    unsigned           live:1;
    uint32_t           top;             /* 0: no candidates asked for */
    double             far;             /* 0: always somebody */
    unsigned           scored:1;        /* the best one's score is needed */
    unsigned           keys;            /* 0: a summary was sent */
    double             summary[KEYAUTH_SUMMARY];  /* sent, or from timings;
                                           of claims: not there */
    double             press[KEYAUTH_KEYS_MAX];
    double             release[KEYAUTH_KEYS_MAX];
    char               phrase[KEYAUTH_PHRASE_MAX + 1];  /* of LIVE */
} keyauth_request_t;


/* a body's requests */
typedef struct {
    uint32_t           n;               /* 0: the body was refused */
    unsigned           array:1;         /* the body was an array */
    unsigned           live:1;          /* all are for LIVE, and one phrase:
                                           keyauth_crowd.h */
    keyauth_request_t  request[KEYAUTH_BATCH_MAX];
} keyauth_batch_t;


typedef struct {
    uint32_t           class;           /* who is claimed; of a model alone */
    char               user[KEYAUTH_LABEL_MAX + 1];     /* as it was sent */
    char               phrase[KEYAUTH_PHRASE_MAX + 1];  /* "": none */
    double             far;
    uint32_t           attempts;        /* samples; 0: the body was refused */
    keyauth_request_t  sample[KEYAUTH_ATTEMPTS_MAX];    /* timings alone */
} keyauth_claim_t;


#endif /* KEYAUTH_INPUT_H_INCLUDED */
