/*
 * Training FUSION: see fusion.h.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fusion.h"
#include "fusion_parzen.h"
#include "fusion_rows.h"
#include "keyauth_kernels.h"


/* one cohort's rows */
typedef struct {
    float      *x;                      /* [rows][features], steps' times */
    uint32_t   *class;                  /* [rows], members of the cohort */
    double     *share;                  /* [rows] */
    uint32_t    rows;
} keyauth_fusion_rows_t;


static void keyauth_fusion_deal(keyauth_fused_t *f,
    const keyauth_enrolment_t *e, uint64_t seed);
static int keyauth_fusion_number_compare(const void *one, const void *two);
static uint32_t *keyauth_fusion_first(const keyauth_enrolment_t *e);
static int keyauth_fusion_trees(keyauth_fused_t *f,
    const keyauth_enrolment_t *e, const double *share,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err);
static void keyauth_fusion_samples(keyauth_fusion_rows_t *r,
    const keyauth_fused_t *f, uint32_t c, const keyauth_enrolment_t *e,
    const uint32_t *first, const double *share);


int
keyauth_fusion_enrol(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err)
{
    int                   rc;
    double               *share;
    uint32_t             *first;
    keyauth_enrolment_t   thin;

    memset(f, 0, sizeof(keyauth_fused_t));
    f->head.classes = e->classes;
    f->head.features = e->features;
    f->head.trees_power = 1;
    f->head.parzen_power = 1;
    f->head.floor = KEYAUTH_NO_FLOOR;

    share = keyauth_alloc(e->rows, sizeof(double));
    keyauth_fusion_shares(share, e);
    keyauth_fusion_deal(f, e, recipe->seed);

    keyauth_fusion_thin(&thin, e, share);
    first = keyauth_fusion_first(&thin);
    keyauth_parzen_enrol(f, &thin, first);

    rc = keyauth_fusion_trees(f, e, share, recipe, progress, err);

    free((void *) (uintptr_t) thin.raw);
    free((void *) (uintptr_t) thin.class);
    free(first);
    free(share);

    return rc;
}


/* a class's first row, and behind the last class the number of rows */
static uint32_t *
keyauth_fusion_first(const keyauth_enrolment_t *e)
{
    uint32_t  i, *first;

    first = keyauth_alloc((size_t) e->classes + 1, sizeof(uint32_t));

    for (i = 0; i < e->rows; i++) {
        first[e->class[i] + 1]++;
    }

    for (i = 0; i < e->classes; i++) {
        first[i + 1] += first[i];
    }

    return first;
}


uint32_t
keyauth_fusion_cohorts(uint32_t classes)
{
    return (classes + KEYAUTH_COHORT_MAX - 1) / KEYAUTH_COHORT_MAX;
}


/* users into cohorts of equal size, by a seeded shuffle where one is full */
static void
keyauth_fusion_deal(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    uint64_t seed)
{
    uint32_t           c, i, j, swap;
    keyauth_cohort_t  *cohort;
    keyauth_random_t   random;

    f->head.cohorts = keyauth_fusion_cohorts(e->classes);
    f->cohort = keyauth_alloc(f->head.cohorts, sizeof(keyauth_cohort_t));
    f->member = keyauth_alloc(e->classes, sizeof(uint32_t));
    f->place = keyauth_alloc(e->classes, sizeof(uint32_t));

    for (i = 0; i < e->classes; i++) {
        f->member[i] = i;
    }

    keyauth_random_init(&random, seed, UINT32_MAX);

    for (i = e->classes; i > 1 && f->head.cohorts > 1; i--) {
        j = keyauth_random_below(&random, i);
        swap = f->member[i - 1];
        f->member[i - 1] = f->member[j];
        f->member[j] = swap;
    }

    for (c = 0; c < f->head.cohorts; c++) {
        cohort = &f->cohort[c];
        cohort->member = (uint32_t) ((uint64_t) e->classes * c
                                     / f->head.cohorts);
        cohort->members = (uint32_t) ((uint64_t) e->classes * (c + 1)
                                      / f->head.cohorts) - cohort->member;
        qsort(f->member + cohort->member, cohort->members, sizeof(uint32_t),
              keyauth_fusion_number_compare);
    }

    for (i = 0; i < e->classes; i++) {
        f->place[f->member[i]] = i;
    }
}


static int
keyauth_fusion_number_compare(const void *one, const void *two)
{
    uint32_t  a, b;

    memcpy(&a, one, sizeof(uint32_t));
    memcpy(&b, two, sizeof(uint32_t));

    return (a > b) - (a < b);
}


