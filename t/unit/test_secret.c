/*
 * API keys that are sent: who gets in, and how long finding out takes.
 */


#include <openssl/rand.h>

#include "apikeys.h"


#define TEST_RANDOM  1000000
#define TEST_ROUNDS  2001


static keyauth_secret_e
test_find(const char *header, size_t len, int64_t now,
    const keyauth_client_t **client)
{
    return keyauth_apikeys_find(&keys, memcpy(guard - len, header, len), len,
                             now, client);
}


static void
test_headers(void **state)
{
    size_t                   i;
    char                     long_one[10240];
    keyauth_secret_e         rc;
    const keyauth_client_t  *client;

    static const struct {
        const char        *header;
        size_t             len;         /* 0: up to NUL */
        keyauth_secret_e   secret;
    } headers[] = {
        { "Bearer foo", 0, KEYAUTH_SECRET_KNOWN },
        { "bearer   foo", 0, KEYAUTH_SECRET_KNOWN },
        { "BEARER foo", 0, KEYAUTH_SECRET_KNOWN },
        { "Bearer fo", 0, KEYAUTH_SECRET_UNKNOWN },
        { "Bearer fooo", 0, KEYAUTH_SECRET_UNKNOWN },
        { "Bearer Foo", 0, KEYAUTH_SECRET_UNKNOWN },
        { "Bearer foo==", 0, KEYAUTH_SECRET_UNKNOWN },
        { "Bearer foo ", 0, KEYAUTH_SECRET_MALFORMED },
        { "Bearer foo\0", 11, KEYAUTH_SECRET_MALFORMED },
        { "Bearer \0foo", 11, KEYAUTH_SECRET_MALFORMED },
        { "Bearer foo,Bearer foo", 0, KEYAUTH_SECRET_MALFORMED },
        { "Bearer =foo", 0, KEYAUTH_SECRET_MALFORMED },
        { "Bearer f\xc3\xb6\xc3\xb6", 0, KEYAUTH_SECRET_MALFORMED },
        { "Bearer", 0, KEYAUTH_SECRET_MALFORMED },
        { "Bearer ", 0, KEYAUTH_SECRET_MALFORMED },
        { "Bearer  ", 0, KEYAUTH_SECRET_MALFORMED },
        { "Bearerfoo", 0, KEYAUTH_SECRET_ABSENT },
        { "Bearer\tfoo", 0, KEYAUTH_SECRET_ABSENT },
        { "Bear", 0, KEYAUTH_SECRET_ABSENT },
        { "Basic Zm9v", 0, KEYAUTH_SECRET_ABSENT },
        { "foo", 0, KEYAUTH_SECRET_ABSENT },
        { "", 0, KEYAUTH_SECRET_ABSENT }
    };

    (void) state;

    assert_int_equal(test_parse("a:" D "\nb:" E ":2027-01-31", 144), 0);

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        rc = test_find(headers[i].header,
                       headers[i].len ? headers[i].len
                                      : strlen(headers[i].header),
                       0, &client);

        assert_int_equal(rc, headers[i].secret);
        assert_int_equal(client != NULL, rc == KEYAUTH_SECRET_KNOWN);
    }

    assert_string_equal(keys.clients[0].name, "a");
    assert_int_equal(keyauth_apikeys_find(&keys, NULL, 0, 0, &client),
                     KEYAUTH_SECRET_ABSENT);

    memset(long_one, 'a', sizeof(long_one));
    memcpy(long_one, "Bearer ", 7);
    assert_int_equal(test_find(long_one, 10240, 0, &client),
                     KEYAUTH_SECRET_MALFORMED);
    assert_int_equal(test_find(long_one, 7 + KEYAUTH_SECRET_MAX, 0, &client),
                     KEYAUTH_SECRET_UNKNOWN);
    assert_int_equal(test_find(long_one, 8 + KEYAUTH_SECRET_MAX, 0, &client),
                     KEYAUTH_SECRET_MALFORMED);

    /* the last second, and the first beyond */

    assert_int_equal(test_find("Bearer bar", 10, 1801353599, &client),
                     KEYAUTH_SECRET_KNOWN);
    assert_string_equal(client->name, "b");
    assert_int_equal(test_find("Bearer bar", 10, 1801353600, &client),
                     KEYAUTH_SECRET_EXPIRED);
    assert_string_equal(client->name, "b");

    keyauth_apikeys_close(&keys);

    /* a file without keys lets nobody in */

    assert_int_equal(test_parse("", 0), 0);
    assert_int_equal(test_find("Bearer bar", 10, 0, &client),
                     KEYAUTH_SECRET_UNKNOWN);
    keyauth_apikeys_close(&keys);
}


