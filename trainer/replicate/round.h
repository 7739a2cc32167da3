/*
 * What replication has in hand: the connections, the store, and what of a round
 * is to be fetched and written.
 */


#ifndef KEYAUTH_ROUND_H_INCLUDED
#define KEYAUTH_ROUND_H_INCLUDED


#include "redis_nodes.h"
#include "util.h"


#define KEYAUTH_BATCH             4096  /* changes sent in a round */
#define KEYAUTH_ROUND_PEOPLE      8192  /* compared in a round, at first */
#define KEYAUTH_ROUND_PEOPLE_FEW  1024  /* and while the host serves */
#define KEYAUTH_BLOCK             5000  /* ms that a stream is waited for */


typedef struct {
    const char           *folder;
    const char           *prefix;
    keyauth_store_key_t   key;
    keyauth_redis_t       redis;
    uint64_t              length;       /* of all streams */
    size_t                map;
    unsigned              once:1;       /* until all is sent and applied */
    unsigned              quiet:1;
} keyauth_replicate_options_t;


/* people, whose state is to be fetched */
typedef struct {
    uint8_t              (*user)[KEYAUTH_STORE_DIGEST];
    size_t                 n;
    size_t                 room;
} keyauth_round_people_t;


/*
 * All that there is, compared once: names of the store first, where the engine
 * may lack something, and then those of the engine, node by node.
 */
typedef struct {
    unsigned                active:1;
    unsigned                empty:1;    /* the store was */
    unsigned                own:1;      /* its names are next */
    unsigned                scanned:1;  /* those of the node are known */
    unsigned                node;
    char                    cursor[24]; /* of SCAN */
    uint8_t                 after[KEYAUTH_STORE_ENTRY_MAX];
    size_t                  after_len;
    keyauth_round_people_t  names;      /* of the node, in order */
    size_t                  next;
} keyauth_reconcile_t;


typedef struct {
    const keyauth_replicate_options_t  *o;
    keyauth_store_t            *store;
    keyauth_nodes_t             nodes;
    keyauth_store_status_t      status;
    keyauth_reconcile_t         reconcile;
    keyauth_progress_t          progress;
    char                        host[2 * KEYAUTH_STORE_HOST + 1];
    unsigned                    unsure;     /* until reconciled */
    unsigned                    more;       /* there is more to do at once */

    keyauth_round_people_t      people;     /* to be fetched */
    keyauth_round_people_t      doubtful;   /* of which a change was refused */
    uint8_t                     place[KEYAUTH_STORE_SHARDS]
                                     [KEYAUTH_STORE_STREAM_ID];

    keyauth_store_update_t     *updates;
    size_t                      n;
    size_t                      room;
    redisReply                **replies;    /* that updates point into */
    size_t                      nreplies;
    size_t                      replies_room;

    keyauth_store_change_t     *changes;
    uint8_t                    *bytes;
    uint8_t                     after[KEYAUTH_STORE_ENTRY_MAX];
    size_t                      after_len;
    uint64_t                    last;       /* entry, when this pass began */
    uint64_t                    passed;     /* up to it all was sent, or was
                                               refused: it waits */
    uint64_t                    refused;    /* in this pass */
    double                      again;      /* when that is sent again */

    char                        err[KEYAUTH_ERROR_MAX];
} keyauth_replicator_t;


/* a person is to be fetched */
void keyauth_round_people_add(keyauth_round_people_t *people,
    const uint8_t *user);

/* an update of this round, to be filled */
keyauth_store_update_t *keyauth_round_update(keyauth_replicator_t *r);

/* a reply that stays until the round's updates are written */
void keyauth_round_keep(keyauth_replicator_t *r, redisReply *reply);

/* forgets the round's updates, and what was to be fetched */
void keyauth_round_clear(keyauth_replicator_t *r);

/* 1: an error of one person's keys; 0: of the engine, or no error */
int keyauth_round_refused(const redisReply *reply);

/* where the store fails; -1 */
int keyauth_round_store(keyauth_replicator_t *r, keyauth_store_e e);

/* sends all commands that wait to all nodes; -1: err */
int keyauth_round_flush(keyauth_replicator_t *r);

/* the store was replaced meanwhile: opens it; -1: err */
int keyauth_round_reopen(keyauth_replicator_t *r);


#endif /* KEYAUTH_ROUND_H_INCLUDED */
