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
#include "parallel.h"


#define KEYAUTH_FOLDS        8
#define KEYAUTH_FOLDS_ENOUGH 1000       /* rows that need no further fold */
#define KEYAUTH_FOLDS_TESTS  4000       /* as many rows as are asked in all */
#define KEYAUTH_FOLDS_NONE   UINT32_MAX


/* the last task is the model of all rows, the others are folds */
typedef struct {
    const keyauth_enrolment_t      *all;
    keyauth_enrolment_t             some;
    const keyauth_fusion_recipe_t  *recipe;
    keyauth_progress_t             *progress;
    keyauth_fused_t                *fused;
    uint32_t                        folds;  /* that are asked */
    uint32_t                       *fold;   /* [some.rows] that asks a row */
    uint32_t                       *test;   /* [some.rows], or _NONE */
    keyauth_asked_t                 asked;
    int                             rc[KEYAUTH_FOLDS + 1];
    char                            err[KEYAUTH_FOLDS + 1][KEYAUTH_ERROR_MAX];
} keyauth_folding_t;


static void keyauth_folding_init(keyauth_folding_t *f,
    const keyauth_enrolment_t *e);
static void keyauth_folds_some(keyauth_enrolment_t *some,
    const keyauth_enrolment_t *e);
static uint32_t keyauth_folds_number(uint32_t rows);
static void keyauth_folds_deal(keyauth_folding_t *f);
static void keyauth_folding_free(keyauth_folding_t *f);
static void keyauth_folds_task(void *data, uint32_t i);
static void keyauth_folds_split(keyauth_enrolment_t *in,
    const keyauth_folding_t *f, uint32_t fold);
static void keyauth_folds_ask(keyauth_folding_t *f,
    const keyauth_fused_t *part, uint32_t fold);


int
keyauth_fusion_train(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err)
{
    int                     rc;
    uint32_t                i;
    keyauth_folding_t       folding;
    keyauth_fusion_head_t   powers;

    memset(f, 0, sizeof(keyauth_fused_t));
    keyauth_folding_init(&folding, e);
    folding.recipe = recipe;
    folding.progress = progress;
    folding.fused = f;

    if (progress != NULL) {
        keyauth_progress_start(progress, "FUSION", folding.folds
                               + keyauth_fusion_cohorts(e->classes));
    }

    keyauth_parallel(folding.folds + 1, keyauth_folds_task, &folding);
    rc = 0;

    for (i = 0; i <= folding.folds && rc == 0; i++) {
        rc = folding.rc[i];
        memcpy(err, folding.err[i], rc != 0 ? KEYAUTH_ERROR_MAX : 0);
    }

    if (rc == 0) {
        keyauth_fusion_powers(&powers, &folding.asked);
        f->head.trees_power = powers.trees_power;
        f->head.parzen_power = powers.parzen_power;
    }

    keyauth_folding_free(&folding);

    return rc;
}


static void
keyauth_folding_init(keyauth_folding_t *f, const keyauth_enrolment_t *e)
{
    size_t            n;
    keyauth_asked_t  *asked;

    memset(f, 0, sizeof(keyauth_folding_t));
    f->all = e;
    keyauth_folds_some(&f->some, e);
    f->fold = keyauth_alloc(f->some.rows, sizeof(uint32_t));
    f->test = keyauth_alloc(f->some.rows, sizeof(uint32_t));

    asked = &f->asked;
    asked->classes = f->some.classes;
    asked->truth = keyauth_alloc(f->some.rows, sizeof(uint32_t));
    asked->weight = keyauth_alloc(f->some.rows, sizeof(double));
    keyauth_folds_deal(f);

    n = (size_t) asked->tests * asked->classes;
    asked->trees = keyauth_alloc(n, sizeof(double));
    asked->parzen = keyauth_alloc(n, sizeof(double));
}


/*
 * users who fit into one cohort, for powers are the same for all: one user of
 * each n-th part
 */
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


/*
 * Two powers do not need more answers than a few of the folds have, where
 * there are many rows; what is left out is trained on in every fold.
 */
static uint32_t
keyauth_folds_number(uint32_t rows)
{
    uint32_t  folds;

    folds = KEYAUTH_FOLDS;

    while (folds > 2 && (uint64_t) rows * (folds - 1)
                        >= KEYAUTH_FOLDS * KEYAUTH_FOLDS_ENOUGH)
    {
        folds--;
    }

    return folds;
}


/*
 * What is typed next is nearest to what was typed lately: fusion_rows.c.  Of
 * more rows than are asked in all, it is every so many-th; a lone row is none.
 */
