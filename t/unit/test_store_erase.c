/*
 * After a compaction no file of the store has anything of a person who was
 * forgotten: no piece of a key or of a sealed value, of today or an earlier
 * day.  Compaction copies pages, and pages have gaps.
 */


#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keyauth_store_file.h"
#include "util.h"


#define TEST_PEOPLE  60
#define TEST_PIECE   12                 /* bytes that nobody has by chance */
#define TEST_PIECES  20000


static char                 folder[] = "/tmp/keyauth-erase-XXXXXX";
static keyauth_store_t     *store;
static uint8_t              pieces[TEST_PIECES][TEST_PIECE];
static size_t               npieces;
static uint8_t              all[32 << 20];


static size_t
test_edit(void *data, const keyauth_store_record_t *old, uint8_t *bytes)
{
    size_t  n;

    (void) old;
    n = *(unsigned *) data % 5 == 0 ? 3000 : 200 + 7 * *(unsigned *) data;
    memset(bytes, 'x', n);

    return n;
}


static void
test_apply(keyauth_store_op_e op, unsigned person, uint32_t day)
{
    char                      user[16];
    keyauth_store_command_t   c, *list;

    memset(&c, 0, sizeof(c));
    snprintf(user, sizeof(user), "%u", person);
    c.op = op;
    c.name.phrase = (op == KEYAUTH_STORE_FORGET_ALL) ? "" : "a";
    c.name.phrase_len = strlen(c.name.phrase);
    c.name.user = user;
    c.name.user_len = strlen(user);
    c.day = day;
    c.edit = test_edit;
    c.data = &person;
    list = &c;
    assert_int_equal(keyauth_store_apply(store, &list, 1), KEYAUTH_STORE_OK);
    assert_int_equal(c.rc, KEYAUTH_STORE_OK);
}


/* all that is stored of a person, in pieces */

static void
test_remember(unsigned person)
{
    char         user[16];
    size_t       i;
    MDB_txn     *txn;
    MDB_val      key, value;
    uint8_t      digest[KEYAUTH_STORE_DIGEST];
    MDB_cursor  *cursor;

    snprintf(user, sizeof(user), "%u", person);
    keyauth_sealer_name(&store->writer.sealer, 'u', user, strlen(user),
                        digest);
    memcpy(pieces[npieces++], digest, TEST_PIECE);

    assert_int_equal(mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_cursor_open(txn, store->dbi, &cursor), 0);

    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {

        if (key.mv_size < KEYAUTH_STORE_NAMES
            || memcmp((uint8_t *) key.mv_data + 1 + KEYAUTH_STORE_DIGEST,
                      digest, sizeof(digest)) != 0)
        {
            continue;
        }

        for (i = 0; i + TEST_PIECE <= value.mv_size; i += TEST_PIECE) {
            assert_true(npieces < TEST_PIECES);
            memcpy(pieces[npieces++], (uint8_t *) value.mv_data + i,
                   TEST_PIECE);
        }
    }

    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
}


static int
test_compare(const void *a, const void *b)
{
    return memcmp(a, b, TEST_PIECE);
}


/* how many of the pieces are in a file of the folder, at any byte */

static size_t
test_found(void)
{
    char            path[512];
    DIR            *dir;
    FILE           *f;
    size_t          found, i, n;
    struct dirent  *entry;

    qsort(pieces, npieces, TEST_PIECE, test_compare);
    dir = opendir(folder);
    assert_non_null(dir);
    found = 0;

    while ((entry = readdir(dir)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        f = fopen(path, "r");
        n = (f != NULL) ? fread(all, 1, sizeof(all), f) : 0;

        if (f != NULL) {
            fclose(f);
        }

        for (i = 0; i + TEST_PIECE <= n; i++) {
            found += bsearch(all + i, pieces, npieces, TEST_PIECE,
                             test_compare) != NULL;
        }
    }

    closedir(dir);

    return found;
}


static void
test_erase(void **state)
{
    char                 err[KEYAUTH_ERROR_MAX];
    unsigned             i, day;
    keyauth_store_key_t  key = { { 7 } };

    (void) state;

    store = keyauth_store_open(folder, &key, (size_t) 32 << 20,
                               KEYAUTH_STORE_CREATE, err);
    assert_non_null(store);

    for (day = 0; day < 3; day++) {
        for (i = 0; i < TEST_PEOPLE; i++) {
            test_apply(KEYAUTH_STORE_EDIT, i, 20000 + day);
        }
    }

    for (i = 0; i < TEST_PEOPLE; i += 3) {
        test_remember(i);
        test_apply(i % 2 ? KEYAUTH_STORE_FORGET : KEYAUTH_STORE_FORGET_ALL, i,
                   20003);
    }

    assert_true(npieces > TEST_PEOPLE * 10);

    /* LMDB frees pages and does not wipe them: this is the control */

    assert_true(test_found() > npieces / 10);

    assert_int_equal(keyauth_store_compact(store, 1), KEYAUTH_STORE_MOVED);
    assert_int_equal(keyauth_store_reopen(store, err), 0);
    assert_int_equal(test_found(), 0);
    keyauth_store_close(store);
}


int
main(void)
{
    int   rc;
    char  command[128];

    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_erase)
    };

    if (mkdtemp(folder) == NULL) {
        return 1;
    }

    rc = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof(command), "rm -rf %s", folder);

    return rc | system(command);
}
