/*
 * The key of a store: what it is read from, and what is made with it.
 *
 * A key file has one line, "keyauth-store-key-1:" and 64 hex digits.  From
 * these 256 bits come, by HMAC-SHA256, a key for names and one for values.
 *
 * Names become keyed digests.  Values are sealed with XAES-256-GCM
 * (https://c2sp.org/XAES-256-GCM): AES-256-GCM under a key and a nonce that
 * come from 192 random bits, so that nonces may be random however many values
 * are sealed.
 */


#ifndef KEYAUTH_STORE_KEY_H_INCLUDED
#define KEYAUTH_STORE_KEY_H_INCLUDED


#include <openssl/evp.h>

#include "keyauth.h"


#define KEYAUTH_STORE_KEY_PREFIX  "keyauth-store-key-1:"
#define KEYAUTH_STORE_KEY_SIZE    32
#define KEYAUTH_STORE_KEY_TEXT                                                \
    (sizeof(KEYAUTH_STORE_KEY_PREFIX) - 1 + 2 * KEYAUTH_STORE_KEY_SIZE + 1)

#define KEYAUTH_STORE_DIGEST      16    /* bytes of a name's digest */

/* what sealing adds: the format's version, the nonce, the tag */
#define KEYAUTH_SEAL_VERSION      1
#define KEYAUTH_SEAL_NONCE        24
#define KEYAUTH_SEAL_TAG          16
#define KEYAUTH_SEAL_HEAD         (1 + KEYAUTH_SEAL_NONCE)
#define KEYAUTH_SEAL_MORE         (KEYAUTH_SEAL_HEAD + KEYAUTH_SEAL_TAG)


/* secret: cleanse it when it is no longer needed */
typedef struct {
    uint8_t  bytes[KEYAUTH_STORE_KEY_SIZE];
} keyauth_store_key_t;


/*
 * For one thread at a time.  Nothing here allocates once it is made, but
 * libcrypto.
 */
typedef struct {
    EVP_CIPHER_CTX  *block;             /* AES-256: derives keys */
    EVP_CIPHER_CTX  *seal;
    EVP_CIPHER_CTX  *open;
    uint8_t          mask[16];          /* K1 of CMAC */
    uint32_t         inner[8];          /* SHA-256 behind the names' pads */
    uint32_t         outer[8];

    /* the last phrase, which most claims have in common */
    char             phrase[KEYAUTH_PHRASE_MAX];
    size_t           phrase_len;
    uint8_t          phrase_digest[KEYAUTH_STORE_DIGEST];
} keyauth_sealer_t;


/*
 * Reads a key file that none but its owner may read, who is root or the
 * caller.
 */
int keyauth_store_key_open(keyauth_store_key_t *key, const char *path,
    char *err);

/* a new key, and the line of its file with a NUL; -1: no random numbers */
int keyauth_store_key_make(char line[KEYAUTH_STORE_KEY_TEXT + 1]);

/* HMAC-SHA256 of the key and a text: a check that gives nothing away */
int keyauth_store_key_derive(const keyauth_store_key_t *key,
    const char *purpose, const uint8_t *data, size_t len, uint8_t out[32]);


/* -1: no memory; keyauth_sealer_close() is due either way */
int keyauth_sealer_open(keyauth_sealer_t *s, const keyauth_store_key_t *key);

void keyauth_sealer_close(keyauth_sealer_t *s);

/* a name's keyed digest; kind keeps the names of phrases and people apart */
void keyauth_sealer_name(const keyauth_sealer_t *s, char kind,
    const char *name, size_t len, uint8_t digest[KEYAUTH_STORE_DIGEST]);

/* that of a phrase, kept until the next one */
void keyauth_sealer_phrase(keyauth_sealer_t *s, const char *phrase,
    size_t len, uint8_t digest[KEYAUTH_STORE_DIGEST]);

/*
 * Seals len bytes into out[len + KEYAUTH_SEAL_MORE], bound to the key of their
 * record; returns 0, or -1 without random numbers.
 */
int keyauth_sealer_seal(keyauth_sealer_t *s, const uint8_t *record,
    size_t record_len, const uint8_t *plain, size_t len, uint8_t *out);

/*
 * Opens what was sealed, into plain[len - KEYAUTH_SEAL_MORE]; -1: it is
 * damaged, of another record or of another key.
 */
int keyauth_sealer_unseal(keyauth_sealer_t *s, const uint8_t *record,
    size_t record_len, const uint8_t *sealed, size_t len, uint8_t *plain);


/* the same with a given nonce, for the test of the standard's vectors */
int keyauth_sealer_encrypt(keyauth_sealer_t *s,
    const uint8_t nonce[KEYAUTH_SEAL_NONCE], const uint8_t *more,
    size_t more_len, const uint8_t *plain, size_t len, uint8_t *out);

/* a sealer of a key as it is, for the same test */
int keyauth_sealer_init(keyauth_sealer_t *s, const uint8_t key[32]);


#endif /* KEYAUTH_STORE_KEY_H_INCLUDED */
