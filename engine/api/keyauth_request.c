/*
 * Requests: their bodies parsed and checked.
 */


#include "keyauth_fields.h"
#include "keyauth_request.h"


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
    KEYAUTH_MEMBER_RELEASE
} keyauth_member_e;

#define KEYAUTH_MEMBERS  (KEYAUTH_MEMBER_RELEASE + 1)

#define KEYAUTH_SEEN_SUMMARY                                                  \
    (KEYAUTH_SEEN(KEYAUTH_MEMBER_HT) | KEYAUTH_SEEN(KEYAUTH_MEMBER_PPT)       \
     | KEYAUTH_SEEN(KEYAUTH_MEMBER_RRT) | KEYAUTH_SEEN(KEYAUTH_MEMBER_RPT))
#define KEYAUTH_SEEN_TIMINGS                                                  \
    (KEYAUTH_SEEN(KEYAUTH_MEMBER_PRESS)                                       \
     | KEYAUTH_SEEN(KEYAUTH_MEMBER_RELEASE))


static int keyauth_request_array(keyauth_place_t *at,
    const keyauth_value_t *array, keyauth_batch_t *batch);
static int keyauth_request_object(keyauth_place_t *at,
    const keyauth_value_t *object, keyauth_request_t *request);
static int keyauth_request_member(keyauth_place_t *at,
    const keyauth_value_t *item, keyauth_member_e member,
    keyauth_request_t *request);
static int keyauth_request_complete(keyauth_place_t *at, unsigned seen,
    keyauth_request_t *request);
static int keyauth_request_possible(keyauth_place_t *at,
    const keyauth_batch_t *batch, const keyauth_model_t *m);


static const char *const  keyauth_member_names[KEYAUTH_MEMBERS] = {
    "Model", "Top", "FAR", "HT", "PPT", "RRT", "RPT", "Press", "Release"
};


int
keyauth_request_parse(keyauth_batch_t *batch, keyauth_body_t *memory,
    const keyauth_model_t *m, const char *body, size_t len,
    keyauth_problem_t *problem)
{
    int                     rc;
    keyauth_place_t         at;
    const keyauth_value_t  *root;

    batch->n = 0;
    batch->array = 0;
    keyauth_place_init(&at, problem, m->keys);

    root = keyauth_body_read(memory, &at, body, len);
    if (root == NULL) {
        return -1;
    }

    if (root->type == KEYAUTH_VALUE_ARRAY) {
        batch->array = 1;
        rc = keyauth_request_array(&at, root, batch);

    } else {
        batch->n = 1;
        rc = keyauth_request_object(&at, root, batch->request);
    }

    if (rc == 0) {
        rc = keyauth_request_possible(&at, batch, m);
    }

    if (rc != 0) {
        batch->n = 0;
    }

    return rc;
}


static int
keyauth_request_array(keyauth_place_t *at, const keyauth_value_t *array,
    keyauth_batch_t *batch)
{
    const keyauth_value_t  *item;

    if (array->count < 1 || array->count > KEYAUTH_BATCH_MAX) {
        return keyauth_refuse(at, KEYAUTH_BATCH_SIZE,
                              "An array may hold 1 to %d requests.",
                              KEYAUTH_BATCH_MAX);
    }

    for (item = array->u.child; item != NULL; item = item->next) {

        at->index = (int) batch->n;

        if (keyauth_request_object(at, item, &batch->request[batch->n])
            != 0)
        {
            return -1;
        }

        batch->n++;
    }

    return 0;
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
    request->scored = 0;
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

        if (keyauth_request_member(at, item, (keyauth_member_e) member,
                                   request)
            != 0)
        {
            return -1;
        }
    }

    at->member = NULL;

    return keyauth_request_complete(at, seen, request);
}


static int
keyauth_request_member(keyauth_place_t *at, const keyauth_value_t *item,
    keyauth_member_e member, keyauth_request_t *request)
{
    /* no default: the compiler finds a member that is not here */

    switch (member) {

    case KEYAUTH_MEMBER_MODEL:
        return keyauth_member_model(at, item, &request->model);

    case KEYAUTH_MEMBER_TOP:
        return keyauth_member_top(at, item, &request->top);

    case KEYAUTH_MEMBER_FAR:
        return keyauth_member_far(at, item, KEYAUTH_FAR_MAX, &request->far);

    case KEYAUTH_MEMBER_HT:
        return keyauth_member_interval(at, item, &request->summary[0]);

    case KEYAUTH_MEMBER_PPT:
        return keyauth_member_interval(at, item, &request->summary[2]);

    case KEYAUTH_MEMBER_RRT:
        return keyauth_member_interval(at, item, &request->summary[4]);

    case KEYAUTH_MEMBER_RPT:
        return keyauth_member_interval(at, item, &request->summary[6]);

    case KEYAUTH_MEMBER_PRESS:
        return keyauth_member_times(at, item, request->press);

    case KEYAUTH_MEMBER_RELEASE:
        return keyauth_member_times(at, item, request->release);
    }

    return -1;
}


/* all members are there and agree */
static int
keyauth_request_complete(keyauth_place_t *at, unsigned seen,
    keyauth_request_t *request)
{
    int                    i;
    unsigned               wanted;
    const keyauth_kind_t  *kind;

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
                              "Only FUSION supports FAR.");
    }

    if (!(seen & KEYAUTH_SEEN_TIMINGS)) {

        kind = keyauth_kinds[request->model];

        if (kind->input == KEYAUTH_INPUT_TIMINGS) {
            at->member = keyauth_member_names[KEYAUTH_MEMBER_MODEL];
            return keyauth_refuse(at, KEYAUTH_NEEDS_TIMINGS,
                                  "%s needs Press and Release: the summary"
                                  " is not sufficient.", kind->name);
        }

        return 0;
    }

    return keyauth_member_sample(at, request);
}


/* a model file may lack models, and thresholds */
static int
keyauth_request_possible(keyauth_place_t *at, const keyauth_batch_t *batch,
    const keyauth_model_t *m)
{
    uint32_t                  i;
    const keyauth_request_t  *request;

    at->child = NULL;
    at->element = -1;

    for (i = 0; i < batch->n; i++) {
        request = &batch->request[i];
        at->index = batch->array ? (int) i : -1;

        if (!(m->models & (1u << request->model))) {
            at->member = "Model";
            return keyauth_refuse(at, KEYAUTH_UNKNOWN_MODEL,
                                  "The server's model file has no %s.",
                                  keyauth_kinds[request->model]->name);
        }

        if (request->far > 0 && m->points == 0) {
            at->member = "FAR";
            return keyauth_refuse(at, KEYAUTH_NO_THRESHOLDS,
                                  "The server's model file has no"
                                  " thresholds: it was trained on too few"
                                  " samples.");
        }
    }

    return 0;
}
