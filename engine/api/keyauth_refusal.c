/*
 * Why a body is refused, and where in it the reason lies.
 */


#include <stdarg.h>
#include <stdio.h>

#include "keyauth_json.h"
#include "keyauth_refusal.h"


/* one byte more than a problem holds, so that it sees what was cut */
#define KEYAUTH_POINTER_SIZE  (sizeof(((keyauth_problem_t *) 0)->pointer) + 1)


typedef struct {
    int          status;
    const char  *code;
    const char  *title;
} keyauth_refusal_t;


static void keyauth_refusal_pointer(const keyauth_place_t *at, char *pointer);
static char *keyauth_refusal_token(char *p, const char *last,
    const char *token);
static char *keyauth_refusal_index(char *p, const char *last, int index);


static const keyauth_refusal_t  keyauth_refusals[KEYAUTH_NO_REFUSAL] = {
    { 400, "not-json", "The body is not JSON" },
    { 413, "too-large", "The body is too large" },
    { 422, "too-complex", "The body is beyond the limits for JSON" },
    { 422, "batch-size", "The batch has too few or too many requests" },
    { 422, "wrong-type", "A value is of the wrong type" },
    { 422, "unknown-member", "A member is unknown" },
    { 422, "duplicate-member", "A member is given twice" },
    { 422, "missing-member", "A member is missing" },
    { 422, "unknown-model", "The model is unknown" },
    { 422, "needs-timings", "The model needs the timings" },
    { 422, "needs-fusion", "The model cannot reject strangers" },
    { 422, "out-of-range", "A number is out of range" },
    { 422, "no-form", "The request holds no features" },
    { 422, "both-forms", "The request holds both forms of features" },
    { 422, "wrong-length", "An array has the wrong length" },
    { 422, "bad-user", "The UserID is invalid" },
    { 422, "order", "The times are out of order" },
    { 422, "no-thresholds", "The model file has no thresholds" },
    { 404, "unknown-user", "The user is unknown" }
};


void
keyauth_place_init(keyauth_place_t *at, keyauth_problem_t *problem,
    uint32_t keys)
{
    at->problem = problem;
    at->keys = keys;
    at->list = NULL;
    at->index = -1;
    at->element = -1;
    at->member = NULL;
    at->child = NULL;
}


int
keyauth_refuse(const keyauth_place_t *at, keyauth_refusal_e why,
    const char *detail, ...)
{
    char                      sentence[sizeof(at->problem->detail)];
    char                      pointer[KEYAUTH_POINTER_SIZE];
    va_list                   args;
    const keyauth_refusal_t  *refusal;

    va_start(args, detail);
    (void) vsnprintf(sentence, sizeof(sentence), detail, args);
    va_end(args);

    keyauth_refusal_pointer(at, pointer);

    refusal = &keyauth_refusals[why];

    keyauth_problem_set(at->problem, refusal->status, refusal->code,
                        refusal->title, pointer, "%s", sentence);

    at->problem->refusal = why;

    return -1;
}


static void
keyauth_refusal_pointer(const keyauth_place_t *at, char *pointer)
{
    char        *p;
    const char  *last;

    p = pointer;
    last = pointer + KEYAUTH_POINTER_SIZE - 1;

    if (at->list != NULL) {
        p = keyauth_refusal_token(p, last, at->list);
    }

    if (at->index >= 0) {
        p = keyauth_refusal_index(p, last, at->index);
    }

    if (at->member != NULL) {
        p = keyauth_refusal_token(p, last, at->member);
    }

    if (at->child != NULL) {
        p = keyauth_refusal_token(p, last, at->child);

    } else if (at->element >= 0) {
        p = keyauth_refusal_index(p, last, at->element);
    }

    *p = '\0';
}


static char *
keyauth_refusal_token(char *p, const char *last, const char *token)
{
    if (p < last) {
        *p++ = '/';
    }

    for ( /* void */ ; *token != '\0' && p < last; token++) {

        if (*token != '~' && *token != '/') {
            *p++ = *token;
            continue;
        }

        *p++ = '~';

        if (p < last) {
            *p++ = (*token == '~') ? '0' : '1';
        }
    }

    return p;
}


static char *
keyauth_refusal_index(char *p, const char *last, int index)
{
    char  token[KEYAUTH_JSON_NUMBER_MAX];

    *keyauth_json_integer(token, (uint32_t) index) = '\0';

    return keyauth_refusal_token(p, last, token);
}
