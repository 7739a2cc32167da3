/*
 * LIVE's background, and the weights of its comparisons: see live_fit.h.
 *
 * The background of a kind of interval is a Cauchy kernel density of all
 * people's values, of which 200 quantiles stand for all; its width is the
 * median distance of a value to the same person's median.
 *
 * The weights are a logistic regression on comparisons of people's rows with
 * the rows that they typed just before, and of others' rows with these: it is
 * what a login compares, also where people change while they repeat.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth_kernels.h"
#include "live_fit.h"
#include "random.h"
#include "statistics.h"
#include "util.h"


#define KEYAUTH_FIT_QUANTILES  200
#define KEYAUTH_FIT_TAIL       0.0025   /* beyond the outermost quantiles */
#define KEYAUTH_FIT_PLACES     24       /* in a person's rows, at most, */
#define KEYAUTH_FIT_ALL        1800     /* and in all people's */
#define KEYAUTH_FIT_OWN        3        /* rows compared at each, their own */
#define KEYAUTH_FIT_OTHERS     20       /* and of others */
#define KEYAUTH_FIT_TERMS      (2 * KEYAUTH_LIVE_COMPARED + 2)
#define KEYAUTH_FIT_RIDGE      5.0
#define KEYAUTH_FIT_STEPS      12       /* of Newton's */


typedef struct {
    double    *own;                     /* distances to one's median */
    double    *all;
    size_t     nown;
    size_t     nall;
} keyauth_fit_values_t;


/* comparisons: terms, the last of them 1, and whether both are one person's */
typedef struct {
    double    *x;                       /* [n][KEYAUTH_FIT_TERMS] */
    uint8_t   *own;
    uint32_t   n;
} keyauth_fit_t;


static void keyauth_fit_density(keyauth_background_t *b,
    const keyauth_typist_t *who, uint32_t n);
static void keyauth_fit_values(keyauth_fit_values_t v[KEYAUTH_LIVE_KINDS],
    const keyauth_typist_t *who, const keyauth_live_t *live);
static void keyauth_fit_cells(float *cell, const keyauth_fit_values_t *v,
    double width);
static void keyauth_fit_compare(keyauth_fit_t *f,
    const keyauth_background_t *b, const keyauth_typist_t *who, uint32_t n,
    uint64_t seed);
static void keyauth_fit_place(keyauth_fit_t *f, const keyauth_live_t *live,
    const keyauth_typist_t *who, uint32_t n, uint32_t own, uint32_t row,
    keyauth_random_t *random);
static void keyauth_fit_add(keyauth_fit_t *f, const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_typist_t *typist,
    uint32_t row, int own);
static void keyauth_fit_weights(keyauth_live_head_t *h, keyauth_fit_t *f);
static void keyauth_fit_scale(keyauth_fit_t *f, double *mean, double *spread);
static void keyauth_fit_newton(const keyauth_fit_t *f, double *w);
static void keyauth_fit_solve(double *a, double *b);
static int keyauth_fit_ascending(const void *one, const void *two);


void
keyauth_background_fit(keyauth_background_t *b, const keyauth_typist_t *who,
    uint32_t n, uint64_t seed)
{
    keyauth_fit_t  f;

    memset(b, 0, sizeof(keyauth_background_t));
    b->view.kernels = keyauth_kernels_best();
    b->view.head.cells = KEYAUTH_LIVE_CELLS;
    b->view.head.people = n;
    keyauth_fit_density(b, who, n);

    memset(&f, 0, sizeof(keyauth_fit_t));
    keyauth_fit_compare(&f, b, who, n, seed);
    keyauth_fit_weights(&b->view.head, &f);
    free(f.x);
    free(f.own);
}


static void
keyauth_fit_density(keyauth_background_t *b, const keyauth_typist_t *who,
    uint32_t n)
{
    int                    k;
    size_t                 room;
    uint32_t               i;
    keyauth_fit_values_t   v[KEYAUTH_LIVE_KINDS];

    room = 0;

    for (i = 0; i < n; i++) {
        room += (size_t) who[i].rows * who[i].keys;
    }

    for (k = 0; k < KEYAUTH_LIVE_KINDS; k++) {
        memset(&v[k], 0, sizeof(keyauth_fit_values_t));
        v[k].own = keyauth_alloc(room, sizeof(double));
        v[k].all = keyauth_alloc(room, sizeof(double));
    }

    for (i = 0; i < n; i++) {
        keyauth_fit_values(v, &who[i], &b->view);
    }

    b->density = keyauth_alloc((size_t) KEYAUTH_LIVE_KINDS
                               * KEYAUTH_LIVE_CELLS, sizeof(float));
    b->view.density = b->density;

    for (k = 0; k < KEYAUTH_LIVE_KINDS; k++) {
        qsort(v[k].all, v[k].nall, sizeof(double), keyauth_fit_ascending);
        b->view.head.width[k] = keyauth_median(v[k].own, v[k].nown) + 1e-3;
        keyauth_fit_cells(b->density + (size_t) k * KEYAUTH_LIVE_CELLS, &v[k],
                          b->view.head.width[k]);
        free(v[k].own);
        free(v[k].all);
    }
}


