/*
 * People whose typing LIVE is made from and measured on.
 */


#ifndef KEYAUTH_TYPISTS_H_INCLUDED
#define KEYAUTH_TYPISTS_H_INCLUDED


#include "dataset.h"
#include "keyauth_live.h"


/*
 * Somebody's rows in the order in which they were typed, as templates have
 * their steps.  Who typed the same string is in one group: only they can be
 * taken for each other.
 */
typedef struct {
    uint32_t         keys;
    uint32_t         rows;
    uint32_t         group;
    const uint16_t  *steps;             /* [rows][2 keys - 1] */
} keyauth_typist_t;


/*
 * A data set's users, without copies of rows; free() what is returned, and
 * *steps.
 */
keyauth_typist_t *keyauth_typists(const keyauth_dataset_t *d,
    uint16_t **steps);

/* a template of the first rows; at most KEYAUTH_LIVE_ROWS_MAX from `first` */
void keyauth_typist_template(const keyauth_typist_t *who, uint32_t first,
    uint32_t rows, keyauth_live_template_t *t);

/* one row, ready to be compared */
void keyauth_typist_sample(const keyauth_live_t *live,
    const keyauth_typist_t *who, uint32_t row, keyauth_live_sample_t *s);


#endif /* KEYAUTH_TYPISTS_H_INCLUDED */
