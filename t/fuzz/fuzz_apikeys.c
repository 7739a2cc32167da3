/*
 * Fuzzes the reading of API keys' files, and of headers that hold a key.  One
 * key is known to the fuzzer: it is found exactly when its digest is in the
 * file.
 */


#include "fuzz.h"

#include "keyauth_apikeys.h"


#define FUZZ_SECRET  "fuzzer.own_key-1"
#define FUZZ_NOW     1800000000


static void fuzz_find(const keyauth_apikeys_t *k, const uint8_t *data,
    size_t size);
static keyauth_secret_e fuzz_check(const keyauth_apikeys_t *k,
    const char *header, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char            *text, err[KEYAUTH_ERROR_MAX];
    uint32_t         i;
    keyauth_apikeys_t   k;

    text = fuzz_copy(data, size);
    memset(&k, 0, sizeof(k));
    memset(err, 0x7f, sizeof(err));

    if (keyauth_apikeys_parse(&k, text, size, err) != 0) {
        fuzz_assert(memchr(err, '\0', sizeof(err)) != NULL && err[0] != '\0');
        free(text);
        return 0;
    }

    free(text);
    fuzz_assert(k.n <= KEYAUTH_CLIENTS_MAX);

    for (i = 0; i < k.n; i++) {
        fuzz_assert(memchr(k.clients[i].name, '\0',
                           sizeof(k.clients[i].name)) != NULL);
        fuzz_assert(keyauth_apikeys_check_name(k.clients[i].name,
                                            strlen(k.clients[i].name)) == 0);
        fuzz_assert(k.clients[i].scopes != 0);
        fuzz_assert(k.clients[i].scopes >> KEYAUTH_SCOPES == 0);
    }

    fuzz_find(&k, data, size);
    keyauth_apikeys_close(&k);

    return 0;
}


static void
fuzz_find(const keyauth_apikeys_t *k, const uint8_t *data, size_t size)
{
    char              *header;
    uint8_t            digest[KEYAUTH_DIGEST_SIZE];
    uint32_t           i;
    keyauth_secret_e   rc;

    static const char  own[] = "Bearer " FUZZ_SECRET;

    fuzz_assert(fuzz_check(k, NULL, 0) == KEYAUTH_SECRET_ABSENT);

    header = malloc(size + 7);
    fuzz_assert(header != NULL);
    memcpy(header, "Bearer ", 7);

    if (size) {
        memcpy(header + 7, data, size);
    }

    fuzz_assert(fuzz_check(k, header, size + 7) != KEYAUTH_SECRET_ABSENT);
    (void) fuzz_check(k, header + 7, size);
    free(header);

    fuzz_assert(keyauth_apikeys_digest(digest, own + 7, sizeof(own) - 8) == 0);

    for (i = 0; i < k->n; i++) {
        if (memcmp(k->digests[i], digest, sizeof(digest)) == 0) {
            break;
        }
    }

    rc = fuzz_check(k, own, sizeof(own) - 1);
    fuzz_assert(rc == (i == k->n ? KEYAUTH_SECRET_UNKNOWN
                       : k->clients[i].expires > FUZZ_NOW
                       ? KEYAUTH_SECRET_KNOWN : KEYAUTH_SECRET_EXPIRED));
}


static keyauth_secret_e
fuzz_check(const keyauth_apikeys_t *k, const char *header, size_t len)
{
    keyauth_secret_e          rc;
    const keyauth_client_t   *client;

    client = (const keyauth_client_t *) (const void *) k;
    rc = keyauth_apikeys_find(k, header, len, FUZZ_NOW, &client);

    if (rc == KEYAUTH_SECRET_KNOWN || rc == KEYAUTH_SECRET_EXPIRED) {
        fuzz_assert(client >= k->clients && client < k->clients + k->n);

    } else {
        fuzz_assert(client == NULL);
    }

    return rc;
}
