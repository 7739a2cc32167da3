/*
 * A model file, read and verified.
 *
 * Opening checks everything once: size, version, SHA-256, signature, then
 * every offset, count and index, so that the kernels check nothing.  What is
 * opened is read-only and may be shared by any number of engines and, across
 * fork(), of processes.  keyauth_model_open.c reads a file,
 * keyauth_model_read.c its bytes.
 */


#ifndef KEYAUTH_MODEL_H_INCLUDED
#define KEYAUTH_MODEL_H_INCLUDED


#include <time.h>

#include "keyauth_kernel_table.h"
#include "keyauth_kinds.h"
#include "keyauth_live.h"
#include "keyauth_signature.h"


#define KEYAUTH_CREATED_MAX  sizeof("2026-11-22T19:07:34Z")


typedef struct {
    const uint8_t          *data;       /* the whole file */
    size_t                  size;
    unsigned                mapped:1;   /* keyauth_model_close() unmaps it */

    char                    id[17];     /* first 16 hex digits of the digest */
    time_t                  created;
    uint32_t                keys;
    uint32_t                classes;
    uint32_t                models;     /* bit 1 << keyauth_model_e: is in */
    const uint32_t         *label_offset;
    const char             *label_text;
    uint32_t                label_max;  /* bytes of the longest label */
    const char             *card;       /* JSON, not NUL-terminated */
    size_t                  card_size;

    uint32_t                golden_rows;
    uint32_t                golden_kinds;
    const double           *golden;     /* rows of press[keys], release[keys] */
    const uint32_t         *golden_label;   /* rows of [golden_kinds] */

    void                   *view[KEYAUTH_MODELS];   /* NULL: is not in */
    const keyauth_point_t  *verify;     /* [KEYAUTH_ATTEMPTS_MAX][points] */
    const keyauth_point_t  *unknown;    /* [points] */
    uint32_t                points;     /* 0: there are none */
    keyauth_live_t          live;       /* head.people 0: there is none */
} keyauth_model_t;


/*
 * Reads the file at path and verifies it.  trusted, if not NULL, is the
 * public key (KEYAUTH_KEY_SIZE bytes) the file must be signed with.
 */
int keyauth_model_open(keyauth_model_t *m, const char *path,
    const uint8_t *trusted, char *err);

/*
 * The same on bytes that the caller keeps, aligned to 64.  After 0 the model is
 * to be closed, as one that was opened is.
 */
int keyauth_model_read(keyauth_model_t *m, const void *data, size_t size,
    const uint8_t *trusted, char *err);

void keyauth_model_close(keyauth_model_t *m);

/* the instructions that all kernels use; those of a model are the best */
void keyauth_model_use(keyauth_model_t *m, const keyauth_kernels_t *kernels);

/* when the file was made: "2026-11-22T19:07:34Z" */
void keyauth_model_created(const keyauth_model_t *m,
    char created[KEYAUTH_CREATED_MAX]);

/* the spelling of a class's UserID; not NUL-terminated */
const char *keyauth_model_label(const keyauth_model_t *m, uint32_t class,
    size_t *len);


#endif /* KEYAUTH_MODEL_H_INCLUDED */
