/*
 * Claims: is it who they say?  docs/api.md is the manual of their bodies.
 *
 * The whole of a request, in this order:
 *
 *     if (keyauth_verify_parse(e, &claim, &limits, body, len, &problem) != 0)
 *         n = keyauth_problem_write(&problem, buf);
 *     else {
 *         keyauth_verify_decide(e, &claim);
 *         buf = allocate(keyauth_verify_size(e));
 *         n = keyauth_verify_write(e, &claim, buf);
 *     }
 */


#ifndef KEYAUTH_VERIFY_H_INCLUDED
#define KEYAUTH_VERIFY_H_INCLUDED


#include "keyauth_answer.h"


#define KEYAUTH_FAR_DEFAULT  0.01


typedef struct {
    double           far;               /* of a claim that names none */
    double           far_max;           /* of one that does */
} keyauth_verify_limits_t;


typedef struct {
    uint32_t         class;             /* whom the claim names */
    uint32_t         attempts;          /* samples in e->requests */
    double           far;
    double           score;             /* filled by keyauth_verify_decide() */
    keyauth_point_t  point;
    int              accepted;
    const char      *reason;            /* why not, where it is not the score */
} keyauth_claim_t;


/*
 * Reads a claim; its samples go to e->requests.  -1 with the problem filled,
 * also where the model file has not what claims need.
 */
int keyauth_verify_parse(keyauth_engine_t *e, keyauth_claim_t *claim,
    const keyauth_verify_limits_t *limits, const char *body, size_t len,
    keyauth_problem_t *problem);

/* the score, and whether it passes the threshold of the claim's FAR */
void keyauth_verify_decide(keyauth_engine_t *e, keyauth_claim_t *claim);

/* not accepted after all; reason: a static string, part of the answer */
void keyauth_verify_reject(keyauth_claim_t *claim, const char *reason);

/* bytes that the answer may take */
size_t keyauth_verify_size(const keyauth_engine_t *e);

/* writes the answer; returns its length */
size_t keyauth_verify_write(keyauth_engine_t *e,
    const keyauth_claim_t *claim, char *buf);


#endif /* KEYAUTH_VERIFY_H_INCLUDED */
