/*
 * The kernels for AVX-512.
 */


#if defined(__x86_64__)

#define KEYAUTH_KERNELS     keyauth_kernels_avx512
#define KEYAUTH_ISA         "avx512"
#define KEYAUTH_TARGET      "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"
#define KEYAUTH_USABLE      (__builtin_cpu_supports("avx512f")                 \
                             && __builtin_cpu_supports("avx512bw")             \
                             && __builtin_cpu_supports("avx512dq")             \
                             && __builtin_cpu_supports("avx512vl")             \
                             && __builtin_cpu_supports("fma"))
#define KEYAUTH_SIMD_BYTES  64

#include "keyauth_kernels_loops.h"

#else

typedef int  keyauth_kernels_avx512_t;      /* a file may not be empty */

#endif
