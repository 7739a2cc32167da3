/*
 * FUSION as a kind of model: its sections are read and checked here.
 */


#include <math.h>
#include <stdio.h>

#include "keyauth_fusion.h"
#include "keyauth_kinds.h"


static int keyauth_fusion_kind_read(void *view, keyauth_sections_t *s);
static void keyauth_fusion_kind_trees(keyauth_grove_t *g, uint32_t features,
    keyauth_sections_t *s);
static int keyauth_fusion_check_cohort(const keyauth_fusion_t *m, uint32_t c);
static int keyauth_fusion_check_floats(const float *p, size_t rows);
static int keyauth_fusion_kind_check(const void *view, char *err);
static size_t keyauth_fusion_kind_scratch(const void *view);
static uint32_t keyauth_fusion_kind_predict(const void *view,
    const double *x, void *scratch, double *scores);


const keyauth_kind_t  keyauth_kind_fusion = {
    "FUSION",
    "fusion.head",
    KEYAUTH_INPUT_TIMINGS,
    KEYAUTH_SCORES_PROBABILITIES,
    sizeof(keyauth_fusion_t),
    offsetof(keyauth_fusion_t, kernels),
    keyauth_fusion_kind_read,
    keyauth_fusion_kind_check,
    keyauth_fusion_kind_scratch,
    keyauth_fusion_kind_predict,
    NULL
};


static int
keyauth_fusion_kind_read(void *view, keyauth_sections_t *s)
{
    size_t             cohorts, features, groups, lanes;
    keyauth_fusion_t  *f;

    f = view;
    keyauth_sections_head(s, "fusion.head", &f->head, sizeof(f->head));

    if (f->head.classes != s->classes || f->head.features != 4 * s->keys - 3) {
        keyauth_sections_refuse(s, "FUSION is for other data");
    }

    cohorts = f->head.cohorts;
    features = f->head.features;
    groups = f->head.groups;
    lanes = KEYAUTH_FUSION_LANES * sizeof(float);

    f->cohort = keyauth_sections_array(s, "fusion.cohort",
                                       sizeof(keyauth_cohort_t), cohorts);
    f->member = keyauth_sections_array(s, "fusion.member", sizeof(uint32_t),
                                       s->classes);
    f->place = keyauth_sections_array(s, "fusion.place", sizeof(uint32_t),
                                      s->classes);
    f->scale = keyauth_sections_array(s, "fusion.scale",
                                      sizeof(keyauth_scale_t),
                                      cohorts * features);
    f->depth = keyauth_sections_array(s, "fusion.depth", sizeof(uint32_t),
                                      groups);
    f->weight = keyauth_sections_array(s, "fusion.weight", lanes, groups);
    f->slots = keyauth_sections_bytes(s, "fusion.slots", lanes, &f->nslots);

    keyauth_fusion_kind_trees(&f->trees, f->head.features, s);

    return s->bad ? -1 : 0;
}


static void
keyauth_fusion_kind_trees(keyauth_grove_t *g, uint32_t features,
    keyauth_sections_t *s)
{
    keyauth_sections_head(s, "trees.head", &g->head, sizeof(g->head));

    if (g->head.trees == 0 || g->head.features != features) {
        keyauth_sections_refuse(s, "section \"trees.head\" is bad");
    }

    g->base = keyauth_sections_array(s, "trees.base", sizeof(uint32_t),
                                     (size_t) g->head.trees + 1);
    g->tops = keyauth_sections_array(s, "trees.tops",
                                     sizeof(keyauth_grove_top_t),
                                     ((size_t) g->head.trees
                                      + KEYAUTH_GROVE_LANES - 1)
                                     / KEYAUTH_GROVE_LANES);
    g->exits = keyauth_sections_array(s, "trees.exits",
                                      KEYAUTH_GROVE_EXITS * sizeof(uint16_t),
                                      g->head.trees);
    g->splits = keyauth_sections_bytes(s, "trees.splits",
                                       sizeof(keyauth_split_t), &g->nsplits);

    if (!s->bad && g->base[g->head.trees] != g->nsplits) {
        keyauth_sections_refuse(s, "section \"trees.base\" is bad");
    }
}


