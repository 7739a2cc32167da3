/*
 * The streams, which name those whose state has changed: see streams.h.
 */


#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streams.h"


#define KEYAUTH_ENTRIES  "1000"         /* of a stream at once */
#define KEYAUTH_ID_TEXT  48


static void keyauth_stream_ask(keyauth_replicator_t *r, keyauth_tail_t *t);
static int keyauth_stream_answer(keyauth_replicator_t *r, keyauth_tail_t *t);
static int keyauth_stream_entries(keyauth_replicator_t *r, unsigned shard,
    const redisReply *entries);
static void keyauth_stream_entry(keyauth_replicator_t *r,
    const redisReply *fields);
static int keyauth_stream_about(const redisReply *about,
    uint8_t last[KEYAUTH_STORE_STREAM_ID],
    const uint8_t place[KEYAUTH_STORE_STREAM_ID]);
static int keyauth_stream_id(uint8_t place[KEYAUTH_STORE_STREAM_ID],
    const char *text);
static void keyauth_stream_text(char text[KEYAUTH_ID_TEXT],
    const uint8_t place[KEYAUTH_STORE_STREAM_ID]);


int
keyauth_streams_read(keyauth_replicator_t *r, int ms)
{
    unsigned         i;
    struct pollfd    p[KEYAUTH_STORE_SHARDS];
    keyauth_tail_t  *t;

    for (i = 0; i < r->nodes.tails; i++) {
        t = &r->nodes.tail[i];

        if (!t->asked) {
            keyauth_stream_ask(r, t);

            if (keyauth_link_flush(&t->link) != 0) {
                return keyauth_link_fail(&t->link, NULL, NULL, r->err);
            }
        }

        p[i].fd = t->link.fd;
        p[i].events = POLLIN;
        p[i].revents = 0;
    }

    (void) poll(p, r->nodes.tails, ms);

    for (i = 0; i < r->nodes.tails; i++) {
        if (keyauth_stream_answer(r, &r->nodes.tail[i]) != 0) {
            return -1;
        }
    }

    return 0;
}


int
keyauth_streams_caught(const keyauth_replicator_t *r)
{
    unsigned  i;

    for (i = 0; i < r->nodes.tails; i++) {
        if (!r->nodes.tail[i].caught) {
            return 0;
        }
    }

    return 1;
}


static void
keyauth_stream_ask(keyauth_replicator_t *r, keyauth_tail_t *t)
{
    int          n;
    char         block[16];
    char         name[KEYAUTH_STORE_SHARDS][KEYAUTH_NAME];
    char         id[KEYAUTH_STORE_SHARDS][KEYAUTH_ID_TEXT];
    size_t       lens[6 + 2 * KEYAUTH_STORE_SHARDS];
    unsigned     i;
    const char  *args[6 + 2 * KEYAUTH_STORE_SHARDS];

    snprintf(block, sizeof(block), "%d", t->caught ? KEYAUTH_BLOCK : 1);
    args[0] = "XREAD";
    args[1] = "COUNT";
    args[2] = KEYAUTH_ENTRIES;
    args[3] = "BLOCK";
    args[4] = block;
    args[5] = "STREAMS";
    n = 6;

    for (i = 0; i < t->shards; i++) {
        keyauth_nodes_stream(&r->nodes, t->first + i, name[i]);
        keyauth_stream_text(id[i], r->place[t->first + i]);
        args[6 + i] = name[i];
        args[6 + t->shards + i] = id[i];
        n += 2;
    }

    for (i = 0; i < (unsigned) n; i++) {
        lens[i] = strlen(args[i]);
    }

    keyauth_link_add(&t->link, n, args, lens);
    t->asked = 1;
    t->since = keyauth_now();
}


/* nothing, or for each stream its name and entries */

static int
keyauth_stream_answer(keyauth_replicator_t *r, keyauth_tail_t *t)
{
    int               rc;
    size_t            i;
    unsigned          k;
    char              name[KEYAUTH_NAME];
    redisReply       *reply;
    const redisReply *stream;

    reply = keyauth_link_reply(&t->link, 0);

    if (reply == NULL) {

        if (t->link.err[0] != '\0'
            || (keyauth_now() - t->since) * 1000
               > KEYAUTH_BLOCK + t->link.timeout)
        {
            return keyauth_link_fail(&t->link, NULL, NULL, r->err);
        }

        return 0;
    }

    if (reply->type != REDIS_REPLY_NIL && reply->type != REDIS_REPLY_ARRAY) {
        return keyauth_link_fail(&t->link, NULL, reply, r->err);
    }

    t->asked = 0;
    rc = 0;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        stream = reply->element[i];

        for (k = t->first; k < t->first + t->shards; k++) {
            keyauth_nodes_stream(&r->nodes, k, name);

            if (stream->elements == 2
                && strcmp(keyauth_link_text(stream->element[0]), name) == 0)
            {
                rc |= keyauth_stream_entries(r, k, stream->element[1]);
            }
        }
    }

    t->caught = (reply->type == REDIS_REPLY_NIL);
    freeReplyObject(reply);

    if (rc != 0) {
        snprintf(r->err, sizeof(r->err), "a stream holds what keyauth has "
                 "not written");
    }

    return rc;
}


static int
keyauth_stream_entries(keyauth_replicator_t *r, unsigned shard,
    const redisReply *entries)
{
    size_t             i;
    const redisReply  *entry;

    for (i = 0; i < entries->elements; i++) {
        entry = entries->element[i];

        if (entry->elements != 2
            || entry->element[0]->type != REDIS_REPLY_STRING
            || keyauth_stream_id(r->place[shard], entry->element[0]->str) != 0)
        {
            return -1;
        }

        keyauth_stream_entry(r, entry->element[1]);
    }

    return 0;
}


