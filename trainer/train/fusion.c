#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fusion.h"
#include "fusion_parzen.h"
#include "keyauth_kernels.h"


static void keyauth_fusion_deal(keyauth_fused_t *f,
    const keyauth_enrolment_t *e, uint64_t seed);
static int keyauth_fusion_number_compare(const void *one, const void *two);
static int keyauth_fusion_trees(keyauth_fused_t *f,
    const keyauth_enrolment_t *e, const uint32_t *first,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err);
static void keyauth_fusion_samples(keyauth_samples_t *s, float *x,
    uint32_t *class, const keyauth_fused_t *f, uint32_t c,
    const keyauth_enrolment_t *e, const uint32_t *first);
static int keyauth_fusion_append(keyauth_grown_t *all,
    const keyauth_grown_t *g, char *err);


int
keyauth_fusion_enrol(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const keyauth_fusion_recipe_t *recipe, keyauth_progress_t *progress,
    char *err)
{
    int        rc;
    uint32_t   i, *first;

    memset(f, 0, sizeof(keyauth_fused_t));
    f->head.classes = e->classes;
    f->head.features = e->features;
    f->head.trees_power = 1;
    f->head.parzen_power = 1;
    f->head.fused_power = 1;
    f->head.floor = KEYAUTH_NO_FLOOR;

    /* a class's first row */

    first = keyauth_alloc((size_t) e->classes + 1, sizeof(uint32_t));

    for (i = 0; i < e->rows; i++) {
        first[e->class[i] + 1]++;
    }

    for (i = 0; i < e->classes; i++) {
        first[i + 1] += first[i];
    }

    keyauth_fusion_deal(f, e, recipe->seed);
    keyauth_parzen_enrol(f, e, first);
    rc = keyauth_fusion_trees(f, e, first, recipe, progress, err);

    free(first);

    return rc;
}


/* users into cohorts of equal size, by a seeded shuffle where one is full */
static void
keyauth_fusion_deal(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    uint64_t seed)
{
    uint32_t           c, i, j, swap;
    keyauth_cohort_t  *cohort;
    keyauth_random_t   random;

    f->head.cohorts = (e->classes + KEYAUTH_COHORT_MAX - 1)
                      / KEYAUTH_COHORT_MAX;
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


/* extremely randomised trees: no bootstrap, one random cut a feature */
static int
keyauth_fusion_trees(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const uint32_t *first, const keyauth_fusion_recipe_t *recipe,
    keyauth_progress_t *progress, char *err)
{
    int                       rc;
    float                    *x;
    uint32_t                  c, *class;
    keyauth_grown_t           grown;
    keyauth_samples_t         samples;
    keyauth_forest_recipe_t   r;

    memset(&r, 0, sizeof(keyauth_forest_recipe_t));
    r.trees = recipe->trees;
    r.max_features = (uint32_t) sqrt((double) e->features);
    r.random_cuts = 1;

    x = keyauth_alloc((size_t) e->rows * e->features, sizeof(float));
    class = keyauth_alloc(e->rows, sizeof(uint32_t));
    rc = 0;

    if (progress != NULL) {
        keyauth_progress_start(progress, "FUSION",
                               f->head.cohorts * recipe->trees);
    }

    for (c = 0; c < f->head.cohorts && rc == 0; c++) {
        keyauth_fusion_samples(&samples, x, class, f, c, e, first);

        r.seed = recipe->seed + c;
        rc = keyauth_forest_grow(&grown, &samples, &r,
                                 f->head.cohorts == 1 ? progress : NULL, err);

        f->cohort[c].tree = f->trees.head.trees;
        f->cohort[c].trees = recipe->trees;

        if (rc == 0) {
            rc = keyauth_fusion_append(&f->trees, &grown, err);
        }

        keyauth_forest_free(&grown);

        if (progress != NULL) {
            keyauth_progress_step(progress, (c + 1) * recipe->trees);
        }
    }

    free(x);
    free(class);

    return rc;
}


/* one cohort's rows, their classes numbered within the cohort */
static void
keyauth_fusion_samples(keyauth_samples_t *s, float *x, uint32_t *class,
    const keyauth_fused_t *f, uint32_t c, const keyauth_enrolment_t *e,
    const uint32_t *first)
{
    size_t                   j;
    uint32_t                 i, m, row, user;
    const keyauth_cohort_t  *cohort;

    cohort = &f->cohort[c];
    m = 0;

    for (i = 0; i < cohort->members; i++) {
        user = f->member[cohort->member + i];

        for (row = first[user]; row < first[user + 1]; row++) {
            class[m] = i;

            for (j = 0; j < e->features; j++) {
                x[m * (size_t) e->features + j] =
                                 (float) e->raw[row * (size_t) e->features + j];
            }

            m++;
        }
    }

    s->x = x;
    s->class = class;
    s->rows = m;
    s->features = e->features;
    s->classes = f->cohort[0].members;

    for (i = 1; i < f->head.cohorts; i++) {
        if (f->cohort[i].members > s->classes) {
            s->classes = f->cohort[i].members;
        }
    }
}


/* g's trees behind those of all */
static int
keyauth_fusion_append(keyauth_grown_t *all, const keyauth_grown_t *g,
    char *err)
{
    size_t          nodes;
    uint32_t        base, i, mixed, shares, trees;
    keyauth_node_t *node;

    trees = all->head.trees;
    base = trees > 0 ? all->base[trees] : 0;
    mixed = all->head.mixed;
    shares = trees > 0 ? all->mixed[mixed] : 0;
    nodes = (size_t) base + g->base[g->head.trees];

    if (nodes > UINT32_MAX
        || (size_t) g->head.classes + mixed + g->head.mixed
           > KEYAUTH_LEAF_VALUE_MAX)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "FUSION has too many nodes");
        return -1;
    }

    all->head.features = g->head.features;
    all->head.classes = g->head.classes;
    all->head.trees += g->head.trees;
    all->head.mixed += g->head.mixed;

    all->base = keyauth_realloc(all->base, (size_t) all->head.trees + 1,
                                sizeof(uint32_t));
    all->mixed = keyauth_realloc(all->mixed, (size_t) all->head.mixed + 1,
                                 sizeof(uint32_t));
    all->nodes = keyauth_realloc(all->nodes, nodes, sizeof(keyauth_node_t));
    all->shares = keyauth_realloc(all->shares,
                                  (size_t) shares + g->mixed[g->head.mixed]
                                  + 1, sizeof(keyauth_share_t));

    for (i = 0; i <= g->head.trees; i++) {
        all->base[trees + i] = base + g->base[i];
    }

    for (i = 0; i <= g->head.mixed; i++) {
        all->mixed[mixed + i] = shares + g->mixed[i];
    }

    memcpy(all->nodes + base, g->nodes,
           g->base[g->head.trees] * sizeof(keyauth_node_t));

    if (g->head.mixed > 0) {
        memcpy(all->shares + shares, g->shares,
               g->mixed[g->head.mixed] * sizeof(keyauth_share_t));
    }

    /* mixed leaves are numbered through */

    for (node = all->nodes + base; node < all->nodes + nodes; node++) {
        if (keyauth_node_is_leaf(*node)
            && keyauth_node_value(*node) >= g->head.classes)
        {
            *node = keyauth_node_leaf(keyauth_node_value(*node) + mixed);
        }
    }

    return 0;
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
    keyauth_forest_view(&view->trees, &f->trees);
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

    return keyauth_forest_pack(w, "trees", &f->trees, err);
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
    keyauth_forest_free(&f->trees);
    memset(f, 0, sizeof(keyauth_fused_t));
}
