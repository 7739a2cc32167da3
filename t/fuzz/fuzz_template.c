/*
 * Fuzzes the stored form of LIVE's templates: what is read is written as it
 * was, and may be sketched.
 */


#include "fuzz.h"

#include "keyauth_live.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t                  *bytes, sketch[KEYAUTH_LIVE_SKETCH];
    uint8_t                   again[KEYAUTH_LIVE_BYTES_MAX];
    keyauth_live_template_t   t;

    bytes = fuzz_copy(data, size);

    if (keyauth_live_read(&t, bytes, size) == 0) {
        fuzz_assert(keyauth_live_write(&t, again) == size);
        fuzz_assert(memcmp(again, bytes, size) == 0);
        keyauth_live_sketch(&t, sketch);
        fuzz_assert(sketch[0] == t.keys);
        fuzz_assert(keyauth_live_rollback(&t, 0) <= KEYAUTH_LIVE_ROWS_MAX);
    }

    free(bytes);

    return 0;
}
