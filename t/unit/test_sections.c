/*
 * Every check that a model file's sections have to pass, under a digest that
 * is right: what breaks one is refused, with the words that are for it.
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

#include "keyauth_model.h"


#define TEST_MODEL  "build/t/one/keyauth.model"

#define TEST_SVM     "the SVM's counts do not agree"
#define TEST_CUTS    "XGB's cuts are bad"
#define TEST_TREES   "XGB's trees are bad"
#define TEST_FUSION  "FUSION's numbers do not agree"
#define TEST_POINTS  "the operating points are bad"
#define TEST_LIVE    "LIVE's numbers do not agree"

/* offsets of a double: two words */
#define TEST_DOUBLE  0x10000000
#define TEST_NAN     NAN


typedef struct {
    const char  *section;
    size_t       at;                    /* bytes; or one of those above */
    double       value;                 /* what is written there */
    const char  *err;                   /* what it begins with */
} test_change_t;


static uint8_t  *file;
static uint8_t  *copy;
static size_t    size;
static int       failed;                /* of a test, all of them named */


static keyauth_file_section_t *
test_section(const char *name)
{
    uint32_t                 i;
    keyauth_file_header_t   *h;
    keyauth_file_section_t  *t;

    h = (keyauth_file_header_t *) (void *) copy;
    t = (keyauth_file_section_t *) (void *) (h + 1);

    for (i = 0; i < h->sections; i++) {
        if (strcmp(t[i].name, name) == 0) {
            return &t[i];
        }
    }

    fail_msg("no section %s", name);

    return NULL;
}


static void
test_read(const char *what, const char *wanted)
{
    int                     rc;
    char                    err[KEYAUTH_ERROR_MAX];
    keyauth_model_t         m;
    keyauth_file_header_t  *h;

    h = (keyauth_file_header_t *) (void *) copy;
    assert_int_equal(keyauth_signature_digest(copy, size, h->digest), 0);
    err[0] = '\0';
    rc = keyauth_model_read(&m, copy, size, NULL, err);

    if (rc != (wanted ? -1 : 0)
        || (wanted && strncmp(err, wanted, strlen(wanted)) != 0))
    {
        print_error("%s: %d, \"%s\"\n", what, rc, err);
        failed++;
    }

    keyauth_model_close(&m);
}