/* adds a person's values */
static void
keyauth_fit_values(keyauth_fit_values_t v[KEYAUTH_LIVE_KINDS],
    const keyauth_typist_t *who, const keyauth_live_t *live)
{
    double    *column, middle, *rows, x[KEYAUTH_LIVE_WIDE];
    uint16_t   steps[KEYAUTH_LIVE_STEPS_MAX + 1];
    uint32_t   i, kind, lanes, r, wide;

    lanes = KEYAUTH_LIVE_LANES(who->keys);
    wide = KEYAUTH_LIVE_KINDS * lanes;
    rows = keyauth_alloc((size_t) who->rows * wide, sizeof(double));
    column = keyauth_alloc(who->rows, sizeof(double));
    memset(steps, 0, sizeof(steps));

    for (r = 0; r < who->rows; r++) {
        memcpy(steps, who->steps + (size_t) r * (2 * who->keys - 1),
               (2 * who->keys - 1) * sizeof(uint16_t));
        live->kernels->live_intervals(steps, who->keys, x);
        memcpy(rows + (size_t) r * wide, x, wide * sizeof(double));
    }

    for (kind = 0; kind < KEYAUTH_LIVE_KINDS; kind++) {
        for (i = 0; i < who->keys - (kind > 0); i++) {
            for (r = 0; r < who->rows; r++) {
                column[r] = rows[(size_t) r * wide + kind * lanes + i];
            }

            middle = keyauth_median(column, who->rows);

            for (r = 0; r < who->rows; r++) {
                v[kind].all[v[kind].nall++] = column[r];
                v[kind].own[v[kind].nown++] = fabs(column[r] - middle);
            }
        }
    }

    free(rows);
    free(column);
}


/* quantiles as NumPy has them: linear between the values around */
static void
keyauth_fit_cells(float *cell, const keyauth_fit_values_t *v, double width)
{
    int       i, q;
    size_t    at;
    double    d, place, quantile[KEYAUTH_FIT_QUANTILES], sum, x;

    for (q = 0; q < KEYAUTH_FIT_QUANTILES; q++) {
        place = (KEYAUTH_FIT_TAIL + q * (1 - 2 * KEYAUTH_FIT_TAIL)
                                    / (KEYAUTH_FIT_QUANTILES - 1))
                * (double) (v->nall - 1);
        at = (size_t) place;
        quantile[q] = v->all[at];

        if (at + 1 < v->nall) {
            quantile[q] += (place - (double) at)
                           * (v->all[at + 1] - v->all[at]);
        }
    }

    for (i = 0; i < KEYAUTH_LIVE_CELLS; i++) {
        x = i * KEYAUTH_LIVE_CELL - KEYAUTH_LIVE_REACH;
        sum = 0;

        for (q = 0; q < KEYAUTH_FIT_QUANTILES; q++) {
            d = (x - quantile[q]) / width;
            sum += 1 / (1 + d * d);
        }

        cell[i] = (float) (sum / KEYAUTH_FIT_QUANTILES);
    }
}


static void
keyauth_fit_compare(keyauth_fit_t *f, const keyauth_background_t *b,
    const keyauth_typist_t *who, uint32_t n, uint64_t seed)
{
    double            share;
    size_t            room;
    uint32_t          i, most, p, places, row;
    keyauth_random_t  random;

    keyauth_random_init(&random, seed, 2);
    most = KEYAUTH_FIT_ALL / n > 0 ? KEYAUTH_FIT_ALL / n : 1;
    most = most < KEYAUTH_FIT_PLACES ? most : KEYAUTH_FIT_PLACES;
    room = (size_t) n * most
           * (KEYAUTH_FIT_OWN + KEYAUTH_FIT_OTHERS);
    f->x = keyauth_alloc(room * KEYAUTH_FIT_TERMS, sizeof(double));
    f->own = keyauth_alloc(room, 1);

    for (i = 0; i < n; i++) {
        if (who[i].rows < KEYAUTH_LIVE_ROWS_MIN + 1) {
            continue;
        }

        places = who[i].rows - KEYAUTH_LIVE_ROWS_MIN;

        places = places < most ? places : most;

        for (p = 0; p < places; p++) {
            share = (p + keyauth_random_unit(&random)) / places;
            row = KEYAUTH_LIVE_ROWS_MIN
                  + (uint32_t) (share
                                * (who[i].rows - KEYAUTH_LIVE_ROWS_MIN));
            keyauth_fit_place(f, &b->view, who, n, i, row, &random);
        }
    }
}


