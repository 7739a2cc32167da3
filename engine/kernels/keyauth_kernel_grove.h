/*
 * The first levels of FUSION's trees: see keyauth_kernels_loops.h.
 */


#ifndef KEYAUTH_KERNEL_GROVE_H_INCLUDED
#define KEYAUTH_KERNEL_GROVE_H_INCLUDED


#include "keyauth_grove.h"


/* a tree after the other, from split i to 2i or 2i + 1 */
static void
keyauth_kernel_tops_each(const keyauth_grove_top_t *top, const int16_t *steps,
    uint16_t *exit)
{
    uint32_t  i, level, t;

    for (t = 0; t < KEYAUTH_GROVE_LANES; t++) {
        i = 1;

        _Pragma("GCC unroll 5")
        for (level = 0; level < KEYAUTH_GROVE_LEVELS; level++) {
            i = 2 * i + (steps[top->feature[i - 1][t]] > top->cut[i - 1][t]);
        }

        exit[t] = (uint16_t) (i - KEYAUTH_GROVE_EXITS);
    }
}


#if KEYAUTH_SIMD_BYTES == 64 && !defined(__clang__)

/* a split of 32 trees; times of 64 features are a table in two registers */
typedef int16_t  keyauth_vt_t
    __attribute__((vector_size(2 * KEYAUTH_GROVE_LANES), may_alias,
                   aligned(2)));

#define keyauth_trees(p)   (*(const keyauth_vt_t *) (const void *) (p))


/*
 * All splits of all trees, which takes less time than finding those on the
 * path.  A bit of the exit is then chosen between both children's, from the
 * last level up.
 */
KEYAUTH_KERNEL
static void
keyauth_kernel_tops(const keyauth_grove_top_t *top, uint32_t features,
    const int16_t *steps, uint16_t *exit)
{
    int           i, level;
    keyauth_vt_t  low, high, right[KEYAUTH_GROVE_EXITS];
    keyauth_vt_t  found[KEYAUTH_GROVE_EXITS];

    if (features > KEYAUTH_GROVE_TABLE) {
        keyauth_kernel_tops_each(top, steps, exit);
        return;
    }

    low = keyauth_trees(steps);
    high = keyauth_trees(steps + KEYAUTH_GROVE_LANES);

    _Pragma("GCC unroll 32")
    for (i = 1; i < KEYAUTH_GROVE_EXITS; i++) {
        right[i] = __builtin_shuffle(low, high,
                                     keyauth_trees(top->feature[i - 1]))
                   > keyauth_trees(top->cut[i - 1]);
    }

    _Pragma("GCC unroll 32")
    for (i = KEYAUTH_GROVE_EXITS - 1; i >= 1; i--) {
        level = (i > 1) + (i > 3) + (i > 7) + (i > 15);

        if (level == KEYAUTH_GROVE_LEVELS - 1) {
            found[i] = right[i] & 1;
            continue;
        }

        found[i] = (right[i] & (found[2 * i + 1]
                                | (int16_t) (KEYAUTH_GROVE_EXITS / 2
                                             >> level)))
                   | (~right[i] & found[2 * i]);
    }

    *(keyauth_vt_t *) (void *) exit = found[1];
}


#else

KEYAUTH_KERNEL
static void
keyauth_kernel_tops(const keyauth_grove_top_t *top, uint32_t features,
    const int16_t *steps, uint16_t *exit)
{
    (void) features;
    keyauth_kernel_tops_each(top, steps, exit);
}


#endif


#endif /* KEYAUTH_KERNEL_GROVE_H_INCLUDED */
