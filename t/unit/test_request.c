/*
 * Parsing of bodies.  Each body ends at a page that may not be read, so that
 * a single byte too far is a fault; each is parsed with counted allocations,
 * so that a leak is one too.
 */


#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "keyauth_features.h"
#include "keyauth_request.h"


#define TEST_SPACE  65536

#define HT   "\"HT\":{\"Mean\":48.43,\"STD\":23.34}"
#define PPT  "\"PPT\":{\"Mean\":120.43,\"STD\":37.41}"
#define RRT  "\"RRT\":{\"Mean\":124.43,\"STD\":45.34}"
#define RPT  "\"RPT\":{\"Mean\":-132.56,\"STD\":47.12}"
#define SUMMARY  HT "," PPT "," RRT "," RPT
#define TIMINGS  "\"Press\":[0,100,200.5],\"Release\":[90,210,270]"
#define MODEL    "\"Model\":\"RF\""
#define VALID    "{" MODEL "," SUMMARY "}"

/* a request whose HT mean is spelt so */
#define MEAN(number)                                                          \
    "{" MODEL ",\"HT\":{\"Mean\":" number ",\"STD\":1}," PPT "," RRT "," RPT  \
    "}"

#define PRESS(a, b, c)                                                        \
    "{" MODEL ",\"Press\":[" a "," b "," c "],\"Release\":[9e5,9e5,9e5]}"


typedef struct {
    const char  *body;
    int          status;
    const char  *code;
    const char  *pointer;
} test_refusal_t;


static char               *guard;       /* the page that may not be read */
static long                allocated;
static long                allocations;
static long                fail_at;     /* this allocation fails; 0: none */
static int                 batch;
static keyauth_problem_t   problem;
static keyauth_request_t   requests[KEYAUTH_BATCH_MAX];


static void *
test_allocate(size_t size)
{
    if (++allocations == fail_at) {
        errno = ENOMEM;
        return NULL;
    }

    allocated++;

    return malloc(size);
}


static void
test_release(void *p)
{
    if (p != NULL) {
        allocated--;
    }

    free(p);
}


static int
test_parse_keys(const char *body, size_t len, uint32_t keys)
{
    int    n;
    char  *p;

    assert_true(len <= TEST_SPACE);

    p = guard - len;
    memcpy(p, body, len);

    memset(&problem, 0x7f, sizeof(problem));
    memset(requests, 0x7f, sizeof(requests));
    batch = -1;
    allocations = 0;

    n = keyauth_request_parse(requests, &batch, p, len, keys, &problem);

    assert_int_equal(allocated, 0);

    if (n < 0) {
        assert_int_equal(n, -1);
        assert_non_null(memchr(problem.detail, '\0', sizeof(problem.detail)));
        assert_non_null(memchr(problem.pointer, '\0',
                               sizeof(problem.pointer)));

    } else {
        assert_true(batch == 0 || batch == 1);
        assert_true(n >= 1 && n <= KEYAUTH_BATCH_MAX);
    }

    return n;
}


static int
test_parse(const char *body)
{
    return test_parse_keys(body, strlen(body), 3);
}


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


