/*
 * Training FUSION: its members on all rows, its powers on what members trained
 * on seven eighths of them say of the others.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fusion.h"
#include "fusion_folds.h"
#include "fusion_powers.h"
#include "fusion_rows.h"


#define KEYAUTH_FOLDS        8
#define KEYAUTH_FOLDS_TESTS  4000       /* as many rows as are asked in all */


static int keyauth_folds_ask(keyauth_asked_t *asked,
    const keyauth_enrolment_t *e, const keyauth_fusion_recipe_t *recipe,
    char *err);
static void keyauth_folds_some(keyauth_enrolment_t *some,
    const keyauth_enrolment_t *e);
static void keyauth_folds_weigh(double *weight,
    const keyauth_enrolment_t *e);
static void keyauth_folds_split(keyauth_enrolment_t *in,
    const keyauth_enrolment_t *e, uint32_t fold, uint8_t *held);
static void keyauth_folds_members(keyauth_asked_t *asked,
    const keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const double *weight, const uint8_t *held);
static void keyauth_folds_test(keyauth_asked_t *asked,
    const keyauth_fusion_t *view, const double *raw, uint32_t class,
    void *scratch);


int
keyauth_fusion_train(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err)
{
    int                    rc;
    keyauth_asked_t        asked;
    keyauth_fusion_head_t  powers;

    memset(f, 0, sizeof(keyauth_fused_t));
    memset(&asked, 0, sizeof(keyauth_asked_t));
    rc = keyauth_folds_ask(&asked, e, recipe, err);

    if (rc == 0) {
        keyauth_fusion_powers(&powers, &asked);
        rc = keyauth_fusion_enrol(f, e, recipe, progress, err);
        f->head.trees_power = powers.trees_power;
        f->head.parzen_power = powers.parzen_power;
    }

    free(asked.truth);
    free(asked.weight);
    free(asked.trees);
    free(asked.parzen);

    return rc;
}


/* of users who fit into one cohort, for powers are the same for all */
static int
keyauth_folds_ask(keyauth_asked_t *asked, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, char *err)
{
    int                   rc;
    double               *weight;
    uint8_t              *held;
    uint32_t              fold;
    keyauth_fused_t       part;
    keyauth_enrolment_t   in, some;

    keyauth_folds_some(&some, e);
    held = keyauth_alloc(some.rows, 1);
    weight = keyauth_alloc(some.rows, sizeof(double));
    keyauth_folds_weigh(weight, &some);
    rc = 0;

    for (fold = 0; fold < KEYAUTH_FOLDS && rc == 0; fold++) {
        keyauth_folds_split(&in, &some, fold, held);
        rc = keyauth_fusion_enrol(&part, &in, recipe, NULL, err);

        if (rc == 0) {
            keyauth_folds_members(asked, &part, &some, weight, held);
        }

        keyauth_fusion_free(&part);
        free((void *) (uintptr_t) in.raw);
        free((void *) (uintptr_t) in.class);
    }

    free(held);
    free(weight);
    free((void *) (uintptr_t) some.raw);
    free((void *) (uintptr_t) some.class);

    return rc;
}


/* one user of each n-th part of all */
static void
keyauth_folds_some(keyauth_enrolment_t *some, const keyauth_enrolment_t *e)
{
    double    *raw;
    uint32_t   i, n, *class;
    uint64_t   here, next;

    raw = keyauth_alloc((size_t) e->rows * e->features, sizeof(double));
    class = keyauth_alloc(e->rows, sizeof(uint32_t));
    n = e->classes < KEYAUTH_COHORT_MAX ? e->classes : KEYAUTH_COHORT_MAX;
    *some = *e;
    some->classes = n;
    some->rows = 0;

    for (i = 0; i < e->rows; i++) {
        here = (uint64_t) e->class[i] * n / e->classes;
        next = ((uint64_t) e->class[i] + 1) * n / e->classes;

        if (here != next) {
            class[some->rows] = (uint32_t) here;
            memcpy(raw + (size_t) some->rows++ * e->features,
                   e->raw + (size_t) i * e->features,
                   e->features * sizeof(double));
        }
    }

    some->raw = raw;
    some->class = class;
}


