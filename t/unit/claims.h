/*
 * What the tests of claims share: a real model, whose thresholds are the
 * tests' own.
 */


#ifndef KEYAUTH_CLAIMS_H_INCLUDED
#define KEYAUTH_CLAIMS_H_INCLUDED


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
#include "keyauth_claim.h"
#include "keyauth_user.h"


#define TEST_MODEL   "build/t/one/keyauth.model"
#define TEST_POINTS  3

#define TEST_PRESS   "\"Press\":[0,1,2,3,4,5,6,7,8,9,10,11,12]"
#define TEST_REL     "\"Release\":[1,2,3,4,5,6,7,8,9,10,11,12,13]"
#define TEST_SAMPLE  TEST_PRESS "," TEST_REL


static keyauth_model_t   model;
static keyauth_engine_t  engine;
static void             *memory;
static keyauth_body_t    tree;

static const keyauth_claim_limits_t  limits = { 0.01, KEYAUTH_FAR_MAX, 0 };

/* threshold 0 and 5 %, at 1 %; for each attempt more, 1 less */
static keyauth_point_t   points[KEYAUTH_ATTEMPTS_MAX][TEST_POINTS];


static inline int
test_setup(void **state)
{
    int   i;
    char  err[KEYAUTH_ERROR_MAX];

    (void) state;

    if (keyauth_model_open(&model, TEST_MODEL, NULL, err) != 0) {
        fail_msg("%s", err);
    }

    memory = aligned_alloc(64, keyauth_engine_size(&model));
    assert_non_null(memory);

    if (keyauth_engine_init(&engine, &model, memory, err) != 0) {
        fail_msg("%s", err);
    }

    for (i = 0; i < KEYAUTH_ATTEMPTS_MAX; i++) {
        points[i][0] = (keyauth_point_t) { 0.001, 100 - i, 0.5 };
        points[i][1] = (keyauth_point_t) { 0.01, 0 - i, 0.05 };
        points[i][2] = (keyauth_point_t) { 0.2, -100 - i, 0.01 };
    }

    model.verify = points[0];
    model.points = TEST_POINTS;

    return 0;
}


static inline int
test_teardown(void **state)
{
    (void) state;

    free(memory);
    keyauth_model_close(&model);

    return 0;
}


static inline int
test_parse(keyauth_claim_t *claim, const char *body,
    keyauth_problem_t *problem)
{
    int     rc;
    char   *exact;
    size_t  len;

    /* what lies behind the body is the sanitizer's */

    len = strlen(body);
    exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, body, len);

    rc = keyauth_claim_parse(claim, &tree, &model, &limits, exact, len,
                             problem);

    free(exact);

    return rc;
}


#endif /* KEYAUTH_CLAIMS_H_INCLUDED */
