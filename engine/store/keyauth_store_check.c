/*
 * Pages of LMDB's file, checked before LMDB walks through them or changes them:
 * see keyauth_store_page.h.
 *
 * What is checked of a page is that its nodes fill it from its end without a
 * gap, that they are in the order of their keys, and that these lie between
 * those that its parent has.
 */


#include "keyauth_store_page.h"


/* what is checked of a tree, and for which keys */
typedef struct {
    keyauth_store_view_t        *v;
    const keyauth_store_tree_t  *tree;
    const uint8_t               *prefix;
    size_t                       len;
} keyauth_store_walk_pages_t;


/* keys of a page's parent that its own lie between; NULL: there is none */
typedef struct {
    MDB_val  low;
    MDB_val  high;
} keyauth_store_between_t;


static int keyauth_store_check_from(keyauth_store_view_t *v,
    const keyauth_store_tree_t *tree, const void *prefix, size_t len);
static int keyauth_store_check_tree(const keyauth_store_walk_pages_t *w,
    uint64_t number, unsigned depth, const keyauth_store_between_t *between,
    int edge);
static int keyauth_store_check_branch(const keyauth_store_walk_pages_t *w,
    const uint8_t *page, unsigned depth,
    const keyauth_store_between_t *between, int edge);
static void keyauth_store_spans(const keyauth_store_walk_pages_t *w,
    const uint8_t *page, unsigned n, unsigned *first, unsigned *last);
static int keyauth_store_check_child(const keyauth_store_walk_pages_t *w,
    const uint8_t *page, unsigned i, unsigned depth,
    const keyauth_store_between_t *between, int edge);
static int keyauth_store_begins(const keyauth_store_walk_pages_t *w,
    const MDB_val *key);
static int keyauth_store_check_leaf(const keyauth_store_walk_pages_t *w,
    const uint8_t *page);
static int keyauth_store_check_list(const keyauth_store_view_t *v,
    const MDB_val *list);
static int keyauth_store_check_page(const keyauth_store_walk_pages_t *w,
    const uint8_t *page, const keyauth_store_between_t *between);
static int keyauth_store_check_nodes(const keyauth_store_view_t *v,
    const uint8_t *page, unsigned n);


int
keyauth_store_view_check(keyauth_store_view_t *v, const void *prefix,
    size_t len)
{
    return keyauth_store_check_from(v, &v->main, prefix, len);
}


int
keyauth_store_view_check_free(keyauth_store_view_t *v)
{
    return keyauth_store_check_from(v, &v->free, NULL, 0);
}


static int
keyauth_store_check_from(keyauth_store_view_t *v,
    const keyauth_store_tree_t *tree, const void *prefix, size_t len)
{
    keyauth_store_between_t     between;
    keyauth_store_walk_pages_t  w;

    w.v = v;
    w.tree = tree;
    w.prefix = prefix;
    w.len = len;
    memset(&between, 0, sizeof(between));

    if (v->checked_txn != v->txn) {
        memset(v->checked, 0, sizeof(v->checked));
        v->checked_txn = v->txn;
    }

    if (tree->depth == 0
        || keyauth_store_check_tree(&w, tree->root, tree->depth, &between, 0)
           == 0)
    {
        return 0;
    }

    v->damaged = 1;

    return MDB_CORRUPTED;
}


/*
 * A page and what is under it, as far as it may hold keys with the prefix; and
 * the pages beside those, from which LMDB takes nodes or to which it gives
 * them, of whose subtrees it reads the first and the last leaf (edge).
 */

static int
keyauth_store_check_tree(const keyauth_store_walk_pages_t *w, uint64_t number,
    unsigned depth, const keyauth_store_between_t *between, int edge)
{
    uint64_t       *seen;
    const uint8_t  *page;

    page = keyauth_store_page(w->v, number,
                              depth > 1 ? KEYAUTH_PAGE_BRANCH
                                        : KEYAUTH_PAGE_LEAF);

    if (page == NULL) {
        return -1;
    }

    seen = &w->v->checked[number % KEYAUTH_STORE_CHECKED];

    if (*seen != number) {

        if (keyauth_store_check_page(w, page, between) != 0) {
            return -1;
        }

        *seen = number;
    }

    if (depth > 1) {
        return keyauth_store_check_branch(w, page, depth, between, edge);
    }

    return edge ? 0 : keyauth_store_check_leaf(w, page);
}


