/*
 * Stores that follow each other: whatever hosts write, in whatever order it is
 * sent and applied, and whatever the engine loses, all end with the same; no
 * row is missing, and people who were forgotten stay forgotten.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keyauth_store_replica.h"
#include "util.h"
#include "replica.h"


static void
test_one_by_one(void **unused)
{
    uint64_t                epoch, before;
    keyauth_store_status_t  status;

    (void) unused;

    /* off: nothing is written down; on: what there is has to be sent */

    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'a');
    assert_int_equal(keyauth_store_status(store[0], &status),
                     KEYAUTH_STORE_NONE);
    test_on();
    assert_int_equal(keyauth_store_status(store[0], &status),
                     KEYAUTH_STORE_OK);
    assert_int_equal(status.waiting, 1);
    test_on();

    /* one entry, however often it changes */

    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'b');
    test_write(0, KEYAUTH_STORE_EDIT, 0, 1, TEST_DAY, 'c');
    assert_int_equal(keyauth_store_status(store[0], &status),
                     KEYAUTH_STORE_OK);
    assert_int_equal(status.waiting, 2);

    test_settle();
    assert_string_equal(test_letters(2, 0, 0), "ab");
    assert_string_equal(test_letters(1, 0, 1), "c");

    /* two at once */

    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'd');
    test_write(1, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'e');
    test_settle();
    assert_string_equal(test_letters(2, 0, 0), "abde");

    /* a forget wins over what it did not see, and not over what saw it */

    test_write(0, KEYAUTH_STORE_FORGET, 0, 0, TEST_DAY, 0);
    test_write(1, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'f');
    test_write(2, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'g');
    test_send(1, 16, 0);
    test_settle();
    assert_string_equal(test_letters(2, 0, 0), "");
    assert_string_equal(test_letters(2, 0, 1), "c");
    test_write(1, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'h');
    test_settle();
    assert_string_equal(test_letters(0, 0, 0), "h");

    /* of a person: over phrases, too, of which it did not know */

    test_write(0, KEYAUTH_STORE_EDIT, 1, 0, TEST_DAY, 'i');
    test_settle();
    test_write(1, KEYAUTH_STORE_EDIT, 1, 1, TEST_DAY, 'j');
    assert_int_equal(test_write(2, KEYAUTH_STORE_FORGET_ALL, 1, 0, TEST_DAY,
                                0),
                     KEYAUTH_STORE_OK);
    test_send(1, 16, 0);
    test_settle();
    assert_string_equal(test_letters(0, 1, 0), "");
    assert_string_equal(test_letters(1, 1, 1), "");

    /* forgotten, and enrolled again before that was sent */

    assert_int_equal(keyauth_store_known(store[0], users[0], NULL, &before,
                                         NULL),
                     KEYAUTH_STORE_OK);
    test_write(0, KEYAUTH_STORE_FORGET_ALL, 0, 0, TEST_DAY, 0);
    assert_int_equal(keyauth_store_known(store[0], users[0], NULL, &epoch,
                                         NULL),
                     KEYAUTH_STORE_OK);
    assert_true(epoch > before);
    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'k');
    test_write(1, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'l');
    test_settle();
    assert_string_equal(test_letters(1, 0, 0), "k");
    assert_string_equal(test_letters(1, 0, 1), "");
    test_write(0, KEYAUTH_STORE_FORGET, 0, 0, TEST_DAY, 0);
    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'm');
    test_write(1, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'n');
    test_send(1, 16, 0);
    test_settle();
    assert_string_equal(test_letters(2, 0, 0), "m");
}


/* the first change of the first host that waits; how many there are: 0 or 1 */
static size_t
test_next(uint64_t since, keyauth_store_change_t *c)
{
    size_t          n, len;
    uint8_t         after[KEYAUTH_STORE_ENTRY_MAX];
    static uint8_t  room[512];

    len = 0;
    n = 1;
    assert_int_equal(keyauth_store_waiting(store[0], after, &len, since, c,
                                           &n, room, sizeof(room)),
                     KEYAUTH_STORE_OK);
    return n;
}


/* what the engine has lost is sent again, whatever it sends meanwhile */

