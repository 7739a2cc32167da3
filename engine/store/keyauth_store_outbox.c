/*
 * What waits to be sent to other stores, and the versions that it has there.
 *
 * There is one entry of a template, however often it changes: so many people,
 * so many entries, and what is sent is what there is when it is sent.
 */


#include <string.h>

#include "keyauth_store_file.h"


#define KEYAUTH_STORE_VERSIONED 16      /* version, floor */
#define KEYAUTH_STORE_EPOCH     8


static keyauth_store_e keyauth_store_drop(keyauth_store_writer_t *w,
    char kind, const uint8_t *user);


keyauth_store_e
keyauth_store_outbox_get(keyauth_store_writer_t *w)
{
    uint8_t          key;
    MDB_val          value;
    const uint8_t   *p;
    keyauth_store_e  e;

    key = KEYAUTH_STORE_KEY_REPLICA;
    e = keyauth_store_value(w->txn, w->s->dbi, &key, 1, &value);

    w->replicated = (e == KEYAUTH_STORE_OK
                     && value.mv_size == KEYAUTH_STORE_OUTBOX);

    if (w->replicated) {
        p = value.mv_data;
        w->outbox.sequence = keyauth_get64(p);
        w->outbox.waiting = keyauth_get64(p + 8);
        memcpy(w->outbox.host, p + 16, sizeof(w->outbox.host));
    }

    return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
}


keyauth_store_e
keyauth_store_outbox_put(keyauth_store_writer_t *w)
{
    uint8_t  key, bytes[KEYAUTH_STORE_OUTBOX];

    key = KEYAUTH_STORE_KEY_REPLICA;
    keyauth_put64(bytes, w->outbox.sequence);
    keyauth_put64(bytes + 8, w->outbox.waiting);
    memcpy(bytes + 16, w->outbox.host, sizeof(w->outbox.host));

    return keyauth_store_put(w, &key, 1, bytes, sizeof(bytes));
}


/* an entry: of a template, or by its shorter key of a person */

keyauth_store_e
keyauth_store_entry_put(keyauth_store_writer_t *w, const uint8_t *key,
    size_t len, unsigned send)
{
    uint8_t                bytes[KEYAUTH_STORE_ENTRY];
    keyauth_store_e        e;
    keyauth_store_entry_t  old;

    e = keyauth_store_entry_get(w, key, len, &old);

    if (e == KEYAUTH_STORE_NONE) {
        w->outbox.waiting++;

    } else if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    /* forgotten: what there was before need not be sent */

    w->outbox.sequence++;

    if (send != KEYAUTH_STORE_SEND_WRITE) {
        old.mark = w->outbox.sequence;
    }

    if ((send & KEYAUTH_STORE_SEND_WRITE)
        && !(old.send & KEYAUTH_STORE_SEND_RESTORE))
    {
        send |= old.send;
    }

    keyauth_put64(bytes, w->outbox.sequence);
    keyauth_put64(bytes + 8, old.mark);
    keyauth_put32(bytes + 16, send);

    return keyauth_store_put(w, key, len, bytes, sizeof(bytes));
}


keyauth_store_e
keyauth_store_entry_get(keyauth_store_writer_t *w, const uint8_t *key,
    size_t len, keyauth_store_entry_t *entry)
{
    MDB_val          value;
    const uint8_t   *p;
    keyauth_store_e  e;

    memset(entry, 0, sizeof(*entry));
    e = keyauth_store_value(w->txn, w->s->dbi, key, len, &value);

    if (e == KEYAUTH_STORE_OK) {

        if (value.mv_size != KEYAUTH_STORE_ENTRY) {
            return KEYAUTH_STORE_DAMAGED;
        }

        p = value.mv_data;
        entry->sequence = keyauth_get64(p);
        entry->mark = keyauth_get64(p + 8);
        entry->send = keyauth_get32(p + 16);
    }

    return e;
}


keyauth_store_e
keyauth_store_entry_delete(keyauth_store_writer_t *w, const uint8_t *key,
    size_t len)
{
    keyauth_store_e  e;

    e = keyauth_store_delete(w, key, len);

    if (e == KEYAUTH_STORE_OK && w->outbox.waiting > 0) {
        w->outbox.waiting--;
    }

    return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
}


/* of a template: it is kept with its phrase, or where it has gone apart */

