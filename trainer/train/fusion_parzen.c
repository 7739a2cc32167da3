/*
 * FUSION's densities: see fusion_parzen.h.
 */


#include <math.h>
#include <stdlib.h>

#include "fusion_parzen.h"
#include "statistics.h"
#include "util.h"


#define KEYAUTH_FUSION_WIDTH  0.7       /* of a density, in median distances */


static float *keyauth_parzen_floats(size_t rows);
static void keyauth_parzen_groups(keyauth_fused_t *f, const uint32_t *first);
static keyauth_scale_t keyauth_parzen_scale(const keyauth_fused_t *f,
    const keyauth_cohort_t *c, const double *x, const uint32_t *first,
    uint32_t features, double *spare);
static float *keyauth_parzen_slots(const keyauth_fused_t *f,
    const keyauth_cohort_t *c, const double *x, const uint32_t *first,
    const keyauth_scale_t *scale, float *slot);


void
keyauth_parzen_enrol(keyauth_fused_t *f, const keyauth_enrolment_t *e,
    const uint32_t *first)
{
    float             *slot;
    double            *spare, *x;
    size_t             i, n;
    uint32_t           c, k;
    keyauth_scale_t   *scale;

    n = (size_t) e->rows * e->features;
    x = keyauth_alloc(n, sizeof(double));
    spare = keyauth_alloc(2 * (size_t) e->rows, sizeof(double));

    for (i = 0; i < n; i++) {
        x[i] = keyauth_fusion_compress(e->raw[i]);
    }

    keyauth_parzen_groups(f, first);
    f->scale = keyauth_alloc((size_t) f->head.cohorts * e->features,
                             sizeof(keyauth_scale_t));
    slot = f->slots;
    scale = f->scale;

    for (c = 0; c < f->head.cohorts; c++) {
        for (k = 0; k < e->features; k++, scale++) {
            *scale = keyauth_parzen_scale(f, &f->cohort[c], x + k, first,
                                          e->features, spare);
            slot = keyauth_parzen_slots(f, &f->cohort[c], x + k, first, scale,
                                        slot);
        }
    }

    free(x);
    free(spare);
}


/* rows of lanes, aligned as vectors want them */
static float *
keyauth_parzen_floats(size_t rows)
{
    float  *p;

    p = aligned_alloc(64, rows * KEYAUTH_FUSION_LANES * sizeof(float));

    if (p == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    return p;
}


/* members into lanes: depths, weights, and how many slots there are */
static void
keyauth_parzen_groups(keyauth_fused_t *f, const uint32_t *first)
{
    uint32_t           c, g, i, n, rows;
    keyauth_cohort_t  *cohort;

    for (c = 0; c < f->head.cohorts; c++) {
        f->head.groups += (f->cohort[c].members + KEYAUTH_FUSION_LANES - 1)
                          / KEYAUTH_FUSION_LANES;
    }

    f->depth = keyauth_alloc(f->head.groups, sizeof(uint32_t));
    f->weight = keyauth_parzen_floats(f->head.groups);

    for (i = 0; i < f->head.groups * KEYAUTH_FUSION_LANES; i++) {
        f->weight[i] = 0;
    }

    g = 0;

    for (c = 0; c < f->head.cohorts; c++) {
        cohort = &f->cohort[c];
        cohort->group = g;
        cohort->groups = (cohort->members + KEYAUTH_FUSION_LANES - 1)
                         / KEYAUTH_FUSION_LANES;
        cohort->slot = f->nslots;

        for (i = 0; i < cohort->members; i++) {
            n = g + i / KEYAUTH_FUSION_LANES;
            rows = first[f->member[cohort->member + i] + 1]
                   - first[f->member[cohort->member + i]];
            f->depth[n] = f->depth[n] > rows ? f->depth[n] : rows;
            f->weight[n * KEYAUTH_FUSION_LANES + i % KEYAUTH_FUSION_LANES]
                = rows > 0 ? (float) (0.95 / rows) : 0;
            cohort->rows += rows;
        }

        for (i = 0; i < cohort->groups; i++) {
            cohort->slots += f->depth[g++];
        }

        f->nslots += (size_t) cohort->slots
                     * f->head.features;
    }

    f->slots = keyauth_parzen_floats(f->nslots);
}


/*
 * The width comes of the median distance of a sample to its user's median.
 * x: a feature's column, a row every `features` values.
 */
static keyauth_scale_t
keyauth_parzen_scale(const keyauth_fused_t *f, const keyauth_cohort_t *c,
    const double *x, const uint32_t *first, uint32_t features, double *spare)
{
    double            median, *mine;
    uint32_t          i, n, row, rows, user;
    keyauth_scale_t   scale;

    n = 0;

    for (i = 0; i < c->members; i++) {
        user = f->member[c->member + i];
        rows = first[user + 1] - first[user];
        mine = spare + c->rows;

        for (row = 0; row < rows; row++) {
            mine[row] = x[(size_t) (first[user] + row) * features];
        }

        median = rows > 0 ? keyauth_median(mine, rows) : 0;

        for (row = 0; row < rows; row++) {
            spare[n++] = fabs(mine[row] - median);
        }
    }

    scale.width = KEYAUTH_FUSION_WIDTH * keyauth_median(spare, n)
                  + 1e-3;
    n = 0;

    for (i = 0; i < c->members; i++) {
        user = f->member[c->member + i];

        for (row = first[user]; row < first[user + 1]; row++) {
            spare[n++] = x[(size_t) row * features];
        }
    }

    scale.centre = keyauth_median(spare, n);

    return scale;
}


static float *
keyauth_parzen_slots(const keyauth_fused_t *f, const keyauth_cohort_t *c,
    const double *x, const uint32_t *first, const keyauth_scale_t *scale,
    float *slot)
{
    uint32_t  g, i, j, row, t, user;

    for (g = 0; g < c->groups; g++) {
        for (t = 0; t < f->depth[c->group + g]; t++) {
            for (j = 0; j < KEYAUTH_FUSION_LANES; j++) {
                i = g * KEYAUTH_FUSION_LANES + j;
                *slot = KEYAUTH_FUSION_FAR;

                if (i < c->members) {
                    user = f->member[c->member + i];
                    row = first[user] + t;

                    if (row < first[user + 1]) {
                        *slot = (float) ((x[(size_t) row * f->head.features]
                                          - scale->centre) / scale->width);
                    }
                }

                slot++;
            }
        }
    }

    return slot;
}
