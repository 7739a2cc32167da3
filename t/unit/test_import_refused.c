/*
 * SVMs, forests and users that `keyauth import` refuses, with where and why.
 */


#include "import_refused.h"

#include "ubjson.h"


static int
read_users(const char *data, size_t len)
{
    int              rc;
    keyauth_users_t  u;

    rc = keyauth_import_users(&u, data, len, err);
    keyauth_users_free(&u);

    return rc;
}


static int
read_svm(const char *data, size_t len)
{
    int                    rc;
    keyauth_trained_svm_t  t;

    rc = keyauth_import_svm(&t, data, len, &users, err);
    keyauth_trained_svm_free(&t);

    return rc;
}


static int
read_forest(const char *data, size_t len)
{
    int               rc;
    cJSON            *json;
    keyauth_grown_t   g;

    json = keyauth_ubjson_read(data, len, err);

    if (json == NULL) {
        return -1;
    }

    rc = keyauth_import_forest(&g, json, &users, NULL, err);
    keyauth_forest_free(&g);
    cJSON_Delete(json);

    return rc;
}


static void
test_users(void **state)
{
    size_t                 i;
    static const change_t  lists[] = {
        { "", "", "0 users, and two are the least" },
        { "", "1\n", "1 users, and two are the least" },
        { "", "1\n\n2\n", "line 2: \"\": a UserID has 1 to 255 bytes" },
        { "", "1\n\x01\n", "line 2: \"?\": a UserID has 1 to 255 bytes" },
        { "", "a\nb\xff\n", "line 2: \"b?\": a UserID has 1 to 255 bytes" },
        { "", "1\n2\n1\n", "\"1\" is there twice" },
        { "", "1.0\n2.0\n1.00\n", "\"1\" is there twice" }
    };

    (void) state;

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        assert_int_equal(read_users(lists[i].to, strlen(lists[i].to)), -1);

        if (strncmp(err, lists[i].says, strlen(lists[i].says)) != 0) {
            fail_msg("%s", err);
        }
    }

    assert_int_equal(read_users("\xef\xbb\xbf" "9\r\n10\r\na", 11), 0);
}


/* any order is a class order; floats are numbers where all of them are whole */
static void
test_users_taken(void **state)
{
    size_t                 i, k;
    keyauth_users_t        u;
    static const struct {
        const char  *text;
        unsigned     floats;
        const char  *user[3];
    } lists[] = {
        { "1\n10\n2\n", 0, { "1", "10", "2" } },
        { "zoe\nal\n7\n", 0, { "zoe", "al", "7" } },
        { "3.0\n-1.0\n20.00\n", 1, { "3", "-1", "20" } },
        { "3.0\n1.5\n2.0\n", 0, { "3.0", "1.5", "2.0" } },
        { "1.0\n2.0\n3\n", 1, { "1", "2", "3" } },
        { "1.0\n.0\n2.\n", 0, { "1.0", ".0", "2." } },
        { "1.0\n007.0\n-0.0\n", 0, { "1.0", "007.0", "-0.0" } }
    };

    (void) state;

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        assert_int_equal(keyauth_import_users(&u, lists[i].text,
                                              strlen(lists[i].text), err), 0);
        assert_int_equal(u.n, 3);
        assert_int_equal(u.floats, lists[i].floats);

        for (k = 0; k < 3; k++) {
            assert_string_equal(u.user[k], lists[i].user[k]);
        }

        keyauth_users_free(&u);
    }
}


