/*
 * libsvm's C-SVC with an RBF kernel: K(s) = exp(-gamma * |x - s|^2), one
 * decision for every pair of classes, one vote each, and libsvm's tie rule
 * (the class that comes first).
 *
 * All pairs are decided in single precision with a bound on the error that
 * can have gathered; a pair too close to call is decided again in double, by
 * libsvm's own arithmetic in libsvm's own order.  So labels always equal
 * libsvm's.
 */


#ifndef KEYAUTH_SVM_H_INCLUDED
#define KEYAUTH_SVM_H_INCLUDED


#include "keyauth_kernel_table.h"


#define KEYAUTH_SVM_LANES    16
#define KEYAUTH_SVM_NOTHING  0x80000000u    /* two coefficients of 0 */
#define KEYAUTH_SVM_FAR      1e12f      /* a vector whose kernel is 0 */


/*
 * Classes lie in groups of 16 lanes.  The support vectors of a group's
 * classes fill `depth` slots of 16 lanes each, an even number: lane j of slot
 * t is the t-th vector of the group's class j.  Where a class has fewer, all of
 * the slot is KEYAUTH_SVM_FAR: sums of kernels go over all slots.
 *
 * A prediction reads every coefficient once, so that their size is what it
 * costs.  In a C-SVC they are between 0 and C for the first class of a pair
 * and between 0 and -C for the second, and most are 0 or C; so a magnitude is
 * kept as 16 bits, q / 65535 of the largest, which 0 and C are exactly.  Two
 * share 32 bits: the earlier vector's is the low half, that of the other less
 * 32768 the high half, as a signed number.
 *
 * Sections: "svm.head"; "svm.start" uint32_t[classes + 1], a class's first
 * support vector; "svm.vectors" double[vectors][8], libsvm's; "svm.coef"
 * double[classes - 1][vectors], libsvm's sv_coef; "svm.rho"
 * double[classes * (classes - 1) / 2], libsvm's order of pairs;
 * "svm.depth" uint32_t[groups]; "svm.slots" float[slots][8][16], the vectors
 * times sqrt(gamma); "svm.pairs" rows of 16 times 4 bytes, for each class i,
 * for each group g from i's own on: -rho against the group's classes, in the
 * unit that makes the largest coefficient 65535 * 65536 (float), then the
 * magnitudes of i's vectors against them (one row for two vectors of i), then
 * those of the group's vectors against i (one row for two slots of g).  Lanes
 * of classes <= i and beyond the last hold KEYAUTH_SVM_NOTHING, and -1e30 in
 * the rho row.
 */
typedef struct {
    uint32_t  classes;
    uint32_t  vectors;
    uint32_t  groups;
    uint32_t  slots;                    /* of all groups */
    double    gamma;
} keyauth_svm_head_t;


struct keyauth_svm_s {
    keyauth_svm_head_t  head;
    const uint32_t     *start;
    const double       *vectors;
    const double       *coef;
    const double       *rho;
    const uint32_t     *depth;
    const float        *slots;
    const float        *pairs;
    size_t              npairs;         /* rows of 16 in `pairs` */

    const keyauth_kernels_t  *kernels;
};


/* one prediction's working memory: views of the scratch */
struct keyauth_svm_work_s {
    float     *k;                       /* [slots][16], two K combined */
    float     *sum;                     /* [groups][16] of 2^31 K */
    float     *bound;                   /* [groups][16] */
    float     *decision;                /* [groups][16], of one class */
    int32_t   *votes;                   /* [groups][16] */
    double    *exact;                   /* [vectors], K in double */
    uint64_t  *stamp;                   /* [classes], prediction of `exact` */
    uint64_t  *now;                     /* predictions made so far */
    float     *mine;                    /* [deepest group], a class's k */
    uint64_t   again;                   /* pairs decided again */
};


int keyauth_svm_check(const keyauth_svm_t *m, char *err);

/* bytes of zeroed scratch, 64-aligned, that predictions need and keep */
size_t keyauth_svm_scratch(const keyauth_svm_t *m);

/*
 * Fills scores[classes] with the votes; returns the class with the most, the
 * lowest of equals.  again, if not NULL, is raised by the number of pairs
 * that were decided again in double.
 */
uint32_t keyauth_svm_predict(const keyauth_svm_t *m,
    const double x[KEYAUTH_SUMMARY], void *scratch, double *scores,
    uint64_t *again);


/* for the kernels: decides class i's close pairs again, mends the votes */
void keyauth_svm_recount(const keyauth_svm_t *m, const double *x,
    keyauth_svm_work_t *w, uint32_t i);


#endif /* KEYAUTH_SVM_H_INCLUDED */
