/*
 * Requests: their bodies parsed and checked.
 */


#include <string.h>

#include "keyauth_features.h"
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
    KEYAUTH_MEMBER_RELEASE,
    KEYAUTH_MEMBER_PHRASE               /* with LIVE alone */
} keyauth_member_e;

#define KEYAUTH_MEMBERS  (KEYAUTH_MEMBER_PHRASE + 1)

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
static int keyauth_request_live(const keyauth_value_t *object);
static int keyauth_request_members(keyauth_place_t *at,
    const keyauth_value_t *object, keyauth_request_t *request);
static int keyauth_request_member(keyauth_place_t *at,
    const keyauth_value_t *item, keyauth_member_e member,
    keyauth_request_t *request);
static int keyauth_request_complete(keyauth_place_t *at, unsigned seen,
    keyauth_request_t *request);
static int keyauth_request_alike(keyauth_place_t *at,
    const keyauth_batch_t *batch);
static int keyauth_request_possible(keyauth_place_t *at,
    const keyauth_batch_t *batch, const keyauth_model_t *m);


static const char *const  keyauth_member_names[KEYAUTH_MEMBERS] = {
    "Model", "Top", "FAR", "HT", "PPT", "RRT", "RPT", "Press", "Release",
    "Phrase"
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

    batch->live = rc == 0 && batch->request->live;

    if (rc == 0) {
        rc = keyauth_request_alike(&at, batch);
    }

    if (rc == 0 && !batch->live) {
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
    int       rc;
    uint32_t  keys;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "A request must be an object.");
    }

    request->live = keyauth_request_live(object);
    request->top = 0;
    request->far = 0;
    request->scored = 0;
    request->keys = 0;
    request->phrase[0] = '\0';

    /* the first array says how many keys a phrase has */

    keys = at->keys;
    at->keys = request->live ? 0 : keys;
    rc = keyauth_request_members(at, object, request);
    at->keys = keys;

    return rc;
}


/* the member may come behind those that depend on it */
static int
keyauth_request_live(const keyauth_value_t *object)
{
    const keyauth_value_t  *item;

    for (item = object->u.child; item != NULL; item = item->next) {
        if (strcmp(item->name, keyauth_member_names[KEYAUTH_MEMBER_MODEL])
            == 0)
        {
            return item->type == KEYAUTH_VALUE_STRING
                   && strcmp(item->u.string, KEYAUTH_LIVE_NAME) == 0;
        }
    }

    return 0;
}


static int
keyauth_request_members(keyauth_place_t *at, const keyauth_value_t *object,
    keyauth_request_t *request)
{
    int                     member;
    unsigned                seen;
    const keyauth_value_t  *item;

    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        at->member = item->name;

        member = keyauth_fields_lookup(item->name, keyauth_member_names,
                                       KEYAUTH_MEMBERS);
        if (member < 0
            || (member == KEYAUTH_MEMBER_PHRASE && !request->live))
        {
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
        request->model = KEYAUTH_LIVE;
        return request->live ? 0 : keyauth_fields_model(at, item,
                                                        &request->model);

    case KEYAUTH_MEMBER_TOP:
        return keyauth_fields_top(at, item, &request->top);

    case KEYAUTH_MEMBER_FAR:
        return keyauth_fields_far(at, item, KEYAUTH_FAR_MAX, &request->far);

    case KEYAUTH_MEMBER_HT:
        return keyauth_fields_interval(at, item, &request->summary[0]);

    case KEYAUTH_MEMBER_PPT:
        return keyauth_fields_interval(at, item, &request->summary[2]);

    case KEYAUTH_MEMBER_RRT:
        return keyauth_fields_interval(at, item, &request->summary[4]);

    case KEYAUTH_MEMBER_RPT:
        return keyauth_fields_interval(at, item, &request->summary[6]);

    case KEYAUTH_MEMBER_PRESS:
        return keyauth_fields_times(at, item, request->press);

    case KEYAUTH_MEMBER_RELEASE:
        return keyauth_fields_times(at, item, request->release);

    case KEYAUTH_MEMBER_PHRASE:
        return keyauth_fields_phrase(at, item, request->phrase);
    }

    return -1;
}


/* all members are there and agree */
static int
keyauth_request_complete(keyauth_place_t *at, unsigned seen,
    keyauth_request_t *request)
{
    int          i;
    unsigned     wanted;
    const char  *name;

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
        && request->model != KEYAUTH_FUSION && !request->live)
    {
        at->member = keyauth_member_names[KEYAUTH_MEMBER_FAR];
        return keyauth_refuse(at, KEYAUTH_NEEDS_FUSION,
                              "Only FUSION and LIVE support FAR.");
    }

    if (!(seen & KEYAUTH_SEEN_TIMINGS)) {

        name = request->live ? KEYAUTH_LIVE_NAME
                             : keyauth_kinds[request->model]->name;

        if (request->live || keyauth_kinds[request->model]->input
                             == KEYAUTH_INPUT_TIMINGS)
        {
            at->member = keyauth_member_names[KEYAUTH_MEMBER_MODEL];
            return keyauth_refuse(at, KEYAUTH_NEEDS_TIMINGS,
                                  "%s needs Press and Release: the summary"
                                  " is not sufficient.", name);
        }

        return 0;
    }

    if (keyauth_fields_sample(at, request) != 0) {
        return -1;
    }

    keyauth_features_summary(request->press, request->release, request->keys,
                             request->summary);
    return 0;
}


/* people of one phrase, or the model file's */
static int
keyauth_request_alike(keyauth_place_t *at, const keyauth_batch_t *batch)
{
    uint32_t                  i;
    const keyauth_request_t  *request;

    at->child = NULL;
    at->element = -1;

    for (i = 1; i < batch->n; i++) {
        request = &batch->request[i];

        if (request->live != batch->live
            || strcmp(request->phrase, batch->request->phrase) != 0)
        {
            at->index = (int) i;
            at->member = "Model";
            return keyauth_refuse(at, KEYAUTH_UNKNOWN_MODEL,
                                  "An array with LIVE holds requests for LIVE"
                                  " alone, all with the same Phrase.");
        }
    }

    return 0;
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
