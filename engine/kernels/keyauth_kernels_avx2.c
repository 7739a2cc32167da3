/*
 * The kernels for AVX2.
 */


#if defined(__x86_64__)

#define KEYAUTH_KERNELS     keyauth_kernels_avx2
#define KEYAUTH_ISA         "avx2"
#define KEYAUTH_TARGET      "avx2,fma"
#define KEYAUTH_USABLE      (__builtin_cpu_supports("avx2")                    \
                             && __builtin_cpu_supports("fma"))
#define KEYAUTH_SIMD_BYTES  32

#include "keyauth_kernels_loops.h"

#else

typedef int  keyauth_kernels_avx2_t;      /* a file may not be empty */

#endif
