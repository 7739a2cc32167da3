/*
 * RF as a kind of model: its sections are read and checked here.
 */


#include "keyauth_forest.h"
#include "keyauth_kinds.h"


static int keyauth_rf_kind_read(void *view, keyauth_sections_t *s);
static int keyauth_rf_kind_check(const void *view, char *err);
static uint32_t keyauth_rf_kind_predict(const void *view,
    const double *x, void *scratch, double *scores);
static double keyauth_rf_kind_total(const void *view);


const keyauth_kind_t  keyauth_kind_rf = {
    "RF",
    "rf.head",
    KEYAUTH_INPUT_SUMMARY,
    KEYAUTH_SCORES_SHARES,
    sizeof(keyauth_forest_t),
    0,
    keyauth_rf_kind_read,
    keyauth_rf_kind_check,
    NULL,
    keyauth_rf_kind_predict,
    keyauth_rf_kind_total
};


static int
keyauth_rf_kind_read(void *view, keyauth_sections_t *s)
{
    size_t             n;
    keyauth_forest_t  *f;

    f = view;
    keyauth_sections_head(s, "rf.head", &f->head, sizeof(f->head));

    if (f->head.trees == 0 || f->head.features != KEYAUTH_SUMMARY
        || (uint64_t) f->head.classes + f->head.mixed > KEYAUTH_LEAF_VALUE_MAX)
    {
        keyauth_sections_refuse(s, "section \"rf.head\" is bad");
    }

    if (f->head.classes != s->classes) {
        keyauth_sections_refuse(s, "RF is for other classes");
    }

    f->base = keyauth_sections_array(s, "rf.base", sizeof(uint32_t),
                                     (size_t) f->head.trees + 1);
    f->nodes = keyauth_sections_bytes(s, "rf.nodes", sizeof(keyauth_node_t),
                                      &n);

    if (!s->bad && f->base[f->head.trees] != n) {
        keyauth_sections_refuse(s, "section \"rf.nodes\" is bad");
    }

    f->mixed = keyauth_sections_array(s, "rf.mixed", sizeof(uint32_t),
                                      (size_t) f->head.mixed + 1);
    f->shares = keyauth_sections_bytes(s, "rf.shares", sizeof(keyauth_share_t),
                                       &n);

    if (!s->bad && f->mixed[f->head.mixed] != n) {
        keyauth_sections_refuse(s, "section \"rf.shares\" is bad");
    }

    return s->bad ? -1 : 0;
}


static int
keyauth_rf_kind_check(const void *view, char *err)
{
    return keyauth_forest_check(view, err);
}


static uint32_t
keyauth_rf_kind_predict(const void *view, const double *x,
    void *scratch, double *scores)
{
    int    i;
    float  f[KEYAUTH_SUMMARY];

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        f[i] = (float) x[i];
    }

    (void) scratch;

    return keyauth_forest_predict(view, f, scores);
}


/* scores are sums over the trees */
static double
keyauth_rf_kind_total(const void *view)
{
    const keyauth_forest_t  *f;

    f = view;

    return f->head.trees;
}
