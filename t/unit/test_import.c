/*
 * Imported models against the libraries that wrote their files: libsvm's
 * labels, and XGBoost's labels and margins, which are equal to the last bit.
 */


#include "parity.h"

#include <libsvm/svm.h>
#include <xgboost/c_api.h>

#include "build.h"
#include "command.h"
#include "import.h"


#if defined(__SANITIZE_ADDRESS__)
#define IMPORT_ROWS  500
#else
#define IMPORT_ROWS  100000
#endif

#define IMPORT_FORMS   3
#define IMPORT_ROUNDS  15
#define IMPORT_BATCH   5000             /* rows that XGBoost gets at once */


#define xgb_ok(call)                                                          \
    if ((call) != 0) {                                                        \
        fail_msg("%s", XGBGetLastError());                                    \
    }


/* one import of a model; all of the same are compared with it at once */
typedef struct {
    keyauth_ready_t  ready;
    keyauth_image_t  image;
} import_form_t;


typedef const char *const (*xgb_change_pt)[2];


static char               err[KEYAUTH_ERROR_MAX];
static keyauth_trained_t  trained;      /* all zeros */
static keyauth_xgb_how_t  how;          /* an XGB is read */
static float             *batch;
static char               path[] = "/tmp/keyauth-import.XXXXXX";
static import_form_t      forms[IMPORT_FORMS];
static unsigned           nforms;
static keyauth_users_t    users;


/* a model file of t, as a server would read it, beside those before it */
static void
import_ready(keyauth_trained_t *t)
{
    import_form_t      *form;
    keyauth_dataset_t   d;

    assert_true(nforms < IMPORT_FORMS);
    form = &forms[nforms++];

    memset(&d, 0, sizeof(d));
    d.keys = 13;
    d.classes = users.n;
    d.labels = users.user;

    if (keyauth_build_plain(&form->image, &d, t, err) != 0
        || keyauth_ready_read(&form->ready, &form->image, err) != 0)
    {
        fail_msg("%s", err);
    }

    keyauth_trained_free(t);
}


static void
import_done(const char *what)
{
    while (nforms > 0) {
        nforms--;
        keyauth_ready_free(&forms[nforms].ready);
        keyauth_image_free(&forms[nforms].image);
    }

    printf("# %s: %d random rows equal\n", what, IMPORT_ROWS);
}


static void
import_sample(keyauth_request_t *sample, const double *x)
{
    memset(sample, 0, sizeof(*sample));
    memcpy(sample->summary, x, KEYAUTH_SUMMARY * sizeof(double));
}


static void
svm_nodes(struct svm_node *node, const double *x)
{
    int  f;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        node[f].index = f + 1;
        node[f].value = x[f];
    }

    node[f].index = -1;
}


static void
svm_quiet(const char *message)
{
    (void) message;
}


/* classes are called by UserID, as in a file that svm-train was given */
static struct svm_model *
svm_make(const struct svm_parameter *p)
{
    uint32_t             i;
    struct svm_problem   problem;

    problem.l = (int) parity_data.rows;
    problem.y = keyauth_alloc(parity_data.rows, sizeof(double));
    problem.x = keyauth_alloc(parity_data.rows, sizeof(struct svm_node *));

    for (i = 0; i < parity_data.rows; i++) {
        problem.y[i] = atof(parity_data.labels[parity_data.class[i]]);
        problem.x[i] = keyauth_alloc(KEYAUTH_SUMMARY + 1,
                                     sizeof(struct svm_node));
        svm_nodes(problem.x[i], parity_x + i * KEYAUTH_SUMMARY);
    }

    return svm_train(&problem, p);
}


static void
svm_equal(struct svm_parameter *p, const char *what)
{
    char                *text;
    double               x[KEYAUTH_SUMMARY];
    size_t               len;
    uint32_t             got, i;
    struct svm_node      nodes[KEYAUTH_SUMMARY + 1];
    struct svm_model    *model;
    keyauth_request_t    sample;
    keyauth_trained_t    t;

    memset(&t, 0, sizeof(t));
    model = svm_make(p);
    assert_int_equal(svm_save_model(path, model), 0);
    svm_free_and_destroy_model(&model);

    /* libsvm 3.24 writes 8 digits of a vector: what it reads is the model */

    model = svm_load_model(path);
    text = keyauth_slurp(path, 1 << 26, &len, err);
    assert_non_null(text);

    if (keyauth_import_svm(keyauth_trained_new(&t, KEYAUTH_SVM), text, len,
                           &users, err)
        != 0)
    {
        fail_msg("%s", err);
    }

    import_ready(&t);

    for (i = 0; i < IMPORT_ROWS; i++) {
        parity_row(x);
        svm_nodes(nodes, x);
        import_sample(&sample, x);
        got = keyauth_engine_predict(&forms[0].ready.engine, KEYAUTH_SVM,
                                     &sample);

        if (atof(users.user[got]) != svm_predict(model, nodes)) {
            fail_msg("%s: row %u: %s", what, i, users.user[got]);
        }
    }

    free(text);
    svm_free_and_destroy_model(&model);
    import_done(what);
}


