/*
 * The models' inner loops, once for each instruction set.
 *
 * keyauth_kernels_loops.h is plain C on the compiler's vector types.  It is
 * compiled three times (keyauth_kernels_avx512.c, _avx2.c, _base.c), not by
 * target_clones: what GCC makes of vectors wider than the target's own is
 * slow, so each build has its width.
 */


#ifndef KEYAUTH_KERNELS_H_INCLUDED
#define KEYAUTH_KERNELS_H_INCLUDED


#include "keyauth_kernel_table.h"


/* best first, ends with NULL; the last is always usable */
extern const keyauth_kernels_t *const keyauth_kernels_all[];

/* the best that this processor has */
const keyauth_kernels_t *keyauth_kernels_best(void);


#endif /* KEYAUTH_KERNELS_H_INCLUDED */
