/*
 * Files of API keys: what they may hold, and who may write them.
 */


#include "apikeys.h"


#define NAME_64                                                               \
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._"


typedef struct {
    const char  *text;
    const char  *error;                 /* NULL: it is good */
} test_file_t;


static void
test_files(void **state)
{
    size_t  i;

    static const test_file_t  files[] = {
        { "", NULL },
        { "\n\n", NULL },
        { "#", NULL },
        { "# a\n  # b\n \t\r\n", NULL },
        { "a:" D, NULL },
        { "a:" D "\r\nb:" E "  # c\r\n", NULL },
        { NAME_64 ":" D ":2027-01-31\n", NULL },
        { "a:" D ":2027-01-31T12:00:00Z# a", NULL },
        { "a:" D "::enrol,forget\n", NULL },
        { "a:" D ":2027-01-31:metrics", NULL },
        { "a:" D ":2027-01-31T12:00:00Z:predict,verify,enrol,forget,metrics",
          NULL },
        { "a", "line 1: a name is followed" },
        { "\na:", "line 2: a name is followed" },
        { "a:" D "\nb:" D "\n", "line 2: the digest comes" },
        { "a:" D "\n#\na:" E "\n", "line 3: the name comes" },
        { "a:2c26", "line 1: a name is followed" },
        { "a:" D "0", "line 1: a digest is followed" },
        { "a:" D ":", "line 1: a digest is followed" },
        { "a:" D ": 2027-01-31", "line 1: a digest is followed" },
        { "a:" D ":2027-01-31T12:00:00", "line 1: a digest is followed" },
        { "a:" D ":2027-01-31:x", "line 1: scopes are" },
        { "a:" D ":2027-01-31:", "line 1: scopes are" },
        { "a:" D "::", "line 1: scopes are" },
        { "a:" D "::enrol,", "line 1: scopes are" },
        { "a:" D "::,enrol", "line 1: scopes are" },
        { "a:" D "::enrol,enrol", "line 1: scopes are" },
        { "a:" D "::enrol forget", "line 1: scopes are" },
        { "a:" D "::Enrol", "line 1: scopes are" },
        { "a:" D "::enrol:2027-01-31", "line 1: scopes are" },
        { "a:" D ":enrol", "line 1: a digest is followed" },
        { "a:" D ":2027-01-31enrol", "line 1: a digest is followed" },
        { "a:" D ":2027-01-31T12:00:00Zx", "line 1: a digest is followed" },
        { "a:" D " x", "line 1: a digest is followed" },
        { "a: " D, "line 1: a name is followed" },
        { ":" D, "line 1: a name has" },
        { " a:" D, "line 1: a name has" },
        { NAME_64 "-:" D, "line 1: a name has" },
        { "\xc3\xa9:" D, "line 1: a name has" },
        { "a\nb", "line 1: a name is followed" }
    };

    (void) state;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {

        if (files[i].error == NULL) {
            assert_int_equal(test_parse(files[i].text,
                                        strlen(files[i].text)), 0);
            keyauth_apikeys_close(&keys);
            continue;
        }

        assert_int_equal(test_parse(files[i].text, strlen(files[i].text)),
                         -1);
        assert_memory_equal(err, files[i].error, strlen(files[i].error));
        assert_null(keys.clients);
    }

    assert_int_equal(test_parse("a\0:" D, 67), -1);
    assert_int_equal(test_parse("a:2\0" D, 68), -1);
}


/* whatever is cut off or changed, nothing is read that is not there */

static void
test_damaged_files(void **state)
{
    size_t  i, n;
    char    text[256];

    static const char  good[] =
        "a:" D "::enrol\n# b\nb:" E ":2027-01-31T12:00:00Z:forget,metrics";

    (void) state;

    for (n = 0; n < sizeof(good); n++) {
        if (test_parse(good, n) == 0) {
            assert_true(keys.n <= 2);
            keyauth_apikeys_close(&keys);
        }
    }

    for (i = 0; i < sizeof(good) - 1; i++) {
        for (n = 0; n < 256; n++) {
            memcpy(text, good, sizeof(good));
            text[i] = (char) n;

            if (test_parse(text, sizeof(good) - 1) == 0) {
                keyauth_apikeys_close(&keys);
            }
        }
    }
}


static void
test_scopes(void **state)
{
    size_t    i;
    unsigned  scopes;

    static const struct {
        const char  *text;
        unsigned     scopes;
    } lines[] = {
        { "a:" D, KEYAUTH_SCOPES_DEFAULT },
        { "a:" D ":2027-01-31", KEYAUTH_SCOPES_DEFAULT },
        { "a:" D "::predict", 1u << KEYAUTH_SCOPE_PREDICT },
        { "a:" D ":2027-01-31:forget,enrol",
          1u << KEYAUTH_SCOPE_ENROL | 1u << KEYAUTH_SCOPE_FORGET },
        { "a:" D "::" KEYAUTH_SCOPES_TEXT, (1u << KEYAUTH_SCOPES) - 1 }
    };

    (void) state;

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(test_parse(lines[i].text, strlen(lines[i].text)), 0);
        assert_int_equal(keys.clients[0].scopes, lines[i].scopes);
        keyauth_apikeys_close(&keys);
    }

    /* a key without scopes, as all were once, can change no template */

    assert_int_equal(KEYAUTH_SCOPES_DEFAULT
                     & (1u << KEYAUTH_SCOPE_ENROL
                        | 1u << KEYAUTH_SCOPE_FORGET), 0);
    assert_int_equal(keyauth_apikeys_scopes(&scopes, "", 0), -1);
}


