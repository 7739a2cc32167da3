/*
 * Results and answers.  Kernels are stood in for, so that labels and scores
 * can be anything; the units are therefore compiled into the test.
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
#include <time.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define keyauth_engine_predict  test_engine_predict
#define keyauth_engine_top      test_engine_top
#define keyauth_engine_verify   test_engine_verify

#include "keyauth_predict.c"
#include "keyauth_answer.c"
#include "keyauth_request.h"


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
static keyauth_body_t       memory;
static keyauth_batch_t      batch;
static keyauth_engine_t     engine;
static keyauth_results_t    results;
static uint64_t             slow[KEYAUTH_MODELS];   /* ns to predict */
static double               verified;   /* score of whoever is predicted */
static keyauth_point_t      points[2] = { { 0.001, 3, 0 }, { 0.2, 1, 0 } };


uint32_t
keyauth_engine_predict(keyauth_engine_t *e, keyauth_model_e m,
    const keyauth_request_t *sample)
{
    uint64_t  start;

    assert_ptr_equal(e, &engine);
    assert_int_equal(m, sample->model);

    start = keyauth_predict_clock();

    while (keyauth_predict_clock() - start < slow[m]) {
        /* void */
    }

    return predicted++ % model.classes;
}


/* the predicted class and those that follow it */
uint32_t
keyauth_engine_top(const keyauth_engine_t *e, keyauth_model_e m,
    keyauth_candidate_t *best, uint32_t n)
{
    uint32_t  i;

    assert_ptr_equal(e, &engine);
    assert_true(m < KEYAUTH_MODELS);

    if (n > model.classes) {
        n = model.classes;
    }

    for (i = 0; i < n; i++) {
        best[i].class = (predicted - 1 + i) % model.classes;
        best[i].score = 1.0 / (i + 3);
    }

    return n;
}


/* after a prediction, for the class that it has named */
double
keyauth_engine_verify(keyauth_engine_t *e, uint32_t class,
    const keyauth_request_t *samples, uint32_t n)
{
    assert_ptr_equal(e, &engine);
    assert_true(samples >= batch.request
                && samples < batch.request + batch.n);
    assert_int_equal(n, 1);
    assert_int_equal(class, (predicted - 1) % model.classes);

    return verified;
}