static void
keyauth_folds_deal(keyauth_folding_t *f)
{
    uint32_t                    at, begin, end, i, next;
    uint64_t                    k, n, rows;
    keyauth_asked_t            *asked;
    const keyauth_enrolment_t  *e;

    e = &f->some;
    asked = &f->asked;
    f->folds = keyauth_folds_number(e->rows);
    rows = (uint64_t) e->rows * f->folds / KEYAUTH_FOLDS;
    n = rows < KEYAUTH_FOLDS_TESTS ? rows : KEYAUTH_FOLDS_TESTS;
    k = 0;

    for (begin = 0; begin < e->rows; begin = end) {
        for (end = begin + 1; end < e->rows
                              && e->class[end] == e->class[begin]; end++)
        {
            /* void */
        }

        for (i = begin; i < end; i++) {
            f->fold[i] = KEYAUTH_FOLDS_NONE;
            f->test[i] = KEYAUTH_FOLDS_NONE;

            at = (i - begin) % KEYAUTH_FOLDS * f->folds / KEYAUTH_FOLDS;
            next = ((i - begin) % KEYAUTH_FOLDS + 1) * f->folds
                   / KEYAUTH_FOLDS;

            if (end - begin == 1 || at == next) {
                continue;
            }

            f->fold[i] = at;

            if (k * n / rows != (k + 1) * n / rows) {
                f->test[i] = asked->tests;
                asked->weight[asked->tests++]
                              = exp2(KEYAUTH_FUSION_RECENCY * (i - begin)
                                     / (end - begin));
            }

            k++;
        }
    }
}


static void
keyauth_folding_free(keyauth_folding_t *f)
{
    free((void *) (uintptr_t) f->some.raw);
    free((void *) (uintptr_t) f->some.class);
    free(f->fold);
    free(f->test);
    free(f->asked.truth);
    free(f->asked.weight);
    free(f->asked.trees);
    free(f->asked.parzen);
}


static void
keyauth_folds_task(void *data, uint32_t i)
{
    keyauth_fused_t       part;
    keyauth_folding_t    *f;
    keyauth_enrolment_t   in;

    f = data;

    if (i == f->folds) {
        f->rc[i] = keyauth_fusion_enrol(f->fused, f->all, f->recipe,
                                        f->progress, f->err[i]);
        return;
    }

    keyauth_folds_split(&in, f, i);
    f->rc[i] = keyauth_fusion_enrol(&part, &in, f->recipe, NULL, f->err[i]);

    if (f->rc[i] == 0) {
        keyauth_folds_ask(f, &part, i);
    }

    keyauth_progress_more(f->progress);
    keyauth_fusion_free(&part);
    free((void *) (uintptr_t) in.raw);
    free((void *) (uintptr_t) in.class);
}


/* in: the rows that the fold does not hold back */
static void
keyauth_folds_split(keyauth_enrolment_t *in, const keyauth_folding_t *f,
    uint32_t fold)
{
    double                     *raw;
    uint32_t                    i, n, *class;
    const keyauth_enrolment_t  *e;

    e = &f->some;
    raw = keyauth_alloc((size_t) e->rows * e->features, sizeof(double));
    class = keyauth_alloc(e->rows, sizeof(uint32_t));
    n = 0;

    for (i = 0; i < e->rows; i++) {
        if (f->fold[i] != fold) {
            class[n] = e->class[i];
            memcpy(raw + (size_t) n++ * e->features,
                   e->raw + (size_t) i * e->features,
                   e->features * sizeof(double));
        }
    }

    *in = *e;
    in->rows = n;
    in->raw = raw;
    in->class = class;
}


/* each test has its place, whichever thread comes first */
static void
keyauth_folds_ask(keyauth_folding_t *f, const keyauth_fused_t *part,
    uint32_t fold)
{
    void                       *scratch;
    size_t                      at, size;
    uint32_t                    i, test;
    const double               *parzen, *trees;
    keyauth_fusion_t            view;
    const keyauth_enrolment_t  *e;

    e = &f->some;
    keyauth_fusion_view(&view, part);
    scratch = aligned_alloc(64, (keyauth_fusion_scratch(&view) + 63)
                                & ~(size_t) 63);

    if (scratch == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    for (i = 0; i < e->rows; i++) {
        test = f->test[i];

        if (f->fold[i] != fold || test == KEYAUTH_FOLDS_NONE) {
            continue;
        }

        keyauth_fusion_members(&view, 0, e->raw + (size_t) i * e->features,
                               scratch, &trees, &parzen);
        at = (size_t) test * e->classes;
        size = e->classes * sizeof(double);
        memcpy(f->asked.trees + at, trees, size);
        memcpy(f->asked.parzen + at, parzen, size);
        f->asked.truth[test] = view.place[e->class[i]];
    }

    free(scratch);
}
