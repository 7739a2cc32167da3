/*
 * The store: what is written is read, by its name and key alone, whatever
 * happens to writers and files; what is forgotten is in no file.
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
#include <unistd.h>

#include <cmocka.h>

#include "keyauth_store.h"
#include "util.h"


#define test_verify(check)  keyauth_store_verify(store, check, NULL, NULL)

#define TEST_DAY  20000
#define TEST_MAP  ((size_t) 64 << 20)


typedef struct {
    const char  *text;                  /* of the new template; NULL: keep */
    unsigned     calls;
    char         old[64];
} test_edit_t;


static char                 folder[] = "/tmp/keyauth-store-XXXXXX";
static char                 err[KEYAUTH_ERROR_MAX];
static keyauth_store_t     *store;
static keyauth_store_key_t  key = { { 1, 2, 3 } };


static void
test_clear(void)
{
    char  command[128];

    snprintf(command, sizeof(command), "rm -rf %s/*", folder);
    assert_int_equal(system(command), 0);
}


static int
test_setup(void **state)
{
    (void) state;

    test_clear();
    store = keyauth_store_open(folder, &key, TEST_MAP, KEYAUTH_STORE_CREATE,
                               err);

    return store == NULL;
}


static int
test_teardown(void **state)
{
    (void) state;

    keyauth_store_close(store);
    store = NULL;

    return 0;
}


static keyauth_store_name_t
test_name(const char *phrase, const char *user)
{
    keyauth_store_name_t  name;

    name.phrase = phrase;
    name.phrase_len = strlen(phrase);
    name.user = user;
    name.user_len = strlen(user);

    return name;
}


static size_t
test_edit(void *data, const keyauth_store_record_t *old, uint8_t *bytes)
{
    test_edit_t  *e = data;

    e->calls++;
    snprintf(e->old, sizeof(e->old), "%.*s", old ? (int) old->size : 1,
             old ? (const char *) old->bytes : "-");

    if (e->text == NULL) {
        return 0;
    }

    memcpy(bytes, e->text, strlen(e->text));

    return strlen(e->text);
}


static keyauth_store_e
test_apply(keyauth_store_op_e op, const char *phrase, const char *user,
    uint32_t day, const char *text)
{
    test_edit_t               edit;
    keyauth_store_e           e;
    keyauth_store_command_t   c, *list;

    memset(&c, 0, sizeof(c));
    memset(&edit, 0, sizeof(edit));
    edit.text = text;
    c.op = op;
    c.name = test_name(phrase, user);
    c.day = day;
    c.edit = test_edit;
    c.data = &edit;
    list = &c;

    e = keyauth_store_apply(store, &list, 1);

    if (e == KEYAUTH_STORE_MOVED) {
        assert_int_equal(keyauth_store_reopen(store, err), 0);
        e = keyauth_store_apply(store, &list, 1);
    }

    return (e == KEYAUTH_STORE_OK) ? c.rc : e;
}


/* too long for a template */

static size_t
test_long(void *data, const keyauth_store_record_t *old, uint8_t *bytes)
{
    (void) data;
    (void) old;
    (void) bytes;

    return KEYAUTH_STORE_TEMPLATE_MAX + 1;
}


static void
test_is(const char *phrase, const char *user, const char *text)
{
    keyauth_store_e         e;
    keyauth_store_name_t    name;
    keyauth_store_record_t  r;

    name = test_name(phrase, user);
    e = keyauth_store_get(store, &name, &r);

    if (e == KEYAUTH_STORE_MOVED) {
        assert_int_equal(keyauth_store_reopen(store, err), 0);
        e = keyauth_store_get(store, &name, &r);
    }

    if (text == NULL) {
        assert_int_equal(e, KEYAUTH_STORE_NONE);
        return;
    }

    assert_int_equal(e, KEYAUTH_STORE_OK);
    assert_int_equal(r.size, strlen(text));
    assert_memory_equal(r.bytes, text, r.size);
    assert_int_equal(r.name.user_len, strlen(user));
    assert_memory_equal(r.name.user, user, strlen(user));
    assert_int_equal(r.name.phrase_len, strlen(phrase));
    assert_memory_equal(r.name.phrase, phrase, strlen(phrase));
}


