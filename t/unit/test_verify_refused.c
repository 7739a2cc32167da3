/*
 * Claims that are refused, each with its status, code and pointer.
 */


#include "claims.h"


#define TEST_MANY    "{" TEST_SAMPLE "},{" TEST_SAMPLE "},"


typedef struct {
    const char  *body;
    int          status;
    const char  *code;
    const char  *pointer;
} test_problem_t;


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
    assert_int_equal(claim.attempts, 0);
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
    keyauth_claim_limits_t   strict = { 0.005, 0.005, 0 };

    static const char  none[] = "{\"UserID\":1," TEST_SAMPLE "}";
    static const char  less[] = "{\"UserID\":1," TEST_SAMPLE
                                ",\"FAR\":0.002}";
    static const char  more[] = "{\"UserID\":1," TEST_SAMPLE
                                ",\"FAR\":0.006}";

    (void) state;

    assert_int_equal(keyauth_claim_parse(&claim, &tree, &model, &strict,
                                         none, sizeof(none) - 1, &problem), 0);
    assert_true(claim.far == 0.005);

    assert_int_equal(keyauth_claim_parse(&claim, &tree, &model, &strict,
                                         less, sizeof(less) - 1, &problem), 0);
    assert_true(claim.far == 0.002);

    assert_int_equal(keyauth_claim_parse(&claim, &tree, &model, &strict,
                                         more, sizeof(more) - 1, &problem), -1);
    assert_string_equal(problem.code, "out-of-range");
    assert_string_equal(problem.detail, "FAR must be from 0.001 to 0.005.");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_lacking),
        cmocka_unit_test(test_limits)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("verify refused", tests, test_setup,
                                       test_teardown);
}
