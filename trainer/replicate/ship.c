/*
 * Sending changes.
 */


#include <stdio.h>
#include <string.h>

#include "ship.h"


#define KEYAUTH_CHANGE_ARGS  14
#define KEYAUTH_AGAIN        60         /* s until what was refused is sent
                                           again */


static int keyauth_ship_begin(keyauth_replicator_t *r);
static void keyauth_ship_end(keyauth_replicator_t *r);
static char keyauth_ship_op(unsigned send);
static void keyauth_ship_add(keyauth_replicator_t *r,
    const keyauth_store_change_t *c);
static int keyauth_ship_reply(keyauth_replicator_t *r,
    const keyauth_store_change_t *c);
static void keyauth_ship_refused(keyauth_replicator_t *r,
    const keyauth_store_change_t *c, const redisReply *reply);


int
keyauth_ship(keyauth_replicator_t *r)
{
    size_t           i, n;
    keyauth_store_e  e;

    if (r->after_len == 0) {

        if (keyauth_ship_begin(r) != 0) {
            return -1;
        }

        if (r->last == r->passed) {
            return 0;
        }
    }

    do {
        n = KEYAUTH_BATCH;
        e = keyauth_store_waiting(r->store, r->after, &r->after_len,
                                  r->passed, r->changes, &n, r->bytes,
                                  KEYAUTH_BATCH
                                  * (KEYAUTH_STORE_TEMPLATE_MAX + 512));

        if (e == KEYAUTH_STORE_MOVED && keyauth_round_reopen(r) != 0) {
            return -1;
        }

    } while (e == KEYAUTH_STORE_MOVED);

    if (e != KEYAUTH_STORE_OK) {
        return keyauth_round_store(r, e);
    }

    for (i = 0; i < n; i++) {
        keyauth_ship_add(r, &r->changes[i]);
    }

    if (keyauth_round_flush(r) != 0) {
        return -1;
    }

    for (i = 0; i < n; i++) {
        if (keyauth_ship_reply(r, &r->changes[i]) != 0) {
            return -1;
        }
    }

    /* all get their turn, wherever they are */

    if (n == KEYAUTH_BATCH) {
        r->more = 1;

    } else {
        keyauth_ship_end(r);
    }

    return 0;
}


/* a pass through the outbox */

static int
keyauth_ship_begin(keyauth_replicator_t *r)
{
    keyauth_store_e         e;
    keyauth_store_status_t  status;

    do {
        e = keyauth_store_status(r->store, &status);
    } while (e == KEYAUTH_STORE_MOVED && keyauth_round_reopen(r) == 0);

    if (e != KEYAUTH_STORE_OK) {
        return keyauth_round_store(r, e);
    }

    if (keyauth_now() >= r->again) {
        r->passed = 0;
        r->status.refused = 0;
    }

    r->last = status.sequence;
    r->refused = 0;

    return 0;
}


/* what was refused is left alone for a while, and what comes after it is not */

static void
keyauth_ship_end(keyauth_replicator_t *r)
{
    r->after_len = 0;

    if (r->refused == 0) {
        return;
    }

    if (r->passed == 0) {
        r->again = keyauth_now() + KEYAUTH_AGAIN;
    }

    r->passed = r->last;
}


static char
keyauth_ship_op(unsigned send)
{
    if (send & KEYAUTH_STORE_SEND_RESTORE) {
        return (send & KEYAUTH_STORE_SEND_PERSON) ? 'E'
               : (send & KEYAUTH_STORE_SEND_WRITE) ? 'k' : 'K';
    }

    if (send & KEYAUTH_STORE_SEND_PERSON) {
        return 'P';
    }

    if (!(send & KEYAUTH_STORE_SEND_WRITE)) {
        return 'f';
    }

    return (send & KEYAUTH_STORE_SEND_FORGET) ? 'n'
           : (send & KEYAUTH_STORE_SEND_REPLACE) ? 'r' : 'w';
}