/* extremely randomised trees: one random cut a feature */
static int
keyauth_fusion_trees(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const double *share, const keyauth_fusion_recipe_t *recipe,
    keyauth_progress_t *progress, char *err)
{
    int                      rc;
    uint32_t                 c, *first;
    keyauth_samples_t        s;
    keyauth_fusion_rows_t    rows;
    keyauth_grove_recipe_t   r;

    rows.x = keyauth_alloc((size_t) e->rows * e->features, sizeof(float));
    rows.class = keyauth_alloc(e->rows, sizeof(uint32_t));
    rows.share = keyauth_alloc(e->rows, sizeof(double));
    first = keyauth_fusion_first(e);
    rc = 0;

    r.trees = recipe->trees;
    r.max_features = (uint32_t) sqrt((double) e->features);
    r.share = rows.share;

    for (c = 0; c < f->head.cohorts && rc == 0; c++) {
        keyauth_fusion_samples(&rows, f, c, e, first, share);

        s.x = rows.x;
        s.class = rows.class;
        s.rows = rows.rows;
        s.features = e->features;
        s.classes = f->cohort[c].members;

        f->cohort[c].tree = f->trees.head.trees;
        f->cohort[c].trees = recipe->trees;
        r.seed = recipe->seed + c;
        rc = keyauth_grove_plant(&f->trees, &s, &r, err);
        keyauth_progress_more(progress);
    }

    free(rows.x);
    free(rows.class);
    free(rows.share);
    free(first);

    return rc;
}


static void
keyauth_fusion_samples(keyauth_fusion_rows_t *r, const keyauth_fused_t *f,
    uint32_t c, const keyauth_enrolment_t *e, const uint32_t *first,
    const double *share)
{
    float                   *x;
    uint32_t                 i, j, row, user;
    const double            *raw;
    const keyauth_cohort_t  *cohort;

    cohort = &f->cohort[c];
    r->rows = 0;
    x = r->x;

    for (i = 0; i < cohort->members; i++) {
        user = f->member[cohort->member + i];

        for (row = first[user]; row < first[user + 1]; row++) {
            raw = e->raw + (size_t) row * e->features;
            r->class[r->rows] = i;
            r->share[r->rows++] = share[row];

            for (j = 0; j < e->features; j++) {
                *x++ = keyauth_grove_time(keyauth_grove_step(raw[j]));
            }
        }
    }
}


void
keyauth_fusion_view(keyauth_fusion_t *view, const keyauth_fused_t *f)
{
    memset(view, 0, sizeof(keyauth_fusion_t));
    view->head = f->head;
    view->cohort = f->cohort;
    view->member = f->member;
    view->place = f->place;
    view->scale = f->scale;
    view->depth = f->depth;
    view->weight = f->weight;
    view->slots = f->slots;
    view->nslots = f->nslots;
    view->kernels = keyauth_kernels_best();
    keyauth_grove_view(&view->trees, &f->trees);
}


int
keyauth_fusion_pack(keyauth_writer_t *w, const keyauth_fused_t *f, char *err)
{
    size_t       i;
    const struct {
        const char  *name;
        const void  *data;
        size_t       size;
    } sections[] = {
        { "fusion.head", &f->head, sizeof(f->head) },
        { "fusion.cohort", f->cohort,
          f->head.cohorts * sizeof(keyauth_cohort_t) },
        { "fusion.member", f->member, f->head.classes * sizeof(uint32_t) },
        { "fusion.place", f->place, f->head.classes * sizeof(uint32_t) },
        { "fusion.scale", f->scale, (size_t) f->head.cohorts
                                    * f->head.features
                                    * sizeof(keyauth_scale_t) },
        { "fusion.depth", f->depth, f->head.groups * sizeof(uint32_t) },
        { "fusion.weight", f->weight,
          f->head.groups * KEYAUTH_FUSION_LANES * sizeof(float) },
        { "fusion.slots", f->slots,
          f->nslots * KEYAUTH_FUSION_LANES * sizeof(float) }
    };

    for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (keyauth_writer_add(w, sections[i].name, sections[i].data,
                               sections[i].size)
            != 0)
        {
            snprintf(err, KEYAUTH_ERROR_MAX, "no room for section \"%s\"",
                     sections[i].name);
            return -1;
        }
    }

    return keyauth_grove_pack(w, &f->trees, err);
}


void
keyauth_fusion_free(keyauth_fused_t *f)
{
    free(f->cohort);
    free(f->member);
    free(f->place);
    free(f->scale);
    free(f->depth);
    free(f->weight);
    free(f->slots);
    keyauth_grove_free(&f->trees);
    memset(f, 0, sizeof(keyauth_fused_t));
}
