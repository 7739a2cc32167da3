/*
 * Predicting: from a parsed body to plain results, which the caller owns.
 *
 * The whole of a request, in this order (claims have the same three steps):
 *
 *     if (keyauth_request_parse(batch, memory, m, body, len, &problem) != 0)
 *         n = keyauth_problem_write(&problem, buf);
 *     else {
 *         keyauth_predict(e, batch, results);
 *         buf = allocate(keyauth_answer_size(m, results));
 *         n = keyauth_answer_write(m, results, buf);
 *     }
 *
 * Nothing of a request is left in the engine.
 */


#ifndef KEYAUTH_PREDICT_H_INCLUDED
#define KEYAUTH_PREDICT_H_INCLUDED


#include "keyauth_engine.h"


/* of one request */
typedef struct {
    keyauth_model_e             model;
    uint32_t                    best;   /* the class with the highest score */
    uint32_t                    class;  /* best, or KEYAUTH_NOBODY: its score
                                           is below the FAR's threshold */
    unsigned                    warnings;   /* bits, keyauth_warnings.h */
    double                      step;   /* of a coarse clock, ms; else 0 */
    uint32_t                    top;    /* candidates; 0: none asked for */
    const keyauth_candidate_t  *candidate;  /* [top], best first */
    double                      score;  /* of best; -1: neither scored nor
                                           candidates were asked for */
    uint64_t                    nsec;   /* to predict it, and it alone */
} keyauth_result_t;


/* of a batch */
typedef struct {
    uint32_t             n;
    unsigned             array:1;       /* the body was an array */
    keyauth_result_t     result[KEYAUTH_BATCH_MAX];
    keyauth_candidate_t  candidate[KEYAUTH_BATCH_MAX * KEYAUTH_TOP_MAX];
} keyauth_results_t;


/* of a claim */
typedef struct {
    uint32_t             class;         /* who is claimed */
    uint32_t             attempts;      /* samples that support it */
    double               far;
    double               score;
    keyauth_point_t      point;         /* threshold and FRR at this FAR */
    unsigned             accepted:1;
    unsigned             live:1;        /* by a template */
    const char          *reason;        /* not accepted for another reason
                                           than the score; else NULL */
    unsigned             warnings;      /* of any of its samples */
    double               step;          /* of their coarsest clock, ms, or 0 */
    uint64_t             nsec;          /* to score all samples */
    const char          *user;          /* as sent; NULL: class's */
    const char          *method;        /* part of the answer; or NULL */
} keyauth_verdict_t;


/* predicts each request of a batch that keyauth_request_parse() has filled */
void keyauth_predict(keyauth_engine_t *e, const keyauth_batch_t *batch,
    keyauth_results_t *results);

/* scores a claim, and decides whether it passes the threshold of its FAR */
void keyauth_verify(keyauth_engine_t *e, const keyauth_claim_t *claim,
    keyauth_verdict_t *verdict);

/*
 * The same by a template, which has rows and as many keys as the claim's
 * samples; the verdict's user is the claim's.
 */
void keyauth_verify_live(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_claim_t *claim,
    keyauth_verdict_t *verdict);

/* not accepted after all; reason: a static string, part of the answer */
void keyauth_verdict_reject(keyauth_verdict_t *verdict, const char *reason);


#endif /* KEYAUTH_PREDICT_H_INCLUDED */