static void
test_write_and_read(void **state)
{
    keyauth_store_info_t  info;

    (void) state;

    test_is("", "ann", NULL);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "", "ann", TEST_DAY,
                                "one"), KEYAUTH_STORE_OK);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "login", "ann", TEST_DAY,
                                "two"), KEYAUTH_STORE_OK);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "login", "an", TEST_DAY,
                                "three"), KEYAUTH_STORE_OK);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "login", "an", TEST_DAY,
                                NULL), KEYAUTH_STORE_OK);

    test_is("", "ann", "one");
    test_is("login", "ann", "two");
    test_is("login", "an", "three");
    test_is("logi", "nann", NULL);

    keyauth_store_close(store);
    store = keyauth_store_open(folder, &key, 0, 0, err);
    assert_non_null(store);
    test_is("login", "ann", "two");

    assert_int_equal(keyauth_store_info(store, &info), KEYAUTH_STORE_OK);
    assert_int_equal(info.templates, 3);
    assert_int_equal(info.generation, 1);
    assert_int_equal(info.erased, 0);
}


static int
test_count(void *data, const keyauth_store_record_t *record)
{
    assert_non_null(record);
    (*(unsigned *) data)++;

    return 0;
}


static void
test_ranges(void **state)
{
    unsigned  i, n;
    char      user[16];

    (void) state;

    for (i = 0; i < 300; i++) {
        snprintf(user, sizeof(user), "%u", i);
        assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, i % 3 ? "a" : "b",
                                    user, TEST_DAY, "text"), 0);
    }

    n = 0;
    assert_int_equal(keyauth_store_each(store, "a", 1, test_count, &n), 0);
    assert_int_equal(n, 200);

    n = 0;
    assert_int_equal(keyauth_store_each(store, NULL, 0, test_count, &n), 0);
    assert_int_equal(n, 300);

    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "c", "5", TEST_DAY, "x"),
                     0);
    n = 0;
    assert_int_equal(keyauth_store_phrases(store, "5", 1, test_count, &n), 0);
    assert_int_equal(n, 2);
}


/* bytes of a file that are there; or of all files of the folder */

static int
test_contains(const char *text, size_t len)
{
    char   command[256], *p;
    int    found;
    FILE  *f;
    size_t n;

    static char  all[64 << 20];

    snprintf(command, sizeof(command), "cat %s/*", folder);
    f = popen(command, "r");
    assert_non_null(f);
    n = fread(all, 1, sizeof(all), f);
    pclose(f);

    found = 0;

    for (p = all; p != NULL && !found && (size_t) (p - all) + len <= n; p++) {
        p = memchr(p, text[0], n - (size_t) (p - all));

        if (p == NULL) {
            break;
        }

        found = (size_t) (p - all) + len <= n && memcmp(p, text, len) == 0;
    }

    return found;
}


/* what is sealed of a person, from the file itself */

static void
test_forget(void **state)
{
    uint8_t                 digest[16];
    keyauth_sealer_t        s;
    keyauth_store_info_t    info;
    keyauth_store_check_t   check;

    (void) state;

    assert_int_equal(keyauth_sealer_open(&s, &key), 0);
    keyauth_sealer_name(&s, 'u', "ann", 3, digest);
    keyauth_sealer_close(&s);

    test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY, "secret");
    test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY + 1, "secret2");
    test_apply(KEYAUTH_STORE_EDIT, "b", "ann", TEST_DAY, "secret");
    test_apply(KEYAUTH_STORE_EDIT, "b", "bob", TEST_DAY, "other");

    assert_int_equal(test_contains("secret", 6), 0);
    assert_int_equal(test_contains("ann", 3), 0);
    assert_int_equal(test_contains((char *) digest, 16), 1);

    assert_int_equal(test_apply(KEYAUTH_STORE_FORGET, "a", "bob", 0, NULL),
                     KEYAUTH_STORE_NONE);
    assert_int_equal(test_apply(KEYAUTH_STORE_FORGET_ALL, "", "ann", 0, NULL),
                     KEYAUTH_STORE_OK);
    assert_int_equal(test_apply(KEYAUTH_STORE_FORGET_ALL, "", "ann", 0, NULL),
                     KEYAUTH_STORE_NONE);
    test_is("a", "ann", NULL);
    test_is("b", "ann", NULL);
    test_is("b", "bob", "other");

    /* LMDB frees pages and does not wipe them: this is the control */

    assert_int_equal(test_contains((char *) digest, 16), 1);

    assert_int_equal(keyauth_store_info(store, &info), 0);
    assert_int_equal(info.erased, 1);

    assert_int_equal(keyauth_store_compact(store, 1), KEYAUTH_STORE_MOVED);
    assert_int_equal(test_contains((char *) digest, 16), 0);

    test_is("b", "bob", "other");
    assert_int_equal(keyauth_store_info(store, &info), 0);
    assert_int_equal(info.erased, 0);
    assert_int_equal(info.generation, 2);
    assert_int_equal(info.templates, 1);
    assert_int_equal(keyauth_store_compact(store, 1), KEYAUTH_STORE_OK);
    assert_int_equal(test_verify(&check), KEYAUTH_STORE_OK);
    assert_int_equal(check.templates, 1);
}


