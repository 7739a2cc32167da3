/*
 * XGBoost's models that `keyauth import` refuses, with where and why.
 */


#include "import_refused.h"

#include <math.h>

#include <xgboost/c_api.h>

#include "xgb_json.h"


#define xgb_ok(call)                                                          \
    if ((call) != 0) {                                                        \
        fail_msg("%s", XGBGetLastError());                                    \
    }


static keyauth_xgb_how_t  how;


static int
read_xgb(const char *data, size_t len)
{
    int                 rc;
    keyauth_xgb_json_t  x;

    rc = keyauth_xgb_json_read(&x, data, len, users.n, &how, err);

    if (rc == 0) {
        keyauth_xgb_json_free(&x);
    }

    return rc;
}


static void
test_xgb(void **state)
{
    static const change_t  changes[] = {
        { "{", "<", "not JSON: byte 0" },
        { "\"version\":[1,7,4]", "\"version\":[1,6,2]", "version: XGBoost "
          "1.6.2 wrote it" },
        { "\"version\":[1,7,4]", "\"version\":[4,0,0]", "version: XGBoost "
          "4.0.0 wrote it" },
        { "\"version\"", "\"vision\"", "version: it should be three numbers" },
        { "\"name\":\"gbtree\"", "\"name\":\"gblinear\"",
          "learner.gradient_booster.name: \"gblinear\", and only gbtree and "
          "dart" },
        { "\"name\":\"gbtree\"", "\"name\":\"dart\"",
          "learner.gradient_booster.name: \"dart\"" },
        { "\"name\":\"gbtree\"", "\"name\":\"gbtree\",\"weight_drop\":[1]",
          "learner.gradient_booster.weight_drop: it is not a list of one" },
        { "\"name\":\"gbtree\"", "\"name\":\"gbtree\",\"weight_grow\":[1]",
          "learner.gradient_booster: weight_grow: XGBoost 1.7 to 3.3 write no "
          "such member, and it may change answers" },
        { "\"learner\":{", "\"learner\":{\"scale\":2,", "learner: scale: "
          "XGBoost" },
        { "\"version\"", "\"vision\":1,\"version\"", "vision: XGBoost" },
        { "\"num_target\"", "\"num_answer\":\"1\",\"num_target\"",
          "learner.learner_model_param: num_answer: XGBoost" },
        { "\"num_trees\"", "\"num_roots\":\"1\",\"num_trees\"",
          "gbtree_model_param: num_roots: XGBoost" },
        { "\"tree_info\"", "\"tree_scale\":[],\"tree_info\"",
          "tree_scale: XGBoost" },
        { "\"num_class\":", "\"num_class\":\"12\",\"num_class\":",
          "learner.learner_model_param: num_class: it is there twice" },
        { "\"left_children\"", "\"middle_children\":[],\"left_children\"",
          "tree 0: middle_children: XGBoost" },
        { "\"num_nodes\"", "\"num_forks\":\"1\",\"num_nodes\"", "tree 0: "
          "num_forks: XGBoost" },
        { "multi:softprob", "reg:squarederror", "learner.objective.name: "
          "\"reg:squarederror\"" },
        { "\"num_class\":\"12\"", "\"num_class\":\"11\"",
          "learner.learner_model_param.num_class: 11 users, and not 12" },
        { "\"num_feature\":\"8\",\"num_target\"",
          "\"num_feature\":\"49\",\"num_target\"",
          "learner.learner_model_param.num_feature: 49 summary features" },
        { "\"num_target\":\"1\"", "\"num_target\":\"2\"",
          "learner.learner_model_param.num_target: 2 answers" }
    };

    (void) state;
    refuse(read_xgb, "build/t/one/xgb.json", changes);
}


