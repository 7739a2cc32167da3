/*
 * Trials on people who are not enrolled: see open_set.h.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "open_set.h"
#include "parallel.h"


/* trials beside each other */
typedef struct {
    keyauth_open_set_t              *trial;
    const keyauth_open_set_setup_t  *setup;
    const uint8_t                   *eligible;
    int                              rc[KEYAUTH_OPEN_SETS];
    char                             err[KEYAUTH_OPEN_SETS][KEYAUTH_ERROR_MAX];
} keyauth_open_sets_t;


static void keyauth_open_set_task(void *data, uint32_t i);
static uint32_t keyauth_open_set_enrolled(const keyauth_open_set_setup_t *s,
    uint32_t rows);
static void keyauth_open_set_pick(keyauth_open_set_t *t,
    keyauth_enrolment_t *e, const keyauth_open_set_setup_t *s,
    const uint8_t *role, double *raw, uint32_t *class);
static int keyauth_open_set_predict(keyauth_open_set_t *t,
    const keyauth_fused_t *f, const keyauth_open_set_setup_t *s, char *err);
static void keyauth_open_set_tnorm(double *out, const double *score,
    uint32_t n);
static void keyauth_open_set_floor(keyauth_open_set_t *t, const double *fit);


uint32_t
keyauth_open_set_rows(uint32_t n)
{
    return n - (n + 3) / 4;
}


static uint32_t
keyauth_open_set_enrolled(const keyauth_open_set_setup_t *s, uint32_t rows)
{
    if (s->enrol == 0) {
        return keyauth_open_set_rows(rows);
    }

    return rows < s->enrol ? rows : s->enrol;
}


int
keyauth_open_set(keyauth_open_set_t *t, const keyauth_open_set_setup_t *setup,
    const uint8_t *role, char *err)
{
    int                       rc;
    double                   *raw;
    uint32_t                 *class;
    keyauth_fused_t           f;
    keyauth_enrolment_t       e;
    const keyauth_dataset_t  *d;

    d = setup->data;
    memset(t, 0, sizeof(keyauth_open_set_t));
    t->user = keyauth_alloc(d->classes, sizeof(uint32_t));
    t->row = keyauth_alloc(d->rows, sizeof(uint32_t));
    t->owner = keyauth_alloc(d->rows, sizeof(uint32_t));
    t->claim = keyauth_alloc(d->rows, sizeof(uint32_t));

    e.features = 4 * d->keys - 3;
    raw = keyauth_alloc((size_t) d->rows * e.features, sizeof(double));
    class = keyauth_alloc(d->rows, sizeof(uint32_t));
    keyauth_open_set_pick(t, &e, setup, role, raw, class);

    rc = keyauth_fusion_enrol(&f, &e, &setup->recipe, NULL, err);

    if (setup->powers != NULL) {
        f.head.trees_power = setup->powers->trees_power;
        f.head.parzen_power = setup->powers->parzen_power;
    }

    if (rc == 0) {
        rc = keyauth_open_set_predict(t, &f, setup, err);
    }

    keyauth_fusion_free(&f);
    free(raw);
    free(class);

    return rc;
}


/* the rows to enrol, and those to test */
static void
keyauth_open_set_pick(keyauth_open_set_t *t, keyauth_enrolment_t *e,
    const keyauth_open_set_setup_t *s, const uint8_t *role, double *raw,
    uint32_t *class)
{
    uint32_t                  begin, c, end, i;
    const keyauth_dataset_t  *d;

    d = s->data;
    e->rows = 0;

    for (c = 0; c < d->classes; c++) {
        begin = d->start[c];
        end = begin;

        if (role[c] == KEYAUTH_ROLE_NONE) {
            continue;
        }

        if (role[c] == KEYAUTH_ROLE_ENROLLED) {
            end += keyauth_open_set_enrolled(s, d->start[c + 1] - begin);
            t->user[t->users++] = c;

        } else {
            begin += s->skip;
            end = begin;
        }

        for (i = begin; i < end; i++) {
            memcpy(raw + (size_t) e->rows * e->features,
                   s->raw + (size_t) i * e->features,
                   e->features * sizeof(double));
            class[e->rows++] = t->users - 1;
        }

        for (i = end; i < d->start[c + 1]; i++) {

            /* a user is recognised by a copy of an enrolled row */

            if (d->copy[i].own < end && !d->copy[i].shared
                && role[c] == KEYAUTH_ROLE_ENROLLED)
            {
                continue;
            }

            t->row[t->tests] = i;
            t->owner[t->tests] = c;
            t->claim[t->tests++] = role[c] == KEYAUTH_ROLE_ENROLLED
                                   ? t->users - 1 : KEYAUTH_STRANGER;
        }
    }

    e->raw = raw;
    e->class = class;
    e->classes = t->users;
}


static int
keyauth_open_set_predict(keyauth_open_set_t *t, const keyauth_fused_t *f,
    const keyauth_open_set_setup_t *s, char *err)
{
    void              *scratch;
    double             everybody, *fit, *other, *score;
    size_t             size;
    uint32_t           i, k, n;
    const double      *parzen, *raw, *trees;
    keyauth_fusion_t   view;

    n = t->users;
    keyauth_fusion_view(&view, f);
    size = (keyauth_fusion_scratch(&view) + 63) & ~(size_t) 63;
    scratch = aligned_alloc(64, size);

    if (scratch == NULL) {
        strcpy(err, "no memory to test with");
        return -1;
    }

    t->named = keyauth_alloc(t->tests, sizeof(uint32_t));
    t->score = keyauth_alloc((size_t) t->tests * n, sizeof(double));
    fit = keyauth_alloc((size_t) t->tests * n, sizeof(double));
    other = keyauth_alloc(n, sizeof(double));

    for (i = 0; i < t->tests; i++) {
        raw = s->raw + (size_t) t->row[i] * f->head.features;
        score = t->score + (size_t) i * n;
        t->named[i] = keyauth_fusion_predict(&view, raw, scratch, score);
        everybody = keyauth_fusion_members(&view, 0, raw, scratch, &trees,
                                           &parzen);

        /* what keyauth_fusion_verify() says, to every claim at once */

        memcpy(fit + (size_t) i * n, parzen, n * sizeof(double));
        keyauth_open_set_tnorm(score, trees, n);
        keyauth_open_set_tnorm(other, parzen, n);

        for (k = 0; k < n; k++) {
            score[k] = (score[k] + other[k]) / 2
                       + keyauth_fusion_ratio(&view, parzen[k], everybody);
        }
    }

    keyauth_open_set_floor(t, fit);
    free(fit);
    free(other);
    free(scratch);

    return 0;
}


