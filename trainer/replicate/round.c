/*
 * What replication has in hand: see round.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "round.h"


void
keyauth_round_people_add(keyauth_round_people_t *people, const uint8_t *user)
{
    if (people->n > 0
        && memcmp(people->user[people->n - 1], user, KEYAUTH_STORE_DIGEST)
           == 0)
    {
        return;
    }

    if (people->n == people->room) {
        people->room = people->room ? 2 * people->room : 1024;
        people->user = keyauth_realloc(people->user, people->room,
                                       sizeof(*people->user));
    }

    memcpy(people->user[people->n++], user, KEYAUTH_STORE_DIGEST);
}


int
keyauth_round_reopen(keyauth_replicator_t *r)
{
    return keyauth_store_reopen(r->store, r->err);
}


void
keyauth_round_clear(keyauth_replicator_t *r)
{
    size_t  i;

    for (i = 0; i < r->nreplies; i++) {
        freeReplyObject(r->replies[i]);
    }

    r->nreplies = 0;
    r->n = 0;
    r->people.n = 0;
    r->doubtful.n = 0;
}


keyauth_store_update_t *
keyauth_round_update(keyauth_replicator_t *r)
{
    keyauth_store_update_t  *u;

    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 1024;
        r->updates = keyauth_realloc(r->updates, r->room,
                                     sizeof(*r->updates));
    }

    u = &r->updates[r->n++];
    memset(u, 0, sizeof(*u));

    return u;
}


void
keyauth_round_keep(keyauth_replicator_t *r, redisReply *reply)
{
    if (r->nreplies == r->replies_room) {
        r->replies_room = r->replies_room ? 2 * r->replies_room : 1024;
        r->replies = keyauth_realloc(r->replies, r->replies_room,
                                     sizeof(*r->replies));
    }

    r->replies[r->nreplies++] = reply;
}


/*
 * What concerns one change must not stop the others.  These are errors of the
 * engine as a whole, or of the node that was asked: all changes have them, and
 * connecting again may help.
 */

int
keyauth_round_refused(const redisReply *reply)
{
    size_t  i, len;

    static const char *const  whole[] = {
        "ASK", "BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF",
        "MOVED", "NOAUTH", "NOREPLICAS", "NOSCRIPT", "OOM", "READONLY",
        "TRYAGAIN"
    };

    if (reply == NULL || reply->type != REDIS_REPLY_ERROR) {
        return 0;
    }

    for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        len = strlen(whole[i]);

        if (strncmp(reply->str, whole[i], len) == 0
            && reply->str[len] == ' ')
        {
            return 0;
        }
    }

    return 1;
}


int
keyauth_round_store(keyauth_replicator_t *r, keyauth_store_e e)
{
    snprintf(r->err, sizeof(r->err), "%s", keyauth_store_strerror(e));

    return -1;
}


int
keyauth_round_flush(keyauth_replicator_t *r)
{
    unsigned         i;
    keyauth_link_t  *link;

    for (i = 0; i < r->nodes.nodes; i++) {
        link = &r->nodes.node[i].link;

        if (keyauth_link_flush(link) != 0) {
            return keyauth_link_fail(link, NULL, NULL, r->err);
        }
    }

    return 0;
}
