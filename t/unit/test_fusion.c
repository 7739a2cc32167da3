/*
 * FUSION against its definition: densities and scores as plain loops in
 * doubles have them, for strings of 2, 8, 13 and 64 keys and for more users
 * than a cohort holds.
 */


#include "fusion_fixture.h"
#include "synth.h"


static void
split_synthetic(split_t *s, uint32_t users, uint32_t keys, uint32_t trees)
{
    char             *csv, path[] = "/tmp/keyauth-fusion.XXXXXX";
    FILE             *f;
    size_t            len;
    keyauth_synth_t   synth;

    synth.users = users;
    synth.repetitions = users > 500 ? 4 : 8;
    synth.keys = keys;
    synth.seed = 5;
    csv = keyauth_synth_csv(&synth, &len);
    f = fdopen(mkstemp(path), "w");
    assert_int_equal(fwrite(csv, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    free(csv);
    split_make(s, path, trees, 1);
    unlink(path);
}


static int
compare(const void *one, const void *two)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) two;

    return (a > b) - (a < b);
}


static double
median(double *x, uint32_t n)
{
    qsort(x, n, sizeof(double), compare);

    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}


static double
compressed(double x)
{
    return (x < 0 ? -1 : 1) * log(1 + fabs(x) / 20);
}


/* a cohort's rows, and for each the user's place in the cohort */
static uint32_t
cohort_rows(const split_t *s, const keyauth_cohort_t *c, uint32_t *row,
    uint32_t *owner)
{
    uint32_t  i, n, place;

    n = 0;

    for (i = 0; i < s->train.rows; i++) {
        place = s->fused.place[s->train.class[i]] - c->member;

        if (place < c->members) {
            row[n] = i;
            owner[n++] = place;
        }
    }

    return n;
}


/* the log-likelihoods as reference.py has them */
static void
parzen(double *out, const split_t *s, const keyauth_cohort_t *c,
    const double *raw)
{
    double    d, h, *k, *mine, *rest, sum, x;
    uint32_t  f, i, j, n, nmine, nrest, *owner, *row;

    row = keyauth_alloc(s->train.rows, sizeof(uint32_t));
    owner = keyauth_alloc(s->train.rows, sizeof(uint32_t));
    mine = keyauth_alloc(s->train.rows, sizeof(double));
    rest = keyauth_alloc(s->train.rows, sizeof(double));
    k = keyauth_alloc(s->train.rows, sizeof(double));
    n = cohort_rows(s, c, row, owner);
    memset(out, 0, c->members * sizeof(double));

#define at(i)  compressed(s->train.raw[(size_t) row[i] * s->train.features + f])

    for (f = 0; f < s->train.features; f++) {
        nrest = 0;

        for (j = 0; j < c->members; j++) {
            nmine = 0;

            for (i = 0; i < n; i++) {
                if (owner[i] == j) {
                    mine[nmine++] = at(i);
                }
            }

            d = median(mine, nmine);

            for (i = 0; i < nmine; i++) {
                rest[nrest++] = fabs(mine[i] - d);
            }
        }

        h = median(rest, nrest) + 1e-3;
        sum = 0;
        memset(mine, 0, c->members * sizeof(double));
        memset(rest, 0, c->members * sizeof(double));

        for (i = 0; i < n; i++) {
            x = (compressed(raw[f]) - at(i)) / h;
            k[i] = 1 / (1 + x * x);
            sum += k[i];
            mine[owner[i]] += k[i];
            rest[owner[i]]++;
        }

        for (j = 0; j < c->members; j++) {
            out[j] += log(0.95 * mine[j] / rest[j] + 0.05 * sum / n + 1e-12);
        }
    }

    free(row);
    free(owner);
    free(mine);
    free(rest);
    free(k);
}


