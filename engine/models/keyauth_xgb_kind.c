/*
 * XGB as a kind of model: its sections are read and checked here.
 */


#include "keyauth_kinds.h"
#include "keyauth_xgb.h"


static int keyauth_xgb_kind_read(void *view, keyauth_sections_t *s);
static int keyauth_xgb_kind_check(const void *view, char *err);
static size_t keyauth_xgb_kind_scratch(const void *view);
static uint32_t keyauth_xgb_kind_predict(const void *view,
    const double *x, void *scratch, double *scores);


const keyauth_kind_t  keyauth_kind_xgb = {
    "XGB",
    "xgb.head",
    KEYAUTH_INPUT_SUMMARY,
    KEYAUTH_SCORES_MARGINS,
    sizeof(keyauth_xgb_t),
    offsetof(keyauth_xgb_t, kernels),
    keyauth_xgb_kind_read,
    keyauth_xgb_kind_check,
    keyauth_xgb_kind_scratch,
    keyauth_xgb_kind_predict,
    NULL
};


static int
keyauth_xgb_kind_read(void *view, keyauth_sections_t *s)
{
    keyauth_xgb_t  *x;

    x = view;
    keyauth_sections_head(s, "xgb.head", &x->head, sizeof(x->head));

    if (x->head.classes != s->classes) {
        keyauth_sections_refuse(s, "XGB is for other classes");
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

    return s->bad ? -1 : 0;
}


static int
keyauth_xgb_kind_check(const void *view, char *err)
{
    return keyauth_xgb_check(view, err);
}


static size_t
keyauth_xgb_kind_scratch(const void *view)
{
    return keyauth_xgb_scratch(view);
}


static uint32_t
keyauth_xgb_kind_predict(const void *view, const double *x,
    void *scratch, double *scores)
{
    int    i;
    float  f[KEYAUTH_SUMMARY];

    for (i = 0; i < KEYAUTH_SUMMARY; i++) {
        f[i] = (float) x[i];
    }

    return keyauth_xgb_predict(view, f, scratch, scores);
}
