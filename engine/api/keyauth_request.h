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


#include "keyauth.h"


#define KEYAUTH_BODY_MAX   16384        /* bytes; more is 413 */
#define KEYAUTH_BATCH_MAX  64           /* requests in an array */
#define KEYAUTH_TOP_MAX    100          /* candidates an answer may list */


typedef struct {
    keyauth_model_e  model;
    uint32_t         top;               /* 0: no candidates asked for */
    double           far;               /* 0: always somebody */
    unsigned         keys;              /* 0: a summary was sent */
    double           summary[KEYAUTH_SUMMARY];  /* sent, or from timings */
    double           press[KEYAUTH_KEYS_MAX];
    double           release[KEYAUTH_KEYS_MAX];
} keyauth_request_t;


/* one error, as RFC 9457 has it; the strings never hold a feature value */
typedef struct {
    int          status;                /* HTTP */
    const char  *code;                  /* "missing-member": part of `type` */
    const char  *title;
    char         detail[192];
    char         pointer[256];          /* RFC 6901; "" : none */
} keyauth_problem_t;


typedef struct keyauth_body_s  keyauth_body_t;  /* keyauth_body.h */


/*
 * Parses a body into requests[KEYAUTH_BATCH_MAX].  keys is the number of keys
 * of the model's string.  Returns the number of requests (1 for an object,
 * any for an array, then *batch is 1), or -1 with the problem filled.
 */
int keyauth_request_parse(keyauth_body_t *memory,
    keyauth_request_t *requests, int *batch, const char *body, size_t len,
    uint32_t keys, keyauth_problem_t *problem);


#endif /* KEYAUTH_REQUEST_H_INCLUDED */
