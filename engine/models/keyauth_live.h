/*
 * LIVE: people who enrolled themselves, verified by a string of their own.
 *
 * A person's template is their own rows of the string.  A sample is compared
 * with it and with how people in general hold keys and move between them (the
 * background, which the model file has).  Nobody else's rows are needed,
 * nothing is trained when somebody enrols, and a claim costs the same whoever
 * else is enrolled.
 *
 * Nothing here allocates or keeps state; all memory is the caller's:
 *
 *     keyauth_live_sample(live, press, release, n, &sample);
 *     score = keyauth_live_score(live, &template, &sample);
 *     keyauth_live_point(live, template.rows, n, attempts, far, &point);
 *     accepted = score >= point.threshold;
 *
 * For several attempts the score is the mean of theirs.
 */


#ifndef KEYAUTH_LIVE_H_INCLUDED
#define KEYAUTH_LIVE_H_INCLUDED


#include "keyauth_kernel_table.h"
#include "keyauth_sections.h"


#define KEYAUTH_LIVE_ROWS_MAX    24     /* rows of a template */
#define KEYAUTH_LIVE_ROWS_MIN    2      /* of one that may be verified */
#define KEYAUTH_LIVE_NEEDED      4      /* rows to enrol, by default */
#define KEYAUTH_LIVE_ANCHORS     6      /* rows that never leave, at most */
#define KEYAUTH_LIVE_STEPS_MAX   (2 * KEYAUTH_KEYS_MAX - 1)
#define KEYAUTH_LIVE_STEP_MS     0.125  /* 65535 stands for all above, too */

#define KEYAUTH_LIVE_KINDS       4      /* HT, PPT, RRT, RPT */
#define KEYAUTH_LIVE_PARTS       7      /* of a comparison, for each kind */
#define KEYAUTH_LIVE_COMPARED    (KEYAUTH_LIVE_KINDS * KEYAUTH_LIVE_PARTS)

/* places of a kind's intervals for so many keys, and of all kinds, at most */
#define KEYAUTH_LIVE_LANES(keys) (((keys) + 7) & ~7u)
#define KEYAUTH_LIVE_WIDE                                                     \
    (KEYAUTH_LIVE_KINDS * KEYAUTH_LIVE_LANES(KEYAUTH_KEYS_MAX))


/* flags of a row */
#define KEYAUTH_LIVE_ANCHOR      0x0001 /* typed under supervision */


/* the scores' constants, see keyauth_live_compare() */
#define KEYAUTH_LIVE_MIX         0.05   /* background in a person's density */
#define KEYAUTH_LIVE_DECAY       0.9    /* a row's weight in the next one's */
#define KEYAUTH_LIVE_PRIOR       3.0    /* rows that stand for a width */
#define KEYAUTH_LIVE_STILL       0.1    /* of the width: least spread */
#define KEYAUTH_LIVE_FLAT        1e-3   /* keeps flat patterns alike */
#define KEYAUTH_LIVE_MIDDLE      6.0    /* rows that weights are for */
#define KEYAUTH_LIVE_DENSITY_MIN 1e-6   /* of a background */


/*
 * steps[0 .. keys - 1] are the holds, steps[keys .. 2 keys - 2] the times
 * from a press to the next, in steps of 1/8 ms, rounded.  Kernels read eight at
 * once, and so one more than there can be.
 */
typedef struct {
    uint32_t   day;                     /* learned: days since 1970-01-01 */
    uint16_t   flags;
    uint16_t   steps[KEYAUTH_LIVE_STEPS_MAX + 1];
} keyauth_live_row_t;


/* rows in the order in which they were learned, the oldest first */
struct keyauth_live_template_s {
    uint32_t            keys;           /* 2 to 64 */
    uint32_t            rows;           /* 0 to KEYAUTH_LIVE_ROWS_MAX */
    keyauth_live_row_t  row[KEYAUTH_LIVE_ROWS_MAX];
};


/*
 * A sample, made ready to be compared with any number of templates.  Each
 * kind's intervals begin at a multiple of KEYAUTH_LIVE_LANES(keys); what is
 * between them is a number, but no interval.
 */