static void
test_summary(void **state)
{
    int                  i;
    static const double  wanted[KEYAUTH_SUMMARY] = {
        48.43, 23.34, 120.43, 37.41, 124.43, 45.34, -132.56, 47.12
    };

    (void) state;

    assert_int_equal(test_parse(VALID), 1);
    assert_int_equal(batch, 0);
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

    /* a name may be spelt with escapes */

    assert_int_equal(test_parse("{\"M\\u006fdel\":\"\\u0058GB\"," SUMMARY "}"),
                     1);
    assert_int_equal(requests[0].model, KEYAUTH_XGB);
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
    assert_int_equal(batch, 0);
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
    assert_int_equal(batch, 1);
    assert_int_equal(requests[0].model, KEYAUTH_RF);
    assert_int_equal(requests[0].top, 0);
    assert_int_equal(requests[0].keys, 0);
    assert_int_equal(requests[1].model, KEYAUTH_SVM);
    assert_int_equal(requests[1].top, 3);
    assert_int_equal(requests[1].keys, 3);
    assert_int_equal(requests[2].keys, 0);
    assert_int_equal(requests[2].top, 0);

    assert_int_equal(test_parse("[" VALID "]"), 1);
    assert_int_equal(batch, 1);

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
    { PRESS("0", "1", "7654321"), 422, "out-of-range", "/Press/2" },
    { PRESS("-1e7", "1", "2"), 422, "out-of-range", "/Press/0" },
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


static void
test_known_models(void **state)
{
    int  i;

    (void) state;

    assert_int_equal(test_parse("{\"Model\":\"KNN\"," SUMMARY "}"), -1);

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        assert_non_null(strstr(problem.detail, keyauth_model_names[i]));
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
    assert_int_equal(allocations, 0);

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
    static const char *const  spelt[] = {
        "0", "-0", "0.0", "-0.0e-0", "1", "-1", "10", "1e2", "1E2", "1e+2",
        "1e-2", "0.5e1", "1.25E-3", "0e999", "1e-999", "48.43", "-132.56",
        "0.1", "0.30000000000000004", "123456.789012345678901234567890",
        "1000000", "-1000000", "1e6", "4.9e-324", "2.2250738585072011e-308",
        "72057594037.927933e-6", "0.000000000000000000000000000001",
        "9007199254740993e-12",
        "12345.67890123456789012345678901234567890123456789012345678901"
    };

    (void) state;

    for (i = 0; i < sizeof(spelt) / sizeof(spelt[0]); i++) {

        (void) snprintf(body, sizeof(body), "{" MODEL ",\"HT\":{\"Mean\":%s,"
                        "\"STD\":0}," PPT "," RRT "," RPT "}", spelt[i]);

        if (test_parse(body) != 1) {
            fail_msg("%s: %s", spelt[i], problem.detail);
        }

        assert_true(requests[0].summary[0] == strtod(spelt[i], NULL));
    }

    assert_int_equal(test_parse("{" MODEL ",\"HT\":{\"Mean\":1,\"STD\":-0},"
                                PPT "," RRT "," RPT "}"), 1);

    /* 63 characters are read, 64 would be cut by cJSON */

    for (i = 63; i <= 64; i++) {
        (void) snprintf(body, sizeof(body), MEAN("1.%0*d"), (int) i - 2, 9);
        assert_int_equal(test_parse(body), (i == 63) ? 1 : -1);
    }

    assert_string_equal(problem.code, "too-complex");
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


static void
test_no_memory(void **state)
{
    long  n;

    (void) state;

    assert_int_equal(test_parse("[" VALID ",{" MODEL "," TIMINGS "}]"), 2);
    n = allocations;
    assert_true(n > 20);

    for (fail_at = 1; fail_at <= n; fail_at++) {
        assert_int_equal(test_parse("[" VALID ",{" MODEL "," TIMINGS "}]"),
                         -1);
        assert_int_equal(problem.status, 503);
        assert_string_equal(problem.code, "no-memory");
    }

    fail_at = 0;
}


static int
test_setup(void **state)
{
    char         *p;
    long          page;
    cJSON_Hooks   hooks;

    (void) state;

    page = sysconf(_SC_PAGESIZE);

    p = mmap(NULL, TEST_SPACE + (size_t) page, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return -1;
    }

    guard = p + TEST_SPACE;

    hooks.malloc_fn = test_allocate;
    hooks.free_fn = test_release;
    cJSON_InitHooks(&hooks);

    return mprotect(guard, (size_t) page, PROT_NONE);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_timings),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_not_json),
        cmocka_unit_test(test_wrong_shape),
        cmocka_unit_test(test_known_models),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_many_values),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_top),
        cmocka_unit_test(test_locale),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_corrupted),
        cmocka_unit_test(test_long_pointer),
        cmocka_unit_test(test_no_memory)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("request", tests, test_setup, NULL);
}
