/*
 * LIVE: its parts against a plain reading of their formulas, templates that
 * learn, their stored form, sketches; the trainer's background.
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard.h"
#include "keyauth_kernels.h"
#include "keyauth_model.h"
#include "live_points.h"
#include "random.h"
#include "util.h"


/* sanitizers look at memory: fewer people will do */
#if defined(__SANITIZE_ADDRESS__)
#define PEOPLE  14
#else
#define PEOPLE  24
#endif

#define ROWS    12
#define SETS    4


static const uint32_t        lengths[SETS] = { 2, 3, 13, 64 };
static uint16_t             *steps[SETS];
static keyauth_typist_t     *people[SETS];
static keyauth_background_t  fitted[SETS];


/* everybody has a pace and a pattern, and strays from it */
static void
make_people(uint32_t keys, uint16_t **to, keyauth_typist_t **who)
{
    double             middle[2 * KEYAUTH_KEYS_MAX], pace;
    uint16_t          *p;
    uint32_t           i, r, s;
    keyauth_random_t   random;

    keyauth_random_init(&random, 7, keys);
    *to = keyauth_alloc((size_t) PEOPLE * ROWS * (2 * keys - 1),
                        sizeof(uint16_t));
    *who = keyauth_alloc(PEOPLE, sizeof(keyauth_typist_t));
    p = *to;

    for (i = 0; i < PEOPLE; i++) {
        pace = exp(0.2 * keyauth_random_normal(&random));

        for (s = 0; s < 2 * keys - 1; s++) {
            middle[s] = (s < keys ? 800 : 1600) * pace
                        * exp(0.4 * keyauth_random_normal(&random));
        }

        (*who)[i].keys = keys;
        (*who)[i].rows = ROWS;
        (*who)[i].steps = p;

        for (r = 0; r < ROWS; r++) {
            for (s = 0; s < 2 * keys - 1; s++) {
                *p++ = (uint16_t) fmin(65535, middle[s]
                                  * exp(0.2 * keyauth_random_normal(&random)));
            }
        }
    }
}


static int
make_all(void **state)
{
    int  i;

    (void) state;

    for (i = 0; i < SETS; i++) {
        make_people(lengths[i], &steps[i], &people[i]);
        keyauth_background(&fitted[i], people[i], PEOPLE, 1);
    }

    return 0;
}


static int
free_all(void **state)
{
    int  i;

    (void) state;

    for (i = 0; i < SETS; i++) {
        keyauth_background_free(&fitted[i]);
        free(people[i]);
        free(steps[i]);
    }

    return 0;
}


/* an interval of a row in ms, as keyauth_features.h counts them */
static double
interval(const uint16_t *row, uint32_t n, int kind, uint32_t i)
{
    double  hold, next, gap;

    hold = row[i] * 0.125;

    if (kind == 0) {
        return hold;
    }

    gap = row[n + i] * 0.125;
    next = row[i + 1] * 0.125;

    return kind == 1 ? gap : kind == 2 ? gap + next - hold : gap - hold;
}


static double
compressed(const uint16_t *row, uint32_t n, int kind, uint32_t i)
{
    double  x;

    x = interval(row, n, kind, i);

    return copysign(log1p(fabs(x) / 20), x);
}


