/*
 * The kernels for any processor, and the choice among all.
 */


#define KEYAUTH_KERNELS     keyauth_kernels_base
#define KEYAUTH_ISA         "base"
#define KEYAUTH_USABLE      1
#define KEYAUTH_SIMD_BYTES  16

#include "keyauth_kernels_loops.h"


#if defined(__x86_64__)
extern const keyauth_kernels_t  keyauth_kernels_avx512;
extern const keyauth_kernels_t  keyauth_kernels_avx2;
#endif


const keyauth_kernels_t *const keyauth_kernels_all[] = {
#if defined(__x86_64__)
    &keyauth_kernels_avx512,
    &keyauth_kernels_avx2,
#endif
    &keyauth_kernels_base,
    NULL
};


const keyauth_kernels_t *
keyauth_kernels_best(void)
{
    const keyauth_kernels_t *const  *k;

    for (k = keyauth_kernels_all; !(*k)->usable(); k++) {
        /* void */
    }

    return *k;
}
