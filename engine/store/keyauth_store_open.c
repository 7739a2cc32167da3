/*
 * The store's files: opening them, and which of them is the store.
 *
 * Files have the name of a generation, of which the highest is the store: a
 * compacted copy takes the place of its original by being renamed to the next.
 * Whoever opens a file holds the folder's lock, so that none is opened that is
 * about to go.
 */


/* fallocate(): posix_fallocate() would write where there is none */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "keyauth_store_file.h"


/* slots of readers: processes that have the store open */
#define KEYAUTH_STORE_READERS  1024

/* of the lock file: LMDB has 64 bytes for each, and less than a page more */
#define KEYAUTH_STORE_LOCK     (64 * KEYAUTH_STORE_READERS + 4096)


static int keyauth_store_start(keyauth_store_t *s, char *err);
static uint32_t keyauth_store_latest(int folder);
static int keyauth_store_environment(keyauth_store_t *s, char *err);
static int keyauth_store_map(keyauth_store_t *s, const char *path, size_t map,
    unsigned flags);
static void keyauth_store_unmap(keyauth_store_t *s);
static int keyauth_store_check_head(keyauth_store_t *s, char *err);
static int keyauth_store_first(keyauth_store_t *s, keyauth_store_head_t *head);
static int keyauth_store_keycheck(const keyauth_store_t *s,
    const uint8_t id[16], uint8_t check[16]);
static void keyauth_store_stop(keyauth_store_t *s);
static int keyauth_store_owner(int folder, const char *name, uid_t user,
    gid_t group);
static int keyauth_store_ours(const char *name);


keyauth_store_t *
keyauth_store_open(const char *folder, const keyauth_store_key_t *key,
    size_t map, unsigned flags, char *err)
{
    keyauth_store_t  *s;

    s = calloc(1, sizeof(keyauth_store_t));

    if (s == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for a store");
        return NULL;
    }

    s->key = *key;
    s->map = map;
    s->flags = flags;
    s->folder = -1;

    if (strlen(folder) + KEYAUTH_STORE_NAME_MAX >= sizeof(s->path)) {
        snprintf(err, KEYAUTH_ERROR_MAX, "the store's path is too long");
        keyauth_store_close(s);
        return NULL;
    }

    strcpy(s->path, folder);

    if (keyauth_sealer_open(&s->reader.sealer, key) != 0
        || keyauth_sealer_open(&s->writer.sealer, key) != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for a store's ciphers");
        keyauth_store_close(s);
        return NULL;
    }

    if (keyauth_store_reopen(s, err) != 0) {
        keyauth_store_close(s);
        return NULL;
    }

    return s;
}


void
keyauth_store_close(keyauth_store_t *s)
{
    if (s == NULL) {
        return;
    }

    keyauth_store_stop(s);
    keyauth_sealer_close(&s->reader.sealer);
    keyauth_sealer_close(&s->writer.sealer);
    OPENSSL_cleanse(s, sizeof(*s));
    free(s);
}


static void
keyauth_store_stop(keyauth_store_t *s)
{
    if (s->cursor != NULL) {
        mdb_cursor_close(s->cursor);
        s->cursor = NULL;
    }

    if (s->txn != NULL) {
        mdb_txn_abort(s->txn);
        s->txn = NULL;
    }

    keyauth_store_unmap(s);

    if (s->folder != -1) {
        close(s->folder);
        s->folder = -1;
    }
}


int
keyauth_store_reopen(keyauth_store_t *s, char *err)
{
    int  rc;

    keyauth_store_stop(s);

    s->folder = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (s->folder == -1) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" cannot be opened (%s)",
                 s->path, strerror(errno));
        return -1;
    }

    if (flock(s->folder, (s->flags & KEYAUTH_STORE_CREATE) ? LOCK_EX : LOCK_SH)
        != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" cannot be locked (%s)",
                 s->path, strerror(errno));
        return -1;
    }

    rc = keyauth_store_start(s, err);
    (void) flock(s->folder, LOCK_UN);

    if (rc != 0) {
        keyauth_store_stop(s);
    }

    return rc;
}


static int
keyauth_store_start(keyauth_store_t *s, char *err)
{
    uint32_t  i;

    s->generation = keyauth_store_latest(s->folder);

    if (s->generation == 0) {

        if (!(s->flags & KEYAUTH_STORE_CREATE)) {
            snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" holds no store",
                     s->path);
            return -1;
        }

        s->generation = 1;
    }

    if (keyauth_store_environment(s, err) != 0) {
        return -1;
    }

    /* what a compaction left that was killed */

    if ((s->flags & KEYAUTH_STORE_CREATE) && !s->readonly) {
        for (i = s->generation; i-- > 1 && s->generation - i < 4; /* void */) {
            keyauth_store_remove(s->folder, i);
        }
    }

    return 0;
}


