/*
 * The model file's reader: what it accepts, and that nothing else crashes it.
 */


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
#include "keyauth_engine.h"
#include "keyauth_features.h"
#include "util.h"


#define TEST_MODEL  "build/t/one/keyauth.model"
#define TEST_USERS  12

#if defined(__SANITIZE_ADDRESS__) || defined(TEST_FEW)
#define TEST_REDIGESTED  1000
#elif defined(__aarch64__)
#define TEST_REDIGESTED  100            /* qemu is slow */
#else
#define TEST_REDIGESTED  5000
#endif


static uint8_t           *file;         /* a good one */
static size_t             size;
static uint8_t           *copy;         /* ends where a page ends */
static keyauth_random_t   rnd;


static int
model_setup(void **state)
{
    FILE  *f;

    (void) state;

    f = fopen(TEST_MODEL, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size = (size_t) ftell(f);
    rewind(f);

    file = aligned_alloc(64, (size / 64 + 1) * 64);
    assert_int_equal(fread(file, 1, size, f), size);
    fclose(f);

    assert_int_equal(test_guard(size + 64), 0);
    copy = (uint8_t *) guard - (size + 63) / 64 * 64;
    keyauth_random_init(&rnd, 7, 0);

    return 0;
}


static void
model_accepted(void **state)
{
    char              err[KEYAUTH_ERROR_MAX];
    size_t            len;
    keyauth_model_t   m;

    (void) state;

    assert_int_equal(keyauth_model_open(&m, TEST_MODEL, NULL, err), 0);
    assert_int_equal(strlen(m.id), 16);
    assert_true(m.classes >= 2);
    assert_non_null(keyauth_model_label(&m, 0, &len));
    assert_true(len > 0);
    assert_true(m.golden_rows > 0);
    keyauth_model_close(&m);
    assert_null(m.data);
}


static void
model_absent(void **state)
{
    char             err[KEYAUTH_ERROR_MAX];
    keyauth_model_t  m;

    (void) state;

    assert_int_equal(keyauth_model_open(&m, "build/t/absent", NULL, err), -1);
    assert_string_equal(err, "open() \"build/t/absent\" failed "
                        "(No such file or directory)");
    assert_int_equal(keyauth_model_open(&m, "build", NULL, err), -1);
    assert_string_equal(err, "\"build\" is not a model file");
    assert_int_equal(keyauth_model_open(&m, "/dev/zero", NULL, err), -1);
}


/* one bit in each of 1,000 places spread over the file */
static void
model_flips(void **state)
{
    char             err[KEYAUTH_ERROR_MAX];
    size_t           at, i;
    keyauth_model_t  m;

    (void) state;
    memcpy(copy, file, size);

    for (i = 0; i < 1000; i++) {

        /* the header first, byte by byte, then all the rest */
        at = i < sizeof(keyauth_file_header_t)
             ? i : size / 1000 * i + keyauth_random_below(&rnd, 64);
        at = at < size ? at : size - 1;

        copy[at] ^= (uint8_t) (1u << (i % 8));
        assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), -1);
        copy[at] = file[at];
    }

    assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), 0);
    keyauth_model_close(&m);
}


static void
model_truncations(void **state)
{
    char              err[KEYAUTH_ERROR_MAX];
    size_t            i, n;
    uint8_t          *end;
    keyauth_model_t   m;

    (void) state;
    end = copy + (size + 63) / 64 * 64;

    for (i = 0; i < 1000; i++) {
        n = i < 300 ? i : size / 1000 * i;

        /* so that the last byte is followed by the page that faults */
        memcpy(end - (n + 63) / 64 * 64, file, n);
        assert_int_equal(keyauth_model_read(&m, end - (n + 63) / 64 * 64, n,
                                            NULL, err), -1);
    }
}


/*
 * A file whose digest is right and whose bytes are not, as a forger without
 * the key would make it: refused, or answered from without a fault.
 */
