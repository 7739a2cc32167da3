/*
 * Answers, written as JSON into the caller's buffer from plain results.
 */


#ifndef KEYAUTH_ANSWER_H_INCLUDED
#define KEYAUTH_ANSWER_H_INCLUDED


#include "keyauth_predict.h"


#define KEYAUTH_WARNINGS_MAX  160       /* bytes of a list of warnings */


/* bytes that the answer to a batch may take */
size_t keyauth_answer_size(const keyauth_model_t *m,
    const keyauth_results_t *results);

/* writes it; returns its length */
size_t keyauth_answer_write(const keyauth_model_t *m,
    const keyauth_results_t *results, char *buf);

/* the same of a claim's */
size_t keyauth_answer_verdict_size(const keyauth_model_t *m);
size_t keyauth_answer_verdict_write(const keyauth_model_t *m,
    const keyauth_verdict_t *verdict, char *buf);

/* a class's UserID as JSON has it: 42 or "zoe"; returns the end */
char *keyauth_answer_label(const keyauth_model_t *m, uint32_t class, char *p);

/* the same of its spelling */
char *keyauth_answer_user(const char *user, size_t len, char *p);

/*
 * ,"Warnings":["short","coarse-clock"],"ClockStep":100, or nothing where there
 * are none; returns the end
 */
char *keyauth_answer_warnings(char *p, unsigned warnings, double step);


#endif /* KEYAUTH_ANSWER_H_INCLUDED */
