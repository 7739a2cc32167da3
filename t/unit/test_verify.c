/*
 * Claims: what is read, what is refused, and what is answered.  The model is
 * a real one; its thresholds are the test's own.
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "keyauth_user.h"
#include "keyauth_verify.h"


#define TEST_MODEL   "build/t/one/keyauth.model"
#define TEST_POINTS  3

#define TEST_PRESS   "\"Press\":[0,1,2,3,4,5,6,7,8,9,10,11,12]"
#define TEST_REL     "\"Release\":[1,2,3,4,5,6,7,8,9,10,11,12,13]"
#define TEST_SAMPLE  TEST_PRESS "," TEST_REL
#define TEST_MANY    "{" TEST_SAMPLE "},{" TEST_SAMPLE "},"


typedef struct {
    const char  *body;
    int          status;
    const char  *code;
    const char  *pointer;
} test_problem_t;


static keyauth_model_t   model;
static keyauth_engine_t  engine;
static void             *memory;

static const keyauth_verify_limits_t  limits = { 0.01, KEYAUTH_FAR_MAX };

/* threshold 0 and 5 %, at 1 %; for each attempt more, 1 less */
static keyauth_point_t   points[KEYAUTH_ATTEMPTS_MAX][TEST_POINTS];


static int
test_setup(void **state)
{
    int   i;
    char  err[KEYAUTH_ERROR_MAX];

    (void) state;

    if (keyauth_model_open(&model, TEST_MODEL, NULL, err) != 0) {
        fail_msg("%s", err);
    }

    memory = aligned_alloc(64, keyauth_engine_size(&model));
    assert_non_null(memory);

    if (keyauth_engine_init(&engine, &model, memory, err) != 0) {
        fail_msg("%s", err);
    }

    for (i = 0; i < KEYAUTH_ATTEMPTS_MAX; i++) {
        points[i][0] = (keyauth_point_t) { 0.001, 100 - i, 0.5 };
        points[i][1] = (keyauth_point_t) { 0.01, 0 - i, 0.05 };
        points[i][2] = (keyauth_point_t) { 0.2, -100 - i, 0.01 };
    }

    model.verify = points[0];
    model.points = TEST_POINTS;

    return 0;
}


static int
test_teardown(void **state)
{
    (void) state;

    free(memory);
    keyauth_model_close(&model);

    return 0;
}


/* a golden row that FUSION knows for who it is */
static void
test_sample(char *p, uint32_t row)
{
    int            i, n;
    const double  *times;

    times = model.golden + (size_t) row * 2 * model.keys;

    for (i = 0; i < 2; i++) {
        p += sprintf(p, "%s\"%s\":[", (i == 0) ? "" : ",",
                     (i == 0) ? "Press" : "Release");

        for (n = 0; n < (int) model.keys; n++) {
            p += sprintf(p, "%s%.17g", (n == 0) ? "" : ",", *times++);
        }

        p += sprintf(p, "]");
    }
}


static uint32_t
test_class(uint32_t row)
{
    return model.golden_label[row * KEYAUTH_MODELS + KEYAUTH_FUSION];
}


static int
test_parse(keyauth_claim_t *claim, const char *body,
    keyauth_problem_t *problem)
{
    int     rc;
    char   *exact;
    size_t  len;

    /* what lies behind the body is the sanitizer's */

    len = strlen(body);
    exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, body, len);

    rc = keyauth_verify_parse(&engine, claim, &limits, exact, len, problem);

    free(exact);

    return rc;
}


static cJSON *
test_answer(const char *body, keyauth_claim_t *claim)
{
    char               *buf;
    cJSON              *answer;
    size_t              size, n;
    keyauth_problem_t   problem;

    if (test_parse(claim, body, &problem) != 0) {
        fail_msg("%s: %s", body, problem.detail);
    }

    keyauth_verify_decide(&engine, claim);

    size = keyauth_verify_size(&engine);
    buf = malloc(size);
    assert_non_null(buf);

    n = keyauth_verify_write(&engine, claim, buf);
    assert_true(n <= size);

    answer = cJSON_ParseWithLength(buf, n);
    assert_non_null(answer);
    free(buf);

    return answer;
}


static double
test_number(const cJSON *answer, const char *name)
{
    const cJSON  *item;

    item = cJSON_GetObjectItemCaseSensitive(answer, name);
    assert_true(cJSON_IsNumber(item));

    return item->valuedouble;
}


