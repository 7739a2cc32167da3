/*
 * Trees: what they sort, and where they cut.
 */


#include "samples.h"


static void
test_sort(void **state)
{
    float              value;
    uint32_t           i, n;
    uint64_t           keys[1000], spare[1000];
    keyauth_random_t   random;

    (void) state;
    keyauth_random_init(&random, 1, 0);

    for (n = 0; n < 1000; n = n < 100 ? n + 1 : n * 7 / 5) {
        for (i = 0; i < n; i++) {
            value = (float) (keyauth_random_normal(&random) * 100);

            if (i % 5 == 0) {
                value = (float) keyauth_random_below(&random, 3) - 1;
            }

            keys[i] = keyauth_cart_key(value, i);
            assert_true(keyauth_cart_value(keys[i]) == value);
        }

        keyauth_cart_sort(keys, spare, n);

        for (i = 1; i < n; i++) {
            assert_true(keys[i - 1] < keys[i]);
            assert_true(keyauth_cart_value(keys[i - 1])
                        <= keyauth_cart_value(keys[i]));
        }
    }
}


/* the impurity that a cut leaves, by counting */
static double
cart_impurity(const keyauth_samples_t *s, uint32_t feature, float cut)
{
    double    left[16], right[16], nl, nr, sl, sr;
    uint32_t  c, i;

    memset(left, 0, sizeof(left));
    memset(right, 0, sizeof(right));
    nl = nr = sl = sr = 0;

    for (i = 0; i < s->rows; i++) {
        if (s->x[i * s->features + feature] <= cut) {
            left[s->class[i]]++;
            nl++;

        } else {
            right[s->class[i]]++;
            nr++;
        }
    }

    for (c = 0; c < s->classes; c++) {
        sl += left[c] * left[c];
        sr += right[c] * right[c];
    }

    return nl > 0 && nr > 0 ? nl - sl / nl + nr - sr / nr : DBL_MAX;
}


/* no cut is better than the root's, which is midway between two rows */
static void
test_best_cut(void **state)
{
    float               cut, high, low, value;
    double              best;
    uint32_t            f, i, rows;
    keyauth_cart_t      t;
    keyauth_random_t    random;
    keyauth_samples_t   s;

    (void) state;
    keyauth_random_init(&random, 3, 0);

    for (rows = 20; rows <= 320; rows += 60) {
        s = cart_samples(rows, 9);
        keyauth_cart_init(&t, &s, s.features, 0);
        keyauth_cart_grow(&t, NULL, &random);
        cut = t.nodes[0].threshold;
        best = cart_impurity(&s, t.nodes[0].feature, cut);
        low = -FLT_MAX;
        high = FLT_MAX;

        for (i = 0; i < rows; i++) {
            value = s.x[i * 8 + t.nodes[0].feature];
            low = value <= cut ? fmaxf(low, value) : low;
            high = value > cut ? fminf(high, value) : high;

            for (f = 0; f < 8; f++) {
                assert_true(cart_impurity(&s, f, s.x[i * 8 + f])
                            > best - 1e-9);
            }
        }

        assert_true(fabsf(cut - (low / 2 + high / 2)) <= 1e-6f);
        keyauth_cart_free(&t);
    }
}


/* of floats side by side, the lower goes left and the upper right */
static void
test_threshold(void **state)
{
    int                 i;
    uint32_t            y[2] = { 0, 1 };
    float               pair[2];
    keyauth_cart_t      t;
    keyauth_random_t    random;
    keyauth_samples_t   s = { pair, y, 2, 1, 2 };

    static const float  values[] = {
        1.0f, 1.0000001f, 72.3f, -1.0f, -333.33334f, 1e6f, 0.99999994f
    };

    (void) state;
    keyauth_random_init(&random, 3, 0);

    /* midway between two floats is rounded up or down, by the last bit */

    for (i = 0; i < 14; i++) {
        pair[0] = i % 2 ? nextafterf(values[i / 2], INFINITY) : values[i / 2];
        pair[1] = nextafterf(pair[0], INFINITY);

        /* a difference of less than 1e-7 is none */

        if (pair[1] <= pair[0] + 1e-7f) {
            pair[1] = pair[0] + 3e-7f;
        }

        keyauth_cart_init(&t, &s, 1, 0);
        keyauth_cart_grow(&t, NULL, &random);
        assert_int_equal(t.nnodes, 3);
        assert_true(pair[0] <= t.nodes[0].threshold);
        assert_false(pair[1] <= t.nodes[0].threshold);
        keyauth_cart_free(&t);
    }
}