static void
test_xgb_trees(void **state)
{
    static const change_t  changes[] = {
        { "\"num_parallel_tree\":\"1\"", "\"num_parallel_tree\":\"3\"",
          "trees: 1200 of them are not 3 a class and round" },
        { "\"num_parallel_tree\":\"1\"", "\"num_parallel_tree\":\"0.5\"",
          "num_parallel_tree: 0.5 trees a class and round, and 1 to 1000" },
        { "\"num_parallel_tree\":\"1\"", "\"num_parallel_tree\":\"1001\"",
          "num_parallel_tree: 1001 trees a class and round, and 1 to 1000" },
        { "\"size_leaf_vector\":\"0\"},\"tree_info\"",
          "\"size_leaf_vector\":\"5\"},\"tree_info\"", "gbtree_model_param."
          "size_leaf_vector: 5 numbers in a leaf, and only 1 is supported" },
        { "\"size_leaf_vector\":\"0\"}}", "\"size_leaf_vector\":\"5\"}}",
          "tree 0: size_leaf_vector: 5 numbers in a leaf, and only 1 is "
          "supported: train with multi_strategy one_output_per_tree" },
        { "\"left_children\"", "\"leaf_weights\":[1],\"left_children\"",
          "tree 0: size_leaf_vector" },
        { "\"tree_info\"", "\"cats\":{\"enc\":[{}]},\"tree_info\"", "cats: "
          "there are categories" },
        { "\"tree_info\"", "\"iteration_indptr\":[0,12],\"tree_info\"",
          "iteration_indptr: rounds do not share out 1200 trees" },
        { "\"tree_info\"", "\"iteration_indptr\":[0,12,12,1200],\"tree_info\"",
          "iteration_indptr: rounds do not" },
        { "\"tree_info\"", "\"iteration_indptr\":[],\"tree_info\"",
          "iteration_indptr: rounds do not" },
        { "\"base_score\":\"5E-1\"", "\"base_score\":\"[5E-1,4E-1]\"",
          "learner.learner_model_param.base_score: neither" },
        { "\"base_score\":\"5E-1\"", "\"base_score\":\"nan\"",
          "learner.learner_model_param.base_score: neither" },
        { "\"attributes\":{}", "\"attributes\":{\"best_iteration\":\"100\"}",
          "learner.attributes.best_iteration: 100, and there are 100 rounds; "
          "--all-rounds uses them all" },
        { "\"attributes\":{}", "\"attributes\":{\"best_iteration\":\"1.5\"}",
          "learner.attributes.best_iteration: 1.5, and" },
        { "\"attributes\":{}", "\"attributes\":{\"best_iteration\":\"-1\"}",
          "learner.attributes.best_iteration: -1, and" },
        { "\"feature_names\":[]", "\"feature_names\":[\"HT.Mean\"]",
          "learner.feature_names: there are 1 names, and eight features" },
        { "\"feature_names\":[]", "\"feature_names\":[\"HT.STD\",\"f1\","
          "\"f2\",\"f3\",\"f4\",\"f5\",\"f6\",\"f7\"]",
          "learner.feature_names: feature 0 is \"HT.STD\", and should be "
          "HT.Mean; --features maps other names" },
        { "\"feature_types\":[]", "\"feature_types\":[\"float\",\"c\"]",
          "learner.feature_types: feature 1 is categorical" },
        { "\"tree_info\":[0,1", "\"tree_info\":[0,12", "tree 1: it is of no "
          "class" },
        { "\"tree_info\":[0,1", "\"tree_info\":[0,0", "tree 1188: class 0 has "
          "more trees than others" },
        { "\"tree_info\":[0,", "\"tree_info\":[", "trees: 1200 of them are "
          "not" },
        { "\"left_children\":[1,", "\"left_children\":[2,", "tree 0, node 0: "
          "a child of it is missing, or another node's too" },
        { "\"left_children\":[1,", "\"left_children\":[0,", "tree 0, node 0: "
          "a child" },
        { "\"left_children\":[1,", "\"left_children\":[1.5,", "tree 0, node "
          "0: a child" },
        { "\"right_children\":[2,", "\"right_children\":[2000,", "tree 0, "
          "node 0: a child" },
        { "\"split_conditions\":[", "\"split_conditions\":[1e39,", "tree 0: "
          "\"split_conditions\" is not a list of" },
        { "\"split_conditions\":[", "\"split_conditions\":[NaN,", "tree 0: "
          "\"split_conditions\" is not a list of" },
        { "\"split_conditions\":[", "\"split_conditions\":[Inf,",
          "not JSON: byte " },
        { "\"split_type\":[0", "\"split_type\":[1", "tree 0, node 0: a "
          "categorical split" },
        { "\"split_indices\":[", "\"split_indices\":[8", "tree 0, node 0: it "
          "splits on none of the eight features" }
    };

    (void) state;
    refuse(read_xgb, "build/t/one/xgb.json", changes);
}


