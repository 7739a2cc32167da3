/*
 * Writing a store: commands that wait become one transaction.
 *
 * Whatever changes the tree goes through keyauth_store_put() and
 * keyauth_store_delete(), and all of it is committed in keyauth_store_run();
 * with it, what has to be sent to other stores (keyauth_store_replica.h).
 */


#include <string.h>

#include "keyauth_store_file.h"


static keyauth_store_e keyauth_store_run(keyauth_store_t *s,
    keyauth_store_command_t **commands, size_t n);
static keyauth_store_e keyauth_store_command(keyauth_store_writer_t *w,
    keyauth_store_command_t *c);
static keyauth_store_e keyauth_store_edit(keyauth_store_writer_t *w,
    keyauth_store_command_t *c, uint8_t *key);
static keyauth_store_e keyauth_store_thin(keyauth_store_writer_t *w,
    const uint8_t *key);
static keyauth_store_e keyauth_store_forget_all(keyauth_store_writer_t *w,
    const keyauth_store_name_t *name);
static keyauth_store_e keyauth_store_rollback(keyauth_store_writer_t *w,
    const uint8_t *key, uint32_t day);
static keyauth_store_e keyauth_store_return(keyauth_store_writer_t *w,
    const uint8_t *key, const uint8_t *dated);


/*
 * A command that fails for want of room, or because of a damaged page, must
 * not fail those beside it: they are given one by one.
 */

keyauth_store_e
keyauth_store_apply(keyauth_store_t *s, keyauth_store_command_t **commands,
    size_t n)
{
    size_t           i;
    keyauth_store_e  e, one;

    e = keyauth_store_run(s, commands, n);

    if (e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_MOVED) {
        return e;
    }

    for (i = 0; i < n; i++) {

        if (n == 1 || e == KEYAUTH_STORE_DISK) {
            commands[i]->rc = e;
            continue;
        }

        one = keyauth_store_run(s, &commands[i], 1);

        /*
         * OK: the command has its answer.  Where the store has moved, those
         * before are done: it is the next call that will see it.
         */

        if (one != KEYAUTH_STORE_OK) {
            commands[i]->rc = (one == KEYAUTH_STORE_MOVED)
                              ? KEYAUTH_STORE_FAILED : one;
        }
    }

    return KEYAUTH_STORE_OK;
}


static keyauth_store_e
keyauth_store_run(keyauth_store_t *s, keyauth_store_command_t **commands,
    size_t n)
{
    size_t                  i;
    keyauth_store_e         e;
    keyauth_store_writer_t  w;

    memset(&w, 0, sizeof(w));
    w.s = s;

    e = keyauth_store_enter(&w);

    for (i = 0; i < n && e == KEYAUTH_STORE_OK; i++) {

        e = keyauth_store_command(&w, commands[i]);
        commands[i]->rc = e;

        /* these are answers, and leave the transaction as it was */

        if (e == KEYAUTH_STORE_NONE
            || (e == KEYAUTH_STORE_FULL && w.full)
            || (e == KEYAUTH_STORE_DAMAGED && !s->writer.view.damaged))
        {
            e = KEYAUTH_STORE_OK;
        }
    }

    return keyauth_store_leave(&w, e);
}


keyauth_store_e
keyauth_store_leave(keyauth_store_writer_t *w, keyauth_store_e e)
{
    /* half of a change may have been made */

    if (e == KEYAUTH_STORE_OK && w->s->writer.view.damaged) {
        e = KEYAUTH_STORE_DAMAGED;
    }

    if (w->head.map < w->s->map) {
        w->head.map = w->s->map;
    }

    if (e == KEYAUTH_STORE_OK && w->changed) {
        e = keyauth_store_error(keyauth_store_head_put(w->txn, w->s->dbi,
                                                       &w->head));
    }

    if (e == KEYAUTH_STORE_OK && w->changed && w->replicated) {
        e = keyauth_store_outbox_put(w);
    }

    if (e != KEYAUTH_STORE_OK || !w->changed) {
        mdb_txn_abort(w->txn);
        return e;
    }

    return keyauth_store_error(mdb_txn_commit(w->txn));
}


/* begins; MOVED where this file is no longer the store */

