/*
 * Data sets: what is read, and every error with its line and column.
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataset.h"


#define HEADER  "user,press-0,release-0,press-1,release-1\n"
#define ROW     "1,2,3,4\n"             /* of times */


/* where less than half of a layout's columns are there */
#define NONE    "; no layout fits, and keyauth's own has user, press-0, "     \
                "release-0, press-1, ..., session where there are such"

/* and other layouts have a user, too */
#define USER    NONE "; the nearest is a log of keys, which has user, "       \
                "session or repetition, key, press, release"


static char  path[] = "/tmp/keyauth-dataset.XXXXXX";


static void
data_write(const char *data, size_t len)
{
    FILE  *f;

    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}


/* reads what is refused, and compares the reason behind the file's name */
static void
data_refused_len(const char *data, size_t len, const char *reason)
{
    char               err[KEYAUTH_ERROR_MAX];
    size_t             n;
    keyauth_dataset_t  d;

    data_write(data, len);
    assert_int_equal(keyauth_dataset_read(&d, path, err), -1);
    assert_memory_equal(err, path, strlen(path));
    n = strlen(path) + strlen(reason);

    /* of a row, but for the last ones, there is an advice */

    if (strcmp(err + (strlen(err) < n ? 0 : n),
               " (--skip-bad leaves such rows out)") == 0)
    {
        err[n] = '\0';
    }

    assert_string_equal(err + strlen(path), reason);
}


static void
data_refused(const char *data, const char *reason)
{
    data_refused_len(data, strlen(data), reason);
}


static void
data_read(keyauth_dataset_t *d, const char *data)
{
    char  err[KEYAUTH_ERROR_MAX];

    data_write(data, strlen(data));

    if (keyauth_dataset_read(d, path, err) != 0) {
        fail_msg("%s", err);
    }
}


static void
test_header(void **state)
{
    (void) state;

    data_refused("", ": line 1: the file is empty");
    data_refused("\n\r\n\n", ": line 4: no header");
    data_refused(HEADER, ": line 2: no rows after the header");
    data_refused("press-0,release-0,press-1,release-1\n" ROW,
                 ": line 1: missing column \"user\"");
    data_refused("user,press-0,release-0,press-1\n",
                 ": line 1: missing column \"release-1\"");
    data_refused("user,press-0,release-0\n",
                 ": line 1: missing column \"press-1\"");
    data_refused("user,press-0,release-0,press-2,release-2\n",
                 ": line 1: missing column \"press-1\"");
    data_refused("user,press-0,release-0,colour\n",
                 ": line 1, column 4: unknown column \"colour\" "
                 "(--ignore leaves it out)");
    data_refused("user,press0\n",
                 ": line 1, column 2: unknown column \"press0\" "
                 "(--ignore leaves it out)" USER);
    data_refused("user,press-0,Press_0\n",
                 ": line 1, column 3: duplicate column \"Press_0\", also "
                 "column 2");
    data_refused("user,press-01\n",
                 ": line 1, column 2: unknown column \"press-01\" "
                 "(--ignore leaves it out)" USER);
    data_refused("user,press-x\n",
                 ": line 1, column 2: unknown column \"press-x\" "
                 "(--ignore leaves it out)" USER);
    data_refused("user,,press-0,colour\n",
                 ": line 1, column 4: unknown column \"colour\" (--ignore "
                 "leaves it out)" NONE);
    data_refused("user,press-0,press-0\n",
                 ": line 1, column 3: duplicate column \"press-0\", also "
                 "column 2");
    data_refused("\nuser,user\n",
                 ": line 2, column 2: duplicate column \"user\", also "
                 "column 1" NONE);
    data_refused("user,press-64\n",
                 ": line 1, column 2: \"press-64\" is beyond the 64 keys "
                 "that are the most" NONE);
    data_refused("user,release-4294967296\n",
                 ": line 1, column 2: \"release-4294967296\" is beyond the "
                 "64 keys that are the most" NONE);
}


static void
test_numbers(void **state)
{
    int     i;
    char    data[512], reason[128];
    size_t  n;

    static const char *const  not_numbers[] = {
        "x", "nan", "NaN", "inf", "-inf", "0x10", "1e", "1e+", ".", "-",
        "1 2", "1.2.3", "1;5", "--1", "1f"
    };

    (void) state;
    n = sizeof(not_numbers) / sizeof(not_numbers[0]);

    for (i = 0; i < (int) n; i++) {
        snprintf(data, sizeof(data), HEADER "a," ROW "a,1,2,%s,4\n",
                 not_numbers[i]);
        snprintf(reason, sizeof(reason), ": line 3, column 4 (press-1): not a "
                 "number: \"%s\"", not_numbers[i]);
        data_refused(data, reason);
    }

    data_refused(HEADER "a,1,,3,4\n",
                 ": line 2, column 3 (release-0): empty");
    data_refused(HEADER "a,1,2,3,1000001.01\n",
                 ": line 2, column 5 (release-1): more than 1000000 ms from "
                 "press-0 (--unit if the times are in another unit)");
    data_refused(HEADER "a,-1e7,2,3,4\n",
                 ": line 2, column 3 (release-0): more than 1000000 ms from "
                 "press-0 (--unit if the times are in another unit)");
    data_refused(HEADER "a,1,2,1e19,4\n",
                 ": line 2, column 4 (press-1): beyond 2^63");
    data_refused(HEADER "a,1e999,2,3,4\n",
                 ": line 2, column 2 (press-0): beyond 2^63");
    data_refused(HEADER "a,1,2,3,\x01\xff\n",
                 ": line 2, column 5 (release-1): not a number: \"?\?\"");
}


