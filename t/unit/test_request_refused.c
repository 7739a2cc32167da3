/*
 * Bodies that are refused, each with its status, code and pointer.
 */


#include "bodies.h"


typedef struct {
    const char  *body;
    int          status;
    const char  *code;
    const char  *pointer;
} test_refusal_t;


static void
test_refused(const test_refusal_t *t)
{
    if (test_parse(t->body) >= 0) {
        fail_msg("accepted: %s", t->body);
    }

    if (problem.status != t->status || strcmp(problem.code, t->code) != 0
        || strcmp(problem.pointer, t->pointer) != 0)
    {
        fail_msg("%s: %d %s \"%s\", not %d %s \"%s\"", t->body,
                 problem.status, problem.code, problem.pointer, t->status,
                 t->code, t->pointer);
    }

    /* a sentence, and nothing of what was sent: see the bodies' numbers */

    assert_true(problem.title[0] >= 'A' && problem.title[0] <= 'Z');
    assert_int_equal(problem.detail[strlen(problem.detail) - 1], '.');
    assert_null(strstr(problem.detail, "76543"));
    assert_null(strstr(problem.pointer, "76543"));
}


static void
test_refused_all(const test_refusal_t *t, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        test_refused(&t[i]);
    }
}


#define test_table(t)  test_refused_all(t, sizeof(t) / sizeof(t[0]))


