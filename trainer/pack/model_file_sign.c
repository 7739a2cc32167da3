/*
 * Signing model files: see model_file.h.
 */


#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_model.h"
#include "model_file.h"


static EVP_PKEY *keyauth_sign_key(const char *path, char *err);


static EVP_PKEY *
keyauth_sign_key(const char *path, char *err)
{
    FILE      *f;
    EVP_PKEY  *key;

    f = fopen(path, "r");

    if (f == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be opened: %s", path,
                 strerror(errno));
        return NULL;
    }

    key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    fclose(f);

    if (key == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: no private key in PEM",
                 path);
        return NULL;
    }

    if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: not an Ed25519 key (make "
                 "one with `openssl genpkey -algorithm ed25519`)", path);
        EVP_PKEY_free(key);
        return NULL;
    }

    return key;
}


int
keyauth_image_sign(keyauth_image_t *image, const char *path, char *err)
{
    int                     ok;
    size_t                  n, size;
    uint8_t                 text[sizeof(KEYAUTH_SIGNED_PREFIX) - 1 + 32];
    EVP_PKEY               *key;
    EVP_MD_CTX             *ctx;
    keyauth_file_header_t   header;

    key = keyauth_sign_key(path, err);

    if (key == NULL) {
        return -1;
    }

    /* the digest is over the key too */
    memcpy(&header, image->data, sizeof(header));
    n = sizeof(header.public_key);
    ok = EVP_PKEY_get_raw_public_key(key, header.public_key, &n) == 1;
    memcpy(image->data, &header, sizeof(header));
    ok = ok && keyauth_signature_digest(image->data, image->size,
                                        header.digest) == 0;

    n = sizeof(KEYAUTH_SIGNED_PREFIX) - 1;
    memcpy(text, KEYAUTH_SIGNED_PREFIX, n);
    memcpy(text + n, header.digest, 32);

    ctx = EVP_MD_CTX_new();
    size = sizeof(header.signature);

    ok = ok && ctx != NULL
         && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1
         && EVP_DigestSign(ctx, header.signature, &size, text, sizeof(text))
            == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);

    if (!ok) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: signing failed", path);
        return -1;
    }

    memcpy(image->data, &header, sizeof(header));

    return 0;
}