static void
test_order(void **state)
{
    (void) state;

    data_refused(HEADER "a," ROW "a,5,4.9,6,7\n",
                 ": line 3, column 3 (release-0): release before press");
    data_refused(HEADER "a,5,6,4,7\n",
                 ": line 2, column 4 (press-1): key order broken: before "
                 "press-0");

    /* columns are found by the header, not by their order */

    data_refused("press-1,release-1,release-0,press-0,user\n4,7,6,5,a\n",
                 ": line 2, column 1 (press-1): key order broken: before "
                 "press-0");
}


static void
test_grammar(void **state)
{
    (void) state;

    data_refused(HEADER "a,1,2,3\n",
                 ": line 2: 4 fields, and the header has 5");
    data_refused(HEADER "a," ROW "a,1,2,3,4,5\n",
                 ": line 3: 6 fields, and the header has 5");
    data_refused(HEADER "a,1,2\"2,3,4\n",
                 ": line 2, column 3 (release-0): misplaced quote");
    data_refused(HEADER "\"a\"b," ROW,
                 ": line 2, column 1 (user): misplaced quote");
    data_refused(HEADER "a," ROW "\"a,1,2,3,4\nb," ROW,
                 ": line 3, column 1 (user): the quote is not closed");
    data_refused_len(HEADER "a,1,2,\0003,4\n", sizeof(HEADER) + 11,
                     ": line 2, column 4 (press-1): NUL byte");

    /* a row's line is right behind CRLF, CR and empty lines */

    data_refused("user,press-0,release-0,press-1,release-1\r\n\r\n"
                 "a,1,x,3,4\r\n",
                 ": line 3, column 3 (release-0): not a number: \"x\"");
    data_refused("user,press-0,release-0,press-1,release-1\r\r"
                 "a,1,x,3,4\r",
                 ": line 3, column 3 (release-0): not a number: \"x\"");
}


static void
test_users(void **state)
{
    char  data[1024], user[512];

    (void) state;

    data_refused(HEADER "a," ROW "a," ROW,
                 ": line 3, column 1 (user): \"a\" is the only user, and two "
                 "are the least");
    data_refused(HEADER "a," ROW "c," ROW "b," ROW "a," ROW,
                 ": line 3, column 1 (user): \"c\" has one row, and two are "
                 "the least (--min-rows 2 leaves such users out)");
    data_refused(HEADER "," ROW, ": line 2, column 1 (user): empty");
    data_refused(HEADER "\"\"," ROW, ": line 2, column 1 (user): empty");
    data_refused(HEADER "\"a\nb\"," ROW,
                 ": line 3, column 1 (user): not UTF-8, or a control "
                 "character in it");
    data_refused(HEADER "\xc2\x85," ROW,
                 ": line 2, column 1 (user): not UTF-8, or a control "
                 "character in it");
    data_refused(HEADER "\xc0\x80," ROW,
                 ": line 2, column 1 (user): not UTF-8, or a control "
                 "character in it");
    data_refused(HEADER "\xed\xa0\x80," ROW,
                 ": line 2, column 1 (user): not UTF-8, or a control "
                 "character in it");

    memset(user, 'u', 256);
    user[256] = '\0';
    snprintf(data, sizeof(data), HEADER "%s," ROW, user);
    data_refused(data,
                 ": line 2, column 1 (user): longer than 255 bytes");
}


static void
test_long_line(void **state)
{
    char    *data;
    size_t   len, n;

    (void) state;

    /* as long as it likes: not more than the cap is ever held */

    n = strlen(HEADER);
    len = 3000000;
    data = malloc(len);
    assert_non_null(data);
    memset(data, '1', len);
    memcpy(data, HEADER, n);
    data_refused_len(data, len, ": line 2: longer than 65536 bytes");

    memset(data + n, '\n', len - n);
    data[n] = '"';
    data_refused_len(data, len, ": line 2: longer than 65536 bytes");

    /* empty lines are no line */

    data[n] = '\n';
    data_refused_len(data, len, ": line 2999961: no rows after the header");
    free(data);
}


static void
test_unreadable(void **state)
{
    char               err[KEYAUTH_ERROR_MAX];
    keyauth_dataset_t  d;

    (void) state;

    assert_int_equal(keyauth_dataset_read(&d, "/nonexistent", err), -1);
    assert_string_equal(err, "/nonexistent: cannot be opened: No such file or "
                        "directory");
    assert_int_equal(keyauth_dataset_read(&d, "/", err), -1);
    assert_string_equal(err, "/: cannot be read: Is a directory");
}


