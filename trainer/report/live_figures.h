/*
 * LIVE on people it was not fitted on: `keyauth evaluate --live`.
 */


#ifndef KEYAUTH_LIVE_FIGURES_H_INCLUDED
#define KEYAUTH_LIVE_FIGURES_H_INCLUDED


#include "dataset.h"
#include "util.h"


#define KEYAUTH_LIVE_FIGURES_LEAST  32  /* people with three rows */
#define KEYAUTH_LIVE_FROZEN_MAX   5
#define KEYAUTH_LIVE_LEARNED_MAX  16
#define KEYAUTH_LIVE_WALKS_MAX    8
#define KEYAUTH_LIVE_FIRST        6     /* rows enrolled before learning */


/* templates that the coarse pass leaves: as many as the server's, fewer */
#define KEYAUTH_LIVE_PASSES  2
extern const uint32_t  keyauth_live_passes[KEYAUTH_LIVE_PASSES];


/* means of the trials */
typedef struct {
    double     eer;
    double     frr[2];                  /* at a FAR of 1 % and of 0.1 % */
} keyauth_live_rates_t;


/* templates of the first rows, which learn nothing */
typedef struct {
    uint32_t               rows;
    uint32_t               genuine;     /* claims of all trials */
    uint32_t               strangers;
    keyauth_live_rates_t   live;
    keyauth_live_rates_t   ratio;       /* by the likelihood ratio alone */
    double                 far;         /* at the threshold for 1 % */

    /* rows named right among a half, and by the nearest alone */
    double                 named;
    double                 nearest[KEYAUTH_LIVE_PASSES];
} keyauth_live_frozen_t;


/*
 * Templates of the first six rows, which learn as their owners type on: a row,
 * or up to three of a claim that are accepted together.  confirmed: of a claim
 * that is not, the application verifies by other means whose it was, and all
 * three rows are learned.  After each row, four strangers' rows are scored, and
 * not learned.  attacked: after every fourth a stranger claims as the owner
 * does, and is learned from if that passes.
 */
typedef struct {
    double                 above;       /* the FAR that has to be passed, 1:
                                           none */
    unsigned               confirmed:1;
    unsigned               attacked:1;
    unsigned               anchors:1;   /* the enrolled rows are supervised */
    keyauth_live_rates_t   live;
    double                 poisoned;    /* strangers' claims learned */
} keyauth_live_learned_t;


/*
 * A stranger alone, anybody or the one who fits best, tries three quarters of
 * their rows, each of which is learned if it passes: how many of their other
 * rows are accepted at the threshold for 1 %, and how many of the owner's are
 * rejected, before and after.
 */
typedef struct {
    double                 above;
    unsigned               closest:1;
    unsigned               anchors:1;
    double                 accepted[2];
    double                 rejected[2];
} keyauth_live_walk_t;


typedef struct {
    uint32_t                 trials;    /* 0: too few people */
    uint32_t                 people;
    uint32_t                 among;     /* a row is named among, at most */
    uint32_t                 nfrozen;
    uint32_t                 nlearned;
    uint32_t                 nwalks;
    keyauth_live_frozen_t    frozen[KEYAUTH_LIVE_FROZEN_MAX];
    keyauth_live_learned_t   learned[KEYAUTH_LIVE_LEARNED_MAX];
    keyauth_live_walk_t      walk[KEYAUTH_LIVE_WALKS_MAX];
} keyauth_live_figures_t;


/*
 * Halves of five shuffles of the people: everything is fitted on one half and
 * measured on the other, in the order of its rows.
 */
void keyauth_live_figures(keyauth_live_figures_t *f,
    const keyauth_dataset_t *d, uint64_t seed, keyauth_progress_t *progress);


#endif /* KEYAUTH_LIVE_FIGURES_H_INCLUDED */
