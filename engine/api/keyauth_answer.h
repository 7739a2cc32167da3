/*
 * Answers and problems, written as JSON into the caller's buffer.
 *
 * The whole of a request, in this order:
 *
 *     if (keyauth_answer_parse(e, body, len, &problem) != 0)
 *         n = keyauth_problem_write(&problem, buf);
 *     else {
 *         buf = allocate(keyauth_answer_size(e));
 *         n = keyauth_answer_write(e, buf, &first);
 *     }
 */


#ifndef KEYAUTH_ANSWER_H_INCLUDED
#define KEYAUTH_ANSWER_H_INCLUDED


#include "keyauth_engine.h"


#define KEYAUTH_PROBLEM_MAX   2048      /* bytes a written problem may take */
#define KEYAUTH_PROBLEM_TYPE  "application/problem+json"


/* parses a body into e->requests; -1 with the problem filled */
int keyauth_answer_parse(keyauth_engine_t *e, const char *body, size_t len,
    keyauth_problem_t *problem);

/* bytes that answering e->requests may take */
size_t keyauth_answer_size(const keyauth_engine_t *e);

/*
 * Predicts every request and writes the answer; returns its length.  *last is
 * the class answered to the last request (for logs), KEYAUTH_NOBODY (see
 * keyauth_user.h) if that was null.
 */
size_t keyauth_answer_write(keyauth_engine_t *e, char *buf, uint32_t *last);

/* a class's UserID as JSON has it: 42 or "zoe"; returns the end */
char *keyauth_answer_label(const keyauth_model_t *m, uint32_t class, char *p);

/* bytes that a class's UserID may take */
size_t keyauth_answer_label_size(const keyauth_model_t *m);

/* buf: KEYAUTH_PROBLEM_MAX bytes; returns the length */
size_t keyauth_problem_write(const keyauth_problem_t *problem, char *buf);

/* fills a problem from its parts; title and code are static strings */
void keyauth_problem_set(keyauth_problem_t *problem, int status,
    const char *code, const char *title, const char *pointer,
    const char *format, ...) __attribute__((format(printf, 6, 7)));


#endif /* KEYAUTH_ANSWER_H_INCLUDED */