struct keyauth_live_sample_s {
    uint32_t   keys;
    uint16_t   steps[KEYAUTH_LIVE_STEPS_MAX + 1];
    double     x[KEYAUTH_LIVE_WIDE];        /* compressed */
    double     ground[KEYAUTH_LIVE_WIDE];   /* background's density there */
};


/* section "live.head" */
typedef struct {
    uint32_t   cells;                   /* of a kind's density table */
    uint32_t   nrows;                   /* measured numbers of rows, */
    uint32_t   nkeys;                   /* and of keys */
    uint32_t   points;                  /* operating points of each */
    uint32_t   people;                  /* that all this comes from */
    uint32_t   rows;                    /* most that weights were fitted on */
    uint32_t   keys;                    /* of their strings, most */
    uint32_t   reserved;                /* 0 */
    double     width[KEYAUTH_LIVE_KINDS];
    double     bias;
    double     weight[KEYAUTH_LIVE_COMPARED];
    double     by_rows[KEYAUTH_LIVE_COMPARED + 1];
} keyauth_live_head_t;


/*
 * Sections: "live.head"; "live.density" float[kinds][cells], the background's
 * density from -KEYAUTH_LIVE_REACH on in steps of KEYAUTH_LIVE_CELL, on the
 * compressed scale; "live.rows" uint32_t[nrows] and "live.keys"
 * uint32_t[nkeys], both ascending; "live.points"
 * keyauth_point_t[nkeys][nrows][KEYAUTH_ATTEMPTS_MAX][points], each as
 * "verify.points" is; "live.floors" double[nkeys][nrows]: the score that one
 * in a hundred of people's own samples does not reach.
 */
typedef struct {
    keyauth_live_head_t      head;      /* people: 0 where there is none */
    const float             *density;
    const uint32_t          *rows;
    const uint32_t          *keys;
    const keyauth_point_t   *points;
    const double            *floors;

    const keyauth_kernels_t  *kernels;
} keyauth_live_t;

#define KEYAUTH_LIVE_REACH  6.75
#define KEYAUTH_LIVE_CELL   (1.0 / 512)
#define KEYAUTH_LIVE_CELLS  (2 * 3456 + 1)


/* fills live where the file has its sections, and checks them; -1: s->err */
int keyauth_live_sections(keyauth_live_t *live, keyauth_sections_t *s);

/* times in ms as a template has them: 2 n - 1 steps */
void keyauth_live_steps(const double *press, const double *release,
    unsigned n, uint16_t *steps);

/* fills the sample from times in ms, in a request's order; 2 <= n <= 64 */
void keyauth_live_sample(const keyauth_live_t *live, const double *press,
    const double *release, unsigned n, keyauth_live_sample_t *sample);

/* the same from a template's row */
void keyauth_live_sample_row(const keyauth_live_t *live,
    const keyauth_live_row_t *row, unsigned n, keyauth_live_sample_t *sample);

/*
 * How well the sample fits the template, the higher the better: the log-odds,
 * before anything else is known, that both are one person's.  The template
 * has rows, and as many keys as the sample.
 *
 * Of each kind of interval, for each interval x (compressed), with rows r,
 * weights w_r = 0.9^(newer rows), widths h, background g and kernels
 * k = 1 / (1 + ((x - r) / h)^2):
 *
 *     0  mean of log((0.95 sum(w k) / sum(w) + 0.05 g) / g)
 *     1  mean of log((max(k) + 0.05 g) / g)
 *     2  -mean of log(1 + d^2 / v), d the distance to the rows' weighted
 *        mean, v their variance, with three more rows of variance h^2
 *     3  -|mean of d| / h
 *     4  -mean of log(1 + ((d - mean of d) / h)^2)
 *     5  log(mean of the rows' variances / h^2 + 0.1)
 *     6  correlation of the sample's pattern with that of the rows' mean
 *
 * Their sum by weights, which are the trainer's logistic regression and
 * depend on the logarithm of the number of rows.
 */
double keyauth_live_score(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_live_sample_t *sample);

/* these parts, [kind][part], of which the score is the weighted sum */
void keyauth_live_compare(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_live_sample_t *sample,
    double part[KEYAUTH_LIVE_COMPARED]);

/* a score from its parts, for a template of so many rows */
double keyauth_live_weigh(const keyauth_live_t *live, unsigned rows,
    const double part[KEYAUTH_LIVE_COMPARED]);