static void
model_redigested(void **state)
{
    char                    err[KEYAUTH_ERROR_MAX];
    void                   *memory;
    size_t                  at, room;
    uint32_t                i, j, accepted, answered;
    keyauth_model_t         m;
    keyauth_engine_t        e;
    keyauth_file_header_t  *h;

    (void) state;

    assert_int_equal(keyauth_model_read(&m, file, size, NULL, err), 0);
    room = keyauth_engine_size(&m);
    keyauth_model_close(&m);
    memory = aligned_alloc(64, room);
    h = (keyauth_file_header_t *) (void *) copy;
    accepted = 0;
    answered = 0;

    memcpy(copy, file, size);

    for (i = 0; i < TEST_REDIGESTED; i++) {

        /* half of them in the heads, tables and small sections in front */
        at = i % 2 ? keyauth_random_below(&rnd, (uint32_t) size)
                   : keyauth_random_below(&rnd, 8192);
        copy[at] = (uint8_t) keyauth_random_next(&rnd);

        assert_int_equal(keyauth_signature_digest(copy, size, h->digest), 0);

        if (keyauth_model_read(&m, copy, size, NULL, err) == 0) {
            accepted++;

            if (keyauth_engine_size(&m) <= room) {
                answered += keyauth_engine_init(&e, &m, memory, err) == 0;
            }

            keyauth_model_close(&m);
        }

        for (j = 0; j < 4 && at + j < size; j++) {
            copy[at + j] = file[at + j];
        }
    }

    printf("# of %u changed files %u were accepted, %u passed the "
           "known-answer test\n", i, accepted, answered);
    free(memory);
}


/* tables that point where they may not, under a digest that is right */
static void
model_tables(void **state)
{
    char                     err[KEYAUTH_ERROR_MAX];
    size_t                   i;
    uint32_t                 last;
    keyauth_model_t          m;
    keyauth_file_header_t   *h;
    keyauth_file_section_t  *t;

    (void) state;

    h = (keyauth_file_header_t *) (void *) copy;
    t = (keyauth_file_section_t *) (void *) (h + 1);
    last = ((keyauth_file_header_t *) (void *) file)->sections - 1;

    for (i = 0; i < 7; i++) {
        memcpy(copy, file, size);

        switch (i) {

        case 0:                         /* over the one before */
            t[1].offset = t[0].offset;
            break;

        case 1:                         /* over the table */
            t[0].offset = 0;
            break;

        case 2:                         /* not aligned */
            t[last].offset += 8;
            t[last].size -= 8;
            break;

        case 3:                         /* behind the file's end */
            t[last].size += 64 + size;
            break;

        case 4:                         /* so large that it comes around */
            t[last].size = UINT64_MAX - t[last].offset + 65;
            break;

        case 5:                         /* an unknown name */
            t[last].name[0] = 'X';
            break;

        default:                        /* more than the file has room for */
            h->sections = UINT32_MAX;
        }

        assert_int_equal(keyauth_signature_digest(copy, size, h->digest), 0);
        assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), -1);
    }
}


/* where a section of the copy ends */
static uint8_t *
model_section_end(const char *name)
{
    uint32_t                 s;
    keyauth_file_header_t   *h;
    keyauth_file_section_t  *t;

    h = (keyauth_file_header_t *) (void *) copy;
    t = (keyauth_file_section_t *) (void *) (h + 1);

    for (s = 0; strcmp(t[s].name, name) != 0; s++) {
        assert_true(s < h->sections);
    }

    return copy + t[s].offset + t[s].size;
}


/* a section that ends earlier */
static void
model_shorten(const char *name, size_t bytes)
{
    uint32_t                 i;
    keyauth_file_header_t   *h;
    keyauth_file_section_t  *t;

    h = (keyauth_file_header_t *) (void *) copy;
    t = (keyauth_file_section_t *) (void *) (h + 1);

    for (i = 0; strcmp(t[i].name, name) != 0; i++) {
        assert_true(i < h->sections);
    }

    t[i].size -= bytes;
}


