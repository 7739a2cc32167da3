/*
 * Claims: their bodies parsed and checked.
 */


#include <string.h>

#include "keyauth_body.h"
#include "keyauth_claim.h"
#include "keyauth_fields.h"
#include "keyauth_user.h"


/* the members of a claim; those of an attempt come first */
typedef enum {
    KEYAUTH_CLAIM_PRESS = 0,
    KEYAUTH_CLAIM_RELEASE,
    KEYAUTH_CLAIM_USER,
    KEYAUTH_CLAIM_FAR,
    KEYAUTH_CLAIM_ATTEMPTS,
    KEYAUTH_CLAIM_PHRASE
} keyauth_claim_member_e;

#define KEYAUTH_CLAIM_MEMBERS    (KEYAUTH_CLAIM_PHRASE + 1)
#define KEYAUTH_ATTEMPT_MEMBERS  2

#define KEYAUTH_SEEN_SAMPLE                                                   \
    (KEYAUTH_SEEN(KEYAUTH_CLAIM_PRESS) | KEYAUTH_SEEN(KEYAUTH_CLAIM_RELEASE))
#define KEYAUTH_SEEN_ATTEMPTS  KEYAUTH_SEEN(KEYAUTH_CLAIM_ATTEMPTS)


typedef struct {
    keyauth_place_t                at;
    keyauth_claim_t               *claim;
    const keyauth_model_t         *model;
    const keyauth_claim_limits_t  *limits;
} keyauth_claim_parser_t;


static int keyauth_claim_object(keyauth_claim_parser_t *p,
    const keyauth_value_t *object);
static int keyauth_claim_seen(keyauth_claim_parser_t *p,
    const keyauth_value_t *item, int n, unsigned *seen);
static int keyauth_claim_member(keyauth_claim_parser_t *p,
    const keyauth_value_t *item, keyauth_claim_member_e member);
static int keyauth_claim_user(keyauth_claim_parser_t *p,
    const keyauth_value_t *item);
static int keyauth_claim_attempts(keyauth_claim_parser_t *p,
    const keyauth_value_t *array);
static int keyauth_claim_attempt(keyauth_claim_parser_t *p,
    const keyauth_value_t *object, keyauth_request_t *sample);
static int keyauth_claim_require(keyauth_claim_parser_t *p, unsigned required,
    unsigned seen);
static int keyauth_claim_complete(keyauth_claim_parser_t *p, unsigned seen);


static const char *const  keyauth_claim_names[KEYAUTH_CLAIM_MEMBERS] = {
    "Press", "Release", "UserID", "FAR", "Attempts", "Phrase"
};


int
keyauth_claim_parse(keyauth_claim_t *claim, keyauth_body_t *memory,
    const keyauth_model_t *m, const keyauth_claim_limits_t *limits,
    const char *body, size_t len, keyauth_problem_t *problem)
{
    keyauth_claim_parser_t  p;
    const keyauth_value_t  *root;

    keyauth_place_init(&p.at, problem, m->keys);

    p.claim = claim;
    p.model = m;
    p.limits = limits;

    claim->far = limits->far;
    claim->attempts = 0;
    claim->user[0] = '\0';
    claim->phrase[0] = '\0';

    p.at.keys = limits->live ? KEYAUTH_KEYS_MAX : m->keys;

    root = keyauth_body_read(memory, &p.at, body, len);

    /* the first array says how many keys there are */

    p.at.keys = limits->live ? 0 : m->keys;

    if (root == NULL || keyauth_claim_object(&p, root) != 0) {
        claim->attempts = 0;
        return -1;
    }

    return 0;
}


static int
keyauth_claim_object(keyauth_claim_parser_t *p, const keyauth_value_t *object)
{
    int                     member;
    unsigned                seen;
    const keyauth_value_t  *item;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(&p->at, KEYAUTH_WRONG_TYPE,
                              "A claim must be an object: there are no"
                              " arrays of claims.");
    }

    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        member = keyauth_claim_seen(p, item, KEYAUTH_CLAIM_MEMBERS, &seen);

        if (member < 0) {
            return -1;
        }

        if ((seen & KEYAUTH_SEEN_ATTEMPTS) && (seen & KEYAUTH_SEEN_SAMPLE)) {
            return keyauth_refuse(&p->at, KEYAUTH_BOTH_FORMS,
                                  "A claim holds either Press and Release,"
                                  " or Attempts.");
        }

        if (keyauth_claim_member(p, item, (keyauth_claim_member_e) member)
            != 0)
        {
            return -1;
        }
    }

    p->at.member = NULL;

    return keyauth_claim_complete(p, seen);
}


