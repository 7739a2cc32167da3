/*
 * Parsing of bodies: what is read.
 */


#include "bodies.h"


static void
test_summary(void **state)
{
    int                  i;
    static const double  wanted[KEYAUTH_SUMMARY] = {
        48.43, 23.34, 120.43, 37.41, 124.43, 45.34, -132.56, 47.12
    };

    (void) state;

    assert_int_equal(test_parse(VALID), 1);
    assert_int_equal(array, 0);
    assert_int_equal(requests[0].model, KEYAUTH_RF);
    assert_int_equal(requests[0].top, 0);
    assert_int_equal(requests[0].keys, 0);

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        assert_true(requests[0].summary[i] == wanted[i]);
    }

    /* in any order, with any white space */

    assert_int_equal(test_parse("\r\n\t { \"RPT\" : {\"STD\":47.12 ,\n"
                                "\"Mean\":-132.56} , \"Top\" :7,"
                                RRT "," PPT "," HT ",\"Model\":\"SVM\"} \n"),
                     1);
    assert_int_equal(requests[0].model, KEYAUTH_SVM);
    assert_int_equal(requests[0].top, 7);

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        assert_true(requests[0].summary[i] == wanted[i]);
    }

    /* a name may be written with escapes */

    assert_int_equal(test_parse("{\"M\\u006fdel\":\"\\u0058GB\"," SUMMARY "}"),
                     1);
    assert_int_equal(requests[0].model, KEYAUTH_XGB);
}


/* from 1970, from the page's first load, as far as doubles have whole ms */
static void
test_origin(void **state)
{
    int         i, k;
    char        body[256];
    double      press[3], release[3];
    static const double  origins[] = {
        0, -1e6, 1020304.5, 1764304800000.25, 0x1p53 - 1000, -0x1p53
    };

    (void) state;

    for (i = 0; i < 6; i++) {
        snprintf(body, sizeof(body), "{\"Model\":\"FUSION\",\"Press\":"
                 "[%.17g,%.17g,%.17g],\"Release\":[%.17g,%.17g,%.17g]}",
                 origins[i], origins[i] + 100, origins[i] + 201,
                 origins[i] + 90, origins[i] + 210, origins[i] + 270);
        assert_int_equal(test_parse(body), 1);

        press[0] = 0;
        press[1] = 100;
        press[2] = 201;
        release[0] = 90;
        release[1] = 210;
        release[2] = 270;

        for (k = 0; k < 3; k++) {
            assert_true(requests[0].press[k] == press[k]);
            assert_true(requests[0].release[k] == release[k]);
        }

        assert_true(requests[0].summary[2] == 100.5);
    }
}


static void
test_timings(void **state)
{
    int                  i;
    double               summary[KEYAUTH_SUMMARY];
    static const double  press[3] = { 0, 100, 200.5 };
    static const double  release[3] = { 90, 210, 270 };

    (void) state;

    assert_int_equal(test_parse("{" TIMINGS ",\"Model\":\"XGB\"}"), 1);
    assert_int_equal(array, 0);
    assert_int_equal(requests[0].model, KEYAUTH_XGB);
    assert_int_equal(requests[0].keys, 3);

    keyauth_features_summary(press, release, 3, summary);

    for (i = 0; i < 3; i++) {
        assert_true(requests[0].press[i] == press[i]);
        assert_true(requests[0].release[i] == release[i]);
    }

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        assert_true(requests[0].summary[i] == summary[i]);
    }

    assert_int_equal(test_parse("{\"Model\":\"FUSION\"," TIMINGS "}"), 1);
    assert_int_equal(requests[0].model, KEYAUTH_FUSION);
    assert_int_equal(requests[0].keys, 3);

    /* nothing is out of order: keys pressed and released at one moment */

    assert_int_equal(test_parse("{" MODEL ",\"Press\":[-5,-5,-5],"
                                "\"Release\":[-5,-5,-5]}"), 1);
}


