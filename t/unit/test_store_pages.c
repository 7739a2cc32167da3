/*
 * A byte of a store's file changes, in any page: readers and writers go on, and
 * never get a template that nobody has written.
 */


#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "keyauth_store.h"
#include "util.h"


#define TEST_DAY     20000
#define TEST_MAP     ((size_t) 16 << 20)
#define TEST_PEOPLE  25
#define TEST_PAGE    4096
#define TEST_LEAF    2                  /* of LMDB's pages */


/* what a process that looks at a damaged store has seen */
typedef struct {
    unsigned  opened;
    unsigned  found;
    unsigned  lost;                     /* said to be there no longer */
    unsigned  damaged;                  /* said to be */
    unsigned  wrong;                    /* not what was written */
} test_seen_t;


/* where a commit waits for no disk */
static char                 folder[] = "/dev/shm/keyauth-pages-XXXXXX";
static char                 path[64];
static char                 err[KEYAUTH_ERROR_MAX];
static keyauth_store_t     *store;
static keyauth_store_key_t  key = { { 1, 2, 3 } };
static uint8_t              whole[4 << 20], changed[4 << 20];
static size_t               size;


/* some fit into a page with others, some have pages of their own */

static size_t
test_text(unsigned person, unsigned day, uint8_t *bytes)
{
    size_t  n;

    n = (person % 7 == 0) ? 5000 : 300 + 40 * person;
    memset(bytes, (int) ('A' + day), n);
    snprintf((char *) bytes, n, "%u.%u.", person, day);

    return n;
}


typedef struct {
    unsigned  person;
    unsigned  day;
} test_edit_t;


static int test_cut_to(off_t length);
static void test_tick(void);


static size_t
test_edit(void *data, const keyauth_store_record_t *old, uint8_t *bytes)
{
    test_edit_t  *e = data;

    (void) old;

    return test_text(e->person, e->day, bytes);
}


static keyauth_store_e
test_apply(keyauth_store_op_e op, unsigned person, unsigned day)
{
    char                      user[16];
    test_edit_t               edit;
    keyauth_store_e           e;
    keyauth_store_command_t   c, *list;

    memset(&c, 0, sizeof(c));
    snprintf(user, sizeof(user), "%u", person);
    edit.person = person;
    edit.day = day;
    c.op = op;
    c.name.phrase = (person % 2) ? "a" : "b";
    c.name.phrase_len = 1;
    c.name.user = user;
    c.name.user_len = strlen(user);
    c.day = TEST_DAY + day;
    c.edit = test_edit;
    c.data = &edit;
    list = &c;
    e = keyauth_store_apply(store, &list, 1);

    return (e == KEYAUTH_STORE_OK) ? c.rc : e;
}


