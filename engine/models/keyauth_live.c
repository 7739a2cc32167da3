/*
 * LIVE's scores and operating points: see keyauth_live.h.
 */


#include <math.h>
#include <string.h>

#include "keyauth_live.h"
#include "keyauth_point.h"


static uint16_t keyauth_live_step(double ms);
static void keyauth_live_prepare(const keyauth_live_t *live,
    keyauth_live_sample_t *sample);
static void keyauth_live_weights(const keyauth_live_template_t *t,
    double weight[KEYAUTH_LIVE_ROWS_MAX]);
static uint32_t keyauth_live_between(const uint32_t *grid, uint32_t n,
    unsigned value, double *share);


void
keyauth_live_sample(const keyauth_live_t *live, const double *press,
    const double *release, unsigned n, keyauth_live_sample_t *sample)
{
    sample->keys = n;
    keyauth_live_steps(press, release, n, sample->steps);
    keyauth_live_prepare(live, sample);
}


void
keyauth_live_steps(const double *press, const double *release, unsigned n,
    uint16_t *steps)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        steps[i] = keyauth_live_step(release[i] - press[i]);
    }

    for (i = 0; i < n - 1; i++) {
        steps[n + i] = keyauth_live_step(press[i + 1] - press[i]);
    }
}


void
keyauth_live_sample_row(const keyauth_live_t *live,
    const keyauth_live_row_t *row, unsigned n, keyauth_live_sample_t *sample)
{
    sample->keys = n;
    memcpy(sample->steps, row->steps, (2 * n - 1) * sizeof(uint16_t));
    keyauth_live_prepare(live, sample);
}


static uint16_t
keyauth_live_step(double ms)
{
    double  steps;

    steps = ms / KEYAUTH_LIVE_STEP_MS + 0.5;

    if (!(steps > 0)) {
        return 0;
    }

    return steps < UINT16_MAX ? (uint16_t) steps : UINT16_MAX;
}


static void
keyauth_live_prepare(const keyauth_live_t *live,
    keyauth_live_sample_t *sample)
{
    uint32_t  kind, lanes, steps;

    steps = 2 * sample->keys - 1;
    memset(sample->steps + steps, 0,
           sizeof(sample->steps) - steps * sizeof(uint16_t));
    live->kernels->live_intervals(sample->steps, sample->keys, sample->x);
    lanes = KEYAUTH_LIVE_LANES(sample->keys);

    for (kind = 0; kind < KEYAUTH_LIVE_KINDS; kind++) {
        live->kernels->live_ground(live->density
                                   + (size_t) kind * live->head.cells,
                                   sample->x + kind * lanes,
                                   sample->keys - (kind > 0),
                                   sample->ground + kind * lanes);
    }
}


double
keyauth_live_score(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_live_sample_t *sample)
{
    double  part[KEYAUTH_LIVE_COMPARED];

    keyauth_live_compare(live, t, sample, part);

    return keyauth_live_weigh(live, t->rows, part);
}


double
keyauth_live_weigh(const keyauth_live_t *live, unsigned rows,
    const double part[KEYAUTH_LIVE_COMPARED])
{
    int                          i;
    double                       more, score;
    const keyauth_live_head_t   *h;

    h = &live->head;
    more = log((rows < h->rows ? rows : h->rows) / KEYAUTH_LIVE_MIDDLE);
    score = h->bias + more * h->by_rows[KEYAUTH_LIVE_COMPARED];

    for (i = 0; i < KEYAUTH_LIVE_COMPARED; i++) {
        score += (h->weight[i] + more * h->by_rows[i]) * part[i];
    }

    return score;
}


void
keyauth_live_compare(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_live_sample_t *sample,
    double part[KEYAUTH_LIVE_COMPARED])
{
    double  weight[KEYAUTH_LIVE_ROWS_MAX];

    keyauth_live_weights(t, weight);
    live->kernels->live_compare(t, sample, weight, live->head.width, part);
}


/* a row weighs less the more rows have come after it */
static void
keyauth_live_weights(const keyauth_live_template_t *t,
    double weight[KEYAUTH_LIVE_ROWS_MAX])
{
    double    w;
    uint32_t  r;

    w = 1;

    for (r = t->rows; r > 0; r--) {
        weight[r - 1] = w;
        w *= KEYAUTH_LIVE_DECAY;
    }
}


void
keyauth_live_point(const keyauth_live_t *live, unsigned rows, unsigned keys,
    unsigned attempts, double far, keyauth_point_t *point)
{
    size_t           at;
    double           by_keys, by_rows, share;
    uint32_t         i, j, k, r;
    keyauth_point_t  p;

    k = keyauth_live_between(live->keys, live->head.nkeys, keys, &by_keys);
    r = keyauth_live_between(live->rows, live->head.nrows, rows, &by_rows);
    memset(point, 0, sizeof(keyauth_point_t));
    point->far = far;

    for (i = 0; i < 2; i++) {
        for (j = 0; j < 2; j++) {
            share = (i ? by_keys : 1 - by_keys) * (j ? by_rows : 1 - by_rows);

            if (share == 0) {
                continue;
            }

            at = ((size_t) (k + i) * live->head.nrows + r + j)
                 * KEYAUTH_ATTEMPTS_MAX + attempts - 1;
            p = keyauth_point_at(live->points + at * live->head.points,
                                 live->head.points, far);
            point->threshold += share * p.threshold;
            point->frr += share * p.frr;
        }
    }
}


/* the place before value, and the share of the one behind it */
static uint32_t
keyauth_live_between(const uint32_t *grid, uint32_t n, unsigned value,
    double *share)
{
    uint32_t  i;

    *share = 0;

    if (value <= grid[0]) {
        return 0;
    }

    for (i = 1; i < n; i++) {
        if (value < grid[i]) {
            *share = (value - grid[i - 1])
                     / (double) (grid[i] - grid[i - 1]);
            return i - 1;
        }
    }

    return n - 1;
}


int
keyauth_live_consistent(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_live_sample_t *sample)
{
    double         by_keys, by_rows, floor;
    uint32_t       k, r, n;
    const double  *f;

    if (t->rows == 0) {
        return 1;
    }

    k = keyauth_live_between(live->keys, live->head.nkeys, t->keys, &by_keys);
    r = keyauth_live_between(live->rows, live->head.nrows, t->rows, &by_rows);
    n = live->head.nrows;
    f = live->floors + (size_t) k * n + r;

    floor = f[0];

    if (by_rows > 0) {
        floor += by_rows * (f[1] - f[0]);
    }

    if (by_keys > 0) {
        floor += by_keys * (f[n] - f[0]);
    }

    return keyauth_live_score(live, t, sample) >= floor;
}
