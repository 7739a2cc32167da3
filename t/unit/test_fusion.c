/*
 * FUSION against its definition: densities and scores as plain loops in
 * doubles have them, for strings of 2, 8, 13 and 64 keys and for more users
 * than a cohort holds.
 */


#include "fusion_fixture.h"
#include "synth.h"


/* fewer under the sanitizers, which are slow */
#if defined(__SANITIZE_ADDRESS__) || defined(TEST_FEW)
#define TREES  60
#define SEEDS  1
#else
#define SEEDS  3
#define TREES  KEYAUTH_TRAIN_FUSION
#endif


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
    split_make(s, path, trees, 1, 1);
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


/*
 * The log-likelihoods as reference.py has them, but for the width, a part of
 * its; returns everybody's, each density 5 % of theirs.
 */
static double
parzen(double *out, const split_t *s, const keyauth_cohort_t *c,
    const double *raw)
{
    double    d, everybody, h, *k, *mine, *rest, sum, x;
    uint32_t  f, i, j, n, nmine, nrest, *owner, *row;

    row = keyauth_alloc(s->train.rows, sizeof(uint32_t));
    owner = keyauth_alloc(s->train.rows, sizeof(uint32_t));
    mine = keyauth_alloc(s->train.rows, sizeof(double));
    rest = keyauth_alloc(s->train.rows, sizeof(double));
    k = keyauth_alloc(s->train.rows, sizeof(double));
    n = cohort_rows(s, c, row, owner);
    memset(out, 0, c->members * sizeof(double));
    everybody = 0;

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

        h = 0.7 * median(rest, nrest) + 1e-3;
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

        everybody += log(0.05 * sum / n + 1e-12);

        for (j = 0; j < c->members; j++) {
            out[j] += log(0.95 * mine[j] / rest[j] + 0.05 * sum / n + 1e-12);
        }
    }

    free(row);
    free(owner);
    free(mine);
    free(rest);
    free(k);

    return everybody;
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


/* the fused scores of a set with one cohort */
static void
fused_check(split_t *s, const double *raw, const double *log_shares,
    const double *density)
{
    double    max, *own, *scores, sum;
    uint32_t  i, n;

    n = s->d.classes;
    own = keyauth_alloc(n, sizeof(double));
    scores = keyauth_alloc(n, sizeof(double));
    keyauth_fusion_predict(&s->view, raw, s->scratch, scores);
    max = -INFINITY;
    sum = 0;

    for (i = 0; i < n; i++) {
        own[i] = s->fused.head.trees_power * log_shares[i]
                 + s->fused.head.parzen_power * density[i];
        max = fmax(max, own[i]);
    }

    for (i = 0; i < n; i++) {
        own[i] = exp(own[i] - max);
        sum += own[i];
    }

    for (i = 0; i < n; i++) {
        assert_true(fabs(scores[i] - own[i] / sum) < 1e-4 * own[i] / sum
                                                     + 1e-30);
    }

    free(own);
    free(scores);
}


/* whether the time is above the cut's */
static int
above(const double *raw, uint32_t feature, int16_t cut)
{
    return keyauth_grove_time(keyauth_grove_step(raw[feature]))
           > keyauth_grove_time(cut);
}


/*
 * log(share + 1e-3), the shares being the cohort's trees' means: each tree is
 * walked down alone, by times and not by steps.
 */
static void
log_tree_shares(double *out, const split_t *s, const keyauth_cohort_t *c,
    const double *raw)
{
    uint32_t                    i, k;
    const keyauth_split_t      *p;
    const keyauth_grove_top_t  *top;

    memset(out, 0, c->members * sizeof(double));

    for (i = c->tree; i < c->tree + c->trees; i++) {
        top = &s->fused.trees.tops[i / 32];

        for (k = 1; k < 32; /* void */ ) {
            k = 2 * k + above(raw, top->feature[k - 1][i % 32],
                              top->cut[k - 1][i % 32]);
        }

        p = s->fused.trees.splits + s->fused.trees.base[i]
            + s->fused.trees.exits[i * 32 + k - 32];

        while (p->ahead[0] != 0) {
            p += p->ahead[above(raw, p->feature, p->cut)];
        }

        out[p->ahead[1]] += 1.0 / c->trees;
    }

    for (i = 0; i < c->members; i++) {
        out[i] = log(out[i] + 1e-3);
    }
}


