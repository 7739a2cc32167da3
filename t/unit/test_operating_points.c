/*
 * Operating points: what they hold, and that the false-accept rate they
 * promise is the one that people who had no part in them, neither enrolled
 * nor as strangers, are accepted at.
 */


#include "parity.h"
#include "build.h"
#include "keyauth_point.h"
#include "operating_points.h"
#include "statistics.h"
#include "train.h"
#include "open_set.h"


#if defined(__SANITIZE_ADDRESS__) || defined(TEST_FEW)
#define TREES     60
#define SHUFFLES  1
#else
#define TREES     500
#define SHUFFLES  4
#endif


static keyauth_rows_t         rows;
static keyauth_open_set_setup_t  setup;
static keyauth_operating_points_t       points;


static double
threshold_at(const keyauth_point_t *at, double far)
{
    return keyauth_point_at(at, KEYAUTH_POINTS, far).threshold;
}


/* the share of false claims that are accepted, all typing drawn out */
static double
stretched(const keyauth_fusion_t *view, const keyauth_open_set_t *t,
    double times, void *scratch)
{
    double    accepted, asked, raw[KEYAUTH_RAW_MAX];
    uint32_t  claim, f, i;

    accepted = 0;
    asked = 0;

    for (i = 0; i < t->tests; i += 7) {
        for (f = 0; f < rows.features; f++) {
            raw[f] = times * rows.raw[(size_t) t->row[i] * rows.features + f];
        }

        for (claim = 0; claim < t->users; claim++) {
            if (claim != t->claim[i]) {
                accepted += keyauth_fusion_verify(view, claim, raw, scratch)
                            >= threshold_at(points.verify[0], 0.01);
                asked++;
            }
        }
    }

    return accepted / asked;
}


/* a trial's scores are the engine's, and so is the user it names */
static void
test_trial(void **state)
{
    char                  err[KEYAUTH_ERROR_MAX];
    void                 *scratch;
    double                far, *raw, scores[1000], verify;
    uint8_t              *role;
    uint32_t              c, claim, i, n, *class;
    keyauth_fused_t       f;
    keyauth_open_set_t    t;
    keyauth_fusion_t      view;
    keyauth_enrolment_t   e;
    const double          times[] = { 0.1, 2, 5 };

    (void) state;

    role = keyauth_alloc(parity_data.classes, 1);
    keyauth_open_set_roles(role, &parity_data, NULL, 3, 1, 2);
    assert_int_equal(keyauth_open_set(&t, &setup, role, err), 0);
    assert_int_equal(t.users, parity_data.classes / 2);

    /* the same enrolled by hand */

    e.features = rows.features;
    e.classes = t.users;
    e.rows = 0;
    raw = keyauth_alloc((size_t) rows.rows * e.features, sizeof(double));
    class = keyauth_alloc(rows.rows, sizeof(uint32_t));

    for (c = 0; c < t.users; c++) {
        i = parity_data.start[t.user[c]];
        n = parity_data.start[t.user[c] + 1] - i;
        n = n - n / 4 - (n % 4 != 0);

        for (n += i; i < n; i++) {
            memcpy(raw + (size_t) e.rows * e.features,
                   rows.raw + (size_t) i * e.features,
                   e.features * sizeof(double));
            class[e.rows++] = c;
        }
    }

    e.raw = raw;
    e.class = class;
    assert_int_equal(keyauth_fusion_enrol(&f, &e, &setup.recipe, NULL, err),
                     0);
    f.head.trees_power = setup.powers->trees_power;
    f.head.parzen_power = setup.powers->parzen_power;
    f.head.floor = t.floor;
    keyauth_fusion_view(&view, &f);
    scratch = aligned_alloc(64, (keyauth_fusion_scratch(&view) + 63)
                                & ~(size_t) 63);

    for (i = 0; i < t.tests; i += 7) {
        claim = i % t.users;
        verify = keyauth_fusion_verify(&view, claim,
                                       rows.raw + (size_t) t.row[i]
                                       * e.features, scratch);
        assert_true(fabs(verify - t.score[(size_t) i * t.users + claim])
                    < 1e-9 * fmax(1, fabs(verify)));
        assert_int_equal(t.named[i],
                         keyauth_fusion_predict(&view, rows.raw
                                                + (size_t) t.row[i]
                                                * e.features, scratch,
                                                scores));

        /* nobody's enrolled rows are tests, and strangers are not enrolled */

        c = parity_data.class[t.row[i]];
        assert_int_equal(c, t.owner[i]);

        if (t.claim[i] == KEYAUTH_STRANGER) {
            assert_int_equal(role[c], KEYAUTH_ROLE_STRANGER);

        } else {
            assert_int_equal(t.user[t.claim[i]], c);
            n = parity_data.start[c + 1] - parity_data.start[c];
            assert_true(parity_data.repetition[t.row[i]]
                        >= keyauth_open_set_rows(n));
        }
    }

    for (i = 0; i < 3; i++) {
        far = stretched(&view, &t, times[i], scratch);
        printf("# false claims accepted at FAR 1 %%, %g times as slow: "
               "%.2f %%\n", times[i], 100 * far);
        assert_true(far < (times[i] == 2 ? 0.03 : 0.001));
    }

    keyauth_open_set_free(&t);
    keyauth_fusion_free(&f);
    free(scratch);
    free(class);
    free(raw);
    free(role);
}


