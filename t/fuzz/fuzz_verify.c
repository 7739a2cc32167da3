/*
 * Fuzzes the parsing of claims, and answers those that pass.  The model is a
 * trained one, with thresholds of the fuzzer's own:
 *
 *     fuzz_verify -dict=t/fuzz/json.dict FOUND
 */


#include "fuzz.h"

#include <cjson/cJSON.h>

#include "keyauth_answer.h"
#include "keyauth_claim.h"


#define FUZZ_MODEL  "build/t/one/keyauth.model"


static void fuzz_answer(const keyauth_claim_t *claim);


static keyauth_model_t   model;
static keyauth_engine_t  engine;
static keyauth_body_t    memory;
static keyauth_point_t   points[KEYAUTH_ATTEMPTS_MAX][2];


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    int    i;
    char   err[KEYAUTH_ERROR_MAX];
    void  *scratch;

    (void) argc;
    (void) argv;

    fuzz_assert(keyauth_model_open(&model, FUZZ_MODEL, NULL, err) == 0);

    scratch = aligned_alloc(64, keyauth_engine_size(&model));
    fuzz_assert(scratch != NULL);
    fuzz_assert(keyauth_engine_init(&engine, &model, scratch, err) == 0);

    for (i = 0; i < KEYAUTH_ATTEMPTS_MAX; i++) {
        points[i][0] = (keyauth_point_t) { KEYAUTH_FAR_MIN, 3, 0.5 };
        points[i][1] = (keyauth_point_t) { KEYAUTH_FAR_MAX, 1, 0.1 };
    }

    model.verify = points[0];
    model.points = 2;

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                rc;
    char              *body;
    char               text[KEYAUTH_PROBLEM_MAX];
    keyauth_claim_t    claim;
    keyauth_problem_t  problem;

    static const keyauth_claim_limits_t  limits = { KEYAUTH_FAR_DEFAULT,
                                                    KEYAUTH_FAR_MAX, 0 };

    body = fuzz_copy(data, size);
    memset(&problem, 0x7f, sizeof(problem));

    rc = keyauth_claim_parse(&claim, &memory, &model, &limits, body, size,
                             &problem);
    free(body);

    if (rc == 0) {
        fuzz_answer(&claim);
        return 0;
    }

    fuzz_assert(rc == -1 && claim.attempts == 0);
    fuzz_assert(problem.status == 400 || problem.status == 404
                || problem.status == 413 || problem.status == 422);
    fuzz_assert(memchr(problem.pointer, '\0', sizeof(problem.pointer)));
    fuzz_assert(memchr(problem.detail, '\0', sizeof(problem.detail)));
    fuzz_assert(keyauth_problem_write(&problem, text) <= sizeof(text));

    return 0;
}


static void
fuzz_answer(const keyauth_claim_t *claim)
{
    char               *buf;
    cJSON              *answer;
    size_t              size, n;
    keyauth_verdict_t   verdict;

    fuzz_assert(claim->class < model.classes);
    fuzz_assert(claim->attempts >= 1);
    fuzz_assert(claim->attempts <= KEYAUTH_ATTEMPTS_MAX);
    fuzz_assert(claim->far >= KEYAUTH_FAR_MIN);
    fuzz_assert(claim->far <= KEYAUTH_FAR_MAX);

    keyauth_verify(&engine, claim, &verdict);

    size = keyauth_answer_verdict_size(&model);
    buf = malloc(size);
    fuzz_assert(buf != NULL);

    n = keyauth_answer_verdict_write(&model, &verdict, buf);
    fuzz_assert(n <= size);

    answer = cJSON_ParseWithLength(buf, n);
    fuzz_assert(answer != NULL);
    fuzz_assert(cJSON_IsNumber(cJSON_GetObjectItem(answer, "Score")));

    cJSON_Delete(answer);
    free(buf);
}
