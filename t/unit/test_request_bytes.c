/*
 * Bodies cut short, with any byte replaced, and with names too long to be
 * pointed to whole.
 */


#include "bodies.h"


static void
test_truncated(void **state)
{
    size_t                    i, len;
    static const char *const  bodies[] = {
        VALID,
        "{\"Top\":12," MODEL "," TIMINGS "}",
        "[" VALID ", {" MODEL "," TIMINGS "}]",
        "{\"M\\u006fd\xc3\xa9l\":\"\xe2\x82\xac\\ud83d\\ude00\\n\"}"
    };

    (void) state;

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        for (len = 0; len < strlen(bodies[i]); len++) {
            if (test_parse_keys(bodies[i], len, 3) != -1
                || strcmp(problem.code, "not-json") != 0)
            {
                fail_msg("%zu bytes of %s", len, bodies[i]);
            }
        }
    }
}


/* any one byte replaced: nothing faults, nothing leaks, no number escapes */
static void
test_corrupted(void **state)
{
    int                n;
    char               body[256];
    size_t             i, k;
    static const char  valid[] = "{\"Top\":12," MODEL "," TIMINGS "}";

    (void) state;

    for (i = 0; i < sizeof(valid) - 1; i++) {
        for (n = 0; n < 256; n++) {

            memcpy(body, valid, sizeof(valid));
            body[i] = (char) n;

            if (test_parse_keys(body, sizeof(valid) - 1, 3) < 0) {
                assert_true(problem.status == 400 || problem.status == 422);
                continue;
            }

            for (k = 0; k < 3; k++) {
                assert_true(fabs(requests[0].press[k]) <= KEYAUTH_MS_MAX);
                assert_true(fabs(requests[0].release[k]) <= KEYAUTH_MS_MAX);
            }
        }
    }
}


static void
test_long_pointer(void **state)
{
    int     shift;
    char    body[2048], *p;
    size_t  i, len;

    (void) state;

    /* 2-byte characters at even and odd places: none is cut in two */

    for (shift = 0; shift < 2; shift++) {

        p = body + sprintf(body, "{\"%s", shift ? "a" : "");

        for (i = 0; i < 300; i++) {
            p += sprintf(p, "\xc3\xa9");
        }

        strcpy(p, "\":1}");
        assert_int_equal(test_parse(body), -1);
        assert_string_equal(problem.code, "unknown-member");

        len = strlen(problem.pointer);
        assert_int_equal(len, 255 - (size_t) shift);
        assert_int_equal((unsigned char) problem.pointer[len - 1], 0xa9);
    }

    /* 4-byte characters */

    for (shift = 0; shift < 4; shift++) {

        p = body + sprintf(body, "{\"%.*s", shift, "abc");

        for (i = 0; i < 100; i++) {
            p += sprintf(p, "\xf0\x9f\x98\x80");
        }

        strcpy(p, "\":1}");
        assert_int_equal(test_parse(body), -1);

        len = strlen(problem.pointer);
        assert_int_equal((len - 1 - (size_t) shift) % 4, 0);
        assert_true(len > 255 - 4);
    }

    /* nor is ~0 */

    for (shift = 0; shift < 2; shift++) {

        p = body + sprintf(body, "{\"%s", shift ? "a" : "");

        for (i = 0; i < 300; i++) {
            *p++ = '~';
        }

        strcpy(p, "\":1}");
        assert_int_equal(test_parse(body), -1);

        len = strlen(problem.pointer);
        assert_int_equal(len, 255 - (size_t) shift);
        assert_string_equal(problem.pointer + len - 4, "~0~0");
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_corrupted),
        cmocka_unit_test(test_long_pointer)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("bytes", tests, test_setup, NULL);
}
