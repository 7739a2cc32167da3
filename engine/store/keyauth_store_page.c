/*
 * Pages of LMDB's file: see keyauth_store_page.h.
 *
 * A page has a head of 16 bytes, numbers of 2 bytes that say where its nodes
 * begin, in the order of their keys, and the nodes themselves, which fill it
 * from its end without a gap.  LMDB 0.9, 64 bits, numbers as the machine has
 * them.
 */


#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyauth_store_page.h"


/* the two first pages: offsets behind the page's head */
#define KEYAUTH_META_SIZE      24       /* of a page */
#define KEYAUTH_META_FREE      24
#define KEYAUTH_META_MAIN      72
#define KEYAUTH_META_LAST      120
#define KEYAUTH_META_TXN       128
#define KEYAUTH_META_END       136

#define KEYAUTH_META_NUMBER    0xbeefc0deu

/* of a tree's entry there */
#define KEYAUTH_TREE_PAD       0
#define KEYAUTH_TREE_FLAGS     4
#define KEYAUTH_TREE_DEPTH     6
#define KEYAUTH_TREE_ROOT      40

#define KEYAUTH_TREE_DEPTH_MAX  16


static void keyauth_store_view_of(keyauth_store_view_t *v,
    const keyauth_store_pages_t *pages);
static int keyauth_store_view_meta(keyauth_store_view_t *v, uint64_t txn);
static int keyauth_store_view_tree(keyauth_store_tree_t *tree,
    const uint8_t *entry, unsigned integers);
static int keyauth_store_has_page(keyauth_store_view_t *v, uint64_t number);


/* a page's size is divided by before anything is checked */

int
keyauth_store_pages_check(int fd)
{
    int       i;
    off_t     at;
    uint8_t   head[KEYAUTH_PAGE_HEAD + KEYAUTH_META_END];
    uint32_t  size, first;

    at = 0;
    first = 0;

    for (i = 0; i < 2; i++) {

        if (pread(fd, head, sizeof(head), at) != (ssize_t) sizeof(head)) {
            return i == 0 ? 0 : -1;
        }

        /* what is no file of LMDB's at all is said by LMDB */

        if (i == 0 && keyauth_load32(head + KEYAUTH_PAGE_HEAD)
                      != KEYAUTH_META_NUMBER)
        {
            return 0;
        }

        size = keyauth_load32(head + KEYAUTH_PAGE_HEAD + KEYAUTH_META_SIZE);

        if (size < KEYAUTH_PAGE_MIN || size > KEYAUTH_PAGE_MAX
            || (size & (size - 1)) != 0 || (i == 1 && size != first))
        {
            return -1;
        }

        first = size;
        at = size;
    }

    return 0;
}


int
keyauth_store_pages_map(keyauth_store_pages_t *pages, MDB_env *env)
{
    int          rc;
    void        *base;
    MDB_stat     stat;
    MDB_envinfo  info;

    rc = mdb_env_get_fd(env, &pages->fd);

    if (rc == 0) {
        rc = mdb_env_info(env, &info);
    }

    if (rc == 0) {
        rc = mdb_env_stat(env, &stat);
    }

    if (rc != 0) {
        return rc;
    }

    base = mmap(NULL, info.me_mapsize, PROT_READ, MAP_SHARED, pages->fd, 0);

    if (base == MAP_FAILED) {
        return errno;
    }

    pages->base = base;
    pages->len = info.me_mapsize;
    pages->page = stat.ms_psize;

    return 0;
}


void
keyauth_store_pages_unmap(keyauth_store_pages_t *pages)
{
    void  *base;

    if (pages->base != NULL) {
        memcpy(&base, &pages->base, sizeof(base));
        (void) munmap(base, pages->len);
        pages->base = NULL;
    }
}


/* it grows, and never shrinks, by LMDB; to ask costs as much as a template */

int
keyauth_store_view_whole(keyauth_store_view_t *v,
    const keyauth_store_pages_t *pages, int reader)
{
    struct stat      st;
    struct timespec  now;

    keyauth_store_view_of(v, pages);

    if (reader) {
        (void) clock_gettime(CLOCK_MONOTONIC_COARSE, &now);

        if (now.tv_nsec == v->looked.tv_nsec && now.tv_sec == v->looked.tv_sec)
        {
            return 0;
        }
    }

    if (fstat(pages->fd, &st) != 0 || (size_t) st.st_size < v->size) {
        return -1;
    }

    v->size = (size_t) st.st_size;

    if (reader) {
        v->looked = now;
    }

    return 0;
}


/*
 * The page that says where a commit's trees are is written anew by the commit
 * after the next, which begins when the next one is known to LMDB.  So what has
 * been read is whole where the next one has not been seen, or where LMDB still
 * begins with this one.
 */

