/*
 * What other stores wrote, written here; docs/replication.md has the order.
 *
 * All hosts get the same from the engine, in the order of its versions.  Where
 * something of this store waits to be sent, that comes later in the order, and
 * is changed here to what it is to become then.
 */


#include <string.h>

#include "keyauth_store_file.h"


/* a template that waits for nothing, and was not seen by an update */
#define KEYAUTH_STORE_SEND_KNOWN  0x80

/* numbers, engine, places */
#define KEYAUTH_STORE_STATUS                                                  \
    (9 * 8 + 2 * 4 + 16 + KEYAUTH_STORE_SHARDS * KEYAUTH_STORE_STREAM_ID)


static keyauth_store_e keyauth_store_person(keyauth_store_writer_t *w,
    keyauth_store_update_t *u);
static keyauth_store_e keyauth_store_template(keyauth_store_writer_t *w,
    keyauth_store_update_t *u, keyauth_store_merge_pt merge);
static keyauth_store_e keyauth_store_had(keyauth_store_writer_t *w,
    keyauth_store_update_t *u, const uint8_t *key, unsigned send,
    keyauth_store_merge_pt merge);
static keyauth_store_e keyauth_store_against(keyauth_store_writer_t *w,
    keyauth_store_update_t *u, const uint8_t *key, unsigned send,
    const keyauth_store_version_t *base, keyauth_store_merge_pt merge);
static int keyauth_store_alive(keyauth_store_writer_t *w,
    const uint8_t *key);
static keyauth_store_e keyauth_store_rebase(keyauth_store_writer_t *w,
    keyauth_store_update_t *u, const uint8_t *key, unsigned send);
static keyauth_store_e keyauth_store_join(keyauth_store_writer_t *w,
    keyauth_store_update_t *u, const uint8_t *key,
    keyauth_store_merge_pt merge);
static keyauth_store_e keyauth_store_take(keyauth_store_writer_t *w,
    keyauth_store_update_t *u, const uint8_t *key);
static keyauth_store_e keyauth_store_take_value(keyauth_store_writer_t *w,
    keyauth_store_update_t *u, const uint8_t *key);
static keyauth_store_e keyauth_store_history(keyauth_store_writer_t *w,
    const uint8_t *key, uint32_t day);
static keyauth_store_e keyauth_store_sent(keyauth_store_writer_t *w,
    keyauth_store_update_t *u);
static keyauth_store_e keyauth_store_sent_person(keyauth_store_writer_t *w,
    keyauth_store_update_t *u);
static keyauth_store_e keyauth_store_status_put(keyauth_store_writer_t *w,
    const keyauth_store_status_t *status);
static void keyauth_store_entry_key(const keyauth_store_update_t *u,
    uint8_t key[KEYAUTH_STORE_NAMES]);


keyauth_store_e
keyauth_store_update(keyauth_store_t *s, keyauth_store_update_t *updates,
    size_t n, keyauth_store_merge_pt merge,
    const keyauth_store_status_t *status)
{
    size_t                   i;
    unsigned                 full;
    keyauth_store_e          e;
    keyauth_store_update_t  *u;
    keyauth_store_writer_t   w;

    memset(&w, 0, sizeof(w));
    w.s = s;
    full = 0;
    e = keyauth_store_enter(&w);

    if (e == KEYAUTH_STORE_OK && !w.replicated) {
        e = KEYAUTH_STORE_NONE;
    }

    for (i = 0; i < n && e == KEYAUTH_STORE_OK; i++) {
        u = &updates[i];
        u->outcome = KEYAUTH_STORE_NOTHING;

        e = (u->kind == KEYAUTH_STORE_PERSON) ? keyauth_store_person(&w, u)
            : (u->kind == KEYAUTH_STORE_SENT) ? keyauth_store_sent(&w, u)
              : keyauth_store_template(&w, u, merge);

        full |= (u->outcome == KEYAUTH_STORE_NO_ROOM);
    }

    if (e == KEYAUTH_STORE_OK && status != NULL && !full) {
        e = keyauth_store_status_put(&w, status);
    }

    e = keyauth_store_leave(&w, e);

    return (e == KEYAUTH_STORE_OK && full) ? KEYAUTH_STORE_FULL : e;
}