void
keyauth_store_filename(char name[KEYAUTH_STORE_NAME_MAX], uint32_t generation,
    const char *suffix)
{
    snprintf(name, KEYAUTH_STORE_NAME_MAX, KEYAUTH_STORE_FILE ".%u%s",
             (unsigned) generation, suffix);
}


void
keyauth_store_remove(int folder, uint32_t generation)
{
    char  name[KEYAUTH_STORE_NAME_MAX];

    keyauth_store_filename(name, generation, "");
    (void) unlinkat(folder, name, 0);
    keyauth_store_filename(name, generation, "-lock");
    (void) unlinkat(folder, name, 0);
}


/* the highest number that a file of the folder has, or 0 */

static uint32_t
keyauth_store_latest(int folder)
{
    int             fd;
    DIR            *dir;
    char           *end;
    uint32_t        latest;
    const char     *p;
    unsigned long   n;
    struct dirent  *entry;

    latest = 0;
    fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = (fd == -1) ? NULL : fdopendir(fd);

    if (dir == NULL) {
        if (fd != -1) {
            close(fd);
        }

        return 0;
    }

    while ((entry = readdir(dir)) != NULL) {

        if (!keyauth_store_ours(entry->d_name)) {
            continue;
        }

        p = entry->d_name + sizeof(KEYAUTH_STORE_FILE);
        n = strtoul(p, &end, 10);

        if (*p >= '1' && *p <= '9' && *end == '\0' && n < UINT32_MAX
            && n > latest)
        {
            latest = (uint32_t) n;
        }
    }

    closedir(dir);

    return latest;
}


static int
keyauth_store_environment(keyauth_store_t *s, char *err)
{
    int          rc;
    char         path[PATH_MAX + KEYAUTH_STORE_NAME_MAX + 1];
    char         name[KEYAUTH_STORE_NAME_MAX];
    size_t       map, least;
    struct stat  st;

    keyauth_store_filename(name, s->generation, "");
    snprintf(path, sizeof(path), "%s/%s", s->path, name);

    least = s->map;
    rc = 0;

    if (fstatat(s->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        rc = S_ISREG(st.st_mode) ? 0 : ELOOP;
        least = ((size_t) st.st_size > least) ? (size_t) st.st_size : least;
    }

    map = least + KEYAUTH_STORE_SPARE;
    map = (map > KEYAUTH_STORE_ADDRESSES) ? map : KEYAUTH_STORE_ADDRESSES;

    s->readonly = (s->flags & KEYAUTH_STORE_READ) != 0;

    if (rc == 0) {
        rc = keyauth_store_lock_file(s, s->generation);
    }

    /* who only reads may not be allowed to make it */

    if (s->readonly && rc != ELOOP) {
        rc = 0;
    }

    if (rc == 0) {
        rc = keyauth_store_map(s, path, map, s->readonly ? MDB_RDONLY : 0);
    }

    /* what is there can be read still */

    if (rc == EROFS) {
        s->readonly = 1;
        rc = keyauth_store_map(s, path, map, MDB_RDONLY);
    }

    if (rc != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" cannot be opened (%s)%s",
                 path, mdb_strerror(rc),
                 rc == MDB_VERSION_MISMATCH || rc == MDB_INVALID
                 ? ": another program or version wrote it" : "");
        return -1;
    }

    keyauth_store_clear(s);

    return keyauth_store_check_head(s, err);
}


/*
 * LMDB makes the lock file with a hole, and maps it: where the disk is full, a
 * process that took the next slot would be killed.  And what root makes, who is
 * the first to open a store, nginx's workers have to open, too.
 */

int
keyauth_store_lock_file(const keyauth_store_t *s, uint32_t generation)
{
    int          fd, rc;
    char         name[KEYAUTH_STORE_NAME_MAX];
    struct stat  st;

    keyauth_store_filename(name, generation, "-lock");
    fd = openat(s->folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                0600);

    if (fd == -1) {
        return errno;
    }

    rc = fallocate(fd, 0, 0, KEYAUTH_STORE_LOCK) == 0 ? 0 : errno;
    close(fd);

    keyauth_store_filename(name, s->generation, "");

    if (geteuid() == 0 && fstatat(s->folder, name, &st, 0) == 0) {
        keyauth_store_filename(name, generation, "-lock");
        (void) keyauth_store_owner(s->folder, name, st.st_uid, st.st_gid);
    }

    /* some file systems do not support it */

    return (rc == EOPNOTSUPP || rc == ENOSYS) ? 0 : rc;
}