keyauth_store_e
keyauth_store_version_get(MDB_txn *txn, MDB_dbi dbi, const uint8_t *key,
    keyauth_store_version_t *v)
{
    uint8_t          name[KEYAUTH_STORE_NAMES];
    MDB_val          value;
    keyauth_store_e  e;

    v->version = 0;
    v->floor = 0;

    keyauth_store_key_swap(KEYAUTH_STORE_KEY_USER, key, name);
    e = keyauth_store_value(txn, dbi, name, sizeof(name), &value);

    if (e == KEYAUTH_STORE_NONE) {
        name[0] = KEYAUTH_STORE_KEY_VERSION;
        e = keyauth_store_value(txn, dbi, name, sizeof(name), &value);
    }

    if (e == KEYAUTH_STORE_OK && value.mv_size == KEYAUTH_STORE_VERSIONED) {
        v->version = keyauth_get64(value.mv_data);
        v->floor = keyauth_get64((uint8_t *) value.mv_data + 8);
    }

    return e;
}


keyauth_store_e
keyauth_store_version_put(keyauth_store_writer_t *w, const uint8_t *key,
    const keyauth_store_version_t *v, int alive)
{
    uint8_t          name[KEYAUTH_STORE_NAMES];
    uint8_t          bytes[KEYAUTH_STORE_VERSIONED];
    keyauth_store_e  e;

    keyauth_put64(bytes, v->version);
    keyauth_put64(bytes + 8, v->floor);
    keyauth_store_key_swap(KEYAUTH_STORE_KEY_VERSION, key, name);

    if (!alive) {
        return keyauth_store_put(w, name, sizeof(name), bytes, sizeof(bytes));
    }

    e = keyauth_store_delete(w, name, sizeof(name));
    name[0] = KEYAUTH_STORE_KEY_USER;

    return (e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE)
           ? keyauth_store_put(w, name, sizeof(name), bytes, sizeof(bytes))
           : e;
}


keyauth_store_e
keyauth_store_epoch_get(MDB_txn *txn, MDB_dbi dbi, const uint8_t *user,
    uint64_t *epoch)
{
    uint8_t          name[KEYAUTH_STORE_PERSON_KEY];
    MDB_val          value;
    keyauth_store_e  e;

    *epoch = 0;
    name[0] = KEYAUTH_STORE_KEY_VERSION;
    memcpy(name + 1, user, KEYAUTH_STORE_DIGEST);
    e = keyauth_store_value(txn, dbi, name, sizeof(name), &value);

    if (e == KEYAUTH_STORE_OK && value.mv_size == KEYAUTH_STORE_EPOCH) {
        *epoch = keyauth_get64(value.mv_data);
    }

    return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
}


keyauth_store_e
keyauth_store_epoch_put(keyauth_store_writer_t *w, const uint8_t *user,
    uint64_t epoch)
{
    uint8_t  name[KEYAUTH_STORE_PERSON_KEY], bytes[KEYAUTH_STORE_EPOCH];

    name[0] = KEYAUTH_STORE_KEY_VERSION;
    memcpy(name + 1, user, KEYAUTH_STORE_DIGEST);
    keyauth_put64(bytes, epoch);

    return keyauth_store_put(w, name, sizeof(name), bytes, sizeof(bytes));
}


keyauth_store_e
keyauth_store_note(keyauth_store_writer_t *w, const uint8_t *key,
    unsigned send, keyauth_store_e e)
{
    uint8_t  name[KEYAUTH_STORE_NAMES];

    if (e != KEYAUTH_STORE_OK || !w->replicated) {
        return e;
    }

    keyauth_store_key_swap(KEYAUTH_STORE_KEY_OUTBOX, key, name);

    return keyauth_store_entry_put(w, name, sizeof(name), send);
}


keyauth_store_e
keyauth_store_note_version(keyauth_store_writer_t *w, const uint8_t *key,
    const keyauth_store_command_t *c, keyauth_store_e e)
{
    uint64_t        epoch;
    const uint8_t  *user;

    if (e != KEYAUTH_STORE_OK || !w->replicated) {
        return e;
    }

    user = key + 1 + KEYAUTH_STORE_DIGEST;
    e = keyauth_store_epoch_get(w->txn, w->s->dbi, user, &epoch);

    if (e == KEYAUTH_STORE_OK && c->epoch > epoch) {
        e = keyauth_store_epoch_put(w, user, c->epoch);
    }

    return (e == KEYAUTH_STORE_OK)
           ? keyauth_store_version_put(w, key, &c->version, 1) : e;
}


keyauth_store_e
keyauth_store_note_phrase(keyauth_store_writer_t *w, const uint8_t *key)
{
    uint8_t                  name[KEYAUTH_STORE_NAMES];
    keyauth_store_e          e;
    keyauth_store_version_t  v;

    if (!w->replicated) {
        keyauth_store_key_swap(KEYAUTH_STORE_KEY_USER, key, name);
        return keyauth_store_put(w, name, sizeof(name), NULL, 0);
    }

    e = keyauth_store_version_get(w->txn, w->s->dbi, key, &v);

    return (e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE)
           ? keyauth_store_version_put(w, key, &v, 1) : e;
}


