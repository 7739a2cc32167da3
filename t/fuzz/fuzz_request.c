/*
 * Fuzzes the parsing of bodies.  A second, plain reader of RFC 8259 stands
 * beside it: a body is answered 400 exactly when that reader refuses it.  What
 * is not refused has to be the tree that cJSON makes of it.
 *
 * The fuzzer writes what it finds to the first folder that it is given:
 *
 *     fuzz_request -dict=t/fuzz/json.dict FOUND t/fuzz/seeds/request
 */


#include "fuzz.h"

#include <cjson/cJSON.h>

#include "keyauth_body.h"
#include "keyauth_request.h"

#include "rfc8259.h"


#define FUZZ_KEYS  13


static void fuzz_check_tree(const uint8_t *data, size_t size);
static void fuzz_compare(const keyauth_value_t *value, const cJSON *item);
static void fuzz_check_request(const keyauth_request_t *r);
static void fuzz_check_problem(const keyauth_problem_t *problem);


static keyauth_body_t  memory;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                     rc, json;
    char                   *body;
    uint32_t                i;
    fuzz_text_t             t;
    keyauth_problem_t       problem;
    static keyauth_batch_t  batch;

    /* points are not read */
    static const keyauth_model_t  model = {
        .keys = FUZZ_KEYS, .models = KEYAUTH_ALL_MODELS, .points = 2
    };

    body = fuzz_copy(data, size);

    memset(&problem, 0x7f, sizeof(problem));
    memset(&batch, 0x7f, sizeof(batch));

    rc = keyauth_request_parse(&batch, &memory, &model, body, size, &problem);
    free(body);

    if (size > KEYAUTH_BODY_MAX) {
        fuzz_assert(rc == -1 && problem.status == 413);
        fuzz_check_problem(&problem);
        return 0;
    }

    fuzz_check_tree(data, size);

    t.p = data;
    t.end = data + size;
    t.nul = 0;
    fuzz_blank(&t);
    json = fuzz_value(&t);
    fuzz_blank(&t);
    json = json && t.p == t.end;

    if (rc == 0) {
        fuzz_assert(json && !t.nul);
        fuzz_assert(batch.n >= 1 && batch.n <= KEYAUTH_BATCH_MAX);
        fuzz_assert(batch.array || batch.n == 1);

        for (i = 0; i < batch.n; i++) {
            fuzz_check_request(&batch.request[i]);
            fuzz_assert(batch.request[i].live == batch.live);
            fuzz_assert(strcmp(batch.request[i].phrase,
                               batch.request->phrase) == 0);
        }

        return 0;
    }

    fuzz_assert(rc == -1 && batch.n == 0);
    fuzz_assert(problem.status == 400 || problem.status == 422);

    /* a limit may be reached before the text turns out not to be JSON */

    if (strcmp(problem.code, "too-complex") != 0) {
        fuzz_assert((problem.status == 400) == !json);
    }

    fuzz_check_problem(&problem);

    return 0;
}


static void
fuzz_check_tree(const uint8_t *data, size_t size)
{
    cJSON                  *root;
    keyauth_place_t         at;
    keyauth_problem_t       problem;
    const keyauth_value_t  *tree;

    memset(&at, 0, sizeof(at));
    at.problem = &problem;
    at.keys = FUZZ_KEYS;
    at.index = -1;
    at.element = -1;

    tree = keyauth_body_read(&memory, &at, (const char *) data, size);

    if (tree == NULL) {
        return;
    }

    root = cJSON_ParseWithLength((const char *) data, size);
    fuzz_assert(root != NULL);
    fuzz_compare(tree, root);
    cJSON_Delete(root);
}