static void
test_batch(void **state)
{
    int     i;
    char    body[16384], *p;

    (void) state;

    assert_int_equal(test_parse("[" VALID ",{\"Model\":\"SVM\",\"Top\":3,"
                                TIMINGS "}, " VALID "]"), 3);
    assert_int_equal(array, 1);
    assert_int_equal(requests[0].model, KEYAUTH_RF);
    assert_int_equal(requests[0].top, 0);
    assert_int_equal(requests[0].keys, 0);
    assert_int_equal(requests[1].model, KEYAUTH_SVM);
    assert_int_equal(requests[1].top, 3);
    assert_int_equal(requests[1].keys, 3);
    assert_int_equal(requests[2].keys, 0);
    assert_int_equal(requests[2].top, 0);

    assert_int_equal(test_parse("[" VALID "]"), 1);
    assert_int_equal(array, 1);

    p = body;
    *p++ = '[';

    for (i = 0; i < KEYAUTH_BATCH_MAX; i++) {
        p += sprintf(p, "{" MODEL "," TIMINGS ",\"Top\":%d},", i + 1);
    }

    p[-1] = ']';
    *p = '\0';
    assert_int_equal(test_parse(body), KEYAUTH_BATCH_MAX);
    assert_int_equal(requests[KEYAUTH_BATCH_MAX - 1].top, KEYAUTH_BATCH_MAX);

    strcpy(p - 1, "," VALID "]");
    assert_int_equal(test_parse(body), -1);
    assert_string_equal(problem.code, "batch-size");
    assert_string_equal(problem.pointer, "");
}


static void
test_known_models(void **state)
{
    int  i;

    (void) state;

    assert_int_equal(test_parse("{\"Model\":\"KNN\"," SUMMARY "}"), -1);

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        assert_non_null(strstr(problem.detail, keyauth_kinds[i]->name));
    }

    assert_null(strstr(problem.detail, "KNN"));
}


static void
test_size(void **state)
{
    char  body[KEYAUTH_BODY_MAX + 1];

    (void) state;

    memset(body, ' ', sizeof(body));
    memcpy(body + 100, VALID, sizeof(VALID) - 1);

    assert_int_equal(test_parse_keys(body, KEYAUTH_BODY_MAX, 3), 1);
    assert_int_equal(test_parse_keys(body, KEYAUTH_BODY_MAX + 1, 3), -1);
    assert_int_equal(problem.status, 413);
    assert_string_equal(problem.code, "too-large");
    assert_string_equal(problem.pointer, "");
}


static void
test_many_values(void **state)
{
    int     i;
    char    body[KEYAUTH_BODY_MAX], *p;
    size_t  n;

    (void) state;

    body[0] = '[';

    for (n = 1; n < sizeof(body) - 1; n += 2) {
        body[n] = '1';
        body[n + 1] = ',';
    }

    body[n - 1] = ']';

    assert_int_equal(test_parse_keys(body, n, 13), -1);
    assert_string_equal(problem.code, "too-complex");

    /* as many as a body can hold of the longest strings */

    p = body;
    *p++ = '[';

    while (p - body < KEYAUTH_BODY_MAX - 320) {

        p += sprintf(p, "{" MODEL ",\"Top\":1,\"Press\":[0");

        for (i = 1; i < KEYAUTH_KEYS_MAX; i++) {
            p += sprintf(p, ",0");
        }

        p += sprintf(p, "],\"Release\":[1");

        for (i = 1; i < KEYAUTH_KEYS_MAX; i++) {
            p += sprintf(p, ",1");
        }

        p += sprintf(p, "]},");
    }

    p[-1] = ']';

    n = (size_t) (p - body);
    assert_true(test_parse_keys(body, n, KEYAUTH_KEYS_MAX) > 40);
}


