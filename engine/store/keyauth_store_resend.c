/*
 * What is to be sent to other stores as a whole, or again: see
 * keyauth_store_replica.h.
 */


#include <openssl/rand.h>
#include <string.h>

#include "keyauth_store_file.h"


static keyauth_store_e keyauth_store_note_all(keyauth_store_writer_t *w);


keyauth_store_e
keyauth_store_replicate(keyauth_store_t *s)
{
    keyauth_store_e         e;
    keyauth_store_writer_t  w;

    memset(&w, 0, sizeof(w));
    w.s = s;
    e = keyauth_store_enter(&w);

    if (e == KEYAUTH_STORE_OK && !w.replicated) {

        w.replicated = 1;
        e = (RAND_bytes(w.outbox.host, sizeof(w.outbox.host)) == 1)
            ? keyauth_store_outbox_put(&w) : KEYAUTH_STORE_FAILED;

        if (e == KEYAUTH_STORE_OK) {
            e = keyauth_store_note_all(&w);
        }
    }

    return keyauth_store_leave(&w, e);
}


/* what was there before anybody followed */

static keyauth_store_e
keyauth_store_note_all(keyauth_store_writer_t *w)
{
    MDB_val           key, value;
    uint8_t           at[KEYAUTH_STORE_NAMES];
    size_t            len;
    MDB_cursor       *cursor;
    keyauth_store_e   e;

    at[0] = KEYAUTH_STORE_KEY_TEMPLATE;
    len = 1;

    do {
        e = keyauth_store_error(mdb_cursor_open(w->txn, w->s->dbi, &cursor));

        if (e != KEYAUTH_STORE_OK) {
            return e;
        }

        e = keyauth_store_next(cursor, at, len, &key, &value);

        if (e == KEYAUTH_STORE_OK
            && (key.mv_size != sizeof(at)
                || *(uint8_t *) key.mv_data != at[0]))
        {
            e = KEYAUTH_STORE_NONE;
        }

        if (e == KEYAUTH_STORE_OK) {
            len = key.mv_size;
            memcpy(at, key.mv_data, len);
        }

        mdb_cursor_close(cursor);
        e = keyauth_store_note(w, at, KEYAUTH_STORE_SEND_WRITE, e);

    } while (e == KEYAUTH_STORE_OK);

    return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_STORE_OK : e;
}


keyauth_store_e
keyauth_store_resend(keyauth_store_t *s,
    const keyauth_store_change_t *changes, size_t n)
{
    size_t                  i, len;
    uint8_t                 name[KEYAUTH_STORE_NAMES];
    keyauth_store_e         e;
    keyauth_store_entry_t   entry;
    keyauth_store_writer_t  w;

    memset(&w, 0, sizeof(w));
    w.s = s;
    e = keyauth_store_enter(&w);
    name[0] = KEYAUTH_STORE_KEY_OUTBOX;

    for (i = 0; i < n && e == KEYAUTH_STORE_OK && w.replicated; i++) {

        memcpy(name + 1, changes[i].user, KEYAUTH_STORE_DIGEST);
        memcpy(name + KEYAUTH_STORE_PERSON_KEY, changes[i].phrase,
               KEYAUTH_STORE_DIGEST);
        len = (changes[i].send & KEYAUTH_STORE_SEND_PERSON)
              ? KEYAUTH_STORE_PERSON_KEY : sizeof(name);

        /* what waits already will be sent anyway */

        e = keyauth_store_entry_get(&w, name, len, &entry);

        if (e == KEYAUTH_STORE_NONE) {
            e = keyauth_store_entry_put(&w, name, len, changes[i].send);
        }
    }

    return keyauth_store_leave(&w, e);
}
