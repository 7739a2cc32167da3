/*
 * Comparing all that there is: for a host that is new or was away for longer
 * than the streams reach back, and where the engine may have lost something.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch.h"
#include "reconcile.h"
#include "streams.h"


#define KEYAUTH_SCANNED  "1000"         /* names of the engine at once */


static int keyauth_reconcile_total(keyauth_replicator_t *r);
static int keyauth_reconcile_own(keyauth_replicator_t *r);
static int keyauth_reconcile_lacks(keyauth_replicator_t *r,
    const keyauth_store_change_t *c, const redisReply *person);
static int keyauth_reconcile_scan(keyauth_replicator_t *r);
static int keyauth_reconcile_order(const void *one, const void *two);
static int keyauth_reconcile_next(keyauth_replicator_t *r);
static int keyauth_reconcile_look(keyauth_replicator_t *r,
    uint8_t (*users)[KEYAUTH_STORE_DIGEST], size_t n);
static redisReply *keyauth_reconcile_looked(keyauth_replicator_t *r,
    const uint8_t *user);
static int keyauth_reconcile_differs(keyauth_replicator_t *r,
    const uint8_t *user, const redisReply *person);


int
keyauth_reconcile_begin(keyauth_replicator_t *r)
{
    int                    lost, trimmed;
    uint8_t                last[KEYAUTH_STORE_SHARDS][KEYAUTH_STORE_STREAM_ID];
    keyauth_reconcile_t   *c;

    static const uint8_t   none[sizeof(r->status.engine)];

    if (keyauth_streams_places(r, last, &trimmed) != 0) {
        return -1;
    }

    lost = memcmp(r->status.engine, r->nodes.id, sizeof(none)) != 0;
    memcpy(r->place, r->status.place, sizeof(r->place));

    if (!lost && !trimmed) {
        return 0;
    }

    c = &r->reconcile;
    c->active = 1;
    c->own = lost != 0;
    c->after_len = 0;
    c->node = 0;
    c->scanned = 0;
    c->names.n = 0;
    strcpy(c->cursor, "0");

    if (memcmp(r->status.engine, none, sizeof(none)) == 0 || !lost) {
        r->status.ready = 0;

    } else {
        r->unsure = 1;
    }

    if (lost) {
        keyauth_say("the engine is another one, or was started again: all "
                    "is compared");

    } else {
        keyauth_say("the streams do not reach back so far: all is compared");
    }

    /* what comes after this is in the streams */

    memcpy(r->place, last, sizeof(r->place));

    return keyauth_reconcile_total(r);
}


static int
keyauth_reconcile_total(keyauth_replicator_t *r)
{
    unsigned               i;
    redisReply            *reply;
    keyauth_store_info_t   info;

    memset(&info, 0, sizeof(info));
    (void) keyauth_store_info(r->store, &info);
    r->reconcile.empty = (info.templates == 0);
    r->status.done = 0;
    r->status.total = r->reconcile.own ? info.templates : 0;

    for (i = 0; i < r->nodes.nodes; i++) {
        reply = keyauth_link_ask(&r->nodes.node[i].link, "DBSIZE", NULL);

        if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
            return keyauth_link_fail(&r->nodes.node[i].link, NULL, reply,
                                     r->err);
        }

        r->status.total += (uint64_t) reply->integer;
        freeReplyObject(reply);
    }

    keyauth_progress_start(&r->progress, "Comparing with the engine",
                           (unsigned) r->status.total);

    return 0;
}


int
keyauth_reconcile_step(keyauth_replicator_t *r)
{
    int                   rc;
    keyauth_reconcile_t  *c;

    c = &r->reconcile;

    if (c->own) {
        rc = keyauth_reconcile_own(r);

    } else if (c->node < r->nodes.nodes) {
        rc = c->scanned ? keyauth_reconcile_next(r)
                        : keyauth_reconcile_scan(r);

    } else {
        c->active = 0;
        r->unsure = 0;
        rc = 0;
        free(c->names.user);
        memset(&c->names, 0, sizeof(c->names));
        memcpy(r->status.engine, r->nodes.id, sizeof(r->nodes.id));
        r->status.done = r->status.total;
        keyauth_progress_end(&r->progress, "compared with the engine");
    }

    if (r->status.done > r->status.total) {
        r->status.total = r->status.done;
    }

    keyauth_progress_step(&r->progress, (unsigned) r->status.done);
    r->more = 1;

    return rc;
}


/* what the store has and the engine has not */