/* the sections whose names begin so leave the table */
static void
model_drop(const char *prefix)
{
    uint32_t                 i, n;
    keyauth_file_header_t   *h;
    keyauth_file_section_t  *t;

    h = (keyauth_file_header_t *) (void *) copy;
    t = (keyauth_file_section_t *) (void *) (h + 1);
    n = 0;

    for (i = 0; i < h->sections; i++) {
        if (strncmp(t[i].name, prefix, strlen(prefix)) != 0) {
            t[n++] = t[i];
        }
    }

    assert_true(n < h->sections);
    h->sections = n;
}


/* what kernels rely on, written over the last bytes of a section */
static void
model_wrong_values(void **state)
{
    char                    err[KEYAUTH_ERROR_MAX];
    size_t                  i;
    uint8_t                *end;
    keyauth_model_t         m;
    keyauth_file_header_t  *h;

    static const struct {
        const char  *section;
        uint32_t     words[2];
        int          n;
        const char  *err;
    } wrong[] = {
        /* no number, where FUSION's scores come from */
        { "fusion.weight", { 0x7fc00000 }, 1, "FUSION's numbers do not agree" },
        { "fusion.slots", { 0x7fc00000 }, 1, "FUSION's numbers do not agree" },

        /* a leaf that a step would leave: its threshold is a number */
        { "rf.nodes", { 0x3f800000, 0 }, 2, "tree 99 of the forest is bad" },
        { "trees.splits", { 32766, 0 }, 2, "FUSION's numbers do not agree" },
        { "trees.splits", { 32767, TEST_USERS << 16 }, 2,
          "FUSION's numbers do not agree" },
        { "fusion.slots", { 0x47000000 }, 1, "FUSION's numbers do not agree" },
        { "rf.nodes", { 0x7fc00000 + TEST_USERS, 0 }, 2,
          "tree 99 of the forest is bad" },

        /* a class that is none, and one that is there already */
        { "xgb.lanes", { TEST_USERS }, 1, "XGB's lanes are bad" }
    };

    (void) state;

    h = (keyauth_file_header_t *) (void *) copy;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        memcpy(copy, file, size);
        end = model_section_end(wrong[i].section);
        memcpy(end - 4 * wrong[i].n, wrong[i].words, 4 * (size_t) wrong[i].n);

        assert_int_equal(keyauth_signature_digest(copy, size, h->digest), 0);
        assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), -1);
        assert_string_equal(err, wrong[i].err);
    }

    memcpy(copy, file, size);
    end = model_section_end("xgb.lanes");
    memcpy(end - 4, end - 8, 4);

    assert_int_equal(keyauth_signature_digest(copy, size, h->digest), 0);
    assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), -1);
    assert_string_equal(err, "XGB's lanes are bad");
}


static void
model_trusted(void **state)
{
    char             err[KEYAUTH_ERROR_MAX];
    uint8_t          key[KEYAUTH_KEY_SIZE];
    keyauth_model_t  m;

    (void) state;
    memset(key, 1, sizeof(key));

    assert_int_equal(keyauth_model_read(&m, file, size, key, err), -1);
    assert_string_equal(err, "the file is not signed");
}


static void
model_known_answers(void **state)
{
    char              err[KEYAUTH_ERROR_MAX];
    void             *memory;
    uint8_t          *label;
    keyauth_model_t   m;
    keyauth_engine_t  e;

    (void) state;
    memcpy(copy, file, size);

    assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), 0);
    memory = aligned_alloc(64, keyauth_engine_size(&m));
    assert_int_equal(keyauth_engine_init(&e, &m, memory, err), 0);

    label = copy + ((const uint8_t *) m.golden_label - copy);
    label[0] ^= 1;
    assert_int_equal(keyauth_engine_init(&e, &m, memory, err), -1);
    assert_non_null(strstr(err, "known-answer test: SVM answers class"));
    keyauth_model_close(&m);
    free(memory);
}