static int
keyauth_store_map(keyauth_store_t *s, const char *path, size_t map,
    unsigned flags)
{
    int  rc, fd;

    keyauth_store_unmap(s);

    fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd != -1) {
        rc = keyauth_store_pages_check(fd);
        close(fd);

        if (rc != 0) {
            return MDB_CORRUPTED;
        }
    }

    rc = mdb_env_create(&s->env);

    if (rc == 0) {
        rc = mdb_env_set_userctx(s->env, s);
    }

    if (rc == 0) {
        rc = mdb_env_set_mapsize(s->env, map);
    }

    if (rc == 0) {
        rc = mdb_env_set_maxreaders(s->env, KEYAUTH_STORE_READERS);
    }

    if (rc == 0) {
        rc = mdb_env_open(s->env, path, MDB_NOSUBDIR | MDB_NOTLS | flags,
                          0600);
    }

    return (rc == 0) ? keyauth_store_pages_map(&s->pages, s->env) : rc;
}


static void
keyauth_store_unmap(keyauth_store_t *s)
{
    keyauth_store_pages_unmap(&s->pages);
    memset(&s->reader.view, 0, sizeof(s->reader.view));
    memset(&s->writer.view, 0, sizeof(s->writer.view));

    if (s->env != NULL) {
        mdb_env_close(s->env);
        s->env = NULL;
    }
}


static int
keyauth_store_check_head(keyauth_store_t *s, char *err)
{
    int                   rc, fresh;
    uint8_t               check[16];
    MDB_stat              stat;
    keyauth_store_head_t  head;

    fresh = 0;
    rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &s->txn);

    if (rc == 0) {
        rc = mdb_dbi_open(s->txn, NULL, 0, &s->dbi);
    }

    if (rc == 0) {
        mdb_txn_reset(s->txn);
        rc = keyauth_store_view_reader(&s->reader.view, &s->pages, s->txn);
    }

    if (rc == 0) {
        rc = keyauth_store_head_get(&s->reader.view, &head);
    }

    if (rc == MDB_NOTFOUND) {
        fresh = mdb_stat(s->txn, s->dbi, &stat) == 0 && stat.ms_entries == 0;
    }

    if (s->txn != NULL) {
        mdb_txn_reset(s->txn);
    }

    if (fresh && !s->readonly && (s->flags & KEYAUTH_STORE_CREATE)) {
        rc = keyauth_store_first(s, &head);
    }

    if (rc != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" cannot be read (%s)",
                 s->path, rc == MDB_NOTFOUND ? "it has no head"
                                             : mdb_strerror(rc));
        return -1;
    }

    if (head.version != KEYAUTH_STORE_VERSION) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" is a store of version "
                 "%u; only version %d is supported (export it with the "
                 "keyauth that wrote it, import it with this one)", s->path,
                 (unsigned) head.version, KEYAUTH_STORE_VERSION);
        return -1;
    }

    if (keyauth_store_keycheck(s, head.id, check) != 0
        || CRYPTO_memcmp(check, head.check, sizeof(check)) != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" has another key: name "
                 "the key file that it was made with", s->path);
        return -1;
    }

    s->limit = (s->map != 0) ? s->map
               : (head.map != 0) ? (size_t) head.map : KEYAUTH_STORE_MAP;

    return 0;
}


/* the head of a new store */

static int
keyauth_store_first(keyauth_store_t *s, keyauth_store_head_t *head)
{
    int       rc;
    MDB_txn  *txn;

    memset(head, 0, sizeof(*head));
    head->version = KEYAUTH_STORE_VERSION;
    head->created = (uint64_t) time(NULL);
    head->map = s->map;

    if (RAND_bytes(head->id, sizeof(head->id)) != 1
        || keyauth_store_keycheck(s, head->id, head->check) != 0)
    {
        return EIO;
    }

    rc = mdb_txn_begin(s->env, NULL, 0, &txn);

    if (rc != 0) {
        return rc;
    }

    rc = keyauth_store_head_put(txn, s->dbi, head);

    if (rc != 0) {
        mdb_txn_abort(txn);
        return rc;
    }

    rc = mdb_txn_commit(txn);

    /* the file's name has to be on disk as well */

    if (rc == 0) {
        (void) fsync(s->folder);
    }

    return rc;
}


