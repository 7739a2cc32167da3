/*
 * FUSION: who it is, from the raw timings.
 *
 * Two members look at the same sample: extremely randomised trees on the raw
 * features (Geurts, Ernst, Wehenkel 2006; keyauth_grove.h), and a Parzen
 * density a user: for every feature the mean of Cauchy kernels
 * k = 1 / (1 + d^2) over the user's enrolled samples, d the distance in widths
 * of that feature after compressing x to sign(x) log(1 + |x| / 20 ms), mixed 95
 * to 5 with the mean over everybody's samples; logs summed over the features.
 *
 * Their logarithms, each to a power of its own, add up to the answer (logistic
 * fusion: Brummer et al., IEEE Trans. ASLP 15(7), 2007): a power of 0 leaves a
 * member out.
 *
 * Enrolled users are dealt into cohorts of at most KEYAUTH_COHORT_MAX, each
 * with trees and densities of its own, so that the work of verifying a claim
 * does not grow with their number: the claim's cohort is what its score is
 * normalised by.  Up to that many users there is one cohort.
 */


#ifndef KEYAUTH_FUSION_H_INCLUDED
#define KEYAUTH_FUSION_H_INCLUDED


#include "keyauth_grove.h"
#include "keyauth_kernel_table.h"


#define KEYAUTH_FUSION_LANES   16
#define KEYAUTH_PARZEN_STRIDE  3        /* 1e-12 cubed is a normal float */
#define KEYAUTH_COHORT_MAX     500
#define KEYAUTH_COMPRESS_MS    KEYAUTH_GROVE_MS
#define KEYAUTH_PARZEN_MIX     0.05     /* everybody's part of a density */
#define KEYAUTH_TREES_FLOOR    1e-3     /* added to a share before its log */
#define KEYAUTH_SOFTMAX_FAR    1e30f    /* below every score */
#define KEYAUTH_NO_FLOOR       -1e9     /* below every log-likelihood */


typedef struct {
    uint32_t  classes;
    uint32_t  features;                 /* 4 keys - 3 */
    uint32_t  cohorts;
    uint32_t  groups;                   /* of all cohorts */
    double    trees_power;              /* see _predict() */
    double    parzen_power;
    double    floor;                    /* see _verify() */
} keyauth_fusion_head_t;


/* where a cohort's parts begin */
struct keyauth_cohort_s {
    uint32_t  member;                   /* in "fusion.member" */
    uint32_t  members;
    uint32_t  group;                    /* in "fusion.depth" and ".weight" */
    uint32_t  groups;
    uint32_t  tree;                     /* in the grove */
    uint32_t  trees;
    uint32_t  rows;                     /* enrolled samples */
    uint32_t  slots;                    /* sum of its groups' depths */
    uint64_t  slot;                     /* in "fusion.slots", rows of 16 */
};


typedef struct {
    double    centre;                   /* of the compressed feature */
    double    width;
} keyauth_scale_t;


/*
 * Sections: "fusion.head"; "fusion.cohort" keyauth_cohort_t[cohorts];
 * "fusion.member" uint32_t[classes], the cohorts' classes, ascending within a
 * cohort; "fusion.place" uint32_t[classes], a class's index there;
 * "fusion.scale" keyauth_scale_t[cohorts][features]; "fusion.depth"
 * uint32_t[groups]; "fusion.weight" float[groups][16], 0.95 / samples of a
 * member, 0 where there is none; "fusion.slots" float[][16], for each cohort,
 * feature, group: slot t of lane j is the t-th sample of the group's member
 * j, (compressed - centre) / width, KEYAUTH_FUSION_FAR where it has fewer.
 * The trees are a grove "trees.*" whose leaves name members within their
 * cohort.
 */
struct keyauth_fusion_s {
    keyauth_fusion_head_t    head;
    const keyauth_cohort_t  *cohort;
    const uint32_t          *member;
    const uint32_t          *place;
    const keyauth_scale_t   *scale;
    const uint32_t          *depth;
    const float             *weight;
    const float             *slots;
    size_t                   nslots;    /* rows of 16 */
    keyauth_grove_t          trees;

    const keyauth_kernels_t  *kernels;
};


/*
 * So far from every sample that its kernel is nothing, and as far as a feature
 * can be: the compressed ones are below 16, and widths 1e-3 at least.
 */
#define KEYAUTH_FUSION_FAR     3e4f


/* views of the scratch */
struct keyauth_fusion_work_s {
    float     *x;                       /* [features], scaled for a cohort */
    int16_t   *steps;                   /* [features], at least 64 */
    uint32_t  *votes;                   /* [4][classes], of a cohort */
    float     *sums;                    /* [features at once][groups][16] */
    float     *mantissa;                /* [groups][16] */
    int32_t   *exponent;                /* [groups][16] */
    float     *density;                 /* [groups][16] log-likelihoods */
    float     *row;                     /* [classes] */
    double    *trees;                   /* [classes], by member */
    double    *parzen;                  /* [classes], by member */
    double     everybody;               /* log-likelihood, of the cohort */
};


int keyauth_fusion_check(const keyauth_fusion_t *m, char *err);

size_t keyauth_fusion_scratch(const keyauth_fusion_t *m);

/*
 * raw: head.features values in ms.  Fills scores[classes] with
 *
 *     softmax(trees_power log(share + 1e-3) + parzen_power log-likelihood)
 *
 * over all classes; returns the class with the largest, the lowest of equals.
 */
uint32_t keyauth_fusion_predict(const keyauth_fusion_t *m, const double *raw,
    void *scratch, double *scores);

/*
 * How well raw fits the claim that it is class: of each member's score
 * (log(share + 1e-3), log-likelihood) the distance to the mean of the same
 * sample's scores for the claim's cohort without the claim, in standard
 * deviations (T-norm: Auckenthaler et al., 2000); the mean of both, and
 * keyauth_fusion_ratio().
 *
 * That is how much better the claim fits than others, and the most unusual
 * user fits samples that are more unusual still.  So the amount by which the
 * claim's log-likelihood is below head.floor is subtracted from the score:
 * genuine samples reach it.
 */
double keyauth_fusion_verify(const keyauth_fusion_t *m, uint32_t class,
    const double *raw, void *scratch);

/*
 * The mean over the features of log(p / q), p being the claim's density, q
 * everybody's (the universal background model of Reynolds, Quatieri, Dunn
 * 2000), from both log-likelihoods.
 */
double keyauth_fusion_ratio(const keyauth_fusion_t *m, double claim,
    double everybody);

/* the compressed feature: sign(x) log(1 + |x| / 20) */
double keyauth_fusion_compress(double x);

/*
 * For the trainer: one cohort's log(share + 1e-3) and log-likelihoods, by
 * member; the views stay in the scratch until the next call.  Returns
 * everybody's log-likelihood, each density 5 % of what it is in
 * keyauth_fusion_ratio()'s q.
 */
double keyauth_fusion_members(const keyauth_fusion_t *m, uint32_t cohort,
    const double *raw, void *scratch, const double **trees,
    const double **parzen);

/* T-norm of score[i] against the other n - 1 scores; n >= 2 */
double keyauth_fusion_tnorm(const double *score, uint32_t n, uint32_t i);


#endif /* KEYAUTH_FUSION_H_INCLUDED */