static int
test_written(unsigned person, const keyauth_store_record_t *r)
{
    size_t    n;
    unsigned  day;
    uint8_t   bytes[KEYAUTH_STORE_TEMPLATE_MAX];

    for (day = 0; day < 3; day++) {
        n = test_text(person, day, bytes);

        if (r->size == n && memcmp(r->bytes, bytes, n) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
test_each(void *data, const keyauth_store_record_t *r)
{
    test_seen_t  *seen = data;

    if (r == NULL) {
        seen->damaged++;

    } else {
        seen->wrong += !test_written((unsigned) atoi(r->name.user), r);
    }

    return 0;
}


static void
test_look(test_seen_t *seen)
{
    char                    user[16];
    unsigned                i;
    keyauth_store_e         e;
    keyauth_store_name_t    name;
    keyauth_store_check_t   check;
    keyauth_store_record_t  r;

    for (i = 0; i < TEST_PEOPLE; i++) {
        snprintf(user, sizeof(user), "%u", i);
        name.phrase = (i % 2) ? "a" : "b";
        name.phrase_len = 1;
        name.user = user;
        name.user_len = strlen(user);
        e = keyauth_store_get(store, &name, &r);

        if (e == KEYAUTH_STORE_OK) {
            seen->found++;
            seen->wrong += !test_written(i, &r);

        } else if (e == KEYAUTH_STORE_NONE) {
            seen->lost++;

        } else {
            seen->damaged++;
        }

        (void) keyauth_store_phrases(store, user, strlen(user), test_each,
                                     seen);
    }

    (void) keyauth_store_each(store, "a", 1, test_each, seen);
    (void) keyauth_store_each(store, NULL, 0, test_each, seen);
    (void) keyauth_store_verify(store, &check, NULL, NULL);
}


static void
test_write(test_seen_t *seen)
{
    unsigned  i;

    for (i = 0; i < TEST_PEOPLE; i++) {
        (void) test_apply(KEYAUTH_STORE_EDIT, i, 2);

        if (i % 5 == 0) {
            (void) test_apply(KEYAUTH_STORE_FORGET, i, 2);
        }

        if (i % 5 == 1) {
            (void) test_apply(KEYAUTH_STORE_ROLLBACK, i, 1);
        }
    }

    (void) keyauth_store_compact(store, 0);

    if (keyauth_store_reopen(store, err) == 0) {
        test_look(seen);
    }
}


static void
test_make(void)
{
    int       fd;
    unsigned  i, day;

    store = keyauth_store_open(folder, &key, TEST_MAP, KEYAUTH_STORE_CREATE,
                               err);
    assert_non_null(store);

    for (day = 0; day < 2; day++) {
        for (i = 0; i < TEST_PEOPLE; i++) {
            assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, i, day), 0);
        }
    }

    keyauth_store_close(store);
    snprintf(path, sizeof(path), "%s/templates.1", folder);
    fd = open(path, O_RDONLY);
    size = (size_t) read(fd, whole, sizeof(whole));
    close(fd);
}


static void
test_put_back(const uint8_t *bytes)
{
    int   fd;
    char  command[128];

    snprintf(command, sizeof(command), "%s/templates.2", folder);
    (void) unlink(command);
    snprintf(command, sizeof(command), "%s/templates.2-lock", folder);
    (void) unlink(command);
    snprintf(command, sizeof(command), "%s/templates.1-lock", folder);
    (void) unlink(command);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, size), (ssize_t) size);
    close(fd);
}


/* 0: the process has ended by itself */

static int
test_run(test_seen_t *seen, int writes)
{
    int     fd[2], status;
    pid_t   pid;
    size_t  i;

    /* that cmocka catches */

    static const int  fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

    memset(seen, 0, sizeof(*seen));
    assert_int_equal(pipe(fd), 0);
    pid = fork();

    if (pid == 0) {
        for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
            (void) signal(fatal[i], SIG_DFL);
        }

        alarm(60);
        store = keyauth_store_open(folder, &key, TEST_MAP,
                                   writes ? KEYAUTH_STORE_CREATE : 0, err);

        if (store != NULL) {
            seen->opened = 1;

            if (writes) {
                test_write(seen);

            } else {
                test_look(seen);
            }
        }

        _exit(write(fd[1], seen, sizeof(*seen)) != (ssize_t) sizeof(*seen));
    }

    close(fd[1]);
    (void) !read(fd[0], seen, sizeof(*seen));
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);

    return status;
}


/* what a page says of its nodes is at its start; how many, KEYAUTH_FLIPS */

static void
test_pages(void **state)
{
    int          rc, writes;
    size_t       at, page;
    unsigned     i, flips;
    test_seen_t  seen;

    (void) state;

    flips = getenv("KEYAUTH_FLIPS") ? (unsigned) atoi(getenv("KEYAUTH_FLIPS"))
                                    : 4;
    srand(3);

    for (page = 0; page < size; page += TEST_PAGE) {
        for (i = 0; i < 2 * flips; i++) {
            at = page + (size_t) rand() % (i % 2 ? TEST_PAGE : 48);
            memcpy(changed, whole, size);
            changed[at] ^= (uint8_t) (1 << rand() % 8);

            for (writes = 0; writes < 2; writes++) {
                test_put_back(changed);
                rc = test_run(&seen, writes);

                if (rc != 0 || seen.wrong != 0) {
                    print_error("byte %zu of page %zu: %s, status %d\n",
                                at - page, page / TEST_PAGE,
                                writes ? "written" : "read", rc);
                }

                assert_int_equal(rc, 0);
                assert_int_equal(seen.wrong, 0);
            }
        }
    }
}


