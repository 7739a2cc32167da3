/*
 * Single users.
 *
 * Features are compressed as FUSION's densities have them, and distances are
 * in widths: the median distance of a row to its user's median, over all
 * users.  A user's spread is the mean over the features of the median distance
 * of their rows to their median, about 1 for most.  Their drift is how far the
 * medians of their first and of their last rows are apart, by what halves that
 * are drawn by lot have: about 1 for whoever types as ever.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth_clock.h"
#include "keyauth_features.h"
#include "keyauth_fusion.h"
#include "people.h"
#include "statistics.h"
#include "util.h"


#define KEYAUTH_PEOPLE_DRAWS  50


typedef struct {
    const keyauth_dataset_t  *data;
    uint32_t                  features;
    double                   *x;        /* [rows][features], compressed */
    double                   *width;    /* [features] */
    double                   *scratch;  /* [rows] */
    uint32_t                 *order;    /* [rows] */
    keyauth_random_t          random;
} keyauth_people_t;


static void keyauth_people_init(keyauth_people_t *p,
    const keyauth_dataset_t *d, uint64_t seed);
static double keyauth_people_distance(keyauth_people_t *p, uint32_t class,
    uint32_t feature);
static double keyauth_people_median(keyauth_people_t *p,
    const uint32_t *row, uint32_t n, uint32_t feature);
static double keyauth_people_apart(keyauth_people_t *p, uint32_t n);
static double keyauth_people_spread(keyauth_people_t *p, uint32_t class);
static double keyauth_people_drift(keyauth_people_t *p, uint32_t class);
static double keyauth_people_clock(keyauth_people_t *p, uint32_t class);
static void keyauth_people_confused(cJSON *array, const keyauth_dataset_t *d,
    const uint32_t *answer, uint32_t class);


void
keyauth_people(cJSON *json, const keyauth_dataset_t *d,
    const uint32_t *answer, uint64_t seed)
{
    cJSON             *confused, *user, *users;
    uint32_t           c, hits, i, tests;
    keyauth_people_t   p;

    keyauth_people_init(&p, d, seed);
    users = cJSON_AddArrayToObject(json, "users");
    confused = cJSON_AddArrayToObject(json, "confused");

    for (c = 0; c < d->classes; c++) {
        hits = 0;
        tests = 0;

        for (i = d->start[c]; i < d->start[c + 1]; i++) {
            tests += answer[i] != KEYAUTH_UNTESTED;
            hits += answer[i] == c;
        }

        user = cJSON_CreateObject();
        cJSON_AddStringToObject(user, "user", d->labels[c]);
        cJSON_AddNumberToObject(user, "rows", d->start[c + 1] - d->start[c]);
        cJSON_AddNumberToObject(user, "tests", tests);
        cJSON_AddNumberToObject(user, "hits", hits);
        cJSON_AddNumberToObject(user, "clock", keyauth_people_clock(&p, c));
        cJSON_AddNumberToObject(user, "spread", keyauth_people_spread(&p, c));
        cJSON_AddNumberToObject(user, "drift", keyauth_people_drift(&p, c));
        cJSON_AddItemToArray(users, user);
        keyauth_people_confused(confused, d, answer, c);
    }

    free(p.x);
    free(p.width);
    free(p.scratch);
    free(p.order);
}


static void
keyauth_people_init(keyauth_people_t *p, const keyauth_dataset_t *d,
    uint64_t seed)
{
    double    *distance;
    size_t     at, k;
    uint32_t   c, f, i, n;

    p->data = d;
    p->features = 4 * d->keys - 3;
    p->x = keyauth_alloc((size_t) d->rows * p->features, sizeof(double));
    p->width = keyauth_alloc(p->features, sizeof(double));
    p->scratch = keyauth_alloc(d->rows, sizeof(double));
    p->order = keyauth_alloc(d->rows, sizeof(uint32_t));
    keyauth_random_init(&p->random, seed, 4);

    for (i = 0; i < d->rows; i++) {
        at = (size_t) i * d->keys;
        keyauth_features_raw(d->press + at, d->release + at, d->keys,
                             p->x + (size_t) i * p->features);
    }

    for (k = 0; k < (size_t) d->rows * p->features; k++) {
        p->x[k] = keyauth_fusion_compress(p->x[k]);
    }

    distance = keyauth_alloc(d->classes, sizeof(double));

    for (f = 0; f < p->features; f++) {
        p->width[f] = 1;
        n = 0;

        for (c = 0; c < d->classes; c++) {
            distance[n++] = keyauth_people_distance(p, c, f);
        }

        p->width[f] = keyauth_median(distance, n) + 0.001;
    }

    free(distance);
}


