/*
 * What a layout hands its rows to, and its complaints.
 */


#ifndef KEYAUTH_READER_H_INCLUDED
#define KEYAUTH_READER_H_INCLUDED


#include "keyauth.h"
#include "reading.h"
#include "table.h"
#include "timings.h"


typedef struct keyauth_layout_s  keyauth_layout_t;


typedef struct {
    keyauth_timings_t        *t;
    const keyauth_reading_t  *how;
    const keyauth_layout_t   *layout;   /* NULL: the header is not read yet */
    void                     *state;    /* the layout's own */
    const char               *path;
    char                     *err;
    char                    **names;    /* of the columns, as the file has */
    unsigned                  columns;  /* 0: they have no names */
    char                      separator;
    unsigned                  session_column;   /* 0: there is none */
    unsigned                  unknown;  /* the first such column, from 1 */
    unsigned                  unknowns;
    char                      ignore[128];  /* words for --ignore */
    unsigned                  apart:1;  /* its last has a comma */
    unsigned                  cut:1;    /* it has not all of them */
    unsigned                  users:1;  /* the rows must name theirs */
    double                    unit;     /* 0: not known before the end */
    uint32_t                  bad;      /* rows that were left out */
    keyauth_notes_t           reasons;  /* of the first of them */
} keyauth_reader_t;


/* a row, in the file's unit and on any clock */
typedef struct {
    uint64_t         line;
    const char      *user;              /* NULL: the file has none */
    const char      *session;           /* or NULL */
    uint32_t         keys;
    const double    *times;             /* [2 * keys]: press-0, release-0 */
    const unsigned  *where;             /* [2 * keys] columns, or NULL */
} keyauth_row_t;


/* the file cannot be read: err says why, and where.  Always -1 */
int keyauth_reader_fail(keyauth_reader_t *r, uint64_t line, unsigned column,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * A row is bad: 0 where such are skipped, after having been counted, and -1
 * as of keyauth_reader_fail()
 */
int keyauth_reader_bad(keyauth_reader_t *r, uint64_t line, unsigned column,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* 0, or what keyauth_reader_bad() returned */
int keyauth_reader_row(keyauth_reader_t *r, const keyauth_row_t *row);

/*
 * A field that holds a number, with a decimal comma where commas do not
 * separate.  0; or -1: reason (128 bytes) says what it is
 */
int keyauth_reader_number(const keyauth_reader_t *r,
    const keyauth_field_t *field, double *value, char *reason);

/* x units in ms, to the ns where it is another unit */
double keyauth_reader_ms(double x, double unit);

/* a column that nothing is known of, for keyauth_reader_all_known() */
void keyauth_reader_unknown(keyauth_reader_t *r, unsigned column,
    const keyauth_field_t *field);

/* 0, or what keyauth_reader_fail() returned: there are unknown columns */
int keyauth_reader_all_known(keyauth_reader_t *r,
    const keyauth_record_t *first);

/* 1: --ignore names the column, whatever it is */
int keyauth_reader_is_named(const keyauth_reader_t *r, const char *name);

/* 1: the column is to be ignored, by --ignore or as a known extra */
int keyauth_reader_ignores(const keyauth_reader_t *r, const char *name);


#endif /* KEYAUTH_READER_H_INCLUDED */
