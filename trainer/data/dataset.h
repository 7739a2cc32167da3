/*
 * Data sets: CSV files of key timings.  docs/models.md describes the format.
 */


#ifndef KEYAUTH_DATASET_H_INCLUDED
#define KEYAUTH_DATASET_H_INCLUDED


#include "copies.h"
#include "keyauth.h"
#include "sources.h"


/*
 * Rows lie grouped by class, and within a class by session, then in the file's
 * order, which is taken for the order in time: a row's repetition counts from
 * 0, and a copy of a row has the row's.  Sessions are in the order of their
 * names, as classes are.
 */
typedef struct {
    uint32_t    keys;
    uint32_t    rows;
    uint32_t    classes;                /* 0: no user column was read */
    uint32_t    repetitions;            /* most rows of any class */
    char      **labels;                 /* [classes], as the CSV spells them */
    uint32_t   *start;                  /* [classes + 1] a class's first row */
    uint32_t   *class;                  /* [rows] */
    uint32_t   *repetition;             /* [rows] */
    uint32_t   *session;                /* [rows] of the user's, from 0 */
    uint32_t    sessions;               /* most of any class */
    keyauth_copy_t  *copy;              /* [rows] */
    double     *press;                  /* [rows][keys], ms */
    double     *release;
    uint32_t    files;                  /* that rows were read from */
    uint32_t    forgotten;              /* users left out */
    uint32_t    few;                    /* the same, for their few rows */
    uint8_t     digest[32];             /* SHA-256 of the file */
    keyauth_notes_t  notes;             /* to be said */
} keyauth_dataset_t;


/* reads a data set to train on: at least two users, two rows each */
int keyauth_dataset_read(keyauth_dataset_t *d, const char *path, char *err);

/* the same from several files, and without some users */
int keyauth_dataset_read_sources(keyauth_dataset_t *d,
    const keyauth_sources_t *s, char *err);

/*
 * Reads rows to predict, kept in the file's order.  A user column may be
 * there and is not looked at.  how may be NULL.
 */
int keyauth_dataset_read_rows(keyauth_dataset_t *d, const char *path,
    const keyauth_reading_t *how, char *err);

void keyauth_dataset_free(keyauth_dataset_t *d);

/* the order of classes: integers below 2^53 by value, then others by bytes */
int keyauth_label_compare(const char *a, const char *b);

/* the summary features of all rows: [rows][KEYAUTH_SUMMARY] */
double *keyauth_dataset_summary(const keyauth_dataset_t *d);


#endif /* KEYAUTH_DATASET_H_INCLUDED */
