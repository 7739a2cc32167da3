/*
 * Reading a store: one reader's transaction, kept and renewed for each call.
 *
 * A transaction that is not reset keeps pages from being used again, for ever
 * where its process lives on: none outlasts its call.
 */


#include <string.h>

#include "keyauth_store_file.h"


typedef struct {
    keyauth_store_t        *s;
    MDB_cursor             *cursor;
    const uint8_t          *prefix;
    size_t                  len;
    keyauth_store_each_pt   each;
    void                   *data;
} keyauth_store_walk_t;


/* what is checked, and who looks into templates */
typedef struct {
    keyauth_store_t         *s;
    keyauth_store_check_t   *check;
    keyauth_store_check_pt   each;
    void                    *data;
} keyauth_store_checked_t;


static keyauth_store_e keyauth_store_walk(keyauth_store_walk_t *w);
static void keyauth_store_versions(keyauth_store_t *s, const uint8_t *key,
    keyauth_store_record_t *record);
static int keyauth_store_at(const keyauth_store_walk_t *w,
    const MDB_val *key);
static keyauth_store_e keyauth_store_next_phrase(keyauth_store_t *s,
    const MDB_val *key, keyauth_store_each_pt each, void *data, int *stop);
static keyauth_store_e keyauth_store_check_all(
    const keyauth_store_checked_t *c);
static void keyauth_store_check_one(const keyauth_store_checked_t *c,
    const MDB_val *key, const MDB_val *value);
static int keyauth_store_has(keyauth_store_t *s, uint8_t *bytes);


/* MOVED where another file has taken the place of this one */

keyauth_store_e
keyauth_store_begin(keyauth_store_t *s)
{
    int                   rc;
    keyauth_store_e       e;
    keyauth_store_head_t  head;

    if (s->env == NULL) {
        return KEYAUTH_STORE_MOVED;
    }

    if (keyauth_store_view_whole(&s->reader.view, &s->pages, 1) != 0) {
        return KEYAUTH_STORE_CUT;
    }

    rc = keyauth_store_view_reader(&s->reader.view, &s->pages, s->txn);

    if (rc != 0) {
        return keyauth_store_error(rc);
    }

    /* most claims see what the last one saw */

    if (s->reader.view.current == s->reader.view.txn) {
        return KEYAUTH_STORE_OK;
    }

    rc = keyauth_store_head_get(&s->reader.view, &head);
    e = (rc == MDB_NOTFOUND) ? KEYAUTH_STORE_DAMAGED : keyauth_store_error(rc);

    if (e == KEYAUTH_STORE_OK && head.retired) {
        e = KEYAUTH_STORE_MOVED;
    }

    if (e != KEYAUTH_STORE_OK) {
        keyauth_store_end(s);
        return e;
    }

    s->reader.view.current = s->reader.view.txn;

    return KEYAUTH_STORE_OK;
}


void
keyauth_store_end(keyauth_store_t *s)
{
    mdb_txn_reset(s->txn);
}


keyauth_store_e
keyauth_store_get(keyauth_store_t *s, const keyauth_store_name_t *name,
    keyauth_store_record_t *record)
{
    uint8_t  key[KEYAUTH_STORE_NAMES];

    keyauth_store_key_template(&s->reader.sealer, name, key);

    return keyauth_store_open_key(s, key, record);
}


keyauth_store_e
keyauth_store_open_key(keyauth_store_t *s, uint8_t bytes[KEYAUTH_STORE_NAMES],
    keyauth_store_record_t *record)
{
    int              rc;
    MDB_val          key, value;
    keyauth_store_e  e;

    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    key.mv_data = bytes;
    key.mv_size = KEYAUTH_STORE_NAMES;

    rc = keyauth_store_view_get(&s->reader.view, &key, &value);
    e = keyauth_store_error(rc);

    if (rc == 0
        && keyauth_store_unseal(&s->reader, &key, &value, record) != 0)
    {
        e = KEYAUTH_STORE_DAMAGED;
    }

    keyauth_store_end(s);

    return e;
}


keyauth_store_e
keyauth_store_each(keyauth_store_t *s, const char *phrase, size_t len,
    keyauth_store_each_pt each, void *data)
{
    uint8_t               prefix[1 + KEYAUTH_STORE_DIGEST];
    keyauth_store_e       e;
    keyauth_store_walk_t  w;

    prefix[0] = KEYAUTH_STORE_KEY_TEMPLATE;

    if (phrase != NULL) {
        keyauth_sealer_phrase(&s->reader.sealer, phrase, len, prefix + 1);
    }

    w.s = s;
    w.prefix = prefix;
    w.len = (phrase != NULL) ? sizeof(prefix) : 1;
    w.each = each;
    w.data = data;

    e = keyauth_store_begin(s);

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_walk(&w);
        keyauth_store_end(s);
    }

    return e;
}