/*
 * Somebody was forgotten, which holds for all that had not seen it; where that
 * waits to be sent from here, it comes later and holds for what is there.
 */

static keyauth_store_e
keyauth_store_person(keyauth_store_writer_t *w, keyauth_store_update_t *u)
{
    uint8_t                key[KEYAUTH_STORE_NAMES];
    uint64_t               epoch, waiting;
    keyauth_store_e        e;
    keyauth_store_entry_t  entry;

    e = keyauth_store_epoch_get(w->txn, w->s->dbi, u->user, &epoch);

    if (e != KEYAUTH_STORE_OK || u->epoch <= epoch) {
        return e;
    }

    keyauth_store_entry_key(u, key);
    e = keyauth_store_entry_get(w, key, KEYAUTH_STORE_PERSON_KEY, &entry);

    if (e == KEYAUTH_STORE_OK) {

        if (!(entry.send & KEYAUTH_STORE_SEND_RESTORE)) {
            return KEYAUTH_STORE_OK;
        }

        e = keyauth_store_entry_delete(w, key, KEYAUTH_STORE_PERSON_KEY);
    }

    waiting = w->outbox.waiting;

    if (e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE) {
        e = keyauth_store_forget_person(w, u->user);
    }

    if (e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE) {
        e = keyauth_store_person_clear(w, u->user);
    }

    u->outcome = (w->outbox.waiting < waiting) ? KEYAUTH_STORE_LOST
                                               : KEYAUTH_STORE_APPLIED;

    return (e == KEYAUTH_STORE_OK)
           ? keyauth_store_epoch_put(w, u->user, u->epoch) : e;
}


static keyauth_store_e
keyauth_store_template(keyauth_store_writer_t *w, keyauth_store_update_t *u,
    keyauth_store_merge_pt merge)
{
    uint8_t                  name[KEYAUTH_STORE_NAMES];
    uint8_t                  key[KEYAUTH_STORE_NAMES];
    unsigned                 send, unsure;
    uint64_t                 epoch;
    keyauth_store_e          e;
    keyauth_store_entry_t    entry;
    keyauth_store_version_t  base;

    keyauth_store_entry_key(u, name);
    e = keyauth_store_epoch_get(w->txn, w->s->dbi, u->user, &epoch);

    if (e != KEYAUTH_STORE_OK || u->epoch != epoch) {
        return e;
    }

    e = keyauth_store_entry_get(w, name, KEYAUTH_STORE_PERSON_KEY, &entry);

    if (e == KEYAUTH_STORE_OK
        && !(entry.send & KEYAUTH_STORE_SEND_RESTORE))
    {
        return KEYAUTH_STORE_OK;
    }

    e = keyauth_store_entry_get(w, name, sizeof(name), &entry);

    unsure = u->unsure;
    send = entry.send;

    if (send & KEYAUTH_STORE_SEND_RESTORE) {
        unsure = 1;
        send = 0;
    }

    keyauth_store_key_swap(KEYAUTH_STORE_KEY_TEMPLATE, name, key);

    if (e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE) {
        e = keyauth_store_version_get(w->txn, w->s->dbi, key, &base);
    }

    if (e != KEYAUTH_STORE_OK) {
        base.version = 0;
        base.floor = 0;

        if (e != KEYAUTH_STORE_NONE) {
            return e;
        }

    } else if (u->version.version == base.version
               || (u->version.version < base.version && !unsure))
    {
        return KEYAUTH_STORE_OK;

    } else if (send == 0 && (unsure || u->version.floor < base.floor)) {
        send = keyauth_store_alive(w, key) ? KEYAUTH_STORE_SEND_WRITE
                                           : KEYAUTH_STORE_SEND_FORGET;
        send |= KEYAUTH_STORE_SEND_KNOWN;
    }

    if (u->bytes != NULL && w->full) {
        u->outcome = KEYAUTH_STORE_NO_ROOM;
        return KEYAUTH_STORE_OK;
    }

    if (send & ~KEYAUTH_STORE_SEND_WRITE && u->mark != 0
        && u->mark == entry.mark)
    {
        return keyauth_store_had(w, u, key, send, merge);
    }

    return (send == 0) ? keyauth_store_take(w, u, key)
                       : keyauth_store_against(w, u, key, send, &base, merge);
}


