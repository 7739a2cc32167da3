/*
 * Answers and problems.  Kernels are stood in for, so that labels and scores
 * can be anything; the unit is therefore compiled into the test.
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

#define keyauth_engine_predict  test_engine_predict
#define keyauth_engine_top      test_engine_top
#define keyauth_engine_verify   test_engine_verify

#include "keyauth_answer.c"


#define TEST_SUMMARY                                                          \
    "\"HT\":{\"Mean\":90,\"STD\":1},\"PPT\":{\"Mean\":200,\"STD\":1},"        \
    "\"RRT\":{\"Mean\":1,\"STD\":1},\"RPT\":{\"Mean\":110,\"STD\":1}"
#define TEST_TIMINGS                                                          \
    "\"Press\":[0,200,450],\"Release\":[90,295,540]"

/* the challenge's, whose means cannot be of one sample */
#define TEST_CHALLENGE                                                        \
    "\"HT\":{\"Mean\":48.43,\"STD\":23.34},"                                  \
    "\"PPT\":{\"Mean\":120.43,\"STD\":37.41},"                                \
    "\"RRT\":{\"Mean\":124.43,\"STD\":45.34},"                                \
    "\"RPT\":{\"Mean\":132.56,\"STD\":47.12}"


static uint32_t             predicted;  /* class that is answered next */
static uint32_t             offsets[KEYAUTH_TOP_MAX * 2 + 1];
static char                 texts[KEYAUTH_TOP_MAX * 2 * KEYAUTH_LABEL_MAX];
static keyauth_model_t      model;
static keyauth_candidate_t  candidates[KEYAUTH_TOP_MAX];
static keyauth_request_t    requests[KEYAUTH_BATCH_MAX];
static keyauth_engine_t     engine;
static double               verified;   /* score of whoever is predicted */
static keyauth_point_t      points[2] = { { 0.001, 3, 0 }, { 0.2, 1, 0 } };


uint32_t
keyauth_engine_predict(keyauth_engine_t *e, keyauth_model_e m,
    const keyauth_request_t *sample)
{
    assert_ptr_equal(e, &engine);
    assert_int_equal(m, sample->model);

    return predicted++ % model.classes;
}


/* the predicted class and those that follow it */
uint32_t
keyauth_engine_top(keyauth_engine_t *e, keyauth_model_e m, uint32_t n)
{
    uint32_t  i;

    assert_ptr_equal(e, &engine);
    assert_true(m < KEYAUTH_MODELS);

    if (n > model.classes) {
        n = model.classes;
    }

    for (i = 0; i < n; i++) {
        candidates[i].label = (predicted - 1 + i) % model.classes;
        candidates[i].score = 1.0 / (i + 3);
    }

    return n;
}


/* is asked after a prediction for whom it has named */
double
keyauth_engine_verify(keyauth_engine_t *e, uint32_t class,
    const keyauth_request_t *samples, uint32_t n)
{
    assert_ptr_equal(e, &engine);
    assert_ptr_equal(samples, requests);
    assert_int_equal(n, 1);
    assert_int_equal(class, (predicted - 1) % model.classes);

    return verified;
}


static void
test_labels(const char *const *labels, const size_t *len, uint32_t n)
{
    uint32_t  i;

    offsets[0] = 0;

    for (i = 0; i < n; i++) {
        memcpy(texts + offsets[i], labels[i], len[i]);
        offsets[i + 1] = offsets[i] + (uint32_t) len[i];
    }

    model.keys = 3;
    model.classes = n;
    model.models = (1u << KEYAUTH_MODELS) - 1;
    model.points = 2;
    model.unknown = points;
    model.label_offset = offsets;
    model.label_text = texts;

    engine.model = &model;
    engine.candidates = candidates;
    engine.requests = requests;

    predicted = 0;
}


static int
test_three_users(void **state)
{
    static const size_t       len[] = { 1, 2, 3 };
    static const char *const  labels[] = { "7", "42", "zoe" };

    (void) state;

    test_labels(labels, len, 3);

    return 0;
}