keyauth_store_e
keyauth_store_enter(keyauth_store_writer_t *w)
{
    int          rc;
    char         head;
    MDB_envinfo  info;
    MDB_stat     stat;

    if (w->s->env == NULL) {
        return KEYAUTH_STORE_MOVED;
    }

    if (w->s->readonly) {
        return KEYAUTH_STORE_READONLY;
    }

    if (keyauth_store_view_whole(&w->s->writer.view, &w->s->pages, 0) != 0) {
        return KEYAUTH_STORE_CUT;
    }

    rc = mdb_txn_begin(w->s->env, NULL, 0, &w->txn);

    if (rc != 0) {
        w->txn = NULL;
        return keyauth_store_error(rc);
    }

    rc = keyauth_store_view_writer(&w->s->writer.view, &w->s->pages, w->txn);

    if (rc == 0) {
        rc = keyauth_store_view_check_free(&w->s->writer.view);
    }

    if (rc == 0) {
        head = KEYAUTH_STORE_KEY_HEAD;
        rc = keyauth_store_view_check(&w->s->writer.view, &head, 1);
    }

    if (rc == 0) {
        rc = keyauth_store_head_get(&w->s->writer.view, &w->head);
    }

    if (rc == MDB_NOTFOUND) {
        return KEYAUTH_STORE_DAMAGED;
    }

    if (rc == 0 && (w->head.retired || keyauth_store_moved(w->s))) {
        return KEYAUTH_STORE_MOVED;
    }

    (void) mdb_env_info(w->s->env, &info);
    (void) mdb_env_stat(w->s->env, &stat);
    w->full = (info.me_last_pgno + 1) * stat.ms_psize >= w->s->limit;

    return (rc == 0) ? keyauth_store_outbox_get(w) : keyauth_store_error(rc);
}


static keyauth_store_e
keyauth_store_command(keyauth_store_writer_t *w, keyauth_store_command_t *c)
{
    uint8_t  key[KEYAUTH_STORE_NAMES];

    if (c->op == KEYAUTH_STORE_FORGET_ALL) {
        return keyauth_store_forget_all(w, &c->name);
    }

    keyauth_store_key_template(&w->s->writer.sealer, &c->name, key);

    switch (c->op) {

    case KEYAUTH_STORE_EDIT:
        return keyauth_store_edit(w, c, key);

    case KEYAUTH_STORE_FORGET:
        return keyauth_store_note_forget(w, key);

    default:
        return keyauth_store_rollback(w, key, c->day);
    }
}


static keyauth_store_e
keyauth_store_edit(keyauth_store_writer_t *w, keyauth_store_command_t *c,
    uint8_t *key)
{
    size_t                  size;
    unsigned                damaged;
    keyauth_store_e         e;
    keyauth_store_record_t  old, new;

    e = keyauth_store_old(w, key, KEYAUTH_STORE_NAMES, &old);
    damaged = (e == KEYAUTH_STORE_DAMAGED && !w->s->writer.view.damaged);

    if (damaged) {
        memset(&old, 0, sizeof(old));

    } else if (e != KEYAUTH_STORE_OK && e != KEYAUTH_STORE_NONE) {
        return e;
    }

    size = c->edit(c->data, e == KEYAUTH_STORE_NONE ? NULL : &old,
                   w->s->bytes);

    if (size == 0) {
        return KEYAUTH_STORE_OK;
    }

    if (size > KEYAUTH_STORE_TEMPLATE_MAX) {
        return KEYAUTH_STORE_FAILED;
    }

    if (w->full) {
        return KEYAUTH_STORE_FULL;
    }

    new.name = c->name;
    new.created = c->day;
    new.changed = c->day;
    new.bytes = w->s->bytes;
    new.size = size;

    if (damaged) {
        e = KEYAUTH_STORE_OK;

    } else if (e == KEYAUTH_STORE_OK) {
        new.created = old.created;
        e = keyauth_store_keep(w, key, c->day, &old);

    } else {
        w->head.templates++;
        e = keyauth_store_note_phrase(w, key);
    }

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_seal(w, key, KEYAUTH_STORE_NAMES, &new);
    }

    return (c->version.version == 0)
           ? keyauth_store_note(w, key, KEYAUTH_STORE_SEND_WRITE, e)
           : keyauth_store_note_version(w, key, c, e);
}


/* a template that changes on another day than last time is kept as it was */

keyauth_store_e
keyauth_store_keep(keyauth_store_writer_t *w, const uint8_t *key,
    uint32_t day, const keyauth_store_record_t *record)
{
    uint8_t          dated[KEYAUTH_STORE_DATED];
    keyauth_store_e  e;

    if (record->changed >= day) {
        return KEYAUTH_STORE_OK;
    }

    memcpy(dated, key, KEYAUTH_STORE_NAMES);
    dated[0] = KEYAUTH_STORE_KEY_HISTORY;
    dated[KEYAUTH_STORE_NAMES] = (uint8_t) (record->changed >> 24);
    dated[KEYAUTH_STORE_NAMES + 1] = (uint8_t) (record->changed >> 16);
    dated[KEYAUTH_STORE_NAMES + 2] = (uint8_t) (record->changed >> 8);
    dated[KEYAUTH_STORE_NAMES + 3] = (uint8_t) record->changed;

    e = keyauth_store_seal(w, dated, sizeof(dated), record);

    return (e == KEYAUTH_STORE_OK) ? keyauth_store_thin(w, dated) : e;
}


