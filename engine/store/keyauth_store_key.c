/*
 * The key of a store: see keyauth_store_key.h.
 */


/* SHA256_Transform(): HMAC of a short name costs half of libcrypto's own */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyauth_store_key.h"


#define KEYAUTH_SEAL_GCM_NONCE  12


static int keyauth_store_key_read(keyauth_store_key_t *key, int fd,
    const char *path, char *err);
static int keyauth_store_key_hex(char c);
static int keyauth_sealer_names(keyauth_sealer_t *s, const uint8_t key[32]);
static int keyauth_sealer_subkey(keyauth_sealer_t *s, const uint8_t *nonce,
    uint8_t key[32]);


int
keyauth_store_key_open(keyauth_store_key_t *key, const char *path, char *err)
{
    int  fd, rc;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1) {
        snprintf(err, KEYAUTH_ERROR_MAX, "open() \"%.200s\" failed (%s)",
                 path, strerror(errno));
        return -1;
    }

    rc = keyauth_store_key_read(key, fd, path, err);
    close(fd);

    return rc;
}


static int
keyauth_store_key_read(keyauth_store_key_t *key, int fd, const char *path,
    char *err)
{
    int          i, hi, lo;
    char         text[KEYAUTH_STORE_KEY_TEXT + 1], *p;
    ssize_t      n;
    struct stat  st;

    if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" is not a file", path);
        return -1;
    }

    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" is open to its group or "
                 "to others (chmod go-rwx)", path);
        return -1;
    }

    if (st.st_uid != 0 && st.st_uid != geteuid() && geteuid() != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" belongs neither to root "
                 "nor to the user who reads it", path);
        return -1;
    }

    memset(text, 0, sizeof(text));
    n = read(fd, text, KEYAUTH_STORE_KEY_TEXT);
    p = text + sizeof(KEYAUTH_STORE_KEY_PREFIX) - 1;
    lo = -1;

    if (n == (ssize_t) KEYAUTH_STORE_KEY_TEXT && st.st_size == n
        && memcmp(text, KEYAUTH_STORE_KEY_PREFIX, (size_t) (p - text)) == 0
        && text[n - 1] == '\n')
    {
        for (i = 0; i < KEYAUTH_STORE_KEY_SIZE; i++) {
            hi = keyauth_store_key_hex(*p++);
            lo = keyauth_store_key_hex(*p++);

            if (hi == -1 || lo == -1) {
                lo = -1;
                break;
            }

            key->bytes[i] = (uint8_t) (hi << 4 | lo);
        }
    }

    OPENSSL_cleanse(text, sizeof(text));

    if (lo == -1) {
        OPENSSL_cleanse(key, sizeof(*key));
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" holds no store key "
                 "(keyauth key store makes one)", path);
        return -1;
    }

    return 0;
}


