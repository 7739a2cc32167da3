/*
 * Data sets as options say: units, copies, bad rows, users with few rows,
 * sessions, columns and separators.
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


static char  path[] = "/tmp/keyauth-reading.XXXXXX";


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


/* reads what was written, as options say */
static int
data_again(keyauth_dataset_t *d, const keyauth_reading_t *how, char *err)
{
    keyauth_sources_t  s;

    memset(&s, 0, sizeof(keyauth_sources_t));
    s.path[0] = path;
    s.paths = 1;
    s.reading = *how;

    return keyauth_dataset_read_sources(d, &s, err);
}


static int
data_read_as(keyauth_dataset_t *d, const keyauth_reading_t *how,
    const char *data, char *err)
{
    data_write(data, strlen(data));

    return data_again(d, how, err);
}


/* the i-th line that is to be said, behind the file's name */
static void
data_says(const keyauth_dataset_t *d, uint32_t i, const char *text)
{
    assert_true(i < d->notes.lines);
    assert_memory_equal(d->notes.line[i], path, strlen(path));
    assert_string_equal(d->notes.line[i] + strlen(path), text);
}


/* half of the keys of these are held for 90 ms, in other units */
static void
test_units(void **state)
{
    char               err[KEYAUTH_ERROR_MAX];
    unsigned           i;
    keyauth_dataset_t  d;
    keyauth_reading_t  how;

    static const struct {
        double       unit;
        const char  *data;
        const char  *reason;
    } tests[] = {
        { 1000, HEADER "a,0,.08,.2,.29\na,0,.09,.2,.3\nb,0,.09,.2,.29\n"
          "b,0,.1,.2,.29\n", ": half of the keys are held for 0.09 ms or "
          "less, which nobody types: --unit s if that is the times' unit, "
          "--unit ms if it is so all the same" },
        { 0.001, HEADER "a,0,9e4,2e5,2.9e5\na,0,9e4,2e5,3e5\n"
          "b,0,90000,2e5,2.9e5\nb,0,90000,2e5,2.9e5\n", ": half of the keys "
          "are held for 90000 ms or more, which nobody types: --unit us if "
          "that is the times' unit, --unit ms if it is so all the same" },
        { 0.000001, HEADER "a,0,9e7,2e8,2.9e8\na,0,9e7,2e8,2.9e8\n"
          "b,0,9e7,2e8,2.9e8\nb,0,9e7,2e8,2.9e8\n", ": line 2, column 3 "
          "(release-0): more than 1000000 ms from press-0 (--unit if the "
          "times are in another unit)" },

        /* seconds without fractions: no key is held, and all are too near */

        { 1000, HEADER "a,0,0,1,1\na,1,1,1,1\nb,0,0,1,1\nb,0,0,1,1\n",
          ": half of the keys are pressed after 1 ms or less, which nobody "
          "types: --unit s if that is the times' unit, --unit ms if it is so "
          "all the same" }
    };

    (void) state;
    memset(&how, 0, sizeof(keyauth_reading_t));

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        data_refused(tests[i].data, tests[i].reason);
        how.unit = tests[i].unit;
        assert_int_equal(data_read_as(&d, &how, tests[i].data, err), 0);
        assert_int_equal(d.rows, 4);

        if (i < 3) {
            assert_true(d.press[7] == 200 && d.release[7] == 290);
            assert_true(d.release[2] == 90);
        }

        keyauth_dataset_free(&d);
    }

    /* who says so is believed */

    how.unit = 1;
    assert_int_equal(data_read_as(&d, &how, tests[0].data, err), 0);
    assert_true(d.release[0] == 0.08);
    keyauth_dataset_free(&d);
}


/* any clock's origin: milliseconds since 1970, with fractions */
static void
test_origin(void **state)
{
    keyauth_dataset_t  d;

    (void) state;

    data_read(&d, HEADER "a,1700000000000.5,1700000000090.75,1700000000200,"
              "1700000000300\na," ROW "b,9007199254740000,9007199254740090,"
              "9007199254740200,9007199254740300\nb," ROW);
    assert_true(d.press[0] == 0 && d.release[0] == 90.25);
    assert_true(d.press[1] == 199.5 && d.release[1] == 299.5);
    assert_true(d.press[5] == 200 && d.release[5] == 300);
    keyauth_dataset_free(&d);
}


