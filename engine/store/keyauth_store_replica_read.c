/*
 * What replication reads: changes that wait, and names and versions.
 */


#include <string.h>

#include "keyauth_store_file.h"


static int keyauth_store_fill(keyauth_store_t *s, MDB_txn *txn,
    const MDB_val *key, keyauth_store_change_t *c);
static keyauth_store_e keyauth_store_wait(keyauth_store_t *s,
    MDB_cursor *cursor, uint8_t *after, size_t *after_len, uint64_t since,
    keyauth_store_change_t *changes, size_t *n, uint8_t *room, size_t size);
static void keyauth_store_pass(const MDB_val *key, uint8_t *after,
    size_t *after_len);


/* whose entry or version a key is, and what is known of it */

static int
keyauth_store_fill(keyauth_store_t *s, MDB_txn *txn, const MDB_val *key,
    keyauth_store_change_t *c)
{
    uint8_t          name[KEYAUTH_STORE_NAMES];
    const uint8_t   *p;
    keyauth_store_e  e;

    p = key->mv_data;
    memset(c, 0, sizeof(*c));

    if (key->mv_size != KEYAUTH_STORE_NAMES
        && key->mv_size != KEYAUTH_STORE_PERSON_KEY)
    {
        return -1;
    }

    memcpy(c->user, p + 1, sizeof(c->user));
    e = keyauth_store_epoch_get(txn, s->dbi, c->user, &c->epoch);

    if (e == KEYAUTH_STORE_OK && key->mv_size == KEYAUTH_STORE_NAMES) {
        memcpy(c->phrase, p + KEYAUTH_STORE_PERSON_KEY, sizeof(c->phrase));
        keyauth_store_key_swap(KEYAUTH_STORE_KEY_TEMPLATE, p, name);
        e = keyauth_store_version_get(txn, s->dbi, name, &c->base);
        e = (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
    }

    return (e == KEYAUTH_STORE_OK) ? 0 : -1;
}


static keyauth_store_e
keyauth_store_wait(keyauth_store_t *s, MDB_cursor *cursor, uint8_t *after,
    size_t *after_len, uint64_t since, keyauth_store_change_t *changes,
    size_t *n, uint8_t *room, size_t size)
{
    size_t                   max;
    uint8_t                  name[KEYAUTH_STORE_NAMES];
    MDB_val                  key, value, sealed;
    keyauth_store_e          e;
    keyauth_store_change_t  *c;

    max = *n;
    *n = 0;

    while (*n < max) {
        c = &changes[*n];
        e = keyauth_store_next(cursor, after, *after_len, &key, &value);

        if (e != KEYAUTH_STORE_OK
            || *(uint8_t *) key.mv_data != KEYAUTH_STORE_KEY_OUTBOX)
        {
            return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
        }

        if (value.mv_size != KEYAUTH_STORE_ENTRY) {
            return KEYAUTH_STORE_DAMAGED;
        }

        if (keyauth_get64(value.mv_data) <= since) {
            keyauth_store_pass(&key, after, after_len);
            continue;
        }

        if (keyauth_store_fill(s, s->txn, &key, c) != 0) {
            return KEYAUTH_STORE_DAMAGED;
        }

        c->sequence = keyauth_get64(value.mv_data);
        c->mark = keyauth_get64((uint8_t *) value.mv_data + 8);
        c->send = keyauth_get32((uint8_t *) value.mv_data + 16);

        if (c->send & KEYAUTH_STORE_SEND_WRITE) {
            keyauth_store_key_swap(KEYAUTH_STORE_KEY_TEMPLATE, key.mv_data,
                                   name);
            e = keyauth_store_value(s->txn, s->dbi, name, sizeof(name),
                                    &sealed);

            if (e != KEYAUTH_STORE_OK) {
                return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_DAMAGED : e;
            }

            /* it is the first of the next ones */

            if (sealed.mv_size > size) {
                return (*n > 0) ? KEYAUTH_STORE_OK : KEYAUTH_STORE_FAILED;
            }

            memcpy(room, sealed.mv_data, sealed.mv_size);
            c->bytes = room;
            c->size = sealed.mv_size;
            room += sealed.mv_size;
            size -= sealed.mv_size;
        }

        keyauth_store_pass(&key, after, after_len);
        (*n)++;
    }

    return KEYAUTH_STORE_OK;
}


static void
keyauth_store_pass(const MDB_val *key, uint8_t *after, size_t *after_len)
{
    *after_len = key->mv_size;
    memcpy(after, key->mv_data, key->mv_size);
}


keyauth_store_e
keyauth_store_waiting(keyauth_store_t *s,
    uint8_t after[KEYAUTH_STORE_ENTRY_MAX], size_t *after_len, uint64_t since,
    keyauth_store_change_t *changes, size_t *n, uint8_t *room, size_t size)
{
    int              rc;
    MDB_cursor      *cursor;
    keyauth_store_e  e;

    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        *n = 0;
        return e;
    }

    rc = mdb_cursor_open(s->txn, s->dbi, &cursor);
    e = keyauth_store_error(rc);

    if (*after_len == 0) {
        after[0] = KEYAUTH_STORE_KEY_OUTBOX;
        *after_len = 1;
    }

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_wait(s, cursor, after, after_len, since, changes, n,
                               room, size);
        mdb_cursor_close(cursor);
    }

    keyauth_store_end(s);

    return e;
}


