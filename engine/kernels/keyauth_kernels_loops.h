/*
 * The models' inner loops: see keyauth_kernels.h.  Included by the files
 * that compile it, with KEYAUTH_KERNELS, the table's name; KEYAUTH_ISA, the
 * name it reports; KEYAUTH_TARGET, the instructions (the compiler's own where
 * it is not defined); KEYAUTH_USABLE, whether the processor has them; and
 * KEYAUTH_SIMD_BYTES, the width of a vector.
 */


#ifdef KEYAUTH_TARGET
#define KEYAUTH_KERNEL  __attribute__((target(KEYAUTH_TARGET)))
#else
#define KEYAUTH_KERNEL
#endif

/*
 * The rest of the engine is compiled without fused multiply-adds, to round as
 * libsvm does.  Here they are welcome: the SVM's bound holds with and without,
 * XGB multiplies nothing.
 */
#ifndef __clang__
#pragma GCC optimize ("fp-contract=fast")
#endif

#include "keyauth_kernel_fusion.h"
#include "keyauth_kernel_grove.h"
#include "keyauth_kernel_live.h"
#include "keyauth_kernel_svm.h"
#include "keyauth_kernel_xgb.h"


extern const keyauth_kernels_t  KEYAUTH_KERNELS;


static int
keyauth_kernels_usable(void)
{
    return KEYAUTH_USABLE;
}


const keyauth_kernels_t  KEYAUTH_KERNELS = {
    KEYAUTH_ISA,
    keyauth_kernels_usable,
    keyauth_kernel_svm_distances,
    keyauth_kernel_svm_votes,
    keyauth_kernel_xgb_ranks,
    keyauth_kernel_xgb_margins,
    keyauth_kernel_tops,
    keyauth_kernel_parzen,
    keyauth_kernel_logs,
    keyauth_kernel_softmax,
    keyauth_kernel_live_intervals,
    keyauth_kernel_live_ground,
    keyauth_kernel_live_compare
};