/* what waits has replaced it already, which nobody had said */

static keyauth_store_e
keyauth_store_had(keyauth_store_writer_t *w, keyauth_store_update_t *u,
    const uint8_t *key, unsigned send, keyauth_store_merge_pt merge)
{
    uint8_t          name[KEYAUTH_STORE_NAMES];
    keyauth_store_e  e;

    if (!(send & KEYAUTH_STORE_SEND_WRITE)) {
        return keyauth_store_take(w, u, key);
    }

    keyauth_store_entry_key(u, name);
    e = keyauth_store_entry_delete(w, name, sizeof(name));

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    return (u->bytes != NULL)
           ? keyauth_store_join(w, u, key, merge)
           : keyauth_store_rebase(w, u, key, KEYAUTH_STORE_SEND_WRITE);
}


/*
 * What is here had not seen this: it waits to be sent, or the engine has lost
 * it.  A forget wins over what it did not see, and what went back to an
 * earlier day over rows that were learned meanwhile.
 */

static keyauth_store_e
keyauth_store_against(keyauth_store_writer_t *w, keyauth_store_update_t *u,
    const uint8_t *key, unsigned send, const keyauth_store_version_t *base,
    keyauth_store_merge_pt merge)
{
    int              theirs;
    keyauth_store_e  e;

    if (u->version.floor > base->floor) {
        theirs = (u->bytes == NULL || !(send & KEYAUTH_STORE_SEND_FORGET)
                  || (send & KEYAUTH_STORE_SEND_KNOWN));

    } else if (u->version.floor < base->floor) {
        theirs = 0;

        if (send & KEYAUTH_STORE_SEND_KNOWN) {
            u->outcome = KEYAUTH_STORE_MERGED;
            send ^= KEYAUTH_STORE_SEND_KNOWN | KEYAUTH_STORE_SEND_RESTORE;
            return keyauth_store_note(w, key, send, KEYAUTH_STORE_OK);
        }

    } else {
        theirs = (send & KEYAUTH_STORE_SEND_KNOWN)
                 && !(send & KEYAUTH_STORE_SEND_WRITE);

        if (u->bytes != NULL && (send & ~KEYAUTH_STORE_SEND_KNOWN)
                                == KEYAUTH_STORE_SEND_WRITE)
        {
            return keyauth_store_join(w, u, key, merge);
        }
    }

    if (!theirs) {
        return keyauth_store_rebase(w, u, key,
                                    send & ~KEYAUTH_STORE_SEND_KNOWN);
    }

    e = keyauth_store_take(w, u, key);

    if (u->outcome == KEYAUTH_STORE_APPLIED
        && (send & KEYAUTH_STORE_SEND_WRITE))
    {
        u->outcome = KEYAUTH_STORE_LOST;
    }

    return e;
}


static int
keyauth_store_alive(keyauth_store_writer_t *w, const uint8_t *key)
{
    MDB_val  value;

    return keyauth_store_value(w->txn, w->s->dbi, key, KEYAUTH_STORE_NAMES,
                               &value)
           == KEYAUTH_STORE_OK;
}


/* what waits stays, and comes after it */