static keyauth_store_e
keyauth_store_walk(keyauth_store_walk_t *w)
{
    int                     rc, stop;
    void                   *at;
    MDB_val                 key, value;
    keyauth_store_e         e;
    keyauth_store_record_t  record;

    rc = keyauth_store_view_check(&w->s->reader.view, w->prefix, w->len);

    if (rc == 0) {
        rc = mdb_cursor_open(w->s->txn, w->s->dbi, &w->cursor);
    }

    if (rc != 0) {
        return keyauth_store_error(rc);
    }

    e = KEYAUTH_STORE_OK;
    stop = 0;
    memcpy(&at, &w->prefix, sizeof(at));
    key.mv_data = at;
    key.mv_size = w->len;
    rc = mdb_cursor_get(w->cursor, &key, &value, MDB_SET_RANGE);

    while (rc == 0 && !stop && keyauth_store_at(w, &key)) {

        if (keyauth_store_unseal(&w->s->reader, &key, &value, &record) != 0) {
            e = KEYAUTH_STORE_DAMAGED;
            stop = w->each(w->data, NULL);

        } else {
            keyauth_store_versions(w->s, key.mv_data, &record);
            stop = w->each(w->data, &record);
        }

        rc = stop ? 0 : mdb_cursor_get(w->cursor, &key, &value, MDB_NEXT);
    }

    mdb_cursor_close(w->cursor);

    return (rc == 0 || rc == MDB_NOTFOUND) ? e : keyauth_store_error(rc);
}


static void
keyauth_store_versions(keyauth_store_t *s, const uint8_t *key,
    keyauth_store_record_t *record)
{
    (void) keyauth_store_epoch_get(s->txn, s->dbi, key + 1
                                   + KEYAUTH_STORE_DIGEST, &record->epoch);
    (void) keyauth_store_version_get(s->txn, s->dbi, key, &record->version);
}


static int
keyauth_store_at(const keyauth_store_walk_t *w, const MDB_val *key)
{
    return key->mv_size >= w->len
           && memcmp(key->mv_data, w->prefix, w->len) == 0;
}


keyauth_store_e
keyauth_store_phrases(keyauth_store_t *s, const char *user, size_t len,
    keyauth_store_each_pt each, void *data)
{
    int              rc, stop;
    uint8_t          prefix[1 + KEYAUTH_STORE_DIGEST];
    MDB_val          key, value;
    MDB_cursor      *cursor;
    keyauth_store_e  e;

    prefix[0] = KEYAUTH_STORE_KEY_USER;
    keyauth_sealer_name(&s->reader.sealer, 'u', user, len, prefix + 1);

    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    rc = keyauth_store_view_check(&s->reader.view, prefix, sizeof(prefix));

    if (rc == 0) {
        rc = mdb_cursor_open(s->txn, s->dbi, &cursor);
    }

    if (rc != 0) {
        keyauth_store_end(s);
        return keyauth_store_error(rc);
    }

    stop = 0;
    key.mv_data = prefix;
    key.mv_size = sizeof(prefix);
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);

    while (rc == 0 && !stop && key.mv_size == KEYAUTH_STORE_NAMES
           && memcmp(key.mv_data, prefix, sizeof(prefix)) == 0)
    {
        e = keyauth_store_next_phrase(s, &key, each, data, &stop);
        rc = stop ? 0 : mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }

    mdb_cursor_close(cursor);
    keyauth_store_end(s);

    return (rc == 0 || rc == MDB_NOTFOUND) ? e : keyauth_store_error(rc);
}


static keyauth_store_e
keyauth_store_next_phrase(keyauth_store_t *s, const MDB_val *key,
    keyauth_store_each_pt each, void *data, int *stop)
{
    uint8_t                 bytes[KEYAUTH_STORE_NAMES];
    MDB_val                 at, value;
    keyauth_store_record_t  record;

    keyauth_store_key_swap(KEYAUTH_STORE_KEY_TEMPLATE, key->mv_data, bytes);
    at.mv_data = bytes;
    at.mv_size = sizeof(bytes);

    if (keyauth_store_view_get(&s->reader.view, &at, &value) != 0
        || keyauth_store_unseal(&s->reader, &at, &value, &record) != 0)
    {
        *stop = each(data, NULL);
        return KEYAUTH_STORE_DAMAGED;
    }

    *stop = each(data, &record);

    return KEYAUTH_STORE_OK;
}