/* the users of d that have this role, as a data set with n rows each */
static void
subset(keyauth_dataset_t *part, keyauth_rows_t *picked,
    const keyauth_dataset_t *d, const uint8_t *role, int wanted, uint32_t n)
{
    char      err[KEYAUTH_ERROR_MAX], path[] = "/tmp/keyauth-points.XXXXXX";
    FILE     *f;
    double   *summary;
    uint32_t  i, k;

    f = fdopen(mkstemp(path), "w");
    fprintf(f, "user");

    for (k = 0; k < d->keys; k++) {
        fprintf(f, ",press-%u,release-%u", k, k);
    }

    for (i = 0; i < d->rows; i++) {
        if (role[d->class[i]] != wanted || d->repetition[i] >= n) {
            continue;
        }

        fprintf(f, "\n%s", d->labels[d->class[i]]);

        for (k = 0; k < d->keys; k++) {
            fprintf(f, ",%.17g,%.17g", d->press[(size_t) i * d->keys + k],
                    d->release[(size_t) i * d->keys + k]);
        }
    }

    fprintf(f, "\n");
    assert_int_equal(fclose(f), 0);

    if (keyauth_dataset_read(part, path, err) != 0) {
        fail_msg("%s", err);
    }

    unlink(path);
    summary = keyauth_dataset_summary(part);
    keyauth_rows_pick(picked, part, summary, NULL);
    free(summary);
}


/*
 * Half of the users are all that a model and its points know.  All of the
 * other half's rows claim to be each of them: how many are accepted?
 */