static void
test_rollback(void **state)
{
    unsigned               i;
    char                   text[16];
    keyauth_store_check_t  check;

    (void) state;

    for (i = 0; i < 20; i++) {
        snprintf(text, sizeof(text), "day %u", i);
        test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY + i, "early");
        test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY + i, text);
        test_apply(KEYAUTH_STORE_EDIT, "a", "an", TEST_DAY + i, "another");
    }

    assert_int_equal(test_verify(&check), KEYAUTH_STORE_OK);
    assert_int_equal(check.versions, 2 * KEYAUTH_STORE_VERSIONS);

    assert_int_equal(test_apply(KEYAUTH_STORE_ROLLBACK, "a", "ann",
                                TEST_DAY + 5, NULL), KEYAUTH_STORE_NONE);
    test_is("a", "ann", "day 19");
    assert_int_equal(test_apply(KEYAUTH_STORE_ROLLBACK, "a", "ann",
                                TEST_DAY + 15, NULL), KEYAUTH_STORE_OK);
    test_is("a", "ann", "day 15");
    assert_int_equal(test_apply(KEYAUTH_STORE_ROLLBACK, "a", "ann",
                                TEST_DAY + 18, NULL), KEYAUTH_STORE_OK);
    test_is("a", "ann", "day 15");
    assert_int_equal(test_apply(KEYAUTH_STORE_ROLLBACK, "a", "ann",
                                TEST_DAY + 11, NULL), KEYAUTH_STORE_OK);
    test_is("a", "ann", "day 11");
    assert_int_equal(test_verify(&check), KEYAUTH_STORE_OK);
}


/* one that fails leaves those beside it their own answers */

static void
test_beside(void **state)
{
    unsigned                  i;
    test_edit_t               edit;
    keyauth_store_command_t   c[3], *list[3];

    (void) state;

    memset(c, 0, sizeof(c));
    memset(&edit, 0, sizeof(edit));
    edit.text = "one";

    for (i = 0; i < 3; i++) {
        c[i].day = TEST_DAY;
        c[i].edit = test_edit;
        c[i].data = &edit;
        list[i] = &c[i];
    }

    c[0].name = test_name("", "ann");
    c[1].name = test_name("", "bob");
    c[1].op = KEYAUTH_STORE_FORGET;
    c[2].name = test_name("", "cid");
    c[2].edit = test_long;

    assert_int_equal(keyauth_store_apply(store, list, 3), KEYAUTH_STORE_OK);
    assert_int_equal(c[0].rc, KEYAUTH_STORE_OK);
    assert_int_equal(c[1].rc, KEYAUTH_STORE_NONE);
    assert_int_equal(c[2].rc, KEYAUTH_STORE_FAILED);
    test_is("", "ann", "one");
    test_is("", "cid", NULL);
}


static void
test_other_key(void **state)
{
    keyauth_store_key_t   other = { { 9 } };

    (void) state;

    keyauth_store_close(store);
    store = keyauth_store_open(folder, &other, 0, 0, err);
    assert_null(store);
    assert_non_null(strstr(err, "has another key"));
}


/* of a process that reads meanwhile, and of another that writes */

static void
test_processes(void **state)
{
    int                    status, go[2];
    char                   c;
    pid_t                  pid;
    keyauth_store_info_t   info;

    (void) state;

    test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY, "one");
    assert_int_equal(pipe(go), 0);

    keyauth_store_close(store);
    pid = fork();

    if (pid == 0) {
        close(go[1]);
        store = keyauth_store_open(folder, &key, 0, 0, err);
        test_is("a", "ann", "one");
        (void) !read(go[0], &c, 1);
        test_is("a", "ann", "two");
        assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "bob", TEST_DAY,
                                    "three"), 0);
        keyauth_store_close(store);
        _exit(0);
    }

    close(go[0]);
    store = keyauth_store_open(folder, &key, 0, 0, err);
    assert_non_null(store);
    usleep(100000);
    test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY, "two");
    assert_int_equal(keyauth_store_compact(store, 0), KEYAUTH_STORE_MOVED);
    close(go[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    test_is("a", "bob", "three");
    assert_int_equal(keyauth_store_info(store, &info), 0);
    assert_int_equal(info.generation, 2);
}


static void
test_reopen(size_t map)
{
    keyauth_store_close(store);
    store = keyauth_store_open(folder, &key, map, 0, err);
    assert_non_null(store);
}


/* two compactions on, of which the first was killed before it said so */

static void
test_behind(void **state)
{
    char  command[256];

    (void) state;

    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY,
                                "one"), 0);
    assert_int_equal(keyauth_store_moved(store), 0);

    snprintf(command, sizeof(command), "cd %s && cp templates.1 templates.3 "
             "&& rm templates.1", folder);
    assert_int_equal(system(command), 0);

    assert_int_equal(keyauth_store_moved(store), 1);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "bob", TEST_DAY,
                                "two"), 0);
    test_reopen(0);
    test_is("a", "ann", "one");
    test_is("a", "bob", "two");
}


