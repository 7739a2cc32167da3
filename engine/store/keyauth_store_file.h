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
 *     'u' D(user) D(phrase)        the phrases of a person; its version, where
 *                                  others follow
 *
 * and where they do:
 *
 *     'o' D(user)                  a person waits to be forgotten there
 *     'o' D(user) D(phrase)        a template waits to be sent
 *     'r'                          how many of them
 *     's'                          how far replication is
 *     'v' D(user)                  how often a person was forgotten
 *     'v' D(user) D(phrase)        the version of a template that was
 *
 * Values of 'h' and 't' are sealed (keyauth_store_key.h), bound to their key;
 * inside is the record's head, user, phrase and template.
 */


#ifndef KEYAUTH_STORE_FILE_H_INCLUDED
#define KEYAUTH_STORE_FILE_H_INCLUDED


#include <limits.h>
#include <lmdb.h>
#include <string.h>

#include "keyauth_store_page.h"
#include "keyauth_store_replica.h"


#define KEYAUTH_STORE_MAGIC     "KEYAUTHS"
#define KEYAUTH_STORE_FILE      "templates"

#define KEYAUTH_STORE_KEY_HISTORY   'h'
#define KEYAUTH_STORE_KEY_HEAD      'm'
#define KEYAUTH_STORE_KEY_OUTBOX    'o'
#define KEYAUTH_STORE_KEY_REPLICA   'r'
#define KEYAUTH_STORE_KEY_STATUS    's'
#define KEYAUTH_STORE_KEY_TEMPLATE  't'
#define KEYAUTH_STORE_KEY_USER      'u'
#define KEYAUTH_STORE_KEY_VERSION   'v'

#define KEYAUTH_STORE_NAMES     (1 + 2 * KEYAUTH_STORE_DIGEST)
#define KEYAUTH_STORE_DATED     (KEYAUTH_STORE_NAMES + 4)
#define KEYAUTH_STORE_PERSON_KEY  (1 + KEYAUTH_STORE_DIGEST)

/*
 * Addresses that each process maps, of which the file uses what it needs: one
 * that has been given less than others, or whose writer waits, reads on where
 * they make the file larger.  LMDB's limit is no limit therefore: the store has
 * its own, and a file that has reached it may grow where somebody is forgotten.
 */
#define KEYAUTH_STORE_ADDRESSES  ((size_t) 16 << 30)
#define KEYAUTH_STORE_SPARE      ((size_t) 4 << 20)

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
    uint64_t  map;                      /* the largest that was given */
} keyauth_store_head_t;


/* what one thread needs to open or seal a record */
typedef struct {
    keyauth_sealer_t      sealer;
    keyauth_store_view_t  view;         /* of the transaction */
    uint8_t               plain[KEYAUTH_STORE_PLAIN_MAX];
} keyauth_store_side_t;