static void
test_many(void **state)
{
    char    *text;
    size_t   len;

    (void) state;

    text = keyauth_alloc(TEST_SPACE, 1);

    len = test_write(text, KEYAUTH_CLIENTS_MAX);
    assert_int_equal(test_parse(text, len), 0);
    assert_int_equal(keys.n, KEYAUTH_CLIENTS_MAX);
    keyauth_apikeys_close(&keys);

    len = test_write(text, KEYAUTH_CLIENTS_MAX + 1);
    assert_int_equal(test_parse(text, len), -1);
    assert_string_equal(err, "line 1001: there are more than 1000 keys");

    /* lines without a key are not counted */

    memset(text, '\n', 5000);
    len = 5000 + test_write(text + 5000, KEYAUTH_CLIENTS_MAX);
    assert_int_equal(test_parse(text, len), 0);
    keyauth_apikeys_close(&keys);

    free(text);
}


static void
test_times(void **state)
{
    size_t     i;
    char       text[32];
    int64_t    t;
    time_t     day;
    struct tm  tm;

    static const char *const  bad[] = {
        "", "2027-01-3", "2027-13-01", "2027-00-01", "2027-01-00",
        "2027-01-32", "2027-04-31", "2027-02-29", "2100-02-29", "1969-12-31",
        "2027-1-311", "2027/01/31", "+027-01-31", "2027-01-31 ",
        "2027-01-31T12:00:00z", "2027-01-31t12:00:00Z",
        "2027-01-31 12:00:00Z", "2027-01-31T24:00:00Z",
        "2027-01-31T12:60:00Z", "2027-01-31T12:00:60Z",
        "2027-01-31T12:00:-1Z", "2027-01-31T12:00:00+00:00",
        "2027-01-31T1a:00:00Z"
    };

    (void) state;

    /* every day for 1000 years, as the C library has it */

    for (day = 0; day < (time_t) 1000 * 365 * 86400; day += 86400) {
        gmtime_r(&day, &tm);
        strftime(text, sizeof(text), "%Y-%m-%d", &tm);
        assert_int_equal(keyauth_apikeys_time(&t, text, 10), 0);
        assert_int_equal(t, day);
    }

    assert_int_equal(keyauth_apikeys_time(&t, "2028-02-29T23:59:58Z", 20), 0);
    assert_int_equal(t, 1835481598);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memcpy(guard - strlen(bad[i]), bad[i], strlen(bad[i]));
        assert_int_equal(keyauth_apikeys_time(&t, guard - strlen(bad[i]),
                                           strlen(bad[i])), -1);
    }
}


static void
test_permissions(void **state)
{
    int   i;
    char  path[] = "/tmp/keyauth-keys-XXXXXX";

    static const struct {
        mode_t       mode;
        const char  *error;
    } modes[] = {
        { 0600, NULL },
        { 0640, NULL },
        { 0444, NULL },
        { 0620, "by its group or by others" },
        { 0602, "by its group or by others" }
    };

    (void) state;

    i = mkstemp(path);
    assert_true(i >= 0);
    assert_int_equal(write(i, "a:" D "\nb\n", 69), 69);
    close(i);

    assert_int_equal(keyauth_apikeys_open(&keys, path, err), -1);
    assert_non_null(strstr(err, "line 2: a name is followed"));
    assert_int_equal(truncate(path, 67), 0);

    for (i = 0; i < 5; i++) {
        assert_int_equal(chmod(path, modes[i].mode), 0);

        if (modes[i].error == NULL) {
            assert_int_equal(keyauth_apikeys_open(&keys, path, err), 0);
            assert_int_equal(keys.n, 1);
            keyauth_apikeys_close(&keys);
            continue;
        }

        assert_int_equal(keyauth_apikeys_open(&keys, path, err), -1);
        assert_non_null(strstr(err, modes[i].error));
    }

    if (geteuid() == 0 && chown(path, 65534, 65534) == 0) {
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(keyauth_apikeys_open(&keys, path, err), -1);
        assert_non_null(strstr(err, "belongs neither"));
    }

    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, KEYAUTH_APIKEYS_FILE_MAX + 1), 0);
    assert_int_equal(keyauth_apikeys_open(&keys, path, err), -1);

    unlink(path);
    assert_int_equal(keyauth_apikeys_open(&keys, path, err), -1);
    assert_non_null(strstr(err, "No such file"));
    assert_int_equal(keyauth_apikeys_open(&keys, "/", err), -1);
    assert_non_null(strstr(err, "is not a file of keys"));
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_permissions),
    };

    return cmocka_run_group_tests_name("keys", tests, test_setup, NULL);
}