static int
keyauth_store_keycheck(const keyauth_store_t *s, const uint8_t id[16],
    uint8_t check[16])
{
    uint8_t  full[32];

    if (keyauth_store_key_derive(&s->key, "keyauth store check 1", id, 16,
                                 full)
        != 0)
    {
        return -1;
    }

    memcpy(check, full, 16);

    return 0;
}


keyauth_store_e
keyauth_store_touch(MDB_txn *txn, const void *key, size_t len)
{
    keyauth_store_t  *s;

    s = mdb_env_get_userctx(mdb_txn_env(txn));

    return keyauth_store_error(keyauth_store_view_check(
               (txn == s->txn) ? &s->reader.view : &s->writer.view, key, len));
}


void
keyauth_store_clear(keyauth_store_t *s)
{
    int  dead;

    if (!s->readonly) {
        (void) mdb_reader_check(s->env, &dead);
    }
}


/*
 * The next file may have been replaced, too, and this one never marked; or
 * somebody has put another one in its place.
 */

int
keyauth_store_moved(keyauth_store_t *s)
{
    char         name[KEYAUTH_STORE_NAME_MAX];
    struct stat  own, st;

    keyauth_store_filename(name, s->generation + 1, "");

    if (faccessat(s->folder, name, F_OK, 0) == 0) {
        return 1;
    }

    keyauth_store_filename(name, s->generation, "");

    if (fstatat(s->folder, name, &st, 0) != 0) {
        return errno == ENOENT;
    }

    return s->env != NULL && fstat(s->pages.fd, &own) == 0
           && (st.st_ino != own.st_ino || st.st_dev != own.st_dev);
}


keyauth_store_e
keyauth_store_error(int rc)
{
    switch (rc) {

    case 0:
        return KEYAUTH_STORE_OK;

    case MDB_NOTFOUND:
        return KEYAUTH_STORE_NONE;

    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
        return KEYAUTH_STORE_FULL;

    case MDB_MAP_RESIZED:
    case MDB_PANIC:
        return KEYAUTH_STORE_MOVED;

    case MDB_PAGE_NOTFOUND:
    case MDB_CORRUPTED:
    case MDB_INVALID:
    case MDB_BAD_TXN:
        return KEYAUTH_STORE_DAMAGED;

    case EACCES:
    case EROFS:
    case EPERM:
        return KEYAUTH_STORE_READONLY;

    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
        return KEYAUTH_STORE_DISK;

    default:
        return KEYAUTH_STORE_FAILED;
    }
}


const char *
keyauth_store_strerror(keyauth_store_e e)
{
    static const char *const  messages[] = {
        "done",
        "there is no such template",
        ("a template is damaged: enrol the person again with Replace, and run"
         " keyauth store verify"),
        "the store is full: raise map_size",
        "the disk is full or fails",
        ("the store cannot be written: mend its folder's owner or mount, then"
         " reload nginx"),
        "the store has been replaced meanwhile: try again",
        ("the store's file was truncated while it was open: stop nginx,"
         " restore a backup, start nginx"),
        "the store failed: the error log says why"
    };

    return messages[e];
}


int
keyauth_store_give(const char *folder, unsigned user, unsigned group,
    char *err)
{
    int             fd;
    DIR            *dir;
    struct stat     st;
    struct dirent  *entry;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        snprintf(err, KEYAUTH_ERROR_MAX, "mkdir() \"%.200s\" failed (%s)",
                 folder, strerror(errno));
        return -1;
    }

    if (geteuid() != 0) {
        return 0;
    }

    fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd == -1 || fstat(fd, &st) != 0
        || ((st.st_uid != user || st.st_gid != group)
            && fchown(fd, user, group) != 0)
        || (dir = fdopendir(fd)) == NULL)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "chown() \"%.200s\" failed (%s)",
                 folder, strerror(errno));

        if (fd != -1) {
            close(fd);
        }

        return -1;
    }

    while ((entry = readdir(dir)) != NULL) {
        if (keyauth_store_ours(entry->d_name)) {
            (void) keyauth_store_owner(fd, entry->d_name, user, group);
        }
    }

    closedir(dir);

    return 0;
}


static int
keyauth_store_ours(const char *name)
{
    return strncmp(name, KEYAUTH_STORE_FILE ".", sizeof(KEYAUTH_STORE_FILE))
           == 0;
}


/* a link that somebody has put there is not followed */

static int
keyauth_store_owner(int folder, const char *name, uid_t user, gid_t group)
{
    struct stat  st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0
        || !S_ISREG(st.st_mode) || st.st_nlink != 1)
    {
        return -1;
    }

    return (st.st_uid == user && st.st_gid == group) ? 0
           : fchownat(folder, name, user, group, AT_SYMLINK_NOFOLLOW);
}