/* the header's formulas for one kind, word for word */
static void
plain_parts(const keyauth_live_t *live, const keyauth_live_template_t *t,
    const keyauth_live_sample_t *s, int kind, double *part)
{
    double    a, b, ab, aa, bb, d, g, h, k, near, own, re, sum, square, v;
    double    m[KEYAUTH_KEYS_MAX], var[KEYAUTH_KEYS_MAX];
    double    x[KEYAUTH_KEYS_MAX], shift, w;
    uint32_t  i, n, r, at;

    n = t->keys - (kind > 0);
    h = live->head.width[kind];
    memset(part, 0, KEYAUTH_LIVE_PARTS * sizeof(double));
    shift = 0;
    sum = 0;
    square = 0;

    for (r = 0; r < t->rows; r++) {
        sum += pow(0.9, t->rows - 1 - r);
        square += pow(0.9, 2 * (t->rows - 1 - r));
    }

    re = sum * sum / square;
    at = (uint32_t) kind * KEYAUTH_LIVE_LANES(t->keys);

    for (i = 0; i < n; i++) {
        x[i] = compressed(s->steps, t->keys, kind, i);
        g = s->ground[at + i];
        own = 0;
        near = 0;
        m[i] = 0;
        var[i] = 0;

        for (r = 0; r < t->rows; r++) {
            w = pow(0.9, t->rows - 1 - r);
            v = compressed(t->row[r].steps, t->keys, kind, i);
            d = (x[i] - v) / h;
            k = 1 / (1 + d * d);
            own += w * k / sum;
            near = fmax(near, k);
            m[i] += w * v / sum;
        }

        for (r = 0; r < t->rows; r++) {
            w = pow(0.9, t->rows - 1 - r);
            d = compressed(t->row[r].steps, t->keys, kind, i) - m[i];
            var[i] += w * d * d / sum;
        }

        d = x[i] - m[i];
        v = (var[i] * re + 3 * h * h) / (re + 3);
        part[0] += log((0.95 * own + 0.05 * g) / g) / n;
        part[1] += log((near + 0.05 * g) / g) / n;
        part[2] -= log(1 + d * d / v) / n;
        part[5] += var[i] / (h * h) / n;
        shift += d / n;
    }

    part[3] = -fabs(shift) / h;
    part[5] = log(part[5] + 0.1);
    a = 0;
    b = 0;

    for (i = 0; i < n; i++) {
        d = (x[i] - m[i] - shift) / h;
        part[4] -= log(1 + d * d) / n;
        a += x[i] / n;
        b += m[i] / n;
    }

    aa = 1e-3;
    ab = 1e-3;
    bb = 1e-3;

    for (i = 0; i < n; i++) {
        aa += (x[i] - a) * (x[i] - a);
        ab += (x[i] - a) * (m[i] - b);
        bb += (m[i] - b) * (m[i] - b);
    }

    part[6] = ab / sqrt(aa * bb);
}


/* each instruction set's, for strings of all lengths and few rows and many */
static void
test_parts(void **state)
{
    int                              i, j, k;
    double                           got[KEYAUTH_LIVE_COMPARED], worst;
    double                           want[KEYAUTH_LIVE_PARTS];
    uint32_t                         rows;
    keyauth_live_t                   live;
    keyauth_live_sample_t            s;
    keyauth_live_template_t          t;
    const keyauth_kernels_t *const  *kernels;

    (void) state;

    for (kernels = keyauth_kernels_all; *kernels != NULL; kernels++) {
        if (!(*kernels)->usable()) {
            continue;
        }

        worst = 0;

        for (i = 0; i < SETS; i++) {
            live = fitted[i].view;
            live.kernels = *kernels;

            for (rows = 1; rows < ROWS; rows++) {
                keyauth_typist_template(&people[i][rows], 0, rows, &t);
                keyauth_typist_sample(&live, &people[i][rows + 1], rows, &s);
                keyauth_live_compare(&live, &t, &s, got);

                for (k = 0; k < KEYAUTH_LIVE_KINDS; k++) {
                    plain_parts(&live, &t, &s, k, want);

                    for (j = 0; j < KEYAUTH_LIVE_PARTS; j++) {
                        worst = fmax(worst, fabs(want[j]
                                     - got[k * KEYAUTH_LIVE_PARTS + j]));
                    }
                }
            }
        }

        printf("# %s differs by %.1e\n", (*kernels)->name, worst);
        assert_true(worst < 1e-9);
    }
}


/* a table's cubic against the density itself, and its edges */
static void
test_ground(void **state)
{
    int                     k;
    uint32_t                i;
    keyauth_live_row_t      row;
    keyauth_live_sample_t   s;

    (void) state;

    /* the sample that is farthest in both directions */

    memset(&row, 0, sizeof(row));

    for (k = 0; k < 2; k++) {
        for (i = 0; i < 25; i++) {
            row.steps[i] = (i % 2 == (uint32_t) k) ? UINT16_MAX : 0;
        }

        keyauth_live_sample_row(&fitted[2].view, &row, 13, &s);

        for (i = 0; i < 4 * KEYAUTH_LIVE_LANES(13); i++) {
            assert_true(fabs(s.x[i]) <= KEYAUTH_LIVE_REACH - 0.01);
            assert_true(s.ground[i] >= KEYAUTH_LIVE_DENSITY_MIN
                        && s.ground[i] <= 1);
        }
    }
}


