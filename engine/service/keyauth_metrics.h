/*
 * Metrics: what a server has done, counted by its workers and written for
 * Prometheus.  docs/operations.md has the table.
 *
 * The counters lie in memory that processes share, one slot a worker on cache
 * lines of its own; a scrape sums the slots.  Counting is one addition that no
 * other worker waits for; it is atomic, as during a reload two workers of the
 * same number may count in one slot.  Nothing here holds a pointer into the
 * memory, locks or allocates, and no label holds a UserID.
 */


#ifndef KEYAUTH_METRICS_H_INCLUDED
#define KEYAUTH_METRICS_H_INCLUDED


#include "keyauth_endpoint.h"
#include "keyauth_metrics_scales.h"
#include "keyauth_learn.h"
#include "keyauth_store_replica.h"
#include "keyauth_warnings.h"


#define KEYAUTH_METRICS_MAX   131072    /* bytes that a scrape may take */
#define KEYAUTH_ANSWERING     (KEYAUTH_MODELS + 1)  /* KEYAUTH_LIVE, too */
#define KEYAUTH_NO_MODEL      KEYAUTH_ANSWERING


typedef enum {
    KEYAUTH_DECISION_ACCEPT = 0,
    KEYAUTH_DECISION_REJECT,
    KEYAUTH_DECISION_REPLAY,
    KEYAUTH_DECISIONS
} keyauth_decision_e;


/* a model file that was found under the name of the one in use */
typedef enum {
    KEYAUTH_SWAP_DONE = 0,
    KEYAUTH_SWAP_REFUSED,
    KEYAUTH_SWAPS
} keyauth_swap_e;


/* what became of a POST of samples */
typedef enum {
    KEYAUTH_ENROLMENT_CONSISTENT = 0,
    KEYAUTH_ENROLMENT_INCONSISTENT,
    KEYAUTH_ENROLMENT_REFUSED,
    KEYAUTH_ENROLMENTS
} keyauth_enrolment_e;


typedef struct {
    uint64_t  sum;                      /* of values above 0 */
    uint64_t  bucket[KEYAUTH_BUCKETS + 1];
} keyauth_histogram_t;                  /* three cache lines */


/* counters alone, so that they can be summed as an array */
typedef struct {
    uint64_t             requests[KEYAUTH_ENDPOINTS][KEYAUTH_ANSWERING + 1]
                                 [KEYAUTH_STATUSES];
    keyauth_histogram_t  inference[KEYAUTH_ANSWERING];
    keyauth_histogram_t  request[KEYAUTH_ENDPOINTS];
    keyauth_histogram_t  score[KEYAUTH_MODELS];
    keyauth_histogram_t  claim;
    uint64_t             warnings[KEYAUTH_WARNINGS];
    uint64_t             decisions[KEYAUTH_DECISIONS];
    uint64_t             shadow[KEYAUTH_MODELS][KEYAUTH_MODELS][2];
    uint64_t             refused;       /* reloads */
    uint64_t             swaps[KEYAUTH_SWAPS];
    uint64_t             enrolments[KEYAUTH_ENROLMENTS];
    uint64_t             learned[KEYAUTH_LEARNS];
    uint64_t             forgotten;
    keyauth_histogram_t  commit;
} keyauth_counters_t;


typedef struct {
    keyauth_counters_t   counters;
    uint64_t             ready;         /* the worker's models are */
    uint64_t             took;          /* ns to make them so */
} __attribute__((aligned(64))) keyauth_slot_t;


typedef struct {
    uint64_t             slots;
    uint64_t             used;          /* the last that a worker had, and 1 */
    keyauth_slot_t       slot[];
} keyauth_metrics_t;


/* what a scrape returns beside the counters */
typedef struct {
    const char  *digest;
    const char  *created;               /* of the model file */
    uint32_t     users;
    uint32_t     models;                /* bits, as in keyauth_model_t */
    int          ready;
    uint64_t     load;                  /* ns */

    int                          store; /* there is one, */
    int                          opened;    /* which this worker has open: */
    const keyauth_store_info_t  *info;

    /* of a store that is replicated, else NULL */
    const keyauth_store_status_t  *replica;
    uint64_t                       now;     /* ms since 1970 */
} keyauth_about_t;


/* bytes of memory, aligned to 64, for so many workers */
size_t keyauth_metrics_size(uint64_t workers);

/* lays out the slots that there is room for, all at 0 */
void keyauth_metrics_init(keyauth_metrics_t *t, size_t size);

/* a worker's slot; of two workers with one slot, both count right */
keyauth_slot_t *keyauth_metrics_slot(keyauth_metrics_t *t, uint64_t worker);

/* 1: the models of all workers are ready; *took: the slowest one's ns */
int keyauth_metrics_ready(const keyauth_metrics_t *t, uint64_t workers,
    uint64_t *took);

void keyauth_metrics_sum(const keyauth_metrics_t *t, keyauth_counters_t *sum);

void keyauth_metrics_count(uint64_t *counter);
void keyauth_metrics_observe(keyauth_histogram_t *h, keyauth_scale_e scale,
    uint64_t value);

/* scores may be negative, or above 1 by rounding */
void keyauth_metrics_score(keyauth_histogram_t *h, keyauth_scale_e scale,
    double score);

/* of one answer: a bit for each keyauth_warning_e */
void keyauth_metrics_warned(keyauth_counters_t *c, unsigned warnings);

/* the index of a status */
unsigned keyauth_metrics_status(unsigned status);

/* what an Accept header asks for; 1: OpenMetrics, 0: Prometheus' own text */
int keyauth_metrics_accept(const char *value, size_t len);

/* buf: KEYAUTH_METRICS_MAX bytes; returns the length */
size_t keyauth_metrics_write(const keyauth_counters_t *c,
    const keyauth_about_t *about, int openmetrics, char *buf);


#endif /* KEYAUTH_METRICS_H_INCLUDED */
