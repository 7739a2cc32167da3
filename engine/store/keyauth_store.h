/*
 * The store of templates: who enrolled, and how they type.
 *
 * docs/store-format.md is the manual of its files.  One LMDB environment, which
 * every process opens for itself, after fork(); readers neither lock nor wait,
 * writers wait for each other.
 *
 * Of one store, a thread may read while another writes (keyauth_store_apply(),
 * keyauth_store_compact()); two may not do the same at a time.  What returns
 * KEYAUTH_STORE_MOVED has done nothing: the file has been replaced by a
 * compacted one, or its map has grown, and keyauth_store_reopen() is due, when
 * nobody writes.
 */


#ifndef KEYAUTH_STORE_H_INCLUDED
#define KEYAUTH_STORE_H_INCLUDED


#include "keyauth_store_key.h"


#define KEYAUTH_STORE_VERSION       1
#define KEYAUTH_STORE_TEMPLATE_MAX  8192    /* bytes of a template */
#define KEYAUTH_STORE_VERSIONS      8       /* earlier days that are kept */
#define KEYAUTH_STORE_MAP_MIN       ((size_t) 1 << 20)
#define KEYAUTH_STORE_MAP_MAX       ((size_t) 1 << 40)
#define KEYAUTH_STORE_MAP           ((size_t) 1 << 30)  /* by default */


typedef enum {
    KEYAUTH_STORE_OK = 0,
    KEYAUTH_STORE_NONE,                 /* there is no such template */
    KEYAUTH_STORE_DAMAGED,
    KEYAUTH_STORE_FULL,                 /* the map is: map_size */
    KEYAUTH_STORE_DISK,                 /* the disk is, or it fails */
    KEYAUTH_STORE_READONLY,
    KEYAUTH_STORE_MOVED,                /* keyauth_store_reopen(), again */
    KEYAUTH_STORE_CUT,                  /* the file, while it was open */
    KEYAUTH_STORE_FAILED
} keyauth_store_e;


typedef struct keyauth_store_s  keyauth_store_t;


/*
 * The order of what becomes of a template, where others follow the store
 * (keyauth_store_replica.h): the engine's times in microseconds, or 0.
 */
typedef struct {
    uint64_t  version;                  /* of the template; 0: never sent */
    uint64_t  floor;                    /* of what replaced all before */
} keyauth_store_version_t;


/* whose template, and of which string ("": the model's own) */
typedef struct {
    const char  *phrase;
    const char  *user;
    size_t       phrase_len;            /* to KEYAUTH_PHRASE_MAX */
    size_t       user_len;              /* to KEYAUTH_LABEL_MAX */
} keyauth_store_name_t;


/* of two strings; points to them */
void keyauth_store_name(keyauth_store_name_t *name, const char *user,
    const char *phrase);


/* days are those since 1970-01-01, UTC */
typedef struct {
    keyauth_store_name_t  name;
    uint32_t              created;
    uint32_t              changed;
    const uint8_t        *bytes;        /* the template */
    size_t                size;

    /* of keyauth_store_each() alone */
    uint64_t                 epoch;     /* when the person was forgotten */
    keyauth_store_version_t  version;
} keyauth_store_record_t;


typedef struct {
    uint64_t  templates;
    uint64_t  size;                     /* of the file, bytes */
    uint64_t  used;                     /* of it, free pages included */
    uint64_t  map;                      /* that it may become */
    uint64_t  created;                  /* seconds since 1970 */
    uint32_t  generation;               /* compactions, and 1 */
    uint32_t  erased;                   /* somebody was, since the last one */
    uint32_t  readers;                  /* slots taken */
    uint8_t   id[16];
} keyauth_store_info_t;


#define KEYAUTH_STORE_CREATE    0x01    /* where there is none */
#define KEYAUTH_STORE_READ      0x02    /* never write */


/*
 * Opens the store of a folder.  map is the size in bytes that its file may
 * reach; 0: what the file itself says.  NULL: err says why.
 */
keyauth_store_t *keyauth_store_open(const char *folder,
    const keyauth_store_key_t *key, size_t map, unsigned flags, char *err);

void keyauth_store_close(keyauth_store_t *s);

/* once more; -1: err says why, and the store can only be closed or reopened */
int keyauth_store_reopen(keyauth_store_t *s, char *err);

/* makes the folder, and gives it and what is in it to a user; root alone can */
int keyauth_store_give(const char *folder, unsigned user, unsigned group,
    char *err);

/* 1 where another file has taken this one's place, or it is gone */
int keyauth_store_moved(keyauth_store_t *s);

/* clears the slots of readers that were killed */
void keyauth_store_clear(keyauth_store_t *s);

keyauth_store_e keyauth_store_info(keyauth_store_t *s,
    keyauth_store_info_t *info);

/* what was wrong in words, with what to do about it */
const char *keyauth_store_strerror(keyauth_store_e e);