/* which of the first n members it is; -1: none of them, or once more */
static int
keyauth_claim_seen(keyauth_claim_parser_t *p, const keyauth_value_t *item,
    int n, unsigned *seen)
{
    int  member;

    p->at.member = item->name;

    member = keyauth_fields_lookup(item->name, keyauth_claim_names, n);

    if (member < 0
        || (member == KEYAUTH_CLAIM_PHRASE && !p->limits->live))
    {
        return keyauth_refuse(&p->at, KEYAUTH_UNKNOWN_MEMBER,
                              "%s has no member of this name; upper and"
                              " lower case differ.",
                              (n == KEYAUTH_ATTEMPT_MEMBERS) ? "An attempt"
                                                             : "A claim");
    }

    if (*seen & KEYAUTH_SEEN(member)) {
        return keyauth_refuse(&p->at, KEYAUTH_DUPLICATE_MEMBER,
                              "%s is there twice.",
                              keyauth_claim_names[member]);
    }

    *seen |= KEYAUTH_SEEN(member);

    return member;
}


static int
keyauth_claim_member(keyauth_claim_parser_t *p, const keyauth_value_t *item,
    keyauth_claim_member_e member)
{
    /* no default: the compiler finds a member that is not here */

    switch (member) {

    case KEYAUTH_CLAIM_PRESS:
        return keyauth_fields_times(&p->at, item, p->claim->sample->press);

    case KEYAUTH_CLAIM_RELEASE:
        return keyauth_fields_times(&p->at, item, p->claim->sample->release);

    case KEYAUTH_CLAIM_USER:
        return keyauth_claim_user(p, item);

    case KEYAUTH_CLAIM_FAR:
        return keyauth_fields_far(&p->at, item, p->limits->far_max,
                                  &p->claim->far);

    case KEYAUTH_CLAIM_ATTEMPTS:
        return keyauth_claim_attempts(p, item);

    case KEYAUTH_CLAIM_PHRASE:
        return keyauth_fields_phrase(&p->at, item, p->claim->phrase);
    }

    return -1;
}


/* whether there is such a user is said when all else is right */
static int
keyauth_claim_user(keyauth_claim_parser_t *p, const keyauth_value_t *item)
{
    char         number[KEYAUTH_USER_NUMBER];
    const char  *label;

    if (item->type == KEYAUTH_VALUE_STRING) {
        label = item->u.string;

    } else if (item->type == KEYAUTH_VALUE_NUMBER) {

        /* no label is a fraction */

        if (keyauth_user_number(item->u.number, number) == 0) {
            return 0;
        }

        label = number;

    } else {
        return keyauth_refuse(&p->at, KEYAUTH_WRONG_TYPE,
                              "UserID must be a number or a string.");
    }

    /* longer ones are nobody's */

    if (strlen(label) <= KEYAUTH_LABEL_MAX) {
        strcpy(p->claim->user, label);
    }

    return 0;
}


static int
keyauth_claim_attempts(keyauth_claim_parser_t *p, const keyauth_value_t *array)
{
    const keyauth_value_t  *item;

    if (array->type != KEYAUTH_VALUE_ARRAY) {
        return keyauth_refuse(&p->at, KEYAUTH_WRONG_TYPE,
                              "Attempts must be an array.");
    }

    if (array->count < 1 || array->count > KEYAUTH_ATTEMPTS_MAX) {
        return keyauth_refuse(&p->at, KEYAUTH_WRONG_LENGTH,
                              "Attempts may hold 1 to %d samples.",
                              KEYAUTH_ATTEMPTS_MAX);
    }

    p->at.list = keyauth_claim_names[KEYAUTH_CLAIM_ATTEMPTS];
    p->at.index = 0;

    for (item = array->u.child; item != NULL; item = item->next) {

        p->at.member = NULL;

        if (keyauth_claim_attempt(p, item, &p->claim->sample[p->at.index])
            != 0)
        {
            return -1;
        }

        p->at.index++;
    }

    p->at.list = NULL;
    p->at.index = -1;
    p->claim->attempts = array->count;

    return 0;
}


