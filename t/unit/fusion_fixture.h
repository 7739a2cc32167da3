/*
 * What the tests of FUSION share: a data set of which a part is enrolled.
 */


#ifndef KEYAUTH_FUSION_FIXTURE_H_INCLUDED
#define KEYAUTH_FUSION_FIXTURE_H_INCLUDED


#include "fusion.h"
#include "fusion_folds.h"
#include "parity.h"
#include "train.h"


/* a set, split: the last quarter of each user's rows is tested */
typedef struct {
    keyauth_dataset_t  d;
    keyauth_rows_t     train;
    keyauth_rows_t     all;
    uint8_t           *keep;
    keyauth_fused_t    fused;
    keyauth_fusion_t   view;
    void              *scratch;
} split_t;


static inline void
split_make(split_t *s, const char *path, uint32_t trees, uint64_t seed,
    int powers)
{
    int                      rc;
    char                     err[KEYAUTH_ERROR_MAX];
    double                  *summary;
    uint32_t                 i, n;
    keyauth_enrolment_t      e;
    keyauth_fusion_recipe_t  r;

    if (keyauth_dataset_read(&s->d, path, err) != 0) {
        fail_msg("%s", err);
    }

    s->keep = keyauth_alloc(s->d.rows, 1);

    for (i = 0; i < s->d.rows; i++) {
        n = s->d.start[s->d.class[i] + 1] - s->d.start[s->d.class[i]];
        s->keep[i] = s->d.repetition[i] < n - (n + 3) / 4;
    }

    summary = keyauth_dataset_summary(&s->d);
    keyauth_rows_pick(&s->train, &s->d, summary, s->keep);
    keyauth_rows_pick(&s->all, &s->d, summary, NULL);
    free(summary);

    e.rows = s->train.rows;
    e.features = s->train.features;
    e.classes = s->train.classes;
    e.raw = s->train.raw;
    e.class = s->train.class;
    r.seed = seed;
    r.trees = trees;
    rc = powers ? keyauth_fusion_train(&s->fused, &e, &r, NULL, err)
                      : keyauth_fusion_enrol(&s->fused, &e, &r, NULL, err);
    assert_int_equal(rc, 0);

    if (!powers) {
        s->fused.head.trees_power = 1.8;
        s->fused.head.parzen_power = 0.19;
    }

    keyauth_fusion_view(&s->view, &s->fused);
    assert_int_equal(keyauth_fusion_check(&s->view, err), 0);
    s->scratch = aligned_alloc(64, (keyauth_fusion_scratch(&s->view) + 63)
                                   & ~(size_t) 63);
}


static inline void
split_free(split_t *s)
{
    keyauth_fusion_free(&s->fused);
    keyauth_rows_free(&s->train);
    keyauth_rows_free(&s->all);
    keyauth_dataset_free(&s->d);
    free(s->keep);
    free(s->scratch);
}


#endif /* KEYAUTH_FUSION_FIXTURE_H_INCLUDED */
