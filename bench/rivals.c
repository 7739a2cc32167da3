/*
 * libsvm, XGBoost and a textbook's forest: see rivals.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "keyauth_forest.h"
#include "rivals.h"
#include "util.h"


typedef struct bench_node_s  bench_node_t;

struct bench_node_s {
    int               feature;
    float             threshold;
    bench_node_t     *left;             /* NULL: a leaf */
    bench_node_t     *right;
    uint32_t          nshares;
    keyauth_share_t  *shares;
};


static void bench_load_xgboost(const char *path);
static bench_node_t *bench_grow(const keyauth_forest_t *f,
    const keyauth_node_t *tree, uint32_t i);


static uint32_t           classes;

static struct svm_model  *libsvm;

static BoosterHandle      booster;
static float              booster_row[KEYAUTH_SUMMARY];
static char               booster_array[128];

static uint32_t           ntrees;
static bench_node_t     **trees;
static double            *scores;


#define bench_xgb(call)                                                       \
    if ((call) != 0) {                                                        \
        bench_die(XGBGetLastError());                                         \
    }


void
bench_rivals(const char *dir, const keyauth_model_t *model)
{
    char                     path[4096];
    uint32_t                 t;
    const keyauth_forest_t  *f;

    f = model->view[KEYAUTH_RF];
    classes = model->classes;

    snprintf(path, sizeof(path), "%s/svm.model", dir);
    libsvm = svm_load_model(path);

    if (libsvm == NULL) {
        bench_die("libsvm cannot read svm.model");
    }

    snprintf(path, sizeof(path), "%s/xgb.json", dir);
    bench_load_xgboost(path);

    ntrees = f->head.trees;
    trees = keyauth_alloc(ntrees, sizeof(bench_node_t *));
    scores = keyauth_alloc(classes, sizeof(double));

    for (t = 0; t < ntrees; t++) {
        trees[t] = bench_grow(f, f->nodes + f->base[t], 1);
    }
}


static void
bench_load_xgboost(const char *path)
{
    bench_xgb(XGBoosterCreate(NULL, 0, &booster));
    bench_xgb(XGBoosterSetParam(booster, "nthread", "1"));
    bench_xgb(XGBoosterLoadModel(booster, path));

    /* a row is always copied to the same place, so this is made once */
    snprintf(booster_array, sizeof(booster_array),
             "{\"data\":[%zu,true],\"shape\":[1,%d],\"typestr\":\"<f4\","
             "\"version\":3}", (size_t) booster_row, KEYAUTH_SUMMARY);
}


/* each node where malloc() puts it, as reading trees one by one does */
static bench_node_t *
bench_grow(const keyauth_forest_t *f, const keyauth_node_t *tree, uint32_t i)
{
    uint32_t       value, left;
    bench_node_t  *node;

    node = keyauth_alloc(1, sizeof(bench_node_t));

    if (!keyauth_node_is_leaf(tree[i])) {
        left = i + (tree[i].link >> 8);
        node->feature = (int) (tree[i].link & 0xff);
        node->threshold = tree[i].threshold;
        node->left = bench_grow(f, tree, left);
        node->right = bench_grow(f, tree, left + 1);
        return node;
    }

    value = keyauth_node_value(tree[i]);
    node->nshares = 1;

    if (value >= f->head.classes) {
        value -= f->head.classes;
        node->nshares = f->mixed[value + 1] - f->mixed[value];
        node->shares = keyauth_alloc(node->nshares, sizeof(keyauth_share_t));
        memcpy(node->shares, f->shares + f->mixed[value],
               node->nshares * sizeof(keyauth_share_t));
        return node;
    }

    node->shares = keyauth_alloc(1, sizeof(keyauth_share_t));
    node->shares->label = value;
    node->shares->share = 1;

    return node;
}


uint32_t
bench_libsvm(const bench_row_t *row)
{
    return (uint32_t) svm_predict(libsvm, row->nodes);
}


uint32_t
bench_textbook(const bench_row_t *row)
{
    uint32_t             i, t, best;
    const bench_node_t  *node;

    memset(scores, 0, classes * sizeof(double));

    for (t = 0; t < ntrees; t++) {
        node = trees[t];

        while (node->left != NULL) {
            node = row->f[node->feature] <= node->threshold ? node->left
                                                            : node->right;
        }

        for (i = 0; i < node->nshares; i++) {
            scores[node->shares[i].label] += node->shares[i].share;
        }
    }

    best = 0;

    for (i = 1; i < classes; i++) {
        best = scores[i] > scores[best] ? i : best;
    }

    return best;
}


/* margins, which spares the library the softmax */
uint32_t
bench_xgboost(const bench_row_t *row)
{
    uint32_t          i, best;
    bst_ulong         dim;
    const float      *out;
    const bst_ulong  *shape;

    memcpy(booster_row, row->f, sizeof(booster_row));

    bench_xgb(XGBoosterPredictFromDense(booster, booster_array,
                                        "{\"type\":1,\"training\":false,"
                                        "\"iteration_begin\":0,"
                                        "\"iteration_end\":0,"
                                        "\"strict_shape\":true,"
                                        "\"missing\":NaN,\"cache_id\":0}",
                                        NULL, &shape, &dim, &out));
    best = 0;

    for (i = 1; i < classes; i++) {
        best = out[i] > out[best] ? i : best;
    }

    return best;
}