static int
keyauth_claim_attempt(keyauth_claim_parser_t *p, const keyauth_value_t *object,
    keyauth_request_t *sample)
{
    int                     member;
    unsigned                seen;
    const keyauth_value_t  *item;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(&p->at, KEYAUTH_WRONG_TYPE,
                              "An attempt must be an object with Press and"
                              " Release.");
    }

    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        member = keyauth_claim_seen(p, item, KEYAUTH_ATTEMPT_MEMBERS, &seen);

        if (member < 0
            || keyauth_fields_times(&p->at, item,
                                    (member == KEYAUTH_CLAIM_PRESS)
                                    ? sample->press : sample->release)
               != 0)
        {
            return -1;
        }
    }

    if (keyauth_claim_require(p, KEYAUTH_SEEN_SAMPLE, seen) != 0) {
        return -1;
    }

    return keyauth_fields_sample(&p->at, sample);
}


static int
keyauth_claim_require(keyauth_claim_parser_t *p, unsigned required,
    unsigned seen)
{
    int  i;

    for (i = 0; i < KEYAUTH_CLAIM_MEMBERS; i++) {
        if (required & ~seen & KEYAUTH_SEEN(i)) {
            p->at.member = keyauth_claim_names[i];
            return keyauth_refuse(&p->at, KEYAUTH_MISSING_MEMBER,
                                  "%s is missing.", p->at.member);
        }
    }

    return 0;
}


/* all members are there, and the server can answer them */
static int
keyauth_claim_complete(keyauth_claim_parser_t *p, unsigned seen)
{
    if (keyauth_claim_require(p, KEYAUTH_SEEN(KEYAUTH_CLAIM_USER), seen)
        != 0)
    {
        return -1;
    }

    if (!(seen & (KEYAUTH_SEEN_SAMPLE | KEYAUTH_SEEN_ATTEMPTS))) {
        return keyauth_refuse(&p->at, KEYAUTH_NO_FORM,
                              "A claim holds either Press and Release, or"
                              " Attempts.");
    }

    if (seen & KEYAUTH_SEEN_SAMPLE) {

        if (keyauth_claim_require(p, KEYAUTH_SEEN_SAMPLE, seen) != 0
            || keyauth_fields_sample(&p->at, p->claim->sample) != 0)
        {
            return -1;
        }

        p->claim->attempts = 1;
    }

    return p->limits->live ? 0 : keyauth_claim_trained(p->claim, p->model,
                                                       p->at.problem);
}


int
keyauth_claim_trained(keyauth_claim_t *claim, const keyauth_model_t *m,
    keyauth_problem_t *problem)
{
    keyauth_place_t  at;

    keyauth_place_init(&at, problem, m->keys);
    claim->class = keyauth_user_class(m, claim->user, strlen(claim->user));

    /* the model's string has no name: what the model lacks is no reason */

    if (claim->phrase[0] != '\0') {
        at.member = keyauth_claim_names[KEYAUTH_CLAIM_USER];
        return keyauth_refuse(&at, KEYAUTH_UNKNOWN_USER,
                              "Nobody of this name has enrolled with this"
                              " phrase.");
    }

    if (claim->class != KEYAUTH_NOBODY && claim->sample->keys != m->keys) {
        return keyauth_refuse(&at, KEYAUTH_WRONG_LENGTH,
                              "Press must hold %u times, one for each key.",
                              (unsigned) m->keys);
    }

    if (!(m->models & (1u << KEYAUTH_FUSION))) {
        return keyauth_refuse(&at, KEYAUTH_UNKNOWN_MODEL,
                              "The server's model file has no FUSION, which"
                              " claims need.");
    }

    if (m->points == 0) {
        return keyauth_refuse(&at, KEYAUTH_NO_THRESHOLDS,
                              "The server's model file has no thresholds: it"
                              " was trained on too few samples.");
    }

    if (claim->class == KEYAUTH_NOBODY) {
        at.member = keyauth_claim_names[KEYAUTH_CLAIM_USER];
        return keyauth_refuse(&at, KEYAUTH_UNKNOWN_USER,
                              "The model has no user of this name.");
    }

    return 0;
}