/* what is typed next is nearest to what was typed lately: fusion_rows.c */
static void
keyauth_folds_weigh(double *weight, const keyauth_enrolment_t *e)
{
    uint32_t  begin, end, i;

    for (begin = 0; begin < e->rows; begin = end) {
        for (end = begin + 1; end < e->rows
                              && e->class[end] == e->class[begin]; end++)
        {
            /* void */
        }

        for (i = begin; i < end; i++) {
            weight[i] = exp2(KEYAUTH_FUSION_RECENCY * (i - begin)
                             / (end - begin)) / e->rows;
        }
    }
}


/* in: the rows of e that are not held back; a lone row never is */
static void
keyauth_folds_split(keyauth_enrolment_t *in, const keyauth_enrolment_t *e,
    uint32_t fold, uint8_t *held)
{
    double    *raw;
    uint32_t   begin, end, i, n, *class;

    raw = keyauth_alloc((size_t) e->rows * e->features, sizeof(double));
    class = keyauth_alloc(e->rows, sizeof(uint32_t));
    n = 0;

    for (begin = 0; begin < e->rows; begin = end) {
        for (end = begin + 1; end < e->rows
                              && e->class[end] == e->class[begin]; end++)
        {
            /* void */
        }

        for (i = begin; i < end; i++) {
            held[i] = end - begin > 1 && (i - begin) % KEYAUTH_FOLDS == fold;

            if (!held[i]) {
                class[n] = e->class[i];
                memcpy(raw + (size_t) n++ * e->features,
                       e->raw + (size_t) i * e->features,
                       e->features * sizeof(double));
            }
        }
    }

    *in = *e;
    in->rows = n;
    in->raw = raw;
    in->class = class;
}


static void
keyauth_folds_members(keyauth_asked_t *asked, const keyauth_fused_t *f,
    const keyauth_enrolment_t *e, const double *weight, const uint8_t *held)
{
    void              *scratch;
    uint32_t           i, n;
    keyauth_fusion_t   view;

    keyauth_fusion_view(&view, f);
    scratch = aligned_alloc(64, (keyauth_fusion_scratch(&view) + 63)
                                & ~(size_t) 63);

    if (scratch == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    if (asked->truth == NULL) {
        n = e->rows < KEYAUTH_FOLDS_TESTS ? e->rows : KEYAUTH_FOLDS_TESTS;
        asked->classes = e->classes;
        asked->truth = keyauth_alloc(n, sizeof(uint32_t));
        asked->weight = keyauth_alloc(n, sizeof(double));
        asked->trees = keyauth_alloc((size_t) n * e->classes, sizeof(double));
        asked->parzen = keyauth_alloc((size_t) n * e->classes,
                                      sizeof(double));
    }

    for (i = 0; i < e->rows; i++) {

        /* of more rows than that, every so many-th */

        if (held[i] && (e->rows <= KEYAUTH_FOLDS_TESTS
                        || (uint64_t) i * KEYAUTH_FOLDS_TESTS / e->rows
                           != (uint64_t) (i + 1) * KEYAUTH_FOLDS_TESTS
                              / e->rows))
        {
            asked->weight[asked->tests] = weight[i];
            keyauth_folds_test(asked, &view,
                               e->raw + (size_t) i * e->features,
                               e->class[i], scratch);
        }
    }

    free(scratch);
}


static void
keyauth_folds_test(keyauth_asked_t *asked, const keyauth_fusion_t *view,
    const double *raw, uint32_t class, void *scratch)
{
    size_t         at, size;
    const double  *parzen, *trees;

    at = (size_t) asked->tests * asked->classes;
    size = asked->classes * sizeof(double);
    keyauth_fusion_members(view, 0, raw, scratch, &trees, &parzen);
    memcpy(asked->trees + at, trees, size);
    memcpy(asked->parzen + at, parzen, size);
    asked->truth[asked->tests++] = view->place[class];
}
