/*
 * Metrics: what a scrape writes.
 */


#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_metrics.h"


#define KEYAUTH_METRICS_SEEN  15000     /* ms: who is silent for longer has
                                           no connection */


typedef enum {
    KEYAUTH_GAUGE = 0,
    KEYAUTH_COUNTER,
    KEYAUTH_HISTOGRAM
} keyauth_family_e;


typedef struct {
    char        *p;
    char        *last;
    int          openmetrics;
    const char  *name;                  /* of the family */
} keyauth_text_t;


static void keyauth_metrics_about(keyauth_text_t *t,
    const keyauth_about_t *about);
static void keyauth_metrics_requests(keyauth_text_t *t,
    const keyauth_counters_t *c, const keyauth_about_t *about);
static unsigned keyauth_metrics_answering(const keyauth_about_t *about);
static const char *keyauth_metrics_model(unsigned m);
static void keyauth_metrics_latencies(keyauth_text_t *t,
    const keyauth_counters_t *c, const keyauth_about_t *about);
static void keyauth_metrics_scores(keyauth_text_t *t,
    const keyauth_counters_t *c, const keyauth_about_t *about);
static void keyauth_metrics_counters(keyauth_text_t *t,
    const keyauth_counters_t *c);
static void keyauth_metrics_shadows(keyauth_text_t *t,
    const keyauth_counters_t *c);
static void keyauth_metrics_people(keyauth_text_t *t,
    const keyauth_counters_t *c, const keyauth_about_t *about);
static void keyauth_metrics_store(keyauth_text_t *t,
    const keyauth_about_t *about);
static void keyauth_metrics_replica(keyauth_text_t *t,
    const keyauth_store_status_t *s, uint64_t now);
static void keyauth_metrics_gauge(keyauth_text_t *t, const char *name,
    const char *help, uint64_t value);
static void keyauth_metrics_counter(keyauth_text_t *t, const char *name,
    const char *help, uint64_t value);
static void keyauth_metrics_counts(keyauth_text_t *t, const char *label,
    const char *const *values, const uint64_t *counts, unsigned n);
static void keyauth_metrics_histogram(keyauth_text_t *t,
    const keyauth_histogram_t *h, keyauth_scale_e scale, const char *label,
    const char *value);
static uint64_t keyauth_metrics_total(const keyauth_histogram_t *h);
static void keyauth_metrics_family(keyauth_text_t *t, keyauth_family_e type,
    const char *name, const char *help);