int
keyauth_store_view_reader(keyauth_store_view_t *v,
    const keyauth_store_pages_t *pages, MDB_txn *txn)
{
    int             rc, read;
    uint64_t        id;
    const uint8_t  *other;

    keyauth_store_view_of(v, pages);
    read = 0;

    id = UINT64_MAX;
    rc = mdb_txn_renew(txn);

    while (rc == 0 && id != mdb_txn_id(txn)) {

        id = mdb_txn_id(txn);
        read = keyauth_store_view_meta(v, id);

        __atomic_thread_fence(__ATOMIC_ACQUIRE);

        other = pages->base + (id % 2 ? 0 : pages->page) + KEYAUTH_PAGE_HEAD;

        if (keyauth_load64(other + KEYAUTH_META_TXN) <= id) {
            break;
        }

        mdb_txn_reset(txn);
        rc = mdb_txn_renew(txn);
    }

    if (rc == 0 && read != 0) {
        mdb_txn_reset(txn);
    }

    return (rc != 0) ? rc : read;
}


int
keyauth_store_view_writer(keyauth_store_view_t *v,
    const keyauth_store_pages_t *pages, MDB_txn *txn)
{
    keyauth_store_view_of(v, pages);

    return keyauth_store_view_meta(v, mdb_txn_id(txn) - 1);
}


static void
keyauth_store_view_of(keyauth_store_view_t *v,
    const keyauth_store_pages_t *pages)
{
    if (v->pages != pages) {
        v->pages = pages;
        v->size = 0;
        memset(&v->looked, 0, sizeof(v->looked));
    }
}


static int
keyauth_store_view_meta(keyauth_store_view_t *v, uint64_t txn)
{
    const uint8_t  *page, *meta;

    page = v->pages->base + (txn % 2) * v->pages->page;
    meta = page + KEYAUTH_PAGE_HEAD;
    v->txn = txn;
    v->damaged = 0;
    v->last = keyauth_load64(meta + KEYAUTH_META_LAST);

    if (keyauth_load16(page + 10) != KEYAUTH_PAGE_META
        || keyauth_load32(meta + KEYAUTH_META_SIZE) != v->pages->page
        || keyauth_load64(meta + KEYAUTH_META_TXN) != txn
        || v->last < 1 || v->last >= v->pages->len / v->pages->page)
    {
        return MDB_CORRUPTED;
    }

    /* the first tree's pad is the page's size, its flags are the file's too */

    return (keyauth_store_view_tree(&v->free, meta + KEYAUTH_META_FREE, 1) == 0
            && keyauth_load32(meta + KEYAUTH_META_MAIN + KEYAUTH_TREE_PAD) == 0
            && keyauth_store_view_tree(&v->main, meta + KEYAUTH_META_MAIN, 0)
               == 0)
           ? 0 : MDB_CORRUPTED;
}


static int
keyauth_store_view_tree(keyauth_store_tree_t *tree, const uint8_t *entry,
    unsigned integers)
{
    unsigned  flags;

    flags = keyauth_load16(entry + KEYAUTH_TREE_FLAGS);
    tree->root = keyauth_load64(entry + KEYAUTH_TREE_ROOT);
    tree->depth = keyauth_load16(entry + KEYAUTH_TREE_DEPTH);
    tree->integers = integers;

    return (integers ? (flags & 0xff) == MDB_INTEGERKEY : flags == 0)
           && tree->depth <= KEYAUTH_TREE_DEPTH_MAX
           && (tree->depth == 0) == (tree->root == UINT64_MAX) ? 0 : -1;
}


/* a page of that kind; NULL: it is not, or not there */

const uint8_t *
keyauth_store_page(keyauth_store_view_t *v, uint64_t number, unsigned kind)
{
    const uint8_t  *page;

    if (number < 2 || !keyauth_store_has_page(v, number)) {
        return NULL;
    }

    page = v->pages->base + (size_t) number * v->pages->page;

    return (keyauth_load64(page) == number
            && keyauth_load16(page + 10) == kind) ? page : NULL;
}


/* to read behind a file's end is the process's, too; the file may grow */

static int
keyauth_store_has_page(keyauth_store_view_t *v, uint64_t number)
{
    size_t       end;
    struct stat  st;

    if (number > v->last) {
        return 0;
    }

    end = (size_t) (number + 1) * v->pages->page;

    if (end > v->size && fstat(v->pages->fd, &st) == 0) {
        v->size = (size_t) st.st_size;
    }

    return end <= v->size;
}


/* 0: the page has none, or is damaged */

unsigned
keyauth_store_nodes(const keyauth_store_view_t *v, const uint8_t *page)
{
    unsigned  lower, upper;

    lower = keyauth_load16(page + 12);
    upper = keyauth_load16(page + 14);

    return (lower > KEYAUTH_PAGE_HEAD && lower % 2 == 0 && lower <= upper
            && upper <= v->pages->page) ? (lower - KEYAUTH_PAGE_HEAD) / 2 : 0;
}