static void
test_lost(void **unused)
{
    size_t                   n, len;
    uint8_t                  after[KEYAUTH_STORE_ENTRY_MAX];
    keyauth_store_change_t   c;
    keyauth_store_status_t   status;

    (void) unused;

    test_on();
    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'a');
    test_settle();
    memcpy(backup, engine, sizeof(engine));
    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'b');
    test_settle();
    memcpy(engine, backup, sizeof(engine));

    len = 0;
    n = 1;
    assert_int_equal(keyauth_store_names(store[0], after, &len, &c, &n),
                     KEYAUTH_STORE_OK);
    assert_int_equal(n, 1);
    assert_int_equal(keyauth_store_resend(store[0], &c, 1), KEYAUTH_STORE_OK);

    test_fetch(0, 0, 1);
    assert_int_equal(test_next(0, &c), 1);
    assert_int_equal(c.base.version, engine[0].record[0].v.version);
    assert_int_equal(keyauth_store_status(store[0], &status),
                     KEYAUTH_STORE_OK);
    assert_int_equal(status.waiting, 1);
    test_settle();
    assert_string_equal(test_letters(1, 0, 0), "ab");
}


/* what was looked at already can be left out */

static void
test_since(void **unused)
{
    uint64_t                 last;
    keyauth_store_change_t   c;
    keyauth_store_status_t   status;

    (void) unused;

    test_on();
    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'a');
    test_write(0, KEYAUTH_STORE_EDIT, 1, 0, TEST_DAY, 'b');
    assert_int_equal(keyauth_store_status(store[0], &status),
                     KEYAUTH_STORE_OK);
    last = status.sequence;

    assert_int_equal(test_next(last, &c), 0);

    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'c');
    assert_int_equal(test_next(last, &c), 1);
    assert_memory_equal(c.user, users[0], sizeof(c.user));
    assert_true(c.sequence > last);
}


/* what there is no room for is not passed over */
static void
test_room(void **unused)
{
    size_t                   i, n, len, size;
    uint8_t                  after[KEYAUTH_STORE_ENTRY_MAX], room[1024];
    keyauth_store_change_t   c[4];

    (void) unused;

    test_on();

    for (i = 0; i < 3; i++) {
        test_write(0, KEYAUTH_STORE_EDIT, (unsigned) i, 0, TEST_DAY, 'a');
    }

    len = 0;
    n = 1;
    assert_int_equal(keyauth_store_waiting(store[0], after, &len, 0, c, &n,
                                           room, sizeof(room)),
                     KEYAUTH_STORE_OK);
    size = c[0].size;
    assert_in_range(size, 2, sizeof(room) / 3);

    len = 0;
    n = 4;
    assert_int_equal(keyauth_store_waiting(store[0], after, &len, 0, c, &n,
                                           room, 2 * size),
                     KEYAUTH_STORE_OK);
    assert_int_equal(n, 2);

    n = 4;
    assert_int_equal(keyauth_store_waiting(store[0], after, &len, 0, c + 2,
                                           &n, room, size - 1),
                     KEYAUTH_STORE_FAILED);
    assert_int_equal(n, 0);

    n = 2;
    assert_int_equal(keyauth_store_waiting(store[0], after, &len, 0, c + 2,
                                           &n, room, size),
                     KEYAUTH_STORE_OK);
    assert_int_equal(n, 1);
    assert_memory_not_equal(c[0].user, c[2].user, sizeof(c[0].user));
    assert_memory_not_equal(c[1].user, c[2].user, sizeof(c[1].user));
}


static void
test_days(void **unused)
{
    (void) unused;

    test_on();
    test_write(0, KEYAUTH_STORE_EDIT, 2, 0, TEST_DAY, 'a');
    test_settle();
    test_write(1, KEYAUTH_STORE_EDIT, 2, 0, TEST_DAY + 1, 'b');
    test_settle();
    test_write(1, KEYAUTH_STORE_EDIT, 2, 0, TEST_DAY + 2, 'c');
    test_settle();

    /* each host keeps earlier days, and can go back to them */

    test_write(2, KEYAUTH_STORE_ROLLBACK, 2, 0, TEST_DAY + 1, 0);
    test_write(1, KEYAUTH_STORE_EDIT, 2, 0, TEST_DAY + 3, 'd');
    test_settle();
    assert_string_equal(test_letters(0, 2, 0), "ab");
    assert_int_equal(test_write(0, KEYAUTH_STORE_ROLLBACK, 2, 0, TEST_DAY, 0),
                     KEYAUTH_STORE_OK);
    test_settle();
    assert_string_equal(test_letters(1, 2, 0), "a");
    assert_int_equal(test_write(1, KEYAUTH_STORE_ROLLBACK, 2, 0,
                                TEST_DAY - 1, 0),
                     KEYAUTH_STORE_NONE);
}