static const test_refusal_t  not_json[] = {

    { "", 400, "not-json", "" },
    { " ", 400, "not-json", "" },
    { "\n\n", 400, "not-json", "" },
    { "x", 400, "not-json", "" },
    { "nul", 400, "not-json", "" },
    { "NULL", 400, "not-json", "" },
    { "{", 400, "not-json", "" },
    { "}", 400, "not-json", "" },
    { "{]", 400, "not-json", "" },
    { "[}", 400, "not-json", "" },
    { "[,]", 400, "not-json", "" },
    { "[1 2]", 400, "not-json", "" },
    { "[" VALID ",]", 400, "not-json", "" },
    { "{" MODEL ",}", 400, "not-json", "" },
    { "{" MODEL " " SUMMARY "}", 400, "not-json", "" },
    { "{\"Model\" \"RF\"}", 400, "not-json", "" },
    { "{Model:\"RF\"}", 400, "not-json", "" },
    { "{'Model':'RF'}", 400, "not-json", "" },
    { "Model=RF&HT=1", 400, "not-json", "" },

    /* something behind it, or before */

    { VALID "x", 400, "not-json", "" },
    { VALID VALID, 400, "not-json", "" },
    { VALID "]", 400, "not-json", "" },
    { VALID "\f", 400, "not-json", "" },
    { VALID " null", 400, "not-json", "" },
    { "\xef\xbb\xbf" VALID, 400, "not-json", "" },
    { "\v" VALID, 400, "not-json", "" },
    { "{\x01}", 400, "not-json", "" },
    { "[\x7f]", 400, "not-json", "" },
    { "// x\n" VALID, 400, "not-json", "" },

    /* numbers */

    { MEAN("01"), 400, "not-json", "" },
    { MEAN("-01"), 400, "not-json", "" },
    { MEAN("00"), 400, "not-json", "" },
    { MEAN("1."), 400, "not-json", "" },
    { MEAN("1.e5"), 400, "not-json", "" },
    { MEAN(".5"), 400, "not-json", "" },
    { MEAN("-.5"), 400, "not-json", "" },
    { MEAN("+1"), 400, "not-json", "" },
    { MEAN("--1"), 400, "not-json", "" },
    { MEAN("-"), 400, "not-json", "" },
    { MEAN("1e"), 400, "not-json", "" },
    { MEAN("1e+"), 400, "not-json", "" },
    { MEAN("1e5.5"), 400, "not-json", "" },
    { MEAN("1.2.3"), 400, "not-json", "" },
    { MEAN("1-2"), 400, "not-json", "" },
    { MEAN("1+2"), 400, "not-json", "" },
    { MEAN("1e5e5"), 400, "not-json", "" },
    { MEAN("0x10"), 400, "not-json", "" },
    { MEAN("1,5"), 400, "not-json", "" },
    { MEAN("1f"), 400, "not-json", "" },
    { MEAN("1_000"), 400, "not-json", "" },
    { MEAN("NaN"), 400, "not-json", "" },
    { MEAN("nan"), 400, "not-json", "" },
    { MEAN("Infinity"), 400, "not-json", "" },
    { MEAN("-Infinity"), 400, "not-json", "" },
    { MEAN("inf"), 400, "not-json", "" },
    { "01", 400, "not-json", "" },
    { "-", 400, "not-json", "" },
    { "1.", 400, "not-json", "" },

    /* strings */

    { "{\"Model\":\"RF", 400, "not-json", "" },
    { "{\"Model\":\"R\nF\"}", 400, "not-json", "" },
    { "{\"Mod\tel\":\"RF\"}", 400, "not-json", "" },
    { "[\"\x1f\"]", 400, "not-json", "" },
    { "[\"\\", 400, "not-json", "" },
    { "[\"\\\"]", 400, "not-json", "" },
    { "[\"\\x41\"]", 400, "not-json", "" },
    { "[\"\\U0041\"]", 400, "not-json", "" },
    { "[\"\\'\"]", 400, "not-json", "" },
    { "[\"\\\x01\"]", 400, "not-json", "" },
    { "[\"\\u\"]", 400, "not-json", "" },
    { "[\"\\u12\"]", 400, "not-json", "" },
    { "[\"\\u12", 400, "not-json", "" },
    { "[\"\\uZZZZ\"]", 400, "not-json", "" },
    { "[\"\\u 041\"]", 400, "not-json", "" },
    { "[\"\\u+041\"]", 400, "not-json", "" },
    { "[\"\\u004g\"]", 400, "not-json", "" },
    { "[\"\\ud800\"]", 400, "not-json", "" },
    { "[\"\\ud800x\"]", 400, "not-json", "" },
    { "[\"\\ud800\\n\"]", 400, "not-json", "" },
    { "[\"\\ud800\\u0041\"]", 400, "not-json", "" },
    { "[\"\\ud800\\ud800\"]", 400, "not-json", "" },
    { "[\"\\udc00\"]", 400, "not-json", "" },
    { "[\"\\udc00\\ud800\"]", 400, "not-json", "" },

    /* UTF-8: a lone byte, cut, overlong, a surrogate, beyond U+10FFFF */

    { "[\"\x80\"]", 400, "not-json", "" },
    { "[\"\xbf\"]", 400, "not-json", "" },
    { "[\"\xc3\"]", 400, "not-json", "" },
    { "[\"\xc3", 400, "not-json", "" },
    { "[\"\xc0\xaf\"]", 400, "not-json", "" },
    { "[\"\xc1\xbf\"]", 400, "not-json", "" },
    { "[\"\xe2\x82\"]", 400, "not-json", "" },
    { "[\"\xe2\x82", 400, "not-json", "" },
    { "[\"\xe2\x28\xa1\"]", 400, "not-json", "" },
    { "[\"\xe2\x82\x28\"]", 400, "not-json", "" },
    { "[\"\xe0\x9f\xbf\"]", 400, "not-json", "" },
    { "[\"\xed\xa0\x80\"]", 400, "not-json", "" },
    { "[\"\xf0\x8f\xbf\xbf\"]", 400, "not-json", "" },
    { "[\"\xf0\x9f\x98\"]", 400, "not-json", "" },
    { "[\"\xf0\x9f\x98", 400, "not-json", "" },
    { "[\"\xf4\x90\x80\x80\"]", 400, "not-json", "" },
    { "[\"\xf5\x80\x80\x80\"]", 400, "not-json", "" },
    { "[\"\xff\"]", 400, "not-json", "" },
    { "\xc3\xa9", 400, "not-json", "" }
};