struct keyauth_store_s {
    MDB_env               *env;
    MDB_dbi                dbi;
    MDB_txn               *txn;         /* of the reader, kept */
    MDB_cursor            *cursor;      /* the same; NULL before its use */
    keyauth_store_pages_t  pages;
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


/* what waits to be sent */
typedef struct {
    uint64_t  sequence;                 /* of the last one */
    uint64_t  waiting;
    uint8_t   host[KEYAUTH_STORE_HOST];
} keyauth_store_outbox_t;


/* an entry of it */
typedef struct {
    uint64_t  sequence;
    uint64_t  mark;                     /* the one that replaced */
    unsigned  send;
} keyauth_store_entry_t;

#define KEYAUTH_STORE_ENTRY   20       /* its bytes */
#define KEYAUTH_STORE_OUTBOX  (16 + KEYAUTH_STORE_HOST)


/* one transaction of a writer */
typedef struct {
    keyauth_store_t        *s;
    MDB_txn                *txn;
    keyauth_store_head_t    head;
    keyauth_store_outbox_t  outbox;
    unsigned                full;       /* nothing may be added */
    unsigned                changed;
    unsigned                replicated;
} keyauth_store_writer_t;


/* begins; MOVED where this file is no longer the store */
keyauth_store_e keyauth_store_enter(keyauth_store_writer_t *w);

/* commits, or where e is not OK aborts; returns what became of it */
keyauth_store_e keyauth_store_leave(keyauth_store_writer_t *w,
    keyauth_store_e e);

/* values of the tree */
keyauth_store_e keyauth_store_put(keyauth_store_writer_t *w,
    const uint8_t *key, size_t len, const uint8_t *bytes, size_t size);

/* mdb_put() of an environment with pages of that size; an error of LMDB */
int keyauth_store_insert(MDB_txn *txn, MDB_dbi dbi, size_t page,
    MDB_val *key, const MDB_val *value, unsigned flags);

keyauth_store_e keyauth_store_delete(keyauth_store_writer_t *w,
    const uint8_t *key, size_t len);

keyauth_store_e keyauth_store_value(MDB_txn *txn, MDB_dbi dbi,
    const uint8_t *key, size_t len, MDB_val *value);

/* the first key behind another one */
keyauth_store_e keyauth_store_next(MDB_cursor *cursor, const uint8_t *after,
    size_t len, MDB_val *key, MDB_val *value);

/* the first or last key of a prefix, which has that size; -1: none */
int keyauth_store_find(keyauth_store_writer_t *w, const uint8_t *prefix,
    size_t len, int last, uint8_t *found, size_t size);

/* the record points into the writer's memory, until the next one */
keyauth_store_e keyauth_store_old(keyauth_store_writer_t *w,
    const uint8_t *key, size_t len, keyauth_store_record_t *record);
keyauth_store_e keyauth_store_seal(keyauth_store_writer_t *w,
    const uint8_t *key, size_t len, const keyauth_store_record_t *record);

/* a template that changes on another day than last time is kept as it was */
keyauth_store_e keyauth_store_keep(keyauth_store_writer_t *w,
    const uint8_t *key, uint32_t day, const keyauth_store_record_t *record);

/* a template goes, and its earlier days; a damaged one can, too */
keyauth_store_e keyauth_store_forget(keyauth_store_writer_t *w,
    const uint8_t *key);

/* all phrases of a person; NONE: there are none */
keyauth_store_e keyauth_store_forget_person(keyauth_store_writer_t *w,
    const uint8_t *user);

/* the day of a key of history */
uint32_t keyauth_store_day(const uint8_t *dated);


/* how much waits to be sent: from the tree, and back */
keyauth_store_e keyauth_store_outbox_get(keyauth_store_writer_t *w);
keyauth_store_e keyauth_store_outbox_put(keyauth_store_writer_t *w);

/*
 * Notes that a template has to be sent; e is what became of it, and what
 * becomes of this where that is not OK.  Nothing where replication is off.
 */
keyauth_store_e keyauth_store_note(keyauth_store_writer_t *w,
    const uint8_t *key, unsigned send, keyauth_store_e e);

/* a template is as others have it, and need not be sent */
keyauth_store_e keyauth_store_note_version(keyauth_store_writer_t *w,
    const uint8_t *key, const keyauth_store_command_t *c, keyauth_store_e e);

/* notes that a person has to be forgotten, whose phrases were */
keyauth_store_e keyauth_store_note_person(keyauth_store_writer_t *w,
    const uint8_t *user, keyauth_store_e e);

/* forgets a template, and keeps its version */
keyauth_store_e keyauth_store_note_forget(keyauth_store_writer_t *w,
    const uint8_t *key);

/* the phrase of a new template, with the version of the one that was */
keyauth_store_e keyauth_store_note_phrase(keyauth_store_writer_t *w,
    const uint8_t *key);

/* an entry of the outbox; put: beside what waits already */
keyauth_store_e keyauth_store_entry_put(keyauth_store_writer_t *w,
    const uint8_t *key, size_t len, unsigned send);
keyauth_store_e keyauth_store_entry_get(keyauth_store_writer_t *w,
    const uint8_t *key, size_t len, keyauth_store_entry_t *entry);
keyauth_store_e keyauth_store_entry_delete(keyauth_store_writer_t *w,
    const uint8_t *key, size_t len);

/* by a template's key; NONE: it has none, which is version 0 */
keyauth_store_e keyauth_store_version_get(MDB_txn *txn, MDB_dbi dbi,
    const uint8_t *key, keyauth_store_version_t *v);
keyauth_store_e keyauth_store_version_put(keyauth_store_writer_t *w,
    const uint8_t *key, const keyauth_store_version_t *v, int alive);

/* how often a person was forgotten */
keyauth_store_e keyauth_store_epoch_get(MDB_txn *txn, MDB_dbi dbi,
    const uint8_t *user, uint64_t *epoch);
keyauth_store_e keyauth_store_epoch_put(keyauth_store_writer_t *w,
    const uint8_t *user, uint64_t epoch);

/* drops versions and entries of a person's phrases */
keyauth_store_e keyauth_store_person_clear(keyauth_store_writer_t *w,
    const uint8_t *user);

/* a reader's transaction, MOVED where another file has taken its place */
keyauth_store_e keyauth_store_begin(keyauth_store_t *s);
void keyauth_store_end(keyauth_store_t *s);

/* a template by its key; as keyauth_store_get() */
keyauth_store_e keyauth_store_open_key(keyauth_store_t *s,
    uint8_t bytes[KEYAUTH_STORE_NAMES], keyauth_store_record_t *record);


/* templates.N of the folder, or its relatives */
#define KEYAUTH_STORE_NAME_MAX  48

void keyauth_store_filename(char name[KEYAUTH_STORE_NAME_MAX],
    uint32_t generation, const char *suffix);

/* makes the lock file of a generation, with room on the disk; an errno */
int keyauth_store_lock_file(const keyauth_store_t *s, uint32_t generation);

/* removes the files of a generation, and what compaction left of the next */
void keyauth_store_remove(int folder, uint32_t generation);


/*
 * Checks the pages that LMDB may touch while it reads or writes keys that begin
 * so: to be called before, with each key.  They are those that the last commit
 * has left: what a transaction has made of others, it has made of pages that
 * were checked.
 */
keyauth_store_e keyauth_store_touch(MDB_txn *txn, const void *key, size_t len);

/* an error of LMDB */
keyauth_store_e keyauth_store_error(int rc);

/* reads and writes the head in a transaction; an error of LMDB */
int keyauth_store_head_get(keyauth_store_view_t *view,
    keyauth_store_head_t *head);
int keyauth_store_head_put(MDB_txn *txn, MDB_dbi dbi,
    const keyauth_store_head_t *head);


/* the key of a template, and from it that of its user */
void keyauth_store_key_template(keyauth_sealer_t *sealer,
    const keyauth_store_name_t *name, uint8_t key[KEYAUTH_STORE_NAMES]);
void keyauth_store_key_swap(char kind, const uint8_t key[KEYAUTH_STORE_NAMES],
    uint8_t swapped[KEYAUTH_STORE_NAMES]);

/* a record as it is sealed; returns its length */
size_t keyauth_store_plain_write(const keyauth_store_record_t *record,
    uint8_t plain[KEYAUTH_STORE_PLAIN_MAX]);

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


static inline void
keyauth_put64(uint8_t *p, uint64_t n)
{
    keyauth_put32(p, (uint32_t) n);
    keyauth_put32(p + 4, (uint32_t) (n >> 32));
}


static inline uint32_t
keyauth_get32(const uint8_t *p)
{
    return p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}


static inline uint64_t
keyauth_get64(const uint8_t *p)
{
    return keyauth_get32(p) | (uint64_t) keyauth_get32(p + 4) << 32;
}


#endif /* KEYAUTH_STORE_FILE_H_INCLUDED */
