/*
 * The pages of LMDB's file, looked at before LMDB follows them.
 *
 * LMDB believes what its pages say: a flipped byte in one makes it read or
 * write anywhere, or abort, which is the end of the process.  So templates are
 * found here, with each step checked, and what LMDB itself is to walk through
 * or to change is checked first, page by page.  What the pages hold is sealed
 * (keyauth_store_key.h), and so is safe from the same.
 */


#ifndef KEYAUTH_STORE_PAGE_H_INCLUDED
#define KEYAUTH_STORE_PAGE_H_INCLUDED


#include <lmdb.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>


/* the file of an environment, mapped */
typedef struct {
    const uint8_t  *base;               /* NULL: it is not */
    size_t          len;
    size_t          page;               /* bytes */
    int             fd;                 /* of the environment */
} keyauth_store_pages_t;


typedef struct {
    uint64_t  root;
    unsigned  depth;                    /* 0: it is empty */
    unsigned  integers;                 /* its keys are of 8 bytes, native */
} keyauth_store_tree_t;


/* pages that are remembered: a power of two */
#define KEYAUTH_STORE_CHECKED  1024


/* both trees of a file as they were at one moment; for one thread */
typedef struct {
    const keyauth_store_pages_t  *pages;
    keyauth_store_tree_t          free;     /* pages that may be used again */
    keyauth_store_tree_t          main;
    uint64_t                      txn;      /* that has written them */
    uint64_t                      last;     /* number of the last page */
    size_t                        size;     /* of the file, at least */
    struct timespec               looked;   /* for its size */

    unsigned                      damaged;  /* a check has failed */

    /* the last one whose head was read and found to be in place */
    uint64_t                      current;

    /* pages that have been checked since the transaction began */
    uint64_t                      checked_txn;
    uint64_t                      checked[KEYAUTH_STORE_CHECKED];
} keyauth_store_view_t;


/* the first pages of a file that LMDB is to open; -1: they are damaged */
int keyauth_store_pages_check(int fd);

/* errno, or 0 */
int keyauth_store_pages_map(keyauth_store_pages_t *pages, MDB_env *env);

void keyauth_store_pages_unmap(keyauth_store_pages_t *pages);


/*
 * -1: the file has been cut while it was open: who reads on may be killed.  A
 * reader looks once in a tick of the system's clock at the most.
 */
int keyauth_store_view_whole(keyauth_store_view_t *v,
    const keyauth_store_pages_t *pages, int reader);

/*
 * What a transaction sees; a reader's begins here, once more.  All return 0 or
 * an error of LMDB, MDB_CORRUPTED for what is damaged.
 */
int keyauth_store_view_reader(keyauth_store_view_t *v,
    const keyauth_store_pages_t *pages, MDB_txn *txn);
int keyauth_store_view_writer(keyauth_store_view_t *v,
    const keyauth_store_pages_t *pages, MDB_txn *txn);

/* mdb_get() of the main tree */
int keyauth_store_view_get(keyauth_store_view_t *v, const MDB_val *key,
    MDB_val *value);

/*
 * All that LMDB may touch while it walks through the keys that begin with a
 * prefix, of 0 bytes or more, or changes what they have.
 */
int keyauth_store_view_check(keyauth_store_view_t *v, const void *prefix,
    size_t len);

/* the tree of free pages, for who writes */
int keyauth_store_view_check_free(keyauth_store_view_t *v);


/* steps of these, for the store's own parts */

#define KEYAUTH_PAGE_HEAD      16
#define KEYAUTH_PAGE_MIN       512
#define KEYAUTH_PAGE_MAX       32768    /* LMDB's own */

#define KEYAUTH_PAGE_BRANCH    0x01
#define KEYAUTH_PAGE_LEAF      0x02
#define KEYAUTH_PAGE_OVERFLOW  0x04
#define KEYAUTH_PAGE_META      0x08

#define KEYAUTH_NODE_HEAD      8
#define KEYAUTH_NODE_BIG       0x01     /* its data have pages of their own */

/* bytes of a node whose data are in its page */
#define KEYAUTH_NODE_MAX(page)                                                \
    ((((page) - KEYAUTH_PAGE_HEAD) / 2 & ~(size_t) 1) - sizeof(uint16_t))

/* a page of that kind; NULL: it is not, or not there */
const uint8_t *keyauth_store_page(keyauth_store_view_t *v, uint64_t number,
    unsigned kind);

/* how many; 0: the page has none, or is damaged */
unsigned keyauth_store_nodes(const keyauth_store_view_t *v,
    const uint8_t *page);

/* NULL: it is not within its page */
const uint8_t *keyauth_store_node(const keyauth_store_view_t *v,
    const uint8_t *page, unsigned i, MDB_val *key);

/* the page that a branch's node points to */
uint64_t keyauth_store_child(const uint8_t *node);

/* of a leaf's node; -1: they are not within the file */
int keyauth_store_data(keyauth_store_view_t *v, const uint8_t *page,
    const uint8_t *node, MDB_val *value);

/* the last node whose key is not greater, or the first; -1: it is damaged */
int keyauth_store_search(const keyauth_store_view_t *v, const uint8_t *page,
    const MDB_val *key, unsigned *found);

int keyauth_store_compare(const MDB_val *a, const MDB_val *b,
    unsigned integers);


static inline uint16_t
keyauth_load16(const uint8_t *p)
{
    uint16_t  n;

    memcpy(&n, p, sizeof(n));

    return n;
}


static inline uint32_t
keyauth_load32(const uint8_t *p)
{
    uint32_t  n;

    memcpy(&n, p, sizeof(n));

    return n;
}


static inline uint64_t
keyauth_load64(const uint8_t *p)
{
    uint64_t  n;

    memcpy(&n, p, sizeof(n));

    return n;
}


#endif /* KEYAUTH_STORE_PAGE_H_INCLUDED */
