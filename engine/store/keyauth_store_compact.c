/*
 * Compaction: what was forgotten leaves the disk.
 *
 * LMDB frees pages, and does not wipe them.  So what is left is copied, under
 * the writers' lock, into the file of the next generation.  From the moment in
 * which that has its name it is the store: no writer commits to the old file
 * any more, which is marked for its readers and removed.  Killed at any moment,
 * one of both files is the store, and it is whole.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyauth_store_file.h"


#define KEYAUTH_STORE_TOGETHER  10000   /* records of a copy in a commit */


static keyauth_store_e keyauth_store_replace(keyauth_store_t *s, MDB_txn *txn,
    keyauth_store_head_t *head, int only);
static keyauth_store_e keyauth_store_copy(keyauth_store_t *s, MDB_txn *txn,
    const char *name);
static int keyauth_store_fill_copy(keyauth_store_t *s, MDB_txn *txn,
    MDB_env *env);
static int keyauth_store_finish(keyauth_store_t *s, const char *name);
static keyauth_store_e keyauth_store_switch(keyauth_store_t *s,
    const char *copy, const char *name);


keyauth_store_e
keyauth_store_compact(keyauth_store_t *s, int only)
{
    int                   rc;
    MDB_txn              *txn;
    keyauth_store_e       e;
    keyauth_store_head_t  head;

    if (s->env == NULL) {
        return KEYAUTH_STORE_MOVED;
    }

    if (s->readonly) {
        return KEYAUTH_STORE_READONLY;
    }

    if (keyauth_store_view_whole(&s->writer.view, &s->pages, 0) != 0) {
        return KEYAUTH_STORE_CUT;
    }

    rc = mdb_txn_begin(s->env, NULL, 0, &txn);

    if (rc != 0) {
        return keyauth_store_error(rc);
    }

    /* a copy reads all pages */

    rc = keyauth_store_view_writer(&s->writer.view, &s->pages, txn);

    if (rc == 0) {
        rc = keyauth_store_view_check_free(&s->writer.view);
    }

    if (rc == 0) {
        rc = keyauth_store_view_check(&s->writer.view, NULL, 0);
    }

    if (rc == 0) {
        rc = keyauth_store_head_get(&s->writer.view, &head);
    }

    e = (rc == 0) ? keyauth_store_replace(s, txn, &head, only)
                  : KEYAUTH_STORE_DAMAGED;

    if (e != KEYAUTH_STORE_MOVED) {
        mdb_txn_abort(txn);
        return e;
    }

    /* the old file is gone: what is written there is for those who read it */

    head.retired = 1;

    if (keyauth_store_head_put(txn, s->dbi, &head) != 0) {
        mdb_txn_abort(txn);

    } else {
        (void) mdb_txn_commit(txn);
    }

    return KEYAUTH_STORE_MOVED;
}


static keyauth_store_e
keyauth_store_replace(keyauth_store_t *s, MDB_txn *txn,
    keyauth_store_head_t *head, int only)
{
    char             copy[KEYAUTH_STORE_NAME_MAX];
    char             name[KEYAUTH_STORE_NAME_MAX];
    keyauth_store_e  e;

    if (head->retired || keyauth_store_moved(s)) {
        return KEYAUTH_STORE_MOVED;
    }

    if (only && head->erased != s->generation) {
        return KEYAUTH_STORE_OK;
    }

    keyauth_store_filename(copy, s->generation + 1, ".new");
    keyauth_store_filename(name, s->generation + 1, "");

    e = keyauth_store_copy(s, txn, copy);

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_switch(s, copy, name);
    }

    if (e != KEYAUTH_STORE_MOVED) {
        (void) unlinkat(s->folder, copy, 0);
    }

    return e;
}