/* what is known already need not be fetched: this host's own, as a rule */

static void
keyauth_stream_entry(keyauth_replicator_t *r, const redisReply *fields)
{
    int                      has_phrase;
    size_t                   i;
    uint8_t                  user[KEYAUTH_STORE_DIGEST];
    uint8_t                  phrase[KEYAUTH_STORE_DIGEST];
    uint64_t                 epoch, known, version;
    const char              *value;
    keyauth_store_e          e;
    keyauth_store_version_t  v;

    epoch = 0;
    version = 0;
    has_phrase = 0;
    memset(user, 0, sizeof(user));

    for (i = 0; i + 1 < fields->elements; i += 2) {
        value = keyauth_link_text(fields->element[i + 1]);

        switch (keyauth_link_text(fields->element[i])[0]) {

        case 'u':
            if (keyauth_unhex(user, sizeof(user), value, strlen(value)) != 0) {
                r->status.damaged++;
                return;
            }

            break;

        case 'p':
            has_phrase = (keyauth_unhex(phrase, sizeof(phrase), value,
                                        strlen(value)) == 0);
            break;

        case 'e':
            epoch = strtoull(value, NULL, 10);
            break;

        case 'v':
            version = strtoull(value, NULL, 10);
            break;

        default:
            break;
        }
    }

    e = keyauth_store_known(r->store, user, has_phrase ? phrase : NULL,
                            &known, &v);

    if (e == KEYAUTH_STORE_OK && known == epoch
        && (!has_phrase || v.version >= version) && !r->unsure)
    {
        return;
    }

    keyauth_round_people_add(&r->people, user);
}


int
keyauth_streams_places(keyauth_replicator_t *r,
    uint8_t last[][KEYAUTH_STORE_STREAM_ID], int *trimmed)
{
    char             name[KEYAUTH_NAME];
    unsigned         i;
    redisReply      *reply;
    keyauth_link_t  *link;

    for (i = 0; i < KEYAUTH_STORE_SHARDS; i++) {
        keyauth_nodes_stream(&r->nodes, i, name);
        keyauth_link_command(keyauth_nodes_link(&r->nodes, i), "XINFO",
                             "STREAM", name, NULL);
    }

    if (keyauth_round_flush(r) != 0) {
        return -1;
    }

    *trimmed = 0;

    for (i = 0; i < KEYAUTH_STORE_SHARDS; i++) {
        link = keyauth_nodes_link(&r->nodes, i);
        reply = keyauth_link_reply(link, link->timeout);
        memset(last[i], 0, KEYAUTH_STORE_STREAM_ID);

        /* one that nobody has written to is none */

        if (reply != NULL && reply->type == REDIS_REPLY_ERROR
            && strncmp(reply->str, "ERR no such key", 15) == 0)
        {
            freeReplyObject(reply);
            continue;
        }

        if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
            return keyauth_link_fail(link, NULL, reply, r->err);
        }

        *trimmed |= keyauth_stream_about(reply, last[i], r->status.place[i]);
        freeReplyObject(reply);
    }

    return 0;
}


/* 1: entries behind the place may be gone */

static int
keyauth_stream_about(const redisReply *about,
    uint8_t last[KEYAUTH_STORE_STREAM_ID],
    const uint8_t place[KEYAUTH_STORE_STREAM_ID])
{
    size_t             i;
    uint8_t            first[KEYAUTH_STORE_STREAM_ID];
    long long          length, added;
    const char        *name;
    const redisReply  *value;

    length = 0;
    added = -1;
    memset(first, 0, sizeof(first));

    for (i = 0; i + 1 < about->elements; i += 2) {
        name = keyauth_link_text(about->element[i]);
        value = about->element[i + 1];

        if (strcmp(name, "length") == 0) {
            length = value->integer;

        } else if (strcmp(name, "entries-added") == 0) {
            added = value->integer;

        } else if (strcmp(name, "last-generated-id") == 0) {
            (void) keyauth_stream_id(last, keyauth_link_text(value));

        } else if (strcmp(name, "first-entry") == 0
                   && value->type == REDIS_REPLY_ARRAY
                   && value->elements == 2)
        {
            (void) keyauth_stream_id(first,
                                     keyauth_link_text(value->element[0]));
        }
    }

    return length != added && memcmp(first, place, sizeof(first)) > 0;
}


/* "ms-number", in bytes that compare as the numbers do */

static int
keyauth_stream_id(uint8_t place[KEYAUTH_STORE_STREAM_ID], const char *text)
{
    int                 i;
    char               *end;
    unsigned long long  a, b;

    a = strtoull(text, &end, 10);

    if (*end != '-') {
        return -1;
    }

    b = strtoull(end + 1, &end, 10);

    for (i = 7; i >= 0; i--) {
        place[i] = (uint8_t) a;
        place[8 + i] = (uint8_t) b;
        a >>= 8;
        b >>= 8;
    }

    return (*end == '\0') ? 0 : -1;
}


static void
keyauth_stream_text(char text[KEYAUTH_ID_TEXT],
    const uint8_t place[KEYAUTH_STORE_STREAM_ID])
{
    int                 i;
    unsigned long long  a, b;

    a = 0;
    b = 0;

    for (i = 0; i < 8; i++) {
        a = a << 8 | place[i];
        b = b << 8 | place[8 + i];
    }

    snprintf(text, KEYAUTH_ID_TEXT, "%llu-%llu", a, b);
}