static void
test_steps(void **state)
{
    double    press[3], release[3];
    uint16_t  got[5];

    (void) state;

    press[0] = 1000;
    press[1] = 1100.06;
    press[2] = 1e6;
    release[0] = 1000;
    release[1] = 1100.06 + 0.0624;
    release[2] = 1e6 + 8191.875;
    keyauth_live_steps(press, release, 3, got);

    assert_int_equal(got[0], 0);
    assert_int_equal(got[1], 0);
    assert_int_equal(got[2], 65535);
    assert_int_equal(got[3], 800);
    assert_int_equal(got[4], 65535);
}


/* points fall with the FAR and lie between their neighbours */
static void
test_points(void **state)
{
    unsigned                attempts, keys, rows;
    keyauth_point_t         a, b, c;
    const keyauth_live_t   *live;

    (void) state;

    live = &fitted[2].view;
    assert_int_equal(live->head.people, PEOPLE);
    assert_int_equal(live->head.keys, 13);

    for (keys = 2; keys <= 64; keys += 5) {
        for (rows = 1; rows <= 24; rows++) {
            for (attempts = 1; attempts <= 5; attempts++) {
                keyauth_live_point(live, rows, keys, attempts, 0.001, &a);
                keyauth_live_point(live, rows, keys, attempts, 0.03, &b);
                keyauth_live_point(live, rows, keys, attempts, 0.2, &c);
                assert_true(a.threshold >= b.threshold);
                assert_true(b.threshold >= c.threshold);
                assert_true(a.frr >= 0 && a.frr <= 1);
            }
        }
    }

    /* 5 rows lie half way from 4 to 6, more keys than measured are as 13 */

    keyauth_live_point(live, 4, 13, 1, 0.01, &a);
    keyauth_live_point(live, 6, 13, 1, 0.01, &b);
    keyauth_live_point(live, 5, 40, 1, 0.01, &c);
    assert_true(fabs((a.threshold + b.threshold) / 2 - c.threshold) < 1e-9);
}


/* people are distinguished, and the thresholds hold */
static void
test_verified(void **state)
{
    double                    score;
    uint32_t                  i, j, like, own, other, wrong;
    keyauth_point_t           point;
    keyauth_live_sample_t     s;
    keyauth_live_template_t   t;

    (void) state;

    like = 0;
    own = 0;
    other = 0;
    wrong = 0;
    keyauth_live_point(&fitted[2].view, 6, 13, 1, 0.01, &point);

    for (i = 0; i < PEOPLE; i++) {
        keyauth_typist_template(&people[2][i], 0, 6, &t);

        for (j = 0; j < PEOPLE; j++) {
            keyauth_typist_sample(&fitted[2].view, &people[2][j], 8, &s);
            score = keyauth_live_score(&fitted[2].view, &t, &s);
            assert_true(isfinite(score));

            if (i == j) {
                own += score >= point.threshold;
                like += keyauth_live_consistent(&fitted[2].view, &t, &s);

            } else {
                other += score >= point.threshold;
                wrong += keyauth_live_consistent(&fitted[2].view, &t, &s);
            }
        }
    }

    printf("# %u of %d accepted, %u of others, %u look consistent\n", own,
           PEOPLE, other, wrong);
    assert_true(own >= PEOPLE - 2);
    assert_true(like >= PEOPLE - 2);
    assert_true(other <= PEOPLE * (PEOPLE - 1) / 33);
    assert_true(wrong <= PEOPLE * (PEOPLE - 1) / 4);

    keyauth_live_init(&t, 13);
    assert_int_equal(keyauth_live_consistent(&fitted[2].view, &t, &s), 1);
}