static const test_change_t  changes[] = {

    { "schema", 0, 1, "a schema of " },
    { "schema", 0, 65, "a schema of " },
    { "schema", 4, 1, "a schema of " },
    { "schema", 4, 1e9, "a schema of " },
    { "schema", 8, 0, "a schema of " },

    { "labels", 0, 1, "the labels are bad" },
    { "labels", 4, 0, "the labels are bad" },
    { "labels", 4, 1e6, "the labels are bad" },
    { "labels", 48, 1, "the labels are bad" },
    { "labels", 52, 1, "the labels are bad" },

    { "golden", 0, 1, "the golden rows are bad" },
    { "golden", 0, 4e9, "the golden rows are bad" },
    { "golden", 4, 3, "the golden rows are bad" },
    { "golden", 4, 5, "the golden rows are bad" },
    { "golden", 4, 32, "the golden rows are bad" },
    { "golden", 8 | TEST_DOUBLE, 1.1e6, "the golden rows are bad" },
    { "golden", 8 | TEST_DOUBLE, TEST_NAN, "the golden rows are bad" },

    { "svm.head", 0, 11, "the SVM is for other classes" },
    { "svm.head", 4, 1, "section \"svm." },
    { "svm.head", 8, 2, "section \"svm.depth\"" },
    { "svm.head", 12, 1, "section \"svm.slots\"" },
    { "svm.head", 16 | TEST_DOUBLE, 0, TEST_SVM },
    { "svm.head", 16 | TEST_DOUBLE, INFINITY, TEST_SVM },
    { "svm.start", 0, 1, TEST_SVM },
    { "svm.start", 4, 100, TEST_SVM },
    { "svm.start", 48, 1, TEST_SVM },
    { "svm.depth", 0, 9, TEST_SVM },
    { "svm.depth", 0, 2, TEST_SVM },
    { "svm.depth", 0, 100, TEST_SVM },

    { "rf.head", 0, 0, "section \"rf.head\" is bad" },
    { "rf.head", 0, 101, "section \"rf.base\"" },
    { "rf.head", 4, 7, "section \"rf.head\" is bad" },
    { "rf.head", 8, 4e9, "section \"rf.head\" is bad" },
    { "rf.head", 8, 13, "RF is for other classes" },
    { "rf.head", 12, 1, "section \"rf.mixed\"" },
    { "rf.base", 4, 1, "tree 0 of the forest is bad" },
    { "rf.base", 4, 0, "tree 0 of the forest is bad" },
    { "rf.base", 4, 1e9, "tree 0 of the forest is bad" },
    { "rf.base", 0, 1, "tree 0 of the forest is bad" },
    { "rf.base", 400, 2, "section \"rf.nodes\" is bad" },
    { "rf.mixed", 0, 1, "section \"rf.shares\" is bad" },

    { "xgb.head", 0, 13, "XGB is for other classes" },
    { "xgb.head", 8, 0, "" },
    { "xgb.head", 12, 1e6, "" },
    { "xgb.lanes", 0, 12, "XGB's lanes are bad" },
    { "xgb.lanes", 0, 5, "XGB's lanes are bad" },
    { "xgb.columns", 0, 8, TEST_CUTS },
    { "xgb.columns", 4, 1e9, TEST_CUTS },
    { "xgb.columns", 8, 1e9, TEST_CUTS },
    { "xgb.columns", 4, 1, TEST_CUTS },
    { "xgb.leaves", 0, 2143289344, TEST_TREES },      /* not a number */
    { "xgb.slots", 16, 4294967295, TEST_TREES },
    { "xgb.plan", 0, 6553600, TEST_TREES },         /* page 100 */
    { "xgb.plan", 0, 1, TEST_TREES },               /* slots */
    { "xgb.plan", 4, 9, TEST_TREES },               /* leaves */
    { "xgb.plan", 4, 131072, TEST_TREES },          /* last: 2 */
    { "xgb.plan", 4, 65536, TEST_TREES },           /* last, without leaves */
    { "xgb.head", 4, 101, TEST_TREES },
    { "xgb.head", 24, 2139095040, TEST_TREES },     /* infinity */

    { "fusion.head", 0, 11, "FUSION is for other data" },
    { "fusion.head", 4, 45, "FUSION is for other data" },
    { "fusion.head", 8, 2, "section \"fusion.cohort\"" },
    { "fusion.head", 12, 2, "section \"fusion.depth\"" },
    { "fusion.head", 16 | TEST_DOUBLE, -1, TEST_FUSION },
    { "fusion.head", 16 | TEST_DOUBLE, 1e4, TEST_FUSION },
    { "fusion.head", 24 | TEST_DOUBLE, -1, TEST_FUSION },
    { "fusion.head", 24 | TEST_DOUBLE, 1e4, TEST_FUSION },
    { "fusion.head", 32 | TEST_DOUBLE, TEST_NAN, TEST_FUSION },
    { "fusion.head", 32 | TEST_DOUBLE, 1, TEST_FUSION },
    { "fusion.head", 32 | TEST_DOUBLE, -INFINITY, TEST_FUSION },
    { "fusion.cohort", 0, 1, TEST_FUSION },
    { "fusion.cohort", 4, 1, TEST_FUSION },
    { "fusion.cohort", 4, 11, TEST_FUSION },
    { "fusion.cohort", 4, 13, TEST_FUSION },
    { "fusion.cohort", 8, 1, TEST_FUSION },
    { "fusion.cohort", 12, 2, TEST_FUSION },
    { "fusion.cohort", 16, 1, TEST_FUSION },
    { "fusion.cohort", 20, 0, TEST_FUSION },
    { "fusion.cohort", 20, 219, TEST_FUSION },
    { "fusion.cohort", 20, 221, TEST_FUSION },
    { "fusion.cohort", 24, 0, TEST_FUSION },
    { "fusion.cohort", 28, 1, TEST_FUSION },
    { "fusion.scale", 0 | TEST_DOUBLE, TEST_NAN, TEST_FUSION },
    { "fusion.scale", 0 | TEST_DOUBLE, 14, TEST_FUSION },
    { "fusion.scale", 8 | TEST_DOUBLE, TEST_NAN, TEST_FUSION },
    { "fusion.scale", 8 | TEST_DOUBLE, 0, TEST_FUSION },
    { "fusion.depth", 0, 1, TEST_FUSION },
    { "fusion.member", 0, 12, TEST_FUSION },
    { "fusion.member", 0, 1, TEST_FUSION },
    { "trees.head", 0, 0, "section \"trees.head\" is bad" },
    { "trees.head", 0, 221, "section \"trees.base\"" },
    { "trees.head", 4, 45, "section \"trees.head\" is bad" },
    { "trees.base", 4, 0, TEST_FUSION },
    { "trees.base", 4, 1e9, TEST_FUSION },
    { "trees.base", 880, 1e9, "section \"trees.base\" is bad" },
    { "trees.head", 0, 192, "section \"trees." },        /* fewer groups */
    { "trees.tops", 1984, 49, TEST_FUSION },            /* feature */
    { "trees.tops", 27772, 49 << 16, TEST_FUSION },     /* of no tree */
    { "trees.exits", 0, 65535, TEST_FUSION },
    { "trees.splits", 0, 49 << 16, TEST_FUSION },       /* feature */
    { "trees.splits", 4, 65535, TEST_FUSION },          /* ahead, the left */
    { "trees.splits", 4, 0xffff0001, TEST_FUSION },     /* the right */
    { "trees.splits", 4, 1, TEST_FUSION },              /* stays, no leaf */
    { "trees.splits", 4, 65536, TEST_FUSION },

    { "verify.points", 0 | TEST_DOUBLE, 0.002, TEST_POINTS },
    { "verify.points", 8 | TEST_DOUBLE, INFINITY, TEST_POINTS },
    { "verify.points", 16 | TEST_DOUBLE, 1.5, TEST_POINTS },
    { "verify.points", 16 | TEST_DOUBLE, -0.5, TEST_POINTS },
    { "verify.points", 24 | TEST_DOUBLE, 0.001, TEST_POINTS },
    { "verify.points", 32 | TEST_DOUBLE, 1e9, TEST_POINTS },
    { "verify.points", 24 | TEST_DOUBLE, 0.001001,
      "the operating points differ in their FAR" },
    { "unknown.points", 0 | TEST_DOUBLE, 0.0001, TEST_POINTS },

    { "live.head", 0, 6912, TEST_LIVE },                /* cells */
    { "live.head", 4, 0, TEST_LIVE },                   /* nrows */
    { "live.head", 4, 25, TEST_LIVE },
    { "live.head", 4, 1, "section \"live." },
    { "live.head", 8, 0, TEST_LIVE },                   /* nkeys */
    { "live.head", 8, 65, TEST_LIVE },
    { "live.head", 8, 1, "section \"live." },
    { "live.head", 12, 1, TEST_LIVE },                  /* points */
    { "live.head", 12, 65536, TEST_LIVE },
    { "live.head", 12, 19, "section \"live.points\"" },
    { "live.head", 16, 0, TEST_LIVE },                  /* people */
    { "live.head", 20, 0, TEST_LIVE },                  /* rows */
    { "live.head", 20, 25, TEST_LIVE },
    { "live.head", 32 | TEST_DOUBLE, 0, TEST_LIVE },    /* width */
    { "live.head", 56 | TEST_DOUBLE, TEST_NAN, TEST_LIVE },
    { "live.head", 64 | TEST_DOUBLE, TEST_NAN, TEST_LIVE },     /* bias */
    { "live.head", 72 | TEST_DOUBLE, INFINITY, TEST_LIVE },     /* weight */
    { "live.head", 296 | TEST_DOUBLE, TEST_NAN, TEST_LIVE },    /* by_rows */
    { "live.head", 520 | TEST_DOUBLE, TEST_NAN, TEST_LIVE },    /* its last */
    { "live.density", 0, 2143289344, TEST_LIVE },       /* not a number */
    { "live.density", 4, 2139095040, TEST_LIVE },       /* infinity */
    { "live.density", 8, 3212836864, TEST_LIVE },       /* -1 */
    { "live.rows", 0, 0, TEST_LIVE },
    { "live.rows", 4, 1, TEST_LIVE },
    { "live.rows", 0, 25, TEST_LIVE },
    { "live.keys", 0, 1, TEST_LIVE },
    { "live.keys", 0, 65, TEST_LIVE },
    { "live.keys", 4, 2, TEST_LIVE },
    { "live.points", 0 | TEST_DOUBLE, 0.002, TEST_LIVE },
    { "live.points", 8 | TEST_DOUBLE, TEST_NAN, TEST_LIVE },
    { "live.points", 16 | TEST_DOUBLE, 1.5, TEST_LIVE },
    { "live.points", 32 | TEST_DOUBLE, 1e9, TEST_LIVE },
    { "live.floors", 0 | TEST_DOUBLE, INFINITY, TEST_LIVE }
};


