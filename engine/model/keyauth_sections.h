/*
 * The sections of a model file, checked and made into views of the models.
 * For the reader of model files.
 */


#ifndef KEYAUTH_SECTIONS_H_INCLUDED
#define KEYAUTH_SECTIONS_H_INCLUDED


#include "keyauth_model.h"


/* a file that is being read; the first error is kept */
typedef struct {
    const keyauth_file_section_t  *table;
    const uint8_t                 *data;
    uint32_t                       sections;
    uint32_t                       found;
    unsigned                       bad:1;
    char                          *err;
} keyauth_sections_t;


/* m->data and m->size are set and the digest is verified */
int keyauth_sections_read(keyauth_model_t *m, char *err);

/* the models' part of it */
int keyauth_sections_models(keyauth_model_t *m, keyauth_sections_t *s);

/* LIVE's part, where it is in the file */
int keyauth_sections_live(keyauth_model_t *m, keyauth_sections_t *s);

/* n >= 2 operating points in their order, over the whole range of FAR */
int keyauth_sections_check_points(const keyauth_point_t *p, size_t n);

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


#endif /* KEYAUTH_SECTIONS_H_INCLUDED */