static void
test_read(void **state)
{
    keyauth_dataset_t  d;

    (void) state;

    /* a BOM, columns and rows in any order, quotes, CRLF, no last newline */

    data_read(&d, "\xef\xbb\xbfrelease-1,press-1,user,press-0,release-0\r\n"
              "4,3,\"b,\"\"x\",1,2\r\n"
              "8.5,7,10,-5,+6e0\r\n"
              "\r\n"
              "4,3,9,1,2\r\n"
              "4,3,\"10\",1,2.25\r\n"
              "4,3,9,1,2\r\n"
              "4,3,\"b,\"\"x\",1,2\r\n"
              "4,3,10,1,2");

    assert_int_equal(d.keys, 2);
    assert_int_equal(d.rows, 7);
    assert_int_equal(d.classes, 3);
    assert_int_equal(d.repetitions, 3);
    assert_string_equal(d.labels[0], "9");
    assert_string_equal(d.labels[1], "10");
    assert_string_equal(d.labels[2], "b,\"x");
    assert_int_equal(d.start[0], 0);
    assert_int_equal(d.start[1], 2);
    assert_int_equal(d.start[2], 5);
    assert_int_equal(d.start[3], 7);

    /* of user 10, in the file's order */

    assert_int_equal(d.class[2], 1);
    assert_int_equal(d.repetition[2], 0);
    assert_int_equal(d.repetition[3], 1);
    assert_int_equal(d.repetition[4], 2);
    /* since the first press */

    assert_true(d.press[4] == 0 && d.press[5] == 12);
    assert_true(d.release[4] == 11 && d.release[5] == 13.5);
    assert_true(d.release[6] == 1.25);
    assert_true(d.release[8] == 1);
    keyauth_dataset_free(&d);
}


static void
test_digest(void **state)
{
    keyauth_dataset_t  d;

    static const uint8_t  digest[4] = { 0x8a, 0xd7, 0x84, 0xf5 };

    (void) state;

    /* sha256sum says so too */

    data_read(&d, HEADER "a," ROW "b," ROW "a," ROW "b," ROW);
    assert_memory_equal(d.digest, digest, 4);
    keyauth_dataset_free(&d);
}


static void
test_rows(void **state)
{
    char               err[KEYAUTH_ERROR_MAX];
    const char        *data;
    keyauth_dataset_t  d;

    (void) state;

    /* rows to predict keep their order and need no users */

    data = HEADER "b,1,2,3,4\na,5,6,8,9\n,9,10,12.5,13\n";
    data_write(data, strlen(data));
    assert_int_equal(keyauth_dataset_read_rows(&d, path, NULL, err), 0);
    assert_int_equal(d.rows, 3);
    assert_int_equal(d.classes, 0);
    assert_true(d.press[1] == 2 && d.press[3] == 3 && d.press[5] == 3.5);
    keyauth_dataset_free(&d);

    data = "press-0,release-0,press-1,release-1\n" ROW;
    data_write(data, strlen(data));
    assert_int_equal(keyauth_dataset_read_rows(&d, path, NULL, err), 0);
    assert_int_equal(d.rows, 1);
    keyauth_dataset_free(&d);
}


static void
test_most_keys(void **state)
{
    char               data[4096];
    size_t             n;
    unsigned           i, row;
    keyauth_dataset_t  d;

    (void) state;

    n = (size_t) sprintf(data, "user");

    for (i = 0; i < KEYAUTH_KEYS_MAX; i++) {
        n += (size_t) sprintf(data + n, ",release-%u,press-%u", i, i);
    }

    for (row = 0; row < 4; row++) {
        n += (size_t) sprintf(data + n, "\n%u", row % 2);

        for (i = 0; i < KEYAUTH_KEYS_MAX; i++) {
            n += (size_t) sprintf(data + n, ",%u,%u", i + 1, i);
        }
    }

    data_read(&d, data);
    assert_int_equal(d.keys, 64);
    assert_true(d.press[63] == 63 && d.release[63] == 64);
    keyauth_dataset_free(&d);
}


static void
test_labels_order(void **state)
{
    int  i, j, n, rc;

    static const char *const  sorted[] = {
        "-9007199254740991", "-10", "-2", "0", "7", "10", "1001",
        "9007199254740991", "+5", "-0", "007", "10.0", "1e3",
        "9007199254740992", "Zoe", "a", "a,b", "zoe", "\xc3\xa9"
    };

    (void) state;
    n = sizeof(sorted) / sizeof(sorted[0]);

    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            rc = keyauth_label_compare(sorted[i], sorted[j]);
            assert_int_equal((rc > 0) - (rc < 0), (i > j) - (i < j));
        }
    }
}


static int
group_setup(void **state)
{
    int  fd;

    (void) state;
    fd = mkstemp(path);

    return fd < 0 ? -1 : close(fd);
}


static int
group_teardown(void **state)
{
    (void) state;

    return unlink(path);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_grammar),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_most_keys),
        cmocka_unit_test(test_labels_order)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("dataset", tests, group_setup,
                                       group_teardown);
}
