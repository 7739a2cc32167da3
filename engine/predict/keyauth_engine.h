/*
 * What one worker or one command predicts with: a verified model and the
 * scratch memory its kernels need.  Not to be shared between threads.
 */


#ifndef KEYAUTH_ENGINE_H_INCLUDED
#define KEYAUTH_ENGINE_H_INCLUDED


#include "keyauth_input.h"
#include "keyauth_model.h"


typedef struct {
    uint32_t  class;
    double    score;
} keyauth_candidate_t;


typedef struct {
    const keyauth_model_t  *model;
    void                   *scratch[KEYAUTH_MODELS];
    double                 *scores;     /* [classes], raw, the last sample's */
} keyauth_engine_t;


/* bytes of memory that keyauth_engine_init() needs */
size_t keyauth_engine_size(const keyauth_model_t *model);

/*
 * Lays the engine out in memory (64-aligned, kept by the caller), touches
 * every page and predicts the golden rows: -1 when an answer differs from the
 * one the file expects.
 */
int keyauth_engine_init(keyauth_engine_t *e, const keyauth_model_t *model,
    void *memory, char *err);

/*
 * The class of one sample; raw scores are left in e->scores.  The model is in
 * the file; what it predicts from, the sample's times or its summary, is
 * there.  What a request gets is keyauth_predict()'s (keyauth_predict.h).
 */
uint32_t keyauth_engine_predict(keyauth_engine_t *e, keyauth_model_e model,
    const keyauth_request_t *sample);

/*
 * After a prediction with model: the best n, or all classes where they are
 * fewer, in best[n], best first, the lowest class of equals first; returns
 * their number.  Scores as docs/api.md defines them (SVM: share of votes, RF:
 * mean class share, XGB: softmax of the margins, FUSION: calibrated
 * probability).
 */
uint32_t keyauth_engine_top(const keyauth_engine_t *e, keyauth_model_e model,
    keyauth_candidate_t *best, uint32_t n);

/*
 * How well n samples (1 to KEYAUTH_ATTEMPTS_MAX) fit the claim that they are
 * class's: the mean of their verification scores.  FUSION is in the file.
 */
double keyauth_engine_verify(keyauth_engine_t *e, uint32_t class,
    const keyauth_request_t *samples, uint32_t n);


#endif /* KEYAUTH_ENGINE_H_INCLUDED */
