/*
 * Rows that are copies of others.
 */


#ifndef KEYAUTH_COPIES_H_INCLUDED
#define KEYAUTH_COPIES_H_INCLUDED


#include <stdint.h>


/* of each row; it is its own first where there are no others */
typedef struct {
    uint32_t     first;                 /* the first one with the same times */
    uint32_t     own;                   /* the first such of the same user */
    unsigned     shared:1;              /* another user has such */
} keyauth_copy_t;


/*
 * [rows], to be freed.  press, release: [rows][keys]; class: [rows].  copies:
 * how many rows are not their own first
 */
keyauth_copy_t *keyauth_copies(const double *press, const double *release,
    const uint32_t *class, uint32_t rows, uint32_t keys, uint32_t *copies);


#endif /* KEYAUTH_COPIES_H_INCLUDED */
