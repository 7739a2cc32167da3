/*
 * Forests: what they remember, what shares a leaf, how they lie.
 */


#include "samples.h"


static void
cart_forest(keyauth_grown_t *g, const keyauth_samples_t *s,
    const keyauth_forest_recipe_t *recipe)
{
    char              err[KEYAUTH_ERROR_MAX];
    keyauth_forest_t  f;

    if (keyauth_forest_grow(g, s, recipe, NULL, err) != 0) {
        fail_msg("%s", err);
    }

    keyauth_forest_view(&f, g);

    if (keyauth_forest_check(&f, err) != 0) {
        fail_msg("%s", err);
    }
}


/* how many rows each tree alone, and all of them, call by their own label */
static uint32_t
cart_own(const keyauth_grown_t *g, const keyauth_samples_t *s)
{
    double            *scores;
    uint32_t           i, own;
    keyauth_forest_t   f;

    keyauth_forest_view(&f, g);
    scores = calloc(s->classes, sizeof(double));
    assert_non_null(scores);
    own = 0;

    for (i = 0; i < s->rows; i++) {
        own += keyauth_forest_predict(&f, s->x + (size_t) i * s->features,
                                      scores) == s->class[i]
               && scores[s->class[i]] == g->head.trees;
    }

    free(scores);

    return own;
}


static void
test_own_labels(void **state)
{
    char                      err[KEYAUTH_ERROR_MAX];
    float                    *xf;
    double                   *summary;
    size_t                    i;
    keyauth_grown_t           g;
    keyauth_dataset_t         d;
    keyauth_samples_t         s;
    keyauth_forest_recipe_t   recipe = { 20, 2, 1, 0 };

    (void) state;
    s = cart_samples(ROWS, 50);
    cart_forest(&g, &s, &recipe);
    assert_int_equal(g.head.mixed, 0);
    assert_int_equal(cart_own(&g, &s), ROWS);
    keyauth_forest_free(&g);

    /* with a bootstrap a tree has not seen a third of the rows */

    recipe.bootstrap = 1;
    cart_forest(&g, &s, &recipe);
    assert_in_range(cart_own(&g, &s), 0, ROWS / 2);
    keyauth_forest_free(&g);

    if (keyauth_dataset_read(&d, "trainer/synthetic.csv", err) != 0) {
        fail_msg("%s", err);
    }

    summary = keyauth_dataset_summary(&d);
    xf = keyauth_alloc((size_t) d.rows * 8, sizeof(float));

    for (i = 0; i < (size_t) d.rows * 8; i++) {
        xf[i] = (float) summary[i];
    }

    s.x = xf;
    s.class = d.class;
    s.rows = d.rows;
    s.classes = d.classes;
    recipe.bootstrap = 0;
    cart_forest(&g, &s, &recipe);
    assert_int_equal(cart_own(&g, &s), 880);
    keyauth_forest_free(&g);
    keyauth_dataset_free(&d);
    free(summary);
    free(xf);
}


/* rows alike of different users share a leaf, by their weights */
static void
test_mixed(void **state)
{
    int                       i;
    float                     rows[12] = { 1, 1, 1, 1, 2, 2, 2, 2, 9, 9, 9, 9 };
    double                    scores[4];
    uint32_t                  y[6] = { 3, 1, 1, 3, 0, 2 };
    uint32_t                  weights[6] = { 3, 1, 1, 0, 1, 1 };
    keyauth_cart_t            t;
    keyauth_grown_t           g;
    keyauth_forest_t          f;
    keyauth_random_t          random;
    keyauth_samples_t         s = { rows, y, 6, 2, 4 };
    keyauth_forest_recipe_t   recipe = { 3, 1, 1, 0 };

    (void) state;
    cart_forest(&g, &s, &recipe);
    assert_int_equal(g.head.mixed, 9);

    for (i = 0; i < 18; i += 2) {
        assert_true(g.shares[i].label < g.shares[i + 1].label);
        assert_true(g.shares[i].share == 0.5 && g.shares[i + 1].share == 0.5);
    }

    keyauth_forest_view(&f, &g);
    assert_int_equal(keyauth_forest_predict(&f, rows, scores), 1);
    assert_true(scores[1] == 1.5 && scores[3] == 1.5);
    assert_int_equal(keyauth_forest_predict(&f, rows + 8, scores), 0);
    keyauth_forest_free(&g);

    /* a row that was drawn thrice counts thrice, one not drawn not at all */

    keyauth_random_init(&random, 1, 0);
    keyauth_cart_init(&t, &s, 2, 0);
    keyauth_cart_grow(&t, weights, &random);
    assert_int_equal(t.nnodes, 5);

    for (i = 0; i < 5; i++) {
        if (t.nodes[i].feature == KEYAUTH_CART_LEAF
            && t.order[t.nodes[i].begin] == 2)
        {
            assert_int_equal(t.nodes[i].end - t.nodes[i].begin, 1);
        }
    }

    keyauth_cart_free(&t);
}


static void
test_weighted_shares(void **state)
{
    int                       i;
    float                     rows[3] = { 4, 4, 4 };
    uint32_t                  y[3] = { 0, 1, 1 };
    keyauth_grown_t           g;
    keyauth_samples_t         s = { rows, y, 3, 1, 2 };
    keyauth_forest_recipe_t   recipe = { 50, 1, 1, 1 };

    (void) state;
    cart_forest(&g, &s, &recipe);

    /* three draws of three rows: thirds, or one class alone */

    for (i = 0; i < (int) g.head.mixed; i++) {
        assert_int_equal(g.mixed[i + 1] - g.mixed[i], 2);
        assert_true(fabs(g.shares[2 * i].share * 3
                         - round(g.shares[2 * i].share * 3)) < 1e-15);
        assert_true(fabs(g.shares[2 * i].share + g.shares[2 * i + 1].share - 1)
                    < 1e-15);
    }

    assert_in_range(g.head.mixed, 20, 49);
    keyauth_forest_free(&g);
}