/* a template; the record is good until the next call that reads */
keyauth_store_e keyauth_store_get(keyauth_store_t *s,
    const keyauth_store_name_t *name, keyauth_store_record_t *record);

/* not 0: stop; the record is good until it returns; NULL: a damaged one */
typedef int (*keyauth_store_each_pt)(void *data,
    const keyauth_store_record_t *record);

/*
 * Those of one phrase, or of all (NULL), in the order of their digests, as
 * they were at one moment.  KEYAUTH_STORE_DAMAGED where one was.
 */
keyauth_store_e keyauth_store_each(keyauth_store_t *s, const char *phrase,
    size_t len, keyauth_store_each_pt each, void *data);

/* the phrases of a person, in the order of their digests */
keyauth_store_e keyauth_store_phrases(keyauth_store_t *s, const char *user,
    size_t len, keyauth_store_each_pt each, void *data);

/* a state of the store; of no store at first, all 0 */
typedef struct {
    uint64_t  transaction;
    uint32_t  generation;
} keyauth_store_state_t;

#define KEYAUTH_STORE_OPEN  2

/*
 * known: of somebody, by the digest of their name, and a number that changes
 * with their template; 0: go on, KEYAUTH_STORE_OPEN: with each(), else stop
 */
typedef struct {
    int                   (*known)(void *data,
                                   const uint8_t user[KEYAUTH_STORE_DIGEST],
                                   uint64_t stamp);
    keyauth_store_each_pt   each;
    void                   *data;
} keyauth_store_scanner_t;

/*
 * Those of a phrase in the order of their digests, as they are at one moment,
 * which state is set to.  KEYAUTH_STORE_NONE: nothing has changed since,
 * and "each" is not called.
 */
keyauth_store_e keyauth_store_scan(keyauth_store_t *s, const char *phrase,
    size_t len, keyauth_store_state_t *state,
    const keyauth_store_scanner_t *scanner);

/* a template by a digest of keyauth_store_scan(); as keyauth_store_get() */
keyauth_store_e keyauth_store_get_user(keyauth_store_t *s, const char *phrase,
    size_t len, const uint8_t user[KEYAUTH_STORE_DIGEST],
    keyauth_store_record_t *record);

/* counts of what keyauth_store_verify() finds */
typedef struct {
    uint64_t  templates;
    uint64_t  versions;                 /* of earlier days */
    uint64_t  damaged;                  /* that cannot be opened */
    uint64_t  stray;                    /* without their counterpart */
} keyauth_store_check_t;

/*
 * Called with each template, whose digests are those of its phrase and person;
 * record is NULL where it cannot be opened.  Not 0: it is damaged.
 */
typedef int (*keyauth_store_check_pt)(void *data,
    const uint8_t digests[2 * KEYAUTH_STORE_DIGEST],
    const keyauth_store_record_t *record);

/*
 * Reads all there is; KEYAUTH_STORE_DAMAGED unless all of it is good.  What is
 * in a template, each() alone knows; it may be NULL.
 */
keyauth_store_e keyauth_store_verify(keyauth_store_t *s,
    keyauth_store_check_t *check, keyauth_store_check_pt each, void *data);


typedef enum {
    KEYAUTH_STORE_EDIT = 0,             /* changes a template, or makes it */
    KEYAUTH_STORE_FORGET,               /* a phrase of a person */
    KEYAUTH_STORE_FORGET_ALL,           /* all phrases of a person */
    KEYAUTH_STORE_ROLLBACK              /* to what it was on a day's end */
} keyauth_store_op_e;


/*
 * What becomes of a template, old being what is there, or NULL; it has no bytes
 * where it cannot be opened: bytes of the new one in
 * bytes[KEYAUTH_STORE_TEMPLATE_MAX]; 0: it stays.  It may be called more than
 * once.
 */
typedef size_t (*keyauth_store_edit_pt)(void *data,
    const keyauth_store_record_t *old, uint8_t *bytes);


typedef struct {
    keyauth_store_op_e     op;
    keyauth_store_name_t   name;        /* FORGET_ALL: user alone */
    uint32_t               day;         /* of the change; or back to */
    keyauth_store_edit_pt  edit;
    void                  *data;

    /* of a template that others have, too, as they have it; or 0 */
    uint64_t                 epoch;
    keyauth_store_version_t  version;

    keyauth_store_e        rc;          /* filled */
} keyauth_store_command_t;


/*
 * Runs commands in one transaction, which is on disk when this returns.
 * MOVED: none has run, they are to be given once more; else each has its rc.
 */
keyauth_store_e keyauth_store_apply(keyauth_store_t *s,
    keyauth_store_command_t **commands, size_t n);

/*
 * Writes the store anew without what was erased, into a file that takes the
 * place of this one.  Writers wait meanwhile, readers do not.  only: where
 * somebody was erased since the last time, else OK.  MOVED: it is done.
 */
keyauth_store_e keyauth_store_compact(keyauth_store_t *s, int only);


#endif /* KEYAUTH_STORE_H_INCLUDED */