static void
test_foreign(void **state)
{
    size_t  i;
    static const struct {
        const char       *data;
        size_t            len;
        keyauth_model_e   model;
        const char       *says;
    } files[] = {

#define FILE(text)  text, sizeof(text) - 1

        { FILE("\x80\4\x95\x83G"), KEYAUTH_XGB, "it is a pickle of "
          "Python's, or compressed: load it there" },
        { FILE("\x80\2c"), KEYAUTH_RF, "it is a pickle of Python's, or "
          "compressed: docs/clients/export_sklearn.py exports it" },
        { FILE("\x78\x5e\xdd"), KEYAUTH_SVM, "it is a pickle" },
        { FILE("binf\0\0\0?"), KEYAUTH_XGB, "it is in XGBoost's old binary" },
        { FILE("\0\0\0?\10\0\0\0\4\0\0\0\6\0\0\0\0\0\0\0gbtree"),
          KEYAUTH_XGB, "it is in XGBoost's old binary format" },
        { FILE("booster[0]:\n0:[f6<1"), KEYAUTH_XGB, "it is a dump" },
        { FILE("[\n  { \"nodeid\": 0"), KEYAUTH_XGB, "it is a dump of "
          "XGBoost's" },
        { FILE("{\"learner\":{\"generic_param\":{"), KEYAUTH_XGB, "it is a "
          "configuration or a snapshot of XGBoost's" },
        { FILE("{L\0\0\0\0\0\0\0\6Config{L\0\0\0\0\0\0\0\7learner{L\0\0"
               "\0\0\0\0\0\15generic_param"),
          KEYAUTH_XGB, "it is a configuration or a snapshot of XGBoost's" },
        { FILE("svm_type c_svc\n"), KEYAUTH_RF, "it is a model of libsvm's" },
        { FILE("{\"learner\":{"), KEYAUTH_RF, "it is a model of XGBoost's: "
          "import it with --xgb" },
        { FILE("{L\0\0\0\0\0\0\0\7learner"), KEYAUTH_SVM, "it is a model of "
          "XGBoost's: import it with --xgb" },
        { FILE("{\"format\": \"keyauth forest\""), KEYAUTH_XGB, "it is a "
          "forest: import it with --rf" },
        { FILE("{\"format\": \"keyauth forest\""), KEYAUTH_RF, NULL },
        { FILE("svm_type c_svc\n"), KEYAUTH_SVM, NULL },
        { FILE("{L\0\0\0\0\0\0\0\7learner gbtree"), KEYAUTH_XGB, NULL },
        { FILE("{\"learner\":{"), KEYAUTH_XGB, NULL },
        { FILE("[1]"), KEYAUTH_XGB, NULL },
        { FILE("\x80"), KEYAUTH_XGB, NULL },
        { FILE(""), KEYAUTH_XGB, NULL }
    };
    const char  *says;

    (void) state;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        says = keyauth_import_foreign(files[i].data, files[i].len,
                                      files[i].model);

        if (says == NULL ? files[i].says != NULL
                         : files[i].says == NULL
                           || strncmp(says, files[i].says,
                                      strlen(files[i].says)) != 0)
        {
            fail_msg("%zu: %s", i, says != NULL ? says : "nothing");
        }
    }
}


static void
test_svm(void **state)
{
    static const change_t  changes[] = {
        { "c_svc", "nu_svc", "line 1: svm_type: \"nu_svc\", and "
          "only c_svc" },
        { "rbf", "linear", "line 2: kernel_type: \"linear\", "
          "and only rbf" },
        { "gamma ", "gamma -", "line 9: one of gamma, total_sv, rho" },
        { "gamma ", "gamma 0x", "line 3: gamma: \"0x" },
        { "gamma ", "gamma nan #", "line 3: gamma: \"nan\" is not a number" },
        { "gamma ", "degree 3\ngamma ", "line 3: \"degree\" is not known" },
        { "nr_class 12", "nr_class 13", "line 4: nr_class: 13 classes, and "
          "there are 12 users" },
        { "nr_class 12", "nr_class 1",
          "line 4: nr_class: \"1\" is not a whole" },
        { "total_sv ", "total_sv 9", "line 8: nr_sv: " },
        { "\nlabel 0 1", "\nlabel 1 0", "line 7: label: class 1 is 0, and the "
          "user there is \"2\": users should have the classes' order" },
        { "\nlabel 0", " 5\nlabel 0", "line 6: \"5\" is too much" },
        { "\nlabel 0 1", "\nlabel 0 x", "line 7: label: \"x\" is not a whole" },
        { "\nSV\n", "\nprobA 1 2\nprobB 2 3\nSV\nx", "line 12: coefficient: "
          "\"x" },
        { " 8:", " 9:", "line 10: \"9:" },
        { " 2:", " 1:", "line 10: \"1:" },
        { " 2:", " 2:-", "feature 2, a deviation, is negative" },
        { " 3:", " 3:1e999 #", "line 10: \"3:1e999\" has no number" }
    };

    (void) state;
    refuse(read_svm, "build/t/one/svm.model", changes);
    broken_file(read_svm, "build/t/one/svm.model");
}


static void
test_svm_other_features(void **state)
{
    int                i;
    char              *text;
    size_t             len, at;
    keyauth_users_t    two;
    keyauth_users_t    all;
    static const char  head[] = "svm_type c_svc\nkernel_type rbf\ngamma 0.1\n"
                                "nr_class 2\ntotal_sv 2\nrho 0\nlabel 1 2\n"
                                "nr_sv 1 1\nSV\n";

    (void) state;

    all = users;
    two.user = users.user;
    two.n = 2;
    users = two;
    text = keyauth_alloc(1024, 1);

    for (i = 0; i < 2; i++) {
        at = (size_t) sprintf(text, "%s1 1:.1 2:.2 3:.3 4:.4 5:.5 6:.6 7:.7",
                              head);
        len = at + (size_t) sprintf(text + at, "%s\n-1 1:-.5 2:1\n",
                                    i ? " 8:.5" : "");
        assert_int_equal(read_svm(text, len), -1);
        assert_non_null(strstr(err, i ? "all features are within 1"
                                      : "no vector has a feature 8"));
    }

    users = all;
    free(text);
}