/* a value of another key, or of another name, is not taken */

static void
test_broken(void **unused)
{
    keyauth_store_change_t   c;
    keyauth_store_update_t   u;

    (void) unused;

    test_on();
    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'a');
    assert_int_equal(test_next(0, &c), 1);

    memset(&u, 0, sizeof(u));
    u.kind = KEYAUTH_STORE_TEMPLATE;
    memcpy(u.user, users[1], sizeof(u.user));
    memcpy(u.phrase, c.phrase, sizeof(u.phrase));
    u.version.version = 1;
    u.bytes = c.bytes;
    u.size = c.size;
    assert_int_equal(keyauth_store_update(store[1], &u, 1, test_merge, NULL),
                     KEYAUTH_STORE_OK);
    assert_int_equal(u.outcome, KEYAUTH_STORE_BROKEN);
    assert_string_equal(test_letters(1, 1, 0), "");

    memcpy(u.user, users[0], sizeof(u.user));
    assert_int_equal(keyauth_store_update(store[1], &u, 1, test_merge, NULL),
                     KEYAUTH_STORE_OK);
    assert_int_equal(u.outcome, KEYAUTH_STORE_APPLIED);
    assert_string_equal(test_letters(1, 0, 0), "a");
    assert_int_equal(keyauth_store_update(store[1], &u, 1, test_merge, NULL),
                     KEYAUTH_STORE_OK);
    assert_int_equal(u.outcome, KEYAUTH_STORE_NOTHING);
}


/*
 * Letters are written on any host; each user but the first four is forgotten
 * once, on any host.  Which letters had seen that is known.  Either the engine
 * goes back to an earlier state at times, or its answers to hosts are lost.
 */

typedef struct {
    uint8_t  used;
    uint8_t  user;
    uint8_t  phrase;
    uint8_t  after;
} test_letter_t;

static test_letter_t  letters[128];
static uint8_t        forgot[TEST_USERS], seen[TEST_HOSTS][TEST_USERS];


static void
test_step(unsigned step, int loses, unsigned *letter)
{
    unsigned        host, user, phrase;
    test_letter_t  *l;

    host = test_random(TEST_HOSTS);
    user = test_random(TEST_USERS);
    phrase = test_random(TEST_PHRASES);

    switch (test_random(8)) {

    case 0:
    case 1:
        if (*letter < '~') {
            test_write(host, KEYAUTH_STORE_EDIT, user, phrase, TEST_DAY,
                       (char) *letter);
            l = &letters[(*letter)++];
            l->used = 1;
            l->user = (uint8_t) user;
            l->phrase = (uint8_t) phrase;
            l->after = seen[host][user];
        }

        break;

    case 2:
        if (user >= 4 && !forgot[user] && step > 50) {
            test_write(host, (user & 1) ? KEYAUTH_STORE_FORGET_ALL
                                        : KEYAUTH_STORE_FORGET,
                       user, 0, TEST_DAY, 0);
            forgot[user] = 1;
            seen[host][user] = 1;
        }

        break;

    case 3:
    case 4:
        test_send(host, 1 + test_random(4), !loses && test_random(4) == 0);
        break;

    case 5:
        test_fetch(host, user, 1);
        break;

    case 6:
        if (loses && test_random(4) == 0) {
            memcpy(engine, backup, sizeof(engine));
            memset(unsure, 0xff, sizeof(unsure));

        } else if (unsure[host]) {
            test_reconcile(host);
        }

        break;

    default:
        if (test_random(4) == 0) {
            memcpy(backup, engine, sizeof(engine));
        }
    }
}


static void
test_run(int loses)
{
    unsigned                  i, host, user, letter;
    uint64_t                  epoch;
    const char               *text;
    const test_letter_t      *l;
    keyauth_store_version_t   v;

    memset(letters, 0, sizeof(letters));
    memset(forgot, 0, sizeof(forgot));
    memset(seen, 0, sizeof(seen));
    letter = '!';

    for (i = 0; i < 250; i++) {
        test_step(i, loses, &letter);

        for (host = 0; host < TEST_HOSTS; host++) {
            for (user = 4; user < TEST_USERS; user++) {
                (void) keyauth_store_known(store[host], users[user],
                                           phrases[0], &epoch, &v);
                seen[host][user] |= (epoch > 0 || v.floor > 0);
            }
        }
    }

    for (host = 0; host < TEST_HOSTS; host++) {
        test_reconcile(host);
    }

    test_settle();

    for (letter = '!'; letter < '~'; letter++) {
        l = &letters[letter];
        text = test_letters(0, l->user, l->phrase);

        if (!l->used) {
            continue;
        }

        if (!forgot[l->user] || l->after
            || (!(l->user & 1) && l->phrase != 0))
        {
            assert_non_null(strchr(text, (int) letter));

        } else {
            assert_null(strchr(text, (int) letter));
        }
    }
}


