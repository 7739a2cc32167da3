/*
 * libsvm's model, packed: see engine/models/keyauth_svm.h for the layout.
 */


#include <libsvm/svm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth_svm.h"
#include "pack.h"
#include "util.h"


typedef struct {
    keyauth_svm_head_t       head;
    uint32_t                *start;
    uint32_t                *depth;
    double                  *vectors;
    double                  *coef;
    float                   *slots;
    uint32_t                *pairs;     /* floats or magnitudes, bit by bit */
    size_t                   npairs;    /* rows of lanes */
    double                   coef_max;
} keyauth_pack_svm_t;


static int keyauth_pack_svm_check(const struct svm_model *model, char *err);
static void keyauth_pack_svm_vectors(keyauth_pack_svm_t *p,
    const struct svm_model *model);
static void keyauth_pack_svm_slots(keyauth_pack_svm_t *p);
static void keyauth_pack_svm_pairs(keyauth_pack_svm_t *p, const double *rho);
static uint32_t *keyauth_pack_svm_block(const keyauth_pack_svm_t *p,
    const double *rho, uint32_t *row, uint32_t i, uint32_t g);
static void keyauth_pack_svm_magnitudes(const keyauth_pack_svm_t *p,
    uint32_t *lane, uint32_t class, const double *coef);
static int keyauth_pack_svm_signs(const keyauth_pack_svm_t *p);


int
keyauth_pack_svm(keyauth_writer_t *w, const struct svm_model *model,
    char *err)
{
    int                 rc;
    size_t              n, pairs;
    keyauth_pack_svm_t  p;

    if (keyauth_pack_svm_check(model, err) != 0) {
        return -1;
    }

    memset(&p, 0, sizeof(p));
    keyauth_pack_svm_vectors(&p, model);

    if (keyauth_pack_svm_signs(&p) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the SVM's coefficients have signs that C-SVC does not give");
        free(p.start);
        free(p.depth);
        free(p.vectors);
        free(p.coef);
        return -1;
    }

    keyauth_pack_svm_slots(&p);
    keyauth_pack_svm_pairs(&p, model->rho);

    n = p.head.vectors;
    pairs = (size_t) p.head.classes * (p.head.classes - 1) / 2;

    rc = keyauth_writer_add(w, "svm.head", &p.head, sizeof(p.head));
    rc |= keyauth_writer_take(w, "svm.start", p.start,
                              (p.head.classes + 1) * sizeof(uint32_t));
    rc |= keyauth_writer_take(w, "svm.vectors", p.vectors,
                              n * KEYAUTH_SUMMARY * sizeof(double));
    rc |= keyauth_writer_take(w, "svm.coef", p.coef,
                              n * (p.head.classes - 1) * sizeof(double));
    rc |= keyauth_writer_add(w, "svm.rho", model->rho,
                             pairs * sizeof(double));
    rc |= keyauth_writer_take(w, "svm.depth", p.depth,
                              p.head.groups * sizeof(uint32_t));
    rc |= keyauth_writer_take(w, "svm.slots", p.slots,
                              (size_t) p.head.slots * KEYAUTH_SUMMARY
                              * KEYAUTH_SVM_LANES * sizeof(float));
    rc |= keyauth_writer_take(w, "svm.pairs", p.pairs,
                              p.npairs * KEYAUTH_SVM_LANES
                              * sizeof(uint32_t));

    if (rc != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for the SVM's sections");
    }

    return rc;
}


static int
keyauth_pack_svm_check(const struct svm_model *model, char *err)
{
    int                     i;
    const struct svm_node  *node;

    if (model->param.svm_type != C_SVC || model->param.kernel_type != RBF
        || model->nr_class < 2 || model->label == NULL || model->nSV == NULL)
    {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the SVM is not a C-SVC with an RBF kernel");
        return -1;
    }

    for (i = 0; i < model->nr_class; i++) {
        if (model->label[i] != i) {
            snprintf(err, KEYAUTH_ERROR_MAX,
                     "the SVM's class %d is labelled %d", i, model->label[i]);
            return -1;
        }
    }

    for (i = 0; i < model->l; i++) {
        for (node = model->SV[i]; node->index != -1; node++) {
            if (node->index < 1 || node->index > KEYAUTH_SUMMARY
                || !isfinite(node->value))
            {
                snprintf(err, KEYAUTH_ERROR_MAX,
                         "the SVM's vector %d has a feature %d", i,
                         node->index);
                return -1;
            }
        }
    }

    return 0;
}


static void
keyauth_pack_svm_vectors(keyauth_pack_svm_t *p, const struct svm_model *model)
{
    size_t                  i, j;
    const struct svm_node  *node;

    p->head.classes = (uint32_t) model->nr_class;
    p->head.vectors = (uint32_t) model->l;
    p->head.groups = (p->head.classes + KEYAUTH_SVM_LANES - 1)
                     / KEYAUTH_SVM_LANES;
    p->head.gamma = model->param.gamma;
    p->coef_max = 0x1p-1000;

    p->start = keyauth_alloc(p->head.classes + 1, sizeof(uint32_t));
    p->depth = keyauth_alloc(p->head.groups, sizeof(uint32_t));
    p->vectors = keyauth_alloc(p->head.vectors * (size_t) KEYAUTH_SUMMARY,
                               sizeof(double));
    p->coef = keyauth_alloc((p->head.classes - 1) * (size_t) p->head.vectors,
                            sizeof(double));

    for (i = 0; i < p->head.classes; i++) {
        p->start[i + 1] = p->start[i] + (uint32_t) model->nSV[i];
        j = i / KEYAUTH_SVM_LANES;

        if (p->depth[j] < (uint32_t) model->nSV[i]) {
            p->depth[j] = ((uint32_t) model->nSV[i] + 1) / 2 * 2;
        }
    }

    for (i = 0; i < p->head.groups; i++) {
        p->head.slots += p->depth[i];
    }

    for (i = 0; i < p->head.vectors; i++) {
        for (node = model->SV[i]; node->index != -1; node++) {
            p->vectors[i * KEYAUTH_SUMMARY + (size_t) node->index - 1]
                = node->value;
        }

        for (j = 0; j < p->head.classes - 1; j++) {
            p->coef[j * p->head.vectors + i] = model->sv_coef[j][i];
            p->coef_max = fmax(p->coef_max, fabs(model->sv_coef[j][i]));
        }
    }
}