static void
test_achieved(void **state)
{
    char                         err[KEYAUTH_ERROR_MAX];
    double                       accepted, far, named, score, tests, total[2];
    uint8_t                     *role;
    uint32_t                     c, i, s;
    keyauth_rows_t               picked;
    keyauth_dataset_t            half;
    keyauth_open_set_t           t;
    keyauth_open_set_setup_t     all;
    keyauth_operating_points_t   p;

    (void) state;

    role = keyauth_alloc(parity_data.classes, 1);
    all = setup;
    all.enrol = UINT32_MAX;
    total[0] = 0;
    total[1] = 0;

    for (s = 0; s < SHUFFLES; s++) {
        keyauth_open_set_roles(role, &parity_data, NULL, 100 + s, 0, 2);
        subset(&half, &picked, &parity_data, role, KEYAUTH_ROLE_ENROLLED,
               UINT32_MAX);
        assert_int_equal(keyauth_operating_points(&p, &half, picked.raw,
                                                  &all.recipe, all.powers,
                                                  err), 0);
        assert_int_equal(p.points, KEYAUTH_POINTS);
        assert_int_equal(keyauth_open_set(&t, &all, role, err), 0);
        accepted = 0;
        named = 0;
        tests = 0;

        for (i = 0; i < t.tests; i++) {
            assert_int_equal(t.claim[i], KEYAUTH_STRANGER);

            for (c = 0; c < t.users; c++) {
                score = t.score[(size_t) i * t.users + c];
                accepted += score >= threshold_at(p.verify[0], 0.01);
                tests++;
            }

            score = t.score[(size_t) i * t.users + t.named[i]];
            named += score >= threshold_at(p.unknown, 0.1);
        }

        far = accepted / tests;
        named /= t.tests;
        total[0] += far / SHUFFLES;
        total[1] += named / SHUFFLES;
        printf("# strangers accepted at FAR 1 %%: %.2f %%; named at 10 %%: "
               "%.1f %%\n", 100 * far, 100 * named);
        assert_true(far > 0.005 && far < 0.018);

        keyauth_open_set_free(&t);
        keyauth_rows_free(&picked);
        keyauth_dataset_free(&half);
    }

    printf("# mean FAR %.2f %%, %.1f %%\n", 100 * total[0],
           100 * total[1]);
    assert_true(total[1] > 0.04 && total[1] < 0.17);
    free(role);
}


static void
test_points(void **state)
{
    uint32_t                           i, k;
    const keyauth_operating_points_t  *p;

    (void) state;

    p = &points;
    assert_int_equal(p->points, KEYAUTH_POINTS);
    assert_true(p->eer > 0 && p->eer < 0.2);

    /* eight rows: six are enrolled, two are tested */

    assert_int_equal(p->attempts, 2);

    for (k = 0; k < KEYAUTH_ATTEMPTS_MAX; k++) {
        assert_true(p->verify[k][0].far == KEYAUTH_FAR_MIN);
        assert_true(p->verify[k][KEYAUTH_POINTS - 1].far == KEYAUTH_FAR_MAX);

        for (i = 1; i < KEYAUTH_POINTS; i++) {
            assert_true(p->verify[k][i].far > p->verify[k][i - 1].far);
            assert_true(p->verify[k][i].far == p->unknown[i].far);
            assert_true(p->verify[k][i].threshold
                        <= p->verify[k][i - 1].threshold);
            assert_true(p->verify[k][i].frr <= p->verify[k][i - 1].frr);
            assert_true(p->unknown[i].threshold <= p->unknown[i - 1].threshold);
        }

        for (i = 0; i < KEYAUTH_POINTS; i++) {
            /* more attempts let the threshold down; FRR is never worse */

            if (k > 0) {
                assert_true(p->verify[k][i].frr <= p->verify[k - 1][i].frr);
            }

            if (k >= p->attempts) {
                assert_true(p->verify[k][i].frr
                            == p->verify[p->attempts - 1][i].frr);
            }

            /* it is harder to know one of all than the one who is claimed */

            assert_true(p->unknown[i].threshold > p->verify[0][i].threshold);
        }
    }
}


/* too few users or rows: no points, and no sections */
static void
test_small(void **state)
{
    char                         err[KEYAUTH_ERROR_MAX];
    uint8_t                     *role;
    uint32_t                     i, users;
    keyauth_rows_t               picked;
    keyauth_writer_t             w;
    keyauth_dataset_t            d;
    keyauth_operating_points_t   p;

    (void) state;

    role = keyauth_alloc(parity_data.classes, 1);

    for (users = KEYAUTH_POINTS_USERS - 1; users <= KEYAUTH_POINTS_USERS;
         users++)
    {
        for (i = 0; i < users; i++) {
            role[i] = 1;
        }

        for (i = 2; i <= 3; i++) {
            subset(&d, &picked, &parity_data, role, 1, i);
            assert_int_equal(keyauth_operating_points(&p, &d, picked.raw,
                                                      &setup.recipe,
                                                      setup.powers, err), 0);
            assert_int_equal(p.points, users == KEYAUTH_POINTS_USERS && i == 3
                                       ? KEYAUTH_POINTS : 0);
            keyauth_writer_init(&w);
            assert_int_equal(keyauth_operating_points_pack(&w, &p, err), 0);
            assert_int_equal(w.sections, p.points > 0 ? 2 : 0);
            keyauth_writer_free(&w);

            /* one row is left to test, so one attempt was measured */

            assert_int_equal(p.attempts, p.points > 0 ? 1 : 0);
            keyauth_rows_free(&picked);
            keyauth_dataset_free(&d);
        }
    }

    free(role);
}


