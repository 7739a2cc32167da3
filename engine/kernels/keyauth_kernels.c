/*
 * The choice among the kernels: see keyauth_kernels.h.
 */


#include "keyauth_kernels.h"


extern const keyauth_kernels_t  keyauth_kernels_base;

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