static void keyauth_metrics_line(keyauth_text_t *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


static const char *const  keyauth_decision_names[KEYAUTH_DECISIONS] = {
    "accept", "reject", "replay"
};


static const char *const  keyauth_swap_names[KEYAUTH_SWAPS] = {
    "done", "refused"
};


static const char *const  keyauth_enrolment_names[KEYAUTH_ENROLMENTS] = {
    "consistent", "inconsistent", "refused"
};


static const char *const  keyauth_learn_names[KEYAUTH_LEARNS] = {
    "learned", "unlike", "busy", "failed"
};


static const char *const  keyauth_agree_names[2] = { "no", "yes" };


size_t
keyauth_metrics_write(const keyauth_counters_t *c,
    const keyauth_about_t *about, int openmetrics, char *buf)
{
    keyauth_text_t  t;

    t.p = buf;
    t.last = buf + KEYAUTH_METRICS_MAX;
    t.openmetrics = openmetrics;
    t.name = NULL;

    keyauth_metrics_about(&t, about);
    keyauth_metrics_requests(&t, c, about);
    keyauth_metrics_latencies(&t, c, about);
    keyauth_metrics_scores(&t, c, about);
    keyauth_metrics_counters(&t, c);
    keyauth_metrics_shadows(&t, c);

    if (about->store) {
        keyauth_metrics_people(&t, c, about);
    }

    if (openmetrics) {
        keyauth_metrics_line(&t, "# EOF\n");
    }

    return (size_t) (t.p - buf);
}


static void
keyauth_metrics_about(keyauth_text_t *t, const keyauth_about_t *about)
{
    keyauth_metrics_family(t, KEYAUTH_GAUGE, "keyauth_build_info",
                           "The version that serves.");
    keyauth_metrics_line(t, "keyauth_build_info{version=\"%s\"} 1\n",
                         KEYAUTH_VERSION);

    keyauth_metrics_family(t, KEYAUTH_GAUGE, "keyauth_model_info",
                           "The model file: the id that answers carry, when "
                           "it was trained, the number of its users.");
    keyauth_metrics_line(t, "keyauth_model_info{digest=\"%s\",time=\"%s\","
                         "users=\"%" PRIu32 "\"} 1\n",
                         about->digest, about->created, about->users);

    keyauth_metrics_family(t, KEYAUTH_GAUGE, "keyauth_ready",
                           "Whether the models of all workers have passed "
                           "their known-answer test.");
    keyauth_metrics_line(t, "keyauth_ready %d\n", about->ready);

    keyauth_metrics_family(t, KEYAUTH_GAUGE, "keyauth_model_load_seconds",
                           "Time to read and verify the model file, and for "
                           "the slowest worker to make it ready.");
    keyauth_metrics_line(t, "keyauth_model_load_seconds %" PRIu64 ".%09"
                         PRIu64 "\n", about->load / 1000000000,
                         about->load % 1000000000);
}


/*
 * What has not happened is written as 0 where an alert may wait for it: a
 * series that begins with 1 has no rate.
 */
static void
keyauth_metrics_requests(keyauth_text_t *t, const keyauth_counters_t *c,
    const keyauth_about_t *about)
{
    int       shown;
    char      status[sizeof("other")];
    uint64_t  n;
    unsigned  e, m, s, models, answering;

    answering = keyauth_metrics_answering(about);

    keyauth_metrics_family(t, KEYAUTH_COUNTER, "keyauth_requests",
                           "Requests by what they asked for, which model "
                           "answered, and the answer's status.");

    for (e = 0; e < KEYAUTH_ENDPOINTS; e++) {
        for (m = 0; m <= KEYAUTH_NO_MODEL; m++) {
            for (s = 0; s < KEYAUTH_STATUSES; s++) {

                n = c->requests[e][m][s];

                models = keyauth_endpoints[e].models;
                shown = (m == KEYAUTH_NO_MODEL)
                        ? (s > 0 && models != 0)
                        : (s == 0 && (models & answering & (1u << m)));

                if (n == 0 && !shown) {
                    continue;
                }

                if (s == KEYAUTH_STATUSES - 1) {
                    memcpy(status, "other", sizeof("other"));

                } else {
                    snprintf(status, sizeof(status), "%u",
                             keyauth_statuses[s]);
                }

                keyauth_metrics_line(t, "keyauth_requests_total{endpoint="
                                     "\"%s\",model=\"%s\",status=\"%s\"} %"
                                     PRIu64 "\n", keyauth_endpoints[e].name,
                                     keyauth_metrics_model(m), status, n);
            }
        }
    }
}


/* bits: what may answer, templates as KEYAUTH_LIVE */
static unsigned
keyauth_metrics_answering(const keyauth_about_t *about)
{
    return about->models | (about->store ? 1u << KEYAUTH_LIVE : 0);
}


static const char *
keyauth_metrics_model(unsigned m)
{
    return (m == KEYAUTH_NO_MODEL) ? "none"
           : (m == KEYAUTH_LIVE) ? KEYAUTH_LIVE_NAME : keyauth_kinds[m]->name;
}


static void
keyauth_metrics_latencies(keyauth_text_t *t, const keyauth_counters_t *c,
    const keyauth_about_t *about)
{
    unsigned  e, m;

    keyauth_metrics_family(t, KEYAUTH_HISTOGRAM, "keyauth_inference_seconds",
                           "Time to predict one sample.");

    for (m = 0; m < KEYAUTH_ANSWERING; m++) {
        if ((keyauth_metrics_answering(about) & (1u << m))
            || keyauth_metrics_total(&c->inference[m]) > 0)
        {
            keyauth_metrics_histogram(t, &c->inference[m],
                                      KEYAUTH_SCALE_SECONDS, "model",
                                      keyauth_metrics_model(m));
        }
    }

    keyauth_metrics_family(t, KEYAUTH_HISTOGRAM, "keyauth_request_seconds",
                           "Time from a request's header to its answer, "
                           "waiting for the body included.");

    for (e = KEYAUTH_ENDPOINT_PREDICT; e < KEYAUTH_ENDPOINTS; e++) {
        if (keyauth_endpoints[e].models != 0
            || keyauth_metrics_total(&c->request[e]) > 0)
        {
            keyauth_metrics_histogram(t, &c->request[e],
                                      KEYAUTH_SCALE_SECONDS, "endpoint",
                                      keyauth_endpoints[e].name);
        }
    }
}


static void
keyauth_metrics_scores(keyauth_text_t *t, const keyauth_counters_t *c,
    const keyauth_about_t *about)
{
    unsigned  m;

    keyauth_metrics_family(t, KEYAUTH_HISTOGRAM, "keyauth_score",
                           "Score of the best candidate, of at most one "
                           "answer a millisecond, worker and model.");

    for (m = 0; m < KEYAUTH_MODELS; m++) {
        if ((about->models & (1u << m))
            || keyauth_metrics_total(&c->score[m]) > 0)
        {
            keyauth_metrics_histogram(t, &c->score[m], KEYAUTH_SCALE_SHARE,
                                      "model", keyauth_kinds[m]->name);
        }
    }

    keyauth_metrics_family(t, KEYAUTH_HISTOGRAM, "keyauth_claim_score",
                           "Score of claims; those below 0 count as 0.");
    keyauth_metrics_histogram(t, &c->claim, KEYAUTH_SCALE_CLAIM, NULL, NULL);
}


static void
keyauth_metrics_counters(keyauth_text_t *t, const keyauth_counters_t *c)
{
    keyauth_metrics_family(t, KEYAUTH_COUNTER, "keyauth_warnings",
                           "Warnings in answers.");
    keyauth_metrics_counts(t, "code", keyauth_warning_names, c->warnings,
                           KEYAUTH_WARNINGS);

    keyauth_metrics_family(t, KEYAUTH_COUNTER, "keyauth_verifications",
                           "Claims by what was decided; replay: not "
                           "accepted, as the sample had been seen.");
    keyauth_metrics_counts(t, "decision", keyauth_decision_names,
                           c->decisions, KEYAUTH_DECISIONS);

    keyauth_metrics_counter(t, "keyauth_reloads_refused",
                            "Reloads whose configuration was refused.",
                            c->refused);

    keyauth_metrics_family(t, KEYAUTH_COUNTER, "keyauth_model_swaps",
                           "New model files by what workers did with them, "
                           "each counted by each worker.");
    keyauth_metrics_counts(t, "result", keyauth_swap_names, c->swaps,
                           KEYAUTH_SWAPS);
}


static void
keyauth_metrics_shadows(keyauth_text_t *t, const keyauth_counters_t *c)
{
    unsigned         m, s, i;
    const uint64_t  *n;

    keyauth_metrics_family(t, KEYAUTH_COUNTER, "keyauth_shadow",
                           "Samples that a model in the shadow took for the "
                           "same user as the model asked for, or did not.");

    for (m = 0; m < KEYAUTH_MODELS; m++) {
        for (s = 0; s < KEYAUTH_MODELS; s++) {
            n = c->shadow[m][s];

            for (i = 0; i < 2 && n[0] + n[1] > 0; i++) {
                keyauth_metrics_line(t, "keyauth_shadow_total{model=\"%s\","
                                     "shadow=\"%s\",agree=\"%s\"} %" PRIu64
                                     "\n", keyauth_kinds[m]->name,
                                     keyauth_kinds[s]->name,
                                     keyauth_agree_names[i], n[i]);
            }
        }
    }
}


/* of a server with a store */
static void
keyauth_metrics_people(keyauth_text_t *t, const keyauth_counters_t *c,
    const keyauth_about_t *about)
{
    keyauth_metrics_family(t, KEYAUTH_COUNTER, "keyauth_enrolments",
                           "Requests to enrol by whether their samples "
                           "resembled the earlier ones, or were refused.");
    keyauth_metrics_counts(t, "outcome", keyauth_enrolment_names,
                           c->enrolments, KEYAUTH_ENROLMENTS);

    keyauth_metrics_family(t, KEYAUTH_COUNTER, "keyauth_learned",
                           "Accepted claims that a template was to learn "
                           "from, by what became of it.");
    keyauth_metrics_counts(t, "outcome", keyauth_learn_names, c->learned,
                           KEYAUTH_LEARNS);

    keyauth_metrics_counter(t, "keyauth_forgotten",
                            "Requests that forgot a person or a phrase.",
                            c->forgotten);

    keyauth_metrics_family(t, KEYAUTH_HISTOGRAM, "keyauth_commit_seconds",
                           "Time to write what waited, until it is on disk.");
    keyauth_metrics_histogram(t, &c->commit, KEYAUTH_SCALE_SECONDS, NULL,
                              NULL);

    keyauth_metrics_store(t, about);
}


static void
keyauth_metrics_store(keyauth_text_t *t, const keyauth_about_t *about)
{
    keyauth_metrics_gauge(t, "keyauth_store_ready",
                          "Whether the worker that answers can read the "
                          "store.", (uint64_t) about->opened);

    if (!about->opened) {
        return;
    }

    keyauth_metrics_gauge(t, "keyauth_store_templates",
                          "People in the store, each phrase of theirs by "
                          "itself.", about->info->templates);
    keyauth_metrics_gauge(t, "keyauth_store_used_bytes",
                          "Bytes of the store's file that are in use.",
                          about->info->used);
    keyauth_metrics_gauge(t, "keyauth_store_bytes",
                          "Bytes of the store's file.", about->info->size);
    keyauth_metrics_gauge(t, "keyauth_store_limit_bytes",
                          "Bytes that the store's file may reach, map_size.",
                          about->info->map);

    if (about->replica != NULL) {
        keyauth_metrics_replica(t, about->replica, about->now);
    }
}


/* the daemon reports every five seconds, more often while it works */
static void
keyauth_metrics_replica(keyauth_text_t *t,
    const keyauth_store_status_t *s, uint64_t now)
{
    uint64_t  lag;

    lag = (s->current != 0 && now > s->current) ? now - s->current : 0;

    keyauth_metrics_gauge(t, "keyauth_replication_connected",
                          "Whether the store is connected to the engine.",
                          s->connected
                          && now < s->seen + KEYAUTH_METRICS_SEEN);
    keyauth_metrics_gauge(t, "keyauth_replication_ready",
                          "Whether the store has caught up with the others.",
                          s->ready);
    keyauth_metrics_family(t, KEYAUTH_GAUGE, "keyauth_replication_lag_seconds",
                           "Time since the store had sent and applied all "
                           "that there was; up to 5 where it has.");
    keyauth_metrics_line(t, "keyauth_replication_lag_seconds %" PRIu64 ".%03"
                         PRIu64 "\n", lag / 1000, lag % 1000);
    keyauth_metrics_gauge(t, "keyauth_replication_waiting",
                          "Templates that have changed and wait to be sent.",
                          s->waiting);
    keyauth_metrics_gauge(t, "keyauth_replication_refused",
                          "Of these, changes that the engine refuses.",
                          s->refused);

    keyauth_metrics_counter(t, "keyauth_replication_sent",
                            "Changes that were sent.", s->sent);
    keyauth_metrics_counter(t, "keyauth_replication_applied",
                            "Changes of other hosts that were applied.",
                            s->applied);
    keyauth_metrics_counter(t, "keyauth_replication_conflicts",
                            "Of these, changes of what had changed here too.",
                            s->conflicts);
    keyauth_metrics_counter(t, "keyauth_replication_damaged",
                            "Templates of the engine that cannot be opened.",
                            s->damaged);
}


static void
keyauth_metrics_gauge(keyauth_text_t *t, const char *name, const char *help,
    uint64_t value)
{
    keyauth_metrics_family(t, KEYAUTH_GAUGE, name, help);
    keyauth_metrics_line(t, "%s %" PRIu64 "\n", name, value);
}


static void
keyauth_metrics_counter(keyauth_text_t *t, const char *name, const char *help,
    uint64_t value)
{
    keyauth_metrics_family(t, KEYAUTH_COUNTER, name, help);
    keyauth_metrics_line(t, "%s_total %" PRIu64 "\n", name, value);
}


/* a counter of the family for each value of its label */
static void
keyauth_metrics_counts(keyauth_text_t *t, const char *label,
    const char *const *values, const uint64_t *counts, unsigned n)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        keyauth_metrics_line(t, "%s_total{%s=\"%s\"} %" PRIu64 "\n", t->name,
                             label, values[i], counts[i]);
    }
}