/* pages that the file says it has are not there */

static void
test_cut(void **state)
{
    int          writes;
    size_t       len, all;
    test_seen_t  seen;

    (void) state;

    all = size;

    for (len = 0; len < all; len += 3 * TEST_PAGE + 100) {
        for (writes = 0; writes < 2; writes++) {
            size = len;
            test_put_back(whole);
            size = all;
            assert_int_equal(test_run(&seen, writes), 0);
            assert_int_equal(seen.wrong, 0);
        }
    }
}


/* a page whose nodes do not fill it, which are in order otherwise */

static void
test_gap(void **state)
{
    size_t                  page;
    uint16_t                kind, lower, upper;
    unsigned                leaves, found;
    keyauth_store_check_t   check;

    (void) state;

    leaves = 0;
    found = 0;

    for (page = 2 * TEST_PAGE; page < size; page += TEST_PAGE) {
        memcpy(&kind, whole + page + 10, sizeof(kind));
        memcpy(&lower, whole + page + 12, sizeof(lower));
        memcpy(&upper, whole + page + 14, sizeof(upper));

        if (kind != TEST_LEAF || upper < lower + 2) {
            continue;
        }

        leaves++;
        upper = (uint16_t) (upper - 2);
        memcpy(changed, whole, size);
        memcpy(changed + page + 14, &upper, sizeof(upper));
        test_put_back(changed);
        store = keyauth_store_open(folder, &key, TEST_MAP, 0, err);

        found += store == NULL
                 || keyauth_store_verify(store, &check, NULL, NULL)
                    == KEYAUTH_STORE_DAMAGED;
        keyauth_store_close(store);
    }

    /* others are of earlier commits */

    assert_true(leaves > 0);
    assert_true(found > 0);
}


/* pages that another process writes meanwhile are not damaged */

static void
test_beside(void **state)
{
    char                    user[16];
    pid_t                   pid;
    unsigned                i;
    keyauth_store_e         e;
    keyauth_store_name_t    name;
    keyauth_store_check_t   check;
    keyauth_store_record_t  r;

    (void) state;

    test_put_back(whole);
    pid = fork();

    if (pid == 0) {
        store = keyauth_store_open(folder, &key, TEST_MAP, 0, err);

        for (i = 0; store != NULL; i++) {
            (void) test_apply(i % 9 == 8 ? KEYAUTH_STORE_FORGET
                                         : KEYAUTH_STORE_EDIT,
                              (unsigned) rand() % TEST_PEOPLE, i % 3);
        }

        _exit(1);
    }

    store = keyauth_store_open(folder, &key, TEST_MAP, 0, err);
    assert_non_null(store);
    name.phrase = "b";
    name.phrase_len = 1;
    name.user = user;

    for (i = 0; i < 10000; i++) {
        snprintf(user, sizeof(user), "%u", i * 2 % TEST_PEOPLE);
        name.user_len = strlen(user);
        e = keyauth_store_get(store, &name, &r);
        assert_true(e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE);

        if (i % 50 == 0) {
            assert_int_equal(keyauth_store_verify(store, &check, NULL, NULL),
                             KEYAUTH_STORE_OK);
        }
    }

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    keyauth_store_close(store);
}


/* what is in a template, somebody else knows */

static int
test_refuse(void *data, const uint8_t digests[2 * KEYAUTH_STORE_DIGEST],
    const keyauth_store_record_t *record)
{
    uint64_t  *asked = data;

    (void) digests;

    (*asked)++;

    return record == NULL || atoi(record->name.user) == 3;
}


