/*
 * A store that others follow: what waits to be sent, and what comes from them.
 *
 * Once replication is on, each write of the store leaves in its transaction
 * what has to be sent: for each template one entry, however often it changes,
 * and one for a person who was forgotten.  The others' writes come back as
 * updates.  docs/replication.md says in which order they count, and why.
 *
 * Names are keyed digests here, templates are sealed: who carries them needs
 * no key.  A reader's calls and a writer's are separate, as in
 * keyauth_store.h.
 */


#ifndef KEYAUTH_STORE_REPLICA_H_INCLUDED
#define KEYAUTH_STORE_REPLICA_H_INCLUDED


#include "keyauth_store.h"


#define KEYAUTH_STORE_SHARDS     32     /* streams, by the person's digest */
#define KEYAUTH_STORE_STREAM_ID  16     /* bytes of a place in a stream */
#define KEYAUTH_STORE_HOST       8
#define KEYAUTH_STORE_ENTRY_MAX  (1 + 2 * KEYAUTH_STORE_DIGEST)

/* what became of a template since it was last sent; bits */
#define KEYAUTH_STORE_SEND_FORGET   0x01    /* it was forgotten, first */
#define KEYAUTH_STORE_SEND_WRITE    0x02    /* there is another one */
#define KEYAUTH_STORE_SEND_REPLACE  0x04    /* which replaces any other */
#define KEYAUTH_STORE_SEND_PERSON   0x08    /* all of a person was forgotten */
#define KEYAUTH_STORE_SEND_RESTORE  0x10    /* the engine has lost it */


/* how far replication is; the one who replicates writes it, others read */
typedef struct {
    uint8_t   host[KEYAUTH_STORE_HOST]; /* this one, drawn at random */
    uint64_t  waiting;                  /* entries that wait to be sent */
    uint64_t  sequence;                 /* number of the last of them, ever */
    uint64_t  seen;                     /* written, in ms since 1970 */
    uint64_t  current;                  /* when all was sent and applied, ms */
    uint64_t  applied;                  /* updates of others, ever */
    uint64_t  sent;
    uint64_t  conflicts;                /* of them, with what was not sent */
    uint64_t  damaged;                  /* that could not be opened */
    uint64_t  refused;                  /* entries that the engine refuses */
    uint64_t  done;                     /* of what has to be read first */
    uint64_t  total;
    uint32_t  connected;                /* 1 */
    uint32_t  ready;                    /* 1: it has caught up */
    uint8_t   engine[16];               /* which one it was, when it had */
    uint8_t   place[KEYAUTH_STORE_SHARDS][KEYAUTH_STORE_STREAM_ID];
} keyauth_store_status_t;


/* something that waits to be sent */
typedef struct {
    uint8_t                  user[KEYAUTH_STORE_DIGEST];
    uint8_t                  phrase[KEYAUTH_STORE_DIGEST];
    unsigned                 send;      /* bits */
    uint64_t                 sequence;
    uint64_t                 mark;      /* of what replaced, see update */
    uint64_t                 epoch;     /* when the person was forgotten */
    keyauth_store_version_t  base;      /* that it was made from */
    const uint8_t           *bytes;     /* sealed */
    size_t                   size;
} keyauth_store_change_t;


typedef enum {
    KEYAUTH_STORE_NOTHING = 0,          /* it was known */
    KEYAUTH_STORE_APPLIED,
    KEYAUTH_STORE_MERGED,               /* with what was not sent yet */
    KEYAUTH_STORE_LOST,                 /* that, which had not seen it */
    KEYAUTH_STORE_BROKEN,               /* it cannot be opened */
    KEYAUTH_STORE_NO_ROOM
} keyauth_store_outcome_e;


typedef enum {
    KEYAUTH_STORE_PERSON = 0,           /* epoch */
    KEYAUTH_STORE_TEMPLATE,             /* epoch, version, bytes or none */
    KEYAUTH_STORE_SENT                  /* a change has its version */
} keyauth_store_update_e;


typedef struct {
    keyauth_store_update_e   kind;
    uint8_t                  user[KEYAUTH_STORE_DIGEST];
    uint8_t                  phrase[KEYAUTH_STORE_DIGEST];
    unsigned                 send;      /* of SENT */
    uint64_t                 sequence;
    uint64_t                 epoch;
    keyauth_store_version_t  version;
    const uint8_t           *bytes;     /* NULL: forgotten */
    size_t                   size;
    unsigned                 unsure;    /* the engine may have lost some */
    uint64_t                 mark;      /* whose the floor is; 0: another's */

    keyauth_store_outcome_e  outcome;   /* filled */
} keyauth_store_update_t;


/*
 * Two templates that came from one: the bytes of what has all of both, in
 * bytes[KEYAUTH_STORE_TEMPLATE_MAX]; 0: theirs.
 */
typedef size_t (*keyauth_store_merge_pt)(const keyauth_store_record_t *own,
    const keyauth_store_record_t *theirs, uint8_t *bytes);


/* turns replication on: all that is there waits to be sent */
keyauth_store_e keyauth_store_replicate(keyauth_store_t *s);

/* NONE: replication is off */
keyauth_store_e keyauth_store_status(keyauth_store_t *s,
    keyauth_store_status_t *status);

/*
 * What waits behind the entry `after`, which is that of the last one then
 * (after_len 0: from the first on), without those numbered up to `since`; *n:
 * in how many there is room, and how many there are.  Templates are copied to
 * room[]; one that no longer fits is the next call's.  FAILED: not even the
 * first fits.
 */
keyauth_store_e keyauth_store_waiting(keyauth_store_t *s,
    uint8_t after[KEYAUTH_STORE_ENTRY_MAX], size_t *after_len, uint64_t since,
    keyauth_store_change_t *changes, size_t *n, uint8_t *room, size_t size);

/*
 * What is known of a person, and of a phrase of theirs (or NULL).  NONE:
 * nothing is known of the phrase.
 */
keyauth_store_e keyauth_store_known(keyauth_store_t *s,
    const uint8_t user[KEYAUTH_STORE_DIGEST], const uint8_t *phrase,
    uint64_t *epoch, keyauth_store_version_t *version);

/*
 * Names behind the name `after`, of which a version is known: sets user,
 * phrase, epoch, base and send (RESTORE and FORGET, WRITE or PERSON) of up to
 * *n changes.
 */
keyauth_store_e keyauth_store_names(keyauth_store_t *s,
    uint8_t after[KEYAUTH_STORE_ENTRY_MAX], size_t *after_len,
    keyauth_store_change_t *changes, size_t *n);

/*
 * Runs updates in one transaction, and writes the status down with them (not
 * its `host`, `waiting` and `sequence`).  FULL: all is done but what had
 * NO_ROOM, and the status.
 */
keyauth_store_e keyauth_store_update(keyauth_store_t *s,
    keyauth_store_update_t *updates, size_t n, keyauth_store_merge_pt merge,
    const keyauth_store_status_t *status);

/* these wait to be sent (again): the engine has lost them */
keyauth_store_e keyauth_store_resend(keyauth_store_t *s,
    const keyauth_store_change_t *changes, size_t n);

/* the digests of a name */
void keyauth_store_digests(keyauth_store_t *s,
    const keyauth_store_name_t *name, uint8_t user[KEYAUTH_STORE_DIGEST],
    uint8_t phrase[KEYAUTH_STORE_DIGEST]);


#endif /* KEYAUTH_STORE_REPLICA_H_INCLUDED */
