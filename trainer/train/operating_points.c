/*
 * FUSION's operating points: see operating_points.h.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operating_points.h"
#include "statistics.h"


/* scores of both kinds, and how many users had rows enough to have some */
typedef struct {
    double    *stranger;
    double    *genuine;
    size_t     strangers;
    size_t     genuines;
    uint32_t   users[2];                /* who had: strangers, genuine */
    uint32_t   all[2];
} keyauth_draws_t;


static uint32_t keyauth_operating_points_eligible(uint8_t *eligible,
    const keyauth_dataset_t *d);
static int keyauth_operating_points_trials(keyauth_operating_points_t *p,
    const keyauth_open_set_setup_t *s, const uint8_t *eligible, char *err);
static void keyauth_operating_points_attempts(keyauth_operating_points_t *p,
    const keyauth_open_set_t *trials, uint64_t seed);
static void keyauth_operating_points_collect(keyauth_draws_t *draws,
    const keyauth_open_set_t *t, uint32_t attempts, keyauth_random_t *random);
static void keyauth_operating_points_draw(uint32_t *test, uint32_t begin,
    uint32_t n, uint32_t attempts, keyauth_random_t *random);
static void keyauth_operating_points_score(keyauth_draws_t *draws,
    const keyauth_open_set_t *t, const uint32_t *test, uint32_t attempts);
static void keyauth_operating_points_unknown(keyauth_operating_points_t *p,
    const keyauth_open_set_t *trials, uint32_t classes);
static void keyauth_operating_points_named(keyauth_draws_t *draws,
    const keyauth_open_set_t *t);
static void keyauth_operating_points_set(keyauth_point_t *point,
    const keyauth_draws_t *draws, double chance);


int
keyauth_operating_points(keyauth_operating_points_t *p,
    const keyauth_dataset_t *d, const double *raw,
    const keyauth_fusion_recipe_t *recipe, const keyauth_fusion_head_t *powers,
    char *err)
{
    int                        rc;
    uint8_t                   *eligible;
    uint32_t                   users;
    keyauth_open_set_setup_t   s;

    memset(p, 0, sizeof(keyauth_operating_points_t));
    memset(&s, 0, sizeof(keyauth_open_set_setup_t));
    eligible = keyauth_alloc(d->classes, 1);
    users = keyauth_operating_points_eligible(eligible, d);
    rc = 0;

    if (users >= KEYAUTH_POINTS_USERS) {
        s.data = d;
        s.raw = raw;
        s.recipe = *recipe;
        s.powers = powers;
        rc = keyauth_operating_points_trials(p, &s, eligible, err);
    }

    free(eligible);

    return rc;
}


/* users with rows enough to be enrolled with two and tested by one */
static uint32_t
keyauth_operating_points_eligible(uint8_t *eligible, const keyauth_dataset_t *d)
{
    uint32_t  c, n;

    n = 0;

    for (c = 0; c < d->classes; c++) {
        eligible[c] = d->start[c + 1] - d->start[c] >= 3;
        n += eligible[c];
    }

    return n;
}


static int
keyauth_operating_points_trials(keyauth_operating_points_t *p,
    const keyauth_open_set_setup_t *s, const uint8_t *eligible, char *err)
{
    int                 rc;
    uint32_t            i;
    keyauth_open_set_t  trials[KEYAUTH_OPEN_SETS];

    rc = keyauth_open_sets(trials, s, eligible, err);

    for (i = 0; i < KEYAUTH_OPEN_SETS; i++) {
        p->floor += trials[i].floor / KEYAUTH_OPEN_SETS;
    }

    if (rc == 0) {
        keyauth_operating_points_attempts(p, trials, s->recipe.seed);
        keyauth_operating_points_unknown(p, trials, s->data->classes);
    }

    for (i = 0; i < KEYAUTH_OPEN_SETS; i++) {
        keyauth_open_set_free(&trials[i]);
    }

    return rc;
}