/*
 * What others know of, and this store not yet, is forgotten by this as well:
 * it is noted even where there is nothing.
 */

keyauth_store_e
keyauth_store_note_forget(keyauth_store_writer_t *w, const uint8_t *key)
{
    keyauth_store_e          e, noted;
    keyauth_store_version_t  v;

    if (!w->replicated) {
        return keyauth_store_forget(w, key);
    }

    noted = keyauth_store_version_get(w->txn, w->s->dbi, key, &v);

    if (noted != KEYAUTH_STORE_OK && noted != KEYAUTH_STORE_NONE) {
        return noted;
    }

    e = keyauth_store_forget(w, key);

    if ((e != KEYAUTH_STORE_OK && e != KEYAUTH_STORE_NONE)
        || (e == KEYAUTH_STORE_NONE && w->full))
    {
        return e;
    }

    noted = keyauth_store_version_put(w, key, &v, 0);
    noted = keyauth_store_note(w, key, KEYAUTH_STORE_SEND_FORGET, noted);

    return (noted == KEYAUTH_STORE_OK) ? e : noted;
}


keyauth_store_e
keyauth_store_note_person(keyauth_store_writer_t *w, const uint8_t *user,
    keyauth_store_e e)
{
    uint8_t          name[KEYAUTH_STORE_PERSON_KEY];
    uint64_t         epoch;
    keyauth_store_e  noted;

    if (!w->replicated
        || (e != KEYAUTH_STORE_OK && e != KEYAUTH_STORE_NONE)
        || (e == KEYAUTH_STORE_NONE && w->full))
    {
        return e;
    }

    noted = keyauth_store_epoch_get(w->txn, w->s->dbi, user, &epoch);

    if (noted == KEYAUTH_STORE_OK) {
        noted = keyauth_store_person_clear(w, user);
    }

    if (noted == KEYAUTH_STORE_OK) {
        noted = keyauth_store_epoch_put(w, user, epoch + 1);
    }

    if (noted == KEYAUTH_STORE_OK) {
        name[0] = KEYAUTH_STORE_KEY_OUTBOX;
        memcpy(name + 1, user, KEYAUTH_STORE_DIGEST);
        noted = keyauth_store_entry_put(w, name, sizeof(name),
                                        KEYAUTH_STORE_SEND_PERSON);
    }

    return (noted == KEYAUTH_STORE_OK) ? e : noted;
}


/* what is known of a person's phrases is of no use any more */

keyauth_store_e
keyauth_store_person_clear(keyauth_store_writer_t *w, const uint8_t *user)
{
    keyauth_store_e  e;

    e = keyauth_store_drop(w, KEYAUTH_STORE_KEY_VERSION, user);

    return (e == KEYAUTH_STORE_OK)
           ? keyauth_store_drop(w, KEYAUTH_STORE_KEY_OUTBOX, user) : e;
}


static keyauth_store_e
keyauth_store_drop(keyauth_store_writer_t *w, char kind, const uint8_t *user)
{
    int              rc;
    uint8_t          name[KEYAUTH_STORE_NAMES];
    MDB_val          key, value;
    MDB_cursor      *cursor;
    keyauth_store_e  e;

    name[0] = (uint8_t) kind;
    memcpy(name + 1, user, KEYAUTH_STORE_DIGEST);

    do {
        rc = mdb_cursor_open(w->txn, w->s->dbi, &cursor);

        if (rc != 0) {
            return keyauth_store_error(rc);
        }

        e = keyauth_store_next(cursor, name, KEYAUTH_STORE_PERSON_KEY, &key,
                               &value);

        if (e == KEYAUTH_STORE_OK
            && (key.mv_size != sizeof(name)
                || memcmp(key.mv_data, name, KEYAUTH_STORE_PERSON_KEY) != 0))
        {
            e = KEYAUTH_STORE_NONE;
        }

        if (e == KEYAUTH_STORE_OK) {
            memcpy(name, key.mv_data, sizeof(name));
        }

        mdb_cursor_close(cursor);

        if (e == KEYAUTH_STORE_OK) {
            e = (kind == KEYAUTH_STORE_KEY_OUTBOX)
                ? keyauth_store_entry_delete(w, name, sizeof(name))
                : keyauth_store_delete(w, name, sizeof(name));
        }

    } while (e == KEYAUTH_STORE_OK);

    return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
}