static int
keyauth_store_check_branch(const keyauth_store_walk_pages_t *w,
    const uint8_t *page, unsigned depth,
    const keyauth_store_between_t *between, int edge)
{
    unsigned  i, n, first, last;

    n = keyauth_store_nodes(w->v, page);

    if (edge) {
        return (keyauth_store_check_child(w, page, 0, depth, between, 1) == 0
                && keyauth_store_check_child(w, page, n - 1, depth, between, 1)
                   == 0) ? 0 : -1;
    }

    keyauth_store_spans(w, page, n, &first, &last);

    if (first > 0
        && keyauth_store_check_child(w, page, 0, depth, between, 1) != 0)
    {
        return -1;
    }

    for (i = first > 0 ? first - 1 : 0; i < n && i <= last + 1; i++) {
        if (keyauth_store_check_child(w, page, i, depth, between,
                                      i < first || i > last)
            != 0)
        {
            return -1;
        }
    }

    return 0;
}


/* the children that may have keys with the prefix */

static void
keyauth_store_spans(const keyauth_store_walk_pages_t *w, const uint8_t *page,
    unsigned n, unsigned *first, unsigned *last)
{
    MDB_val  key;

    *first = 0;
    *last = n - 1;

    if (w->len == 0) {
        return;
    }

    key.mv_data = (void *) (uintptr_t) w->prefix;
    key.mv_size = w->len;
    (void) keyauth_store_search(w->v, page, &key, first);

    for (*last = *first; *last + 1 < n; (*last)++) {
        if (keyauth_store_node(w->v, page, *last + 1, &key) == NULL
            || keyauth_store_begins(w, &key) > 0)
        {
            break;
        }
    }
}


static int
keyauth_store_check_child(const keyauth_store_walk_pages_t *w,
    const uint8_t *page, unsigned i, unsigned depth,
    const keyauth_store_between_t *between, int edge)
{
    MDB_val                   key;
    const uint8_t            *node;
    keyauth_store_between_t   child;

    child = *between;
    node = keyauth_store_node(w->v, page, i, &key);

    if (i > 0) {
        child.low = key;
    }

    if (i + 1 < keyauth_store_nodes(w->v, page)) {
        (void) keyauth_store_node(w->v, page, i + 1, &child.high);
    }

    return (node == NULL) ? -1
           : keyauth_store_check_tree(w, keyauth_store_child(node), depth - 1,
                                      &child, edge);
}


/* -1, 0 or 1: a key is before those with the prefix, one of them, after */

static int
keyauth_store_begins(const keyauth_store_walk_pages_t *w, const MDB_val *key)
{
    int     rc;
    size_t  len;

    len = key->mv_size < w->len ? key->mv_size : w->len;
    rc = memcmp(key->mv_data, w->prefix, len);

    return rc < 0 ? -1 : rc > 0 ? 1 : (key->mv_size < w->len) ? -1 : 0;
}


static int
keyauth_store_check_leaf(const keyauth_store_walk_pages_t *w,
    const uint8_t *page)
{
    MDB_val         key, value;
    unsigned        i, n;
    const uint8_t  *node;

    n = keyauth_store_nodes(w->v, page);
    i = 0;

    if (w->len > 0) {
        key.mv_data = (void *) (uintptr_t) w->prefix;
        key.mv_size = w->len;
        (void) keyauth_store_search(w->v, page, &key, &i);
    }

    for ( /* void */ ; i < n; i++) {
        node = keyauth_store_node(w->v, page, i, &key);

        if (node != NULL && w->len > 0) {

            if (keyauth_store_begins(w, &key) < 0) {
                continue;
            }

            if (keyauth_store_begins(w, &key) > 0) {
                break;
            }
        }

        if (node == NULL || keyauth_store_data(w->v, page, node, &value) != 0
            || (w->tree->integers
                && (keyauth_load64(key.mv_data) > w->v->txn
                    || keyauth_store_check_list(w->v, &value) != 0)))
        {
            return -1;
        }
    }

    return 0;
}