/* against a later class a vector's is no less than 0, else no more */
static int
keyauth_pack_svm_signs(const keyauth_pack_svm_t *p)
{
    double    c;
    uint32_t  i, j, s;

    for (i = 0; i < p->head.classes; i++) {
        for (s = p->start[i]; s < p->start[i + 1]; s++) {
            for (j = 0; j < p->head.classes - 1; j++) {
                c = p->coef[(size_t) j * p->head.vectors + s];

                if (!(j >= i ? c >= 0 : c <= 0)) {
                    return -1;
                }
            }
        }
    }

    return 0;
}


static void
keyauth_pack_svm_slots(keyauth_pack_svm_t *p)
{
    float          *slot;
    double          root;
    size_t          k, n;
    uint32_t        f, i, s, t;
    const double   *v;

    root = sqrt(p->head.gamma);
    n = (size_t) p->head.slots * KEYAUTH_SUMMARY * KEYAUTH_SVM_LANES;
    slot = p->slots = keyauth_alloc(n, sizeof(float));

    for (k = 0; k < n; k++) {
        slot[k] = KEYAUTH_SVM_FAR;
    }

    for (i = 0; i < p->head.classes; i++) {

        for (s = p->start[i], t = 0; s < p->start[i + 1]; s++, t++) {
            v = p->vectors + (size_t) s * KEYAUTH_SUMMARY;

            for (f = 0; f < KEYAUTH_SUMMARY; f++) {
                slot[(t * KEYAUTH_SUMMARY + f) * KEYAUTH_SVM_LANES
                     + i % KEYAUTH_SVM_LANES] = (float) (v[f] * root);
            }
        }

        if (i % KEYAUTH_SVM_LANES == KEYAUTH_SVM_LANES - 1) {
            slot += (size_t) p->depth[i / KEYAUTH_SVM_LANES]
                    * KEYAUTH_SUMMARY * KEYAUTH_SVM_LANES;
        }
    }
}


static void
keyauth_pack_svm_pairs(keyauth_pack_svm_t *p, const double *rho)
{
    uint32_t  i, g, *row;

    for (i = 0; i < p->head.classes; i++) {
        for (g = i / KEYAUTH_SVM_LANES; g < p->head.groups; g++) {
            p->npairs += 1 + (p->start[i + 1] - p->start[i] + 1) / 2
                         + p->depth[g] / 2;
        }
    }

    row = p->pairs = keyauth_alloc(p->npairs * KEYAUTH_SVM_LANES,
                                   sizeof(uint32_t));

    for (i = 0; i < p->head.classes; i++) {
        for (g = i / KEYAUTH_SVM_LANES; g < p->head.groups; g++) {
            row = keyauth_pack_svm_block(p, rho, row, i, g);
        }
    }
}


/* class i against group g; returns the next block's place */
static uint32_t *
keyauth_pack_svm_block(const keyauth_pack_svm_t *p, const double *rho,
    uint32_t *row, uint32_t i, uint32_t g)
{
    float      value;
    size_t     pair;
    uint32_t   j, lane, n, *theirs;

    n = (p->start[i + 1] - p->start[i] + 1) / 2;
    theirs = row + (1 + n) * KEYAUTH_SVM_LANES;

    for (lane = KEYAUTH_SVM_LANES;
         lane < (1 + n + p->depth[g] / 2) * KEYAUTH_SVM_LANES; lane++)
    {
        row[lane] = KEYAUTH_SVM_NOTHING;
    }

    for (lane = 0; lane < KEYAUTH_SVM_LANES; lane++) {
        j = g * KEYAUTH_SVM_LANES + lane;
        value = -1e30f;

        if (j > i && j < p->head.classes) {
            pair = (size_t) i * (2 * (size_t) p->head.classes - i - 1) / 2
                   + (j - i - 1);
            value = (float) (-rho[pair] / p->coef_max * 65535 * 65536);

            keyauth_pack_svm_magnitudes(p, row + KEYAUTH_SVM_LANES + lane, i,
                                        p->coef + (size_t) (j - 1)
                                                  * p->head.vectors);
            keyauth_pack_svm_magnitudes(p, theirs + lane, j,
                                        p->coef + (size_t) i
                                                  * p->head.vectors);
        }

        memcpy(&row[lane], &value, sizeof(float));
    }

    return theirs + p->depth[g] / 2 * KEYAUTH_SVM_LANES;
}


/* a class's coefficients, two to each row of its lane, which held nothing */
static void
keyauth_pack_svm_magnitudes(const keyauth_pack_svm_t *p, uint32_t *lane,
    uint32_t class, const double *coef)
{
    uint32_t  q, s, t;

    for (s = p->start[class], t = 0; s < p->start[class + 1]; s++, t++) {
        q = (uint32_t) lround(fabs(coef[s]) / p->coef_max * 65535);
        lane[t / 2 * KEYAUTH_SVM_LANES] ^= q << (t % 2 * 16);
    }
}