static void
test_answers(const char *body, const char *wanted, uint32_t last)
{
    char               *buf;
    size_t              size, n;
    uint32_t            class;
    keyauth_problem_t   problem;

    if (keyauth_answer_parse(&engine, body, strlen(body), &problem) != 0) {
        fail_msg("%s: %s", body, problem.detail);
    }

    size = keyauth_answer_size(&engine);
    buf = test_malloc(size);
    n = keyauth_answer_write(&engine, buf, &class);

    assert_true(n <= size);

    if (n != strlen(wanted) || memcmp(buf, wanted, n) != 0) {
        fail_msg("%.*s, not %s", (int) n, buf, wanted);
    }

    assert_int_equal(class, last);
    test_free(buf);
}


static void
test_single(void **state)
{
    (void) state;

    test_answers("{\"Model\":\"RF\"," TEST_SUMMARY "}",
                 "{\"UserID\":7,\"Model\":\"RF\"}", 0);
    test_answers("{\"Model\":\"XGB\"," TEST_SUMMARY "}",
                 "{\"UserID\":42,\"Model\":\"XGB\"}", 1);
    test_answers("{\"Model\":\"SVM\"," TEST_SUMMARY "}",
                 "{\"UserID\":\"zoe\",\"Model\":\"SVM\"}", 2);
    test_answers("{\"Model\":\"FUSION\"," TEST_TIMINGS "}",
                 "{\"UserID\":7,\"Model\":\"FUSION\"}", 0);
}


static void
test_top(void **state)
{
    (void) state;

    test_answers("{\"Model\":\"RF\",\"Top\":2," TEST_SUMMARY "}",
                 "{\"UserID\":7,\"Model\":\"RF\",\"Candidates\":["
                 "{\"UserID\":7,\"Score\":0.333333},"
                 "{\"UserID\":42,\"Score\":0.25}]}", 0);

    /* no more than there are users */

    test_answers("{\"Model\":\"RF\",\"Top\":100," TEST_SUMMARY "}",
                 "{\"UserID\":42,\"Model\":\"RF\",\"Candidates\":["
                 "{\"UserID\":42,\"Score\":0.333333},"
                 "{\"UserID\":\"zoe\",\"Score\":0.25},"
                 "{\"UserID\":7,\"Score\":0.2}]}", 1);
}


static void
test_nobody(void **state)
{
    (void) state;

    verified = 2.99;
    test_answers("{\"Model\":\"FUSION\",\"FAR\":0.001," TEST_TIMINGS "}",
                 "{\"UserID\":null,\"Model\":\"FUSION\"}", KEYAUTH_NOBODY);
    test_answers("{\"Model\":\"FUSION\",\"FAR\":0.2," TEST_TIMINGS "}",
                 "{\"UserID\":42,\"Model\":\"FUSION\"}", 1);

    verified = 3;
    test_answers("{\"Model\":\"FUSION\",\"FAR\":0.001," TEST_TIMINGS "}",
                 "{\"UserID\":\"zoe\",\"Model\":\"FUSION\"}", 2);

    /* candidates are listed all the same */

    verified = 0.99;
    test_answers("{\"Model\":\"FUSION\",\"FAR\":0.2,\"Top\":1,"
                 TEST_TIMINGS "}",
                 "{\"UserID\":null,\"Model\":\"FUSION\",\"Candidates\":["
                 "{\"UserID\":7,\"Score\":0.333333}]}", KEYAUTH_NOBODY);

    /* without a FAR it is always somebody */

    test_answers("{\"Model\":\"FUSION\"," TEST_TIMINGS "}",
                 "{\"UserID\":42,\"Model\":\"FUSION\"}", 1);
}


static void
test_no_thresholds(void **state)
{
    size_t             i;
    keyauth_problem_t  problem;

    static const char *const  bodies[] = {
        "{\"Model\":\"FUSION\",\"FAR\":0.2," TEST_TIMINGS "}",
        "[{\"Model\":\"RF\"," TEST_SUMMARY "},"
        "{\"Model\":\"FUSION\",\"FAR\":0.2," TEST_TIMINGS "}]"
    };

    (void) state;

    model.points = 0;

    for (i = 0; i < 2; i++) {
        assert_int_equal(keyauth_answer_parse(&engine, bodies[i],
                                              strlen(bodies[i]), &problem),
                         -1);
        assert_int_equal(engine.nrequests, 0);
        assert_int_equal(problem.status, 422);
        assert_string_equal(problem.code, "no-thresholds");
        assert_string_equal(problem.pointer, (i == 0) ? "/FAR" : "/1/FAR");
    }

    test_answers("{\"Model\":\"FUSION\"," TEST_TIMINGS "}",
                 "{\"UserID\":7,\"Model\":\"FUSION\"}", 0);
}