static void
test_copies(void **state)
{
    unsigned           i;
    keyauth_dataset_t  d;

    static const uint32_t        repetition[] = { 0, 1, 0, 0, 1, 1 };
    static const keyauth_copy_t  copy[] = {
        { 0, 0, 0 }, { 1, 1, 1 }, { 0, 0, 0 }, { 3, 3, 0 }, { 1, 4, 1 },
        { 1, 4, 1 }
    };

    (void) state;

    /* on another clock, and of another user */

    data_read(&d, HEADER "a,0,90,200,290\nb,0,95,200,290\na,0,80,200,290\n"
              "a,100,190,300,390\nb,0,80,200,290\n"
              "b,1,81,201,291\n");
    assert_int_equal(d.rows, 6);

    for (i = 0; i < 6; i++) {
        assert_int_equal(d.copy[i].first, copy[i].first);
        assert_int_equal(d.copy[i].own, copy[i].own);
        assert_int_equal(d.copy[i].shared, copy[i].shared);
        assert_int_equal(d.repetition[i], repetition[i]);
    }

    assert_int_equal(d.repetitions, 2);
    assert_int_equal(d.notes.lines, 1);
    data_says(&d, 0, ": 3 rows are copies of others; those of one user are "
              "measured together: line 5 is line 2, line 6 is line 4 of "
              "another user, line 7 is line 4 of another user");
    keyauth_dataset_free(&d);

    data_read(&d, HEADER "a,0,1,2,3\na,0,1,2,3.5\nb,0,1,2,4\nb,0,1,2,5\n");
    assert_int_equal(d.notes.lines, 0);
    keyauth_dataset_free(&d);
}


static void
test_skip_bad(void **state)
{
    char               data[2048], err[KEYAUTH_ERROR_MAX];
    size_t             n;
    unsigned           i;
    keyauth_dataset_t  d;
    keyauth_reading_t  how;

    static const char *const  reasons[] = {
        ": 6 bad rows are left out, and 5 are read",
        ": line 3, column 3 (release-0): not a number: \"x\"",
        ": line 5: 4 fields, and the header has 5",
        ": line 6, column 3 (release-0): misplaced quote",
        ": line 8, column 3 (release-0): release before press",
        ": line 9, column 1 (user): empty",
        ": line 10, column 5 (release-1): NUL byte"
    };

    (void) state;
    memset(&how, 0, sizeof(keyauth_reading_t));
    how.skip_bad = 1;

    n = (size_t) sprintf(data, "%s", HEADER "a," ROW "a,1,x,3,4\nb,0,9,9,9\n"
                         "b,1,2,3\nb,1,2\"2,3,4\na,2,3,4,6\nb,2,1,3,4\n"
                         ",1,2,3,4\nb,1,2,3,@\nb,5,6,7,10\na,2,3,5,6\n");
    *strchr(data, '@') = '\0';
    data_write(data, n);
    assert_int_equal(data_again(&d, &how, err), 0);
    assert_int_equal(d.rows, 5);
    assert_int_equal(d.start[1], 3);

    for (i = 0; i < 7; i++) {
        data_says(&d, i, reasons[i]);
    }

    assert_int_equal(d.notes.lines, 7);
    keyauth_dataset_free(&d);

    /* 20 of many are put into words, of the others the lines are named */

    n = (size_t) sprintf(data, HEADER "a," ROW "b,3,4,9,9\n"
                         "a,2,3,4,6\nb,4,5,7,8\n");

    for (i = 0; i < 23; i++) {
        n += (size_t) sprintf(data + n, "a,1,2,3,-\n");
    }

    data_write(data, n);
    assert_int_equal(data_again(&d, &how, err), 0);
    assert_int_equal(d.notes.lines, 22);
    data_says(&d, 0, ": 23 bad rows are left out, and 4 are read");
    data_says(&d, 20, ": line 25, column 5 (release-1): not a number: \"-\"");
    data_says(&d, 21, ": and line 26, 27, 28");
    keyauth_dataset_free(&d);

    /* what is no row ends it all the same */

    data_write(HEADER "a,-", strlen(HEADER) + 3);
    assert_int_equal(data_again(&d, &how, err), -1);
    assert_string_equal(err + strlen(path),
                        ": line 2: no row is without a fault");
}


static void
test_min_rows(void **state)
{
    char               err[KEYAUTH_ERROR_MAX];
    keyauth_dataset_t  d;
    keyauth_reading_t  how;

    static const char  data[] = HEADER "d," ROW "a," ROW "b," ROW "c,1,2,4,5\n"
                                "a,1,2,3,7\nb,1,2,3,8\nb,1,2,3,9\nb,1,2,4,9\n"
                                "a,2,3,4,9\n";

    (void) state;
    memset(&how, 0, sizeof(keyauth_reading_t));
    how.min_rows = 3;
    assert_int_equal(data_read_as(&d, &how, data, err), 0);
    assert_int_equal(d.classes, 2);
    assert_int_equal(d.rows, 7);
    assert_string_equal(d.labels[0], "a");
    assert_string_equal(d.labels[1], "b");
    assert_string_equal(d.notes.line[0], "users with fewer than 3 rows are "
                        "left out: \"c\" with 1, \"d\" with 1");
    keyauth_dataset_free(&d);

    how.min_rows = 4;
    assert_int_equal(data_read_as(&d, &how, data, err), -1);
    assert_non_null(strstr(err, "\"b\" is the only user"));
    how.min_rows = 9;
    assert_int_equal(data_read_as(&d, &how, data, err), -1);
    assert_string_equal(err, "nobody has 9 rows, and nobody is left to be "
                        "trained on");
}