static void
test_svm(void **state)
{
    int                   labels[2];
    double                weights[] = { 5, 0.3 };
    struct svm_parameter  p;

    (void) state;

    memset(&p, 0, sizeof(p));
    p.svm_type = C_SVC;
    p.kernel_type = RBF;
    p.gamma = 1e-4;
    p.C = 1;
    p.eps = 1e-3;
    p.cache_size = 100;
    svm_set_print_string_function(svm_quiet);
    svm_equal(&p, "SVM");

    /* another C, weights of classes, and probabilities beside the votes */

    labels[0] = atoi(users.user[1]);
    labels[1] = atoi(users.user[2]);
    p.C = 30;
    p.probability = 1;
    p.gamma = 2e-3;
    p.nr_weight = 2;
    p.weight_label = labels;
    p.weight = weights;
    svm_equal(&p, "SVM of C 30 with weights");
}


static DMatrixHandle
xgb_matrix(const float *x, uint32_t rows)
{
    DMatrixHandle  matrix;

    xgb_ok(XGDMatrixCreateFromMat(x, rows, KEYAUTH_SUMMARY, NAN, &matrix));

    return matrix;
}


static BoosterHandle
xgb_make(const char *const (*parameters)[2])
{
    char           number[16];
    float         *x, *y;
    uint32_t       i, n;
    BoosterHandle  booster;
    DMatrixHandle  matrix;

    n = parity_data.rows * KEYAUTH_SUMMARY;
    x = keyauth_alloc(n, sizeof(float));
    y = keyauth_alloc(parity_data.rows, sizeof(float));

    for (i = 0; i < n; i++) {
        x[i] = (float) parity_x[i];
    }

    for (i = 0; i < parity_data.rows; i++) {
        y[i] = (float) parity_data.class[i];
    }

    snprintf(number, sizeof(number), "%u", parity_data.classes);
    matrix = xgb_matrix(x, parity_data.rows);
    xgb_ok(XGDMatrixSetFloatInfo(matrix, "label", y, parity_data.rows));
    xgb_ok(XGBoosterCreate(&matrix, 1, &booster));
    xgb_ok(XGBoosterSetParam(booster, "nthread", "1"));
    xgb_ok(XGBoosterSetParam(booster, "verbosity", "0"));
    xgb_ok(XGBoosterSetParam(booster, "num_class", number));

    for (i = 0; parameters[i][0] != NULL; i++) {
        xgb_ok(XGBoosterSetParam(booster, parameters[i][0],
                                 parameters[i][1]));
    }

    for (i = 0; i < IMPORT_ROUNDS; i++) {
        xgb_ok(XGBoosterUpdateOneIter(booster, (int) i, matrix));
    }

    free(x);
    free(y);
    XGDMatrixFree(matrix);

    return booster;
}


/* out: the library's margins of a row, which each form gives too */
static void
xgb_row(const float *row, const float *out, const char *what)
{
    double              x[KEYAUTH_SUMMARY];
    uint32_t            best, c, f, got;
    keyauth_request_t   sample;
    keyauth_engine_t   *engine;

    best = 0;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        x[f] = (double) row[f];
    }

    import_sample(&sample, x);

    for (f = 0; f < nforms; f++) {
        engine = &forms[f].ready.engine;
        got = keyauth_engine_predict(engine, KEYAUTH_XGB, &sample);

        for (c = 0; c < users.n; c++) {
            best = out[c] > out[best] ? c : best;

            if ((float) engine->scores[c] != out[c]) {
                fail_msg("%s: form %u, class %u: %.9g, not %.9g", what, f, c,
                         engine->scores[c], (double) out[c]);
            }
        }

        assert_int_equal(got, best);
    }
}


/*
 * The library takes most of the time, so all forms of a model are compared
 * with one answer.  base: what each class's margin begins with, or NULL;
 * rounds: how many the library is asked for, 0 for all
 */
