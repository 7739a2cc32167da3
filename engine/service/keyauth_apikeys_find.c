/*
 * API keys that are sent: see keyauth_apikeys.h.
 */


#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "keyauth_apikeys.h"


#define KEYAUTH_SCHEME      "Bearer"
#define KEYAUTH_SCHEME_LEN  (sizeof(KEYAUTH_SCHEME) - 1)
#define KEYAUTH_TOKEN                                                         \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"


static keyauth_secret_e keyauth_apikeys_secret(const char *header, size_t len,
    const char **secret, size_t *secret_len);


int
keyauth_apikeys_digest(uint8_t digest[KEYAUTH_DIGEST_SIZE], const char *secret,
    size_t len)
{
    return EVP_Digest(secret, len, digest, NULL, EVP_sha256(), NULL) == 1
           ? 0 : -1;
}


keyauth_secret_e
keyauth_apikeys_find(const keyauth_apikeys_t *k, const char *header, size_t len,
    int64_t now, const keyauth_client_t **client)
{
    uint8_t           digest[KEYAUTH_DIGEST_SIZE];
    uint32_t          i, equal, found;
    const char       *secret;
    keyauth_secret_e  rc;

    *client = NULL;

    /* what cannot be a key costs what a key does */

    rc = keyauth_apikeys_secret(header, len, &secret, &len);

    if (keyauth_apikeys_digest(digest, secret, len) != 0) {
        return KEYAUTH_SECRET_UNKNOWN;
    }

    found = k->n;

    for (i = 0; i < k->n; i++) {
        equal = (CRYPTO_memcmp(digest, k->digests[i], KEYAUTH_DIGEST_SIZE)
                 == 0);
        found ^= (found ^ i) & (0 - equal);
    }

    if (rc != KEYAUTH_SECRET_KNOWN) {
        return rc;
    }

    if (found == k->n) {
        return KEYAUTH_SECRET_UNKNOWN;
    }

    *client = &k->clients[found];

    return (now < (*client)->expires) ? KEYAUTH_SECRET_KNOWN
                                      : KEYAUTH_SECRET_EXPIRED;
}


/* Bearer, spaces, and a b64token (RFC 6750, section 2.1) */

static keyauth_secret_e
keyauth_apikeys_secret(const char *header, size_t len, const char **secret,
    size_t *secret_len)
{
    size_t  i, n;

    static const char  dummy[] =
        "keyauth_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    *secret = dummy;
    *secret_len = sizeof(dummy) - 1;

    if (header == NULL || len < KEYAUTH_SCHEME_LEN
        || strncasecmp(header, KEYAUTH_SCHEME, KEYAUTH_SCHEME_LEN) != 0
        || (len > KEYAUTH_SCHEME_LEN && header[KEYAUTH_SCHEME_LEN] != ' '))
    {
        return KEYAUTH_SECRET_ABSENT;
    }

    for (i = KEYAUTH_SCHEME_LEN; i < len && header[i] == ' '; i++) {
        /* void */
    }

    if (i == len || len - i > KEYAUTH_SECRET_MAX) {
        return KEYAUTH_SECRET_MALFORMED;
    }

    header += i;
    len -= i;

    for (n = len; n > 1 && header[n - 1] == '='; n--) {
        /* void */
    }

    for (i = 0; i < n; i++) {
        if (header[i] == '\0' || strchr(KEYAUTH_TOKEN, header[i]) == NULL) {
            return KEYAUTH_SECRET_MALFORMED;
        }
    }

    *secret = header;
    *secret_len = len;

    return KEYAUTH_SECRET_KNOWN;
}