/*
 * The mean of more attempts separates people better, so where there are no
 * rows to measure it, the point of fewer is a bound on both rates.
 */
static void
keyauth_operating_points_attempts(keyauth_operating_points_t *p,
    const keyauth_open_set_t *trials, uint64_t seed)
{
    size_t             n;
    uint32_t           i, k;
    keyauth_draws_t    draws;
    keyauth_random_t   random;

    n = 0;

    for (i = 0; i < KEYAUTH_OPEN_SETS; i++) {
        n += (size_t) trials[i].tests * trials[i].users;
    }

    draws.stranger = keyauth_alloc(n, sizeof(double));
    draws.genuine = keyauth_alloc(n, sizeof(double));
    keyauth_random_init(&random, seed, 1);

    for (k = 0; k < KEYAUTH_ATTEMPTS_MAX; k++) {
        memset(draws.users, 0, sizeof(draws.users));
        memset(draws.all, 0, sizeof(draws.all));
        draws.strangers = 0;
        draws.genuines = 0;

        for (i = 0; i < KEYAUTH_OPEN_SETS; i++) {
            keyauth_operating_points_collect(&draws, &trials[i], k + 1,
                                             &random);
        }

        if (k > 0) {
            memcpy(p->verify[k], p->verify[k - 1], sizeof(p->verify[k]));
        }

        /* few users with many rows do not speak for the others */

        if (2 * draws.users[0] < draws.all[0]) {
            draws.strangers = 0;
        }

        if (2 * draws.users[1] < draws.all[1] || p->attempts < k) {
            draws.genuines = 0;

        } else {
            p->attempts = k + 1;
        }

        keyauth_operating_points_set(p->verify[k], &draws, 1);

        if (k == 0 && draws.genuines > 0 && draws.strangers > 0) {
            p->points = KEYAUTH_POINTS;
            p->eer = keyauth_eer(draws.genuine, draws.genuines,
                                 draws.stranger, draws.strangers);
        }
    }

    free(draws.stranger);
    free(draws.genuine);
}


/* of every user with m tests, m draws; one where that takes them all */
static void
keyauth_operating_points_collect(keyauth_draws_t *draws,
    const keyauth_open_set_t *t, uint32_t attempts, keyauth_random_t *random)
{
    int        genuine;
    uint32_t   begin, end, i, n, *test;

    test = keyauth_alloc(t->tests, sizeof(uint32_t));
    end = 0;

    for (begin = 0; begin < t->tests; begin = end) {
        while (end < t->tests && t->owner[end] == t->owner[begin]) {
            end++;
        }

        n = end - begin;
        genuine = t->claim[begin] != KEYAUTH_STRANGER;
        draws->all[genuine]++;

        if (n < attempts) {
            continue;
        }

        draws->users[genuine]++;

        for (i = 0; i < (n > attempts ? n : 1); i++) {
            if (attempts == 1) {
                test[0] = begin + i;

            } else {
                keyauth_operating_points_draw(test, begin, n, attempts, random);
            }

            keyauth_operating_points_score(draws, t, test, attempts);
        }
    }

    free(test);
}


/* attempts different tests of the n that begin there; test has room for n */
static void
keyauth_operating_points_draw(uint32_t *test, uint32_t begin, uint32_t n,
    uint32_t attempts, keyauth_random_t *random)
{
    uint32_t  i, j, swap;

    for (i = 0; i < n; i++) {
        test[i] = begin + i;
    }

    for (i = 0; i < attempts; i++) {
        j = i + keyauth_random_below(random, n - i);
        swap = test[i];
        test[i] = test[j];
        test[j] = swap;
    }
}