/* rows lie by session, whichever order the file has */
static void
test_sessions(void **state)
{
    unsigned           i;
    keyauth_dataset_t  d;

    static const uint32_t  session[] = { 0, 1, 1, 2, 0, 0 };
    static const double    release[] = { 12, 10, 13, 11, 14, 15 };

    (void) state;

    data_read(&d, "session,user,press-0,release-0,press-1,release-1,rep,"
              "device\n"
              "2,a,0,10,100,110,1,phone\n10,a,0,11,100,110,1,phone\n"
              "1,a,0,12,100,110,1,phone\n2,a,0,13,100,110,1,phone\n"
              "7,b,0,14,100,110,1,phone\n7,b,0,15,100,110,1,phone\n");
    assert_int_equal(d.sessions, 3);
    assert_int_equal(d.repetitions, 4);

    for (i = 0; i < 6; i++) {
        assert_int_equal(d.session[i], session[i]);
        assert_true(d.release[2 * i] == release[i]);
    }

    keyauth_dataset_free(&d);

    /* b comes after a, and 7 before the names */

    data_read(&d, "session,user,press-0,release-0,press-1,release-1\n"
              "day2,a,0,10,100,110\nday10,a,0,11,100,110\n"
              "day1,a,0,12,100,110\nday2,a,0,13,100,110\n"
              "day7,b,0,15,100,110\n7,b,0,14,100,110\n");
    assert_int_equal(d.session[5], 1);

    for (i = 0; i < 5; i++) {
        assert_int_equal(d.session[i], session[i]);
        assert_true(d.release[2 * i] == release[i]);
    }

    keyauth_dataset_free(&d);
    data_read(&d, HEADER "a," ROW "b," ROW "a," ROW "b," ROW);
    assert_int_equal(d.sessions, 1);
    keyauth_dataset_free(&d);
}


static void
test_ignore(void **state)
{
    char               err[KEYAUTH_ERROR_MAX];
    keyauth_dataset_t  d;
    keyauth_reading_t  how;

    static const char  data[] = "user,press-0,release-0,colour,press-1,"
                                "release-1,\"a,b\"\n1,2,3,red,4,5,6\n"
                                "1,2,3,red,4,5,6\n2,2,3,red,4,5,6\n"
                                "2,2,3,red,4,5,6\n";

    (void) state;
    memset(&how, 0, sizeof(keyauth_reading_t));
    data_refused(data, ": line 1, column 4: unknown column \"colour\", and 1 "
                 "more (--ignore colour --ignore a,b leaves them out)");
    how.ignore[0] = "x,colour";
    how.ignores = 1;
    assert_int_equal(data_read_as(&d, &how, data, err), -1);
    assert_non_null(strstr(err, "line 1, column 7: unknown column \"a,b\""));
    how.ignore[how.ignores++] = "a,b";
    assert_int_equal(data_read_as(&d, &how, data, err), 0);
    assert_int_equal(d.rows, 4);
    keyauth_dataset_free(&d);
}


/* semicolons and tabs, and decimal commas between them */
static void
test_separators(void **state)
{
    keyauth_dataset_t  d;

    (void) state;

    data_read(&d, "user;press-0;release-0;press-1;release-1\n"
              "a;0;90,5;200;290\n\"a\";1;90;200;290\nb;0;9e1;200;290\n"
              "b;0;90;200;290\n");
    assert_true(d.release[0] == 90.5 && d.release[4] == 90);
    keyauth_dataset_free(&d);

    data_read(&d, "user\tpress-0\trelease-0\t\"press-1\"\trelease-1\n"
              "\"a \"\"b\"\"\"\t0\t90,5\t200\t290\nc \t1\t 90\t200\t290\n"
              "c\t0\t90\t200\t290\n\"a \"\"b\"\"\"\t0\t90\t200\t290\n");
    assert_int_equal(d.classes, 2);
    assert_string_equal(d.labels[0], "a \"b\"");
    assert_string_equal(d.labels[1], "c");
    assert_true(d.release[0] == 90.5);
    keyauth_dataset_free(&d);

    data_refused("user\tpress-0\trelease-0,press-1,release-1\n",
                 ": line 1, column 3: unknown column \"release-0,press-1,"
                 "release-1\" (--ignore leaves it out)" NONE);
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
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_skip_bad),
        cmocka_unit_test(test_min_rows),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_ignore),
        cmocka_unit_test(test_separators)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("reading", tests, group_setup,
                                       group_teardown);
}