/* files that somebody has put in their place: nothing goes to the old ones */

static void
test_put_back(void **state)
{
    char  command[256];

    (void) state;

    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY,
                                "one"), 0);
    snprintf(command, sizeof(command), "cd %s && mkdir old && cp templates.1 "
             "old && rm templates.* && mv old/templates.1 . && rmdir old",
             folder);
    assert_int_equal(system(command), 0);

    assert_int_equal(keyauth_store_moved(store), 1);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "bob", TEST_DAY,
                                "two"), 0);
    assert_int_equal(keyauth_store_moved(store), 0);
    test_reopen(0);
    test_is("a", "ann", "one");
    test_is("a", "bob", "two");
}


/* a writer is killed at any moment; what was answered is there */

static void
test_kills(void **state)
{
    int                    i, fd[2], status;
    char                   user[16], text[16], *end;
    pid_t                  pid;
    unsigned               n, last, kills;
    keyauth_store_check_t  check;

    (void) state;

    kills = getenv("KEYAUTH_KILLS") ? (unsigned) atoi(getenv("KEYAUTH_KILLS"))
                                    : 20;
    srand(7);
    keyauth_store_close(store);

    for (i = 0; i < (int) kills; i++) {
        assert_int_equal(pipe(fd), 0);
        pid = fork();

        if (pid == 0) {
            store = keyauth_store_open(folder, &key, TEST_MAP,
                                       KEYAUTH_STORE_CREATE, err);

            for (n = 0; store != NULL; n++) {
                snprintf(user, sizeof(user), "%d.%u", i, n);

                if (test_apply(KEYAUTH_STORE_EDIT, "a", user, TEST_DAY, user)
                    != KEYAUTH_STORE_OK)
                {
                    _exit(1);
                }

                (void) !write(fd[1], &n, sizeof(n));

                if (n % 8 == 7) {
                    (void) keyauth_store_compact(store, 0);
                }
            }

            _exit(2);
        }

        close(fd[1]);
        usleep((useconds_t) (rand() % 100000));
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));

        last = UINT32_MAX;

        while (read(fd[0], &n, sizeof(n)) == (ssize_t) sizeof(n)) {
            last = n;
        }

        close(fd[0]);

        store = keyauth_store_open(folder, &key, TEST_MAP,
                                   KEYAUTH_STORE_CREATE, err);
        end = store == NULL ? err : user;
        assert_ptr_equal(end, user);

        for (n = 0; last != UINT32_MAX && n <= last; n++) {
            snprintf(text, sizeof(text), "%d.%u", i, n);
            test_is("a", text, text);
        }

        assert_int_equal(test_verify(&check), KEYAUTH_STORE_OK);
        keyauth_store_close(store);
    }

    store = NULL;
}


/* what fills the map is refused, what is there can be read and forgotten */

static void
test_full(void **state)
{
    char                  user[16];
    unsigned              i;
    keyauth_store_e       e;
    keyauth_store_info_t  info;

    static char  text[4000];

    (void) state;

    keyauth_store_close(store);
    test_clear();
    store = keyauth_store_open(folder, &key, 1 << 20, KEYAUTH_STORE_CREATE,
                               err);
    assert_non_null(store);
    memset(text, 'x', sizeof(text) - 1);
    e = KEYAUTH_STORE_OK;

    for (i = 0; i < 2000 && e == KEYAUTH_STORE_OK; i++) {
        snprintf(user, sizeof(user), "%u", i);
        e = test_apply(KEYAUTH_STORE_EDIT, "a", user, TEST_DAY, text);
    }

    assert_int_equal(e, KEYAUTH_STORE_FULL);
    test_is("a", "0", text);
    test_is("a", user, NULL);

    for (i = 0; i < 100; i++) {
        snprintf(user, sizeof(user), "%u", i);
        assert_int_equal(test_apply(KEYAUTH_STORE_FORGET, "a", user, 0, NULL),
                         KEYAUTH_STORE_OK);
    }

    assert_int_equal(keyauth_store_compact(store, 1), KEYAUTH_STORE_MOVED);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "0", TEST_DAY, text),
                     KEYAUTH_STORE_OK);

    /* who says nothing has what the store has: the most that a writer had */

    test_reopen(0);
    assert_int_equal(keyauth_store_info(store, &info), KEYAUTH_STORE_OK);
    assert_int_equal(info.map, 1 << 20);

    test_reopen(TEST_MAP);
    assert_int_equal(test_apply(KEYAUTH_STORE_FORGET, "a", "0", 0, NULL),
                     KEYAUTH_STORE_OK);
    test_reopen(2 << 20);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "0", TEST_DAY, text),
                     KEYAUTH_STORE_OK);
    test_reopen(0);
    assert_int_equal(keyauth_store_info(store, &info), KEYAUTH_STORE_OK);
    assert_int_equal(info.map, TEST_MAP);
}


