/*
 * Replication's loop: see replicator.h.
 */


#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "fetch.h"
#include "merge.h"
#include "notify.h"
#include "reconcile.h"
#include "replicator.h"
#include "ship.h"
#include "streams.h"


#define KEYAUTH_IDLE       20           /* ms that a round waits */
#define KEYAUTH_HEARTBEAT  5000         /* ms between two statuses, at most */
#define KEYAUTH_AWAY       60000        /* ms: a host that was away for so
                                           long has to catch up, first */
#define KEYAUTH_BACK_MIN   0.1          /* s before connecting again */
#define KEYAUTH_BACK_MAX   5.0


static int keyauth_replicator_open(keyauth_replicator_t *r);
static void keyauth_replicator_close(keyauth_replicator_t *r);
static int keyauth_replicator_connect(keyauth_replicator_t *r);
static int keyauth_replicator_key(keyauth_replicator_t *r);
static int keyauth_replicator_round(keyauth_replicator_t *r);
static int keyauth_replicator_all(keyauth_replicator_t *r);
static int keyauth_replicator_write(keyauth_replicator_t *r);
static void keyauth_replicator_count(keyauth_replicator_t *r);
static void keyauth_replicator_room(keyauth_replicator_t *r);
static int keyauth_replicator_loop(keyauth_replicator_t *r,
    volatile const int *stop);
static uint64_t keyauth_wall(void);
static void keyauth_replicator_pause(double seconds,
    volatile const int *stop);


int
keyauth_replicate(const keyauth_replicate_options_t *o,
    volatile const int *stop)
{
    int                    rc;
    keyauth_replicator_t  *r;

    r = keyauth_alloc(1, sizeof(*r));
    r->o = o;
    r->nodes.redis = &o->redis;
    r->nodes.prefix = o->prefix;

    if (keyauth_replicator_open(r) != 0) {
        keyauth_say("%s", r->err);
        keyauth_replicator_close(r);
        return -1;
    }

    keyauth_notify("READY=1");
    rc = keyauth_replicator_loop(r, stop);
    keyauth_notify("STOPPING=1");

    keyauth_nodes_close(&r->nodes);
    keyauth_round_clear(r);
    r->status.connected = 0;
    (void) keyauth_replicator_write(r);
    keyauth_replicator_close(r);

    return rc;
}


static int
keyauth_replicator_open(keyauth_replicator_t *r)
{
    keyauth_store_e  e;

    keyauth_progress_init(&r->progress, r->o->quiet);
    r->changes = keyauth_alloc(KEYAUTH_BATCH, sizeof(*r->changes));
    r->bytes = keyauth_alloc(KEYAUTH_BATCH, KEYAUTH_STORE_TEMPLATE_MAX + 512);
    r->store = keyauth_store_open(r->o->folder, &r->o->key, r->o->map, 0,
                                  r->err);

    if (r->store == NULL) {
        return -1;
    }

    do {
        e = keyauth_store_replicate(r->store);

        if (e == KEYAUTH_STORE_OK) {
            e = keyauth_store_status(r->store, &r->status);
        }

    } while (e == KEYAUTH_STORE_MOVED && keyauth_round_reopen(r) == 0);

    if (e != KEYAUTH_STORE_OK) {
        return keyauth_round_store(r, e);
    }

    keyauth_hex(r->host, r->status.host, sizeof(r->status.host));

    /* who was away has missed something */

    r->status.connected = 0;

    if (keyauth_wall() > r->status.current + KEYAUTH_AWAY) {
        r->status.ready = 0;
    }

    return keyauth_replicator_write(r);
}


static void
keyauth_replicator_close(keyauth_replicator_t *r)
{
    keyauth_store_close(r->store);
    free(r->changes);
    free(r->bytes);
    free(r->updates);
    free(r->replies);
    free(r->people.user);
    free(r->doubtful.user);
    free(r->reconcile.names.user);
    free(r);
}