static int
test_accepted(const cJSON *answer)
{
    const cJSON  *item;

    item = cJSON_GetObjectItemCaseSensitive(answer, "Accepted");
    assert_true(cJSON_IsBool(item));

    return cJSON_IsTrue(item);
}


static void
test_own_and_others(void **state)
{
    int              own, others;
    char             body[8192], sample[4096], wanted[32];
    cJSON           *answer;
    size_t           len;
    uint32_t         row, class;
    const char      *label;
    keyauth_claim_t  claim;

    (void) state;

    own = 0;
    others = 0;

    for (row = 0; row < model.golden_rows; row++) {

        test_sample(sample, row);

        for (class = 0; class < model.classes; class++) {

            label = keyauth_model_label(&model, class, &len);
            sprintf(body, "{\"UserID\":%.*s,%s}", (int) len, label, sample);

            answer = test_answer(body, &claim);
            snprintf(wanted, sizeof(wanted), "%.*s", (int) len, label);
            assert_true(test_number(answer, "UserID")
                        == strtod(wanted, NULL));
            assert_int_equal(claim.class, class);
            assert_true(test_number(answer, "Threshold") == 0);
            assert_true(test_number(answer, "FAR") == 0.01);
            assert_true(test_number(answer, "FRR") == 0.05);
            assert_null(cJSON_GetObjectItemCaseSensitive(answer, "Reason"));
            assert_int_equal(cJSON_GetArraySize(answer), 6);
            assert_int_equal(test_accepted(answer),
                             test_number(answer, "Score") >= 0);

            if (class == test_class(row)) {
                own += test_accepted(answer);

            } else {
                others += test_accepted(answer);
            }

            cJSON_Delete(answer);
        }
    }

    /* T-norm's 0 is the mean of the others: most of them are below 1 */

    assert_int_equal(own, model.golden_rows);
    assert_true(others < (int) (model.golden_rows * (model.classes - 1)));
}


static void
test_far(void **state)
{
    int               i;
    char              body[8192], sample[4096];
    cJSON            *answer;
    keyauth_claim_t   claim;

    static const struct {
        const char  *far;
        double       threshold;
        double       frr;
    } at[] = {
        { "0.001", 100, 0.5 },
        { "0.01", 0, 0.05 },
        { "1e-2", 0, 0.05 },
        { "0.2", -100, 0.01 },
        { "0.0031622776601683795", 50, 0.275 }
    };

    (void) state;

    test_sample(sample, 0);

    for (i = 0; i < (int) (sizeof(at) / sizeof(at[0])); i++) {

        sprintf(body, "{\"FAR\":%s,%s,\"UserID\":1}", at[i].far, sample);

        answer = test_answer(body, &claim);
        assert_true(fabs(test_number(answer, "Threshold") - at[i].threshold)
                    < 1e-9);
        assert_true(fabs(test_number(answer, "FRR") - at[i].frr) < 1e-9);
        assert_true(fabs(test_number(answer, "FAR") - strtod(at[i].far, NULL))
                    < 1e-8);

        if (i == 0) {
            assert_false(test_accepted(answer));
        }

        if (i == 3) {
            assert_true(test_accepted(answer));
        }

        cJSON_Delete(answer);
    }
}


static void
test_attempts(void **state)
{
    int               i, n;
    char              body[32768], sample[4096], *p;
    cJSON            *answer;
    double            sum;
    keyauth_claim_t   claim;

    (void) state;

    sum = 0;

    for (n = 1; n <= KEYAUTH_ATTEMPTS_MAX; n++) {

        test_sample(sample, (uint32_t) n);
        sprintf(body, "{\"UserID\":1,%s}", sample);
        cJSON_Delete(test_answer(body, &claim));
        sum += claim.score;

        p = body + sprintf(body, "{\"UserID\":1,\"Attempts\":[");

        for (i = 1; i <= n; i++) {
            test_sample(sample, (uint32_t) i);
            p += sprintf(p, "%s{%s}", (i == 1) ? "" : ",", sample);
        }

        strcpy(p, "]}");

        answer = test_answer(body, &claim);
        assert_int_equal(claim.attempts, n);
        assert_int_equal(engine.nrequests, n);
        assert_true(fabs(claim.score - sum / n) < 1e-9);
        assert_true(test_number(answer, "Threshold") == 1 - n);
        cJSON_Delete(answer);
    }
}