static void
test_warnings(void **state)
{
    (void) state;

    /* in a shorter string the last hold could have made the difference */

    model.keys = 13;

    test_answers("{\"Model\":\"RF\"," TEST_CHALLENGE "}",
                 "{\"UserID\":7,\"Model\":\"RF\","
                 "\"Warnings\":[\"implausible\"]}", 0);
    test_answers("[{\"Model\":\"RF\"," TEST_SUMMARY "},"
                 "{\"Model\":\"RF\",\"Top\":1," TEST_CHALLENGE "}]",
                 "[{\"UserID\":42,\"Model\":\"RF\"},"
                 "{\"UserID\":\"zoe\",\"Model\":\"RF\",\"Candidates\":["
                 "{\"UserID\":\"zoe\",\"Score\":0.333333}],"
                 "\"Warnings\":[\"implausible\"]}]", 2);
}


static void
test_batch(void **state)
{
    (void) state;

    test_answers("[{\"Model\":\"RF\"," TEST_SUMMARY "}]",
                 "[{\"UserID\":7,\"Model\":\"RF\"}]", 0);
    test_answers("[{\"Model\":\"RF\"," TEST_SUMMARY "},"
                 "{\"Model\":\"SVM\",\"Top\":1," TEST_SUMMARY "},"
                 "{\"Model\":\"XGB\"," TEST_TIMINGS "}]",
                 "[{\"UserID\":42,\"Model\":\"RF\"},"
                 "{\"UserID\":\"zoe\",\"Model\":\"SVM\",\"Candidates\":["
                 "{\"UserID\":\"zoe\",\"Score\":0.333333}]},"
                 "{\"UserID\":7,\"Model\":\"XGB\"}]", 0);
}


static void
test_refused(void **state)
{
    char               buf[KEYAUTH_PROBLEM_MAX];
    size_t             n;
    static const char  wanted[] =
        "{\"type\":\"urn:keyauth:problem:unknown-member\","
        "\"title\":\"A member is unknown\",\"status\":422,"
        "\"detail\":\"HT holds Mean and STD alone; upper and lower case"
        " differ.\",\"pointer\":\"/HT/a\\\"~1\\u0001\"}";
    static const char  body[] = "{\"HT\":{\"a\\\"/\\u0001\":1}}";
    keyauth_problem_t  problem;

    (void) state;

    engine.nrequests = 5;

    assert_int_equal(keyauth_answer_parse(&engine, body, sizeof(body) - 1,
                                          &problem), -1);
    assert_int_equal(engine.nrequests, 0);

    n = keyauth_problem_write(&problem, buf);

    if (n != sizeof(wanted) - 1 || memcmp(buf, wanted, n) != 0) {
        fail_msg("%.*s", (int) n, buf);
    }

    /* no pointer where the whole body is meant */

    assert_int_equal(keyauth_answer_parse(&engine, "[", 1, &problem), -1);

    n = keyauth_problem_write(&problem, buf);
    buf[n] = '\0';
    assert_null(strstr(buf, "pointer"));
    assert_non_null(strstr(buf, "\"status\":400"));
    assert_string_equal(buf + n - 2, "\"}");
}


static void
test_lacks(const char *body, const char *pointer)
{
    keyauth_problem_t  problem;

    assert_int_equal(keyauth_answer_parse(&engine, body, strlen(body),
                                          &problem), -1);
    assert_int_equal(engine.nrequests, 0);
    assert_int_equal(problem.status, 422);
    assert_string_equal(problem.code, "unknown-model");
    assert_string_equal(problem.pointer, pointer);
    assert_non_null(strstr(problem.detail, "XGB"));
}