static void
test_determinism(void **state)
{
    size_t                    bytes;
    keyauth_grown_t           a, b;
    keyauth_samples_t         s;
    keyauth_forest_recipe_t   recipe = { 10, 2, 5, 1 };

    (void) state;
    s = cart_samples(ROWS, 50);

    cart_forest(&a, &s, &recipe);
    cart_forest(&b, &s, &recipe);
    assert_memory_equal(a.base, b.base, 11 * sizeof(uint32_t));
    bytes = a.base[10] * sizeof(keyauth_node_t);
    assert_memory_equal(a.nodes, b.nodes, bytes);
    keyauth_forest_free(&b);

    /* a tree does not depend on how many there are */

    recipe.trees = 4;
    cart_forest(&b, &s, &recipe);
    assert_memory_equal(a.base, b.base, 5 * sizeof(uint32_t));
    assert_memory_equal(a.nodes, b.nodes,
                        b.base[4] * sizeof(keyauth_node_t));
    keyauth_forest_free(&b);

    recipe.trees = 10;
    recipe.seed = 6;
    cart_forest(&b, &s, &recipe);
    assert_memory_not_equal(a.nodes, b.nodes, 1000);
    keyauth_forest_free(&a);
    keyauth_forest_free(&b);
}


/* a split's pair of children is followed by the pair of one of them */
static void
test_layout(void **state)
{
    uint32_t                  i, left, n, t;
    keyauth_grown_t           g;
    const keyauth_node_t     *node;
    keyauth_samples_t         s;
    keyauth_forest_recipe_t   recipe = { 5, 2, 5, 1 };

    (void) state;
    s = cart_samples(ROWS, 50);
    cart_forest(&g, &s, &recipe);

    for (t = 0; t < 5; t++) {
        node = g.nodes + g.base[t];
        n = g.base[t + 1] - g.base[t];
        assert_int_equal(node[1].link >> 8, 1);

        for (i = 1; i < n; i++) {
            left = i + (node[i].link >> 8);

            if (keyauth_node_is_leaf(node[i])) {
                continue;
            }

            assert_int_equal(left % 2, 0);

            if (!keyauth_node_is_leaf(node[left])
                || !keyauth_node_is_leaf(node[left + 1]))
            {
                assert_true(node[left].link >> 8 == 2
                            || node[left + 1].link >> 8 == 1);
            }
        }
    }

    keyauth_forest_free(&g);
}


/* a tree that goes beyond the nodes is refused before it is walked */
static void
test_bases(void **state)
{
    char                      err[KEYAUTH_ERROR_MAX];
    uint32_t                  base;
    keyauth_grown_t           g;
    keyauth_forest_t          f;
    keyauth_samples_t         s;
    keyauth_forest_recipe_t   recipe = { 3, 2, 1, 0 };

    (void) state;
    s = cart_samples(ROWS, 50);
    cart_forest(&g, &s, &recipe);
    keyauth_forest_view(&f, &g);

    base = g.base[1];
    g.base[1] = 1u << 30;
    assert_int_equal(keyauth_forest_check(&f, err), -1);
    assert_string_equal(err, "tree 0 of the forest is bad");

    g.base[1] = base;
    assert_int_equal(keyauth_forest_check(&f, err), 0);
    keyauth_forest_free(&g);
}


/* what mixed leaves say of themselves */
static void
test_mixed_refused(void **state)
{
    int                       i;
    char                      err[KEYAUTH_ERROR_MAX];
    float                     rows[3] = { 4, 4, 9 };
    uint32_t                  y[3] = { 0, 1, 2 }, wrong;
    double                    share;
    keyauth_grown_t           g;
    keyauth_forest_t          f;
    keyauth_samples_t         s = { rows, y, 3, 1, 3 };
    keyauth_forest_recipe_t   recipe = { 2, 1, 1, 0 };

    static const double  shares[] = { -0.1, 1.1, (double) NAN };

    (void) state;
    cart_forest(&g, &s, &recipe);
    assert_int_equal(g.head.mixed, 2);
    keyauth_forest_view(&f, &g);

    for (i = 0; i < 3; i++) {
        share = g.shares[1].share;
        g.shares[1].share = shares[i];
        assert_int_equal(keyauth_forest_check(&f, err), -1);
        assert_string_equal(err, "a mixed leaf of the forest is bad");
        g.shares[1].share = share;
    }

    wrong = g.shares[0].label;
    g.shares[0].label = 3;
    assert_int_equal(keyauth_forest_check(&f, err), -1);
    g.shares[0].label = wrong;

    for (i = 0; i < 2; i++) {
        wrong = g.mixed[i];
        g.mixed[i] = i == 0 ? 1 : 5;
        assert_int_equal(keyauth_forest_check(&f, err), -1);
        g.mixed[i] = wrong;
    }

    assert_int_equal(keyauth_forest_check(&f, err), 0);
    keyauth_forest_free(&g);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_own_labels),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_weighted_shares),
        cmocka_unit_test(test_determinism),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_bases),
        cmocka_unit_test(test_mixed_refused)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("forest", tests, NULL, NULL);
}