static void
fuzz_compare(const keyauth_value_t *value, const cJSON *item)
{
    uint32_t  n;

    switch (value->type) {

    case KEYAUTH_VALUE_LITERAL:
        fuzz_assert(cJSON_IsNull(item) || cJSON_IsBool(item));
        return;

    case KEYAUTH_VALUE_NUMBER:
        fuzz_assert(cJSON_IsNumber(item));
        fuzz_assert(memcmp(&value->u.number, &item->valuedouble,
                           sizeof(double))
                    == 0);
        return;

    case KEYAUTH_VALUE_STRING:
        fuzz_assert(cJSON_IsString(item));
        fuzz_assert(strcmp(value->u.string, item->valuestring) == 0);
        return;

    case KEYAUTH_VALUE_ARRAY:
        fuzz_assert(cJSON_IsArray(item));
        break;

    default:
        fuzz_assert(value->type == KEYAUTH_VALUE_OBJECT);
        fuzz_assert(cJSON_IsObject(item));
        break;
    }

    fuzz_assert((int) value->count == cJSON_GetArraySize(item));
    n = value->count;
    item = item->child;

    for (value = value->u.child; value != NULL; value = value->next) {

        fuzz_assert((value->name == NULL) == (item->string == NULL));
        fuzz_assert(value->name == NULL
                    || strcmp(value->name, item->string) == 0);
        fuzz_compare(value, item);

        item = item->next;
        n--;
    }

    fuzz_assert(n == 0);
}


static void
fuzz_check_request(const keyauth_request_t *r)
{
    unsigned  i;

    fuzz_assert(r->live == (r->model == KEYAUTH_LIVE));
    fuzz_assert(r->live || r->model < KEYAUTH_MODELS);
    fuzz_assert(r->live || r->phrase[0] == '\0');
    fuzz_assert(memchr(r->phrase, '\0', sizeof(r->phrase)) != NULL);
    fuzz_assert(r->top <= KEYAUTH_TOP_MAX);

    if (r->live) {
        fuzz_assert(r->keys >= KEYAUTH_KEYS_MIN
                    && r->keys <= KEYAUTH_KEYS_MAX);

    } else {
        fuzz_assert(r->keys == FUZZ_KEYS
                    || (r->keys == 0 && r->model != KEYAUTH_FUSION));
    }

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        fuzz_assert(isfinite(r->summary[i]));
        fuzz_assert(r->keys || fabs(r->summary[i]) <= KEYAUTH_MS_MAX);
        fuzz_assert(i % 2 == 0 || r->summary[i] >= 0);
    }

    for (i = 0; i < r->keys; i++) {
        fuzz_assert(fabs(r->press[i]) <= KEYAUTH_MS_MAX);
        fuzz_assert(fabs(r->release[i]) <= KEYAUTH_MS_MAX);
        fuzz_assert(r->release[i] >= r->press[i]);
        fuzz_assert(i == 0 || r->press[i] >= r->press[i - 1]);
    }
}


static void
fuzz_check_problem(const keyauth_problem_t *problem)
{
    char        *buf;
    cJSON       *root;
    size_t       n;
    const char  *p;

    fuzz_assert(memchr(problem->detail, '\0', sizeof(problem->detail)));
    fuzz_assert(memchr(problem->pointer, '\0', sizeof(problem->pointer)));
    fuzz_assert(problem->pointer[0] == '\0' || problem->pointer[0] == '/');

    for (p = problem->pointer; *p != '\0'; p++) {
        fuzz_assert(*p != '~' || p[1] == '0' || p[1] == '1');
    }

    buf = malloc(KEYAUTH_PROBLEM_MAX);
    fuzz_assert(buf != NULL);

    n = keyauth_problem_write(problem, buf);
    fuzz_assert(n <= KEYAUTH_PROBLEM_MAX);

    root = cJSON_ParseWithLength(buf, n);
    fuzz_assert(cJSON_IsObject(root));
    fuzz_assert(cJSON_GetObjectItem(root, "status")->valueint
                == problem->status);

    if (problem->pointer[0] != '\0') {
        fuzz_assert(strcmp(cJSON_GetObjectItem(root, "pointer")->valuestring,
                           problem->pointer)
                    == 0);
    }

    cJSON_Delete(root);
    free(buf);
}