static void
test_same(void **state)
{
    uint32_t            y[2] = { 0, 1 };
    float               pair[2] = { 0, 9e-8f };
    keyauth_cart_t      t;
    keyauth_random_t    random;
    keyauth_samples_t   s = { pair, y, 2, 1, 2 };

    (void) state;
    keyauth_random_init(&random, 3, 0);
    keyauth_cart_init(&t, &s, 1, 0);
    keyauth_cart_grow(&t, NULL, &random);
    assert_int_equal(t.nnodes, 1);
    keyauth_cart_free(&t);
}


/* with one feature a split and seven constants of eight, one is found */
static void
test_constants(void **state)
{
    uint32_t            f, i;
    keyauth_cart_t      t;
    keyauth_random_t    random;
    keyauth_samples_t   s;

    (void) state;
    s = cart_samples(100, 10);

    for (i = 0; i < 100; i++) {
        for (f = 0; f < 8; f++) {
            x[i * 8 + f] = f == 4 ? (float) i : (float) f;
        }
    }

    keyauth_random_init(&random, 5, 0);
    keyauth_cart_init(&t, &s, 1, 0);
    keyauth_cart_grow(&t, NULL, &random);
    assert_int_equal(t.nnodes, 199);

    for (i = 0; i < t.nnodes; i++) {
        assert_true(t.nodes[i].feature == KEYAUTH_CART_LEAF
                    || t.nodes[i].feature == 4);
    }

    keyauth_cart_free(&t);
}


/* every feature is drawn, and a set of two of them as often as any other */
static void
test_draws(void **state)
{
    int                 i;
    uint32_t            seen[8] = { 0 }, y[2] = { 0, 1 };
    float               rows[16];
    keyauth_cart_t      t;
    keyauth_random_t    random;
    keyauth_samples_t   s = { rows, y, 2, 8, 2 };

    (void) state;

    for (i = 0; i < 16; i++) {
        rows[i] = (float) (i / 8);
    }

    keyauth_random_init(&random, 11, 0);
    keyauth_cart_init(&t, &s, 2, 0);

    for (i = 0; i < 8000; i++) {
        keyauth_cart_grow(&t, NULL, &random);
        seen[t.nodes[0].feature]++;
    }

    for (i = 0; i < 8; i++) {
        assert_in_range(seen[i], 850, 1150);
    }

    keyauth_cart_free(&t);
}


/*
 * Random cuts part classes too, of the rows that are in; the best of seven
 * needs fewer.
 */
static void
test_random_cuts(void **state)
{
    uint32_t                    i, in, nodes, weights[ROWS];
    keyauth_cart_t              t;
    keyauth_random_t            random;
    keyauth_samples_t           s;
    const keyauth_cart_node_t  *node;

    (void) state;
    s = cart_samples(ROWS, 50);
    keyauth_random_init(&random, 13, 0);
    in = 0;

    for (i = 0; i < ROWS; i++) {
        weights[i] = i % 3 > 0;
        in += weights[i];
    }

    keyauth_cart_init(&t, &s, 1, 1);
    keyauth_cart_grow(&t, weights, &random);
    nodes = t.nnodes;
    keyauth_cart_free(&t);

    keyauth_cart_init(&t, &s, 7, 1);
    keyauth_cart_grow(&t, weights, &random);
    assert_in_range(t.nnodes, 1, nodes * 7 / 8);
    assert_int_equal(t.nodes[0].end, in);

    for (i = 0; i < ROWS; i++) {
        node = t.nodes;

        while (node->feature != KEYAUTH_CART_LEAF) {
            node = &t.nodes[x[i * 8 + node->feature] <= node->threshold
                            ? node->left : node->right];
        }

        if (weights[i] > 0) {
            assert_int_equal(class[t.order[node->begin]], class[i]);
            assert_int_equal(class[t.order[node->end - 1]], class[i]);
        }
    }

    for (i = 0; i < in; i++) {
        assert_int_equal(weights[t.order[i]], 1);
    }

    keyauth_cart_free(&t);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_best_cut),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_draws),
        cmocka_unit_test(test_random_cuts)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("cart", tests, NULL, NULL);
}