static void
keyauth_metrics_histogram(keyauth_text_t *t, const keyauth_histogram_t *h,
    keyauth_scale_e scale, const char *label, const char *value)
{
    char                    own[64];
    uint64_t                n;
    unsigned                i;
    const keyauth_edges_t  *edges;

    edges = &keyauth_scales[scale];
    own[0] = '\0';
    n = 0;

    if (label != NULL) {
        snprintf(own, sizeof(own), "%s=\"%s\"", label, value);
    }

    for (i = 0; i <= edges->n; i++) {
        n += h->bucket[i];
        keyauth_metrics_line(t, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n",
                             t->name, own, label ? "," : "",
                             (i < edges->n) ? edges->edge[i].le : "+Inf", n);
    }

    keyauth_metrics_line(t, label ? "%s_sum{%s} " : "%s_sum%s ", t->name, own);
    keyauth_metrics_line(t, "%" PRIu64 ".%09" PRIu64 "\n",
                         h->sum / 1000000000, h->sum % 1000000000);
    keyauth_metrics_line(t, label ? "%s_count{%s} " : "%s_count%s ", t->name,
                         own);
    keyauth_metrics_line(t, "%" PRIu64 "\n", n);
}


static uint64_t
keyauth_metrics_total(const keyauth_histogram_t *h)
{
    uint64_t  n;
    unsigned  i;

    n = 0;

    for (i = 0; i <= KEYAUTH_BUCKETS; i++) {
        n += h->bucket[i];
    }

    return n;
}


/* here alone the formats differ, and in their last line */
static void
keyauth_metrics_family(keyauth_text_t *t, keyauth_family_e type,
    const char *name, const char *help)
{
    const char                *suffix;
    static const char *const   types[] = { "gauge", "counter", "histogram" };

    t->name = name;
    suffix = (type == KEYAUTH_COUNTER && !t->openmetrics) ? "_total" : "";

    keyauth_metrics_line(t, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix,
                         help, name, suffix, types[type]);
}


/* whole, or not at all; KEYAUTH_METRICS_MAX is enough for everything */
static void
keyauth_metrics_line(keyauth_text_t *t, const char *format, ...)
{
    int      n;
    va_list  args;

    va_start(args, format);
    n = vsnprintf(t->p, (size_t) (t->last - t->p), format, args);
    va_end(args);

    if (n > 0 && n < t->last - t->p) {
        t->p += n;
    }
}
