/*
 * Looking through the templates of a phrase without opening those that are
 * known: see keyauth_store.h.
 */


#include <string.h>

#include "keyauth_store_file.h"


static int keyauth_store_scan_one(keyauth_store_t *s, const MDB_val *key,
    const MDB_val *value, const keyauth_store_scanner_t *scanner);


keyauth_store_e
keyauth_store_scan(keyauth_store_t *s, const char *phrase, size_t len,
    keyauth_store_state_t *state, const keyauth_store_scanner_t *scanner)
{
    int              rc, stop;
    uint8_t          prefix[1 + KEYAUTH_STORE_DIGEST];
    MDB_val          key, value;
    keyauth_store_e  e;

    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    if (state->generation == s->generation
        && state->transaction == s->reader.view.txn)
    {
        keyauth_store_end(s);
        return KEYAUTH_STORE_NONE;
    }

    state->generation = s->generation;
    state->transaction = s->reader.view.txn;

    prefix[0] = KEYAUTH_STORE_KEY_TEMPLATE;
    keyauth_sealer_phrase(&s->reader.sealer, phrase, len, prefix + 1);

    rc = keyauth_store_view_check(&s->reader.view, prefix, sizeof(prefix));

    /* a cursor is kept, as the transaction is */

    if (rc == 0) {
        rc = (s->cursor != NULL)
             ? mdb_cursor_renew(s->txn, s->cursor)
             : mdb_cursor_open(s->txn, s->dbi, &s->cursor);
    }

    if (rc == 0) {
        key.mv_data = prefix;
        key.mv_size = sizeof(prefix);
        rc = mdb_cursor_get(s->cursor, &key, &value, MDB_SET_RANGE);
    }

    stop = 0;

    while (rc == 0 && !stop && key.mv_size == KEYAUTH_STORE_NAMES
           && memcmp(key.mv_data, prefix, sizeof(prefix)) == 0)
    {
        stop = keyauth_store_scan_one(s, &key, &value, scanner);
        rc = stop ? 0 : mdb_cursor_get(s->cursor, &key, &value, MDB_NEXT);
    }

    keyauth_store_end(s);

    return (rc == MDB_NOTFOUND) ? KEYAUTH_STORE_OK : keyauth_store_error(rc);
}


/* not 0: stop */
static int
keyauth_store_scan_one(keyauth_store_t *s, const MDB_val *key,
    const MDB_val *value, const keyauth_store_scanner_t *scanner)
{
    int                     rc;
    uint64_t                stamp;
    const uint8_t          *user;
    keyauth_store_record_t  record;

    user = (const uint8_t *) key->mv_data + 1 + KEYAUTH_STORE_DIGEST;
    stamp = 0;

    /* what is sealed begins with a random number of its own, after a byte */

    if (value->mv_size > sizeof(stamp)) {
        memcpy(&stamp, (const uint8_t *) value->mv_data + 1, sizeof(stamp));
    }

    rc = scanner->known(scanner->data, user, stamp);

    if (rc != KEYAUTH_STORE_OPEN) {
        return rc;
    }

    rc = keyauth_store_unseal(&s->reader, key, value, &record);

    return scanner->each(scanner->data, rc == 0 ? &record : NULL);
}


keyauth_store_e
keyauth_store_get_user(keyauth_store_t *s, const char *phrase, size_t len,
    const uint8_t user[KEYAUTH_STORE_DIGEST], keyauth_store_record_t *record)
{
    uint8_t  key[KEYAUTH_STORE_NAMES];

    key[0] = KEYAUTH_STORE_KEY_TEMPLATE;
    keyauth_sealer_phrase(&s->reader.sealer, phrase, len, key + 1);
    memcpy(key + 1 + KEYAUTH_STORE_DIGEST, user, KEYAUTH_STORE_DIGEST);

    return keyauth_store_open_key(s, key, record);
}
