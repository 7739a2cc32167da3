/*
 * The tree of a store within a transaction: what is found, opened, sealed, put
 * and deleted, and a person's templates forgotten.
 */


#include <string.h>

#include "keyauth_store_file.h"


keyauth_store_e
keyauth_store_value(MDB_txn *txn, MDB_dbi dbi, const uint8_t *key, size_t len,
    MDB_val *value)
{
    void             *at;
    MDB_val           k;
    keyauth_store_e   e;

    e = keyauth_store_touch(txn, key, len);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    memcpy(&at, &key, sizeof(at));
    k.mv_data = at;
    k.mv_size = len;

    return keyauth_store_error(mdb_get(txn, dbi, &k, value));
}


keyauth_store_e
keyauth_store_next(MDB_cursor *cursor, const uint8_t *after, size_t len,
    MDB_val *key, MDB_val *value)
{
    int              rc;
    uint8_t          from[KEYAUTH_STORE_ENTRY_MAX + 1];
    keyauth_store_e  e;

    memcpy(from, after, len);
    from[len] = 0;
    e = keyauth_store_touch(mdb_cursor_txn(cursor), from, len + 1);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    key->mv_data = from;
    key->mv_size = len + 1;
    rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);

    /* it may be the first one of the next page */

    return (rc == 0) ? keyauth_store_touch(mdb_cursor_txn(cursor),
                                           key->mv_data, key->mv_size)
                     : keyauth_store_error(rc);
}


/* the record points into the writer's memory, until the next one */

keyauth_store_e
keyauth_store_old(keyauth_store_writer_t *w, const uint8_t *key, size_t len,
    keyauth_store_record_t *record)
{
    void             *at;
    MDB_val           k, value;
    keyauth_store_e   e;

    e = keyauth_store_value(w->txn, w->s->dbi, key, len, &value);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    memcpy(&at, &key, sizeof(at));
    k.mv_data = at;
    k.mv_size = len;

    return keyauth_store_unseal(&w->s->writer, &k, &value, record) == 0
           ? KEYAUTH_STORE_OK : KEYAUTH_STORE_DAMAGED;
}


/* the first or last key of a prefix, which has that size; -1: none */

int
keyauth_store_find(keyauth_store_writer_t *w, const uint8_t *prefix,
    size_t len, int last, uint8_t *found, size_t size)
{
    int          rc;
    void        *at;
    MDB_val      key, value;
    MDB_cursor  *cursor;

    if (keyauth_store_touch(w->txn, prefix, len) != KEYAUTH_STORE_OK
        || mdb_cursor_open(w->txn, w->s->dbi, &cursor) != 0)
    {
        return -1;
    }

    memcpy(&at, &prefix, sizeof(at));
    key.mv_data = at;
    key.mv_size = len;

    if (last) {
        memcpy(found, prefix, len);
        memset(found + len, 0xff, size - len);
        key.mv_data = found;
        key.mv_size = size;
    }

    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);

    if (last && (rc == 0 || rc == MDB_NOTFOUND)) {
        rc = mdb_cursor_get(cursor, &key, &value,
                            rc == 0 ? MDB_PREV : MDB_LAST);
    }

    if (rc == 0) {
        if (key.mv_size == size && memcmp(key.mv_data, prefix, len) == 0) {
            memcpy(found, key.mv_data, size);

        } else {
            rc = -1;
        }
    }

    mdb_cursor_close(cursor);

    return rc == 0 ? 0 : -1;
}


keyauth_store_e
keyauth_store_seal(keyauth_store_writer_t *w, const uint8_t *key, size_t len,
    const keyauth_store_record_t *record)
{
    size_t            size;
    keyauth_store_t  *s;

    s = w->s;

    /* what was opened is in this memory already */

    if (record->name.user
        == (const char *) s->writer.plain + KEYAUTH_STORE_PLAIN)
    {
        size = (size_t) (record->bytes - s->writer.plain) + record->size;

    } else {
        size = keyauth_store_plain_write(record, s->writer.plain);
    }

    if (keyauth_sealer_seal(&s->writer.sealer, key, len, s->writer.plain,
                            size, s->sealed)
        != 0)
    {
        return KEYAUTH_STORE_FAILED;
    }

    return keyauth_store_put(w, key, len, s->sealed,
                             size + KEYAUTH_SEAL_MORE);
}