static void
test_numbers(void **state)
{
    size_t                    i;
    char                      body[512];
    static const char *const  written[] = {
        "0", "-0", "0.0", "-0.0e-0", "1", "-1", "10", "1e2", "1E2", "1e+2",
        "1e-2", "0.5e1", "1.25E-3", "0e999", "1e-999", "48.43", "-132.56",
        "0.1", "0.30000000000000004", "123456.789012345678901234567890",
        "1000000", "-1000000", "1e6", "4.9e-324", "2.2250738585072011e-308",
        "72057594037.927933e-6", "0.000000000000000000000000000001",
        "9007199254740993e-12",
        "12345.67890123456789012345678901234567890123456789012345678901"
    };

    (void) state;

    for (i = 0; i < sizeof(written) / sizeof(written[0]); i++) {

        (void) snprintf(body, sizeof(body), "{" MODEL ",\"HT\":{\"Mean\":%s,"
                        "\"STD\":0}," PPT "," RRT "," RPT "}", written[i]);

        if (test_parse(body) != 1) {
            fail_msg("%s: %s", written[i], problem.detail);
        }

        assert_true(requests[0].summary[0] == strtod(written[i], NULL));
    }

    assert_int_equal(test_parse("{" MODEL ",\"HT\":{\"Mean\":1,\"STD\":-0},"
                                PPT "," RRT "," RPT "}"), 1);

    /* 63 characters are read, 64 are too many */

    for (i = 63; i <= 64; i++) {
        (void) snprintf(body, sizeof(body), MEAN("1.%0*d"), (int) i - 2, 9);
        assert_int_equal(test_parse(body), (i == 63) ? 1 : -1);
    }

    assert_string_equal(problem.code, "too-complex");
}


/* every spelling of a number is the double that strtod() makes of it */
static void
test_spellings(void **state)
{
    int     i, digits;
    char   *point, written[64], body[sizeof(MEAN("")) + sizeof(written)];
    double  x;

    (void) state;

    srand(5);

    for (i = 0; i < 200000; i++) {
        x = (rand() - RAND_MAX / 2) / (double) (1 + rand())
            * pow(10, rand() % 7 - 3);
        digits = rand() % 21;

        if (fabs(x) > KEYAUTH_MS_MAX / 10) {
            continue;
        }

        (void) snprintf(written, sizeof(written), (i % 3 == 0) ? "%.*f"
                                              : (i % 3 == 1) ? "%.*e"
                                                             : "%#.*g",
                        digits, x);

        point = strchr(written, '.');

        if (point != NULL && !isdigit((unsigned char) point[1])) {
            continue;                   /* "1." and "1.e5" are not JSON */
        }

        (void) snprintf(body, sizeof(body), MEAN("%s"), written);

        if (test_parse(body) != 1
            || requests[0].summary[0] != strtod(written, NULL))
        {
            fail_msg("%s: %.17g", written, requests[0].summary[0]);
        }
    }
}


static void
test_top(void **state)
{
    (void) state;

    assert_int_equal(test_parse("{\"Top\":1," MODEL "," SUMMARY "}"), 1);
    assert_int_equal(requests[0].top, 1);
    assert_true(requests[0].far == 0);
    assert_int_equal(test_parse("{\"FAR\":0.001,\"Model\":\"FUSION\","
                                TIMINGS "}"), 1);
    assert_true(requests[0].far == 0.001);
    assert_int_equal(test_parse("{\"FAR\":2e-1,\"Model\":\"FUSION\","
                                TIMINGS "}"), 1);
    assert_true(requests[0].far == 0.2);
    assert_int_equal(test_parse("{\"Top\":1e2," MODEL "," SUMMARY "}"), 1);
    assert_int_equal(requests[0].top, 100);
    assert_int_equal(test_parse("{\"Top\":5.0," MODEL "," SUMMARY "}"), 1);
    assert_int_equal(requests[0].top, 5);
}


static void
test_locale(void **state)
{
    (void) state;

    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL
        && setlocale(LC_NUMERIC, "fr_FR.UTF-8") == NULL)
    {
        print_message("# no locale with a decimal comma is installed\n");
        return;
    }

    assert_string_equal(localeconv()->decimal_point, ",");

    assert_int_equal(test_parse(VALID), 1);
    (void) setlocale(LC_NUMERIC, "C");
    assert_true(requests[0].summary[0] == 48.43);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_timings),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_known_models),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_many_values),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_top),
        cmocka_unit_test(test_locale)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("request", tests, test_setup, NULL);
}
