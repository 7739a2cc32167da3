/*
 * Writing model files: engine/file/keyauth_file.h says what is in them.
 */


#ifndef KEYAUTH_MODEL_FILE_H_INCLUDED
#define KEYAUTH_MODEL_FILE_H_INCLUDED


#include "keyauth_file.h"


typedef struct {
    keyauth_file_section_t   table[KEYAUTH_FILE_SECTIONS_MAX];
    void                    *data[KEYAUTH_FILE_SECTIONS_MAX];
    uint32_t                 sections;
    uint64_t                 created;   /* seconds since 1970; 0 at first */
} keyauth_writer_t;


/* a finished file in memory, aligned to KEYAUTH_FILE_ALIGN */
typedef struct {
    uint8_t                 *data;
    size_t                   size;
} keyauth_image_t;


void keyauth_writer_init(keyauth_writer_t *w);

void keyauth_writer_free(keyauth_writer_t *w);

/*
 * Adds a section, or replaces the one of that name.  _add() copies data;
 * _take() keeps it, to be freed by keyauth_writer_free(), even on failure.
 * Names are up to 15 bytes.  -1: no memory, or too many sections.
 */
int keyauth_writer_add(keyauth_writer_t *w, const char *name,
    const void *data, size_t size);
int keyauth_writer_take(keyauth_writer_t *w, const char *name,
    void *data, size_t size);

/* lays the file out, with its digest; unsigned */
int keyauth_writer_image(const keyauth_writer_t *w, keyauth_image_t *image,
    char *err);

void keyauth_image_free(keyauth_image_t *image);

/* signs an image by the Ed25519 private key in the PEM file at path */
int keyauth_image_sign(keyauth_image_t *image, const char *path, char *err);

/*
 * Writes size bytes to path so that the file is always whole: to a temporary
 * name in the same directory, synced, renamed.  The mode and, where it may
 * be, the owner of an old file stay; a new one is 0644.  On failure the old
 * file is as it was and the temporary one is gone.
 */
int keyauth_file_save(const char *path, const void *data, size_t size,
    char *err);


#endif /* KEYAUTH_MODEL_FILE_H_INCLUDED */
