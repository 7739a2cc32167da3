/*
 * Metrics: counting, and what a scrape asks for.
 */


#include <string.h>
#include <strings.h>

#include "keyauth_metrics.h"


#define KEYAUTH_COUNTERS  (sizeof(keyauth_counters_t) / sizeof(uint64_t))


static int keyauth_metrics_quality(const char *p, const char *last,
    const char *type);
static int keyauth_metrics_parameter_q(const char *p, const char *last);
static const char *keyauth_metrics_skip(const char *p, const char *last);


size_t
keyauth_metrics_size(uint64_t workers)
{
    return sizeof(keyauth_metrics_t) + workers * sizeof(keyauth_slot_t);
}


void
keyauth_metrics_init(keyauth_metrics_t *t, size_t size)
{
    memset(t, 0, size);
    t->slots = (size - sizeof(keyauth_metrics_t)) / sizeof(keyauth_slot_t);
}


keyauth_slot_t *
keyauth_metrics_slot(keyauth_metrics_t *t, uint64_t worker)
{
    uint64_t  n, used;

    n = worker % t->slots;
    used = __atomic_load_n(&t->used, __ATOMIC_RELAXED);

    while (used < n + 1
           && !__atomic_compare_exchange_n(&t->used, &used, n + 1, 0,
                                           __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED))
    {
        /* void */
    }

    return &t->slot[n];
}


int
keyauth_metrics_ready(const keyauth_metrics_t *t, uint64_t workers,
    uint64_t *took)
{
    int       ready;
    uint64_t  i, n;

    ready = 1;
    *took = 0;

    for (i = 0; i < workers && i < t->slots; i++) {

        if (!__atomic_load_n(&t->slot[i].ready, __ATOMIC_RELAXED)) {
            ready = 0;
        }

        n = __atomic_load_n(&t->slot[i].took, __ATOMIC_RELAXED);
        *took = (n > *took) ? n : *took;
    }

    return ready;
}


void
keyauth_metrics_sum(const keyauth_metrics_t *t, keyauth_counters_t *sum)
{
    size_t           i;
    uint64_t         n, *to;
    const uint64_t  *from;

    memset(sum, 0, sizeof(*sum));
    to = (uint64_t *) sum;

    for (n = 0; n < __atomic_load_n(&t->used, __ATOMIC_RELAXED); n++) {
        from = (const uint64_t *) &t->slot[n].counters;

        for (i = 0; i < KEYAUTH_COUNTERS; i++) {
            to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
        }
    }
}


void
keyauth_metrics_count(uint64_t *counter)
{
    (void) __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}


void
keyauth_metrics_observe(keyauth_histogram_t *h, keyauth_scale_e scale,
    uint64_t value)
{
    unsigned                 i;
    const keyauth_edges_t  *edges;

    edges = &keyauth_scales[scale];

    for (i = 0; i < edges->n && value > edges->edge[i].at; i++) {
        /* void */
    }

    keyauth_metrics_count(&h->bucket[i]);
    (void) __atomic_fetch_add(&h->sum, value, __ATOMIC_RELAXED);
}


void
keyauth_metrics_score(keyauth_histogram_t *h, keyauth_scale_e scale,
    double score)
{
    /* a sum that falls would be taken for a restart */

    if (!(score > 0)) {
        score = 0;
    }

    if (scale == KEYAUTH_SCALE_SHARE && score > 1) {
        score = 1;
    }

    keyauth_metrics_observe(h, scale, (uint64_t) (score * 1e9));
}


void
keyauth_metrics_warned(keyauth_counters_t *c, unsigned warnings)
{
    unsigned  i;

    for (i = 0; warnings >> i != 0; i++) {
        if ((warnings >> i) & 1) {
            keyauth_metrics_count(&c->warnings[i]);
        }
    }
}


unsigned
keyauth_metrics_status(unsigned status)
{
    unsigned  i;

    for (i = 0; i < KEYAUTH_STATUSES - 1; i++) {
        if (keyauth_statuses[i] == status) {
            break;
        }
    }

    return i;
}


int
keyauth_metrics_accept(const char *value, size_t len)
{
    int          q, open, text;
    const char  *p, *next, *last;

    open = 0;
    text = 0;
    last = value + len;

    for (p = value; p < last; p = next + 1) {

        next = memchr(p, ',', (size_t) (last - p));

        if (next == NULL) {
            next = last;
        }

        p = keyauth_metrics_skip(p, next);

        q = keyauth_metrics_quality(p, next, "application/openmetrics-text");
        open = (q > open) ? q : open;

        q = keyauth_metrics_quality(p, next, "text/plain");
        text = (q > text) ? q : text;
    }

    return open > 0 && open >= text;
}


/* in thousandths; 0 where it is another type */
static int
keyauth_metrics_quality(const char *p, const char *last, const char *type)
{
    size_t  len;

    len = strlen(type);

    if ((size_t) (last - p) < len || strncasecmp(p, type, len) != 0) {
        return 0;
    }

    p += len;

    for ( ;; ) {
        p = keyauth_metrics_skip(p, last);

        if (p == last) {
            return 1000;
        }

        if (*p != ';') {
            return 0;
        }

        p = keyauth_metrics_skip(p + 1, last);

        if (last - p > 2 && (*p == 'q' || *p == 'Q') && p[1] == '=') {
            return keyauth_metrics_parameter_q(p + 2, last);
        }

        while (p < last && *p != ';') {
            p++;
        }
    }
}


static int
keyauth_metrics_parameter_q(const char *p, const char *last)
{
    int  q, unit;

    q = 0;

    for (unit = 1000; p < last && unit > 0; p++) {

        if (*p == '.') {
            continue;
        }

        if (*p < '0' || *p > '9') {
            break;
        }

        q += (*p - '0') * unit;
        unit /= 10;
    }

    return (q < 1000) ? q : 1000;
}


static const char *
keyauth_metrics_skip(const char *p, const char *last)
{
    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p;
}
