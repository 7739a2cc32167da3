/*
 * What answers are written with: labels, numbers, escapes, problems.
 */


#include <float.h>
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

#include "keyauth_answer.h"
#include "keyauth_problem.h"
#include "keyauth_json.h"


/* spelling in the data set, length, spelling in an answer */
static const struct {
    const char  *label;
    size_t       len;
    const char  *json;
} spellings[] = {

    { "0", 1, "0" },
    { "42", 2, "42" },
    { "-1", 2, "-1" },
    { "-9007199254740991", 17, "-9007199254740991" },
    { "9007199254740991", 16, "9007199254740991" },
    { "1234567890123456", 16, "1234567890123456" },

    { "9007199254740992", 16, "\"9007199254740992\"" },
    { "-9007199254740992", 17, "\"-9007199254740992\"" },
    { "12345678901234567", 17, "\"12345678901234567\"" },
    { "", 0, "\"\"" },
    { "-", 1, "\"-\"" },
    { "--1", 3, "\"--1\"" },
    { "-0", 2, "\"-0\"" },
    { "00", 2, "\"00\"" },
    { "007", 3, "\"007\"" },
    { "-07", 3, "\"-07\"" },
    { "+1", 2, "\"+1\"" },
    { "1.0", 3, "\"1.0\"" },
    { "1e5", 3, "\"1e5\"" },
    { " 1", 2, "\" 1\"" },
    { "1 ", 2, "\"1 \"" },
    { "s002", 4, "\"s002\"" },
    { "a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"" },
    { "\x00\x01\n\x1f\x7f", 5, "\"\\u0000\\u0001\\u000a\\u001f\x7f\"" },
    { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
      "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" }
};


static void
test_label(void **state)
{
    char              buf[64];
    size_t            i, n;
    uint32_t          offset[2] = { 0, 0 };
    const char       *json;
    keyauth_model_t   model;

    (void) state;

    model.label_offset = offset;

    for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {

        model.label_text = spellings[i].label;
        offset[1] = (uint32_t) spellings[i].len;

        json = spellings[i].json;
        n = (size_t) (keyauth_answer_label(&model, 0, buf) - buf);

        if (n != strlen(json) || memcmp(buf, json, n) != 0) {
            fail_msg("%.*s, not %s", (int) n, buf, json);
        }
    }
}


static void
test_number(void **state)
{
    int                  i, e;
    char                 buf[64], wanted[64], *end;
    double               x;
    static const double  exact[] = {
        0, 1, 0.5, 0.31, 0.1, 0.25, 0.999999, 0.0001, 0.00015, 123456, 99999.5,
        100000, 10, 12, 1e-5, 9.5e-7, 1e6, 1234567, 1e15, 1e100, 1e-100,
        0.9999996, 999999.6, 9.999996e-5, 0.013, -0.25, -1e-7, 4.94066e-324,
        DBL_MIN, DBL_MAX
    };

    (void) state;

    for (i = 0; i < (int) (sizeof(exact) / sizeof(exact[0])); i++) {

        *keyauth_json_number(buf, exact[i]) = '\0';
        (void) snprintf(wanted, sizeof(wanted), "%.6g", exact[i]);

        /* 1e-05 and 1e+15 there, 1e-5 and 1e15 here */

        end = strchr(wanted, 'e');

        if (end != NULL && end[2] == '0') {
            memmove(end + 2, end + 3, strlen(end + 2));
        }

        if (end != NULL && end[1] == '+') {
            memmove(end + 1, end + 2, strlen(end + 1));
        }

        assert_string_equal(buf, wanted);
        assert_true(strlen(buf) <= KEYAUTH_JSON_NUMBER_MAX);
    }

    for (i = 1; i <= 100; i++) {
        *keyauth_json_number(buf, i / 100.0) = '\0';
        (void) snprintf(wanted, sizeof(wanted), "%g", i / 100.0);
        assert_string_equal(buf, wanted);
    }

    for (e = -323; e <= 308; e++) {
        for (i = 0; i < 50; i++) {
            x = (1 + i * 0.1799) * pow(10, e);

            if (!isfinite(x) || x == 0) {
                continue;
            }

            end = keyauth_json_number(buf, x);
            *end = '\0';

            assert_true(end - buf <= KEYAUTH_JSON_NUMBER_MAX);
            assert_true(fabs(strtod(buf, &end) - x)
                        <= 5.0001e-6 * x + 2 * 4.95e-324);
            assert_int_equal(*end, '\0');
        }
    }

    *keyauth_json_number(buf, (double) NAN) = '\0';
    assert_string_equal(buf, "null");
    *keyauth_json_number(buf, -(double) INFINITY) = '\0';
    assert_string_equal(buf, "null");
}


static void
test_integer(void **state)
{
    char      buf[64], wanted[64];
    uint32_t  n;

    (void) state;

    for (n = 1; n < 1000000000; n *= 10) {
        *keyauth_json_integer(buf, n) = '\0';
        (void) snprintf(wanted, sizeof(wanted), "%u", (unsigned) n);
        assert_string_equal(buf, wanted);

        *keyauth_json_integer(buf, n - 1) = '\0';
        (void) snprintf(wanted, sizeof(wanted), "%u", (unsigned) n - 1);
        assert_string_equal(buf, wanted);
    }

    *keyauth_json_integer(buf, UINT32_MAX) = '\0';
    assert_string_equal(buf, "4294967295");
}


static void
test_escape(void **state)
{
    char    buf[16], *p;
    size_t  room;

    (void) state;

    /* a character that does not fit is left out as a whole */

    for (room = 0; room < sizeof(buf); room++) {

        memset(buf, '#', sizeof(buf));
        p = keyauth_json_escape(buf, buf + room, "a\"\xe2\x82\xac\x01z", 7);

        assert_int_equal(p - buf, (room < 1) ? 0 : (room < 3) ? 1
                                  : (room < 6) ? 3 : (room < 12) ? 6
                                  : (room < 13) ? 12 : 13);

        if (p < buf + sizeof(buf)) {
            assert_int_equal(*p, '#');
        }
    }

    assert_memory_equal(buf, "a\\\"\xe2\x82\xac\\u0001z", 13);
}


/* details and pointers of any length and content */
static void
test_problem(void **state)
{
    int                 i;
    char                long_text[512], *buf;
    cJSON              *root;
    size_t              n, len;
    keyauth_problem_t   problem;
    static const char   worst[] = { '\x01', '"', '\\', 'x', '~' };

    (void) state;

    for (i = 0; i < (int) sizeof(worst); i++) {

        memset(long_text, worst[i], sizeof(long_text));
        long_text[sizeof(long_text) - 1] = '\0';

        keyauth_problem_set(&problem, 422, "code", "Title", long_text, "%s",
                            long_text);

        assert_int_equal(strlen(problem.detail), sizeof(problem.detail) - 1);

        buf = test_malloc(KEYAUTH_PROBLEM_MAX);
        n = keyauth_problem_write(&problem, buf);
        assert_true(n <= KEYAUTH_PROBLEM_MAX);

        root = cJSON_ParseWithLength(buf, n);
        assert_non_null(root);
        assert_int_equal(cJSON_GetArraySize(root), 5);
        assert_string_equal(cJSON_GetObjectItem(root, "type")->valuestring,
                            "urn:keyauth:problem:code");

        cJSON_Delete(root);
        test_free(buf);
    }

    assert_int_equal(strlen(problem.pointer), sizeof(problem.pointer) - 2);

    /* 3-byte characters at every offset: the cut is between two of them */

    for (i = 0; i < 3; i++) {

        memset(long_text, 'a', 3);

        for (len = (size_t) i; len < 400; len += 3) {
            memcpy(long_text + len, "\xe2\x82\xac", 4);
        }

        keyauth_problem_set(&problem, 422, "code", "Title", long_text, "%s",
                            long_text);

        assert_int_equal((strlen(problem.detail) - (size_t) i) % 3, 0);
        assert_true(strlen(problem.detail) > sizeof(problem.detail) - 4);
        assert_int_equal((strlen(problem.pointer) - (size_t) i) % 3, 0);
        assert_true(strlen(problem.pointer) > sizeof(problem.pointer) - 4);
    }

    /* what just fits stays */

    memset(long_text, 'b', 255);
    long_text[255] = '\0';
    keyauth_problem_set(&problem, 400, "c", "T", long_text, "%d%%", 5);
    assert_string_equal(problem.pointer, long_text);
    assert_string_equal(problem.detail, "5%");
    assert_int_equal(problem.status, 400);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_label),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_integer),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_problem)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
