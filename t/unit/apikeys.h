/*
 * What the tests of API keys share: texts that end at a page that may not be
 * read, and long files.
 */


#ifndef KEYAUTH_TEST_APIKEYS_H_INCLUDED
#define KEYAUTH_TEST_APIKEYS_H_INCLUDED


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "guard.h"
#include "keyauth_apikeys.h"
#include "util.h"


#define TEST_SPACE  (1 << 20)

/* the digests of foo and bar */
#define D  "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
#define E  "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"


static keyauth_apikeys_t   keys;
static char             err[KEYAUTH_ERROR_MAX];


static inline int
test_parse(const char *text, size_t len)
{
    return keyauth_apikeys_parse(&keys, memcpy(guard - len, text, len), len,
                              err);
}


/* n keys, keyauth_00000000 and so on; that in the middle expires */

static inline size_t
test_write(char *text, uint32_t n)
{
    int       i;
    char     *p, secret[32];
    uint8_t   digest[KEYAUTH_DIGEST_SIZE];
    uint32_t  k;

    p = text;

    for (k = 0; k < n; k++) {
        snprintf(secret, sizeof(secret), "keyauth_%08u", k);
        assert_int_equal(keyauth_apikeys_digest(digest, secret, strlen(secret)),
                         0);
        p += sprintf(p, "client-%u:", (unsigned) k);

        for (i = 0; i < KEYAUTH_DIGEST_SIZE; i++) {
            p += sprintf(p, i % 2 ? "%02x" : "%02X", digest[i]);
        }

        p += sprintf(p, "%s\n", k == n / 2 ? ":2027-01-31" : "");
    }

    return (size_t) (p - text);
}


static inline int
test_setup(void **state)
{
    (void) state;

    return test_guard(TEST_SPACE);
}


#endif /* KEYAUTH_TEST_APIKEYS_H_INCLUDED */
