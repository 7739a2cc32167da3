/*
 * Fuzzes enrolments: bodies, and what becomes of a template that the store
 * has.  Behind a NUL are the template's bytes:
 *
 *     fuzz_enrol -dict=t/fuzz/json.dict FOUND
 */


#include "fuzz.h"

#include <cjson/cJSON.h>

#include "keyauth_enrol.h"
#include "keyauth_model.h"
#include "keyauth_user.h"


#define FUZZ_MODEL   "build/t/one/keyauth.model"
#define FUZZ_NEEDED  4
#define FUZZ_DAY     20000


static void fuzz_name(keyauth_enrol_t *e);
static void fuzz_edit(keyauth_enrol_t *e, const uint8_t *old, size_t size);
static void fuzz_answer(const keyauth_enrol_t *e);


static keyauth_model_t  model;
static keyauth_body_t   memory;
static keyauth_enrol_t  enrol;


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char  err[KEYAUTH_ERROR_MAX];

    (void) argc;
    (void) argv;

    fuzz_assert(keyauth_model_open(&model, FUZZ_MODEL, NULL, err) == 0);
    fuzz_assert(model.live.head.people > 0);

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int             rc;
    char           *body;
    char            text[KEYAUTH_PROBLEM_MAX];
    size_t          len;
    const uint8_t  *old;

    old = size ? memchr(data, '\0', size) : NULL;
    len = old ? (size_t) (old - data) : size;
    body = fuzz_copy(data, len);

    memset(&enrol, 0x7f, sizeof(enrol));
    enrol.live = &model.live;
    enrol.needed = FUZZ_NEEDED;
    enrol.window = KEYAUTH_LIVE_ROWS_MAX;
    enrol.day = FUZZ_DAY;

    rc = keyauth_enrol_parse(&enrol, &memory, body, len);
    free(body);

    if (rc != 0) {
        fuzz_assert(rc == -1);
        fuzz_assert(enrol.problem.status == 400 || enrol.problem.status == 413
                    || enrol.problem.status == 422);
        fuzz_assert(keyauth_problem_write(&enrol.problem, text)
                    <= sizeof(text));
        return 0;
    }

    fuzz_name(&enrol);

    if (old == NULL) {
        fuzz_edit(&enrol, NULL, 0);

    } else {
        fuzz_edit(&enrol, old + 1, size - len - 1);
    }

    return 0;
}


static void
fuzz_name(keyauth_enrol_t *e)
{
    uint32_t              i, keys;
    keyauth_store_name_t  name;

    keyauth_enrol_name(e, &name);
    fuzz_assert(keyauth_user_valid(name.user, name.user_len));
    fuzz_assert(name.phrase_len <= KEYAUTH_PHRASE_MAX);
    fuzz_assert(e->samples >= 1 && e->samples <= KEYAUTH_LIVE_ROWS_MAX);

    keys = e->sample[0].keys;
    fuzz_assert(keys >= KEYAUTH_KEYS_MIN && keys <= KEYAUTH_KEYS_MAX);

    for (i = 1; i < e->samples; i++) {
        fuzz_assert(e->sample[i].keys == keys);
    }
}


/* once, and once more on what has come of it */

static void
fuzz_edit(keyauth_enrol_t *e, const uint8_t *old, size_t size)
{
    int                      i;
    size_t                   n;
    uint8_t                 *copy, bytes[KEYAUTH_STORE_TEMPLATE_MAX];
    keyauth_store_record_t   record;
    keyauth_live_template_t  t;

    copy = fuzz_copy(old, size);
    memset(&record, 0, sizeof(record));
    record.bytes = copy;
    record.size = size;

    for (i = 0; i < 2; i++) {
        n = keyauth_enrol_edit(e, (old || i) ? &record : NULL, bytes);

        if (n == 0) {
            fuzz_assert(e->problem.status == 409 || e->problem.status == 422
                        || e->problem.status == 503);
            break;
        }

        fuzz_assert(e->problem.status == 0);
        fuzz_assert(n <= sizeof(bytes));
        fuzz_assert(keyauth_live_read(&t, bytes, n) == 0);
        fuzz_assert(t.keys == e->sample[0].keys && t.rows >= e->samples);
        fuzz_answer(e);

        free(copy);
        copy = fuzz_copy(bytes, n);
        record.bytes = copy;
        record.size = n;
    }

    free(copy);
}


static void
fuzz_answer(const keyauth_enrol_t *e)
{
    int      i;
    char     text[KEYAUTH_ENROL_ANSWER_MAX];
    cJSON   *answer;
    size_t   n;

    for (i = 0; i < 2; i++) {
        n = i ? keyauth_enrol_write_state(e, text)
              : keyauth_enrol_write(e, text);
        fuzz_assert(n <= sizeof(text));

        answer = cJSON_ParseWithLength(text, n);
        fuzz_assert(answer != NULL);
        fuzz_assert(cJSON_IsNumber(cJSON_GetObjectItem(answer, "Samples")));
        cJSON_Delete(answer);
    }
}