/* in widths */
static double
keyauth_people_distance(keyauth_people_t *p, uint32_t class, uint32_t feature)
{
    double    median;
    uint32_t  begin, i, n;

    begin = p->data->start[class];
    n = p->data->start[class + 1] - begin;

    for (i = 0; i < n; i++) {
        p->order[i] = begin + i;
    }

    median = keyauth_people_median(p, p->order, n, feature);

    for (i = 0; i < n; i++) {
        p->scratch[i] = fabs(p->x[(size_t) (begin + i) * p->features + feature]
                             - median);
    }

    return keyauth_median(p->scratch, n) / p->width[feature];
}


static double
keyauth_people_median(keyauth_people_t *p, const uint32_t *row, uint32_t n,
    uint32_t feature)
{
    uint32_t  i;

    for (i = 0; i < n; i++) {
        p->scratch[i] = p->x[(size_t) row[i] * p->features + feature];
    }

    return keyauth_median(p->scratch, n);
}


/* the first half of p->order[n] and the last, in widths */
static double
keyauth_people_apart(keyauth_people_t *p, uint32_t n)
{
    double    sum;
    uint32_t  f;

    sum = 0;

    for (f = 0; f < p->features; f++) {
        sum += fabs(keyauth_people_median(p, p->order, n / 2, f)
                    - keyauth_people_median(p, p->order + n - n / 2, n / 2, f))
               / p->width[f];
    }

    return sum / p->features;
}


static double
keyauth_people_spread(keyauth_people_t *p, uint32_t class)
{
    double    sum;
    uint32_t  f;

    sum = 0;

    for (f = 0; f < p->features; f++) {
        sum += keyauth_people_distance(p, class, f);
    }

    return sum / p->features;
}


/* 0: too few rows to say */
static double
keyauth_people_drift(keyauth_people_t *p, uint32_t class)
{
    double    drift, lot;
    uint32_t  draw, i, j, n, swap;

    n = p->data->start[class + 1] - p->data->start[class];

    if (n < 6) {
        return 0;
    }

    for (i = 0; i < n; i++) {
        p->order[i] = p->data->start[class] + i;
    }

    drift = keyauth_people_apart(p, n);
    lot = 0;

    for (draw = 0; draw < KEYAUTH_PEOPLE_DRAWS; draw++) {
        for (i = n; i > 1; i--) {
            j = keyauth_random_below(&p->random, i);
            swap = p->order[i - 1];
            p->order[i - 1] = p->order[j];
            p->order[j] = swap;
        }

        lot += keyauth_people_apart(p, n) / KEYAUTH_PEOPLE_DRAWS;
    }

    return lot > 0 ? drift / lot : 0;
}


/* the step of the clock of most rows, or 0 */
static double
keyauth_people_clock(keyauth_people_t *p, uint32_t class)
{
    size_t    at;
    uint32_t  i, n;

    n = 0;

    for (i = p->data->start[class]; i < p->data->start[class + 1]; i++) {
        at = (size_t) i * p->data->keys;
        p->scratch[n++] = keyauth_clock_step(p->data->press + at,
                                             p->data->release + at,
                                             p->data->keys);
    }

    return keyauth_median(p->scratch, n);
}


/* the others that a user is taken for, each with how often */
static void
keyauth_people_confused(cJSON *array, const keyauth_dataset_t *d,
    const uint32_t *answer, uint32_t class)
{
    cJSON     *pair;
    uint32_t   begin, end, i, k, times;

    begin = d->start[class];
    end = d->start[class + 1];

    for (i = begin; i < end; i++) {

        if (answer[i] == class || answer[i] == KEYAUTH_UNTESTED) {
            continue;
        }

        for (k = begin; answer[k] != answer[i]; k++) { /* void */ }

        if (k < i) {
            continue;
        }

        times = 0;

        for (k = i; k < end; k++) {
            times += answer[k] == answer[i];
        }

        pair = cJSON_CreateObject();
        cJSON_AddStringToObject(pair, "user", d->labels[class]);
        cJSON_AddStringToObject(pair, "as", d->labels[answer[i]]);
        cJSON_AddNumberToObject(pair, "times", times);
        cJSON_AddItemToArray(array, pair);
    }
}
