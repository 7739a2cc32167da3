/*
 * What the fuzzers share.
 */


#ifndef KEYAUTH_FUZZ_H_INCLUDED
#define KEYAUTH_FUZZ_H_INCLUDED


#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define fuzz_assert(x)                                                        \
    do {                                                                      \
        if (!(x)) {                                                           \
            fprintf(stderr, "line %d: %s\n", __LINE__, #x);                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* a copy of its own, to be freed: the fuzzer's may have room behind it */
static inline void *
fuzz_copy(const uint8_t *data, size_t size)
{
    void  *p;

    fuzz_assert(posix_memalign(&p, 64, size ? size : 1) == 0);

    if (size) {
        memcpy(p, data, size);
    }

    return p;
}


#endif /* KEYAUTH_FUZZ_H_INCLUDED */
