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


static keyauth_store_e keyauth_store_replace(keyauth_store_t *s, MDB_txn *txn,
    keyauth_store_head_t *head, int only);
static keyauth_store_e keyauth_store_copy(keyauth_store_t *s,
    const char *name);
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

    (void) txn;

    if (head->retired || keyauth_store_moved(s)) {
        return KEYAUTH_STORE_MOVED;
    }

    if (only && head->erased != s->generation) {
        return KEYAUTH_STORE_OK;
    }

    keyauth_store_filename(copy, s->generation + 1, ".new");
    keyauth_store_filename(name, s->generation + 1, "");

    e = keyauth_store_copy(s, copy);

    if (e == KEYAUTH_STORE_OK) {
        e = keyauth_store_switch(s, copy, name);
    }

    if (e != KEYAUTH_STORE_MOVED) {
        (void) unlinkat(s->folder, copy, 0);
    }

    return e;
}


static keyauth_store_e
keyauth_store_copy(keyauth_store_t *s, const char *name)
{
    int          fd, rc;
    char         old[KEYAUTH_STORE_NAME_MAX];
    struct stat  st;

    (void) unlinkat(s->folder, name, 0);
    fd = openat(s->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                0600);

    if (fd == -1) {
        return keyauth_store_error(errno);
    }

    keyauth_store_filename(old, s->generation, "");

    rc = mdb_env_copyfd2(s->env, fd, MDB_CP_COMPACT);

    if (rc == 0
        && (fstatat(s->folder, old, &st, 0) != 0
            || (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
            || fsync(fd) != 0))
    {
        rc = errno;
    }

    if (close(fd) != 0 && rc == 0) {
        rc = errno;
    }

    return (rc == 0) ? KEYAUTH_STORE_OK
           : (keyauth_store_error(rc) == KEYAUTH_STORE_MOVED)
             ? KEYAUTH_STORE_FAILED : keyauth_store_error(rc);
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

    rc = renameat(s->folder, copy, s->folder, name);

    if (rc == 0) {
        (void) fsync(s->folder);
        keyauth_store_remove(s->folder, s->generation);
        (void) fsync(s->folder);
        e = KEYAUTH_STORE_MOVED;

    } else {
        e = keyauth_store_error(errno);
    }

    (void) flock(s->folder, LOCK_UN);

    return e;
}