static void
enrol(keyauth_live_template_t *t, uint32_t rows, unsigned flags)
{
    uint32_t                r;
    keyauth_live_sample_t   s;

    keyauth_live_init(t, 13);

    for (r = 0; r < rows; r++) {
        keyauth_typist_sample(&fitted[2].view, &people[2][0], r % ROWS, &s);
        assert_int_equal(keyauth_live_add(t, &s, flags, r), 0);
    }
}


/* all of a claim is learned, exactly if the mean of its samples is enough */
static uint32_t
learned(const keyauth_live_sample_t *s, unsigned n, double above)
{
    double                    score;
    uint32_t                  i;
    keyauth_point_t           point;
    keyauth_live_template_t   t;
    const keyauth_live_t     *live;

    live = &fitted[2].view;
    enrol(&t, 4, KEYAUTH_LIVE_ANCHOR);
    score = 0;

    for (i = 0; i < n; i++) {
        score += keyauth_live_score(live, &t, &s[i]) / n;
    }

    keyauth_live_point(live, 4, 13, n, above, &point);
    assert_int_equal(keyauth_live_learn(live, &t, s, n, above, 24, 100),
                     score >= point.threshold);

    if (score < point.threshold) {
        assert_int_equal(t.rows, 4);
        return 0;
    }

    assert_int_equal(t.rows, 4 + n);

    for (i = 0; i < n; i++) {
        assert_int_equal(t.row[4 + i].day, 100);
        assert_int_equal(t.row[4 + i].flags, 0);
        assert_memory_equal(t.row[4 + i].steps, s[i].steps,
                            25 * sizeof(uint16_t));
    }

    return 1;
}


static void
test_learn_claims(void **state)
{
    double                  above;
    uint32_t                i, mean, single, yes;
    keyauth_live_sample_t   s[KEYAUTH_ATTEMPTS_MAX];

    (void) state;

    yes = 0;
    mean = 0;

    for (i = 0; i < PEOPLE; i++) {
        keyauth_typist_sample(&fitted[2].view, &people[2][i], 9, &s[0]);
        keyauth_typist_sample(&fitted[2].view, &people[2][0], 8, &s[1]);

        for (above = 0.001; above <= 0.2; above *= 1.5) {
            single = learned(s, 1, above);
            yes += single;
            mean += single != learned(s, 2, above);
        }
    }

    assert_in_range(yes, 1, PEOPLE * 13);
    assert_in_range(mean, 1, PEOPLE * 13);

    for (i = 0; i < KEYAUTH_ATTEMPTS_MAX; i++) {
        keyauth_typist_sample(&fitted[2].view, &people[2][0], 4 + i, &s[i]);
    }

    assert_int_equal(learned(s, KEYAUTH_ATTEMPTS_MAX, 0.2), 1);
}


static void
test_learn(void **state)
{
    uint32_t                  i;
    keyauth_live_row_t        none;
    keyauth_live_sample_t     s, stranger;
    keyauth_live_template_t   t;
    const keyauth_live_t     *live;

    (void) state;

    live = &fitted[2].view;
    keyauth_typist_sample(live, &people[2][0], 9, &s);

    /* whatever it is, if every row is to be learned */

    enrol(&t, 4, KEYAUTH_LIVE_ANCHOR);
    memset(&none, 0, sizeof(none));
    keyauth_live_sample_row(live, &none, 13, &stranger);
    assert_int_equal(keyauth_live_learn(live, &t, &stranger, 1, 0.2, 24, 1),
                     0);
    assert_int_equal(keyauth_live_learn(live, &t, &stranger, 1, 1, 24, 1), 1);

    /* six anchors of eight stay, the oldest others leave */

    enrol(&t, 8, KEYAUTH_LIVE_ANCHOR);

    for (i = 0; i < 40; i++) {
        assert_int_equal(keyauth_live_learn(live, &t, &s, 1, 1, 24, 100 + i),
                         1);
        assert_in_range(t.rows, 9, 24);
    }

    assert_int_equal(t.rows, 24);

    for (i = 0; i < 24; i++) {
        assert_int_equal(t.row[i].day, i < 6 ? i : 100 + 40 - 24 + i);
        assert_int_equal(t.row[i].flags, i < 6 ? KEYAUTH_LIVE_ANCHOR : 0);
    }

    /* half of a smaller window, none of unsupervised rows */

    assert_int_equal(keyauth_live_learn(live, &t, &s, 1, 1, 4, 200), 1);
    assert_int_equal(t.rows, 4);
    assert_int_equal(t.row[0].day, 0);
    assert_int_equal(t.row[1].day, 1);
    assert_int_equal(t.row[3].day, 200);

    enrol(&t, 24, 0);
    assert_int_equal(keyauth_live_learn(live, &t, &s, 1, 1, 24, 100), 1);
    assert_int_equal(t.row[0].day, 1);
    assert_int_equal(keyauth_live_add(&t, &s, 0, 1), -1);
    assert_int_equal(keyauth_live_learn(live, &t, &s, 1, 1, 1, 100), 0);

    /* back to a day */

    assert_int_equal(keyauth_live_rollback(&t, 10), 14);
    assert_int_equal(t.rows, 10);
    assert_int_equal(t.row[9].day, 10);

    keyauth_live_init(&t, 12);
    assert_int_equal(keyauth_live_add(&t, &s, 0, 1), -1);
}


