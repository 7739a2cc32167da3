/*
 * Who vouches for a model file: its SHA-256 and its Ed25519 signature.
 */


#ifndef KEYAUTH_SIGNATURE_H_INCLUDED
#define KEYAUTH_SIGNATURE_H_INCLUDED


#include "keyauth_file.h"


#define KEYAUTH_KEY_SIZE       32       /* an Ed25519 public key */
#define KEYAUTH_SIGNED_PREFIX  "keyauth model signature v1\n"


/* the SHA-256 of a whole file, as keyauth_file.h defines it; -1: no memory */
int keyauth_signature_digest(const void *data, size_t size,
    uint8_t digest[32]);

/*
 * The signature, where there is one, must be valid for the header's digest;
 * where trusted is not NULL there must be one, by that key.
 */
int keyauth_signature_check(const keyauth_file_header_t *h,
    const uint8_t *trusted, char *err);

/* reads an Ed25519 public key in PEM (as `openssl pkey -pubout` writes) */
int keyauth_signature_trusted_key(uint8_t key[KEYAUTH_KEY_SIZE],
    const char *path, char *err);


#endif /* KEYAUTH_SIGNATURE_H_INCLUDED */
