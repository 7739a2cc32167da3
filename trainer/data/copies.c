/*
 * Copies, found by sorting.
 */


#include <stdlib.h>
#include <string.h>

#include "copies.h"
#include "util.h"


typedef struct {
    const double  *press;
    const double  *release;
    size_t         size;                /* of each */
    uint32_t       class;
    uint32_t       row;
} keyauth_twin_t;


static int keyauth_twin_times(const keyauth_twin_t *a,
    const keyauth_twin_t *b);
static int keyauth_twin_compare(const void *one, const void *two);
static uint32_t keyauth_twins(keyauth_copy_t *copy, const keyauth_twin_t *t,
    uint32_t n);


/* any order will do that puts equal ones together */
static int
keyauth_twin_times(const keyauth_twin_t *a, const keyauth_twin_t *b)
{
    int  rc;

    rc = memcmp(a->press, b->press, a->size);

    return rc != 0 ? rc : memcmp(a->release, b->release, a->size);
}


static int
keyauth_twin_compare(const void *one, const void *two)
{
    int                    rc;
    const keyauth_twin_t  *a, *b;

    a = one;
    b = two;
    rc = keyauth_twin_times(a, b);

    return rc != 0 ? rc : (a->row > b->row) - (a->row < b->row);
}


keyauth_copy_t *
keyauth_copies(const double *press, const double *release,
    const uint32_t *class, uint32_t rows, uint32_t keys, uint32_t *copies)
{
    uint32_t         i, n;
    keyauth_copy_t  *copy;
    keyauth_twin_t  *t;

    t = keyauth_alloc(rows, sizeof(keyauth_twin_t));
    copy = keyauth_alloc(rows, sizeof(keyauth_copy_t));

    for (i = 0; i < rows; i++) {
        t[i].press = press + (size_t) i * keys;
        t[i].release = release + (size_t) i * keys;
        t[i].size = keys * sizeof(double);
        t[i].class = class[i];
        t[i].row = i;
    }

    qsort(t, rows, sizeof(keyauth_twin_t), keyauth_twin_compare);
    *copies = 0;

    for (i = 0; i < rows; i += n) {
        n = keyauth_twins(copy, t + i, rows - i);
        *copies += n - 1;
    }

    free(t);

    return copy;
}


/* those equal to the first of n, whose rows, and so classes, ascend */
static uint32_t
keyauth_twins(keyauth_copy_t *copy, const keyauth_twin_t *t, uint32_t n)
{
    uint32_t         i, own, same;
    keyauth_copy_t  *c;

    for (same = 1; same < n && keyauth_twin_times(t, &t[same]) == 0; same++) {
        /* void */
    }

    own = 0;

    for (i = 0; i < same; i++) {
        own = t[i].class == t[own].class ? own : i;
        c = &copy[t[i].row];
        c->first = t[0].row;
        c->own = t[own].row;
        c->shared = t[0].class != t[same - 1].class;
    }

    return same;
}
