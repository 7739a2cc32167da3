/*
 * The models' sections: each model is in the file when its head is.
 */


#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_kernels.h"
#include "keyauth_sections.h"


static int keyauth_sections_svm(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_sections_rf(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_sections_forest(keyauth_forest_t *f, const char *prefix,
    uint32_t features, keyauth_sections_t *s);
static int keyauth_sections_xgb(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_sections_fusion(keyauth_model_t *m, keyauth_sections_t *s);
static void keyauth_sections_grove(keyauth_grove_t *g, uint32_t features,
    keyauth_sections_t *s);
static int keyauth_sections_points(keyauth_model_t *m, keyauth_sections_t *s);


int
keyauth_sections_models(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t  i;

    static const struct {
        const char  *head;
        int        (*read)(keyauth_model_t *m, keyauth_sections_t *s);
    } models[KEYAUTH_MODELS] = {
        { "svm.head", keyauth_sections_svm },
        { "rf.head", keyauth_sections_rf },
        { "xgb.head", keyauth_sections_xgb },
        { "fusion.head", keyauth_sections_fusion }
    };

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        if (!keyauth_sections_has(s, models[i].head)) {
            continue;
        }

        m->models |= 1u << i;

        if (models[i].read(m, s) != 0) {
            return -1;
        }
    }

    if (m->models == 0) {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "the file contains no model");
        return -1;
    }

    return keyauth_sections_live(m, s);
}


static int
keyauth_sections_svm(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t               n, classes, vectors;
    keyauth_svm_t       *svm;

    svm = &m->svm;
    keyauth_sections_head(s, "svm.head", &svm->head, sizeof(svm->head));

    if (!s->bad && svm->head.classes != m->classes) {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX, "the SVM is for other classes");
    }

    classes = m->classes;
    vectors = svm->head.vectors;

    svm->start = keyauth_sections_array(s, "svm.start", sizeof(uint32_t),
                                        classes + 1);
    svm->vectors = keyauth_sections_array(s, "svm.vectors", sizeof(double),
                                          vectors * KEYAUTH_SUMMARY);
    svm->coef = keyauth_sections_array(s, "svm.coef", sizeof(double),
                                       vectors * (classes - 1));
    svm->rho = keyauth_sections_array(s, "svm.rho", sizeof(double),
                                      classes * (classes - 1) / 2);
    svm->depth = keyauth_sections_array(s, "svm.depth", sizeof(uint32_t),
                                        svm->head.groups);
    svm->slots = keyauth_sections_array(s, "svm.slots",
                                        KEYAUTH_SUMMARY * KEYAUTH_SVM_LANES
                                        * sizeof(float), svm->head.slots);
    svm->pairs = keyauth_sections_bytes(s, "svm.pairs",
                                        KEYAUTH_SVM_LANES * sizeof(float),
                                        &n);
    svm->npairs = n;
    svm->kernels = keyauth_kernels_best();

    return s->bad ? -1 : keyauth_svm_check(svm, s->err);
}


static int
keyauth_sections_rf(keyauth_model_t *m, keyauth_sections_t *s)
{
    if (keyauth_sections_forest(&m->rf, "rf", KEYAUTH_SUMMARY, s) != 0) {
        return -1;
    }

    if (m->rf.head.classes != m->classes) {
        snprintf(s->err, KEYAUTH_ERROR_MAX, "RF is for other classes");
        return -1;
    }

    return 0;
}


static int
keyauth_sections_forest(keyauth_forest_t *f, const char *prefix,
    uint32_t features, keyauth_sections_t *s)
{
    char    name[4][16];
    size_t  i, n;

    static const char *const  parts[] = {
        "base", "nodes", "mixed", "shares"
    };

    snprintf(name[0], sizeof(name[0]), "%s.head", prefix);
    keyauth_sections_head(s, name[0], &f->head, sizeof(f->head));

    for (i = 0; i < 4; i++) {
        snprintf(name[i], sizeof(name[i]), "%s.%s", prefix, parts[i]);
    }

    if (!s->bad && (f->head.trees == 0 || f->head.features != features
                    || (uint64_t) f->head.classes + f->head.mixed
                       > KEYAUTH_LEAF_VALUE_MAX))
    {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX, "section \"%s.head\" is bad",
                 prefix);
    }

    f->base = keyauth_sections_array(s, name[0], sizeof(uint32_t),
                                     (size_t) f->head.trees + 1);
    f->nodes = keyauth_sections_bytes(s, name[1], sizeof(keyauth_node_t), &n);

    if (!s->bad && f->base[f->head.trees] != n) {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX, "section \"%s\" is bad", name[1]);
    }

    f->mixed = keyauth_sections_array(s, name[2], sizeof(uint32_t),
                                      (size_t) f->head.mixed + 1);
    f->shares = keyauth_sections_bytes(s, name[3], sizeof(keyauth_share_t),
                                       &n);

    if (!s->bad && f->mixed[f->head.mixed] != n) {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX, "section \"%s\" is bad", name[3]);
    }

    return s->bad ? -1 : keyauth_forest_check(f, s->err);
}