static void
xgb_equal(BoosterHandle booster, const float *base, unsigned rounds,
    const char *what)
{
    char              config[128];
    float            *margin;
    double            x[KEYAUTH_SUMMARY];
    uint32_t          c, f, i, k;
    bst_ulong         dim;
    const float      *out;
    DMatrixHandle     matrix;
    const bst_ulong  *shape;

    margin = keyauth_alloc(IMPORT_BATCH, users.n * sizeof(float));
    snprintf(config, sizeof(config), "{\"type\":1,\"training\":false,"
             "\"iteration_begin\":0,\"iteration_end\":%u,"
             "\"strict_shape\":true}", rounds);

    for (i = 0; i < IMPORT_ROWS; i += k) {

        for (k = 0; k < IMPORT_BATCH && i + k < IMPORT_ROWS; k++) {
            parity_row(x);

            for (f = 0; f < KEYAUTH_SUMMARY; f++) {
                batch[k * KEYAUTH_SUMMARY + f] = (float) x[f];
            }

            for (c = 0; base != NULL && c < users.n; c++) {
                margin[k * users.n + c] = base[c];
            }
        }

        matrix = xgb_matrix(batch, k);

        if (base != NULL) {
            xgb_ok(XGDMatrixSetFloatInfo(matrix, "base_margin", margin,
                                         (bst_ulong) k * users.n));
        }

        xgb_ok(XGBoosterPredictFromDMatrix(booster, matrix, config, &shape,
                                           &dim, &out));

        for (f = 0; f < k; f++, out += users.n) {
            xgb_row(batch + (size_t) f * KEYAUTH_SUMMARY, out, what);
        }

        XGDMatrixFree(matrix);
    }

    free(margin);
    import_done(what);
}


/* from the library's own bytes, with each change's first text in them second */
static void
xgb_import(BoosterHandle booster, const char *format, xgb_change_pt changes)
{
    char                    config[32];
    char                   *at, *text;
    size_t                  i, n, size;
    bst_ulong               len;
    const char             *bytes;
    keyauth_trained_xgb_t  *xgb;

    snprintf(config, sizeof(config), "{\"format\":\"%s\"}", format);
    xgb_ok(XGBoosterSaveModelToBuffer(booster, config, &len, &bytes));
    text = keyauth_alloc(len + 65536, 1);
    memcpy(text, bytes, len);

    for (i = 0; changes != NULL && changes[i][0] != NULL; i++) {
        at = strstr(text, changes[i][0]);
        assert_non_null(at);
        n = strlen(changes[i][0]);
        size = strlen(changes[i][1]);
        assert_true(size < 32768);
        memmove(at + size, at + n, len - (size_t) (at - text) - n);
        memcpy(at, changes[i][1], size);
        len = len + size - n;
        text[len] = '\0';
    }

    xgb = keyauth_trained_new(&trained, KEYAUTH_XGB);
    xgb->model = text;
    xgb->len = len;
    xgb->how = how;
    import_ready(&trained);
}


static void
test_xgb(void **state)
{
    BoosterHandle             booster;
    static const char *const  parameters[][2] = {
        { "objective", "multi:softprob" }, { "tree_method", "hist" },
        { "base_score", "0.3" }, { NULL, NULL }
    };

    (void) state;

    booster = xgb_make(parameters);
    xgb_import(booster, "json", NULL);
    xgb_import(booster, "ubj", NULL);
    xgb_equal(booster, NULL, 0, "XGB from JSON and UBJ");
    XGBoosterFree(booster);
}


/* pruning leaves nodes in the file that nothing leads to */
static void
test_xgb_pruned(void **state)
{
    bst_ulong                 len;
    const char               *json;
    BoosterHandle             booster;
    static const char *const  parameters[][2] = {
        { "objective", "multi:softmax" }, { "tree_method", "exact" },
        { "gamma", "1.5" }, { "max_depth", "9" }, { "min_child_weight", "0" },
        { NULL, NULL }
    };

    (void) state;

    booster = xgb_make(parameters);
    xgb_ok(XGBoosterSaveModelToBuffer(booster, "{\"format\":\"json\"}", &len,
                                      &json));
    assert_non_null(strstr(json, "\"num_deleted\":\"2"));
    xgb_import(booster, "json", NULL);
    xgb_equal(booster, NULL, 0, "pruned XGB from JSON");
    XGBoosterFree(booster);
}


