/*
 * LIVE's sections, read and checked: see keyauth_live.h.
 */


#include <math.h>
#include <stdio.h>

#include "keyauth_live.h"
#include "keyauth_point.h"


static int keyauth_live_check_head(const keyauth_live_head_t *h);
static int keyauth_live_check_grid(const uint32_t *grid, uint32_t n,
    uint32_t least, uint32_t most);
static int keyauth_live_check_points(const keyauth_live_t *live);


int
keyauth_live_sections(keyauth_live_t *live, keyauth_sections_t *s)
{
    size_t  i, n;

    if (!keyauth_sections_has(s, "live.head")) {
        return 0;
    }

    keyauth_sections_head(s, "live.head", &live->head, sizeof(live->head));

    if (!s->bad && keyauth_live_check_head(&live->head) != 0) {
        goto invalid;
    }

    n = (size_t) live->head.nrows * live->head.nkeys;
    live->density = keyauth_sections_array(s, "live.density", sizeof(float),
                                           KEYAUTH_LIVE_KINDS
                                           * (size_t) live->head.cells);
    live->rows = keyauth_sections_array(s, "live.rows", sizeof(uint32_t),
                                        live->head.nrows);
    live->keys = keyauth_sections_array(s, "live.keys", sizeof(uint32_t),
                                        live->head.nkeys);
    live->points = keyauth_sections_array(s, "live.points",
                                          sizeof(keyauth_point_t),
                                          n * KEYAUTH_ATTEMPTS_MAX
                                          * live->head.points);
    live->floors = keyauth_sections_array(s, "live.floors", sizeof(double), n);

    if (s->bad) {
        return -1;
    }

    for (i = 0; i < KEYAUTH_LIVE_KINDS * (size_t) live->head.cells; i++) {
        if (!(live->density[i] >= 0 && live->density[i] <= 1)) {
            goto invalid;
        }
    }

    for (i = 0; i < n; i++) {
        if (!isfinite(live->floors[i])) {
            goto invalid;
        }
    }

    if (keyauth_live_check_grid(live->rows, live->head.nrows, 1,
                                KEYAUTH_LIVE_ROWS_MAX) == 0
        && keyauth_live_check_grid(live->keys, live->head.nkeys,
                                   KEYAUTH_KEYS_MIN, KEYAUTH_KEYS_MAX) == 0
        && keyauth_live_check_points(live) == 0)
    {
        return 0;
    }

invalid:

    snprintf(s->err, KEYAUTH_ERROR_MAX, "LIVE's numbers do not agree");

    return -1;
}


static int
keyauth_live_check_head(const keyauth_live_head_t *h)
{
    int  i;

    if (h->cells != KEYAUTH_LIVE_CELLS || h->nrows == 0
        || h->nrows > KEYAUTH_LIVE_ROWS_MAX || h->nkeys == 0
        || h->nkeys > KEYAUTH_KEYS_MAX || h->points < 2
        || h->points > UINT16_MAX || h->people == 0 || h->rows == 0
        || h->rows > KEYAUTH_LIVE_ROWS_MAX || !(fabs(h->bias) < 1e6))
    {
        return -1;
    }

    for (i = 0; i < KEYAUTH_LIVE_KINDS; i++) {
        if (!(h->width[i] >= 1e-3 && h->width[i] <= 1e2)) {
            return -1;
        }
    }

    for (i = 0; i < KEYAUTH_LIVE_COMPARED; i++) {
        if (!(fabs(h->weight[i]) < 1e6 && fabs(h->by_rows[i]) < 1e6)) {
            return -1;
        }
    }

    return fabs(h->by_rows[KEYAUTH_LIVE_COMPARED]) < 1e6 ? 0 : -1;
}


static int
keyauth_live_check_grid(const uint32_t *grid, uint32_t n, uint32_t least,
    uint32_t most)
{
    uint32_t  i;

    for (i = 0; i < n; i++) {
        if (grid[i] < least || grid[i] > most) {
            return -1;
        }

        least = grid[i] + 1;
    }

    return 0;
}


static int
keyauth_live_check_points(const keyauth_live_t *live)
{
    size_t  i, n;

    n = (size_t) live->head.nrows * live->head.nkeys * KEYAUTH_ATTEMPTS_MAX;

    for (i = 0; i < n; i++) {
        if (keyauth_point_check(live->points
                                          + i * live->head.points,
                                          live->head.points) != 0)
        {
            return -1;
        }
    }

    return 0;
}
