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


#include "keyauth_body.h"
#include "keyauth_input.h"
#include "keyauth_model.h"


/*
 * Parses a body into batch, which can then be predicted: -1 with the problem
 * filled when it is no request, or asks for what the model file lacks.
 * memory: for the JSON tree.
 */
int keyauth_request_parse(keyauth_batch_t *batch, keyauth_body_t *memory,
    const keyauth_model_t *m, const char *body, size_t len,
    keyauth_problem_t *problem);


#endif /* KEYAUTH_REQUEST_H_INCLUDED */