/* a file that is older than the last kind of model has no answers of it */
static void
model_older_kinds(void **state)
{
    char                    err[KEYAUTH_ERROR_MAX];
    void                   *memory;
    uint8_t                *golden;
    uint32_t               *label, i, k, kinds, rows;
    keyauth_model_t         m;
    keyauth_engine_t        e;
    keyauth_file_header_t  *h;

    (void) state;
    memcpy(copy, file, size);
    h = (keyauth_file_header_t *) (void *) copy;

    assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), 0);
    assert_int_equal(m.golden_kinds, KEYAUTH_MODELS);
    label = (uint32_t *) (void *)
            (copy + ((const uint8_t *) m.golden_label - m.data));
    rows = m.golden_rows;
    golden = copy + ((const uint8_t *) m.golden - m.data) - 8;
    keyauth_model_close(&m);

    /* without FUSION, its answers; its sections get names of no model */

    for (kinds = KEYAUTH_MODELS - 1; kinds >= KEYAUTH_MODELS - 2; kinds--) {
        for (i = 0; i < rows; i++) {
            for (k = 0; k < kinds; k++) {
                label[i * kinds + k] = label[i * (kinds + 1) + k];
            }
        }

        memcpy(golden + 4, &kinds, sizeof(kinds));
        model_shorten("golden", rows * sizeof(uint32_t));
        assert_int_equal(keyauth_signature_digest(copy, size, h->digest), 0);
        assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), -1);
        assert_string_equal(err, "the golden rows are bad");

        model_drop(kinds == KEYAUTH_FUSION ? "fusion." : "xgb.");

        if (kinds == KEYAUTH_FUSION) {
            model_drop("trees.");
            model_drop("verify.");
            model_drop("unknown.");
        }

        assert_int_equal(keyauth_signature_digest(copy, size, h->digest), 0);
        assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), 0);
        assert_int_equal(m.golden_kinds, kinds);
        assert_int_equal(m.models, (1u << kinds) - 1);
        memory = aligned_alloc(64, keyauth_engine_size(&m));
        assert_int_equal(keyauth_engine_init(&e, &m, memory, err), 0);
        keyauth_model_close(&m);
        free(memory);
    }
}


static void
model_created(void **state)
{
    char                    err[KEYAUTH_ERROR_MAX];
    char                    created[KEYAUTH_CREATED_MAX];
    size_t                  i;
    keyauth_model_t         m;
    keyauth_file_header_t  *h;

    static const struct {
        uint64_t     seconds;
        const char  *text;
    } times[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 1700000000, "2023-11-14T22:13:20Z" },
        { 253402300799, "9999-12-31T23:59:59Z" },
        { 253402300800, NULL },
        { UINT64_MAX, NULL }
    };

    (void) state;
    memcpy(copy, file, size);
    h = (keyauth_file_header_t *) (void *) copy;

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        h->created = times[i].seconds;
        assert_int_equal(keyauth_signature_digest(copy, size, h->digest), 0);

        if (times[i].text == NULL) {
            assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err),
                             -1);
            assert_string_equal(err, "the file's date is bad");
            continue;
        }

        assert_int_equal(keyauth_model_read(&m, copy, size, NULL, err), 0);
        keyauth_model_created(&m, created);
        assert_string_equal(created, times[i].text);
        keyauth_model_close(&m);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(model_accepted),
        cmocka_unit_test(model_absent),
        cmocka_unit_test(model_flips),
        cmocka_unit_test(model_truncations),
        cmocka_unit_test(model_redigested),
        cmocka_unit_test(model_tables),
        cmocka_unit_test(model_wrong_values),
        cmocka_unit_test(model_trusted),
        cmocka_unit_test(model_known_answers),
        cmocka_unit_test(model_older_kinds),
        cmocka_unit_test(model_created),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, model_setup, NULL);
}