static void
test_forest(void **state)
{
    static const change_t  changes[] = {
        { "\"version\":1", "\"version\":2", "it is not a \"keyauth forest\" "
          "of version 1" },
        { "keyauth forest", "forest", "it is not a \"keyauth forest\"" },
        { "\"PPT.Mean\",\"PPT.STD\"", "\"PPT.STD\",\"PPT.Mean\"", "features: "
          "feature 2 is \"PPT.STD\", and should be PPT.Mean" },
        { "\"HT.Mean\",", "", "features: 7, and not 8" },
        { "\"labels\":[\"1\",", "\"labels\":[\"0\",", "labels: the 12 users "
          "are not those of --labels" },
        { "\"labels\":[\"1\",\"2\"", "\"labels\":[\"2\",\"1\"", "labels: the "
          "12 users are not those of --labels" },
        { "\"labels\":[\"1\",\"2\"", "\"labels\":[\"1\",\"1\"",
          "\"1\" is there twice" },
        { "\"PPT.Mean\"", "\"pause\"", "features: feature 2 is \"pause\", and "
          "should be PPT.Mean; --features maps other names" },
        { "\"feature\":[", "\"feature\":[8", "tree 0, node 0: it splits on "
          "none of the eight features" },
        { "\"threshold\":[", "\"threshold\":[1e39,", "tree 0: \"threshold\" "
          "is not a list of" },
        { "\"left\":[1,", "\"left\":[2,", "tree 0, node 0: a child of it is "
          "missing, or another node's too" },
        { "\"left\":[1,", "\"left\":[\"1\",", "tree 0: \"left\" is not" },
        { "\"version\":1", "\"version\":1,\"weights\":[2]", "weights: version "
          "1 has no such member" },
        { "\"left\":[1,", "\"scale\":2,\"left\":[1,", "tree 0: scale: "
          "version 1 has no such member" },
        { "\"left\":[1,", "\"left\":[],\"left\":[1,", "tree 0: left: it is "
          "there twice" },
        { "\"value\":[-1,", "\"value\":[-1,-1,", "tree 0: \"value\" is not" }
    };

    (void) state;
    refuse(read_forest, "build/t/one/rf.json", changes);
}


static void
test_forest_leaves(void **state)
{
    size_t             i, len;
    char              *text;
    static const char  head[] = "{\"format\":\"keyauth forest\",\"version\":1,"
        "\"features\":[\"f0\",\"HT_STD\",\"ppt mean\",\"PPT.STD\",\"f4\","
        "\"f5\",\"f6\",\"f7\"],\"labels\":[\"1\",\"2\"],\"trees\":[{";
    static const change_t  trees[] = {
        { "-1", "1", NULL },
        { "-1", "[[0,0.25],[1,0.75]]", NULL },
        { "-1", "2", "tree 0, node 0: its value is not a class" },
        { "-1", "[]", "tree 0, node 0: its shares should be of ascending" },
        { "-1", "[[0,0.5]]", "tree 0, node 0: its shares" },
        { "-1", "[[1,0.5],[0,0.5]]", "tree 0, node 0: its shares" },
        { "-1", "[[0,0.5],[2,0.5]]", "tree 0, node 0: its shares" },
        { "-1", "[[0,2],[1,-1]]", "tree 0, node 0: its shares" },
        { "-1", "[0,1]", "tree 0, node 0: its shares" },
        { "8", "0", "tree 0, node 0: it splits on none" },
        { "0", "0", "tree 0, node 0: a child of it is missing" }
    };

    (void) state;

    users.n = 2;
    text = keyauth_alloc(1024, 1);

    for (i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        len = (size_t) sprintf(text, "%s\"feature\":[%s],\"threshold\":[0],"
                               "\"left\":[-1],\"right\":[-1],\"value\":[%s]}"
                               "]}", head, trees[i].from, trees[i].to);

        if (read_forest(text, len) != (trees[i].says != NULL ? -1 : 0)
            || (trees[i].says != NULL
                && strncmp(err, trees[i].says, strlen(trees[i].says)) != 0))
        {
            fail_msg("%s: %s", trees[i].to, err);
        }
    }

    broken(read_forest, text, len);
    users.n = 12;
    free(text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_users_taken),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_svm),
        cmocka_unit_test(test_svm_other_features),
        cmocka_unit_test(test_forest),
        cmocka_unit_test(test_forest_leaves),
    };

    setenv("OMP_NUM_THREADS", "1", 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    refused_users();

    return cmocka_run_group_tests(tests, NULL, NULL);
}
