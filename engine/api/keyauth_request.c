/*
 * A request's body, parsed and checked.
 */


#include "keyauth_body.h"
#include "keyauth_file.h"
#include "keyauth_fields.h"


/* the members of a request; the intervals as keyauth_interval_names has them */
typedef enum {
    KEYAUTH_MEMBER_MODEL = 0,
    KEYAUTH_MEMBER_TOP,
    KEYAUTH_MEMBER_FAR,
    KEYAUTH_MEMBER_HT,
    KEYAUTH_MEMBER_PPT,
    KEYAUTH_MEMBER_RRT,
    KEYAUTH_MEMBER_RPT,
    KEYAUTH_MEMBER_PRESS,
    KEYAUTH_MEMBER_RELEASE,
    KEYAUTH_MEMBERS
} keyauth_member_e;

#define KEYAUTH_SEEN_SUMMARY                                                  \
    (KEYAUTH_SEEN(KEYAUTH_MEMBER_HT) | KEYAUTH_SEEN(KEYAUTH_MEMBER_PPT)       \
     | KEYAUTH_SEEN(KEYAUTH_MEMBER_RRT) | KEYAUTH_SEEN(KEYAUTH_MEMBER_RPT))
#define KEYAUTH_SEEN_TIMINGS                                                  \
    (KEYAUTH_SEEN(KEYAUTH_MEMBER_PRESS)                                       \
     | KEYAUTH_SEEN(KEYAUTH_MEMBER_RELEASE))


static int keyauth_request_batch(keyauth_place_t *at,
    const keyauth_value_t *array, keyauth_request_t *requests);
static int keyauth_request_object(keyauth_place_t *at,
    const keyauth_value_t *object, keyauth_request_t *request);
static int keyauth_request_member(keyauth_place_t *at,
    const keyauth_value_t *item, int member, keyauth_request_t *request);
static int keyauth_request_complete(keyauth_place_t *at, unsigned seen,
    keyauth_request_t *request);


static const char *const  keyauth_member_names[KEYAUTH_MEMBERS] = {
    "Model", "Top", "FAR", "HT", "PPT", "RRT", "RPT", "Press", "Release"
};


int
keyauth_request_parse(keyauth_body_t *memory, keyauth_request_t *requests,
    int *batch, const char *body, size_t len, uint32_t keys,
    keyauth_problem_t *problem)
{
    keyauth_place_t         at;
    const keyauth_value_t  *root;

    at.problem = problem;
    at.keys = keys;
    at.list = NULL;
    at.index = -1;
    at.element = -1;
    at.member = NULL;
    at.child = NULL;

    root = keyauth_body_read(memory, &at, body, len);
    if (root == NULL) {
        return -1;
    }

    *batch = (root->type == KEYAUTH_VALUE_ARRAY);

    if (*batch) {
        return keyauth_request_batch(&at, root, requests);
    }

    return (keyauth_request_object(&at, root, requests) == 0) ? 1 : -1;
}


static int
keyauth_request_batch(keyauth_place_t *at, const keyauth_value_t *array,
    keyauth_request_t *requests)
{
    const keyauth_value_t  *item;

    if (array->count < 1 || array->count > KEYAUTH_BATCH_MAX) {
        return keyauth_refuse(at, KEYAUTH_BATCH_SIZE,
                              "An array may hold 1 to %d requests.",
                              KEYAUTH_BATCH_MAX);
    }

    at->index = 0;

    for (item = array->u.child; item != NULL; item = item->next) {
        if (keyauth_request_object(at, item, &requests[at->index]) != 0) {
            return -1;
        }

        at->index++;
    }

    return (int) array->count;
}