/*
 * Threshold and FRR at a FAR between KEYAUTH_FAR_MIN and KEYAUTH_FAR_MAX, for
 * templates of so many rows (1 and more) and keys, and the mean score of 1 to
 * KEYAUTH_ATTEMPTS_MAX attempts.  Between measured numbers of rows or keys it
 * is interpolated, beyond them that of the last.
 */
void keyauth_live_point(const keyauth_live_t *live, unsigned rows,
    unsigned keys, unsigned attempts, double far, keyauth_point_t *point);


/* an empty template */
void keyauth_live_init(keyauth_live_template_t *t, unsigned keys);

/*
 * Adds a sample that is being enrolled.  -1: the template is full, or has
 * another number of keys.
 */
int keyauth_live_add(keyauth_live_template_t *t,
    const keyauth_live_sample_t *sample, unsigned flags, uint32_t day);

/*
 * Whether a sample resembles the rows that are there, of which it has the
 * number of keys: 0 where it is one of the hundredth of people's own samples
 * that fits worst.  1 of an empty template.
 */
int keyauth_live_consistent(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_live_sample_t *sample);

/*
 * Learns the n samples of a claim, 1 to KEYAUTH_ATTEMPTS_MAX, if their mean
 * score reaches the threshold of the FAR `above` for so many; with 1 or more
 * every claim is learned.  With `window` rows or more, the oldest leave that
 * are no anchors; the first KEYAUTH_LIVE_ANCHORS rows with the flag are
 * anchors, or fewer, so that they are half of the window at most.  Returns 1
 * if the template has changed, else 0.
 */
int keyauth_live_learn(const keyauth_live_t *live,
    keyauth_live_template_t *t, const keyauth_live_sample_t *sample,
    unsigned n, double above, unsigned window, uint32_t day);

/* whether one of n rows has these steps, of so many keys */
int keyauth_live_has(const keyauth_live_row_t *rows, uint32_t n,
    const uint16_t *steps, unsigned keys);

/*
 * Drops what was learned after that day; returns how many rows.  Those that
 * they had pushed out do not come back.
 */
unsigned keyauth_live_rollback(keyauth_live_template_t *t, uint32_t day);


/*
 * The stored form, little-endian, without padding: uint8_t keys, uint8_t
 * rows, uint16_t 0; then of each row uint32_t day, uint16_t flags, uint16_t
 * steps[2 keys - 1].
 */
#define KEYAUTH_LIVE_BYTES(keys, rows)                                        \
    (4 + (size_t) (rows) * (2 * (2 * (size_t) (keys) - 1) + 6))

#define KEYAUTH_LIVE_BYTES_MAX                                                \
    KEYAUTH_LIVE_BYTES(KEYAUTH_KEYS_MAX, KEYAUTH_LIVE_ROWS_MAX)

/* fills KEYAUTH_LIVE_BYTES(t->keys, t->rows) bytes, and returns that */
size_t keyauth_live_write(const keyauth_live_template_t *t, uint8_t *bytes);

/* any bytes may be read: -1 where they are no template */
int keyauth_live_read(keyauth_live_template_t *t, const uint8_t *bytes,
    size_t size);


/*
 * The coarse pass of an identification: a template in few bytes, to be kept
 * beside it.  Those nearest to the sample's own sketch are worth a score.
 */
#define KEYAUTH_LIVE_SKETCH  32

void keyauth_live_sketch(const keyauth_live_template_t *t,
    uint8_t sketch[KEYAUTH_LIVE_SKETCH]);

void keyauth_live_sketch_sample(const keyauth_live_sample_t *sample,
    uint8_t sketch[KEYAUTH_LIVE_SKETCH]);

/*
 * The k nearest of n sketches, one after the other, among those of as many
 * keys: their indices, nearest first, the lowest of equals first; returns how
 * many there are.  k is at most KEYAUTH_LIVE_NEAREST.
 */
#define KEYAUTH_LIVE_NEAREST  256

uint32_t keyauth_live_nearest(const uint8_t *sketches, uint32_t n,
    const uint8_t sketch[KEYAUTH_LIVE_SKETCH], uint32_t k, uint32_t *index);


#endif /* KEYAUTH_LIVE_H_INCLUDED */
