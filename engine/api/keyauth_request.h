/*
 * A request's body, parsed and checked: docs/api.md is its manual.
 *
 * Strict: the bytes must be UTF-8 and one JSON text (RFC 8259, nothing but
 * white space behind it, nesting <= 8), member names are compared with case,
 * unknown and duplicate members are refused, numbers must be finite and
 * within KEYAUTH_MS_MAX.
 */


#ifndef KEYAUTH_REQUEST_H_INCLUDED
#define KEYAUTH_REQUEST_H_INCLUDED


#include "keyauth_model.h"
#include "keyauth_problem.h"


#define KEYAUTH_BODY_MAX   16384        /* bytes; more is 413 */
#define KEYAUTH_BATCH_MAX  64           /* requests in an array */
#define KEYAUTH_TOP_MAX    100          /* candidates an answer may list */


typedef struct {
    keyauth_model_e    model;
    uint32_t           top;             /* 0: no candidates asked for */
    double             far;             /* 0: always somebody */
    unsigned           scored:1;        /* the best one's score is needed */
    unsigned           keys;            /* 0: a summary was sent */
    double             summary[KEYAUTH_SUMMARY];  /* sent, or from timings */
    double             press[KEYAUTH_KEYS_MAX];
    double             release[KEYAUTH_KEYS_MAX];
} keyauth_request_t;


/* a body's requests */
typedef struct {
    uint32_t           n;               /* 0: the body was refused */
    unsigned           array:1;         /* the body was an array */
    keyauth_request_t  request[KEYAUTH_BATCH_MAX];
} keyauth_batch_t;


typedef struct keyauth_body_s  keyauth_body_t;  /* keyauth_body.h */


/*
 * Parses a body into batch, which can then be predicted: -1 with the problem
 * filled when it is no request, or asks for what the model file lacks.
 * memory: for the JSON tree.
 */
int keyauth_request_parse(keyauth_batch_t *batch, keyauth_body_t *memory,
    const keyauth_model_t *m, const char *body, size_t len,
    keyauth_problem_t *problem);


#endif /* KEYAUTH_REQUEST_H_INCLUDED */