static void
test_rejected(void **state)
{
    char              body[8192], sample[4096], buf[4096];
    size_t            n;
    keyauth_claim_t   claim;

    (void) state;

    test_sample(sample, 0);
    sprintf(body, "{\"UserID\":1,\"FAR\":0.2,%s}", sample);
    cJSON_Delete(test_answer(body, &claim));
    assert_true(claim.accepted);

    keyauth_verify_reject(&claim, "replay");

    n = keyauth_verify_write(&engine, &claim, buf);
    assert_true(n <= keyauth_verify_size(&engine));
    buf[n] = '\0';
    assert_ptr_equal(strstr(buf, "{\"UserID\":1,\"Accepted\":false,"
                                 "\"Reason\":\"replay\",\"Score\":"), buf);
}


static void
test_refused(const char *body, int status, const char *code,
    const char *pointer)
{
    keyauth_claim_t    claim;
    keyauth_problem_t  problem;

    if (test_parse(&claim, body, &problem) != -1) {
        fail_msg("%s passes", body);
    }

    if (problem.status != status || strcmp(problem.code, code) != 0
        || strcmp(problem.pointer, pointer) != 0)
    {
        fail_msg("%s: %d %s %s (%s)", body, problem.status, problem.code,
                 problem.pointer, problem.detail);
    }

    assert_true(strlen(problem.detail) > 10);
    assert_int_equal(engine.nrequests, 0);
}