static double
tnorm(const double *s, uint32_t n, uint32_t i)
{
    double    mean, var;
    uint32_t  j;

    mean = 0;
    var = 0;

    for (j = 0; j < n; j++) {
        mean += j != i ? s[j] / (n - 1) : 0;
    }

    for (j = 0; j < n; j++) {
        var += j != i ? (s[j] - mean) * (s[j] - mean) / (n - 1) : 0;
    }

    return (s[i] - mean) / sqrt(fmax(var, 1e-9));
}


/* softmax(t score) + 1e-4 in place */
static void
softmax(double *score, uint32_t n, double t)
{
    double    max, sum;
    uint32_t  i;

    max = score[0];
    sum = 0;

    for (i = 1; i < n; i++) {
        max = fmax(max, score[i]);
    }

    for (i = 0; i < n; i++) {
        score[i] = exp(t * (score[i] - max));
        sum += score[i];
    }

    for (i = 0; i < n; i++) {
        score[i] = score[i] / sum + 1e-4;
    }
}


/* the fused scores of a set with one cohort; what is given is overwritten */
static void
fused_check(split_t *s, const double *raw, double *log_shares, double *density)
{
    double    *scores;
    uint32_t   i, n;

    n = s->d.classes;
    scores = keyauth_alloc(n, sizeof(double));
    keyauth_fusion_predict(&s->view, raw, s->scratch, scores);
    softmax(log_shares, n, s->fused.head.trees_power);
    softmax(density, n, s->fused.head.parzen_power);

    for (i = 0; i < n; i++) {
        assert_true(fabs(scores[i] / (log_shares[i] * density[i]) - 1) < 1e-4);
    }

    free(scores);
}


/* log(share + 1e-3), the shares being the cohort's trees' means */
static void
log_tree_shares(double *out, const split_t *s, const keyauth_cohort_t *c,
    const double *raw)
{
    float     x[KEYAUTH_RAW_MAX];
    uint32_t  i;

    for (i = 0; i < s->all.features; i++) {
        x[i] = (float) raw[i];
    }

    memset(out, 0, c->members * sizeof(double));
    keyauth_forest_sum(&s->view.trees, c->tree, c->trees, x, out);

    for (i = 0; i < c->members; i++) {
        out[i] = log(out[i] / c->trees + 1e-3);
    }
}


/* every step-th row that was held back, in the cohort of its user */
static void
split_check(split_t *s, uint32_t step)
{
    double                  *log_shares, *own, verify, worst;
    uint32_t                 c, i, j, label, place, tests;
    const double            *density, *raw, *trees;
    const keyauth_cohort_t  *cohort;

    log_shares = keyauth_alloc(s->d.classes, sizeof(double));
    own = keyauth_alloc(s->d.classes, sizeof(double));
    worst = 0;
    tests = 0;

    for (i = 0; i < s->d.rows; i++) {

        if (s->keep[i] || tests++ % step != 0) {
            continue;
        }

        place = s->fused.place[s->d.class[i]];

        for (c = 0; place - s->fused.cohort[c].member
                    >= s->fused.cohort[c].members; c++)
        {
            /* void */
        }

        cohort = &s->fused.cohort[c];
        raw = s->all.raw + (size_t) i * s->all.features;
        parzen(own, s, cohort, raw);
        log_tree_shares(log_shares, s, cohort, raw);
        keyauth_fusion_members(&s->view, c, raw, s->scratch, &trees, &density);

        for (j = 0; j < cohort->members; j++) {
            worst = fmax(worst, fabs(density[j] - own[j])
                                / fmax(fabs(own[j]), 1));
            assert_true(fabs(trees[j] - log_shares[j]) < 1e-6);
        }

        label = place - cohort->member;
        verify = (tnorm(log_shares, cohort->members, label)
                  + tnorm(own, cohort->members, label)) / 2;
        assert_true(fabs(keyauth_fusion_verify(&s->view, s->d.class[i], raw,
                                               s->scratch) - verify)
                    < 1e-4 * fmax(1, fabs(verify)));

        if (s->fused.head.cohorts == 1) {
            fused_check(s, raw, log_shares, own);
        }
    }

    printf("# %u users, %u keys: densities differ by %.1e\n",
           (unsigned) s->d.classes, (unsigned) s->d.keys, worst);
    assert_true(tests > 0 && worst < 1e-5);
    free(log_shares);
    free(own);
}


