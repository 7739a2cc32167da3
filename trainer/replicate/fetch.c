/*
 * Fetching people, as the engine has them.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch.h"


static void keyauth_fetch_person(keyauth_replicator_t *r, const uint8_t *user,
    const redisReply *reply, unsigned unsure);
static void keyauth_fetch_refused(keyauth_replicator_t *r,
    const uint8_t *user, const redisReply *reply);
static uint64_t keyauth_fetch_number(const char **p, const char *last);


int
keyauth_fetch(keyauth_replicator_t *r, keyauth_round_people_t *people,
    unsigned unsure)
{
    char             person[KEYAUTH_NAME];
    size_t           i;
    redisReply      *reply;
    keyauth_link_t  *link;

    for (i = 0; i < people->n; i++) {
        keyauth_nodes_person(&r->nodes, people->user[i], person);
        keyauth_link_command(keyauth_nodes_link(&r->nodes,
                                          keyauth_shard(people->user[i])),
                             "HGETALL", person, NULL);
    }

    if (keyauth_round_flush(r) != 0) {
        return -1;
    }

    for (i = 0; i < people->n; i++) {
        link = keyauth_nodes_link(&r->nodes, keyauth_shard(people->user[i]));
        reply = keyauth_link_reply(link, link->timeout);

        if (keyauth_round_refused(reply)) {
            keyauth_fetch_refused(r, people->user[i], reply);
            freeReplyObject(reply);
            continue;
        }

        if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
            return keyauth_link_fail(link, NULL, reply, r->err);
        }

        keyauth_round_keep(r, reply);
        keyauth_fetch_person(r, people->user[i], reply, unsure);
    }

    people->n = 0;

    return 0;
}


static void
keyauth_fetch_refused(keyauth_replicator_t *r, const uint8_t *user,
    const redisReply *reply)
{
    char  person[KEYAUTH_NAME];

    r->status.damaged++;
    keyauth_nodes_person(&r->nodes, user, person);
    keyauth_say("\"%s\" of the engine cannot be read: %.200s", person,
                reply->str);
}


/* fields and values; templates are taken once the epoch is known */

static void
keyauth_fetch_person(keyauth_replicator_t *r, const uint8_t *user,
    const redisReply *reply, unsigned unsure)
{
    size_t                   i;
    uint64_t                 epoch;
    const redisReply        *field, *value;
    keyauth_store_update_t  *u;

    epoch = keyauth_fetch_epoch(reply);
    u = keyauth_round_update(r);
    u->kind = KEYAUTH_STORE_PERSON;
    memcpy(u->user, user, sizeof(u->user));
    u->epoch = epoch;

    for (i = 0; i + 1 < reply->elements; i += 2) {
        field = reply->element[i];
        value = reply->element[i + 1];

        if (field->len == 1) {
            continue;
        }

        u = keyauth_round_update(r);
        u->kind = KEYAUTH_STORE_TEMPLATE;
        memcpy(u->user, user, sizeof(u->user));
        u->epoch = epoch;
        u->unsure = unsure;

        if (keyauth_unhex(u->phrase, sizeof(u->phrase), field->str,
                          field->len)
            != 0
            || keyauth_fetch_template(r, u, value) != 0)
        {
            r->status.damaged++;
            r->n--;
        }
    }
}


uint64_t
keyauth_fetch_epoch(const redisReply *reply)
{
    size_t             i;
    const char        *p;
    const redisReply  *field, *value;

    for (i = 0; i + 1 < reply->elements; i += 2) {
        field = reply->element[i];
        value = reply->element[i + 1];

        if (field->len == 1 && keyauth_link_text(field)[0] == 'e') {
            p = keyauth_link_text(value);
            return keyauth_fetch_number(&p, p + value->len);
        }
    }

    return 0;
}


/* version floor kind author value */

int
keyauth_fetch_template(keyauth_replicator_t *r, keyauth_store_update_t *u,
    const redisReply *value)
{
    char         kind;
    size_t       host;
    const char  *p, *last, *author;

    p = keyauth_link_text(value);
    last = p + value->len;
    u->version.version = keyauth_fetch_number(&p, last);
    u->version.floor = keyauth_fetch_number(&p, last);

    if (last - p < 4 || p[1] != ' ') {
        return -1;
    }

    kind = *p;
    author = p + 2;
    p = memchr(author, ' ', (size_t) (last - author));

    if (p == NULL || u->version.version == 0) {
        return -1;
    }

    host = strlen(r->host);

    if ((size_t) (p - author) > host + 1
        && memcmp(author, r->host, host) == 0 && author[host] == ':')
    {
        author += host + 1;
        u->mark = keyauth_fetch_number(&author, p + 1);
    }

    if (kind == 'v') {
        u->bytes = (const uint8_t *) p + 1;
        u->size = (size_t) (last - p) - 1;
        return 0;
    }

    return (kind == 'f') ? 0 : -1;
}


/* and the blank behind it */

static uint64_t
keyauth_fetch_number(const char **p, const char *last)
{
    uint64_t  n;

    for (n = 0; *p < last && **p >= '0' && **p <= '9'; (*p)++) {
        n = 10 * n + (uint64_t) (**p - '0');
    }

    if (*p < last && **p == ' ') {
        (*p)++;
    }

    return n;
}