/*
 * keyauth_fusion_tnorm() of every score: without the i-th, the others' mean
 * is d_i / (n - 1) less, and their squares add up to d_i^2 n / (n - 1) less,
 * d_i being its distance to the mean of all.
 */
static void
keyauth_open_set_tnorm(double *out, const double *score, uint32_t n)
{
    double    d, mean, squares, var;
    uint32_t  i;

    mean = 0;
    squares = 0;

    for (i = 0; i < n; i++) {
        mean += score[i];
    }

    mean /= n;

    for (i = 0; i < n; i++) {
        squares += (score[i] - mean) * (score[i] - mean);
    }

    for (i = 0; i < n; i++) {
        d = score[i] - mean;
        var = (squares - d * d * n / (n - 1)) / (n - 1);
        out[i] = (d + d / (n - 1)) / sqrt(fmax(var, 1e-9));
    }
}


/*
 * Three standard deviations below the mean of the genuine tests' fit, their
 * log-likelihoods: the least of few would be too high, that of many too low.
 */
static void
keyauth_open_set_floor(keyauth_open_set_t *t, const double *fit)
{
    double    d, mean, squares;
    size_t    k;
    uint32_t  i, n;

    mean = 0;
    squares = 0;
    n = 0;

    for (i = 0; i < t->tests; i++) {
        if (t->claim[i] != KEYAUTH_STRANGER) {
            d = fit[(size_t) i * t->users + t->claim[i]] - mean;
            mean += d / ++n;
            squares += d * d * (n - 1) / n;
        }
    }

    t->floor = KEYAUTH_NO_FLOOR;

    if (n > 1) {
        t->floor = fmin(mean - 3 * sqrt(squares / (n - 1)), 0);
    }

    for (k = 0; k < (size_t) t->tests * t->users; k++) {
        t->score[k] -= fmax(t->floor - fit[k], 0);
    }
}


int
keyauth_open_sets(keyauth_open_set_t *t, const keyauth_open_set_setup_t *setup,
    const uint8_t *eligible, char *err)
{
    int                  rc;
    uint32_t             i;
    keyauth_open_sets_t  tried;

    memset(t, 0, KEYAUTH_OPEN_SETS * sizeof(keyauth_open_set_t));
    memset(&tried, 0, sizeof(keyauth_open_sets_t));
    tried.trial = t;
    tried.setup = setup;
    tried.eligible = eligible;
    keyauth_parallel(KEYAUTH_OPEN_SETS, keyauth_open_set_task, &tried);
    rc = 0;

    for (i = 0; i < KEYAUTH_OPEN_SETS && rc == 0; i++) {
        rc = tried.rc[i];
        memcpy(err, tried.err[i], rc != 0 ? KEYAUTH_ERROR_MAX : 0);
    }

    return rc;
}


static void
keyauth_open_set_task(void *data, uint32_t i)
{
    uint8_t                   *role;
    keyauth_open_sets_t       *tried;
    keyauth_open_set_setup_t   setup;

    tried = data;
    setup = *tried->setup;
    role = keyauth_alloc(setup.data->classes, 1);
    keyauth_open_set_roles(role, setup.data, tried->eligible,
                           setup.recipe.seed + i / 2, i % 2, 2);
    setup.recipe.seed += i;
    tried->rc[i] = keyauth_open_set(&tried->trial[i], &setup, role,
                                    tried->err[i]);
    free(role);
}


void
keyauth_open_set_free(keyauth_open_set_t *t)
{
    free(t->user);
    free(t->row);
    free(t->owner);
    free(t->claim);
    free(t->named);
    free(t->score);
    memset(t, 0, sizeof(keyauth_open_set_t));
}


void
keyauth_open_set_roles(uint8_t *role, const keyauth_dataset_t *d,
    const uint8_t *eligible, uint64_t seed, uint32_t part, uint32_t parts)
{
    uint32_t           i, j, n, swap, *user;
    keyauth_random_t   random;

    user = keyauth_alloc(d->classes, sizeof(uint32_t));
    n = 0;

    for (i = 0; i < d->classes; i++) {
        role[i] = KEYAUTH_ROLE_NONE;

        if (eligible == NULL || eligible[i]) {
            user[n++] = i;
        }
    }

    keyauth_random_init(&random, seed, 0);

    for (i = n; i > 1; i--) {
        j = keyauth_random_below(&random, i);
        swap = user[i - 1];
        user[i - 1] = user[j];
        user[j] = swap;
    }

    n = n < KEYAUTH_OPEN_SET_USERS ? n : KEYAUTH_OPEN_SET_USERS;

    for (i = 0; i < n; i++) {
        role[user[i]] = (uint64_t) i * parts / n == part
                        ? KEYAUTH_ROLE_STRANGER : KEYAUTH_ROLE_ENROLLED;
    }

    free(user);
}