/* a template of the rows before that row */
static void
keyauth_fit_place(keyauth_fit_t *f, const keyauth_live_t *live,
    const keyauth_typist_t *who, uint32_t n, uint32_t own, uint32_t row,
    keyauth_random_t *random)
{
    uint32_t                  i, first, other, rows;
    keyauth_live_template_t   t;

    rows = row < KEYAUTH_LIVE_ROWS_MAX ? row : KEYAUTH_LIVE_ROWS_MAX;
    first = row - rows;
    keyauth_typist_template(&who[own], first, rows, &t);

    for (i = row; i < who[own].rows && i < row + KEYAUTH_FIT_OWN; i++) {
        keyauth_fit_add(f, live, &t, &who[own], i, 1);
    }

    for (i = 0; i < KEYAUTH_FIT_OTHERS; i++) {
        other = keyauth_random_below(random, n);

        if (other != own && who[other].group == who[own].group
            && who[other].keys == who[own].keys && who[other].rows > 0)
        {
            keyauth_fit_add(f, live, &t, &who[other],
                            keyauth_random_below(random, who[other].rows), 0);
        }
    }
}


static void
keyauth_fit_add(keyauth_fit_t *f, const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_typist_t *typist,
    uint32_t row, int own)
{
    int                     i;
    double                 *x, more;
    keyauth_live_sample_t   s;

    x = f->x + (size_t) f->n * KEYAUTH_FIT_TERMS;
    keyauth_typist_sample(live, typist, row, &s);
    keyauth_live_compare(live, t, &s, x);
    more = log(t->rows / KEYAUTH_LIVE_MIDDLE);

    for (i = 0; i < KEYAUTH_LIVE_COMPARED; i++) {
        x[KEYAUTH_LIVE_COMPARED + i] = more * x[i];
    }

    x[KEYAUTH_FIT_TERMS - 2] = more;
    x[KEYAUTH_FIT_TERMS - 1] = 1;
    f->own[f->n++] = (uint8_t) own;
}


static void
keyauth_fit_weights(keyauth_live_head_t *h, keyauth_fit_t *f)
{
    int       i;
    double    mean[KEYAUTH_FIT_TERMS], spread[KEYAUTH_FIT_TERMS];
    double    w[KEYAUTH_FIT_TERMS];
    uint32_t  row;

    h->rows = 1;

    for (row = 0; row < f->n; row++) {
        i = (int) lround(KEYAUTH_LIVE_MIDDLE
                         * exp(f->x[(size_t) row * KEYAUTH_FIT_TERMS
                                    + KEYAUTH_FIT_TERMS - 2]));

        if ((uint32_t) i > h->rows) {
            h->rows = (uint32_t) i;
        }
    }

    keyauth_fit_scale(f, mean, spread);
    keyauth_fit_newton(f, w);
    h->bias = w[KEYAUTH_FIT_TERMS - 1];

    for (i = 0; i < KEYAUTH_FIT_TERMS - 1; i++) {
        w[i] /= spread[i];
        h->bias -= w[i] * mean[i];
    }

    memcpy(h->weight, w, sizeof(h->weight));
    memcpy(h->by_rows, w + KEYAUTH_LIVE_COMPARED, sizeof(h->by_rows));
}