/* the oldest go */

static keyauth_store_e
keyauth_store_thin(keyauth_store_writer_t *w, const uint8_t *key)
{
    int              rc, n;
    uint8_t          oldest[KEYAUTH_STORE_DATED];
    void            *at;
    MDB_val          k, value;
    MDB_cursor      *cursor;
    keyauth_store_e  e;

    do {
        e = keyauth_store_touch(w->txn, key, KEYAUTH_STORE_NAMES);

        if (e != KEYAUTH_STORE_OK) {
            return e;
        }

        rc = mdb_cursor_open(w->txn, w->s->dbi, &cursor);

        if (rc != 0) {
            return keyauth_store_error(rc);
        }

        memcpy(&at, &key, sizeof(at));
        k.mv_data = at;
        k.mv_size = KEYAUTH_STORE_NAMES;
        rc = mdb_cursor_get(cursor, &k, &value, MDB_SET_RANGE);

        for (n = 0; rc == 0 && k.mv_size == KEYAUTH_STORE_DATED
             && memcmp(k.mv_data, key, KEYAUTH_STORE_NAMES) == 0; n++)
        {
            if (n == 0) {
                memcpy(oldest, k.mv_data, sizeof(oldest));
            }

            rc = mdb_cursor_get(cursor, &k, &value, MDB_NEXT);
        }

        mdb_cursor_close(cursor);

        if (n <= KEYAUTH_STORE_VERSIONS) {
            return KEYAUTH_STORE_OK;
        }

        e = keyauth_store_delete(w, oldest, sizeof(oldest));

    } while (e == KEYAUTH_STORE_OK);

    return e;
}


static keyauth_store_e
keyauth_store_forget_all(keyauth_store_writer_t *w,
    const keyauth_store_name_t *name)
{
    uint8_t  user[KEYAUTH_STORE_DIGEST];

    keyauth_sealer_name(&w->s->writer.sealer, 'u', name->user,
                        name->user_len, user);

    return keyauth_store_note_person(w, user,
                                     keyauth_store_forget_person(w, user));
}


/* what was learned after the day goes, in all that is kept */

static keyauth_store_e
keyauth_store_rollback(keyauth_store_writer_t *w, const uint8_t *key,
    uint32_t day)
{
    uint8_t                 prefix[KEYAUTH_STORE_NAMES];
    uint8_t                 dated[KEYAUTH_STORE_DATED];
    keyauth_store_e         e;
    keyauth_store_record_t  record;

    e = keyauth_store_old(w, key, KEYAUTH_STORE_NAMES, &record);

    if (e != KEYAUTH_STORE_OK || record.changed <= day) {
        return e;
    }

    memcpy(prefix, key, sizeof(prefix));
    prefix[0] = KEYAUTH_STORE_KEY_HISTORY;

    /* nothing is changed where there is nothing to go back to */

    if (keyauth_store_find(w, prefix, sizeof(prefix), 0, dated, sizeof(dated))
        != 0
        || keyauth_store_day(dated) > day)
    {
        return KEYAUTH_STORE_NONE;
    }

    while (keyauth_store_find(w, prefix, sizeof(prefix), 1, dated,
                              sizeof(dated))
           == 0)
    {
        if (keyauth_store_day(dated) <= day) {
            return keyauth_store_return(w, key, dated);
        }

        e = keyauth_store_delete(w, dated, sizeof(dated));

        if (e != KEYAUTH_STORE_OK) {
            return e;
        }
    }

    return KEYAUTH_STORE_NONE;
}


static keyauth_store_e
keyauth_store_return(keyauth_store_writer_t *w, const uint8_t *key,
    const uint8_t *dated)
{
    keyauth_store_e         e;
    keyauth_store_record_t  record;

    e = keyauth_store_old(w, dated, KEYAUTH_STORE_DATED, &record);

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_seal(w, key, KEYAUTH_STORE_NAMES, &record);
    }

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_delete(w, dated, KEYAUTH_STORE_DATED);
    }

    return keyauth_store_note(w, key, KEYAUTH_STORE_SEND_WRITE
                              | KEYAUTH_STORE_SEND_REPLACE, e);
}