static int
keyauth_reconcile_own(keyauth_replicator_t *r)
{
    int                      lacks;
    size_t                   i, n, lost;
    redisReply               *person;
    keyauth_store_e          e;
    keyauth_store_change_t  *c;
    keyauth_round_people_t   people;

    n = KEYAUTH_BATCH;
    c = r->changes;
    e = keyauth_store_names(r->store, r->reconcile.after,
                            &r->reconcile.after_len, c, &n);

    if (e == KEYAUTH_STORE_MOVED) {
        return keyauth_round_reopen(r);
    }

    if (e != KEYAUTH_STORE_OK) {
        return keyauth_round_store(r, e);
    }

    memset(&people, 0, sizeof(people));

    for (i = 0; i < n; i++) {
        keyauth_round_people_add(&people, c[i].user);
    }

    if (n == 0
        || keyauth_reconcile_look(r, people.user, people.n) != 0)
    {
        free(people.user);
        r->reconcile.own = 0;
        return (n == 0) ? 0 : -1;
    }

    person = NULL;
    lost = 0;

    for (i = 0; i < n; i++) {

        if (i == 0 || memcmp(c[i].user, c[i - 1].user, sizeof(c->user)) != 0) {
            freeReplyObject(person);
            person = keyauth_reconcile_looked(r, c[i].user);

            if (person == NULL) {
                free(people.user);
                return -1;
            }
        }

        lacks = keyauth_reconcile_lacks(r, &c[i], person);

        if (lacks > 0) {
            c[lost++] = c[i];

        } else if (lacks < 0) {
            keyauth_round_people_add(&r->doubtful, c[i].user);
        }
    }

    freeReplyObject(person);
    free(people.user);
    r->status.done += n;

    /* where it has moved meanwhile, these are looked at once more */

    e = keyauth_store_resend(r->store, c, lost);

    if (e == KEYAUTH_STORE_MOVED) {
        r->reconcile.after_len = 0;
        return keyauth_round_reopen(r);
    }

    return (e == KEYAUTH_STORE_OK) ? 0 : keyauth_round_store(r, e);
}


/* 1: the engine has nothing of it; -1: it has something else */

static int
keyauth_reconcile_lacks(keyauth_replicator_t *r,
    const keyauth_store_change_t *c, const redisReply *person)
{
    size_t                   i;
    char                     phrase[2 * KEYAUTH_STORE_DIGEST + 1];
    uint64_t                 epoch;
    const redisReply        *field, *value;
    keyauth_store_update_t   u;

    epoch = keyauth_fetch_epoch(person);

    if (c->send & KEYAUTH_STORE_SEND_PERSON) {
        return (epoch < c->epoch) ? 1 : (epoch > c->epoch) ? -1 : 0;
    }

    if (epoch > c->epoch) {
        return -1;
    }

    /* never sent: it waits to be */

    if (c->base.version == 0) {
        return 0;
    }

    keyauth_hex(phrase, c->phrase, sizeof(c->phrase));

    for (i = 0; epoch == c->epoch && i + 1 < person->elements; i += 2) {
        field = person->element[i];
        value = person->element[i + 1];

        if (strcmp(keyauth_link_text(field), phrase) == 0) {
            memset(&u, 0, sizeof(u));
            (void) keyauth_fetch_template(r, &u, value);

            return (u.version.version == c->base.version) ? 0 : -1;
        }
    }

    return 1;
}


static int
keyauth_reconcile_scan(keyauth_replicator_t *r)
{
    char                  match[KEYAUTH_NAME];
    size_t                i;
    uint8_t               user[KEYAUTH_STORE_DIGEST];
    redisReply           *reply, *keys;
    keyauth_link_t       *link;
    keyauth_reconcile_t  *c;

    c = &r->reconcile;
    link = &r->nodes.node[c->node].link;
    snprintf(match, sizeof(match), "%.*s:{*}:p:*", KEYAUTH_PREFIX,
             r->nodes.prefix);
    reply = keyauth_link_ask(link, "SCAN", c->cursor, "MATCH", match, "COUNT",
                             KEYAUTH_SCANNED, NULL);

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2 || reply->element[0]->len >= sizeof(c->cursor))
    {
        return keyauth_link_fail(link, NULL, reply, r->err);
    }

    strcpy(c->cursor, keyauth_link_text(reply->element[0]));
    keys = reply->element[1];

    for (i = 0; i < keys->elements; i++) {
        if (keys->element[i]->len > 2 * sizeof(user)
            && keyauth_unhex(user, sizeof(user), keys->element[i]->str
                             + keys->element[i]->len - 2 * sizeof(user),
                             2 * sizeof(user))
               == 0)
        {
            keyauth_round_people_add(&c->names, user);
        }
    }

    freeReplyObject(reply);

    /* in the order of the store's tree, so that few pages change at a time */

    if (strcmp(c->cursor, "0") == 0) {

        if (c->names.n > 0) {
            qsort(c->names.user, c->names.n, sizeof(*c->names.user),
                  keyauth_reconcile_order);
        }

        c->scanned = 1;
        c->next = 0;
    }

    return 0;
}


