/*
 * The key of a store: its file, the names and the seals that are made with it.
 */


#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "keyauth_store_key.h"


static char                 folder[] = "/tmp/keyauth-key-XXXXXX";
static char                 err[KEYAUTH_ERROR_MAX];
static keyauth_store_key_t  key = { { 1, 2, 3 } };


/* https://c2sp.org/XAES-256-GCM, test vectors: both values of a key's MSB */

static void
test_vector(void **state)
{
    size_t            i, more;
    uint8_t           k[32], out[64];
    keyauth_sealer_t  s;

    static const char  aad[] = "c2sp.org/XAES-256-GCM";
    static const struct {
        uint8_t        key;
        const char    *more;
        uint8_t        sealed[28];
    } vectors[] = {
        { 1, "", {
            0xce, 0x54, 0x6e, 0xf6, 0x3c, 0x9c, 0xc6, 0x07, 0x65, 0x92, 0x36,
            0x09, 0xb3, 0x3a, 0x9a, 0x19, 0x74, 0xe9, 0x6e, 0x52, 0xda, 0xf2,
            0xfc, 0xf7, 0x07, 0x5e, 0x22, 0x71
        } },
        { 3, aad, {
            0x98, 0x6e, 0xc1, 0x83, 0x25, 0x93, 0xdf, 0x54, 0x43, 0xa1, 0x79,
            0x43, 0x7f, 0xd0, 0x83, 0xbf, 0x3f, 0xdb, 0x41, 0xab, 0xd7, 0x40,
            0xa2, 0x1f, 0x71, 0xeb, 0x76, 0x9d
        } }
    };

    (void) state;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        memset(k, vectors[i].key, sizeof(k));
        more = strlen(vectors[i].more);
        assert_int_equal(keyauth_sealer_init(&s, k), 0);
        assert_int_equal(keyauth_sealer_encrypt(&s, (const uint8_t *)
                                                "ABCDEFGHIJKLMNOPQRSTUVWX",
                                                (const uint8_t *)
                                                vectors[i].more, more,
                                                (const uint8_t *)
                                                "XAES-256-GCM", 12, out), 0);
        assert_memory_equal(out, vectors[i].sealed,
                            sizeof(vectors[i].sealed));
        keyauth_sealer_close(&s);
    }
}


/*
 * The same page's 10,000 random ones: keys, nonces, texts and data are what
 * SHAKE128 gives of nothing, and of all that is sealed SHAKE128 gives this.
 */

static void
test_vectors(void **state)
{
    int                i;
    size_t             len, more;
    uint8_t           *p, text[256], opened[256], out[256 + KEYAUTH_SEAL_MORE];
    uint8_t            digest[32];
    EVP_MD_CTX        *md;
    keyauth_sealer_t   s;

    static uint8_t        stream[10000 * (32 + 24 + 2 * 256)];
    static const uint8_t  expected[32] = {
        0xe6, 0xb9, 0xed, 0xf2, 0xdf, 0x6c, 0xec, 0x60, 0xc8, 0xcb, 0xd8,
        0x64, 0xe2, 0x21, 0x1b, 0x59, 0x7f, 0xb6, 0x9a, 0x52, 0x91, 0x60,
        0xcd, 0x04, 0x0d, 0x56, 0xc0, 0xc2, 0x10, 0x08, 0x19, 0x39
    };

    (void) state;

    md = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestInit_ex(md, EVP_shake128(), NULL), 1);
    assert_int_equal(EVP_DigestFinalXOF(md, stream, sizeof(stream)), 1);
    assert_int_equal(EVP_DigestInit_ex(md, EVP_shake128(), NULL), 1);
    p = stream;

    for (i = 0; i < 10000; i++) {
        assert_int_equal(keyauth_sealer_init(&s, p), 0);
        memcpy(out + 1, p + 32, KEYAUTH_SEAL_NONCE);
        out[0] = KEYAUTH_SEAL_VERSION;
        p += 32 + KEYAUTH_SEAL_NONCE;
        len = *p++;
        memcpy(text, p, len);
        p += len;
        more = *p++;

        assert_int_equal(keyauth_sealer_encrypt(&s, out + 1, p, more, text,
                                                len, out + KEYAUTH_SEAL_HEAD),
                         0);
        assert_int_equal(keyauth_sealer_unseal(&s, p, more, out,
                                               len + KEYAUTH_SEAL_MORE,
                                               opened), 0);
        assert_memory_equal(opened, text, len);
        EVP_DigestUpdate(md, out + KEYAUTH_SEAL_HEAD, len + KEYAUTH_SEAL_TAG);
        p += more;
        keyauth_sealer_close(&s);
    }

    assert_int_equal(EVP_DigestFinalXOF(md, digest, sizeof(digest)), 1);
    assert_memory_equal(digest, expected, sizeof(digest));
    EVP_MD_CTX_free(md);
}


/* RFC 2104 as libcrypto has it, and names that do not run together */

static void
test_names(void **state)
{
    uint8_t           a[16], b[16], names[32], full[32], text[300];
    keyauth_sealer_t  s;

    (void) state;

    assert_int_equal(keyauth_sealer_open(&s, &key), 0);
    assert_int_equal(keyauth_store_key_derive(&key, "keyauth store names 1",
                                              NULL, 0, names), 0);

    memset(text, 'x', sizeof(text));
    text[0] = 'u';
    keyauth_sealer_name(&s, 'u', (char *) text + 1, 100, a);

    {
        keyauth_store_key_t  k;

        memcpy(k.bytes, names, 32);
        assert_int_equal(keyauth_store_key_derive(&k, "", text, 101, full),
                         0);
    }

    assert_memory_equal(a, full, 16);
    keyauth_sealer_name(&s, 'p', (char *) text + 1, 100, b);
    assert_memory_not_equal(a, b, 16);
    keyauth_sealer_close(&s);
}


static void
test_key_files(void **state)
{
    int                  fd;
    char                 line[KEYAUTH_STORE_KEY_TEXT + 1], path[64];
    keyauth_store_key_t  k;

    (void) state;

    snprintf(path, sizeof(path), "%s/key", folder);
    assert_int_equal(keyauth_store_key_make(line), 0);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, line, strlen(line)), (ssize_t) strlen(line));
    assert_int_equal(keyauth_store_key_open(&k, path, err), 0);

    assert_int_equal(fchmod(fd, 0640), 0);
    assert_int_equal(keyauth_store_key_open(&k, path, err), -1);
    assert_non_null(strstr(err, "chmod go-rwx"));

    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(keyauth_store_key_open(&k, path, err), -1);
    assert_int_equal(ftruncate(fd, 50), 0);
    assert_int_equal(keyauth_store_key_open(&k, path, err), -1);
    assert_non_null(strstr(err, "holds no store key"));
    close(fd);
    assert_int_equal(unlink(path), 0);
}


int
main(void)
{
    int  rc;

    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_vector),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_key_files)
    };

    if (mkdtemp(folder) == NULL) {
        return 1;
    }

    rc = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);

    return rc;
}