/* mean EER of two shuffles' halves, as the research's verification has it */
static double
eer(uint32_t enrol, uint64_t seed)
{
    char                       err[KEYAUTH_ERROR_MAX];
    double                    *genuine, sum, *stranger;
    size_t                     ng, ns;
    uint8_t                   *role;
    uint32_t                   i, n;
    keyauth_open_set_t         t;
    keyauth_open_set_setup_t   s;

    role = keyauth_alloc(parity_data.classes, 1);
    s = setup;
    s.enrol = enrol;
    s.skip = enrol;
    sum = 0;

    for (n = 0; n < 4; n++) {
        keyauth_open_set_roles(role, &parity_data, NULL, 10 * seed + n / 2,
                               n % 2, 2);
        assert_int_equal(keyauth_open_set(&t, &s, role, err), 0);
        genuine = keyauth_alloc(t.tests, sizeof(double));
        stranger = keyauth_alloc((size_t) t.tests * t.users, sizeof(double));
        ng = 0;
        ns = 0;

        for (i = 0; i < t.tests; i++) {
            if (t.claim[i] != KEYAUTH_STRANGER) {
                genuine[ng++] = t.score[(size_t) i * t.users + t.claim[i]];
                continue;
            }

            memcpy(stranger + ns, t.score + (size_t) i * t.users,
                   t.users * sizeof(double));
            ns += t.users;
        }

        keyauth_scores_sort(genuine, ng);
        keyauth_scores_sort(stranger, ns);
        sum += keyauth_eer(genuine, ng, stranger, ns) / 4;
        free(genuine);
        free(stranger);
        keyauth_open_set_free(&t);
    }

    free(role);

    return sum;
}


static void
test_verification(void **state)
{
    double    all[2], four, six;
    uint64_t  seed;

    (void) state;

    all[0] = 0;
    all[1] = 0;

    for (seed = 0; seed < SHUFFLES; seed++) {
        four = eer(4, seed);
        six = eer(6, seed);
        all[0] += four / SHUFFLES;
        all[1] += six / SHUFFLES;
        printf("# EER %.2f %% after 4 rows, %.2f %% after 6\n", 100 * four,
               100 * six);
    }

    printf("# mean EER %.2f %% after 4 rows, %.2f %% after 6\n",
           100 * all[0], 100 * all[1]);

    if (SHUFFLES > 1) {
        assert_true(all[0] <= 0.053);
        assert_true(all[1] <= 0.043);
    }
}


int
main(void)
{
    char                          err[KEYAUTH_ERROR_MAX];
    static keyauth_fusion_head_t  powers;

    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_trial),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_achieved),
        cmocka_unit_test(test_verification)
    };

    parity_read();
    keyauth_rows_pick(&rows, &parity_data, parity_x, NULL);
    powers.trees_power = 1.8;
    powers.parzen_power = 0.19;
    setup.data = &parity_data;
    setup.raw = rows.raw;
    setup.recipe.trees = TREES;
    setup.recipe.seed = 1;
    setup.powers = &powers;
    assert_int_equal(keyauth_operating_points(&points, &parity_data, rows.raw,
                                              &setup.recipe, setup.powers,
                                              err), 0);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