keyauth_store_e
keyauth_store_known(keyauth_store_t *s,
    const uint8_t user[KEYAUTH_STORE_DIGEST], const uint8_t *phrase,
    uint64_t *epoch, keyauth_store_version_t *version)
{
    uint8_t          key[KEYAUTH_STORE_NAMES];
    keyauth_store_e  e;

    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    e = keyauth_store_epoch_get(s->txn, s->dbi, user, epoch);

    if (e == KEYAUTH_STORE_OK && phrase != NULL) {
        memcpy(key + 1, phrase, KEYAUTH_STORE_DIGEST);
        memcpy(key + KEYAUTH_STORE_PERSON_KEY, user, KEYAUTH_STORE_DIGEST);
        e = keyauth_store_version_get(s->txn, s->dbi, key, version);
    }

    keyauth_store_end(s);

    return e;
}


/* phrases of all people first, and then what was forgotten */

keyauth_store_e
keyauth_store_names(keyauth_store_t *s,
    uint8_t after[KEYAUTH_STORE_ENTRY_MAX], size_t *after_len,
    keyauth_store_change_t *changes, size_t *n)
{
    size_t                   max;
    uint8_t                  kind;
    MDB_val                  key, value;
    MDB_cursor              *cursor;
    keyauth_store_e          e;
    keyauth_store_change_t  *c;

    max = *n;
    *n = 0;
    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    e = keyauth_store_error(mdb_cursor_open(s->txn, s->dbi, &cursor));

    if (e != KEYAUTH_STORE_OK) {
        keyauth_store_end(s);
        return e;
    }

    if (*after_len == 0) {
        after[0] = KEYAUTH_STORE_KEY_USER;
        *after_len = 1;
    }

    while (*n < max) {
        c = &changes[*n];
        e = keyauth_store_next(cursor, after, *after_len, &key, &value);
        kind = (e == KEYAUTH_STORE_OK) ? *(uint8_t *) key.mv_data : 0;

        if ((kind != KEYAUTH_STORE_KEY_USER
             && kind != KEYAUTH_STORE_KEY_VERSION)
            || keyauth_store_fill(s, s->txn, &key, c) != 0)
        {
            break;
        }

        c->send = KEYAUTH_STORE_SEND_RESTORE;
        c->send |= (kind == KEYAUTH_STORE_KEY_USER) ? KEYAUTH_STORE_SEND_WRITE
                   : (key.mv_size == KEYAUTH_STORE_PERSON_KEY)
                     ? KEYAUTH_STORE_SEND_PERSON : KEYAUTH_STORE_SEND_FORGET;
        keyauth_store_pass(&key, after, after_len);
        (*n)++;
    }

    mdb_cursor_close(cursor);
    keyauth_store_end(s);

    return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
}


void
keyauth_store_digests(keyauth_store_t *s, const keyauth_store_name_t *name,
    uint8_t user[KEYAUTH_STORE_DIGEST], uint8_t phrase[KEYAUTH_STORE_DIGEST])
{
    uint8_t  key[KEYAUTH_STORE_NAMES];

    keyauth_store_key_template(&s->reader.sealer, name, key);
    memcpy(phrase, key + 1, KEYAUTH_STORE_DIGEST);
    memcpy(user, key + KEYAUTH_STORE_PERSON_KEY, KEYAUTH_STORE_DIGEST);
}
