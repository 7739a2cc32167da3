/*
 * The engine's nodes: see redis_nodes.h.
 */


#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis_nodes.h"
#include "redis_script.h"


#define KEYAUTH_SLOTS  16384


static int keyauth_nodes_about(keyauth_nodes_t *n, keyauth_node_t *node);
static int keyauth_nodes_slots(keyauth_nodes_t *n);
static int keyauth_nodes_shard(keyauth_nodes_t *n, unsigned shard,
    const redisReply *slots);
static int keyauth_nodes_add(keyauth_nodes_t *n, const char *host,
    long long port, unsigned *index);
static int keyauth_nodes_load(keyauth_nodes_t *n, keyauth_node_t *node,
    const char *script, char *digest);
static int keyauth_nodes_tails(keyauth_nodes_t *n);
static int keyauth_nodes_id(keyauth_nodes_t *n);
static unsigned keyauth_slot(const char *tag);


int
keyauth_nodes_open(keyauth_nodes_t *n)
{
    unsigned         i;
    keyauth_node_t  *node;

    n->nodes = 0;
    n->tails = 0;
    n->cluster = 0;
    memset(n->at, 0, sizeof(n->at));

    node = &n->node[0];
    snprintf(node->host, sizeof(node->host), "%s", n->redis->host);
    snprintf(node->port, sizeof(node->port), "%s", n->redis->port);

    if (keyauth_link_open(&node->link, n->redis, node->host, node->port)
        != 0)
    {
        return keyauth_link_fail(&node->link, NULL, NULL, n->err);
    }

    n->nodes = 1;

    if (keyauth_nodes_about(n, node) != 0
        || (n->cluster && keyauth_nodes_slots(n) != 0))
    {
        keyauth_nodes_close(n);
        return -1;
    }

    for (i = 0; i < n->nodes; i++) {
        if (keyauth_nodes_load(n, &n->node[i], keyauth_script_change,
                               n->change)
            != 0
            || keyauth_nodes_load(n, &n->node[i], keyauth_script_look,
                                  n->look)
               != 0)
        {
            keyauth_nodes_close(n);
            return -1;
        }
    }

    if (keyauth_nodes_tails(n) != 0 || keyauth_nodes_id(n) != 0) {
        keyauth_nodes_close(n);
        return -1;
    }

    return 0;
}


void
keyauth_nodes_close(keyauth_nodes_t *n)
{
    while (n->nodes > 0) {
        keyauth_link_close(&n->node[--n->nodes].link);
    }

    while (n->tails > 0) {
        keyauth_link_close(&n->tail[--n->tails].link);
    }
}


/* which server it is, and whether it is part of a cluster */

static int
keyauth_nodes_about(keyauth_nodes_t *n, keyauth_node_t *node)
{
    const char  *p;
    redisReply  *reply;

    reply = keyauth_link_ask(&node->link, "INFO", NULL);

    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {
        return keyauth_link_fail(&node->link, "INFO", reply, n->err);
    }

    p = strstr(reply->str, "\nrun_id:");
    node->run_id[0] = '\0';

    if (p != NULL) {
        snprintf(node->run_id, sizeof(node->run_id), "%.*s", KEYAUTH_RUN_ID,
                 p + sizeof("\nrun_id:") - 1);
    }

    n->cluster |= (strstr(reply->str, "\ncluster_enabled:1") != NULL);
    freeReplyObject(reply);

    return 0;
}


static int
keyauth_nodes_slots(keyauth_nodes_t *n)
{
    int          rc;
    unsigned     shard;
    redisReply  *reply;

    reply = keyauth_link_ask(&n->node[0].link, "CLUSTER", "SLOTS", NULL);

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return keyauth_link_fail(&n->node[0].link, "CLUSTER SLOTS", reply,
                                 n->err);
    }

    rc = 0;

    for (shard = 0; shard < KEYAUTH_STORE_SHARDS && rc == 0; shard++) {
        rc = keyauth_nodes_shard(n, shard, reply);
    }

    freeReplyObject(reply);

    return rc;
}


/* a range of slots, its primary first: begin, end, (host, port, ...), ... */

static int
keyauth_nodes_shard(keyauth_nodes_t *n, unsigned shard,
    const redisReply *slots)
{
    char               tag[4];
    size_t             i;
    unsigned           slot;
    const redisReply  *range, *where;

    snprintf(tag, sizeof(tag), "%02u", shard % 100);
    slot = keyauth_slot(tag);

    for (i = 0; i < slots->elements; i++) {
        range = slots->element[i];

        if (range->type != REDIS_REPLY_ARRAY || range->elements < 3
            || range->element[2]->type != REDIS_REPLY_ARRAY
            || range->element[2]->elements < 2
            || slot < (unsigned) range->element[0]->integer
            || slot > (unsigned) range->element[1]->integer)
        {
            continue;
        }

        where = range->element[2];

        return keyauth_nodes_add(n, where->element[0]->type
                                    == REDIS_REPLY_STRING
                                    && where->element[0]->len > 0
                                    ? where->element[0]->str
                                    : n->node[0].host,
                                 where->element[1]->integer, &n->at[shard]);
    }

    snprintf(n->err, sizeof(n->err), "the cluster has no node for slot %u",
             slot);

    return -1;
}