static keyauth_store_e
keyauth_store_rebase(keyauth_store_writer_t *w, keyauth_store_update_t *u,
    const uint8_t *key, unsigned send)
{
    keyauth_store_e          e;
    keyauth_store_version_t  v;

    u->outcome = KEYAUTH_STORE_MERGED;
    e = keyauth_store_version_get(w->txn, w->s->dbi, key, &v);

    if (v.floor < u->version.floor) {
        v.floor = u->version.floor;
    }

    if (e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE) {
        v.version = u->version.version;
        e = keyauth_store_version_put(w, key, &v,
                                      keyauth_store_alive(w, key));
    }

    return keyauth_store_note(w, key, send, e);
}


static keyauth_store_e
keyauth_store_join(keyauth_store_writer_t *w, keyauth_store_update_t *u,
    const uint8_t *key, keyauth_store_merge_pt merge)
{
    size_t                  size;
    uint8_t                 bytes[KEYAUTH_STORE_TEMPLATE_MAX];
    char                    names[KEYAUTH_LABEL_MAX + KEYAUTH_PHRASE_MAX];
    MDB_val                 k, value;
    keyauth_store_e         e;
    keyauth_store_record_t  own, theirs;

    e = keyauth_store_old(w, key, KEYAUTH_STORE_NAMES, &own);

    if (e != KEYAUTH_STORE_OK) {
        return (e == KEYAUTH_STORE_DAMAGED || e == KEYAUTH_STORE_NONE)
               ? keyauth_store_take(w, u, key) : e;
    }

    memcpy(bytes, own.bytes, own.size);
    own.bytes = bytes;

    memcpy(&k.mv_data, &key, sizeof(key));
    k.mv_size = KEYAUTH_STORE_NAMES;
    memcpy(&value.mv_data, &u->bytes, sizeof(u->bytes));
    value.mv_size = u->size;

    if (keyauth_store_unseal(&w->s->writer, &k, &value, &theirs) != 0) {
        u->outcome = KEYAUTH_STORE_BROKEN;
        return KEYAUTH_STORE_OK;
    }

    /* the names are the same: it is the same key */

    memcpy(names, theirs.name.user,
           theirs.name.user_len + theirs.name.phrase_len);
    theirs.name.user = names;
    theirs.name.phrase = names + theirs.name.user_len;
    own.name = theirs.name;

    size = merge(&own, &theirs, w->s->bytes);

    if (size == 0 || size > KEYAUTH_STORE_TEMPLATE_MAX
        || (size == theirs.size
            && memcmp(w->s->bytes, theirs.bytes, size) == 0))
    {
        return keyauth_store_take(w, u, key);
    }

    theirs.created = (own.created < theirs.created) ? own.created
                                                    : theirs.created;
    theirs.changed = (own.changed > theirs.changed) ? own.changed
                                                    : theirs.changed;
    theirs.bytes = w->s->bytes;
    theirs.size = size;

    u->outcome = KEYAUTH_STORE_MERGED;
    e = keyauth_store_keep(w, key, theirs.changed, &own);

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_seal(w, key, KEYAUTH_STORE_NAMES, &theirs);
    }

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_version_put(w, key, &u->version, 1);
    }

    return keyauth_store_note(w, key, KEYAUTH_STORE_SEND_WRITE, e);
}


/* becomes what the engine has */

static keyauth_store_e
keyauth_store_take(keyauth_store_writer_t *w, keyauth_store_update_t *u,
    const uint8_t *key)
{
    uint8_t          entry[KEYAUTH_STORE_NAMES];
    keyauth_store_e  e;

    u->outcome = KEYAUTH_STORE_APPLIED;

    e = (u->bytes != NULL) ? keyauth_store_take_value(w, u, key)
                           : keyauth_store_forget(w, key);

    if (u->outcome == KEYAUTH_STORE_BROKEN) {
        return KEYAUTH_STORE_OK;
    }

    if (e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE) {
        e = keyauth_store_version_put(w, key, &u->version, u->bytes != NULL);
    }

    keyauth_store_entry_key(u, entry);

    return (e == KEYAUTH_STORE_OK)
           ? keyauth_store_entry_delete(w, entry, sizeof(entry)) : e;
}


