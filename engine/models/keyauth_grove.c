/*
 * Groves: see keyauth_grove.h.
 *
 * A walk down one tree is a chain of loads, each waiting for the last, and of
 * branches that nobody can predict.  So a kernel takes the first levels of 32
 * trees; from their exits on, many trees take one step each, then
 * the next, without a branch on data; each fetches its next split meanwhile.
 * A step from a leaf stays there, so the end of trees is checked now and
 * then alone.
 */


#include <math.h>
#include <string.h>

#include "keyauth_grove.h"


#define KEYAUTH_GROVE_BLOCK  256        /* trees that are walked at once */
#define KEYAUTH_GROVE_FIRST  5          /* steps until the first check */
#define KEYAUTH_GROVE_MORE   3          /* and between then on */


static int keyauth_grove_check_tops(const keyauth_grove_t *g, uint32_t first,
    uint32_t n);
static uint32_t keyauth_grove_start(const keyauth_grove_t *g,
    const keyauth_kernels_t *kernels, uint32_t first, uint32_t end,
    const int16_t *steps, const keyauth_split_t **at);
static void keyauth_grove_walk(const keyauth_split_t **at, uint32_t n,
    uint32_t steps, const int16_t *x);
static uint32_t keyauth_grove_sort(const keyauth_split_t **at, uint32_t n,
    uint16_t *class);


int16_t
keyauth_grove_step(double ms)
{
    float  x;

    return keyauth_grove_step_of(ms, &x);
}


float
keyauth_grove_time(int16_t step)
{
    float    x;
    int32_t  n;

    n = step < 0 ? -step : step;
    n = (n << KEYAUTH_GROVE_BITS) + KEYAUTH_GROVE_ONE;
    memcpy(&x, &n, sizeof(float));
    x = (float) (((double) x - 1) * KEYAUTH_GROVE_MS);

    return step < 0 ? -x : x;
}


/* what comes next stands behind: every walk ends, and on a leaf */
int
keyauth_grove_check(const keyauth_grove_t *g, uint32_t first, uint32_t n,
    uint32_t classes)
{
    unsigned                bad, leaf, split;
    uint32_t                i, rest, t;
    const keyauth_split_t  *s;

    if (keyauth_grove_check_tops(g, first, n) != 0) {
        return -1;
    }

    for (t = first; t < first + n; t++) {

        if (g->base[t] >= g->base[t + 1] || g->base[t + 1] > g->nsplits) {
            return -1;
        }

        s = g->splits + g->base[t];
        rest = g->base[t + 1] - g->base[t];
        bad = 0;

        for (i = 0; i < KEYAUTH_GROVE_EXITS; i++) {
            bad |= g->exits[(size_t) t * KEYAUTH_GROVE_EXITS + i] >= rest;
        }

        for (i = 0; rest > 0; i++, rest--) {
            leaf = (s[i].cut == KEYAUTH_GROVE_MAX) & (s[i].feature == 0)
                   & (s[i].ahead[1] < classes);
            split = (s[i].feature < g->head.features) & (s[i].ahead[0] < rest)
                    & (s[i].ahead[1] > 0) & (s[i].ahead[1] < rest);
            bad |= s[i].ahead[0] == 0 ? !leaf : !split;
        }

        if (bad) {
            return -1;
        }
    }

    return 0;
}


/* of whole groups: a kernel looks at all lanes */
static int
keyauth_grove_check_tops(const keyauth_grove_t *g, uint32_t first, uint32_t n)
{
    uint32_t                    group, i, t;
    const keyauth_grove_top_t  *top;

    for (group = first / KEYAUTH_GROVE_LANES;
         group <= (first + n - 1) / KEYAUTH_GROVE_LANES;
         group++)
    {
        top = &g->tops[group];

        for (i = 0; i < KEYAUTH_GROVE_EXITS - 1; i++) {
            for (t = 0; t < KEYAUTH_GROVE_LANES; t++) {
                if (top->feature[i][t] >= g->head.features) {
                    return -1;
                }
            }
        }
    }

    return 0;
}


/*
 * Four parts, as adding to a class's number has to wait for what was added to
 * it before, and most trees say the same class.
 */
void
keyauth_grove_count(const keyauth_grove_t *g,
    const keyauth_kernels_t *kernels, uint32_t first, uint32_t n,
    const int16_t *steps, uint32_t *votes, uint32_t classes)
{
    uint32_t                block, end, i, kept, walking;
    uint16_t                class[KEYAUTH_GROVE_BLOCK];
    const keyauth_split_t  *at[KEYAUTH_GROVE_BLOCK];

    end = first + n;

    for ( /* void */ ; first < end; first += block) {
        block = keyauth_grove_start(g, kernels, first, end, steps, at);
        keyauth_grove_walk(at, block, KEYAUTH_GROVE_FIRST, steps);

        for (walking = block; walking > 0; walking = kept) {
            keyauth_grove_walk(at, walking, KEYAUTH_GROVE_MORE, steps);
            kept = keyauth_grove_sort(at, walking, class);

            for (i = 0; i < walking - kept; i++) {
                votes[i % KEYAUTH_GROVE_VOTES * classes + class[i]]++;
            }
        }
    }
}


/* as many trees as a block holds, at the exits of their tops */
static uint32_t
keyauth_grove_start(const keyauth_grove_t *g,
    const keyauth_kernels_t *kernels, uint32_t first, uint32_t end,
    const int16_t *steps, const keyauth_split_t **at)
{
    uint32_t         n, t;
    uint16_t         exit[KEYAUTH_GROVE_LANES];
    const uint16_t  *exits;

    n = 0;
    t = first;

    while (t < end && n + KEYAUTH_GROVE_LANES <= KEYAUTH_GROVE_BLOCK) {
        kernels->tops(&g->tops[t / KEYAUTH_GROVE_LANES], g->head.features,
                      steps, exit);

        do {
            exits = g->exits + (size_t) t * KEYAUTH_GROVE_EXITS;
            at[n] = g->splits + g->base[t]
                    + exits[exit[t % KEYAUTH_GROVE_LANES]];
            __builtin_prefetch(at[n++]);
            t++;
        } while (t < end && t % KEYAUTH_GROVE_LANES != 0);
    }

    return n;
}


/*
 * Trees that have come to a leaf drop out, others move up; returns how many
 * these are.  class: of those that drop out, and one to write over.
 */
static uint32_t
keyauth_grove_sort(const keyauth_split_t **at, uint32_t n, uint16_t *class)
{
    uint32_t                ended, i, kept;
    const keyauth_split_t  *p;

    ended = 0;
    kept = 0;

    for (i = 0; i < n; i++) {
        p = at[i];
        class[ended] = p->ahead[1];
        at[kept] = p;
        ended += p->ahead[0] == 0;
        kept += p->ahead[0] != 0;
    }

    return kept;
}


static void
keyauth_grove_walk(const keyauth_split_t **at, uint32_t n, uint32_t steps,
    const int16_t *x)
{
    uint32_t                i;
    const keyauth_split_t  *p;

    while (steps-- > 0) {
        _Pragma("GCC unroll 4")
        for (i = 0; i < n; i++) {
            p = at[i];
            p += p->ahead[x[p->feature] > p->cut];
            __builtin_prefetch(p);
            at[i] = p;
        }
    }
}
