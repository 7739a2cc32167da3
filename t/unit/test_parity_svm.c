/*
 * The SVM's kernels against libsvm's svm_predict(), label for label.
 */


#include "parity.h"

#include <libsvm/svm.h>

#include "keyauth_svm.h"
#include "pack.h"


static keyauth_svm_t       svm;
static struct svm_model   *trained;
static void               *scratch;
static double             *scores;


static void
svm_quiet(const char *text)
{
    (void) text;
}


static void
svm_nodes(struct svm_node *nodes, const double *x)
{
    int  f;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        nodes[f].index = f + 1;
        nodes[f].value = x[f];
    }

    nodes[f].index = -1;
}


static int
svm_setup(void **state)
{
    char                  err[KEYAUTH_ERROR_MAX];
    double                mean, var;
    size_t                i, n, size;
    keyauth_writer_t      w;
    struct svm_problem    problem;
    struct svm_parameter  p;

    (void) state;

    size = 0;

    n = (size_t) parity_data.rows * KEYAUTH_SUMMARY;
    mean = 0;
    var = 0;

    for (i = 0; i < n; i++) {
        mean += parity_x[i] / (double) n;
    }

    for (i = 0; i < n; i++) {
        var += (parity_x[i] - mean) * (parity_x[i] - mean) / (double) n;
    }

    problem.l = (int) parity_data.rows;
    problem.y = keyauth_alloc(parity_data.rows, sizeof(double));
    problem.x = keyauth_alloc(parity_data.rows, sizeof(struct svm_node *));

    for (i = 0; i < parity_data.rows; i++) {
        problem.y[i] = parity_data.class[i];
        problem.x[i] = keyauth_alloc(KEYAUTH_SUMMARY + 1,
                                     sizeof(struct svm_node));
        svm_nodes(problem.x[i], parity_x + i * KEYAUTH_SUMMARY);
    }

    memset(&p, 0, sizeof(p));
    p.svm_type = C_SVC;
    p.kernel_type = RBF;
    p.gamma = 1 / (KEYAUTH_SUMMARY * var);
    p.C = 1;
    p.eps = 1e-3;
    p.cache_size = 200;
    p.shrinking = 1;

    svm_set_print_string_function(svm_quiet);
    trained = svm_train(&problem, &p);

    keyauth_writer_init(&w);
    assert_int_equal(keyauth_pack_svm(&w, trained, err), 0);

    memcpy(&svm.head, parity_section(&w, "svm.head", NULL),
           sizeof(svm.head));
    svm.start = parity_section(&w, "svm.start", NULL);
    svm.vectors = parity_section(&w, "svm.vectors", NULL);
    svm.coef = parity_section(&w, "svm.coef", NULL);
    svm.rho = parity_section(&w, "svm.rho", NULL);
    svm.depth = parity_section(&w, "svm.depth", NULL);
    svm.slots = parity_section(&w, "svm.slots", NULL);
    svm.pairs = parity_section(&w, "svm.pairs", &size);
    svm.npairs = size / sizeof(float) / KEYAUTH_SVM_LANES;
    keyauth_writer_free(&w);

    assert_int_equal(keyauth_svm_check(&svm, err), 0);

    scratch = parity_scratch(keyauth_svm_scratch(&svm));
    scores = parity_scratch(svm.head.classes * sizeof(double));

    return 0;
}


/* every instruction set's label and votes against libsvm's */
static void
svm_compare(const double *x, uint64_t *again)
{
    int                              i, label;
    double                           sum;
    struct svm_node                  nodes[KEYAUTH_SUMMARY + 1];
    const keyauth_kernels_t *const  *k;

    svm_nodes(nodes, x);
    label = (int) svm_predict(trained, nodes);

    for (k = keyauth_kernels_all; *k != NULL; k++) {

        if (!(*k)->usable()) {
            continue;
        }

        svm.kernels = *k;
        assert_int_equal(keyauth_svm_predict(&svm, x, scratch, scores, again),
                         label);
        sum = 0;

        for (i = 0; i < (int) svm.head.classes; i++) {
            sum += scores[i];
        }

        assert_true(sum == (double) svm.head.classes
                           * (svm.head.classes - 1) / 2);
    }
}