static int
keyauth_sections_xgb(keyauth_model_t *m, keyauth_sections_t *s)
{
    keyauth_xgb_t  *x;

    x = &m->xgb;
    keyauth_sections_head(s, "xgb.head", &x->head, sizeof(x->head));

    if (!s->bad && x->head.classes != m->classes) {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX, "XGB is for other classes");
    }

    x->lanes = keyauth_sections_array(s, "xgb.lanes", sizeof(uint32_t),
                                      x->head.classes);
    x->cuts = keyauth_sections_bytes(s, "xgb.cuts", sizeof(float), &x->ncuts);
    x->columns = keyauth_sections_array(s, "xgb.columns",
                                        sizeof(keyauth_xgb_column_t),
                                        x->head.columns);
    x->plan = keyauth_sections_array(s, "xgb.plan",
                                     sizeof(keyauth_xgb_chunk_t),
                                     x->head.chunks);
    x->slots = keyauth_sections_array(s, "xgb.slots",
                                      sizeof(keyauth_xgb_slot_t),
                                      x->head.slots);
    x->leaves = keyauth_sections_array(s, "xgb.leaves",
                                       KEYAUTH_XGB_LANES * sizeof(float),
                                       x->head.leaf_rows);
    x->kernels = keyauth_kernels_best();

    return s->bad ? -1 : keyauth_xgb_check(x, s->err);
}


static int
keyauth_sections_fusion(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t             cohorts, features, groups, lanes;
    keyauth_fusion_t  *f;

    f = &m->fusion;
    keyauth_sections_head(s, "fusion.head", &f->head, sizeof(f->head));

    if (!s->bad && (f->head.classes != m->classes
                    || f->head.features != 4 * m->keys - 3))
    {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX, "FUSION is for other data");
    }

    cohorts = f->head.cohorts;
    features = f->head.features;
    groups = f->head.groups;
    lanes = KEYAUTH_FUSION_LANES * sizeof(float);

    f->cohort = keyauth_sections_array(s, "fusion.cohort",
                                       sizeof(keyauth_cohort_t), cohorts);
    f->member = keyauth_sections_array(s, "fusion.member", sizeof(uint32_t),
                                       m->classes);
    f->place = keyauth_sections_array(s, "fusion.place", sizeof(uint32_t),
                                      m->classes);
    f->scale = keyauth_sections_array(s, "fusion.scale",
                                      sizeof(keyauth_scale_t),
                                      cohorts * features);
    f->depth = keyauth_sections_array(s, "fusion.depth", sizeof(uint32_t),
                                      groups);
    f->weight = keyauth_sections_array(s, "fusion.weight", lanes, groups);
    f->slots = keyauth_sections_bytes(s, "fusion.slots", lanes, &f->nslots);
    f->kernels = keyauth_kernels_best();

    keyauth_sections_grove(&f->trees, f->head.features, s);

    if (s->bad || keyauth_fusion_check(f, s->err) != 0) {
        return -1;
    }

    return keyauth_sections_points(m, s);
}


static void
keyauth_sections_grove(keyauth_grove_t *g, uint32_t features,
    keyauth_sections_t *s)
{
    keyauth_sections_head(s, "trees.head", &g->head, sizeof(g->head));

    if (!s->bad && (g->head.trees == 0 || g->head.features != features)) {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX, "section \"trees.head\" is bad");
    }

    g->base = keyauth_sections_array(s, "trees.base", sizeof(uint32_t),
                                     (size_t) g->head.trees + 1);
    g->splits = keyauth_sections_bytes(s, "trees.splits",
                                       sizeof(keyauth_split_t), &g->nsplits);

    if (!s->bad && g->base[g->head.trees] != g->nsplits) {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX, "section \"trees.base\" is bad");
    }
}


/* operating points are there for both uses, or for none */
static int
keyauth_sections_points(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t    i, n;
    uint32_t  k;

    if (!keyauth_sections_has(s, "verify.points")
        && !keyauth_sections_has(s, "unknown.points"))
    {
        return 0;
    }

    m->unknown = keyauth_sections_bytes(s, "unknown.points",
                                        sizeof(keyauth_point_t), &n);
    m->verify = keyauth_sections_array(s, "verify.points",
                                       sizeof(keyauth_point_t),
                                       n * KEYAUTH_ATTEMPTS_MAX);

    if (s->bad) {
        return -1;
    }

    m->points = (uint32_t) n;

    for (k = 0; k <= KEYAUTH_ATTEMPTS_MAX; k++) {
        if (n < 2 || n > UINT16_MAX
            || keyauth_sections_check_points(k < KEYAUTH_ATTEMPTS_MAX
                                             ? m->verify + k * n
                                             : m->unknown, n) != 0)
        {
            snprintf(s->err, KEYAUTH_ERROR_MAX,
                     "the operating points are bad");
            return -1;
        }
    }

    for (i = 0; i < n; i++) {
        for (k = 0; k < KEYAUTH_ATTEMPTS_MAX; k++) {
            if (m->verify[k * n + i].far != m->unknown[i].far) {
                snprintf(s->err, KEYAUTH_ERROR_MAX,
                         "the operating points differ in their FAR");
                return -1;
            }
        }
    }

    return 0;
}


int
keyauth_sections_check_points(const keyauth_point_t *p, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (!isfinite(p[i].threshold) || !(p[i].frr >= 0 && p[i].frr <= 1)) {
            return -1;
        }

        if (i > 0 && !(p[i].far > p[i - 1].far
                       && p[i].threshold <= p[i - 1].threshold))
        {
            return -1;
        }
    }

    return p[0].far == KEYAUTH_FAR_MIN && p[n - 1].far == KEYAUTH_FAR_MAX
           ? 0 : -1;
}