static void
test_labels(const char *const *labels, const size_t *len, uint32_t n)
{
    uint32_t  i;

    offsets[0] = 0;
    model.label_max = 0;

    for (i = 0; i < n; i++) {
        model.label_max = len[i] > model.label_max ? (uint32_t) len[i]
                                                   : model.label_max;
        memcpy(texts + offsets[i], labels[i], len[i]);
        offsets[i + 1] = offsets[i] + (uint32_t) len[i];
    }

    model.keys = 3;
    model.classes = n;
    model.models = KEYAUTH_ALL_MODELS;
    model.points = 2;
    model.unknown = points;
    model.label_offset = offsets;
    model.label_text = texts;

    engine.model = &model;
    memset(slow, 0, sizeof(slow));

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


static int
test_parse(const char *body, size_t len, keyauth_problem_t *problem)
{
    return keyauth_request_parse(&batch, &memory, &model, body, len, problem);
}


static void
test_answers(const char *body, const char *wanted, uint32_t last)
{
    char               *buf;
    size_t              size, n;
    keyauth_problem_t   problem;

    if (test_parse(body, strlen(body), &problem) != 0) {
        fail_msg("%s: %s", body, problem.detail);
    }

    memset(&results, 0x7f, sizeof(results));
    keyauth_predict(&engine, &batch, &results);

    size = keyauth_answer_size(&model, &results);
    buf = test_malloc(size);
    n = keyauth_answer_write(&model, &results, buf);

    assert_true(n <= size);

    if (n != strlen(wanted) || memcmp(buf, wanted, n) != 0) {
        fail_msg("%.*s, not %s", (int) n, buf, wanted);
    }

    assert_int_equal(results.result[results.n - 1].class, last);
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
        assert_int_equal(test_parse(bodies[i], strlen(bodies[i]), &problem),
                         -1);
        assert_int_equal(batch.n, 0);
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

    batch.n = 5;

    assert_int_equal(test_parse(body, sizeof(body) - 1, &problem), -1);
    assert_int_equal(batch.n, 0);

    n = keyauth_problem_write(&problem, buf);

    if (n != sizeof(wanted) - 1 || memcmp(buf, wanted, n) != 0) {
        fail_msg("%.*s", (int) n, buf);
    }

    /* no pointer where the whole body is meant */

    assert_int_equal(test_parse("[", 1, &problem), -1);

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

    assert_int_equal(test_parse(body, strlen(body), &problem), -1);
    assert_int_equal(batch.n, 0);
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
    keyauth_request_t  *request;
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

            batch.array = 1;
            batch.n = KEYAUTH_BATCH_MAX;

            for (n = 0; n < KEYAUTH_BATCH_MAX; n++) {
                request = &batch.request[n];
                request->model = KEYAUTH_SVM;
                request->top = KEYAUTH_TOP_MAX * (n % 3 != 0);
                request->keys = 0;
                request->far = 0;

                /* as many warnings as there can be */

                memset(request->summary, 0, sizeof(request->summary));
                request->summary[2] = 1e6;
            }

            keyauth_predict(&engine, &batch, &results);

            size = keyauth_answer_size(&model, &results);
            buf = test_malloc(size);
            n = keyauth_answer_write(&model, &results, buf);

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

    batch.array = 0;
    batch.n = 1;
    batch.request[0].model = KEYAUTH_RF;
    batch.request[0].top = KEYAUTH_TOP_MAX;

    keyauth_predict(&engine, &batch, &results);
    assert_true(keyauth_answer_size(&model, &results) < 16384);

    test_labels(labels, len, 3);
    keyauth_predict(&engine, &batch, &results);
    assert_true(keyauth_answer_size(&model, &results) < 512);
}


/* one for each request, whatever stands beside it */
static void
test_results(void **state)
{
    keyauth_problem_t  problem;

    static const char  body[] =
        "[{\"Model\":\"RF\",\"Top\":2," TEST_SUMMARY "},"
        "{\"Model\":\"FUSION\",\"FAR\":0.2," TEST_TIMINGS "},"
        "{\"Model\":\"SVM\"," TEST_CHALLENGE "}]";

    (void) state;

    verified = 0.99;

    assert_int_equal(test_parse(body, sizeof(body) - 1, &problem), 0);
    batch.request[2].scored = 1;
    keyauth_predict(&engine, &batch, &results);

    assert_int_equal(results.n, 3);
    assert_true(results.array);

    assert_int_equal(results.result[0].model, KEYAUTH_RF);
    assert_int_equal(results.result[0].best, 0);
    assert_int_equal(results.result[0].class, 0);
    assert_int_equal(results.result[0].top, 2);
    assert_int_equal(results.result[0].candidate[1].class, 1);
    assert_true(results.result[0].score == 1.0 / 3);

    /* the best of all is not good enough, and has no score: none is needed */

    assert_int_equal(results.result[1].best, 1);
    assert_int_equal(results.result[1].class, KEYAUTH_NOBODY);
    assert_int_equal(results.result[1].top, 0);
    assert_true(results.result[1].score == -1);

    assert_int_equal(results.result[2].class, 2);
    assert_int_equal(results.result[2].top, 0);
    assert_true(results.result[2].score == 1.0 / 3);
}


/* each model's own, not the mean of the batch */
static void
test_times(void **state)
{
    int                i;
    keyauth_problem_t  problem;

    static const char  body[] =
        "[{\"Model\":\"SVM\"," TEST_SUMMARY "},"
        "{\"Model\":\"RF\"," TEST_SUMMARY "},"
        "{\"Model\":\"SVM\"," TEST_SUMMARY "}]";

    (void) state;

    slow[KEYAUTH_RF] = 20000000;

    assert_int_equal(test_parse(body, sizeof(body) - 1, &problem), 0);

    /* another process may come between, but not each time */

    for (i = 0; i < 100; i++) {
        keyauth_predict(&engine, &batch, &results);
        assert_true(results.result[1].nsec >= slow[KEYAUTH_RF]);

        if (results.result[0].nsec < slow[KEYAUTH_RF] / 10
            && results.result[2].nsec < slow[KEYAUTH_RF] / 10)
        {
            return;
        }
    }

    fail_msg("%u and %u ns beside one of 20 ms",
             (unsigned) results.result[0].nsec,
             (unsigned) results.result[2].nsec);
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
        cmocka_unit_test_setup(test_results, test_three_users),
        cmocka_unit_test_setup(test_times, test_three_users),
        cmocka_unit_test_setup(test_refused, test_three_users),
        cmocka_unit_test_setup(test_absent_model, test_three_users),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_size_is_modest)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
