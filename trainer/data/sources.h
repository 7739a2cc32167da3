/*
 * The files that a data set is read from, and who is left out of it.
 */


#ifndef KEYAUTH_SOURCES_H_INCLUDED
#define KEYAUTH_SOURCES_H_INCLUDED


#include "reading.h"
#include "timings.h"


#define KEYAUTH_SOURCES_MAX  64


/* rows of later files follow those of earlier ones */
typedef struct {
    const char  *path[KEYAUTH_SOURCES_MAX];
    uint32_t     paths;
    const char  *forget[KEYAUTH_SOURCES_MAX];   /* users */
    uint32_t     forgets;
    keyauth_reading_t  reading;
} keyauth_sources_t;


/*
 * All rows of all files but those of users to forget.  The digest of more
 * than one file is the SHA-256 of theirs, one after the other.
 */
int keyauth_sources_read(keyauth_timings_t *t, const keyauth_sources_t *s,
    char *err);


#endif /* KEYAUTH_SOURCES_H_INCLUDED */
