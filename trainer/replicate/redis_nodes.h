/*
 * The engine: one server, or the nodes of a cluster.
 *
 * People are in shards by their digest, each with a stream of its own.  A
 * shard's keys have its number in braces, so that a cluster keeps them on one
 * node (hash tags).
 */


#ifndef KEYAUTH_REDIS_NODES_H_INCLUDED
#define KEYAUTH_REDIS_NODES_H_INCLUDED


#include "keyauth_store_replica.h"
#include "redis_link.h"


#define KEYAUTH_NODES_MAX  KEYAUTH_STORE_SHARDS
#define KEYAUTH_RUN_ID     40
#define KEYAUTH_PREFIX     32           /* bytes of a prefix, at most */
#define KEYAUTH_NAME       (KEYAUTH_PREFIX + 64)


typedef struct {
    char             host[256];
    char             port[8];
    char             run_id[KEYAUTH_RUN_ID + 1];
    keyauth_link_t   link;
} keyauth_node_t;


/* waits for what is new in streams */
typedef struct {
    keyauth_link_t   link;
    unsigned         first;             /* shard */
    unsigned         shards;
    unsigned         asked;
    unsigned         caught;            /* nothing was left, last time */
    double           since;
} keyauth_tail_t;


typedef struct {
    const keyauth_redis_t  *redis;
    const char             *prefix;
    unsigned                cluster;
    unsigned                nodes;
    unsigned                tails;
    keyauth_node_t          node[KEYAUTH_NODES_MAX];
    keyauth_tail_t          tail[KEYAUTH_STORE_SHARDS];
    unsigned                at[KEYAUTH_STORE_SHARDS];   /* node of a shard */
    char                    change[KEYAUTH_RUN_ID + 1]; /* digests of scripts */
    char                    look[KEYAUTH_RUN_ID + 1];
    uint8_t                 id[16];     /* of these run ids */
    char                    err[KEYAUTH_ERROR_MAX];
} keyauth_nodes_t;


/* -1: err, and nothing is open */
int keyauth_nodes_open(keyauth_nodes_t *n);

void keyauth_nodes_close(keyauth_nodes_t *n);

/* the shard of a person, and its node's connection */
unsigned keyauth_shard(const uint8_t user[KEYAUTH_STORE_DIGEST]);
keyauth_link_t *keyauth_nodes_link(keyauth_nodes_t *n, unsigned shard);

/* names of keys */
void keyauth_nodes_person(const keyauth_nodes_t *n, const uint8_t *user,
    char name[KEYAUTH_NAME]);
void keyauth_nodes_stream(const keyauth_nodes_t *n, unsigned shard,
    char name[KEYAUTH_NAME]);

/* digests as text, and back: -1 where it is none */
void keyauth_hex(char *text, const uint8_t *bytes, size_t n);
int keyauth_unhex(uint8_t *bytes, size_t n, const char *text, size_t len);


#endif /* KEYAUTH_REDIS_NODES_H_INCLUDED */