static void
svm_data(void **state)
{
    uint32_t  i;
    uint64_t  again;

    (void) state;
    again = 0;

    for (i = 0; i < parity_data.rows; i++) {
        svm_compare(parity_x + (size_t) i * KEYAUTH_SUMMARY, &again);
    }

    printf("# SVM: %u rows of the data equal, %llu pairs decided again\n",
           parity_data.rows, (unsigned long long) again);
}


static void
svm_random(void **state)
{
    double    x[KEYAUTH_SUMMARY];
    uint32_t  i;
    uint64_t  again;

    (void) state;
    again = 0;

    for (i = 0; i < PARITY_ROWS; i++) {
        parity_row(x);
        svm_compare(x, &again);
    }

    printf("# SVM: %u random rows equal, %llu pairs decided again\n",
           i, (unsigned long long) again);
}


/*
 * All votes, not labels alone: a pair on the wrong side seldom changes who has
 * the most.
 */
static void
svm_votes(const double *x)
{
    double                          *values, *votes;
    uint32_t                         i, j, n, pair;
    struct svm_node                  nodes[KEYAUTH_SUMMARY + 1];
    const keyauth_kernels_t *const  *k;

    n = svm.head.classes;
    pair = 0;
    values = keyauth_alloc((size_t) n * (n - 1) / 2, sizeof(double));
    votes = keyauth_alloc(n, sizeof(double));

    svm_nodes(nodes, x);
    svm_predict_values(trained, nodes, values);

    for (i = 0; i < n; i++) {
        for (j = i + 1; j < n; j++) {
            votes[values[pair++] > 0 ? i : j]++;
        }
    }

    for (k = keyauth_kernels_all; *k != NULL; k++) {

        if (!(*k)->usable()) {
            continue;
        }

        svm.kernels = *k;
        keyauth_svm_predict(&svm, x, scratch, scores, NULL);
        assert_memory_equal(scores, votes, n * sizeof(double));
    }

    free(values);
    free(votes);
}


static void
svm_decisions(void **state)
{
    double    x[KEYAUTH_SUMMARY];
    uint32_t  i;

    (void) state;

    for (i = 0; i < parity_data.rows; i++) {
        svm_votes(parity_x + (size_t) i * KEYAUTH_SUMMARY);
    }

    for (i = 0; i < PARITY_ROWS / 100; i++) {
        parity_row(x);
        svm_votes(x);
    }
}


/* halfway between two vectors, on a vector, far away, next to nothing */
static void
svm_adversarial(void **state)
{
    int              f;
    double           x[KEYAUTH_SUMMARY];
    uint32_t         i;
    uint64_t         again;
    const double    *a, *b;
    static double    extremes[] = { 0, -0.0, 5e-324, 1e-310, 1e-38, 1e6,
                                    -1e6, 1e5, 999999.999 };

    (void) state;
    again = 0;

    for (i = 0; i + 8 < parity_data.rows; i++) {
        a = parity_x + (size_t) i * KEYAUTH_SUMMARY;
        b = a + 8 * KEYAUTH_SUMMARY;

        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            x[f] = (a[f] + b[f]) / 2;
        }

        svm_compare(x, &again);
    }

    for (i = 0; i < 9 * 9; i++) {
        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            x[f] = extremes[f % 2 ? i / 9 : i % 9];
        }

        svm_compare(x, &again);
    }

    printf("# SVM: adversarial rows equal, %llu pairs decided again\n",
           (unsigned long long) again);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(svm_data),
        cmocka_unit_test(svm_decisions),
        cmocka_unit_test(svm_adversarial),
        cmocka_unit_test(svm_random),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    parity_read();

    return cmocka_run_group_tests(tests, svm_setup, NULL);
}