/* two rounds for two users, in either format, cut and broken */
static void
test_xgb_broken(void **state)
{
    float              x[20 * KEYAUTH_SUMMARY], y[20];
    uint32_t           i;
    bst_ulong          len;
    const char        *bytes;
    BoosterHandle      booster;
    DMatrixHandle      matrix;
    keyauth_random_t   random;

    (void) state;

    keyauth_random_init(&random, 3, 0);

    for (i = 0; i < 20 * KEYAUTH_SUMMARY; i++) {
        x[i] = (float) fabs(100 * keyauth_random_normal(&random));
        y[i / KEYAUTH_SUMMARY] = (float) (i / KEYAUTH_SUMMARY % 2);
    }

    xgb_ok(XGDMatrixCreateFromMat(x, 20, KEYAUTH_SUMMARY, -1, &matrix));
    xgb_ok(XGDMatrixSetFloatInfo(matrix, "label", y, 20));
    xgb_ok(XGBoosterCreate(&matrix, 1, &booster));
    xgb_ok(XGBoosterSetParam(booster, "nthread", "1"));
    xgb_ok(XGBoosterSetParam(booster, "objective", "multi:softprob"));
    xgb_ok(XGBoosterSetParam(booster, "num_class", "2"));
    xgb_ok(XGBoosterUpdateOneIter(booster, 0, matrix));
    xgb_ok(XGBoosterUpdateOneIter(booster, 1, matrix));

    users.n = 2;

    for (i = 0; i < 2; i++) {
        xgb_ok(XGBoosterSaveModelToBuffer(booster,
                                          i ? "{\"format\":\"ubj\"}"
                                            : "{\"format\":\"json\"}",
                                          &len, &bytes));
        assert_int_equal(read_xgb(bytes, len), 0);
        broken(read_xgb, bytes, len);
    }

    users.n = 12;
    XGBoosterFree(booster);
    XGDMatrixFree(matrix);
}


static void
test_ubj(void **state)
{
    size_t  i;
    static const struct {
        const char  *data;
        size_t       len;
        const char  *says;
    } cases[] = {

#define UBJ(text)  text, sizeof(text) - 1

        { UBJ("{i"), "not UBJSON: byte 2: it ends early" },
        { UBJ("{i\1aX}"), "not UBJSON: byte 5: a value of unknown type" },
        { UBJ("{i\1ai\1}x"), "not UBJSON: byte 7: something follows" },
        { UBJ("{i\177a"), "not UBJSON: byte 3: a length goes beyond" },
        { UBJ("{i\1\0i\1}"), "not UBJSON: byte 3: a NUL in a string" },
        { UBJ("{i\377a"), "not UBJSON: byte 3: a length goes beyond" },
        { UBJ("{i\1a[$d#L\177\377\377\377\377\377\377\377"),
          "not UBJSON: byte 17: a length goes beyond" },
        { UBJ("{i\1a[$D#i\1abcdefg"), "not UBJSON: byte 10: a list goes" },
        { UBJ("{i\1a[$T#i\5"), "not UBJSON: byte 7: a typed list is not" },
        { UBJ("{i\1a[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["),
          "not UBJSON: byte 36: nested too deeply" },
        { UBJ("{i\1aU\5}"), "version: it should be three numbers" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_xgb(cases[i].data, cases[i].len), -1);

        if (strncmp(err, cases[i].says, strlen(cases[i].says)) != 0) {
            fail_msg("%zu: %s", i, err);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_xgb),
        cmocka_unit_test(test_xgb_trees),
        cmocka_unit_test(test_xgb_broken),
        cmocka_unit_test(test_ubj),
    };

    setenv("OMP_NUM_THREADS", "1", 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    refused_users();

    return cmocka_run_group_tests(tests, NULL, NULL);
}