static void
keyauth_ship_add(keyauth_replicator_t *r, const keyauth_store_change_t *c)
{
    int          i;
    char         op[2], base[24], floor[24], epoch[24], length[24];
    char         id[2 * KEYAUTH_STORE_HOST + 24];
    char         user[2 * KEYAUTH_STORE_DIGEST + 1];
    char         phrase[2 * KEYAUTH_STORE_DIGEST + 1];
    char         person[KEYAUTH_NAME], stream[KEYAUTH_NAME];
    size_t       lens[KEYAUTH_CHANGE_ARGS];
    unsigned     shard;
    const char  *args[KEYAUTH_CHANGE_ARGS];

    shard = keyauth_shard(c->user);
    op[0] = keyauth_ship_op(c->send);
    op[1] = '\0';
    keyauth_nodes_person(&r->nodes, c->user, person);
    keyauth_nodes_stream(&r->nodes, shard, stream);
    keyauth_hex(user, c->user, sizeof(c->user));
    keyauth_hex(phrase, c->phrase, sizeof(c->phrase));
    snprintf(base, sizeof(base), "%llu",
             (unsigned long long) c->base.version);
    snprintf(floor, sizeof(floor), "%llu",
             (unsigned long long) c->base.floor);
    snprintf(epoch, sizeof(epoch), "%llu", (unsigned long long) c->epoch);
    snprintf(length, sizeof(length), "%llu", (unsigned long long)
             (r->o->length / KEYAUTH_STORE_SHARDS + 1));

    /* a forget that is sent twice is recognised by its id */

    snprintf(id, sizeof(id), "%s:%llu", r->host, (unsigned long long)
             ((c->send & KEYAUTH_STORE_SEND_PERSON) ? c->sequence : c->mark));

    args[0] = "EVALSHA";
    args[1] = r->nodes.change;
    args[2] = "2";
    args[3] = person;
    args[4] = stream;
    args[5] = op;
    args[6] = (c->send & KEYAUTH_STORE_SEND_PERSON) ? "" : phrase;
    args[7] = base;
    args[8] = floor;
    args[9] = epoch;
    args[10] = id;
    args[11] = length;
    args[12] = user;

    for (i = 0; i < KEYAUTH_CHANGE_ARGS - 1; i++) {
        lens[i] = strlen(args[i]);
    }

    args[i] = (c->bytes != NULL) ? (const char *) c->bytes : "";
    lens[i] = c->size;

    keyauth_link_add(keyauth_nodes_link(&r->nodes, shard),
                     KEYAUTH_CHANGE_ARGS, args, lens);
}


/* accepted, epoch, version, floor */

static int
keyauth_ship_reply(keyauth_replicator_t *r, const keyauth_store_change_t *c)
{
    redisReply              *reply;
    keyauth_link_t          *link;
    keyauth_store_update_t  *u;

    link = keyauth_nodes_link(&r->nodes, keyauth_shard(c->user));
    reply = keyauth_link_reply(link, link->timeout);

    if (keyauth_round_refused(reply)) {
        keyauth_ship_refused(r, c, reply);
        freeReplyObject(reply);
        return 0;
    }

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 4)
    {
        return keyauth_link_fail(link, NULL, reply, r->err);
    }

    if (reply->element[0]->integer == 1) {
        u = keyauth_round_update(r);
        u->kind = KEYAUTH_STORE_SENT;
        memcpy(u->user, c->user, sizeof(u->user));
        memcpy(u->phrase, c->phrase, sizeof(u->phrase));
        u->send = c->send;
        u->sequence = c->sequence;
        u->epoch = (uint64_t) reply->element[1]->integer;
        u->version.version = (uint64_t) reply->element[2]->integer;
        u->version.floor = (uint64_t) reply->element[3]->integer;
        r->status.sent++;

    } else {
        keyauth_round_people_add(&r->doubtful, c->user);
    }

    freeReplyObject(reply);

    return 0;
}


/* it stays in the store; one of all is named once a minute */

static void
keyauth_ship_refused(keyauth_replicator_t *r, const keyauth_store_change_t *c,
    const redisReply *reply)
{
    char  person[KEYAUTH_NAME];

    r->status.refused++;

    if (r->refused++ > 0 || r->passed != 0) {
        return;
    }

    keyauth_nodes_person(&r->nodes, c->user, person);
    keyauth_say("the engine refuses to change \"%s\": %.200s; the change "
                "waits, and is sent again every minute: check the key's type "
                "and the user's rights", person, reply->str);
}
