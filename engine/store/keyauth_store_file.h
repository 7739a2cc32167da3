/*
 * The file of a store, record for record; docs/store-format.md is its manual.
 * For the store's own parts.
 *
 * Keys of the one tree, D(name) being a keyed digest of 16 bytes:
 *
 *     'h' D(phrase) D(user) day    a template as it was, day: 4 bytes,
 *                                  big-endian
 *     'm'                          the head
 *     't' D(phrase) D(user)        a template
 *     'u' D(user) D(phrase)        nothing: the phrases of a person
 *
 * Values of 'h' and 't' are sealed (keyauth_store_key.h), bound to their key;
 * inside is the record's head, user, phrase and template.
 */


#ifndef KEYAUTH_STORE_FILE_H_INCLUDED
#define KEYAUTH_STORE_FILE_H_INCLUDED


#include <limits.h>
#include <lmdb.h>
#include <string.h>

#include "keyauth_store.h"


#define KEYAUTH_STORE_MAGIC     "KEYAUTHS"
#define KEYAUTH_STORE_FILE      "templates"

#define KEYAUTH_STORE_KEY_HISTORY   'h'
#define KEYAUTH_STORE_KEY_HEAD      'm'
#define KEYAUTH_STORE_KEY_TEMPLATE  't'
#define KEYAUTH_STORE_KEY_USER      'u'

#define KEYAUTH_STORE_NAMES     (1 + 2 * KEYAUTH_STORE_DIGEST)
#define KEYAUTH_STORE_DATED     (KEYAUTH_STORE_NAMES + 4)

/* the file may grow by this much more where somebody is to be forgotten */
#define KEYAUTH_STORE_SPARE     ((size_t) 4 << 20)

#define KEYAUTH_STORE_FORMAT    1       /* of what is sealed */
#define KEYAUTH_STORE_PLAIN     12      /* bytes before the names */
#define KEYAUTH_STORE_PLAIN_MAX                                               \
    (KEYAUTH_STORE_PLAIN + KEYAUTH_LABEL_MAX + KEYAUTH_PHRASE_MAX             \
     + KEYAUTH_STORE_TEMPLATE_MAX)
#define KEYAUTH_STORE_SEALED_MAX  (KEYAUTH_STORE_PLAIN_MAX + KEYAUTH_SEAL_MORE)


/* the head, in the order of its bytes, numbers little-endian */
#define KEYAUTH_STORE_HEAD      80

typedef struct {
    uint32_t  version;
    uint32_t  retired;                  /* another file has taken its place */
    uint32_t  erased;                   /* generation in which somebody was */
    uint64_t  created;
    uint64_t  templates;
    uint8_t   id[16];
    uint8_t   check[16];                /* of the key */
} keyauth_store_head_t;


/* what one thread needs to open or seal a record */
typedef struct {
    keyauth_sealer_t   sealer;
    uint8_t            plain[KEYAUTH_STORE_PLAIN_MAX];
} keyauth_store_side_t;


struct keyauth_store_s {
    MDB_env               *env;
    MDB_dbi                dbi;
    MDB_txn               *txn;         /* of the reader, kept */
    uint32_t               generation;
    int                    folder;      /* its descriptor */
    unsigned               flags;
    unsigned               readonly;    /* asked for, or all that is possible */
    size_t                 map;         /* as given */
    size_t                 limit;       /* bytes: beyond, nothing is added */
    keyauth_store_key_t    key;
    keyauth_store_side_t   reader;
    keyauth_store_side_t   writer;

    /* a template as it is sealed and edited: the writer's */
    uint8_t                bytes[KEYAUTH_STORE_TEMPLATE_MAX];
    uint8_t                sealed[KEYAUTH_STORE_SEALED_MAX];
    char                   path[PATH_MAX];
};


/* templates.N of the folder, or its relatives */
#define KEYAUTH_STORE_NAME_MAX  48

void keyauth_store_filename(char name[KEYAUTH_STORE_NAME_MAX],
    uint32_t generation, const char *suffix);

/* the file of a generation is there */
int keyauth_store_exists(keyauth_store_t *s, uint32_t generation);

/* removes the files of a generation, and what compaction left of the next */
void keyauth_store_remove(int folder, uint32_t generation);


/* an error of LMDB */
keyauth_store_e keyauth_store_error(int rc);

/* the head's bytes; -1: they are none */
void keyauth_store_head_write(const keyauth_store_head_t *head,
    uint8_t bytes[KEYAUTH_STORE_HEAD]);
int keyauth_store_head_read(keyauth_store_head_t *head, const uint8_t *bytes,
    size_t size);

/* reads and writes it in a transaction; an error of LMDB */
int keyauth_store_head_get(MDB_txn *txn, MDB_dbi dbi,
    keyauth_store_head_t *head);
int keyauth_store_head_put(MDB_txn *txn, MDB_dbi dbi,
    const keyauth_store_head_t *head);


/* the key of a template, and from it that of its user */
void keyauth_store_key_template(const keyauth_sealer_t *sealer,
    const keyauth_store_name_t *name, uint8_t key[KEYAUTH_STORE_NAMES]);
void keyauth_store_key_swap(char kind, const uint8_t key[KEYAUTH_STORE_NAMES],
    uint8_t swapped[KEYAUTH_STORE_NAMES]);

/* a record as it is sealed; returns its length */
size_t keyauth_store_plain_write(const keyauth_store_record_t *record,
    uint8_t plain[KEYAUTH_STORE_PLAIN_MAX]);

/* any bytes may be read: -1 where they are no record, which points to them */
int keyauth_store_plain_read(keyauth_store_record_t *record,
    const uint8_t *plain, size_t len);

/* opens a value of LMDB into the side's memory; -1: it is damaged */
int keyauth_store_unseal(keyauth_store_side_t *side, const MDB_val *key,
    const MDB_val *value, keyauth_store_record_t *record);


static inline void
keyauth_put32(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t) n;
    p[1] = (uint8_t) (n >> 8);
    p[2] = (uint8_t) (n >> 16);
    p[3] = (uint8_t) (n >> 24);
}


static inline uint32_t
keyauth_get32(const uint8_t *p)
{
    return p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}


#endif /* KEYAUTH_STORE_FILE_H_INCLUDED */