/* numbers of free pages: how many, and they, the last one first */

static int
keyauth_store_check_list(const keyauth_store_view_t *v, const MDB_val *list)
{
    size_t          i, n;
    uint64_t        number, before;
    const uint8_t  *p;

    p = list->mv_data;
    n = list->mv_size / sizeof(uint64_t);

    if (n == 0 || list->mv_size % sizeof(uint64_t) != 0
        || keyauth_load64(p) > n - 1)
    {
        return -1;
    }

    n = (size_t) keyauth_load64(p) + 1;
    before = v->last + 1;

    for (i = 1; i < n; i++) {
        number = keyauth_load64(p + i * sizeof(number));

        if (number < 2 || number >= before) {
            return -1;
        }

        before = number;
    }

    return 0;
}


/* nodes of a page, their order, and that they belong there */

static int
keyauth_store_check_page(const keyauth_store_walk_pages_t *w,
    const uint8_t *page, const keyauth_store_between_t *between)
{
    MDB_val   key, before;
    unsigned  i, n;

    n = keyauth_store_nodes(w->v, page);

    if (n == 0 || keyauth_store_check_nodes(w->v, page, n) != 0) {
        return -1;
    }

    before = between->low;

    for (i = 0; i < n; i++) {
        (void) keyauth_store_node(w->v, page, i, &key);

        /* a branch's first key is none */

        if (i == 0 && keyauth_load16(page + 10) == KEYAUTH_PAGE_BRANCH) {
            continue;
        }

        if ((w->tree->integers && key.mv_size != sizeof(uint64_t))
            || key.mv_size == 0
            || (before.mv_data != NULL
                && keyauth_store_compare(&key, &before, w->tree->integers)
                   < (i > 0)))
        {
            return -1;
        }

        before = key;
    }

    return (between->high.mv_data == NULL
            || keyauth_load16(page + 10) == KEYAUTH_PAGE_BRANCH
            || keyauth_store_compare(&before, &between->high,
                                     w->tree->integers)
               < 0)
           ? 0 : -1;
}


/* they fill the page from its end without a gap */

static int
keyauth_store_check_nodes(const keyauth_store_view_t *v, const uint8_t *page,
    unsigned n)
{
    size_t          at, size, limit;
    uint8_t         begins[KEYAUTH_PAGE_MAX / 16];
    unsigned        i, branch;
    const uint8_t  *node;

    limit = v->pages->page;
    branch = keyauth_load16(page + 10) == KEYAUTH_PAGE_BRANCH;
    memset(begins, 0, limit / 16);

    for (i = 0; i < n; i++) {
        at = keyauth_load16(page + KEYAUTH_PAGE_HEAD + 2 * (size_t) i);

        if (at % 2 != 0 || at >= limit
            || (begins[at / 16] & 1u << at / 2 % 8) != 0)
        {
            return -1;
        }

        begins[at / 16] |= (uint8_t) (1u << at / 2 % 8);
    }

    for (at = keyauth_load16(page + 14); at < limit; at += size + size % 2) {

        node = page + at;

        if (at % 2 != 0 || (begins[at / 16] & 1u << at / 2 % 8) == 0
            || at + KEYAUTH_NODE_HEAD > limit)
        {
            return -1;
        }

        size = KEYAUTH_NODE_HEAD + (size_t) keyauth_load16(node + 6);

        if (!branch) {
            size += (keyauth_load16(node + 4) & KEYAUTH_NODE_BIG)
                    ? sizeof(uint64_t)
                    : (size_t) keyauth_load16(node)
                      | (size_t) keyauth_load16(node + 2) << 16;
        }

        if (size > limit - at) {
            return -1;
        }

        n--;
    }

    return (at == limit && n == 0) ? 0 : -1;
}