static keyauth_store_e
keyauth_store_take_value(keyauth_store_writer_t *w, keyauth_store_update_t *u,
    const uint8_t *key)
{
    uint32_t                changed;
    MDB_val                 k, value;
    keyauth_store_e         e;
    keyauth_store_record_t  record;

    memcpy(&k.mv_data, &key, sizeof(key));
    k.mv_size = KEYAUTH_STORE_NAMES;
    memcpy(&value.mv_data, &u->bytes, sizeof(u->bytes));
    value.mv_size = u->size;

    if (keyauth_store_unseal(&w->s->writer, &k, &value, &record) != 0) {
        u->outcome = KEYAUTH_STORE_BROKEN;
        return KEYAUTH_STORE_OK;
    }

    changed = record.changed;
    e = keyauth_store_old(w, key, KEYAUTH_STORE_NAMES, &record);

    if (e == KEYAUTH_STORE_OK) {
        e = (record.changed < changed)
            ? keyauth_store_keep(w, key, changed, &record)
            : keyauth_store_history(w, key, changed);

    } else if (e == KEYAUTH_STORE_NONE) {
        w->head.templates++;
        e = KEYAUTH_STORE_OK;

    } else if (e == KEYAUTH_STORE_DAMAGED) {
        e = KEYAUTH_STORE_OK;
    }

    return (e == KEYAUTH_STORE_OK)
           ? keyauth_store_put(w, key, KEYAUTH_STORE_NAMES, u->bytes, u->size)
           : e;
}


/* a template went back to an earlier day: those from there on go */

static keyauth_store_e
keyauth_store_history(keyauth_store_writer_t *w, const uint8_t *key,
    uint32_t day)
{
    uint8_t          prefix[KEYAUTH_STORE_NAMES];
    uint8_t          dated[KEYAUTH_STORE_DATED];
    keyauth_store_e  e;

    memcpy(prefix, key, sizeof(prefix));
    prefix[0] = KEYAUTH_STORE_KEY_HISTORY;
    e = KEYAUTH_STORE_OK;

    while (e == KEYAUTH_STORE_OK
           && keyauth_store_find(w, prefix, sizeof(prefix), 1, dated,
                                 sizeof(dated))
              == 0
           && keyauth_store_day(dated) >= day)
    {
        e = keyauth_store_delete(w, dated, sizeof(dated));
    }

    return e;
}


/* the engine has a change; it may have changed again meanwhile */

static keyauth_store_e
keyauth_store_sent(keyauth_store_writer_t *w, keyauth_store_update_t *u)
{
    uint8_t                  name[KEYAUTH_STORE_NAMES];
    uint8_t                  key[KEYAUTH_STORE_NAMES];
    uint64_t                 epoch;
    keyauth_store_e          e;
    keyauth_store_entry_t    entry;
    keyauth_store_version_t  v;

    if (u->send & KEYAUTH_STORE_SEND_PERSON) {
        return keyauth_store_sent_person(w, u);
    }

    keyauth_store_entry_key(u, name);
    e = keyauth_store_epoch_get(w->txn, w->s->dbi, u->user, &epoch);

    if (e != KEYAUTH_STORE_OK || epoch != u->epoch) {
        return e;
    }

    keyauth_store_key_swap(KEYAUTH_STORE_KEY_TEMPLATE, name, key);
    e = keyauth_store_entry_get(w, name, sizeof(name), &entry);

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_version_get(w->txn, w->s->dbi, key, &v);
    }

    if (e != KEYAUTH_STORE_OK) {
        return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
    }

    if (v.version < u->version.version) {
        e = keyauth_store_version_put(w, key, &u->version,
                                      keyauth_store_alive(w, key));
    }

    return (e == KEYAUTH_STORE_OK && entry.sequence == u->sequence)
           ? keyauth_store_entry_delete(w, name, sizeof(name)) : e;
}


/* where others were forgetting, too, the engine has counted further */

