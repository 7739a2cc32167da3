/*
 * Checking what FUSION's sections say: see keyauth_fusion.h.
 */


#include <math.h>
#include <stdio.h>

#include "keyauth_fusion.h"


static int keyauth_fusion_check_cohort(const keyauth_fusion_t *m, uint32_t c);
static int keyauth_fusion_check_floats(const float *p, size_t rows);


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