static void
test_numbers(void **state)
{
    char                     what[64];
    size_t                   at, i;
    uint32_t                 word;
    const test_change_t     *c;
    keyauth_file_section_t  *s;

    (void) state;

    for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        c = &changes[i];
        memcpy(copy, file, size);
        s = test_section(c->section);
        at = c->at & ~(size_t) TEST_DOUBLE;
        assert_true(at + sizeof(double) <= s->size + sizeof(word));

        if (c->at & TEST_DOUBLE) {
            memcpy(copy + s->offset + at, &c->value, sizeof(double));

        } else {
            word = (uint32_t) c->value;
            memcpy(copy + s->offset + at, &word, sizeof(word));
        }

        snprintf(what, sizeof(what), "%s at %zu: %g", c->section, at,
                 c->value);
        test_read(what, c->err);
    }

    assert_int_equal(failed, 0);
}


/* each section missing, or shorter by a byte, is an error; so is one more */
static void
test_tables(void **state)
{
    uint32_t                 i, n;
    keyauth_file_header_t   *h;
    keyauth_file_section_t  *t;

    (void) state;

    h = (keyauth_file_header_t *) (void *) copy;
    t = (keyauth_file_section_t *) (void *) (h + 1);
    memcpy(copy, file, size);
    n = h->sections;

    for (i = 0; i < n; i++) {
        memcpy(copy, file, size);
        t[i].name[0] = 'X';
        test_read(t[i].name, "");

        if (strcmp(t[i].name, "Xard") == 0 || t[i].size == 0) {
            continue;
        }

        memcpy(copy, file, size);
        t[i].size--;
        test_read(t[i].name, "");
    }

    memcpy(copy, file, size);
    test_read("nothing", NULL);
    assert_int_equal(failed, 0);
}


