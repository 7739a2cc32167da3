/*
 * Claims: reading them.
 */


#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_body.h"
#include "keyauth_fields.h"
#include "keyauth_user.h"
#include "keyauth_verify.h"


/* the members of a claim; those of an attempt come first */
typedef enum {
    KEYAUTH_CLAIM_PRESS = 0,
    KEYAUTH_CLAIM_RELEASE,
    KEYAUTH_CLAIM_USER,
    KEYAUTH_CLAIM_FAR,
    KEYAUTH_CLAIM_ATTEMPTS,
    KEYAUTH_CLAIM_MEMBERS
} keyauth_claim_member_e;

#define KEYAUTH_ATTEMPT_MEMBERS  2

#define KEYAUTH_SEEN_SAMPLE                                                   \
    (KEYAUTH_SEEN(KEYAUTH_CLAIM_PRESS) | KEYAUTH_SEEN(KEYAUTH_CLAIM_RELEASE))
#define KEYAUTH_SEEN_ATTEMPTS  KEYAUTH_SEEN(KEYAUTH_CLAIM_ATTEMPTS)


typedef struct {
    keyauth_place_t                 at;
    keyauth_engine_t               *e;
    keyauth_claim_t                *claim;
    const keyauth_verify_limits_t  *limits;
} keyauth_verify_t;


static int keyauth_verify_object(keyauth_verify_t *v,
    const keyauth_value_t *object);
static int keyauth_verify_seen(keyauth_verify_t *v, const keyauth_value_t *item,
    int n, unsigned *seen);
static int keyauth_verify_member(keyauth_verify_t *v,
    const keyauth_value_t *item, int member);
static int keyauth_verify_user(keyauth_verify_t *v,
    const keyauth_value_t *item);
static int keyauth_verify_attempts(keyauth_verify_t *v,
    const keyauth_value_t *array);
static int keyauth_verify_attempt(keyauth_verify_t *v,
    const keyauth_value_t *object, keyauth_request_t *sample);
static int keyauth_verify_wants(keyauth_verify_t *v, unsigned wanted,
    unsigned seen);
static int keyauth_verify_complete(keyauth_verify_t *v, unsigned seen);


static const char *const  keyauth_claim_names[KEYAUTH_CLAIM_MEMBERS] = {
    "Press", "Release", "UserID", "FAR", "Attempts"
};


int
keyauth_verify_parse(keyauth_engine_t *e, keyauth_claim_t *claim,
    const keyauth_verify_limits_t *limits, const char *body, size_t len,
    keyauth_problem_t *problem)
{
    keyauth_verify_t        v;
    const keyauth_value_t  *root;

    v.at.problem = problem;
    v.at.keys = e->model->keys;
    v.at.list = NULL;
    v.at.index = -1;
    v.at.element = -1;
    v.at.member = NULL;
    v.at.child = NULL;

    v.e = e;
    v.claim = claim;
    v.limits = limits;

    memset(claim, 0, sizeof(*claim));
    claim->class = KEYAUTH_NOBODY;
    claim->far = limits->far;
    e->nrequests = 0;
    e->batch = 0;

    root = keyauth_body_read(e->body, &v.at, body, len);
    if (root == NULL) {
        return -1;
    }

    if (keyauth_verify_object(&v, root) != 0) {
        return -1;
    }

    e->nrequests = (int) claim->attempts;

    return 0;
}


static int
keyauth_verify_object(keyauth_verify_t *v, const keyauth_value_t *object)
{
    int                     member;
    unsigned                seen;
    const keyauth_value_t  *item;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(&v->at, KEYAUTH_WRONG_TYPE,
                              "A claim must be an object: there are no"
                              " arrays of claims.");
    }

    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        member = keyauth_verify_seen(v, item, KEYAUTH_CLAIM_MEMBERS, &seen);

        if (member < 0) {
            return -1;
        }

        if ((seen & KEYAUTH_SEEN_ATTEMPTS) && (seen & KEYAUTH_SEEN_SAMPLE)) {
            return keyauth_refuse(&v->at, KEYAUTH_BOTH_FORMS,
                                  "A claim holds either Press and Release,"
                                  " or Attempts.");
        }

        if (keyauth_verify_member(v, item, member) != 0) {
            return -1;
        }
    }

    v->at.member = NULL;

    return keyauth_verify_complete(v, seen);
}


/* which of the first n members it is; -1: none of them, or once more */
static int
keyauth_verify_seen(keyauth_verify_t *v, const keyauth_value_t *item, int n,
    unsigned *seen)
{
    int  member;

    v->at.member = item->name;

    member = keyauth_member_lookup(item->name, keyauth_claim_names, n);

    if (member < 0) {
        return keyauth_refuse(&v->at, KEYAUTH_UNKNOWN_MEMBER,
                              "%s has no member of this name; upper and"
                              " lower case differ.",
                              (n == KEYAUTH_ATTEMPT_MEMBERS) ? "An attempt"
                                                             : "A claim");
    }

    if (*seen & KEYAUTH_SEEN(member)) {
        return keyauth_refuse(&v->at, KEYAUTH_DUPLICATE_MEMBER,
                              "%s is there twice.",
                              keyauth_claim_names[member]);
    }

    *seen |= KEYAUTH_SEEN(member);

    return member;
}


