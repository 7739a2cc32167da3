/*
 * The kernels for any processor.
 */


#define KEYAUTH_KERNELS     keyauth_kernels_base
#define KEYAUTH_ISA         "base"
#define KEYAUTH_USABLE      1
#define KEYAUTH_SIMD_BYTES  16

#include "keyauth_kernels_loops.h"