/* every step-th row that was held back, in the cohort of its user */
static void
split_check(split_t *s, uint32_t step)
{
    double                   all, everybody, *log_shares, *own;
    double                   verify, worst;
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
        everybody = parzen(own, s, cohort, raw);
        log_tree_shares(log_shares, s, cohort, raw);
        all = keyauth_fusion_members(&s->view, c, raw, s->scratch, &trees,
                                     &density);
        assert_true(fabs(all - everybody) < 1e-5 * fabs(everybody));

        for (j = 0; j < cohort->members; j++) {
            worst = fmax(worst, fabs(density[j] - own[j])
                                / fmax(fabs(own[j]), 1));
            assert_true(fabs(trees[j] - log_shares[j]) < 1e-6);
        }

        label = place - cohort->member;
        verify = (tnorm(log_shares, cohort->members, label)
                  + tnorm(own, cohort->members, label)) / 2
                 + (own[label] - everybody) / s->all.features + log(0.05);
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


/* the share of rows held back that one member alone has right */
static double
member_top1(split_t *s, int parzen)
{
    uint32_t       best, hits, i, k, tests;
    const double  *member[2], *score;

    hits = 0;
    tests = 0;

    for (i = 0; i < s->d.rows; i++) {
        if (s->keep[i]) {
            continue;
        }

        keyauth_fusion_members(&s->view, 0,
                               s->all.raw + (size_t) i * s->all.features,
                               s->scratch, &member[0], &member[1]);
        score = member[parzen];
        best = 0;

        for (k = 1; k < s->d.classes; k++) {
            best = score[k] > score[best] ? k : best;
        }

        hits += best == s->d.class[i];
        tests++;
    }

    return (double) hits / tests;
}


/*
 * FUSION is as good as the better of its members, but for half a point, in the
 * mean of seeds
 */
static void
test_members(void **state)
{
    double    density, fused, trees;
    split_t   s;
    uint32_t  i, seed;

    static const char *const  sets[] = {
        "trainer/synthetic.csv", "../shared/data/Train_keystroke.csv",
        "../shared/data/MEU-Mobile.csv"
    };

    (void) state;

    for (i = 0; i < 3; i++) {
        if (access(sets[i], R_OK) != 0) {
            continue;
        }

        trees = 0;
        density = 0;
        fused = 0;

        for (seed = 1; seed <= SEEDS; seed++) {
            split_make(&s, sets[i], TREES, seed, 1);
            trees += member_top1(&s, 0) / SEEDS;
            density += member_top1(&s, 1) / SEEDS;
            fused += split_top1(&s) / SEEDS;
            split_free(&s);
        }

        printf("# %s: trees %.1f %%, densities %.1f %%, fused %.1f %%\n",
               sets[i], 100 * trees, 100 * density, 100 * fused);
        assert_true(fused >= fmax(trees, density)
                             - (SEEDS > 1 ? 0.005 : 0.02));
    }
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


/* every instruction set's exits from a group of trees, for all features */
static void
test_tops(void **state)
{
    int16_t                          steps[256];
    uint16_t                         exits[32];
    uint32_t                         f, i, k, round, t;
    keyauth_random_t                 r;
    keyauth_grove_top_t              top;
    const keyauth_kernels_t *const  *all;

    (void) state;

    keyauth_random_init(&r, 1, 0);

    for (round = 0; round < 2000; round++) {
        f = round % 2 ? 1 + keyauth_random_below(&r, 64)
                      : 1 + keyauth_random_below(&r, 253);

        for (i = 0; i < 256; i++) {
            steps[i] = (int16_t) (keyauth_random_below(&r, 65535) - 32767);
        }

        /* equal ones among them */

        for (i = 0; i < 31; i++) {
            for (t = 0; t < 32; t++) {
                top.feature[i][t] = (uint16_t) keyauth_random_below(&r, f);
                top.cut[i][t] = keyauth_random_below(&r, 9) == 0
                                ? steps[top.feature[i][t]]
                                : (int16_t) (keyauth_random_below(&r, 65535)
                                             - 32767);
            }
        }

        for (all = keyauth_kernels_all; *all != NULL; all++) {

            if (!(*all)->usable()) {
                continue;
            }

            (*all)->tops(&top, f, steps, exits);

            for (t = 0; t < 32; t++) {
                for (k = 1; k < 32; /* void */ ) {
                    k = 2 * k + (steps[top.feature[k - 1][t]]
                                 > top.cut[k - 1][t]);
                }

                assert_int_equal(exits[t], k - 32);
            }
        }
    }
}


/* every instruction set's logarithms and softmax against the library's */
static void
test_kernels(void **state)
{
    float                            x[64], e[64];
    float _Alignas(64)               y[64];
    double                           share, sum, worst[2];
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
                e[i] = 4 * logf(x[i]);
            }

            x[n - 1] = round % 2 ? 1 : x[n - 1];
            memcpy(y, x, n * sizeof(float));
            (*k)->logs(y, n);

            for (i = 0; i < n; i++) {
                worst[0] = fmax(worst[0], fabs((double) y[i] - log(x[i]))
                                          / fmax(fabs(log(x[i])), 1));
            }

            memcpy(y, e, n * sizeof(float));
            (*k)->softmax(y, n);
            sum = 0;

            for (i = 0; i < n; i++) {
                sum += exp(e[i]);
            }

            for (i = 0; i < n; i++) {
                share = exp(e[i]) / sum;
                worst[1] = fmax(worst[1], fabs((double) y[i] - share)
                                          / fmax(share, 1e-35));
            }
        }

        printf("# %s: log to %.1e, softmax to %.1e\n", (*k)->name, worst[0],
               worst[1]);
        assert_true(worst[0] < 3e-7 && worst[1] < 1e-5);
    }
}