static int
keyauth_reconcile_order(const void *one, const void *two)
{
    return memcmp(one, two, KEYAUTH_STORE_DIGEST);
}


/* some people of a node */

static int
keyauth_reconcile_next(keyauth_replicator_t *r)
{
    int                   differs;
    size_t                i, n;
    uint8_t             (*users)[KEYAUTH_STORE_DIGEST];
    redisReply           *person;
    keyauth_reconcile_t  *c;

    c = &r->reconcile;
    n = r->status.ready ? KEYAUTH_ROUND_PEOPLE_FEW : KEYAUTH_ROUND_PEOPLE;
    n = (c->names.n - c->next < n) ? c->names.n - c->next : n;

    if (n == 0) {
        c->node++;
        c->scanned = 0;
        c->names.n = 0;
        strcpy(c->cursor, "0");
        return 0;
    }

    users = c->names.user + c->next;
    c->next += n;
    r->status.done += n;

    if (!c->empty && keyauth_reconcile_look(r, users, n) != 0) {
        return -1;
    }

    for (i = 0; i < n; i++) {
        differs = 1;

        if (!c->empty) {
            person = keyauth_reconcile_looked(r, users[i]);

            if (person == NULL) {
                return -1;
            }

            differs = keyauth_reconcile_differs(r, users[i], person);
            freeReplyObject(person);
        }

        if (differs) {
            keyauth_round_people_add(r->unsure ? &r->doubtful : &r->people,
                                     users[i]);
        }
    }

    return 0;
}


static int
keyauth_reconcile_look(keyauth_replicator_t *r,
    uint8_t (*users)[KEYAUTH_STORE_DIGEST], size_t n)
{
    char      person[KEYAUTH_NAME];
    size_t    i;

    for (i = 0; i < n; i++) {
        keyauth_nodes_person(&r->nodes, users[i], person);
        keyauth_link_command(keyauth_nodes_link(&r->nodes,
                                                keyauth_shard(users[i])),
                             "EVALSHA", r->nodes.look, "1", person, NULL);
    }

    if (keyauth_round_flush(r) != 0) {
        return -1;
    }

    return 0;
}


/* NULL: err */

static redisReply *
keyauth_reconcile_looked(keyauth_replicator_t *r, const uint8_t *user)
{
    redisReply      *reply;
    keyauth_link_t  *link;

    link = keyauth_nodes_link(&r->nodes, keyauth_shard(user));
    reply = keyauth_link_reply(link, link->timeout);

    /* who cannot be read is there without anything */

    if (!keyauth_round_refused(reply)
        && (reply == NULL || reply->type != REDIS_REPLY_ARRAY))
    {
        (void) keyauth_link_fail(link, NULL, reply, r->err);
        return NULL;
    }

    return reply;
}


static int
keyauth_reconcile_differs(keyauth_replicator_t *r, const uint8_t *user,
    const redisReply *person)
{
    size_t                    i;
    uint8_t                   phrase[KEYAUTH_STORE_DIGEST];
    uint64_t                  epoch;
    const redisReply         *field, *value;
    keyauth_store_e           e;
    keyauth_store_update_t    u;
    keyauth_store_version_t   v;

    for (i = 0; i + 1 < person->elements; i += 2) {
        field = person->element[i];
        value = person->element[i + 1];

        if (field->len == 1) {
            continue;
        }

        memset(&u, 0, sizeof(u));

        if (keyauth_unhex(phrase, sizeof(phrase), field->str, field->len) != 0
            || keyauth_fetch_template(r, &u, value) != 0)
        {
            return 1;
        }

        e = keyauth_store_known(r->store, user, phrase, &epoch, &v);

        if (e != KEYAUTH_STORE_OK || v.version != u.version.version) {
            return 1;
        }
    }

    e = keyauth_store_known(r->store, user, NULL, &epoch, NULL);

    return e != KEYAUTH_STORE_OK || epoch != keyauth_fetch_epoch(person);
}