/* the share of rows held back that are known */
static double
split_top1(split_t *s)
{
    double    *scores;
    uint32_t   hits, i, tests;

    scores = keyauth_alloc(s->d.classes, sizeof(double));
    hits = 0;
    tests = 0;

    for (i = 0; i < s->d.rows; i++) {
        if (!s->keep[i]) {
            hits += keyauth_fusion_predict(&s->view,
                                           s->all.raw + (size_t) i
                                           * s->all.features, s->scratch,
                                           scores)
                    == s->d.class[i];
            tests++;
        }
    }

    free(scores);

    return (double) hits / tests;
}


static void
test_keys(void **state)
{
    double    top1;
    split_t   s;
    uint32_t  i;

    const uint32_t  keys[] = { 2, 8, 13, 64 };
    const double    least[] = { 0.05, 0.6, 0.75, 0.9 };

    (void) state;

    for (i = 0; i < 4; i++) {
        split_synthetic(&s, 40, keys[i], 100);
        split_check(&s, 5);
        top1 = split_top1(&s);
        printf("# top-1 %.1f %%\n", 100 * top1);
        assert_true(top1 > least[i]);
        split_free(&s);
    }
}


/* one more than a cohort holds are dealt into two */
static void
test_cohorts(void **state)
{
    double    top1;
    split_t   s;

    (void) state;

    split_synthetic(&s, KEYAUTH_COHORT_MAX + 1, 13, 20);
    assert_int_equal(s.fused.head.cohorts, 2);
    assert_int_equal(s.fused.cohort[0].members, 250);
    assert_int_equal(s.fused.cohort[1].members, 251);
    split_check(&s, 60);
    top1 = split_top1(&s);
    printf("# top-1 %.1f %%\n", 100 * top1);
    assert_true(top1 > 0.4);
    split_free(&s);
}


/* every instruction set's logarithms and powers against the library's */
static void
test_kernels(void **state)
{
    float                            x[64], e[64];
    float _Alignas(64)               y[64];
    double                           worst[2];
    uint32_t                         i, n, round;
    keyauth_random_t                 r;
    const keyauth_kernels_t *const  *k;

    (void) state;

    for (k = keyauth_kernels_all; *k != NULL; k++) {

        if (!(*k)->usable()) {
            continue;
        }

        keyauth_random_init(&r, 1, 0);
        worst[0] = 0;
        worst[1] = 0;

        for (round = 0; round < 20000; round++) {
            n = 1 + round % 49;

            for (i = 0; i < n; i++) {
                x[i] = (float) exp(20 * keyauth_random_unit(&r) - 8);
                y[i] = 8 * fmaxf(logf(x[i]), 0);
                e[i] = y[i];
            }

            x[n - 1] = round % 2 ? 1 : x[n - 1];
            memcpy(y, x, n * sizeof(float));
            (*k)->logs(y, n);

            for (i = 0; i < n; i++) {
                worst[0] = fmax(worst[0], fabs((double) y[i] - log(x[i]))
                                          / fmax(fabs(log(x[i])), 1));
            }

            memcpy(y, e, n * sizeof(float));
            (*k)->exps(y, n);

            for (i = 0; i < n; i++) {
                e[i] = fminf(e[i], 87);
                worst[1] = fmax(worst[1],
                                fabs((double) y[i] / exp(-e[i]) - 1));
            }
        }

        printf("# %s: log to %.1e, exp to %.1e\n", (*k)->name, worst[0],
               worst[1]);
        assert_true(worst[0] < 3e-7 && worst[1] < 3e-7);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_cohorts)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
