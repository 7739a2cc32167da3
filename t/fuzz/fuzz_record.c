/*
 * Fuzzes the store's sealed records.  The first byte says what the others are:
 * a sealed value as somebody may have written it, or a plain record, which is
 * sealed here, so that what is behind the tag is reached; or which is changed
 * after that, at the byte that the second and third ones name.
 */


#include "fuzz.h"

#include "keyauth_live.h"
#include "keyauth_store_file.h"


static void fuzz_sealed(const uint8_t *data, size_t size);
static void fuzz_plain(const uint8_t *data, size_t size);
static void fuzz_changed(const uint8_t *data, size_t size);
static uint8_t *fuzz_seal(const uint8_t *data, size_t size);
static int fuzz_open(const uint8_t *sealed, size_t size,
    keyauth_store_record_t *record);


static keyauth_store_side_t  side;
static uint8_t               name[KEYAUTH_STORE_NAMES] = { 't' };


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const keyauth_store_key_t  key = { { 1, 2, 3 } };

    (void) argc;
    (void) argv;

    fuzz_assert(keyauth_sealer_open(&side.sealer, &key) == 0);

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }

    switch (data[0] % 3) {

    case 0:
        fuzz_sealed(data + 1, size - 1);
        break;

    case 1:
        fuzz_plain(data + 1, size - 1);
        break;

    default:
        fuzz_changed(data + 1, size - 1);
    }

    return 0;
}


/* nobody guesses a tag */

static void
fuzz_sealed(const uint8_t *data, size_t size)
{
    uint8_t                 *sealed;
    keyauth_store_record_t   record;

    sealed = fuzz_copy(data, size);
    fuzz_assert(fuzz_open(sealed, size, &record) == -1);
    free(sealed);
}


static void
fuzz_plain(const uint8_t *data, size_t size)
{
    uint8_t                 *sealed, again[KEYAUTH_STORE_PLAIN_MAX];
    keyauth_store_record_t   record;
    keyauth_live_template_t  t;

    if (size > KEYAUTH_STORE_PLAIN_MAX) {
        return;
    }

    sealed = fuzz_seal(data, size);

    if (fuzz_open(sealed, size + KEYAUTH_SEAL_MORE, &record) == 0) {
        fuzz_assert(record.name.user_len <= KEYAUTH_LABEL_MAX);
        fuzz_assert(record.name.phrase_len <= KEYAUTH_PHRASE_MAX);
        fuzz_assert(record.size <= KEYAUTH_STORE_TEMPLATE_MAX);
        fuzz_assert(record.bytes + record.size == side.plain + size);
        fuzz_assert(keyauth_store_plain_write(&record, again) == size);
        fuzz_assert(memcmp(again, data, size) == 0);
        (void) keyauth_live_read(&t, record.bytes, record.size);
    }

    free(sealed);
}


static void
fuzz_changed(const uint8_t *data, size_t size)
{
    size_t                   at, len;
    uint8_t                 *sealed;
    keyauth_store_record_t   record;

    if (size < 3 || size - 3 > KEYAUTH_STORE_PLAIN_MAX) {
        return;
    }

    len = size - 3 + KEYAUTH_SEAL_MORE;
    at = (data[0] | (size_t) data[1] << 8) % len;
    sealed = fuzz_seal(data + 3, size - 3);

    fuzz_assert(fuzz_open(sealed, at, &record) == -1);
    name[1] ^= 1;
    fuzz_assert(fuzz_open(sealed, len, &record) == -1);
    name[1] ^= 1;
    sealed[at] ^= data[2] ? data[2] : 1;
    fuzz_assert(fuzz_open(sealed, len, &record) == -1);

    free(sealed);
}


/* with a nonce of zeros, so that an input is always the same */

static uint8_t *
fuzz_seal(const uint8_t *data, size_t size)
{
    uint8_t  *sealed;

    sealed = calloc(1, size + KEYAUTH_SEAL_MORE);
    fuzz_assert(sealed != NULL);
    sealed[0] = KEYAUTH_SEAL_VERSION;
    fuzz_assert(keyauth_sealer_encrypt(&side.sealer, sealed + 1, name,
                                       sizeof(name), data, size,
                                       sealed + KEYAUTH_SEAL_HEAD)
                == 0);

    return sealed;
}


static int
fuzz_open(const uint8_t *sealed, size_t size, keyauth_store_record_t *record)
{
    uint8_t  *copy;
    int       rc;
    MDB_val   key, value;

    copy = fuzz_copy(sealed, size);
    key.mv_data = name;
    key.mv_size = sizeof(name);
    value.mv_data = copy;
    value.mv_size = size;
    rc = keyauth_store_unseal(&side, &key, &value, record);
    free(copy);

    return rc;
}
