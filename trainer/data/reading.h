/*
 * How files of timings are to be read: what options say of it.
 */


#ifndef KEYAUTH_READING_H_INCLUDED
#define KEYAUTH_READING_H_INCLUDED


#include <stdint.h>


#define KEYAUTH_READING_IGNORE_MAX  64


/* all zeros: as the files themselves say */
typedef struct {
    const char  *layout;                /* a name, or NULL: recognised */
    const char  *string;                /* what logs of keys are read for */
    const char  *user;                  /* whose files without a user are */
    const char  *ignore[KEYAUTH_READING_IGNORE_MAX];    /* columns */
    uint32_t     ignores;
    double       unit;                  /* ms that one is; 0: the layout's */
    uint32_t     min_rows;              /* users with fewer are left out */
    unsigned     skip_bad:1;            /* rows that are wrong, too */
} keyauth_reading_t;


#endif /* KEYAUTH_READING_H_INCLUDED */