static void
test_problems(void **state)
{
    size_t  i;

    static const test_problem_t  problems[] = {
        { "", 400, "not-json", "" },
        { "{", 400, "not-json", "" },
        { "[]", 422, "wrong-type", "" },
        { "[{\"UserID\":1," TEST_SAMPLE "}]", 422, "wrong-type", "" },
        { "1", 422, "wrong-type", "" },
        { "{}", 422, "missing-member", "/UserID" },
        { "{" TEST_SAMPLE "}", 422, "missing-member", "/UserID" },
        { "{\"UserID\":1}", 422, "no-form", "" },
        { "{\"UserID\":1,\"FAR\":0.1}", 422, "no-form", "" },
        { "{\"UserID\":1," TEST_PRESS "}", 422, "missing-member",
          "/Release" },
        { "{\"UserID\":1," TEST_REL "}", 422, "missing-member", "/Press" },
        { "{\"UserID\":1,\"Model\":\"RF\"," TEST_SAMPLE "}", 422,
          "unknown-member", "/Model" },
        { "{\"UserID\":1,\"userid\":1}", 422, "unknown-member", "/userid" },
        { "{\"UserID\":1,\"UserID\":1," TEST_SAMPLE "}", 422,
          "duplicate-member", "/UserID" },
        { "{\"UserID\":1," TEST_SAMPLE ",\"FAR\":0.1,\"FAR\":0.1}", 422,
          "duplicate-member", "/FAR" },
        { "{\"UserID\":null," TEST_SAMPLE "}", 422, "wrong-type",
          "/UserID" },
        { "{\"UserID\":[1]," TEST_SAMPLE "}", 422, "wrong-type", "/UserID" },
        { "{\"UserID\":0," TEST_SAMPLE "}", 404, "unknown-user", "/UserID" },
        { "{\"UserID\":1e999," TEST_SAMPLE "}", 404, "unknown-user",
          "/UserID" },
        { "{\"UserID\":1.5," TEST_SAMPLE "}", 404, "unknown-user",
          "/UserID" },
        { "{\"UserID\":\"\"," TEST_SAMPLE "}", 404, "unknown-user",
          "/UserID" },
        { "{\"UserID\":\"01\"," TEST_SAMPLE "}", 404, "unknown-user",
          "/UserID" },

        /* the user is looked for when all else is right */
        { "{\"UserID\":0," TEST_PRESS "}", 422, "missing-member",
          "/Release" },

        { "{\"UserID\":1,\"FAR\":\"0.1\"," TEST_SAMPLE "}", 422,
          "wrong-type", "/FAR" },
        { "{\"UserID\":1,\"FAR\":0," TEST_SAMPLE "}", 422, "out-of-range",
          "/FAR" },
        { "{\"UserID\":1,\"FAR\":0.00099," TEST_SAMPLE "}", 422,
          "out-of-range", "/FAR" },
        { "{\"UserID\":1,\"FAR\":0.201," TEST_SAMPLE "}", 422,
          "out-of-range", "/FAR" },
        { "{\"UserID\":1,\"FAR\":-1e999," TEST_SAMPLE "}", 422,
          "out-of-range", "/FAR" },
        { "{\"UserID\":1,\"Press\":[0]}", 422, "wrong-length", "/Press" },
        { "{\"UserID\":1,\"Press\":{}}", 422, "wrong-type", "/Press" },
        { "{\"UserID\":1," TEST_PRESS
          ",\"Release\":[1,2,3,4,5,6,7,8,9,10,11,12,1e999]}", 422,
          "out-of-range", "/Release/12" },
        { "{\"UserID\":1," TEST_PRESS
          ",\"Release\":[1,2,3,4,5,6,7,8,9,10,11,12,11]}", 422, "order",
          "/Release/12" },
        { "{\"UserID\":1," TEST_SAMPLE ",\"Attempts\":[]}", 422,
          "both-forms", "/Attempts" },
        { "{\"UserID\":1,\"Attempts\":[{" TEST_SAMPLE "}]," TEST_PRESS "}",
          422, "both-forms", "/Press" },
        { "{\"UserID\":1,\"Attempts\":[]}", 422, "wrong-length",
          "/Attempts" },
        { "{\"UserID\":1,\"Attempts\":[" TEST_MANY TEST_MANY TEST_MANY
          "1]}", 422, "wrong-length", "/Attempts" },
        { "{\"UserID\":1,\"Attempts\":{}}", 422, "wrong-type", "/Attempts" },
        { "{\"UserID\":1,\"Attempts\":[{" TEST_SAMPLE "},1]}", 422,
          "wrong-type", "/Attempts/1" },
        { "{\"UserID\":1,\"Attempts\":[{" TEST_SAMPLE "},{" TEST_PRESS "}]}",
          422, "missing-member", "/Attempts/1/Release" },
        { "{\"UserID\":1,\"Attempts\":[{}]}", 422, "missing-member",
          "/Attempts/0/Press" },
        { "{\"UserID\":1,\"Attempts\":[{\"UserID\":1}]}", 422,
          "unknown-member", "/Attempts/0/UserID" },
        { "{\"UserID\":1,\"Attempts\":[{\"FAR\":1}]}", 422,
          "unknown-member", "/Attempts/0/FAR" },
        { "{\"UserID\":1,\"Attempts\":[{" TEST_PRESS "," TEST_PRESS "}]}",
          422, "duplicate-member", "/Attempts/0/Press" },
        { "{\"UserID\":1,\"Attempts\":[{\"Press\":[\"\"]}]}", 422,
          "wrong-length", "/Attempts/0/Press" },
        { "{\"UserID\":1,\"Attempts\":[{" TEST_SAMPLE "},{" TEST_PRESS
          ",\"Release\":[1,2,3,4,5,6,7,8,9,10,11,12,null]}]}", 422,
          "wrong-type", "/Attempts/1/Release/12" },
        { "{\"UserID\":1,\"Attempts\":[{" TEST_SAMPLE "},{" TEST_PRESS
          ",\"Release\":[1,1,3,4,5,6,7,8,9,10,11,10,12]}]}", 422, "order",
          "/Attempts/1/Release/11" },

        /* behind an array of attempts a pointer is plain again */
        { "{\"Attempts\":[{" TEST_SAMPLE "}],\"FAR\":1,\"UserID\":1}", 422,
          "out-of-range", "/FAR" }
    };

    (void) state;

    for (i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
        test_refused(problems[i].body, problems[i].status, problems[i].code,
                     problems[i].pointer);
    }
}


static void
test_lacking(void **state)
{
    uint32_t  models;

    static const char  body[] = "{\"UserID\":0," TEST_SAMPLE "}";

    (void) state;

    models = model.models;
    model.points = 0;
    test_refused(body, 422, "no-thresholds", "");

    model.models &= ~(1u << KEYAUTH_FUSION);
    test_refused(body, 422, "unknown-model", "");

    model.models = models;
    model.points = TEST_POINTS;
    test_refused(body, 404, "unknown-user", "/UserID");
}


