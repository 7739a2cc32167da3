/*
 * The sections of a model file, checked and made into views of the models.
 */


#ifndef KEYAUTH_SECTIONS_H_INCLUDED
#define KEYAUTH_SECTIONS_H_INCLUDED


#include "keyauth_model.h"


/* m->data and m->size are set and the digest is verified */
int keyauth_sections_read(keyauth_model_t *m, char *err);


#endif /* KEYAUTH_SECTIONS_H_INCLUDED */
