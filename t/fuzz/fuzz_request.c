/*
 * Fuzzes the parsing of bodies.  A second, plain reader of RFC 8259 stands
 * beside it: a body is answered 400 exactly when that reader refuses it.
 *
 * The fuzzer writes what it finds to the first folder that it is given:
 *
 *     fuzz_request -dict=t/fuzz/request.dict FOUND t/fuzz/seeds/request
 */


#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "keyauth_answer.h"


#define FUZZ_KEYS  13


#define fuzz_assert(x)                                                        \
    do {                                                                      \
        if (!(x)) {                                                           \
            fprintf(stderr, "line %d: %s\n", __LINE__, #x);                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


typedef struct {
    const uint8_t  *p;
    const uint8_t  *end;
    int             nul;                /* a string holds U+0000 */
} fuzz_text_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fuzz_value(fuzz_text_t *t);
static int fuzz_list(fuzz_text_t *t, int object);
static int fuzz_string(fuzz_text_t *t);
static int fuzz_escape(fuzz_text_t *t);
static int fuzz_unit(fuzz_text_t *t, unsigned *unit);
static int fuzz_utf8(fuzz_text_t *t);
static int fuzz_number(fuzz_text_t *t);
static int fuzz_digits(fuzz_text_t *t);
static int fuzz_next(fuzz_text_t *t, int c);
static void fuzz_blank(fuzz_text_t *t);
static void fuzz_check_request(const keyauth_request_t *r);
static void fuzz_check_problem(const keyauth_problem_t *problem);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                       i, n, batch, json;
    char                     *body;
    fuzz_text_t               t;
    keyauth_problem_t         problem;
    static keyauth_request_t  requests[KEYAUTH_BATCH_MAX];

    /* the fuzzer's own buffer may have room behind it */

    body = malloc(size ? size : 1);
    fuzz_assert(body != NULL);
    memcpy(body, data, size);

    memset(&problem, 0x7f, sizeof(problem));
    memset(requests, 0x7f, sizeof(requests));
    batch = -1;

    n = keyauth_request_parse(requests, &batch, body, size, FUZZ_KEYS,
                              &problem);
    free(body);

    if (size > KEYAUTH_BODY_MAX) {
        fuzz_assert(n == -1 && problem.status == 413);
        fuzz_check_problem(&problem);
        return 0;
    }

    t.p = data;
    t.end = data + size;
    t.nul = 0;
    fuzz_blank(&t);
    json = fuzz_value(&t);
    fuzz_blank(&t);
    json = json && t.p == t.end;

    if (n >= 0) {
        fuzz_assert(json && !t.nul);
        fuzz_assert(n >= 1 && n <= KEYAUTH_BATCH_MAX);
        fuzz_assert(batch == 1 || (batch == 0 && n == 1));

        for (i = 0; i < n; i++) {
            fuzz_check_request(&requests[i]);
        }

        return 0;
    }

    fuzz_assert(n == -1);
    fuzz_assert(problem.status == 400 || problem.status == 422);

    /* a limit may be reached before the text turns out not to be JSON */

    if (strcmp(problem.code, "too-complex") != 0) {
        fuzz_assert((problem.status == 400) == !json);
    }

    fuzz_check_problem(&problem);

    return 0;
}


static void
fuzz_check_request(const keyauth_request_t *r)
{
    unsigned  i;

    fuzz_assert(r->model < KEYAUTH_MODELS);
    fuzz_assert(r->top <= KEYAUTH_TOP_MAX);
    fuzz_assert(r->keys == FUZZ_KEYS
                || (r->keys == 0 && r->model != KEYAUTH_FUSION));

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        fuzz_assert(isfinite(r->summary[i]));
        fuzz_assert(r->keys || fabs(r->summary[i]) <= KEYAUTH_MS_MAX);
        fuzz_assert(i % 2 == 0 || r->summary[i] >= 0);
    }

    for (i = 0; i < r->keys; i++) {
        fuzz_assert(fabs(r->press[i]) <= KEYAUTH_MS_MAX);
        fuzz_assert(fabs(r->release[i]) <= KEYAUTH_MS_MAX);
        fuzz_assert(r->release[i] >= r->press[i]);
        fuzz_assert(i == 0 || r->press[i] >= r->press[i - 1]);
    }
}


static void
fuzz_check_problem(const keyauth_problem_t *problem)
{
    char        *buf;
    cJSON       *root;
    size_t       n;
    const char  *p;

    fuzz_assert(memchr(problem->detail, '\0', sizeof(problem->detail)));
    fuzz_assert(memchr(problem->pointer, '\0', sizeof(problem->pointer)));
    fuzz_assert(problem->pointer[0] == '\0' || problem->pointer[0] == '/');

    for (p = problem->pointer; *p != '\0'; p++) {
        fuzz_assert(*p != '~' || p[1] == '0' || p[1] == '1');
    }

    buf = malloc(KEYAUTH_PROBLEM_MAX);
    fuzz_assert(buf != NULL);

    n = keyauth_problem_write(problem, buf);
    fuzz_assert(n <= KEYAUTH_PROBLEM_MAX);

    root = cJSON_ParseWithLength(buf, n);
    fuzz_assert(cJSON_IsObject(root));
    fuzz_assert(cJSON_GetObjectItem(root, "status")->valueint
                == problem->status);

    if (problem->pointer[0] != '\0') {
        fuzz_assert(strcmp(cJSON_GetObjectItem(root, "pointer")->valuestring,
                           problem->pointer)
                    == 0);
    }

    cJSON_Delete(root);
    free(buf);
}


/* the plain reader: each returns 1 and steps behind what it read, or 0 */


static int
fuzz_value(fuzz_text_t *t)
{
    int                       i;
    size_t                    len;
    static const char *const  literals[] = { "null", "true", "false" };

    if (t->p == t->end) {
        return 0;
    }

    for (i = 0; i < 3; i++) {
        len = strlen(literals[i]);

        if ((size_t) (t->end - t->p) >= len
            && memcmp(t->p, literals[i], len) == 0)
        {
            t->p += len;
            return 1;
        }
    }

    switch (*t->p) {
    case '{':
        return fuzz_list(t, 1);
    case '[':
        return fuzz_list(t, 0);
    case '"':
        return fuzz_string(t);
    default:
        return fuzz_number(t);
    }
}


static int
fuzz_list(fuzz_text_t *t, int object)
{
    t->p++;
    fuzz_blank(t);

    if (fuzz_next(t, object ? '}' : ']')) {
        return 1;
    }

    do {
        fuzz_blank(t);

        if (object) {
            if (!fuzz_string(t)) {
                return 0;
            }

            fuzz_blank(t);

            if (!fuzz_next(t, ':')) {
                return 0;
            }

            fuzz_blank(t);
        }

        if (!fuzz_value(t)) {
            return 0;
        }

        fuzz_blank(t);
    } while (fuzz_next(t, ','));

    return fuzz_next(t, object ? '}' : ']');
}


static int
fuzz_string(fuzz_text_t *t)
{
    if (!fuzz_next(t, '"')) {
        return 0;
    }

    while (!fuzz_next(t, '"')) {

        if (t->p == t->end || *t->p < 0x20) {
            return 0;
        }

        if (fuzz_next(t, '\\')) {
            if (!fuzz_escape(t)) {
                return 0;
            }

        } else if (!fuzz_utf8(t)) {
            return 0;
        }
    }

    return 1;
}


static int
fuzz_escape(fuzz_text_t *t)
{
    unsigned  high, low;

    if (t->p == t->end) {
        return 0;
    }

    if (!fuzz_next(t, 'u')) {
        return *t->p != '\0' && strchr("\"\\/bfnrt", *t->p++) != NULL;
    }

    if (!fuzz_unit(t, &high) || (high >= 0xdc00 && high <= 0xdfff)) {
        return 0;
    }

    if (high < 0xd800 || high > 0xdbff) {
        t->nul |= (high == 0);
        return 1;
    }

    return fuzz_next(t, '\\') && fuzz_next(t, 'u') && fuzz_unit(t, &low)
           && low >= 0xdc00 && low <= 0xdfff;
}


static int
fuzz_unit(fuzz_text_t *t, unsigned *unit)
{
    int          i;
    const char  *digit;

    *unit = 0;

    for (i = 0; i < 4; i++) {
        if (t->p == t->end || *t->p == '\0') {
            return 0;
        }

        digit = strchr("00112233445566778899aAbBcCdDeEfF", *t->p++);
        if (digit == NULL) {
            return 0;
        }

        *unit = *unit * 16
                + (unsigned) (digit - "00112233445566778899aAbBcCdDeEfF") / 2;
    }

    return 1;
}


/* by code point, where the engine goes by bytes */
static int
fuzz_utf8(fuzz_text_t *t)
{
    int       i, n;
    uint32_t  c;

    c = *t->p++;

    if (c < 0x80) {
        return 1;
    }

    if (c >= 0xc0 && c <= 0xdf) {
        n = 1;
        c &= 0x1f;

    } else if (c >= 0xe0 && c <= 0xef) {
        n = 2;
        c &= 0x0f;

    } else if (c >= 0xf0 && c <= 0xf7) {
        n = 3;
        c &= 0x07;

    } else {
        return 0;
    }

    for (i = 0; i < n; i++) {
        if (t->p == t->end || *t->p < 0x80 || *t->p > 0xbf) {
            return 0;
        }

        c = c << 6 | (*t->p++ & 0x3f);
    }

    return (n == 1) ? c >= 0x80
           : (n == 2) ? c >= 0x800 && (c < 0xd800 || c > 0xdfff)
           : c >= 0x10000 && c <= 0x10ffff;
}


static int
fuzz_number(fuzz_text_t *t)
{
    (void) fuzz_next(t, '-');

    if (!fuzz_next(t, '0') && !fuzz_digits(t)) {
        return 0;
    }

    if (fuzz_next(t, '.') && !fuzz_digits(t)) {
        return 0;
    }

    if (fuzz_next(t, 'e') || fuzz_next(t, 'E')) {
        if (!fuzz_next(t, '+')) {
            (void) fuzz_next(t, '-');
        }

        return fuzz_digits(t);
    }

    return 1;
}


static int
fuzz_digits(fuzz_text_t *t)
{
    const uint8_t  *start;

    start = t->p;

    while (t->p < t->end && *t->p >= '0' && *t->p <= '9') {
        t->p++;
    }

    return t->p > start;
}


static int
fuzz_next(fuzz_text_t *t, int c)
{
    if (t->p == t->end || *t->p != c) {
        return 0;
    }

    t->p++;

    return 1;
}


static void
fuzz_blank(fuzz_text_t *t)
{
    while (fuzz_next(t, ' ') || fuzz_next(t, '\t') || fuzz_next(t, '\n')
           || fuzz_next(t, '\r'))
    {
        /* void */
    }
}
