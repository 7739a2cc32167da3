/*
 * Users: who is meant by a UserID, however it is written.
 */


#include "claims.h"


/* in the order of a model file */
static const char *const  users[] = {
    "-9007199254740991", "-7", "0", "7", "42", "9007199254740991",
    "-0", "007", "1.0", "42 ", "9007199254740992", "a", "aa", "b",
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
        "", "c", "z", "\303\245", "-", "12345678901234567"
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


/* a number names the user equal to it, a string the user written so */
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
        { "\"\"", NULL },
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
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_spellings)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("user", tests, test_setup,
                                       test_teardown);
}