static int
keyauth_replicator_loop(keyauth_replicator_t *r, volatile const int *stop)
{
    int       rc, connected;
    double    back;

    back = KEYAUTH_BACK_MIN;
    connected = 0;

    while (!*stop) {

        if (!connected) {
            rc = keyauth_replicator_connect(r);
            connected = (rc == 0);

        } else {
            rc = keyauth_replicator_round(r);
            back = (rc == 0 && !r->reconcile.active) ? KEYAUTH_BACK_MIN
                                                     : back;
        }

        if (rc == 0) {

            if (r->o->once && keyauth_replicator_all(r)) {
                return (r->status.refused == 0) ? 0 : -1;
            }

            continue;
        }

        if (rc == -2) {
            keyauth_say("%s", r->err);
            return -1;
        }

        /* once in a while of trying, and each time that it was lost */

        if (connected || back == KEYAUTH_BACK_MIN) {
            keyauth_say("%s; what is written here waits", r->err);
        }

        connected = 0;
        keyauth_nodes_close(&r->nodes);
        keyauth_round_clear(r);
        r->status.connected = 0;
        r->reconcile.active = 0;
        (void) keyauth_replicator_write(r);

        /* not all hosts at once */

        keyauth_replicator_pause(back * (0.5 + 0.5 * (double) rand()
                                               / RAND_MAX), stop);
        back = (2 * back < KEYAUTH_BACK_MAX) ? 2 * back : KEYAUTH_BACK_MAX;
    }

    return 0;
}


static void
keyauth_replicator_pause(double seconds, volatile const int *stop)
{
    double  end;

    end = keyauth_now() + seconds;

    while (!*stop && keyauth_now() < end) {
        (void) poll(NULL, 0, 50);
    }
}


static int
keyauth_replicator_connect(keyauth_replicator_t *r)
{
    int  rc;

    if (keyauth_nodes_open(&r->nodes) != 0) {
        memcpy(r->err, r->nodes.err, sizeof(r->err));
        return -1;
    }

    rc = keyauth_replicator_key(r);

    if (rc == 0) {
        rc = keyauth_reconcile_begin(r);
    }

    if (rc == 0) {
        r->status.connected = 1;
        r->after_len = 0;
        r->again = 0;
        keyauth_say("connected to %s:%s%s", r->o->redis.host,
                    r->o->redis.port, r->nodes.cluster ? ", a cluster" : "");
    }

    return rc;
}


/* templates of another key would be of no use: -2 */

static int
keyauth_replicator_key(keyauth_replicator_t *r)
{
    int              rc;
    char             name[KEYAUTH_NAME], hex[2 * KEYAUTH_STORE_DIGEST + 1];
    uint8_t          full[32];
    redisReply      *reply;
    keyauth_link_t  *link;

    if (keyauth_store_key_derive(&r->o->key, "keyauth replication check 1",
                                 NULL, 0, full)
        != 0)
    {
        snprintf(r->err, sizeof(r->err), "no memory");
        return -2;
    }

    keyauth_hex(hex, full, KEYAUTH_STORE_DIGEST);
    snprintf(name, sizeof(name), "%.*s:{00}:key", KEYAUTH_PREFIX,
             r->nodes.prefix);
    link = keyauth_nodes_link(&r->nodes, 0);

    reply = keyauth_link_ask(link, "SET", name, hex, "NX", NULL);

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return keyauth_link_fail(link, NULL, reply, r->err);
    }

    freeReplyObject(reply);
    reply = keyauth_link_ask(link, "GET", name, NULL);

    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {
        return keyauth_link_fail(link, NULL, reply, r->err);
    }

    rc = strcmp(reply->str, hex) == 0 ? 0 : -2;
    freeReplyObject(reply);

    if (rc != 0) {
        snprintf(r->err, sizeof(r->err), "the engine holds templates of "
                 "another key: all hosts need the same key file");
    }

    return rc;
}