/* of many rows, fewer folds than eight are trained; more is one for all rows */
static void
test_folds(void **state)
{
    char                      err[KEYAUTH_ERROR_MAX];
    double                    raw[3000];
    uint32_t                  class[3000], i, k;
    keyauth_fused_t           f;
    keyauth_random_t          random;
    keyauth_enrolment_t       e;
    keyauth_progress_t        progress;
    keyauth_fusion_recipe_t   r = { 1, 4 };

    const struct {
        uint32_t  rows;
        uint32_t  trained;
    } expected[] = {
        { 1142, 9 }, { 1143, 8 }, { 2000, 5 }, { 3000, 4 }
    };

    (void) state;
    keyauth_random_init(&random, 1, 1);
    keyauth_progress_init(&progress, 1);

    for (k = 0; k < 4; k++) {
        for (i = 0; i < expected[k].rows; i++) {
            class[i] = i * 10 / expected[k].rows;
            raw[i] = 20 * class[i] + 40 * keyauth_random_unit(&random);
        }

        e.rows = expected[k].rows;
        e.features = 1;
        e.classes = 10;
        e.raw = raw;
        e.class = class;
        assert_int_equal(keyauth_fusion_train(&f, &e, &r, &progress, err), 0);
        assert_int_equal(progress.total, expected[k].trained);
        assert_int_equal(progress.done, expected[k].trained);
        assert_true(f.head.trees_power + f.head.parzen_power > 0.1);
        assert_true(f.head.trees_power != 1);
        keyauth_fusion_free(&f);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_tops),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_cohorts),
        cmocka_unit_test(test_folds)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