static int
keyauth_verify_member(keyauth_verify_t *v, const keyauth_value_t *item,
    int member)
{
    switch (member) {

    case KEYAUTH_CLAIM_PRESS:
        return keyauth_member_times(&v->at, item, v->e->requests->press);

    case KEYAUTH_CLAIM_RELEASE:
        return keyauth_member_times(&v->at, item, v->e->requests->release);

    case KEYAUTH_CLAIM_USER:
        return keyauth_verify_user(v, item);

    case KEYAUTH_CLAIM_FAR:
        return keyauth_member_far(&v->at, item, v->limits->far_max,
                                  &v->claim->far);

    default:
        return keyauth_verify_attempts(v, item);
    }
}


/* whether there is such a user is said when all else is right */
static int
keyauth_verify_user(keyauth_verify_t *v, const keyauth_value_t *item)
{
    int          n;
    char         number[32];
    const char  *label;

    if (item->type == KEYAUTH_VALUE_STRING) {
        label = item->u.string;

    } else if (item->type == KEYAUTH_VALUE_NUMBER) {

        /* 42, 42.0 and 4.2e1 are the same number; no label is a fraction */

        if (!(fabs(item->u.number) < 0x1p53)
            || item->u.number != trunc(item->u.number))
        {
            return 0;
        }

        n = snprintf(number, sizeof(number), "%lld",
                     (long long) item->u.number);
        label = (n > 0 && (size_t) n < sizeof(number)) ? number : "";

    } else {
        return keyauth_refuse(&v->at, KEYAUTH_WRONG_TYPE,
                              "UserID must be a number or a string.");
    }

    v->claim->class = keyauth_user_class(v->e->model, label, strlen(label));

    return 0;
}


static int
keyauth_verify_attempts(keyauth_verify_t *v, const keyauth_value_t *array)
{
    const keyauth_value_t  *item;

    if (array->type != KEYAUTH_VALUE_ARRAY) {
        return keyauth_refuse(&v->at, KEYAUTH_WRONG_TYPE,
                              "Attempts must be an array.");
    }

    if (array->count < 1 || array->count > KEYAUTH_ATTEMPTS_MAX) {
        return keyauth_refuse(&v->at, KEYAUTH_WRONG_LENGTH,
                              "Attempts may hold 1 to %d samples.",
                              KEYAUTH_ATTEMPTS_MAX);
    }

    v->at.list = keyauth_claim_names[KEYAUTH_CLAIM_ATTEMPTS];
    v->at.index = 0;

    for (item = array->u.child; item != NULL; item = item->next) {

        v->at.member = NULL;

        if (keyauth_verify_attempt(v, item, &v->e->requests[v->at.index])
            != 0)
        {
            return -1;
        }

        v->at.index++;
    }

    v->at.list = NULL;
    v->at.index = -1;
    v->claim->attempts = array->count;

    return 0;
}


static int
keyauth_verify_attempt(keyauth_verify_t *v, const keyauth_value_t *object,
    keyauth_request_t *sample)
{
    int                     member;
    unsigned                seen;
    const keyauth_value_t  *item;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(&v->at, KEYAUTH_WRONG_TYPE,
                              "An attempt must be an object with Press and"
                              " Release.");
    }

    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        member = keyauth_verify_seen(v, item, KEYAUTH_ATTEMPT_MEMBERS, &seen);

        if (member < 0
            || keyauth_member_times(&v->at, item,
                                    (member == KEYAUTH_CLAIM_PRESS)
                                    ? sample->press : sample->release)
               != 0)
        {
            return -1;
        }
    }

    if (keyauth_verify_wants(v, KEYAUTH_SEEN_SAMPLE, seen) != 0) {
        return -1;
    }

    return keyauth_member_sample(&v->at, sample);
}


static int
keyauth_verify_wants(keyauth_verify_t *v, unsigned wanted, unsigned seen)
{
    int  i;

    for (i = 0; i < KEYAUTH_CLAIM_MEMBERS; i++) {
        if (wanted & ~seen & KEYAUTH_SEEN(i)) {
            v->at.member = keyauth_claim_names[i];
            return keyauth_refuse(&v->at, KEYAUTH_MISSING_MEMBER,
                                  "%s is missing.", v->at.member);
        }
    }

    return 0;
}


/* all members are there, and the server can answer them */
static int
keyauth_verify_complete(keyauth_verify_t *v, unsigned seen)
{
    if (keyauth_verify_wants(v, KEYAUTH_SEEN(KEYAUTH_CLAIM_USER), seen)
        != 0)
    {
        return -1;
    }

    if (!(seen & (KEYAUTH_SEEN_SAMPLE | KEYAUTH_SEEN_ATTEMPTS))) {
        return keyauth_refuse(&v->at, KEYAUTH_NO_FORM,
                              "A claim holds either Press and Release, or"
                              " Attempts.");
    }

    if (seen & KEYAUTH_SEEN_SAMPLE) {

        if (keyauth_verify_wants(v, KEYAUTH_SEEN_SAMPLE, seen) != 0
            || keyauth_member_sample(&v->at, v->e->requests) != 0)
        {
            return -1;
        }

        v->claim->attempts = 1;
    }

    if (!(v->e->model->models & (1u << KEYAUTH_FUSION))) {
        return keyauth_refuse(&v->at, KEYAUTH_UNKNOWN_MODEL,
                              "The server's model file has no FUSION, which"
                              " claims need.");
    }

    if (v->e->model->points == 0) {
        return keyauth_refuse(&v->at, KEYAUTH_NO_THRESHOLDS,
                              "The server's model file has no thresholds: it"
                              " was trained on too few samples.");
    }

    if (v->claim->class == KEYAUTH_NOBODY) {
        v->at.member = keyauth_claim_names[KEYAUTH_CLAIM_USER];
        return keyauth_refuse(&v->at, KEYAUTH_UNKNOWN_USER,
                              "The model knows no user of this name.");
    }

    return 0;
}