static int
keyauth_nodes_add(keyauth_nodes_t *n, const char *host, long long port,
    unsigned *index)
{
    char             text[24];
    keyauth_node_t  *node;

    snprintf(text, sizeof(text), "%lld", port);

    for (*index = 0; *index < n->nodes; (*index)++) {
        node = &n->node[*index];

        if (strcmp(node->host, host) == 0 && strcmp(node->port, text) == 0) {
            return 0;
        }
    }

    if (n->nodes == KEYAUTH_NODES_MAX) {
        snprintf(n->err, sizeof(n->err), "the cluster has too many nodes");
        return -1;
    }

    node = &n->node[n->nodes];
    snprintf(node->host, sizeof(node->host), "%s", host);
    snprintf(node->port, sizeof(node->port), "%.7s", text);

    if (keyauth_link_open(&node->link, n->redis, node->host, node->port)
        != 0)
    {
        return keyauth_link_fail(&node->link, NULL, NULL, n->err);
    }

    n->nodes++;

    return keyauth_nodes_about(n, node);
}


static int
keyauth_nodes_load(keyauth_nodes_t *n, keyauth_node_t *node,
    const char *script, char *digest)
{
    redisReply  *reply;

    reply = keyauth_link_ask(&node->link, "SCRIPT", "LOAD", script, NULL);

    if (reply == NULL || reply->type != REDIS_REPLY_STRING
        || reply->len != KEYAUTH_RUN_ID)
    {
        return keyauth_link_fail(&node->link, "SCRIPT LOAD", reply, n->err);
    }

    strcpy(digest, reply->str);
    freeReplyObject(reply);

    return 0;
}


/* of a cluster one for each shard, as a command's keys share a slot there */

static int
keyauth_nodes_tails(keyauth_nodes_t *n)
{
    unsigned         i;
    keyauth_node_t  *node;
    keyauth_tail_t  *t;

    for (i = 0; i < (n->cluster ? KEYAUTH_STORE_SHARDS : 1); i++) {
        t = &n->tail[i];
        node = &n->node[n->at[i]];

        if (keyauth_link_open(&t->link, n->redis, node->host, node->port)
            != 0)
        {
            return keyauth_link_fail(&t->link, NULL, NULL, n->err);
        }

        t->first = i;
        t->shards = n->cluster ? 1 : KEYAUTH_STORE_SHARDS;
        t->asked = 0;
        t->caught = 0;
        n->tails++;
    }

    return 0;
}


/* another server, or one that was started again, may have lost something */

static int
keyauth_nodes_id(keyauth_nodes_t *n)
{
    char      all[KEYAUTH_STORE_SHARDS * KEYAUTH_RUN_ID + 1];
    uint8_t   digest[EVP_MAX_MD_SIZE];
    unsigned  i;

    all[0] = '\0';

    for (i = 0; i < KEYAUTH_STORE_SHARDS; i++) {
        strcat(all, n->node[n->at[i]].run_id);
    }

    if (EVP_Digest(all, strlen(all), digest, NULL, EVP_sha256(), NULL) != 1) {
        snprintf(n->err, sizeof(n->err), "no memory");
        return -1;
    }

    memcpy(n->id, digest, sizeof(n->id));

    return 0;
}


/* CRC-16/XMODEM of the tag */

static unsigned
keyauth_slot(const char *tag)
{
    int       i;
    unsigned  crc;

    for (crc = 0; *tag != '\0'; tag++) {
        crc ^= (unsigned) (unsigned char) *tag << 8;

        for (i = 0; i < 8; i++) {
            crc = (crc & 0x8000) ? (crc << 1 ^ 0x1021) & 0xffff
                                 : (crc << 1) & 0xffff;
        }
    }

    return crc % KEYAUTH_SLOTS;
}


unsigned
keyauth_shard(const uint8_t user[KEYAUTH_STORE_DIGEST])
{
    return (unsigned) user[0] * KEYAUTH_STORE_SHARDS / 256;
}


keyauth_link_t *
keyauth_nodes_link(keyauth_nodes_t *n, unsigned shard)
{
    return &n->node[n->at[shard]].link;
}


void
keyauth_nodes_person(const keyauth_nodes_t *n, const uint8_t *user,
    char name[KEYAUTH_NAME])
{
    char  hex[2 * KEYAUTH_STORE_DIGEST + 1];

    keyauth_hex(hex, user, KEYAUTH_STORE_DIGEST);
    snprintf(name, KEYAUTH_NAME, "%.*s:{%02u}:p:%s", KEYAUTH_PREFIX,
             n->prefix, keyauth_shard(user), hex);
}


void
keyauth_nodes_stream(const keyauth_nodes_t *n, unsigned shard,
    char name[KEYAUTH_NAME])
{
    snprintf(name, KEYAUTH_NAME, "%.*s:{%02u}:s", KEYAUTH_PREFIX, n->prefix,
             shard);
}


void
keyauth_hex(char *text, const uint8_t *bytes, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        *text++ = "0123456789abcdef"[bytes[i] >> 4];
        *text++ = "0123456789abcdef"[bytes[i] & 15];
    }

    *text = '\0';
}


int
keyauth_unhex(uint8_t *bytes, size_t n, const char *text, size_t len)
{
    size_t       i;
    const char  *p;

    static const char  digits[] = "0123456789abcdef";

    if (len != 2 * n) {
        return -1;
    }

    memset(bytes, 0, n);

    for (i = 0; i < len; i++) {
        p = memchr(digits, text[i], 16);

        if (p == NULL) {
            return -1;
        }

        bytes[i / 2] = (uint8_t) (bytes[i / 2] << 4 | (p - digits));
    }

    return 0;
}