static void
test_absent_model(void **state)
{
    (void) state;

    model.models = 1u << KEYAUTH_SVM | 1u << KEYAUTH_RF;

    test_lacks("{\"Model\":\"XGB\"," TEST_SUMMARY "}", "/Model");
    test_lacks("[{\"Model\":\"RF\"," TEST_SUMMARY "},"
               "{\"Model\":\"XGB\"," TEST_SUMMARY "}]", "/1/Model");

    test_answers("{\"Model\":\"RF\"," TEST_SUMMARY "}",
                 "{\"UserID\":7,\"Model\":\"RF\"}", 0);
}


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
    char         buf[64];
    size_t       i, n;
    const char  *json;

    (void) state;

    for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {

        test_labels(&spellings[i].label, &spellings[i].len, 1);

        json = spellings[i].json;
        n = (size_t) (keyauth_answer_label(&model, 0, buf) - buf);

        if (n != strlen(json) || memcmp(buf, json, n) != 0) {
            fail_msg("%.*s, not %s", (int) n, buf, json);
        }
    }
}


/* full batches of the longest labels, of bytes that take most room */
static void
test_size(void **state)
{
    int                 i;
    char                label[KEYAUTH_LABEL_MAX], *buf;
    cJSON              *root;
    size_t              len[KEYAUTH_TOP_MAX * 2], size, n;
    uint32_t            class, classes;
    const char         *labels[KEYAUTH_TOP_MAX * 2];
    static const char   worst[] = { '\x01', '"', 'x' };

    (void) state;

    for (classes = 2; classes <= KEYAUTH_TOP_MAX * 2; classes += 33) {
        for (i = 0; i < 3; i++) {

            memset(label, worst[i], sizeof(label));

            for (class = 0; class < classes; class++) {
                labels[class] = label;
                len[class] = sizeof(label);
            }

            test_labels(labels, len, classes);

            engine.batch = 1;
            engine.nrequests = KEYAUTH_BATCH_MAX;

            for (n = 0; n < KEYAUTH_BATCH_MAX; n++) {
                requests[n].model = KEYAUTH_SVM;
                requests[n].top = KEYAUTH_TOP_MAX * (n % 3 != 0);
                requests[n].keys = 0;
                requests[n].far = 0;

                /* as many warnings as there can be */

                memset(requests[n].summary, 0, sizeof(requests[n].summary));
                requests[n].summary[2] = 1e6;
            }

            size = keyauth_answer_size(&engine);
            buf = test_malloc(size);
            n = keyauth_answer_write(&engine, buf, &class);

            assert_true(n <= size);

            root = cJSON_ParseWithLength(buf, n);
            assert_non_null(root);
            assert_int_equal(cJSON_GetArraySize(root), KEYAUTH_BATCH_MAX);

            cJSON_Delete(root);
            test_free(buf);
        }
    }
}


/* and not much too large where labels are short, as they mostly are */
static void
test_size_is_modest(void **state)
{
    size_t       len[110];
    uint32_t     i;
    const char  *labels[110];

    (void) state;

    for (i = 0; i < 110; i++) {
        labels[i] = "100";
        len[i] = 3;
    }

    test_labels(labels, len, 110);

    engine.batch = 0;
    engine.nrequests = 1;
    requests[0].model = KEYAUTH_RF;
    requests[0].top = KEYAUTH_TOP_MAX;

    assert_true(keyauth_answer_size(&engine) < 16384);

    test_labels(labels, len, 3);
    assert_true(keyauth_answer_size(&engine) < 512);
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
        cmocka_unit_test_setup(test_single, test_three_users),
        cmocka_unit_test_setup(test_top, test_three_users),
        cmocka_unit_test_setup(test_nobody, test_three_users),
        cmocka_unit_test_setup(test_no_thresholds, test_three_users),
        cmocka_unit_test_setup(test_warnings, test_three_users),
        cmocka_unit_test_setup(test_batch, test_three_users),
        cmocka_unit_test_setup(test_refused, test_three_users),
        cmocka_unit_test_setup(test_absent_model, test_three_users),
        cmocka_unit_test(test_label),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_size_is_modest),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_integer),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_problem)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