/* of a million keys that are drawn as good ones are, none is one */

static void
test_random(void **state)
{
    int                      i, k;
    char                    *text, header[64];
    size_t                   len;
    uint8_t                  random[32];
    uint32_t                 accepted;
    const keyauth_client_t  *client;

    static const char  digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    (void) state;

    text = keyauth_alloc(TEST_SPACE, 1);
    len = test_write(text, 10);
    assert_int_equal(test_parse(text, len), 0);
    free(text);

    accepted = 0;
    len = (size_t) sprintf(header, "Bearer keyauth_");

    for (i = 0; i < TEST_RANDOM; i++) {
        assert_int_equal(RAND_bytes(random, sizeof(random)), 1);

        for (k = 0; k < 32; k++) {
            header[len + (size_t) k] = digits[random[k] & 63];
        }

        accepted += keyauth_apikeys_find(&keys, header, len + 32, 0, &client)
                    == KEYAUTH_SECRET_KNOWN;
    }

    assert_int_equal(accepted, 0);

    /* as it would be if one were */

    accepted += test_find("Bearer keyauth_00000007", 23, 0, &client)
                == KEYAUTH_SECRET_KNOWN;
    assert_int_equal(accepted, 1);

    keyauth_apikeys_close(&keys);
}


static int
test_compare(const void *a, const void *b)
{
    double  x, y;

    x = *(const double *) a;
    y = *(const double *) b;

    return (x > y) - (x < y);
}


/*
 * With 1000 keys, one that stops at the first match or leaves work out for
 * what is no key would be ten times as fast; what is asserted is a factor of
 * two, of medians over rounds in which all take turns.
 */

static void
test_duration(void **state)
{
    int                      i, k, n;
    char                    *text, long_one[10240];
    size_t                   len, lens[8];
    double                   start, low, high, median;
    const char              *header;
    const keyauth_client_t  *client;

    static double  times[8][TEST_ROUNDS];

    static const struct {
        const char        *name;
        const char        *header;
        keyauth_secret_e   secret;
    } kinds[8] = {
        { "first key", "Bearer keyauth_00000000", KEYAUTH_SECRET_KNOWN },
        { "last key", "Bearer keyauth_00000999", KEYAUTH_SECRET_KNOWN },
        { "wrong", "Bearer keyauth_99999999", KEYAUTH_SECRET_UNKNOWN },
        { "expired", "Bearer keyauth_00000500", KEYAUTH_SECRET_EXPIRED },
        { "absent", NULL, KEYAUTH_SECRET_ABSENT },
        { "NUL", "Bearer keyauth_0000000\0", KEYAUTH_SECRET_MALFORMED },
        { "two in one", "Bearer a, Bearer b", KEYAUTH_SECRET_MALFORMED },
        { "10 KB", NULL, KEYAUTH_SECRET_MALFORMED }
    };

    (void) state;

    text = keyauth_alloc(TEST_SPACE, 1);
    len = test_write(text, KEYAUTH_CLIENTS_MAX);
    assert_int_equal(test_parse(text, len), 0);
    free(text);

    memset(long_one, 'a', sizeof(long_one));
    memcpy(long_one, "Bearer ", 7);

    for (k = 0; k < 8; k++) {
        lens[k] = k == 5 ? 23 : k == 7 ? sizeof(long_one)
                  : kinds[k].header ? strlen(kinds[k].header) : 0;
    }

    for (i = 0; i < TEST_ROUNDS; i++) {
        for (n = 0; n < 8; n++) {
            k = (n + i) % 8;
            header = k == 7 ? long_one : kinds[k].header;

            start = keyauth_now();
            assert_int_equal(keyauth_apikeys_find(&keys, header, lens[k],
                                               4000000000, &client),
                             kinds[k].secret);
            times[k][i] = keyauth_now() - start;
        }
    }

    low = 1e9;
    high = 0;

    for (k = 0; k < 8; k++) {
        qsort(times[k], TEST_ROUNDS, sizeof(double), test_compare);
        median = times[k][TEST_ROUNDS / 2];
        low = median < low ? median : low;
        high = median > high ? median : high;

        printf("# %-10s %6.2f us (quartiles %.2f, %.2f), 1000 keys\n",
               kinds[k].name, 1e6 * median, 1e6 * times[k][TEST_ROUNDS / 4],
               1e6 * times[k][3 * TEST_ROUNDS / 4]);
    }

    assert_true(high < 2 * low);
    keyauth_apikeys_close(&keys);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_duration),
    };

    return cmocka_run_group_tests_name("secret", tests, test_setup, NULL);
}