static void
test_refused(void **state)
{
    uint64_t               asked;
    keyauth_store_check_t  check;

    (void) state;

    asked = 0;
    test_put_back(whole);
    store = keyauth_store_open(folder, &key, TEST_MAP, 0, err);
    assert_non_null(store);
    assert_int_equal(keyauth_store_verify(store, &check, test_refuse, &asked),
                     KEYAUTH_STORE_DAMAGED);
    assert_int_equal(check.templates, TEST_PEOPLE);
    assert_int_equal(asked, check.templates + check.versions);
    assert_int_equal(check.damaged, 2);
    keyauth_store_close(store);
}


/* as it is, all of it is there; the page that is changed is found */

static void
test_whole(void **state)
{
    test_seen_t  seen;

    (void) state;

    test_make();
    test_put_back(whole);
    assert_int_equal(test_run(&seen, 0), 0);
    assert_int_equal(seen.found, TEST_PEOPLE);
    assert_int_equal(seen.damaged + seen.wrong + seen.lost, 0);
    assert_int_equal(test_run(&seen, 1), 0);
    assert_int_equal(seen.found, TEST_PEOPLE - (TEST_PEOPLE + 4) / 5);
    assert_int_equal(seen.damaged + seen.wrong, 0);
}


/* one that has it open says so, and is not killed; put back, it goes on */

static void
test_cut_meanwhile(void **state)
{
    int      status;
    pid_t    pid;
    size_t   i;

    static const off_t  lengths[] = { 0, TEST_PAGE, 5 * TEST_PAGE };

    (void) state;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        test_put_back(whole);
        pid = fork();

        if (pid == 0) {
            (void) signal(SIGBUS, SIG_DFL);
            _exit(test_cut_to(lengths[i]));
        }

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}


/* the number of what has gone wrong, or 0 */

static int
test_cut_to(off_t length)
{
    int                     fd;
    test_seen_t             seen;
    keyauth_store_check_t   check;
    keyauth_store_record_t  r;
    keyauth_store_name_t    name = { "b", "2", 1, 1 };

    memset(&seen, 0, sizeof(seen));
    store = keyauth_store_open(folder, &key, TEST_MAP, 0, err);

    if (store == NULL || keyauth_store_get(store, &name, &r) != 0
        || test_apply(KEYAUTH_STORE_EDIT, 2, 1) != 0)
    {
        return 1;
    }

    fd = open(path, O_RDWR);
    size = (size_t) read(fd, changed, sizeof(changed));

    if (ftruncate(fd, length) != 0) {
        return 2;
    }

    test_tick();

    if (keyauth_store_get(store, &name, &r) != KEYAUTH_STORE_CUT
        || keyauth_store_verify(store, &check, NULL, NULL)
           != KEYAUTH_STORE_CUT
        || keyauth_store_each(store, NULL, 0, test_each, &seen)
           != KEYAUTH_STORE_CUT)
    {
        return 3;
    }

    if (test_apply(KEYAUTH_STORE_EDIT, 2, 2) != KEYAUTH_STORE_CUT
        || keyauth_store_compact(store, 0) != KEYAUTH_STORE_CUT)
    {
        return 4;
    }

    if (pwrite(fd, changed, size, 0) != (ssize_t) size) {
        return 5;
    }

    return keyauth_store_get(store, &name, &r) != 0
           || test_apply(KEYAUTH_STORE_EDIT, 2, 2) != 0 ? 6 : 0;
}


/* a reader looks at the file's size once in a tick */

static void
test_tick(void)
{
    struct timespec  before, now;

    (void) clock_gettime(CLOCK_MONOTONIC_COARSE, &before);

    do {
        (void) clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    } while (now.tv_nsec == before.tv_nsec);
}


int
main(void)
{
    int   rc;
    char  command[128];

    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_meanwhile)
    };

    if (mkdtemp(folder) == NULL) {
        return 1;
    }

    rc = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof(command), "rm -rf %s", folder);

    return rc | system(command);
}