/* no section that is a model's head */
static void
test_no_model(void **state)
{
    size_t  i;

    static const char *const  heads[] = {
        "svm.head", "rf.head", "xgb.head", "fusion.head"
    };

    (void) state;
    memcpy(copy, file, size);

    for (i = 0; i < 4; i++) {
        test_section(heads[i])->name[0] = 'X';
    }

    test_read("no model", "the file contains no model");

    memcpy(copy, file, size);
    test_section("golden")->size = 4;
    test_read("golden rows cut short", "the golden rows are bad");
    assert_int_equal(failed, 0);
}


/* of two megabytes and more, which are kept in pages of that size */
static void
test_large(void **state)
{
    int                     fd;
    char                    err[KEYAUTH_ERROR_MAX];
    char                    path[] = "/tmp/keyauth-sections.XXXXXX";
    size_t                  room;
    uint8_t                *large;
    keyauth_model_t         m;
    keyauth_file_header_t  *h;

    (void) state;

    room = size + ((size_t) 3 << 20);
    large = calloc(room, 1);
    assert_non_null(large);
    memcpy(large, file, size);
    h = (keyauth_file_header_t *) (void *) large;
    h->size = room;
    assert_int_equal(keyauth_signature_digest(large, room, h->digest), 0);

    fd = mkstemp(path);
    assert_int_equal(write(fd, large, room), (ssize_t) room);
    close(fd);

    assert_int_equal(keyauth_model_open(&m, path, NULL, err), 0);
    assert_int_equal((uintptr_t) m.data % ((size_t) 2 << 20), 0);
    assert_memory_equal(m.data, large, room);
    keyauth_model_close(&m);

    unlink(path);
    free(large);
}


/* the header's own: what is neither magic, version, size nor digest */
static void
test_header(void **state)
{
    keyauth_file_header_t  *h;

    (void) state;

    h = (keyauth_file_header_t *) (void *) copy;

    memcpy(copy, file, size);
    h->version++;
    test_read("version", "the file's format is version 4, ");

    memcpy(copy, file, size);
    h->version = 1;
    test_read("version", "the file's format is version 1, ");

    memcpy(copy, file, size);
    h->version = 2;
    test_read("version", "the file's format is version 2, keyauth "
              KEYAUTH_VERSION " reads version 3: train the model again");

    memcpy(copy, file, size);
    h->size++;
    test_read("size", "the file has ");

    memcpy(copy, file, size);
    h->created = 1ull << 40;
    test_read("created", "the file's date is bad");

    memcpy(copy, file, size);
    h->padding[31] = 1;
    test_read("padding", "the SHA-256 does not match");

    memcpy(copy, file, size);
    h->signature[0] = 1;
    test_read("a signature without a key", "");

    memcpy(copy, file, size);
    h->sections = 0;
    test_read("no sections", "section \"schema\" is missing");

    memcpy(copy, file, size);
    h->sections = KEYAUTH_FILE_SECTIONS_MAX + 1;
    test_read("too many sections", "the section table is bad");
    assert_int_equal(failed, 0);
}


static int
test_begin(void **state)
{
    (void) state;

    failed = 0;

    return 0;
}


static int
test_setup(void **state)
{
    FILE  *f;

    (void) state;

    f = fopen(TEST_MODEL, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size = (size_t) ftell(f);
    rewind(f);

    file = aligned_alloc(64, (size / 64 + 1) * 64);
    copy = aligned_alloc(64, (size / 64 + 1) * 64);
    assert_int_equal(fread(file, 1, size, f), size);

    return fclose(f);
}


static int
test_teardown(void **state)
{
    (void) state;

    free(file);
    free(copy);

    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_numbers, test_begin),
        cmocka_unit_test_setup(test_tables, test_begin),
        cmocka_unit_test_setup(test_no_model, test_begin),
        cmocka_unit_test_setup(test_large, test_begin),
        cmocka_unit_test_setup(test_header, test_begin)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("sections", tests, test_setup,
                                       test_teardown);
}
