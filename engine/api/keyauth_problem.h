/*
 * Problems: errors as RFC 9457 has them, written as JSON.
 */


#ifndef KEYAUTH_PROBLEM_H_INCLUDED
#define KEYAUTH_PROBLEM_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_PROBLEM_MAX   2048      /* bytes a written problem may take */
#define KEYAUTH_PROBLEM_TYPE  "application/problem+json"


/* why a body is refused, in the order of docs/api.md */
typedef enum {
    KEYAUTH_NOT_JSON = 0,
    KEYAUTH_TOO_LARGE,
    KEYAUTH_TOO_COMPLEX,
    KEYAUTH_BATCH_SIZE,
    KEYAUTH_WRONG_TYPE,
    KEYAUTH_UNKNOWN_MEMBER,
    KEYAUTH_DUPLICATE_MEMBER,
    KEYAUTH_MISSING_MEMBER,
    KEYAUTH_UNKNOWN_MODEL,
    KEYAUTH_NEEDS_TIMINGS,
    KEYAUTH_NEEDS_FUSION,
    KEYAUTH_OUT_OF_RANGE,
    KEYAUTH_NO_FORM,
    KEYAUTH_BOTH_FORMS,
    KEYAUTH_WRONG_LENGTH,
    KEYAUTH_BAD_USER,
    KEYAUTH_ORDER,
    KEYAUTH_NO_THRESHOLDS,
    KEYAUTH_UNKNOWN_USER,
    KEYAUTH_NO_REFUSAL                  /* the body is not the reason */
} keyauth_refusal_e;


/* the strings never hold a feature value */
typedef struct {
    keyauth_refusal_e   refusal;
    int                 status;         /* HTTP */
    const char         *code;           /* "missing-member": part of `type` */
    const char         *title;
    char                detail[192];
    char                pointer[256];   /* RFC 6901; "" : none */
} keyauth_problem_t;


/* fills a problem from its parts; title and code are static strings */
void keyauth_problem_set(keyauth_problem_t *problem, int status,
    const char *code, const char *title, const char *pointer,
    const char *format, ...) __attribute__((format(printf, 6, 7)));

/* buf: KEYAUTH_PROBLEM_MAX bytes; returns the length */
size_t keyauth_problem_write(const keyauth_problem_t *problem, char *buf);


#endif /* KEYAUTH_PROBLEM_H_INCLUDED */