/* a byte of a user's sealed values */

static void
test_flip(const char *user)
{
    int               fd;
    char              path[64];
    off_t             at;
    uint8_t           digest[16], *p;
    struct stat       st;
    keyauth_sealer_t  s;

    static uint8_t  bytes[1 << 20];

    assert_int_equal(keyauth_sealer_open(&s, &key), 0);
    keyauth_sealer_name(&s, 'u', user, strlen(user), digest);
    keyauth_sealer_close(&s);

    snprintf(path, sizeof(path), "%s/templates.1", folder);
    fd = open(path, O_RDWR);
    assert_int_equal(fstat(fd, &st), 0);
    assert_true(st.st_size < (off_t) sizeof(bytes));
    assert_int_equal(read(fd, bytes, (size_t) st.st_size), st.st_size);

    for (at = 0; at + 64 < st.st_size; at++) {
        p = bytes + at;

        /* 't' D(phrase) D(user), then the value: 't' keys alone */

        if (memcmp(p + 17, digest, 16) == 0 && p[0] == 't') {
            p[33 + 40] ^= 1;
            assert_int_equal(pwrite(fd, p + 33 + 40, 1, at + 33 + 40), 1);
        }
    }

    close(fd);
}


/* a byte of a sealed value changes: it is damaged, and nothing else */

static void
test_flipped(void **state)
{
    keyauth_store_e         e;
    keyauth_store_name_t    name;
    keyauth_store_check_t   check;
    keyauth_store_record_t  r;

    (void) state;

    test_apply(KEYAUTH_STORE_EDIT, "a", "ann", TEST_DAY, "secret");
    test_apply(KEYAUTH_STORE_EDIT, "a", "bob", TEST_DAY, "other");
    test_apply(KEYAUTH_STORE_EDIT, "a", "cat", TEST_DAY, "third");
    keyauth_store_close(store);
    test_flip("ann");
    test_flip("cat");

    store = keyauth_store_open(folder, &key, 0, 0, err);
    assert_non_null(store);
    name = test_name("a", "ann");
    e = keyauth_store_get(store, &name, &r);
    assert_int_equal(e, KEYAUTH_STORE_DAMAGED);
    test_is("a", "bob", "other");
    assert_int_equal(test_verify(&check), KEYAUTH_STORE_DAMAGED);
    assert_int_equal(check.damaged, 2);

    /* it stays, or is replaced, or is forgotten */

    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "cat", TEST_DAY, NULL),
                     KEYAUTH_STORE_OK);
    assert_int_equal(keyauth_store_get(store, &name, &r),
                     KEYAUTH_STORE_DAMAGED);
    assert_int_equal(test_apply(KEYAUTH_STORE_EDIT, "a", "cat", TEST_DAY + 1,
                                "new"), KEYAUTH_STORE_OK);
    test_is("a", "cat", "new");
    assert_int_equal(test_apply(KEYAUTH_STORE_FORGET, "a", "ann", 0, NULL),
                     KEYAUTH_STORE_OK);
    assert_int_equal(test_verify(&check), KEYAUTH_STORE_OK);
}


int
main(void)
{
    int  rc;

    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(test_write_and_read, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_ranges, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_forget, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_rollback, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_beside, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_other_key, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_processes, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_behind, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_put_back, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_kills, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_full, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_flipped, test_setup,
                                        test_teardown)
    };

    if (mkdtemp(folder) == NULL) {
        return 1;
    }

    rc = cmocka_run_group_tests(tests, NULL, NULL);
    test_clear();
    rmdir(folder);

    return rc;
}