keyauth_store_e
keyauth_store_info(keyauth_store_t *s, keyauth_store_info_t *info)
{
    MDB_stat              stat;
    MDB_envinfo           env;
    keyauth_store_e       e;
    keyauth_store_head_t  head;

    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    (void) keyauth_store_head_get(&s->reader.view, &head);
    (void) mdb_env_info(s->env, &env);
    (void) mdb_stat(s->txn, s->dbi, &stat);
    keyauth_store_end(s);

    info->templates = head.templates;
    info->used = stat.ms_psize * (uint64_t) (stat.ms_branch_pages
                                             + stat.ms_leaf_pages
                                             + stat.ms_overflow_pages);
    info->size = stat.ms_psize * (uint64_t) (env.me_last_pgno + 1);
    info->map = s->limit;
    info->created = head.created;
    info->generation = s->generation;
    info->erased = head.erased == s->generation;
    info->readers = env.me_numreaders;
    memcpy(info->id, head.id, sizeof(info->id));

    return KEYAUTH_STORE_OK;
}


keyauth_store_e
keyauth_store_verify(keyauth_store_t *s, keyauth_store_check_t *check,
    keyauth_store_check_pt each, void *data)
{
    keyauth_store_e          e;
    keyauth_store_head_t     head;
    keyauth_store_checked_t  c = { s, check, each, data };

    memset(check, 0, sizeof(*check));

    e = keyauth_store_begin(s);

    if (e != KEYAUTH_STORE_OK) {
        return e;
    }

    (void) keyauth_store_head_get(&s->reader.view, &head);
    e = keyauth_store_check_all(&c);
    keyauth_store_end(s);

    if (e == KEYAUTH_STORE_OK
        && (check->damaged != 0 || check->stray != 0
            || check->templates != head.templates))
    {
        e = KEYAUTH_STORE_DAMAGED;
    }

    return e;
}


static keyauth_store_e
keyauth_store_check_all(const keyauth_store_checked_t *c)
{
    int          rc;
    MDB_val      key, value;
    MDB_cursor  *cursor;

    rc = keyauth_store_view_check(&c->s->reader.view, NULL, 0);

    if (rc == 0) {
        rc = mdb_cursor_open(c->s->txn, c->s->dbi, &cursor);
    }

    if (rc != 0) {
        return keyauth_store_error(rc);
    }

    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        keyauth_store_check_one(c, &key, &value);
    }

    mdb_cursor_close(cursor);

    return (rc == MDB_NOTFOUND) ? KEYAUTH_STORE_OK : keyauth_store_error(rc);
}


static void
keyauth_store_check_one(const keyauth_store_checked_t *c, const MDB_val *key,
    const MDB_val *value)
{
    int                     bad;
    uint8_t                 other[KEYAUTH_STORE_NAMES];
    const uint8_t          *bytes;
    keyauth_store_t        *s;
    keyauth_store_check_t  *check;
    keyauth_store_record_t  record;

    s = c->s;
    check = c->check;
    bytes = key->mv_data;

    if (key->mv_size == 1 && bytes[0] == KEYAUTH_STORE_KEY_HEAD) {
        return;
    }

    if (key->mv_size <= KEYAUTH_STORE_NAMES
        && (bytes[0] == KEYAUTH_STORE_KEY_OUTBOX
            || bytes[0] == KEYAUTH_STORE_KEY_REPLICA
            || bytes[0] == KEYAUTH_STORE_KEY_STATUS
            || bytes[0] == KEYAUTH_STORE_KEY_VERSION))
    {
        return;
    }

    if (key->mv_size == KEYAUTH_STORE_NAMES
        && bytes[0] == KEYAUTH_STORE_KEY_USER)
    {
        keyauth_store_key_swap(KEYAUTH_STORE_KEY_TEMPLATE, bytes, other);
        check->stray += !keyauth_store_has(s, other);
        return;
    }

    if (key->mv_size == KEYAUTH_STORE_NAMES
        && bytes[0] == KEYAUTH_STORE_KEY_TEMPLATE)
    {
        check->templates++;
        keyauth_store_key_swap(KEYAUTH_STORE_KEY_USER, bytes, other);

    } else if (key->mv_size == KEYAUTH_STORE_DATED
               && bytes[0] == KEYAUTH_STORE_KEY_HISTORY)
    {
        check->versions++;
        memcpy(other, bytes, sizeof(other));
        other[0] = KEYAUTH_STORE_KEY_TEMPLATE;

    } else {
        check->damaged++;
        return;
    }

    check->stray += !keyauth_store_has(s, other);
    bad = keyauth_store_unseal(&s->reader, key, value, &record) != 0;

    if (c->each != NULL
        && c->each(c->data, bytes + 1, bad ? NULL : &record) != 0)
    {
        bad = 1;
    }

    check->damaged += (uint64_t) bad;
}


static int
keyauth_store_has(keyauth_store_t *s, uint8_t *bytes)
{
    MDB_val  key, value;

    key.mv_data = bytes;
    key.mv_size = KEYAUTH_STORE_NAMES;

    return keyauth_store_view_get(&s->reader.view, &key, &value) == 0;
}