static void
test_not_json(void **state)
{
    int                i;
    char               body[sizeof(VALID)];
    static const char  nul[] = "{\"Model\":\"RF\0\"}";

    (void) state;

    test_table(not_json);

    /* cJSON takes any control character for white space */

    memcpy(body, VALID, sizeof(VALID));
    memmove(body + 2, body + 1, sizeof(VALID) - 2);

    for (i = 0; i <= 0x20; i++) {
        body[1] = (char) i;
        assert_int_equal(test_parse_keys(body, sizeof(VALID), 3),
                         (i == '\t' || i == '\n' || i == '\r' || i == ' ')
                         ? 1 : -1);
    }

    assert_int_equal(test_parse_keys(nul, sizeof(nul) - 1, 3), -1);
    assert_string_equal(problem.code, "not-json");
    assert_int_equal(test_parse_keys(VALID "\0", sizeof(VALID), 3), -1);
    assert_string_equal(problem.code, "not-json");
    assert_int_equal(test_parse_keys("\0" VALID, sizeof(VALID), 3), -1);
    assert_string_equal(problem.code, "not-json");
}


static const test_refusal_t  wrong_shape[] = {

    { "null", 422, "wrong-type", "" },
    { "true", 422, "wrong-type", "" },
    { "42", 422, "wrong-type", "" },
    { " -0.5e1 ", 422, "wrong-type", "" },
    { "\"RF\"", 422, "wrong-type", "" },
    { "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\\ud83d\\ude00\\n\\/\"", 422,
      "wrong-type", "" },
    { "[]", 422, "batch-size", "" },
    { "[1]", 422, "wrong-type", "/0" },
    { "[" VALID ",null]", 422, "wrong-type", "/1" },
    { "[[" VALID "]]", 422, "wrong-type", "/0" },
    { "[{}]", 422, "no-form", "/0" },
    { "{}", 422, "no-form", "" },
    { "{" MODEL ",\"Top\":3}", 422, "no-form", "" },

    /* unknown */

    { "{\"model\":\"RF\"," SUMMARY "}", 422, "unknown-member", "/model" },
    { "{\"MODEL\":\"RF\"," SUMMARY "}", 422, "unknown-member", "/MODEL" },
    { "{" MODEL "," SUMMARY ",\"User\":1}", 422, "unknown-member", "/User" },
    { "{" MODEL "," SUMMARY ",\"\":1}", 422, "unknown-member", "/" },
    { "{" MODEL "," SUMMARY ",\"HT \":1}", 422, "unknown-member", "/HT " },
    { "{" MODEL "," SUMMARY ",\"H\":1}", 422, "unknown-member", "/H" },
    { "{" MODEL "," SUMMARY ",\"a/b\":1}", 422, "unknown-member", "/a~1b" },
    { "{" MODEL "," SUMMARY ",\"~a~/\":1}", 422, "unknown-member",
      "/~0a~0~1" },
    { "{" MODEL "," SUMMARY ",\"\xc3\xa9\\u0001\":1}", 422, "unknown-member",
      "/\xc3\xa9\x01" },
    { "{" MODEL ",\"HT\":{\"mean\":1,\"STD\":1}}", 422, "unknown-member",
      "/HT/mean" },
    { "{" MODEL ",\"HT\":{\"Mean\":1,\"STD\":1,\"N/\":1}}", 422,
      "unknown-member", "/HT/N~1" },
    { "[" VALID ",{\"x\":1}]", 422, "unknown-member", "/1/x" },

    /* twice */

    { "{" MODEL "," SUMMARY "," MODEL "}", 422, "duplicate-member",
      "/Model" },
    { "{" MODEL "," SUMMARY "," PPT "}", 422, "duplicate-member", "/PPT" },
    { "{" MODEL "," TIMINGS ",\"Press\":[0,0,0]}", 422, "duplicate-member",
      "/Press" },
    { "{\"Top\":1,\"Top\":1}", 422, "duplicate-member", "/Top" },
    { "{\"RRT\":{\"Mean\":1,\"Mean\":1,\"STD\":1}}", 422, "duplicate-member",
      "/RRT/Mean" },
    { "{\"RRT\":{\"STD\":1,\"Mean\":1,\"S\\u0054D\":1}}", 422,
      "duplicate-member", "/RRT/STD" },

    /* missing */

    { "{" SUMMARY "}", 422, "missing-member", "/Model" },
    { "{" TIMINGS "}", 422, "missing-member", "/Model" },
    { "{" MODEL "," PPT "," RRT "," RPT "}", 422, "missing-member", "/HT" },
    { "{" MODEL "," HT "," RRT "," RPT "}", 422, "missing-member", "/PPT" },
    { "{" MODEL "," HT "," PPT "," RPT "}", 422, "missing-member", "/RRT" },
    { "{" MODEL "," HT "," PPT "," RRT "}", 422, "missing-member", "/RPT" },
    { "{" MODEL ",\"Press\":[0,1,2]}", 422, "missing-member", "/Release" },
    { "{" MODEL ",\"Release\":[0,1,2]}", 422, "missing-member", "/Press" },
    { "{\"HT\":{}}", 422, "missing-member", "/HT/Mean" },
    { "{\"HT\":{\"STD\":1}}", 422, "missing-member", "/HT/Mean" },
    { "{\"RPT\":{\"Mean\":1}}", 422, "missing-member", "/RPT/STD" },
    { "[" VALID "," VALID ",{" SUMMARY "}]", 422, "missing-member",
      "/2/Model" },

    /* types */

    { "{\"Model\":1}", 422, "wrong-type", "/Model" },
    { "{\"Model\":null}", 422, "wrong-type", "/Model" },
    { "{\"Model\":[\"RF\"]}", 422, "wrong-type", "/Model" },
    { "{\"HT\":48}", 422, "wrong-type", "/HT" },
    { "{\"HT\":[1,2]}", 422, "wrong-type", "/HT" },
    { "{\"PPT\":null}", 422, "wrong-type", "/PPT" },
    { "{\"HT\":{\"Mean\":\"76543\"}}", 422, "wrong-type", "/HT/Mean" },
    { "{\"HT\":{\"Mean\":null}}", 422, "wrong-type", "/HT/Mean" },
    { "{\"HT\":{\"STD\":true}}", 422, "wrong-type", "/HT/STD" },
    { "{\"HT\":{\"STD\":[1]}}", 422, "wrong-type", "/HT/STD" },
    { "{\"Press\":1}", 422, "wrong-type", "/Press" },
    { "{\"Press\":{\"0\":1}}", 422, "wrong-type", "/Press" },
    { "{\"Release\":\"0,1,2\"}", 422, "wrong-type", "/Release" },
    { "{\"Press\":[0,null,2]}", 422, "wrong-type", "/Press/1" },
    { "{\"Press\":[0,1,[2]]}", 422, "wrong-type", "/Press/2" },
    { "{\"FAR\":\"0.1\"}", 422, "wrong-type", "/FAR" },
    { "{\"FAR\":true}", 422, "wrong-type", "/FAR" },
    { "{\"Top\":\"3\"}", 422, "wrong-type", "/Top" },
    { "{\"Top\":null}", 422, "wrong-type", "/Top" },
    { "[" VALID ",{\"HT\":{\"Mean\":false}}]", 422, "wrong-type",
      "/1/HT/Mean" },

    /* models */

    { "{\"Model\":\"\"}", 422, "unknown-model", "/Model" },
    { "{\"Model\":\"rf\"}", 422, "unknown-model", "/Model" },
    { "{\"Model\":\"RFX\"}", 422, "unknown-model", "/Model" },
    { "{\"Model\":\"R\"}", 422, "unknown-model", "/Model" },
    { "[{\"Model\":\"KNN\"}]", 422, "unknown-model", "/0/Model" },

    { "{\"Model\":\"FUSION\"," SUMMARY "}", 422, "needs-timings", "/Model" },
    { "[" VALID ",{" SUMMARY ",\"Model\":\"FUSION\"}]", 422, "needs-timings",
      "/1/Model" },

    /* ranges */

    { MEAN("1e999"), 422, "out-of-range", "/HT/Mean" },
    { MEAN("-1e999"), 422, "out-of-range", "/HT/Mean" },
    { MEAN("1000000.0001"), 422, "out-of-range", "/HT/Mean" },
    { MEAN("-7654321"), 422, "out-of-range", "/HT/Mean" },
    { "{\"HT\":{\"Mean\":1,\"STD\":-0.0001}}", 422, "out-of-range",
      "/HT/STD" },
    { "{\"HT\":{\"Mean\":1,\"STD\":7654321}}", 422, "out-of-range",
      "/HT/STD" },
    { PRESS("0", "1", "9007199254740994"), 422, "out-of-range", "/Press/2" },
    { PRESS("-1e16", "1", "2"), 422, "out-of-range", "/Press/0" },
    { PRESS("-100000.5", "1", "2"), 422, "out-of-range", "/Release/0" },
    { PRESS("0", "1", "-1e999"), 422, "out-of-range", "/Press/2" },
    { "{\"FAR\":0}", 422, "out-of-range", "/FAR" },
    { "{\"FAR\":0.0009}", 422, "out-of-range", "/FAR" },
    { "{\"FAR\":0.2001}", 422, "out-of-range", "/FAR" },
    { "{\"FAR\":1e999}", 422, "out-of-range", "/FAR" },
    { "{" MODEL ",\"FAR\":0.1," TIMINGS "}", 422, "needs-fusion", "/FAR" },
    { "{\"FAR\":0.1," MODEL "," SUMMARY "}", 422, "needs-fusion", "/FAR" },
    { "{\"Model\":\"FUSION\",\"FAR\":0.1," SUMMARY "}", 422,
      "needs-timings", "/Model" },
    { "{\"Top\":0}", 422, "out-of-range", "/Top" },
    { "{\"Top\":101}", 422, "out-of-range", "/Top" },
    { "{\"Top\":-1}", 422, "out-of-range", "/Top" },
    { "{\"Top\":1.5}", 422, "out-of-range", "/Top" },
    { "{\"Top\":1e999}", 422, "out-of-range", "/Top" },
    { "{\"Top\":4294967297}", 422, "out-of-range", "/Top" },

    /* forms, lengths, order */

    { "{" MODEL "," SUMMARY "," TIMINGS "}", 422, "both-forms", "/Press" },
    { "{" TIMINGS "," RRT "}", 422, "both-forms", "/RRT" },
    { "{\"Press\":[]}", 422, "wrong-length", "/Press" },
    { "{\"Press\":[0,1]}", 422, "wrong-length", "/Press" },
    { "{\"Press\":[0,1,2,3]}", 422, "wrong-length", "/Press" },
    { "{\"Press\":[0,1,2],\"Release\":[1,2]}", 422, "wrong-length",
      "/Release" },
    { PRESS("1", "0", "2"), 422, "order", "/Press/1" },
    { PRESS("0", "76543.2", "76543.1"), 422, "order", "/Press/2" },
    { "{" MODEL ",\"Press\":[0,1,2],\"Release\":[0,0.9,2]}", 422, "order",
      "/Release/1" },
    { "{" MODEL ",\"Press\":[5,5,5],\"Release\":[4,5,5]}", 422, "order",
      "/Release/0" },
    { "[" VALID ",{\"Release\":[9,9,1]," MODEL ",\"Press\":[0,1,2]}]", 422,
      "order", "/1/Release/2" },

    /* limits */

    { "[[[[[[[[]]]]]]]]", 422, "wrong-type", "/0" },
    { "[[[[[[[[[]]]]]]]]]", 422, "too-complex", "" },
    { "[[[[[[[[[[[[[[[[[[[[[[[[[[", 422, "too-complex", "" },
    { "[{\"a\":[{\"a\":[{\"a\":[{\"a\":[0]}]}]}]}]", 422, "too-complex", "" },
    { "{\"Model\":\"RF\\u0000\"," SUMMARY "}", 422, "too-complex", "" },
    { "{\"Model\\u0000x\":\"RF\"," SUMMARY "}", 422, "too-complex", "" },
    { "[\"\\u00000\"]", 422, "too-complex", "" },
    { "[\"\\u0001\\u0010\\u0100\\u1000\\uFFFF\"]", 422, "wrong-type", "/0" }
};


static void
test_wrong_shape(void **state)
{
    (void) state;

    test_table(wrong_shape);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_not_json),
        cmocka_unit_test(test_wrong_shape)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("refused", tests, test_setup, NULL);
}