const uint8_t *
keyauth_store_node(const keyauth_store_view_t *v, const uint8_t *page,
    unsigned i, MDB_val *key)
{
    size_t          at, size;
    const uint8_t  *node;

    at = keyauth_load16(page + KEYAUTH_PAGE_HEAD + 2 * (size_t) i);
    node = page + at;
    key->mv_data = NULL;
    key->mv_size = 0;

    if (at < keyauth_load16(page + 14)
        || at + KEYAUTH_NODE_HEAD > v->pages->page)
    {
        return NULL;
    }

    size = keyauth_load16(node + 6);

    if (at + KEYAUTH_NODE_HEAD + size > v->pages->page) {
        return NULL;
    }

    key->mv_data = (void *) (uintptr_t) (node + KEYAUTH_NODE_HEAD);
    key->mv_size = size;

    return node;
}


/* of a node of a branch: the number takes the flags' place, too */

uint64_t
keyauth_store_child(const uint8_t *node)
{
    return keyauth_load16(node) | (uint64_t) keyauth_load16(node + 2) << 16
           | (uint64_t) keyauth_load16(node + 4) << 32;
}


/* of a leaf's node, which is within its page; -1: they are not */

int
keyauth_store_data(keyauth_store_view_t *v, const uint8_t *page,
    const uint8_t *node, MDB_val *value)
{
    size_t          room;
    uint64_t        number, pages;
    const uint8_t  *data;

    data = node + KEYAUTH_NODE_HEAD + keyauth_load16(node + 6);
    room = (size_t) (page + v->pages->page - data);
    value->mv_size = keyauth_load16(node)
                     | (size_t) keyauth_load16(node + 2) << 16;

    switch (keyauth_load16(node + 4)) {

    case 0:
        value->mv_data = (void *) (uintptr_t) data;
        return value->mv_size <= room ? 0 : -1;

    case KEYAUTH_NODE_BIG:
        if (room < sizeof(number)) {
            return -1;
        }

        number = keyauth_load64(data);
        pages = (KEYAUTH_PAGE_HEAD - 1 + value->mv_size) / v->pages->page + 1;

        /* a value that was longer in the same transaction leaves it more */

        data = keyauth_store_page(v, number, KEYAUTH_PAGE_OVERFLOW);

        if (data == NULL || keyauth_load32(data + 12) < pages
            || !keyauth_store_has_page(v, number + keyauth_load32(data + 12)
                                          - 1))
        {
            return -1;
        }

        value->mv_data = (void *) (uintptr_t) (data + KEYAUTH_PAGE_HEAD);
        return 0;

    default:
        return -1;
    }
}


int
keyauth_store_compare(const MDB_val *a, const MDB_val *b, unsigned integers)
{
    int       rc;
    size_t    len;
    uint64_t  x, y;

    if (integers) {
        x = keyauth_load64(a->mv_data);
        y = keyauth_load64(b->mv_data);

        return (x > y) - (x < y);
    }

    len = a->mv_size < b->mv_size ? a->mv_size : b->mv_size;
    rc = memcmp(a->mv_data, b->mv_data, len);

    return rc != 0 ? rc : (a->mv_size > b->mv_size)
                          - (a->mv_size < b->mv_size);
}


int
keyauth_store_view_get(keyauth_store_view_t *v, const MDB_val *key,
    MDB_val *value)
{
    MDB_val         k;
    unsigned        depth, i;
    uint64_t        number;
    const uint8_t  *page, *node;

    if (v->main.depth == 0) {
        return MDB_NOTFOUND;
    }

    number = v->main.root;

    for (depth = v->main.depth; depth > 0; depth--) {
        page = keyauth_store_page(v, number, depth > 1 ? KEYAUTH_PAGE_BRANCH
                                                       : KEYAUTH_PAGE_LEAF);

        if (page == NULL || keyauth_store_search(v, page, key, &i) != 0) {
            return MDB_CORRUPTED;
        }

        node = keyauth_store_node(v, page, i, &k);

        if (node == NULL) {
            return MDB_CORRUPTED;
        }

        if (depth > 1) {
            number = keyauth_store_child(node);
            continue;
        }

        if (keyauth_store_compare(key, &k, 0) != 0) {
            return MDB_NOTFOUND;
        }

        return keyauth_store_data(v, page, node, value) == 0 ? 0
                                                             : MDB_CORRUPTED;
    }

    return MDB_CORRUPTED;
}


int
keyauth_store_search(const keyauth_store_view_t *v, const uint8_t *page,
    const MDB_val *key, unsigned *found)
{
    MDB_val   k;
    unsigned  n, low, high, middle;

    n = keyauth_store_nodes(v, page);

    if (n == 0) {
        return -1;
    }

    low = 0;
    high = n - 1;

    while (low < high) {
        middle = (low + high + 1) / 2;

        if (keyauth_store_node(v, page, middle, &k) == NULL) {
            return -1;
        }

        if (keyauth_store_compare(key, &k, 0) >= 0) {
            low = middle;

        } else {
            high = middle - 1;
        }
    }

    *found = low;

    return 0;
}
