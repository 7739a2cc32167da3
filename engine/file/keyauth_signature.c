/*
 * Digests and signatures of model files, by OpenSSL: see keyauth_signature.h.
 */


#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_signature.h"


static int keyauth_signature_valid(const keyauth_file_header_t *h);


int
keyauth_signature_digest(const void *data, size_t size, uint8_t digest[32])
{
    int          rc;
    EVP_MD_CTX  *ctx;

    ctx = EVP_MD_CTX_new();

    rc = ctx != NULL
         && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1
         && EVP_DigestUpdate(ctx, data,
                             offsetof(keyauth_file_header_t, digest)) == 1
         && EVP_DigestUpdate(ctx,
                             (const char *) data
                             + offsetof(keyauth_file_header_t, public_key),
                             KEYAUTH_KEY_SIZE) == 1
         && EVP_DigestUpdate(ctx,
                             (const char *) data
                             + sizeof(keyauth_file_header_t),
                             size - sizeof(keyauth_file_header_t)) == 1
         && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;

    EVP_MD_CTX_free(ctx);

    return rc ? 0 : -1;
}


int
keyauth_signature_check(const keyauth_file_header_t *h, const uint8_t *trusted,
    char *err)
{
    keyauth_file_header_t  zero;

    memset(&zero, 0, sizeof(zero));

    if (memcmp(h->public_key, zero.public_key, sizeof(h->public_key)) == 0) {

        if (trusted != NULL) {
            snprintf(err, KEYAUTH_ERROR_MAX, "the file is not signed");
            return -1;
        }

        if (memcmp(h->signature, zero.signature, sizeof(h->signature)) != 0) {
            snprintf(err, KEYAUTH_ERROR_MAX,
                     "the file has a signature and no key");
            return -1;
        }

        return 0;
    }

    if (!keyauth_signature_valid(h)) {
        snprintf(err, KEYAUTH_ERROR_MAX, "the signature is not valid");
        return -1;
    }

    if (trusted != NULL
        && CRYPTO_memcmp(trusted, h->public_key, KEYAUTH_KEY_SIZE) != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the file is signed with a key that is not trusted");
        return -1;
    }

    return 0;
}


static int
keyauth_signature_valid(const keyauth_file_header_t *h)
{
    int          valid;
    char         text[sizeof(KEYAUTH_SIGNED_PREFIX) - 1 + sizeof(h->digest)];
    EVP_PKEY    *key;
    EVP_MD_CTX  *ctx;

    memcpy(text, KEYAUTH_SIGNED_PREFIX, sizeof(KEYAUTH_SIGNED_PREFIX) - 1);
    memcpy(text + sizeof(KEYAUTH_SIGNED_PREFIX) - 1, h->digest,
           sizeof(h->digest));

    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, h->public_key,
                                      sizeof(h->public_key));
    ctx = EVP_MD_CTX_new();

    valid = key != NULL && ctx != NULL
            && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1
            && EVP_DigestVerify(ctx, h->signature, sizeof(h->signature),
                                (const unsigned char *) text, sizeof(text))
               == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);

    return valid;
}


int
keyauth_signature_trusted_key(uint8_t key[KEYAUTH_KEY_SIZE], const char *path,
    char *err)
{
    int        valid;
    FILE      *f;
    size_t     len;
    EVP_PKEY  *pkey;

    f = fopen(path, "re");

    if (f == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "open() \"%s\" failed (%s)", path,
                 strerror(errno));
        return -1;
    }

    pkey = PEM_read_PUBKEY(f, NULL, NULL, NULL);
    fclose(f);

    len = KEYAUTH_KEY_SIZE;
    valid = pkey != NULL && EVP_PKEY_get_id(pkey) == EVP_PKEY_ED25519
            && EVP_PKEY_get_raw_public_key(pkey, key, &len) == 1
            && len == KEYAUTH_KEY_SIZE;

    EVP_PKEY_free(pkey);

    if (!valid) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "\"%s\" is not an Ed25519 public key in PEM", path);
        return -1;
    }

    return 0;
}