/* every term but the last has a mean of 0 and a deviation of 1 after this */
static void
keyauth_fit_scale(keyauth_fit_t *f, double *mean, double *spread)
{
    int       i;
    double    d, *x;
    uint32_t  row;

    memset(mean, 0, KEYAUTH_FIT_TERMS * sizeof(double));
    memset(spread, 0, KEYAUTH_FIT_TERMS * sizeof(double));

    for (row = 0; row < f->n; row++) {
        x = f->x + (size_t) row * KEYAUTH_FIT_TERMS;

        for (i = 0; i < KEYAUTH_FIT_TERMS - 1; i++) {
            mean[i] += x[i] / f->n;
        }
    }

    for (row = 0; row < f->n; row++) {
        x = f->x + (size_t) row * KEYAUTH_FIT_TERMS;

        for (i = 0; i < KEYAUTH_FIT_TERMS - 1; i++) {
            d = x[i] - mean[i];
            spread[i] += d * d / f->n;
        }
    }

    for (i = 0; i < KEYAUTH_FIT_TERMS - 1; i++) {
        spread[i] = sqrt(spread[i]) + 1e-6;
    }

    for (row = 0; row < f->n; row++) {
        x = f->x + (size_t) row * KEYAUTH_FIT_TERMS;

        for (i = 0; i < KEYAUTH_FIT_TERMS - 1; i++) {
            x[i] = (x[i] - mean[i]) / spread[i];
        }
    }
}


/* ridge, not on the last term; both kinds of rows weigh the same together */
static void
keyauth_fit_newton(const keyauth_fit_t *f, double *w)
{
    int            i, j, step;
    double         a[KEYAUTH_FIT_TERMS * KEYAUTH_FIT_TERMS];
    double         b[KEYAUTH_FIT_TERMS];
    double         own, p, weight, z;
    uint32_t       row;
    const double  *x;

    memset(w, 0, KEYAUTH_FIT_TERMS * sizeof(double));
    own = 0;

    for (row = 0; row < f->n; row++) {
        own += f->own[row];
    }

    for (step = 0; step < KEYAUTH_FIT_STEPS; step++) {
        memset(a, 0, sizeof(a));

        for (i = 0; i < KEYAUTH_FIT_TERMS; i++) {
            p = i < KEYAUTH_FIT_TERMS - 1 ? KEYAUTH_FIT_RIDGE : 1e-3;
            a[i * KEYAUTH_FIT_TERMS + i] = p;
            b[i] = -p * w[i];
        }

        for (row = 0; row < f->n; row++) {
            x = f->x + (size_t) row * KEYAUTH_FIT_TERMS;
            z = 0;

            for (i = 0; i < KEYAUTH_FIT_TERMS; i++) {
                z += w[i] * x[i];
            }

            p = 1 / (1 + exp(-z));
            weight = f->own[row] ? 1 : own / (f->n - own + 1e-9);

            for (i = 0; i < KEYAUTH_FIT_TERMS; i++) {
                b[i] += weight * (f->own[row] - p) * x[i];
                z = weight * (p * (1 - p) + 1e-9) * x[i];

                for (j = 0; j <= i; j++) {
                    a[i * KEYAUTH_FIT_TERMS + j] += z * x[j];
                }
            }
        }

        keyauth_fit_solve(a, b);

        for (i = 0; i < KEYAUTH_FIT_TERMS; i++) {
            w[i] += b[i];
        }
    }
}


/* a b' = b by Cholesky's decomposition of the lower half of a, in place */
static void
keyauth_fit_solve(double *a, double *b)
{
    int     i, j, k;
    double  sum;

    for (i = 0; i < KEYAUTH_FIT_TERMS; i++) {
        for (j = 0; j <= i; j++) {
            sum = a[i * KEYAUTH_FIT_TERMS + j];

            for (k = 0; k < j; k++) {
                sum -= a[i * KEYAUTH_FIT_TERMS + k]
                       * a[j * KEYAUTH_FIT_TERMS + k];
            }

            a[i * KEYAUTH_FIT_TERMS + j] =
                           i == j ? sqrt(fmax(sum, 1e-12))
                                  : sum / a[j * KEYAUTH_FIT_TERMS + j];
        }
    }

    for (i = 0; i < KEYAUTH_FIT_TERMS; i++) {
        for (k = 0; k < i; k++) {
            b[i] -= a[i * KEYAUTH_FIT_TERMS + k] * b[k];
        }

        b[i] /= a[i * KEYAUTH_FIT_TERMS + i];
    }

    for (i = KEYAUTH_FIT_TERMS - 1; i >= 0; i--) {
        for (k = i + 1; k < KEYAUTH_FIT_TERMS; k++) {
            b[i] -= a[k * KEYAUTH_FIT_TERMS + i] * b[k];
        }

        b[i] /= a[i * KEYAUTH_FIT_TERMS + i];
    }
}


static int
keyauth_fit_ascending(const void *one, const void *two)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) two;

    return (a > b) - (a < b);
}