static int
keyauth_fusion_kind_check(const void *view, char *err)
{
    return keyauth_fusion_check(view, err);
}


static size_t
keyauth_fusion_kind_scratch(const void *view)
{
    return keyauth_fusion_scratch(view);
}


static uint32_t
keyauth_fusion_kind_predict(const void *view, const double *x,
    void *scratch, double *scores)
{
    return keyauth_fusion_predict(view, x, scratch, scores);
}


int
keyauth_fusion_check(const keyauth_fusion_t *m, char *err)
{
    uint32_t                      c, i, member, group, tree;
    uint64_t                      slot;
    const keyauth_cohort_t       *cohort;
    const keyauth_fusion_head_t  *h;

    h = &m->head;
    member = 0;
    group = 0;
    tree = 0;
    slot = 0;

    for (c = 0; c < h->cohorts; c++) {
        cohort = &m->cohort[c];

        if (cohort->member != member || cohort->group != group
            || cohort->tree != tree || cohort->slot != slot
            || keyauth_fusion_check_cohort(m, c) != 0)
        {
            goto invalid;
        }

        member += cohort->members;
        group += cohort->groups;
        tree += cohort->trees;
        slot += (uint64_t) cohort->slots * m->head.features;
    }

    if (member != h->classes || group != h->groups
        || tree != m->trees.head.trees || slot != m->nslots
        || !(h->trees_power >= 0 && h->trees_power < 1e3)
        || !(h->parzen_power >= 0 && h->parzen_power < 1e3)
        || !(h->floor >= KEYAUTH_NO_FLOOR && h->floor <= 0)
        || keyauth_fusion_check_floats(m->weight, h->groups) != 0
        || keyauth_fusion_check_floats(m->slots, m->nslots) != 0)
    {
        goto invalid;
    }

    for (i = 0; i < h->classes; i++) {
        if (m->member[i] >= h->classes || m->place[m->member[i]] != i) {
            goto invalid;
        }
    }

    return 0;

invalid:

    snprintf(err, KEYAUTH_ERROR_MAX, "FUSION's numbers do not agree");

    return -1;
}


static int
keyauth_fusion_check_cohort(const keyauth_fusion_t *m, uint32_t c)
{
    uint32_t                f, g, n;
    uint64_t                slots;
    const keyauth_scale_t  *scale;
    const keyauth_cohort_t *cohort;

    cohort = &m->cohort[c];

    if (cohort->members < 2
        || cohort->members > m->head.classes - cohort->member
        || cohort->groups != (cohort->members + KEYAUTH_FUSION_LANES - 1)
                             / KEYAUTH_FUSION_LANES
        || cohort->groups > m->head.groups - cohort->group
        || cohort->trees == 0 || cohort->rows == 0
        || cohort->trees > m->trees.head.trees - cohort->tree
        || keyauth_grove_check(&m->trees, cohort->tree, cohort->trees,
                               cohort->members) != 0)
    {
        return -1;
    }

    slots = 0;

    for (g = 0; g < cohort->groups; g++) {
        slots += m->depth[cohort->group + g];
    }

    if (slots != cohort->slots) {
        return -1;
    }

    n = m->head.features;

    for (f = 0; f < n; f++) {
        scale = &m->scale[(size_t) c * n + f];

        if (!(fabs(scale->centre) < 14)
            || !(scale->width >= 1e-3 && isfinite(scale->width)))
        {
            return -1;
        }
    }

    return 0;
}


/* sums that are not finite would make scores that compare with nothing */
static int
keyauth_fusion_check_floats(const float *p, size_t rows)
{
    size_t  i;

    for (i = 0; i < rows * KEYAUTH_FUSION_LANES; i++) {
        if (!(fabsf(p[i]) <= KEYAUTH_FUSION_FAR)) {
            return -1;
        }
    }

    return 0;
}
