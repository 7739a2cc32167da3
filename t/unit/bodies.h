/*
 * What the tests of requests share: bodies that end at a page that may not be
 * read, so that a single byte too far is a fault.
 */


#ifndef KEYAUTH_BODIES_H_INCLUDED
#define KEYAUTH_BODIES_H_INCLUDED


#include <ctype.h>
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

#include <cmocka.h>

#include "guard.h"
#include "keyauth_body.h"
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

/* a request whose HT mean is written so */
#define MEAN(number)                                                          \
    "{" MODEL ",\"HT\":{\"Mean\":" number ",\"STD\":1}," PPT "," RRT "," RPT  \
    "}"

#define PRESS(a, b, c)                                                        \
    "{" MODEL ",\"Press\":[" a "," b "," c "],\"Release\":[9e5,9e5,9e5]}"


static int                 array;      /* the last body was one */
static keyauth_body_t      memory;
static keyauth_batch_t     batch;
static keyauth_problem_t   problem;

static keyauth_request_t *const  requests = batch.request;


static inline int
test_parse_keys(const char *body, size_t len, uint32_t keys)
{
    int              rc;
    char            *p;
    keyauth_model_t  model;

    assert_true(len <= TEST_SPACE);

    p = guard - len;
    memcpy(p, body, len);

    memset(&problem, 0x7f, sizeof(problem));
    memset(&batch, 0x7f, sizeof(batch));

    /* what a model file may lack is test_answer.c's */

    memset(&model, 0, sizeof(model));
    model.keys = keys;
    model.models = KEYAUTH_ALL_MODELS;
    model.points = 2;

    rc = keyauth_request_parse(&batch, &memory, &model, p, len, &problem);
    array = batch.array;

    if (rc != 0) {
        assert_int_equal(rc, -1);
        assert_int_equal(batch.n, 0);
        assert_non_null(memchr(problem.detail, '\0', sizeof(problem.detail)));
        assert_non_null(memchr(problem.pointer, '\0',
                               sizeof(problem.pointer)));

    } else {
        assert_true(batch.n >= 1 && batch.n <= KEYAUTH_BATCH_MAX);
        assert_true(batch.array || batch.n == 1);
    }

    return (rc == 0) ? (int) batch.n : rc;
}


static inline int
test_parse(const char *body)
{
    return test_parse_keys(body, strlen(body), 3);
}


static inline int
test_setup(void **state)
{
    (void) state;

    return test_guard(TEST_SPACE);
}


#endif /* KEYAUTH_BODIES_H_INCLUDED */
