/*
 * Claims: what is read, and what is answered.
 */


#include "claims.h"


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


static cJSON *
test_answer(const char *body, keyauth_verdict_t *verdict)
{
    char               *buf;
    cJSON              *answer;
    size_t              size, n;
    keyauth_claim_t     claim;
    keyauth_problem_t   problem;

    if (test_parse(&claim, body, &problem) != 0) {
        fail_msg("%s: %s", body, problem.detail);
    }

    memset(verdict, 0x7f, sizeof(*verdict));
    keyauth_verify(&engine, &claim, verdict);

    size = keyauth_answer_verdict_size(&model);
    buf = malloc(size);
    assert_non_null(buf);

    n = keyauth_answer_verdict_write(&model, verdict, buf);
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
    keyauth_verdict_t  verdict;

    (void) state;

    own = 0;
    others = 0;

    for (row = 0; row < model.golden_rows; row++) {

        test_sample(sample, row);

        for (class = 0; class < model.classes; class++) {

            label = keyauth_model_label(&model, class, &len);
            sprintf(body, "{\"UserID\":%.*s,%s}", (int) len, label, sample);

            answer = test_answer(body, &verdict);
            snprintf(wanted, sizeof(wanted), "%.*s", (int) len, label);
            assert_true(test_number(answer, "UserID")
                        == strtod(wanted, NULL));
            assert_int_equal(verdict.class, class);
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
    keyauth_verdict_t  verdict;

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

        answer = test_answer(body, &verdict);
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
    keyauth_verdict_t  verdict;

    (void) state;

    sum = 0;

    for (n = 1; n <= KEYAUTH_ATTEMPTS_MAX; n++) {

        test_sample(sample, (uint32_t) n);
        sprintf(body, "{\"UserID\":1,%s}", sample);
        cJSON_Delete(test_answer(body, &verdict));
        sum += verdict.score;

        p = body + sprintf(body, "{\"UserID\":1,\"Attempts\":[");

        for (i = 1; i <= n; i++) {
            test_sample(sample, (uint32_t) i);
            p += sprintf(p, "%s{%s}", (i == 1) ? "" : ",", sample);
        }

        strcpy(p, "]}");

        answer = test_answer(body, &verdict);
        assert_int_equal(verdict.attempts, n);
        assert_true(fabs(verdict.score - sum / n) < 1e-9);
        assert_true(test_number(answer, "Threshold") == 1 - n);
        cJSON_Delete(answer);
    }
}


static void
test_rejected(void **state)
{
    char              body[8192], sample[4096], buf[4096];
    size_t            n;
    keyauth_verdict_t  verdict;

    (void) state;

    test_sample(sample, 0);
    sprintf(body, "{\"UserID\":1,\"FAR\":0.2,%s}", sample);
    cJSON_Delete(test_answer(body, &verdict));
    assert_true(verdict.accepted);

    keyauth_verdict_reject(&verdict, "replay");

    n = keyauth_answer_verdict_write(&model, &verdict, buf);
    assert_true(n <= keyauth_answer_verdict_size(&model));
    buf[n] = '\0';
    assert_ptr_equal(strstr(buf, "{\"UserID\":1,\"Accepted\":false,"
                                 "\"Reason\":\"replay\",\"Score\":"), buf);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_own_and_others),
        cmocka_unit_test(test_far),
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_rejected)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("verify", tests, test_setup,
                                       test_teardown);
}