static uint8_t *
flush(const uint8_t *bytes, size_t n)
{
    return memcpy(guard - n, bytes, n);
}


/* byte for byte, up to the last byte of a page, and everything else refused */
static void
test_stored(void **state)
{
    size_t                    n;
    uint8_t                   bytes[KEYAUTH_LIVE_BYTES_MAX + 1], *p;
    uint32_t                  i;
    keyauth_live_template_t   a, b;

    (void) state;

    assert_int_equal(test_guard(KEYAUTH_LIVE_BYTES_MAX), 0);
    enrol(&a, 8, KEYAUTH_LIVE_ANCHOR);
    n = keyauth_live_write(&a, bytes);
    assert_int_equal(n, KEYAUTH_LIVE_BYTES(13, 8));
    assert_int_equal(n, 452);
    assert_int_equal(bytes[0], 13);
    assert_int_equal(bytes[1], 8);
    assert_int_equal(bytes[4 + 56], 1);             /* day of the second row */
    assert_int_equal(bytes[8], KEYAUTH_LIVE_ANCHOR);
    assert_int_equal(bytes[10] | bytes[11] << 8, a.row[0].steps[0]);

    p = flush(bytes, n);
    memset(&b, 0, sizeof(b));
    assert_int_equal(keyauth_live_read(&b, p, n), 0);
    assert_memory_equal(&a, &b, sizeof(a));

    for (i = 0; i < n; i++) {
        assert_int_equal(keyauth_live_read(&b, flush(bytes, i), i), -1);
    }

    assert_int_equal(keyauth_live_read(&b, bytes, n + 1), -1);

    for (i = 0; i < 10; i++) {
        if (i >= 4 && i < 8) {
            continue;
        }

        bytes[i] ^= 0x80;
        assert_int_equal(keyauth_live_read(&b, bytes, n), -1);
        bytes[i] ^= 0x80;
    }

    for (i = 0; i < 256; i++) {
        bytes[0] = (uint8_t) i;
        assert_int_equal(keyauth_live_read(&b, bytes, n), i == 13 ? 0 : -1);
    }

    /* the largest there is */

    memset(&a, 0, sizeof(a));
    a.keys = KEYAUTH_KEYS_MAX;
    a.rows = KEYAUTH_LIVE_ROWS_MAX;
    n = keyauth_live_write(&a, bytes);
    assert_int_equal(n, KEYAUTH_LIVE_BYTES_MAX);
    assert_int_equal(keyauth_live_read(&b, bytes, n), 0);
}


static uint32_t
far_apart(const uint8_t *a, const uint8_t *b)
{
    int       i, d;
    uint32_t  sum;

    sum = 0;

    for (i = 0; i < KEYAUTH_LIVE_SKETCH; i++) {
        d = abs(a[i] - b[i]);
        sum += (uint32_t) (d < 30 ? d : 30);
    }

    return sum;
}