static keyauth_store_e
keyauth_store_sent_person(keyauth_store_writer_t *w,
    keyauth_store_update_t *u)
{
    uint8_t                key[KEYAUTH_STORE_NAMES];
    keyauth_store_e        e;
    keyauth_store_entry_t  entry;

    keyauth_store_entry_key(u, key);
    e = keyauth_store_entry_get(w, key, KEYAUTH_STORE_PERSON_KEY, &entry);

    if (e != KEYAUTH_STORE_OK || entry.sequence != u->sequence) {
        return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
    }

    e = keyauth_store_entry_delete(w, key, KEYAUTH_STORE_PERSON_KEY);

    return (e == KEYAUTH_STORE_OK && !(entry.send & KEYAUTH_STORE_SEND_RESTORE))
           ? keyauth_store_epoch_put(w, u->user, u->epoch) : e;
}


static void
keyauth_store_entry_key(const keyauth_store_update_t *u,
    uint8_t key[KEYAUTH_STORE_NAMES])
{
    key[0] = KEYAUTH_STORE_KEY_OUTBOX;
    memcpy(key + 1, u->user, KEYAUTH_STORE_DIGEST);
    memcpy(key + KEYAUTH_STORE_PERSON_KEY, u->phrase, KEYAUTH_STORE_DIGEST);
}


static keyauth_store_e
keyauth_store_status_put(keyauth_store_writer_t *w,
    const keyauth_store_status_t *status)
{
    uint8_t  key, bytes[KEYAUTH_STORE_STATUS], *p;

    p = bytes;
    keyauth_put64(p, status->seen);
    keyauth_put64(p + 8, status->current);
    keyauth_put64(p + 16, status->applied);
    keyauth_put64(p + 24, status->sent);
    keyauth_put64(p + 32, status->conflicts);
    keyauth_put64(p + 40, status->damaged);
    keyauth_put64(p + 48, status->done);
    keyauth_put64(p + 56, status->total);
    keyauth_put64(p + 64, status->refused);
    keyauth_put32(p + 72, status->connected);
    keyauth_put32(p + 76, status->ready);
    memcpy(p + 80, status->engine, sizeof(status->engine));
    memcpy(p + 96, status->place, sizeof(status->place));

    key = KEYAUTH_STORE_KEY_STATUS;

    return keyauth_store_put(w, &key, 1, bytes, sizeof(bytes));
}


keyauth_store_e
keyauth_store_status(keyauth_store_t *s, keyauth_store_status_t *status)
{
    uint8_t          name;
    const uint8_t   *p;
    MDB_val          value;
    keyauth_store_e  e;

    memset(status, 0, sizeof(*status));
    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    name = KEYAUTH_STORE_KEY_REPLICA;
    e = keyauth_store_value(s->txn, s->dbi, &name, 1, &value);

    if (e == KEYAUTH_STORE_OK && value.mv_size == KEYAUTH_STORE_OUTBOX) {
        p = value.mv_data;
        status->sequence = keyauth_get64(p);
        status->waiting = keyauth_get64(p + 8);
        memcpy(status->host, p + 16, sizeof(status->host));
        name = KEYAUTH_STORE_KEY_STATUS;
    }

    if (e == KEYAUTH_STORE_OK
        && keyauth_store_value(s->txn, s->dbi, &name, 1, &value)
           == KEYAUTH_STORE_OK
        && value.mv_size == KEYAUTH_STORE_STATUS)
    {
        p = value.mv_data;
        status->seen = keyauth_get64(p);
        status->current = keyauth_get64(p + 8);
        status->applied = keyauth_get64(p + 16);
        status->sent = keyauth_get64(p + 24);
        status->conflicts = keyauth_get64(p + 32);
        status->damaged = keyauth_get64(p + 40);
        status->done = keyauth_get64(p + 48);
        status->total = keyauth_get64(p + 56);
        status->refused = keyauth_get64(p + 64);
        status->connected = keyauth_get32(p + 72);
        status->ready = keyauth_get32(p + 76);
        memcpy(status->engine, p + 80, sizeof(status->engine));
        memcpy(status->place, p + 96, sizeof(status->place));
    }

    keyauth_store_end(s);

    return e;
}