/* XGBoost 3.1 has a base score for each class, which margins begin with */
static void
test_xgb_bases(void **state)
{
    char                     *text;
    float                    *base;
    size_t                    len;
    uint32_t                  i;
    BoosterHandle             booster;
    FILE                     *f;
    const char               *bases[][2] = {
        { "\"base_score\":\"5E-1\"", NULL }, { NULL, NULL }
    };
    static const char *const  parameters[][2] = {
        { "objective", "multi:softprob" }, { "tree_method", "hist" },
        { NULL, NULL }
    };

    (void) state;

    booster = xgb_make(parameters);
    base = keyauth_alloc(users.n, sizeof(float));
    f = open_memstream(&text, &len);
    fputs("\"base_score\":\"[", f);

    for (i = 0; i < users.n; i++) {
        base[i] = (float) keyauth_random_normal(&parity_random);
        fprintf(f, "%s%.9E", i ? "," : "", (double) base[i]);
    }

    fputs("]\"", f);
    fclose(f);

    bases[0][1] = text;
    xgb_import(booster, "json", bases);
    xgb_equal(booster, base, 0, "XGB with a base score a class");
    bases[0][1] = "\"base_score\":\"[5E-1]\"";
    xgb_import(booster, "json", bases);
    xgb_equal(booster, NULL, 0, "XGB with a list of one base score");

    free(text);
    free(base);
    XGBoosterFree(booster);
}


/* as 1.7 to 3.0 write it, and as 3.3 does: another name, another place */
static void
test_xgb_dart(void **state)
{
    BoosterHandle             booster;
    static const char *const  parameters[][2] = {
        { "objective", "multi:softprob" }, { "tree_method", "hist" },
        { "booster", "dart" }, { "rate_drop", "0.4" }, { "one_drop", "1" },
        { "base_score", "0.7" }, { NULL, NULL }
    };
    static const char *const  newer[][2] = {
        { "\"gradient_booster\":{\"gbtree\":{\"model\":",
          "\"gradient_booster\":{\"model\":" },
        { ",\"name\":\"gbtree\"},\"name\":\"dart\",",
          ",\"name\":\"gbtree\"," },
        { NULL, NULL }
    };

    (void) state;

    booster = xgb_make(parameters);
    xgb_import(booster, "json", NULL);
    xgb_import(booster, "ubj", NULL);
    xgb_import(booster, "json", newer);
    xgb_equal(booster, NULL, 0, "DART from JSON, UBJ, and called gbtree");
    XGBoosterFree(booster);
}


/* several trees a class and round; some of the rounds, or all */
static void
test_xgb_rounds(void **state)
{
    size_t                    i;
    BoosterHandle             booster;
    static const char *const  parameters[][2][2] = {
        { { "num_parallel_tree", "4" }, { "booster", "gbtree" } },
        { { "num_parallel_tree", "3" }, { "booster", "dart" } },
    };
    const char  *all[][2] = {
        { "objective", "multi:softprob" }, { "subsample", "0.6" },
        { "rate_drop", "0.4" }, { NULL, NULL }, { NULL, NULL },
        { NULL, NULL }
    };

    (void) state;

    for (i = 0; i < 2; i++) {
        memcpy(all[3], parameters[i], sizeof(parameters[i]));
        booster = xgb_make(all);
        xgb_import(booster, "ubj", NULL);
        xgb_ok(XGBoosterSetAttr(booster, "best_iteration", "6"));
        how.all_rounds = 1;
        xgb_import(booster, "json", NULL);
        how.all_rounds = 0;
        xgb_equal(booster, NULL, 0, "XGB with parallel trees, all rounds");

        xgb_import(booster, "json", NULL);
        xgb_equal(booster, NULL, 7, "XGB that stopped early");
        XGBoosterFree(booster);
    }
}


int
main(void)
{
    int                      fd;
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_svm),
        cmocka_unit_test(test_xgb),
        cmocka_unit_test(test_xgb_pruned),
        cmocka_unit_test(test_xgb_bases),
        cmocka_unit_test(test_xgb_dart),
        cmocka_unit_test(test_xgb_rounds),
    };

    setenv("OMP_NUM_THREADS", "1", 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    parity_read_file("build/t/many/data.csv");
    users.user = parity_data.labels;
    users.n = parity_data.classes;
    batch = keyauth_alloc(IMPORT_BATCH, KEYAUTH_SUMMARY * sizeof(float));
    fd = mkstemp(path);
    close(fd);
    fd = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);

    return fd;
}