/* a stranger claims to be everyone in turn */
static void
keyauth_operating_points_score(keyauth_draws_t *draws,
    const keyauth_open_set_t *t, const uint32_t *test, uint32_t attempts)
{
    double    sum;
    uint32_t  claim, i, own;

    own = t->claim[test[0]];

    for (claim = 0; claim < t->users; claim++) {

        if (own != KEYAUTH_STRANGER && claim != own) {
            continue;
        }

        sum = 0;

        for (i = 0; i < attempts; i++) {
            sum += t->score[(size_t) test[i] * t->users + claim];
        }

        if (own == KEYAUTH_STRANGER) {
            draws->stranger[draws->strangers++] = sum / attempts;

        } else {
            draws->genuine[draws->genuines++] = sum / attempts;
        }
    }
}


/*
 * A stranger is named somebody the more often the more people there are to be
 * taken for: with that many chances at one FAR, a model of more users, or of
 * all users where half of them were enrolled here, leaves less to each.
 */
static void
keyauth_operating_points_unknown(keyauth_operating_points_t *p,
    const keyauth_open_set_t *trials, uint32_t classes)
{
    size_t            n;
    double            enrolled;
    uint32_t          i;
    keyauth_draws_t   draws;

    memset(&draws, 0, sizeof(keyauth_draws_t));
    enrolled = 0;
    n = 0;

    for (i = 0; i < KEYAUTH_OPEN_SETS; i++) {
        n += trials[i].tests;
        enrolled += (double) trials[i].users / KEYAUTH_OPEN_SETS;
    }

    draws.stranger = keyauth_alloc(n, sizeof(double));
    draws.genuine = keyauth_alloc(n, sizeof(double));

    for (i = 0; i < KEYAUTH_OPEN_SETS; i++) {
        keyauth_operating_points_named(&draws, &trials[i]);
    }

    keyauth_operating_points_set(p->unknown, &draws, enrolled / classes);
    free(draws.stranger);
    free(draws.genuine);
}


static void
keyauth_operating_points_named(keyauth_draws_t *draws,
    const keyauth_open_set_t *t)
{
    double    score;
    uint32_t  i;

    for (i = 0; i < t->tests; i++) {
        score = t->score[(size_t) i * t->users + t->named[i]];

        if (t->claim[i] == KEYAUTH_STRANGER) {
            draws->stranger[draws->strangers++] = score;

        } else {
            draws->genuine[draws->genuines++] = score;
        }
    }
}


/*
 * Of the scores that there are; the rest stays.  chance: the enrolled users
 * of the trials, for each that the model has.  Quantiles of one sample
 * descend as the FAR ascends, so the thresholds do.
 */
static void
keyauth_operating_points_set(keyauth_point_t *point,
    const keyauth_draws_t *draws, double chance)
{
    double    share;
    uint32_t  i;

    keyauth_scores_sort(draws->stranger, draws->strangers);
    keyauth_scores_sort(draws->genuine, draws->genuines);

    for (i = 0; i < KEYAUTH_POINTS; i++) {
        point[i].far = KEYAUTH_FAR_MIN
                       * pow(KEYAUTH_FAR_MAX / KEYAUTH_FAR_MIN,
                             i / (KEYAUTH_POINTS - 1.0));
        share = 1 - pow(1 - point[i].far, chance);

        if (draws->strangers > 0) {
            point[i].threshold = keyauth_threshold(draws->stranger,
                                                   draws->strangers, share);
        }

        if (draws->genuines > 0) {
            point[i].frr = keyauth_below(draws->genuine, draws->genuines,
                                         point[i].threshold);
        }
    }

    point[0].far = KEYAUTH_FAR_MIN;
    point[KEYAUTH_POINTS - 1].far = KEYAUTH_FAR_MAX;
}


int
keyauth_operating_points_pack(keyauth_writer_t *w,
    const keyauth_operating_points_t *p, char *err)
{
    if (p->points > 0
        && (keyauth_writer_add(w, "verify.points", p->verify,
                               sizeof(p->verify)) != 0
            || keyauth_writer_add(w, "unknown.points", p->unknown,
                                  sizeof(p->unknown)) != 0))
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "no room for the operating points");
        return -1;
    }

    return 0;
}