static void
test_limits(void **state)
{
    keyauth_claim_t          claim;
    keyauth_problem_t        problem;
    keyauth_verify_limits_t  strict = { 0.005, 0.005 };

    static const char  none[] = "{\"UserID\":1," TEST_SAMPLE "}";
    static const char  less[] = "{\"UserID\":1," TEST_SAMPLE
                                ",\"FAR\":0.002}";
    static const char  more[] = "{\"UserID\":1," TEST_SAMPLE
                                ",\"FAR\":0.006}";

    (void) state;

    assert_int_equal(keyauth_verify_parse(&engine, &claim, &strict, none,
                                          sizeof(none) - 1, &problem), 0);
    assert_true(claim.far == 0.005);

    assert_int_equal(keyauth_verify_parse(&engine, &claim, &strict, less,
                                          sizeof(less) - 1, &problem), 0);
    assert_true(claim.far == 0.002);

    assert_int_equal(keyauth_verify_parse(&engine, &claim, &strict, more,
                                          sizeof(more) - 1, &problem), -1);
    assert_string_equal(problem.code, "out-of-range");
    assert_string_equal(problem.detail, "FAR must be from 0.001 to 0.005.");
}


/* in the order of a model file */
static const char *const  users[] = {
    "-9007199254740991", "-7", "0", "7", "42", "9007199254740991",
    "", "-0", "007", "1.0", "42 ", "9007199254740992", "a", "aa", "b",
    "\303\244"
};

#define TEST_USERS  (sizeof(users) / sizeof(users[0]))


static void
test_users_model(keyauth_model_t *m)
{
    uint32_t         i;
    static char      text[256];
    static uint32_t  offset[TEST_USERS + 1];

    for (i = 0; i < TEST_USERS; i++) {
        memcpy(text + offset[i], users[i], strlen(users[i]));
        offset[i + 1] = offset[i] + (uint32_t) strlen(users[i]);
    }

    m->classes = TEST_USERS;
    m->label_offset = offset;
    m->label_text = text;
}


static void
test_users(void **state)
{
    size_t           i;
    int64_t          value;
    keyauth_model_t  m;

    static const char *const  nobody[] = {
        "-9007199254740990", "-8", "1", "41", "43", "00", "07", "42.0",
        "4", " 42", "9007199254740990", "9007199254740993", "+7", "A", "ab",
        "c", "z", "\303\245", "-", "12345678901234567"
    };

    (void) state;

    test_users_model(&m);

    for (i = 0; i < TEST_USERS; i++) {
        assert_int_equal(keyauth_user_class(&m, users[i], strlen(users[i])),
                         i);
        assert_int_equal(keyauth_user_integer(users[i], strlen(users[i]),
                                              &value), i < 6);
    }

    for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
        assert_int_equal(keyauth_user_class(&m, nobody[i],
                                            strlen(nobody[i])),
                         KEYAUTH_NOBODY);
    }
}


/* a number names whom it is equal to, a string who is spelt so */
static void
test_spellings(void **state)
{
    int                rc;
    char               body[1024];
    size_t             i;
    keyauth_model_t    true_model;
    keyauth_claim_t    claim;
    keyauth_problem_t  problem;

    static const struct {
        const char  *json;
        const char  *user;              /* NULL: nobody */
    } spellings[] = {
        { "42", "42" },
        { "42.0", "42" },
        { "4.2e1", "42" },
        { "\"42\"", "42" },
        { "\"\\u0034\\u0032\"", "42" },
        { "\"42.0\"", NULL },
        { "\"42 \"", "42 " },
        { "7", "7" },
        { "-7", "-7" },
        { "\"007\"", "007" },
        { "0", "0" },
        { "-0", "0" },
        { "\"-0\"", "-0" },
        { "1", NULL },
        { "1.0", NULL },
        { "\"1.0\"", "1.0" },
        { "9007199254740991", "9007199254740991" },
        { "-9007199254740991", "-9007199254740991" },
        { "9007199254740992", NULL },
        { "\"9007199254740992\"", "9007199254740992" },
        { "\"\"", "" },
        { "\"\\u00e4\"", "\303\244" }
    };

    (void) state;

    true_model = model;
    test_users_model(&model);

    for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {

        sprintf(body, "{\"UserID\":%s," TEST_SAMPLE "}", spellings[i].json);
        rc = test_parse(&claim, body, &problem);

        if (spellings[i].user == NULL) {
            assert_int_equal(rc, -1);
            assert_string_equal(problem.code, "unknown-user");
            continue;
        }

        if (rc != 0) {
            fail_msg("%s: %s", spellings[i].json, problem.detail);
        }

        assert_string_equal(users[claim.class], spellings[i].user);
    }

    model = true_model;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_own_and_others),
        cmocka_unit_test(test_far),
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_lacking),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_spellings)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("verify", tests, test_setup,
                                       test_teardown);
}