static void
test_any_order(void **unused)
{
    int  i;

    for (i = 0; i < TEST_RUNS; i++) {
        state = (uint64_t) i;

        if (i > 0) {
            test_teardown(unused);
            test_setup(unused);
        }

        memset(backup, 0, sizeof(backup));
        test_on();
        test_run(i & 1);
    }
}


/* what waits stays through a compaction, a full store still forgets */

static void
test_full(void **unused)
{
    unsigned                i;
    char                    user[32];
    uint8_t                 letter;
    keyauth_store_e         e;
    keyauth_store_info_t    info;
    keyauth_store_status_t  status;
    keyauth_store_update_t  u;
    keyauth_store_command_t c, *list;

    (void) unused;

    test_on();
    assert_int_equal(keyauth_store_compact(store[0], 0), KEYAUTH_STORE_MOVED);
    assert_int_equal(keyauth_store_reopen(store[0], err), 0);
    assert_int_equal(keyauth_store_replicate(store[0]), KEYAUTH_STORE_OK);
    keyauth_store_close(store[1]);
    store[1] = keyauth_store_open(folder[1], &key, KEYAUTH_STORE_MAP_MIN, 0,
                                  err);
    assert_non_null(store[1]);

    letter = 'a';
    list = &c;

    for (i = 0, e = KEYAUTH_STORE_OK; i < 20000 && e == KEYAUTH_STORE_OK;
         i++)
    {
        memset(&c, 0, sizeof(c));
        c.edit = test_edit;
        c.data = &letter;
        c.name = test_name(0, 0);
        c.name.user = user;
        c.name.user_len = (size_t) snprintf(user, sizeof(user), "%u", i);
        assert_int_equal(keyauth_store_apply(store[1], &list, 1),
                         KEYAUTH_STORE_OK);
        e = c.rc;
    }

    assert_int_equal(e, KEYAUTH_STORE_FULL);
    assert_int_equal(keyauth_store_info(store[1], &info), KEYAUTH_STORE_OK);
    assert_int_equal(keyauth_store_status(store[1], &status),
                     KEYAUTH_STORE_OK);
    assert_int_equal(status.waiting, info.templates);

    c.op = KEYAUTH_STORE_FORGET;
    c.name.user_len = (size_t) snprintf(user, sizeof(user), "%u", 7);
    assert_int_equal(keyauth_store_apply(store[1], &list, 1),
                     KEYAUTH_STORE_OK);
    assert_int_equal(c.rc, KEYAUTH_STORE_OK);

    /* others' templates wait for room, their forgetting does not */

    test_write(0, KEYAUTH_STORE_EDIT, 0, 0, TEST_DAY, 'a');
    test_send(0, 16, 0);
    memset(&u, 0, sizeof(u));
    memcpy(u.user, users[0], sizeof(u.user));
    memcpy(u.phrase, phrases[0], sizeof(u.phrase));
    u.kind = KEYAUTH_STORE_TEMPLATE;
    u.version = engine[0].record[0].v;
    u.bytes = engine[0].record[0].bytes;
    u.size = engine[0].record[0].size;
    assert_int_equal(keyauth_store_update(store[1], &u, 1, test_merge, NULL),
                     KEYAUTH_STORE_FULL);
    assert_int_equal(u.outcome, KEYAUTH_STORE_NO_ROOM);
    u.bytes = NULL;
    assert_int_equal(keyauth_store_update(store[1], &u, 1, test_merge, NULL),
                     KEYAUTH_STORE_OK);
    assert_int_equal(u.outcome, KEYAUTH_STORE_APPLIED);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_by_one, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_lost, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_since, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_room, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_days, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_broken, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_any_order, test_setup,
                                        test_teardown),
        cmocka_unit_test_setup_teardown(test_full, test_setup,
                                        test_teardown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
