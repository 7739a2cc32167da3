/*
 * Why a body is refused, and where in it the reason lies.  For the parser.
 */


#ifndef KEYAUTH_REFUSAL_H_INCLUDED
#define KEYAUTH_REFUSAL_H_INCLUDED


#include "keyauth_problem.h"


/* where the parser is: /3/HT/Mean, /3/Press/7 or /Attempts/2/Press/7 */
typedef struct {
    keyauth_problem_t  *problem;
    uint32_t            keys;           /* of the model's string */
    const char         *list;           /* what is indexed; NULL: the body */
    int                 index;          /* of the request; -1: no batch */
    int                 element;        /* of the member; -1: none */
    const char         *member;         /* of the request, or NULL */
    const char         *child;          /* of the member, or NULL */
} keyauth_place_t;


/* the body itself; keys: of the model's string */
void keyauth_place_init(keyauth_place_t *at, keyauth_problem_t *problem,
    uint32_t keys);

/*
 * Fills the problem; always returns -1.  The detail is one sentence; it may
 * name members and limits but never a value that was sent.
 */
int keyauth_refuse(const keyauth_place_t *at, keyauth_refusal_e why,
    const char *detail, ...) __attribute__((format(printf, 3, 4)));


#endif /* KEYAUTH_REFUSAL_H_INCLUDED */
