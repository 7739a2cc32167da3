/*
 * Synthetic typists: see synth.h.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "synth.h"
#include "util.h"


/*
 * Logarithms of milliseconds; the deviations were tuned until the three
 * models and FUSION did on the result as they do on real data.
 */
#define KEYAUTH_HOLD            4.36    /* of the phrase */
#define KEYAUTH_HOLD_KEY        0.09    /* of its keys about it */
#define KEYAUTH_HOLD_USER       0.25    /* of users about the keys */
#define KEYAUTH_HOLD_USER_KEY   0.20    /* of a user's keys */
#define KEYAUTH_HOLD_ROW        0.05    /* of a repetition */
#define KEYAUTH_HOLD_EACH       0.19    /* of each key typed */

#define KEYAUTH_TIME            5.22    /* the same of latencies */
#define KEYAUTH_TIME_KEY        0.16
#define KEYAUTH_TIME_USER       0.30
#define KEYAUTH_TIME_USER_KEY   0.33
#define KEYAUTH_TIME_ROW        0.10
#define KEYAUTH_TIME_EACH       0.22

#define KEYAUTH_STEADY          0.40    /* of users' own deviations */
#define KEYAUTH_DRIFT           0.08    /* speeding up, all in all */
#define KEYAUTH_DRIFT_KEY       0.10    /* a user's keys, either way */
#define KEYAUTH_SLIP            0.05    /* latencies that go astray ... */
#define KEYAUTH_SLIP_EACH       0.60    /* ... by this deviation */
#define KEYAUTH_PAUSE           0.07    /* rows with a pause */
#define KEYAUTH_GRID            0.60    /* users with an 8 ms clock */


typedef struct {
    double  hold[KEYAUTH_KEYS_MAX];
    double  time[KEYAUTH_KEYS_MAX];     /* to the key from the one before */
    double  drift[KEYAUTH_KEYS_MAX];
    double  hold_each;
    double  time_each;
    double  learning;
    int     grid;
} keyauth_typist_t;


static void keyauth_synth_phrase(keyauth_typist_t *phrase,
    const keyauth_synth_t *s);
static void keyauth_synth_typist(keyauth_typist_t *typist,
    const keyauth_typist_t *phrase, uint32_t keys, keyauth_random_t *random);
static void keyauth_synth_row(const keyauth_typist_t *typist,
    uint32_t repetition, uint32_t keys, double *press, double *release,
    keyauth_random_t *random);
static size_t keyauth_synth_header(const keyauth_synth_t *s, char *p);


static void
keyauth_synth_phrase(keyauth_typist_t *phrase, const keyauth_synth_t *s)
{
    uint32_t          k;
    keyauth_random_t  random;

    keyauth_random_init(&random, s->seed, 0);

    for (k = 0; k < s->keys; k++) {
        phrase->hold[k] = KEYAUTH_HOLD
                          + KEYAUTH_HOLD_KEY * keyauth_random_normal(&random);
        phrase->time[k] = KEYAUTH_TIME
                          + KEYAUTH_TIME_KEY * keyauth_random_normal(&random);
    }
}


static void
keyauth_synth_typist(keyauth_typist_t *typist, const keyauth_typist_t *phrase,
    uint32_t keys, keyauth_random_t *random)
{
    double    hold, time, steady;
    uint32_t  k;

    hold = KEYAUTH_HOLD_USER * keyauth_random_normal(random);
    time = KEYAUTH_TIME_USER * keyauth_random_normal(random);
    steady = exp(KEYAUTH_STEADY * keyauth_random_normal(random));

    typist->hold_each = KEYAUTH_HOLD_EACH * sqrt(steady);
    typist->time_each = KEYAUTH_TIME_EACH * steady;
    typist->learning = KEYAUTH_DRIFT * (1 + keyauth_random_normal(random));
    typist->grid = keyauth_random_unit(random) < KEYAUTH_GRID;

    for (k = 0; k < keys; k++) {
        typist->hold[k] = phrase->hold[k] + hold
                          + KEYAUTH_HOLD_USER_KEY
                            * keyauth_random_normal(random);
        typist->time[k] = phrase->time[k] + time
                          + KEYAUTH_TIME_USER_KEY
                            * keyauth_random_normal(random);
        typist->drift[k] = KEYAUTH_DRIFT_KEY * keyauth_random_normal(random);
    }
}


static void
keyauth_synth_row(const keyauth_typist_t *typist, uint32_t repetition,
    uint32_t keys, double *press, double *release, keyauth_random_t *random)
{
    double    at, hold, learnt, tick, time, x;
    uint32_t  k, pause;

    /* three repetitions reach half of the speed-up by practice */

    learnt = (double) repetition / (repetition + 3.0);
    hold = KEYAUTH_HOLD_ROW * keyauth_random_normal(random);
    time = KEYAUTH_TIME_ROW * keyauth_random_normal(random)
           - typist->learning * learnt;
    pause = keyauth_random_unit(random) < KEYAUTH_PAUSE
            ? 1 + keyauth_random_below(random, keys - 1) : 0;
    tick = typist->grid ? 8 : 1;
    at = 0;

    for (k = 0; k < keys; k++) {
        if (k > 0) {
            x = typist->time[k] + time + typist->drift[k] * learnt
                + typist->time_each * keyauth_random_normal(random);

            if (keyauth_random_unit(random) < KEYAUTH_SLIP) {
                x += KEYAUTH_SLIP_EACH * keyauth_random_normal(random);
            }

            at += exp(x);
        }

        if (pause == k && k > 0) {
            at += 1000 * exp(0.5 * keyauth_random_normal(random) + 0.1);
        }

        x = typist->hold[k] + hold
            + typist->hold_each * keyauth_random_normal(random);
        press[k] = floor(at / tick + 0.5) * tick;
        release[k] = floor((at + exp(x)) / tick + 0.5) * tick;
    }
}


static size_t
keyauth_synth_header(const keyauth_synth_t *s, char *p)
{
    size_t    n;
    uint32_t  k;

    n = (size_t) sprintf(p, "user");

    for (k = 0; k < s->keys; k++) {
        n += (size_t) sprintf(p + n, ",press-%u,release-%u", (unsigned) k,
                              (unsigned) k);
    }

    n += (size_t) sprintf(p + n, "\n");

    return n;
}


char *
keyauth_synth_csv(const keyauth_synth_t *s, size_t *len)
{
    char              *csv;
    size_t             n, room;
    double             press[KEYAUTH_KEYS_MAX], release[KEYAUTH_KEYS_MAX];
    uint32_t           i, k, u;
    keyauth_random_t   random;
    keyauth_typist_t   phrase, typist;

    room = 65536;
    csv = keyauth_alloc(room, 1);
    n = keyauth_synth_header(s, csv);
    keyauth_synth_phrase(&phrase, s);

    for (u = 0; u < s->users; u++) {
        keyauth_random_init(&random, s->seed, u + 1);
        keyauth_synth_typist(&typist, &phrase, s->keys, &random);

        for (i = 0; i < s->repetitions; i++) {
            keyauth_synth_row(&typist, i, s->keys, press, release, &random);

            /* 11 digits, a comma and 8 digits at the very most for each */

            if (room - n < 64 + s->keys * 40) {
                room *= 2;
                csv = keyauth_realloc(csv, room, 1);
            }

            n += (size_t) sprintf(csv + n, "%u", (unsigned) u + 1);

            for (k = 0; k < s->keys; k++) {
                n += (size_t) sprintf(csv + n, ",%.0f,%.0f", press[k],
                                      release[k]);
            }

            csv[n++] = '\n';
        }
    }

    *len = n;

    return csv;
}