static keyauth_store_e
keyauth_store_copy(keyauth_store_t *s, MDB_txn *txn, const char *name)
{
    int              rc;
    char             path[PATH_MAX + KEYAUTH_STORE_NAME_MAX + 1];
    MDB_env         *env;
    MDB_envinfo      info;
    keyauth_store_e  e;

    (void) unlinkat(s->folder, name, 0);
    snprintf(path, sizeof(path), "%s/%s", s->path, name);

    rc = mdb_env_create(&env);

    if (rc != 0) {
        return keyauth_store_error(rc);
    }

    (void) mdb_env_info(s->env, &info);
    rc = mdb_env_set_mapsize(env, info.me_mapsize);

    if (rc == 0) {
        rc = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC,
                          0600);
    }

    if (rc == 0) {
        rc = keyauth_store_fill_copy(s, txn, env);
    }

    if (rc == 0) {
        rc = mdb_env_sync(env, 1);
    }

    mdb_env_close(env);

    if (rc == 0) {
        rc = keyauth_store_finish(s, name);
    }

    e = keyauth_store_error(rc);

    return (e == KEYAUTH_STORE_MOVED) ? KEYAUTH_STORE_FAILED : e;
}


/*
 * Record by record: a copy of pages would have keys of people who are gone,
 * which separate others in a branch, and what their records left beside
 * others'.
 */

static int
keyauth_store_fill_copy(keyauth_store_t *s, MDB_txn *txn, MDB_env *env)
{
    int          rc, end;
    size_t       n;
    MDB_dbi      dbi;
    MDB_txn     *to;
    MDB_val      key, value;
    MDB_cursor  *cursor;

    rc = mdb_cursor_open(txn, s->dbi, &cursor);

    if (rc != 0) {
        return rc;
    }

    to = NULL;
    n = 0;

    do {
        end = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);

        if (end == 0 && to == NULL) {
            rc = mdb_txn_begin(env, NULL, 0, &to);

            if (rc == 0) {
                rc = mdb_dbi_open(to, NULL, 0, &dbi);
            }
        }

        if (end == 0 && rc == 0) {
            rc = keyauth_store_insert(to, dbi, s->pages.page, &key, &value,
                                      MDB_APPEND);
        }

        if (rc == 0 && to != NULL
            && (end != 0 || ++n % KEYAUTH_STORE_TOGETHER == 0))
        {
            rc = mdb_txn_commit(to);
            to = NULL;
        }

    } while (end == 0 && rc == 0);

    if (to != NULL) {
        mdb_txn_abort(to);
    }

    mdb_cursor_close(cursor);

    return (rc == 0 && end != MDB_NOTFOUND) ? end : rc;
}


/* gives it the store's owner, and writes it to the disk */

static int
keyauth_store_finish(keyauth_store_t *s, const char *name)
{
    int          fd, rc;
    char         old[KEYAUTH_STORE_NAME_MAX];
    struct stat  st;

    fd = openat(s->folder, name, O_RDWR | O_CLOEXEC);

    if (fd == -1) {
        return errno;
    }

    keyauth_store_filename(old, s->generation, "");
    rc = (fstatat(s->folder, old, &st, 0) != 0
          || (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
          || fsync(fd) != 0)
         ? errno : 0;

    close(fd);

    return rc;
}


/* nobody opens a file meanwhile */

static keyauth_store_e
keyauth_store_switch(keyauth_store_t *s, const char *copy, const char *name)
{
    int              rc;
    keyauth_store_e  e;

    if (flock(s->folder, LOCK_EX) != 0) {
        return keyauth_store_error(errno);
    }

    rc = keyauth_store_lock_file(s, s->generation + 1);

    if (rc == 0 && renameat(s->folder, copy, s->folder, name) != 0) {
        rc = errno;
    }

    if (rc == 0) {
        (void) fsync(s->folder);
        keyauth_store_remove(s->folder, s->generation);
        (void) fsync(s->folder);
        e = KEYAUTH_STORE_MOVED;

    } else {
        e = keyauth_store_error(rc);
    }

    (void) flock(s->folder, LOCK_UN);

    return e;
}