static int
keyauth_request_object(keyauth_place_t *at, const keyauth_value_t *object,
    keyauth_request_t *request)
{
    int                     member;
    unsigned                seen;
    const keyauth_value_t  *item;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "A request must be an object.");
    }

    request->top = 0;
    request->far = 0;
    request->keys = 0;
    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        at->member = item->name;

        member = keyauth_member_lookup(item->name, keyauth_member_names,
                                       KEYAUTH_MEMBERS);
        if (member < 0) {
            return keyauth_refuse(at, KEYAUTH_UNKNOWN_MEMBER,
                                  "A request has no member of this name;"
                                  " upper and lower case differ.");
        }

        if (seen & KEYAUTH_SEEN(member)) {
            return keyauth_refuse(at, KEYAUTH_DUPLICATE_MEMBER,
                                  "The request holds %s twice.",
                                  keyauth_member_names[member]);
        }

        seen |= KEYAUTH_SEEN(member);

        if ((seen & KEYAUTH_SEEN_SUMMARY) && (seen & KEYAUTH_SEEN_TIMINGS)) {
            return keyauth_refuse(at, KEYAUTH_BOTH_FORMS,
                                  "A request holds either HT, PPT, RRT and"
                                  " RPT, or Press and Release.");
        }

        if (keyauth_request_member(at, item, member, request) != 0) {
            return -1;
        }
    }

    at->member = NULL;

    return keyauth_request_complete(at, seen, request);
}


static int
keyauth_request_member(keyauth_place_t *at, const keyauth_value_t *item,
    int member, keyauth_request_t *request)
{
    switch (member) {

    case KEYAUTH_MEMBER_MODEL:
        return keyauth_member_model(at, item, &request->model);

    case KEYAUTH_MEMBER_TOP:
        return keyauth_member_top(at, item, &request->top);

    case KEYAUTH_MEMBER_FAR:
        return keyauth_member_far(at, item, KEYAUTH_FAR_MAX, &request->far);

    case KEYAUTH_MEMBER_PRESS:
        return keyauth_member_times(at, item, request->press);

    case KEYAUTH_MEMBER_RELEASE:
        return keyauth_member_times(at, item, request->release);

    default:
        member -= KEYAUTH_MEMBER_HT;
        return keyauth_member_interval(at, item,
                                       &request->summary[2 * member]);
    }
}


/* all members are there and agree */
static int
keyauth_request_complete(keyauth_place_t *at, unsigned seen,
    keyauth_request_t *request)
{
    int       i;
    unsigned  wanted;

    if (!(seen & (KEYAUTH_SEEN_SUMMARY | KEYAUTH_SEEN_TIMINGS))) {
        return keyauth_refuse(at, KEYAUTH_NO_FORM,
                              "A request holds either HT, PPT, RRT and RPT,"
                              " or Press and Release.");
    }

    wanted = KEYAUTH_SEEN(KEYAUTH_MEMBER_MODEL);
    wanted |= (seen & KEYAUTH_SEEN_TIMINGS) ? KEYAUTH_SEEN_TIMINGS
                                            : KEYAUTH_SEEN_SUMMARY;

    for (i = 0; i < KEYAUTH_MEMBERS; i++) {
        if (wanted & ~seen & KEYAUTH_SEEN(i)) {
            at->member = keyauth_member_names[i];
            return keyauth_refuse(at, KEYAUTH_MISSING_MEMBER,
                                  "The request lacks %s.", at->member);
        }
    }

    if ((seen & KEYAUTH_SEEN(KEYAUTH_MEMBER_FAR))
        && request->model != KEYAUTH_FUSION)
    {
        at->member = keyauth_member_names[KEYAUTH_MEMBER_FAR];
        return keyauth_refuse(at, KEYAUTH_NEEDS_FUSION,
                              "FUSION alone can tell that it knows nobody"
                              " who types so.");
    }

    if (!(seen & KEYAUTH_SEEN_TIMINGS)) {

        if (request->model == KEYAUTH_FUSION) {
            at->member = keyauth_member_names[KEYAUTH_MEMBER_MODEL];
            return keyauth_refuse(at, KEYAUTH_NEEDS_TIMINGS,
                                  "FUSION needs Press and Release: the"
                                  " summary does not tell enough.");
        }

        return 0;
    }

    return keyauth_member_sample(at, request);
}