static int
keyauth_replicator_round(keyauth_replicator_t *r)
{
    int                     more;
    uint64_t                began;
    keyauth_store_status_t  before;

    began = keyauth_wall();
    before = r->status;
    more = r->more;
    r->more = 0;

    if (keyauth_streams_read(r, more ? 0 : KEYAUTH_IDLE) != 0
        || (r->reconcile.active && keyauth_reconcile_step(r) != 0)
        || keyauth_fetch(r, &r->people, 0) != 0
        || keyauth_ship(r) != 0
        || keyauth_fetch(r, &r->doubtful, 1) != 0)
    {
        return -1;
    }

    if (!r->more && !r->reconcile.active && keyauth_streams_caught(r)) {
        r->status.current = began;
        r->status.ready = 1;
    }

    if (r->n == 0 && r->status.ready == before.ready
        && keyauth_wall() < r->status.seen + KEYAUTH_HEARTBEAT)
    {
        return 0;
    }

    /* what could not be written has not caught up */

    if (keyauth_replicator_write(r) != 0) {
        r->status.current = before.current;
        r->status.ready = before.ready;
        return -1;
    }

    if (r->status.ready != before.ready) {
        keyauth_say("caught up");
    }

    keyauth_round_clear(r);

    return 0;
}


/* nothing waits, here or there, but what is refused */

static int
keyauth_replicator_all(keyauth_replicator_t *r)
{
    keyauth_store_status_t  status;

    return r->nodes.nodes > 0 && r->status.ready && !r->more
           && keyauth_streams_caught(r)
           && keyauth_store_status(r->store, &status) == KEYAUTH_STORE_OK
           && status.waiting <= r->status.refused;
}


static int
keyauth_replicator_write(keyauth_replicator_t *r)
{
    keyauth_store_e         e;
    keyauth_store_status_t  status;

    status = r->status;
    status.seen = keyauth_wall();
    memcpy(status.place, r->place, sizeof(status.place));

    /* until all was compared, a place in the streams says nothing */

    if (r->reconcile.active || !status.connected) {
        memcpy(status.place, r->status.place, sizeof(status.place));
    }

    do {
        e = keyauth_store_update(r->store, r->updates, r->n, keyauth_merge,
                                 &status);
    } while (e == KEYAUTH_STORE_MOVED && keyauth_round_reopen(r) == 0);

    if (e != KEYAUTH_STORE_OK) {
        return keyauth_round_store(r, e);
    }

    r->status.seen = status.seen;
    memcpy(r->status.place, status.place, sizeof(status.place));
    keyauth_replicator_count(r);
    keyauth_replicator_room(r);

    return 0;
}


static void
keyauth_replicator_count(keyauth_replicator_t *r)
{
    size_t  i;

    for (i = 0; i < r->n; i++) {

        switch (r->updates[i].outcome) {

        case KEYAUTH_STORE_MERGED:
        case KEYAUTH_STORE_LOST:
            r->status.conflicts++;
            r->status.applied++;
            break;

        case KEYAUTH_STORE_APPLIED:
            r->status.applied++;
            break;

        case KEYAUTH_STORE_BROKEN:
            r->status.damaged++;
            keyauth_say("a template of the engine cannot be opened: it is "
                        "damaged, or of another key");
            break;

        default:
            break;
        }
    }
}


/* says so while there is still time */

static void
keyauth_replicator_room(keyauth_replicator_t *r)
{
    double                 now;
    keyauth_store_info_t   info;

    static double  said = -3600;

    now = keyauth_now();

    if (now > said + 600 && r->store != NULL
        && keyauth_store_info(r->store, &info) == KEYAUTH_STORE_OK
        && info.size >= info.map / 10 * 9)
    {
        said = now;
        keyauth_say("the store has less than a tenth of its room left, and "
                    "what waits to be sent needs some: raise map_size");
    }
}


static uint64_t
keyauth_wall(void)
{
    struct timeval  tv;

    (void) gettimeofday(&tv, NULL);

    return (uint64_t) tv.tv_sec * 1000 + (uint64_t) tv.tv_usec / 1000;
}
