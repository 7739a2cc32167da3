/*
 * Sorting the values of a feature: see cart_sort.h.
 */


#include "cart_sort.h"


#define KEYAUTH_SORT_RUN  12


static void keyauth_cart_insert(uint64_t *keys, uint32_t n);
static void keyauth_cart_merge(const uint64_t *a, const uint64_t *a_last,
    const uint64_t *b, const uint64_t *b_last, uint64_t *out);


static void
keyauth_cart_insert(uint64_t *keys, uint32_t n)
{
    uint32_t  i, j;
    uint64_t  key;

    for (i = 1; i < n; i++) {
        key = keys[i];

        for (j = i; j > 0 && keys[j - 1] > key; j--) {
            keys[j] = keys[j - 1];
        }

        keys[j] = key;
    }
}


static void
keyauth_cart_merge(const uint64_t *a, const uint64_t *a_last,
    const uint64_t *b, const uint64_t *b_last, uint64_t *out)
{
    uint64_t  from_b;

    while (a < a_last && b < b_last) {

        /* no branch on what is random */

        from_b = *b < *a;
        *out++ = from_b ? *b : *a;
        b += from_b;
        a += !from_b;
    }

    while (a < a_last) {
        *out++ = *a++;
    }

    while (b < b_last) {
        *out++ = *b++;
    }
}


void
keyauth_cart_sort(uint64_t *keys, uint64_t *spare, uint32_t n)
{
    uint32_t   i, last, middle, width;
    uint64_t  *from, *to, *other;

    for (i = 0; i < n; i += KEYAUTH_SORT_RUN) {
        keyauth_cart_insert(keys + i, n - i < KEYAUTH_SORT_RUN
                                      ? n - i : KEYAUTH_SORT_RUN);
    }

    from = keys;
    to = spare;

    for (width = KEYAUTH_SORT_RUN; width < n; width *= 2) {
        for (i = 0; i < n; i += 2 * width) {
            middle = n - i < width ? n : i + width;
            last = n - i < 2 * width ? n : i + 2 * width;
            keyauth_cart_merge(from + i, from + middle, from + middle,
                               from + last, to + i);
        }

        other = from;
        from = to;
        to = other;
    }

    if (from != keys) {
        memcpy(keys, from, n * sizeof(uint64_t));
    }
}
