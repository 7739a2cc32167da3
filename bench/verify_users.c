/*
 * What it costs to verify a claim, against the number of enrolled users:
 *
 *     build/keyauth synth --users 500 > 500.csv
 *     build/keyauth train --data 500.csv --models FUSION --out 500
 *     build/bench/verify_users 500/keyauth.model 10000/keyauth.model
 *
 * Claims and samples are random, so that what a larger model costs by falling
 * out of the caches is in the figure.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"


#define SAMPLES  256
#define CLAIMS   4000
#define ROUNDS   7


/* best of the rounds, in microseconds a claim */
static double
measure(keyauth_ready_t *r)
{
    double             best, sum, t;
    uint32_t           i, k, round;
    keyauth_random_t   random;
    keyauth_request_t *samples;

    samples = keyauth_alloc(SAMPLES, sizeof(keyauth_request_t));
    keyauth_random_init(&random, 1, 0);

    for (i = 0; i < SAMPLES; i++) {
        samples[i].keys = r->model.keys;
        t = 0;

        for (k = 0; k < r->model.keys; k++) {
            samples[i].press[k] = t;
            samples[i].release[k] = t + 60 + 60 * keyauth_random_unit(&random);
            t += 80 + 200 * keyauth_random_unit(&random);
        }
    }

    best = HUGE_VAL;
    sum = 0;

    for (round = 0; round < ROUNDS; round++) {
        t = keyauth_now();

        for (i = 0; i < CLAIMS; i++) {
            sum += keyauth_engine_verify(&r->engine,
                                         keyauth_random_below(&random,
                                                         r->model.classes),
                                         &samples[i % SAMPLES], 1);
        }

        best = fmin(best, (keyauth_now() - t) * 1e6 / CLAIMS);
    }

    free(samples);

    return isfinite(sum) ? best : -1;
}


int
main(int argc, char **argv)
{
    int              i;
    char             err[KEYAUTH_ERROR_MAX];
    double           first, us;
    keyauth_ready_t  r;

    first = 0;
    printf("  users  cohorts  us a claim  ratio\n");

    for (i = 1; i < argc; i++) {
        if (keyauth_ready_open(&r, argv[i], NULL, err) != 0
            || !(r.model.models & 1u << KEYAUTH_FUSION))
        {
            fprintf(stderr, "%s: no FUSION can be read\n", argv[i]);
            return 1;
        }

        us = measure(&r);
        first = first > 0 ? first : us;
        printf("%7u  %7u  %10.1f  %5.2f\n", r.model.classes,
               ((const keyauth_fusion_t *)
                r.model.view[KEYAUTH_FUSION])->head.cohorts, us, us / first);
        keyauth_ready_free(&r);
    }

    return 0;
}