static int
keyauth_store_key_hex(char c)
{
    return (c >= '0' && c <= '9') ? c - '0'
         : (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}


int
keyauth_store_key_make(char line[KEYAUTH_STORE_KEY_TEXT + 1])
{
    int      i;
    char    *p;
    uint8_t  random[KEYAUTH_STORE_KEY_SIZE];

    static const char  hex[] = "0123456789abcdef";

    if (RAND_priv_bytes(random, sizeof(random)) != 1) {
        return -1;
    }

    p = strcpy(line, KEYAUTH_STORE_KEY_PREFIX);
    p += strlen(p);

    for (i = 0; i < KEYAUTH_STORE_KEY_SIZE; i++) {
        *p++ = hex[random[i] >> 4];
        *p++ = hex[random[i] & 15];
    }

    *p++ = '\n';
    *p = '\0';

    OPENSSL_cleanse(random, sizeof(random));

    return 0;
}


int
keyauth_store_key_derive(const keyauth_store_key_t *key, const char *purpose,
    const uint8_t *data, size_t len, uint8_t out[32])
{
    size_t   n;
    uint8_t  text[128];

    n = strlen(purpose);

    if (n + len > sizeof(text)) {
        return -1;
    }

    memcpy(text, purpose, n);

    if (len > 0) {
        memcpy(text + n, data, len);
    }

    return HMAC(EVP_sha256(), key->bytes, sizeof(key->bytes), text, n + len,
                out, NULL)
           != NULL ? 0 : -1;
}


int
keyauth_sealer_open(keyauth_sealer_t *s, const keyauth_store_key_t *key)
{
    int      rc;
    uint8_t  names[32], values[32];

    memset(s, 0, sizeof(*s));

    rc = keyauth_store_key_derive(key, "keyauth store names 1", NULL, 0,
                                  names);
    rc |= keyauth_store_key_derive(key, "keyauth store values 1", NULL, 0,
                                   values);
    rc |= keyauth_sealer_init(s, values);
    rc |= keyauth_sealer_names(s, names);

    OPENSSL_cleanse(names, sizeof(names));
    OPENSSL_cleanse(values, sizeof(values));

    return rc ? -1 : 0;
}


int
keyauth_sealer_init(keyauth_sealer_t *s, const uint8_t key[32])
{
    int      i, n, msb;
    uint8_t  zero[16];

    memset(s, 0, sizeof(*s));
    memset(zero, 0, sizeof(zero));

    s->block = EVP_CIPHER_CTX_new();
    s->seal = EVP_CIPHER_CTX_new();
    s->open = EVP_CIPHER_CTX_new();

    if (s->block == NULL || s->seal == NULL || s->open == NULL
        || EVP_EncryptInit_ex(s->block, EVP_aes_256_ecb(), NULL, key, NULL)
           != 1
        || EVP_CIPHER_CTX_set_padding(s->block, 0) != 1
        || EVP_EncryptInit_ex(s->seal, EVP_aes_256_gcm(), NULL, NULL, NULL)
           != 1
        || EVP_DecryptInit_ex(s->open, EVP_aes_256_gcm(), NULL, NULL, NULL)
           != 1
        || EVP_EncryptUpdate(s->block, s->mask, &n, zero, sizeof(zero)) != 1)
    {
        return -1;
    }

    /* K1 of CMAC (RFC 4493): doubled in GF(2^128) */

    msb = s->mask[0] >> 7;

    for (i = 0; i < 15; i++) {
        s->mask[i] = (uint8_t) (s->mask[i] << 1 | s->mask[i + 1] >> 7);
    }

    s->mask[15] = (uint8_t) (s->mask[15] << 1 ^ (msb ? 0x87 : 0));

    return 0;
}


/* HMAC's two pads come first in each digest: they are digested once */

static int
keyauth_sealer_names(keyauth_sealer_t *s, const uint8_t key[32])
{
    int         i;
    uint8_t     pad[SHA256_CBLOCK];
    SHA256_CTX  sha;

    for (i = 0; i < SHA256_CBLOCK; i++) {
        pad[i] = (i < 32 ? key[i] : 0) ^ 0x36;
    }

    SHA256_Init(&sha);
    SHA256_Transform(&sha, pad);
    memcpy(s->inner, sha.h, sizeof(s->inner));

    for (i = 0; i < SHA256_CBLOCK; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }

    SHA256_Init(&sha);
    SHA256_Transform(&sha, pad);
    memcpy(s->outer, sha.h, sizeof(s->outer));

    OPENSSL_cleanse(pad, sizeof(pad));
    OPENSSL_cleanse(&sha, sizeof(sha));

    return 0;
}


void
keyauth_sealer_close(keyauth_sealer_t *s)
{
    EVP_CIPHER_CTX_free(s->block);
    EVP_CIPHER_CTX_free(s->seal);
    EVP_CIPHER_CTX_free(s->open);
    OPENSSL_cleanse(s, sizeof(*s));
}


void
keyauth_sealer_name(const keyauth_sealer_t *s, char kind, const char *name,
    size_t len, uint8_t digest[KEYAUTH_STORE_DIGEST])
{
    uint8_t     full[SHA256_DIGEST_LENGTH];
    SHA256_CTX  sha;

    SHA256_Init(&sha);
    memcpy(sha.h, s->inner, sizeof(s->inner));
    sha.Nl = 8 * SHA256_CBLOCK;
    SHA256_Update(&sha, &kind, 1);
    SHA256_Update(&sha, name, len);
    SHA256_Final(full, &sha);

    SHA256_Init(&sha);
    memcpy(sha.h, s->outer, sizeof(s->outer));
    sha.Nl = 8 * SHA256_CBLOCK;
    SHA256_Update(&sha, full, sizeof(full));
    SHA256_Final(full, &sha);

    memcpy(digest, full, KEYAUTH_STORE_DIGEST);
}


void
keyauth_sealer_phrase(keyauth_sealer_t *s, const char *phrase, size_t len,
    uint8_t digest[KEYAUTH_STORE_DIGEST])
{
    if (len != s->phrase_len || len == 0
        || memcmp(phrase, s->phrase, len) != 0)
    {
        keyauth_sealer_name(s, 'p', phrase, len, s->phrase_digest);
        s->phrase_len = (len <= KEYAUTH_PHRASE_MAX) ? len : 0;
        memcpy(s->phrase, phrase, s->phrase_len);
    }

    memcpy(digest, s->phrase_digest, KEYAUTH_STORE_DIGEST);
}


/* CMAC of two counters, 'X' and the nonce's first half */

static int
keyauth_sealer_subkey(keyauth_sealer_t *s, const uint8_t *nonce,
    uint8_t key[32])
{
    int      i, n;
    uint8_t  m[32];

    for (i = 0; i < 2; i++) {
        m[16 * i] = 0;
        m[16 * i + 1] = (uint8_t) (i + 1);
        m[16 * i + 2] = 'X';
        m[16 * i + 3] = 0;
        memcpy(m + 16 * i + 4, nonce, 12);
    }

    for (i = 0; i < 32; i++) {
        m[i] ^= s->mask[i % 16];
    }

    return EVP_EncryptUpdate(s->block, key, &n, m, sizeof(m)) == 1 ? 0 : -1;
}


int
keyauth_sealer_encrypt(keyauth_sealer_t *s,
    const uint8_t nonce[KEYAUTH_SEAL_NONCE], const uint8_t *more,
    size_t more_len, const uint8_t *plain, size_t len, uint8_t *out)
{
    int      n, rc;
    uint8_t  key[32];

    rc = keyauth_sealer_subkey(s, nonce, key);

    if (rc != 0
        || EVP_EncryptInit_ex(s->seal, NULL, NULL, key,
                              nonce + KEYAUTH_SEAL_NONCE
                              - KEYAUTH_SEAL_GCM_NONCE)
           != 1
        || (more_len > 0
            && EVP_EncryptUpdate(s->seal, NULL, &n, more, (int) more_len)
               != 1)
        || EVP_EncryptUpdate(s->seal, out, &n, plain, (int) len) != 1
        || EVP_EncryptFinal_ex(s->seal, out + n, &n) != 1
        || EVP_CIPHER_CTX_ctrl(s->seal, EVP_CTRL_AEAD_GET_TAG,
                               KEYAUTH_SEAL_TAG, out + len)
           != 1)
    {
        rc = -1;
    }

    OPENSSL_cleanse(key, sizeof(key));

    return rc;
}


int
keyauth_sealer_seal(keyauth_sealer_t *s, const uint8_t *record,
    size_t record_len, const uint8_t *plain, size_t len, uint8_t *out)
{
    out[0] = KEYAUTH_SEAL_VERSION;

    if (RAND_bytes(out + 1, KEYAUTH_SEAL_NONCE) != 1) {
        return -1;
    }

    return keyauth_sealer_encrypt(s, out + 1, record, record_len, plain, len,
                                  out + KEYAUTH_SEAL_HEAD);
}


int
keyauth_sealer_unseal(keyauth_sealer_t *s, const uint8_t *record,
    size_t record_len, const uint8_t *sealed, size_t len, uint8_t *plain)
{
    int      n, rc;
    size_t   i;
    uint8_t  key[32], tag[KEYAUTH_SEAL_TAG];

    if (len < KEYAUTH_SEAL_MORE || len > INT32_MAX
        || sealed[0] != KEYAUTH_SEAL_VERSION)
    {
        return -1;
    }

    /* memory brings it while the key is made */

    for (i = KEYAUTH_SEAL_HEAD; i < len; i += 64) {
        __builtin_prefetch(sealed + i);
    }

    len -= KEYAUTH_SEAL_MORE;
    memcpy(tag, sealed + KEYAUTH_SEAL_HEAD + len, sizeof(tag));
    rc = keyauth_sealer_subkey(s, sealed + 1, key);

    if (rc != 0
        || EVP_DecryptInit_ex(s->open, NULL, NULL, key,
                              sealed + KEYAUTH_SEAL_HEAD
                              - KEYAUTH_SEAL_GCM_NONCE)
           != 1
        || EVP_CIPHER_CTX_ctrl(s->open, EVP_CTRL_AEAD_SET_TAG, sizeof(tag),
                               tag)
           != 1
        || EVP_DecryptUpdate(s->open, NULL, &n, record, (int) record_len)
           != 1
        || EVP_DecryptUpdate(s->open, plain, &n, sealed + KEYAUTH_SEAL_HEAD,
                             (int) len)
           != 1
        || EVP_DecryptFinal_ex(s->open, plain + n, &n) != 1)
    {
        rc = -1;
    }

    OPENSSL_cleanse(key, sizeof(key));

    return rc;
}