keyauth_store_e
keyauth_store_put(keyauth_store_writer_t *w, const uint8_t *key, size_t len,
    const uint8_t *bytes, size_t size)
{
    void             *at, *data;
    MDB_val           k, value;
    keyauth_store_e   e;

    e = keyauth_store_touch(w->txn, key, len);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    memcpy(&at, &key, sizeof(at));
    memcpy(&data, &bytes, sizeof(data));
    k.mv_data = at;
    k.mv_size = len;
    value.mv_data = data;
    value.mv_size = size;
    w->changed = 1;

    return keyauth_store_error(keyauth_store_insert(w->txn, w->s->dbi,
                                                    w->s->pages.page, &k,
                                                    &value, 0));
}


/*
 * A value that has pages of its own leaves the rest of the last one to what was
 * in that memory before, which may be somebody else's.
 */

int
keyauth_store_insert(MDB_txn *txn, MDB_dbi dbi, size_t page, MDB_val *key,
    const MDB_val *value, unsigned flags)
{
    int      rc;
    size_t   used;
    MDB_val  room;

    room.mv_data = NULL;
    room.mv_size = value->mv_size;
    rc = mdb_put(txn, dbi, key, &room, flags | MDB_RESERVE);

    if (rc != 0 || value->mv_size == 0) {
        return rc;
    }

    memcpy(room.mv_data, value->mv_data, value->mv_size);

    if (KEYAUTH_NODE_HEAD + key->mv_size + value->mv_size
        > KEYAUTH_NODE_MAX(page))
    {
        used = (KEYAUTH_PAGE_HEAD + value->mv_size) % page;
        memset((uint8_t *) room.mv_data + value->mv_size, 0,
               used ? page - used : 0);
    }

    return 0;
}


keyauth_store_e
keyauth_store_delete(keyauth_store_writer_t *w, const uint8_t *key, size_t len)
{
    int               rc;
    void             *at;
    MDB_val           k;
    keyauth_store_e   e;

    e = keyauth_store_touch(w->txn, key, len);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    memcpy(&at, &key, sizeof(at));
    k.mv_data = at;
    k.mv_size = len;
    rc = mdb_del(w->txn, w->s->dbi, &k, NULL);
    w->changed |= (rc == 0);

    return keyauth_store_error(rc);
}


/* a damaged template can be forgotten, too */

keyauth_store_e
keyauth_store_forget(keyauth_store_writer_t *w, const uint8_t *key)
{
    uint8_t          other[KEYAUTH_STORE_NAMES], dated[KEYAUTH_STORE_DATED];
    keyauth_store_e  e;

    e = keyauth_store_delete(w, key, KEYAUTH_STORE_NAMES);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    w->head.templates--;
    w->head.erased = w->s->generation;

    keyauth_store_key_swap(KEYAUTH_STORE_KEY_USER, key, other);
    e = keyauth_store_delete(w, other, sizeof(other));

    memcpy(other, key, sizeof(other));
    other[0] = KEYAUTH_STORE_KEY_HISTORY;

    while ((e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE)
           && keyauth_store_find(w, other, sizeof(other), 0, dated,
                                 sizeof(dated))
              == 0)
    {
        e = keyauth_store_delete(w, dated, sizeof(dated));
    }

    return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
}


keyauth_store_e
keyauth_store_forget_person(keyauth_store_writer_t *w, const uint8_t *digest)
{
    uint8_t          prefix[KEYAUTH_STORE_PERSON_KEY];
    uint8_t          user[KEYAUTH_STORE_NAMES], key[KEYAUTH_STORE_NAMES];
    keyauth_store_e  e, any;

    prefix[0] = KEYAUTH_STORE_KEY_USER;
    memcpy(prefix + 1, digest, KEYAUTH_STORE_DIGEST);

    any = KEYAUTH_STORE_NONE;

    while (keyauth_store_find(w, prefix, sizeof(prefix), 0, user,
                              sizeof(user))
           == 0)
    {
        keyauth_store_key_swap(KEYAUTH_STORE_KEY_TEMPLATE, user, key);
        e = keyauth_store_forget(w, key);

        if (e == KEYAUTH_STORE_NONE) {
            e = keyauth_store_delete(w, user, sizeof(user));
        }

        if (e != KEYAUTH_STORE_OK) {
            return e;
        }

        any = KEYAUTH_STORE_OK;
    }

    return any;
}


uint32_t
keyauth_store_day(const uint8_t *dated)
{
    const uint8_t  *p;

    p = dated + KEYAUTH_STORE_NAMES;

    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
           | (uint32_t) p[2] << 8 | p[3];
}
