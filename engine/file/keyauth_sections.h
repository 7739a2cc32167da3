/*
 * The sections of a model file, found by their names.  For the readers of
 * models.
 */


#ifndef KEYAUTH_SECTIONS_H_INCLUDED
#define KEYAUTH_SECTIONS_H_INCLUDED


#include "keyauth_file.h"


/* a file that is being read; the first error is kept */
typedef struct {
    const keyauth_file_section_t  *table;
    const uint8_t                 *data;
    uint32_t                       sections;
    uint32_t                       found;
    uint32_t                       keys;        /* of the schema */
    uint32_t                       classes;
    unsigned                       bad:1;
    char                          *err;
} keyauth_sections_t;


/*
 * data: a whole file of size bytes, its header verified.  -1: the table is
 * bad.
 */
int keyauth_sections_init(keyauth_sections_t *s, const uint8_t *data,
    size_t size, char *err);

int keyauth_sections_has(const keyauth_sections_t *s, const char *name);

/*
 * The section of that name; where it is missing or no multiple of unit, s->bad
 * is set, and what is returned may not be read.
 */
const void *keyauth_sections_bytes(keyauth_sections_t *s, const char *name,
    size_t unit, size_t *count);

/* the same where the count is known: another is an error */
const void *keyauth_sections_array(keyauth_sections_t *s, const char *name,
    size_t unit, size_t count);

/* copies a section that is one struct */
void keyauth_sections_head(keyauth_sections_t *s, const char *name,
    void *head, size_t size);

/* sets s->bad and s->err, where no error was before */
void keyauth_sections_refuse(keyauth_sections_t *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* KEYAUTH_SECTIONS_H_INCLUDED */