static void
test_nearest(void **state)
{
    uint8_t                  *all, own[KEYAUTH_LIVE_SKETCH];
    uint32_t                  d[600], index[KEYAUTH_LIVE_NEAREST], i, j, k, n;
    keyauth_random_t          random;
    keyauth_live_sample_t     s;
    keyauth_live_template_t   t;

    (void) state;

    /* as a plain search has them, also of equals and other lengths */

    keyauth_random_init(&random, 3, 3);
    all = keyauth_alloc(600, KEYAUTH_LIVE_SKETCH);

    for (i = 0; i < 600 * KEYAUTH_LIVE_SKETCH; i++) {
        all[i] = (uint8_t) keyauth_random_below(&random,
                                                i % 32 == 0 ? 2 : 256);
    }

    memcpy(own, all + 32 * 17, sizeof(own));
    memcpy(all + 32 * 400, own, sizeof(own));

    for (k = 1; k <= KEYAUTH_LIVE_NEAREST; k = k * 3 + 1) {
        n = keyauth_live_nearest(all, 600, own, k, index);
        assert_int_equal(n, k);
        assert_int_equal(index[0], 17);
        assert_true(k == 1 || index[1] == 400);

        for (i = 0; i < 600; i++) {
            d[i] = far_apart(all + 32 * i, own);
        }

        for (i = 0; i < n; i++) {
            assert_int_equal(all[32 * index[i]], own[0]);
            assert_true(i == 0 || d[index[i - 1]] <= d[index[i]]);

            for (j = 0; j < 600 && i + 1 == n; j++) {
                if (all[32 * j] == own[0] && d[j] < d[index[i]]) {
                    for (k = 0; k < n && index[k] != j; k++) {
                        /* void */
                    }

                    assert_true(k < n);
                    k = n;
                }
            }
        }
    }

    assert_int_equal(keyauth_live_nearest(all, 0, own, 5, index), 0);
    assert_int_equal(keyauth_live_nearest(all, 600, own, 0, index), 0);

    /* a person is among the nearest few */

    for (i = 0; i < PEOPLE; i++) {
        keyauth_typist_template(&people[2][i], 0, 6, &t);
        keyauth_live_sketch(&t, all + 32 * i);
    }

    for (i = 0, j = 0; i < PEOPLE; i++) {
        keyauth_typist_sample(&fitted[2].view, &people[2][i], 9, &s);
        keyauth_live_sketch_sample(&s, own);
        n = keyauth_live_nearest(all, PEOPLE, own, 3, index);

        for (k = 0; k < n && index[k] != i; k++) {
            /* void */
        }

        j += k < n;
    }

    assert_true(j >= PEOPLE - 1);

    /* 127 steps in 31 bytes, and steps as long as there are */

    memset(&t, 0xff, sizeof(t));
    t.keys = 64;
    t.rows = 24;
    keyauth_live_sketch(&t, own);
    assert_int_equal(own[0], 64);
    assert_int_equal(own[31], 241);
    free(all);
}


/* too few people give nothing; the seed gives all */
static void
test_background(void **state)
{
    keyauth_background_t  b;

    (void) state;

    keyauth_background(&b, people[2], KEYAUTH_LIVE_PEOPLE - 1, 1);
    assert_int_equal(b.view.head.people, 0);
    keyauth_background_free(&b);

    keyauth_background(&b, people[2], KEYAUTH_LIVE_PEOPLE, 1);
    assert_int_equal(b.view.head.people, KEYAUTH_LIVE_PEOPLE);
    keyauth_background_free(&b);

    keyauth_background(&b, people[2], PEOPLE, 1);
    assert_memory_equal(&b.view.head, &fitted[2].view.head,
                        sizeof(keyauth_live_head_t));
    assert_memory_equal(b.floors, fitted[2].floors,
                        b.view.head.nrows * b.view.head.nkeys
                        * sizeof(double));
    keyauth_background_free(&b);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_ground),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_verified),
        cmocka_unit_test(test_learn_claims),
        cmocka_unit_test(test_learn),
        cmocka_unit_test(test_stored),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_background)
    };

    return cmocka_run_group_tests(tests, make_all, free_all);
}
