/*
 * What the parity tests share: the data they train on, the rows they ask,
 * and the sections of a writer as a kernel sees them.
 */


#ifndef KEYAUTH_PARITY_H_INCLUDED
#define KEYAUTH_PARITY_H_INCLUDED


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

#include "dataset.h"
#include "keyauth_kernels.h"
#include "model_file.h"
#include "util.h"


#if defined(__SANITIZE_ADDRESS__) || defined(TEST_FEW)
#define PARITY_ROWS  2000
#else
#define PARITY_ROWS  1000000
#endif


/* for AddressSanitizer: what a test sets up lives as long as the test */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "detect_leaks=0";
}


static keyauth_dataset_t   parity_data;
static double             *parity_x;    /* [rows][8] */
static double              parity_low[KEYAUTH_SUMMARY];
static double              parity_high[KEYAUTH_SUMMARY];
static keyauth_random_t    parity_random;


static inline void
parity_read_file(const char *path)
{
    char    err[KEYAUTH_ERROR_MAX];
    size_t  i, f;

    if (keyauth_dataset_read(&parity_data, path, err) != 0) {
        printf("Bail out! %s\n", err);
        exit(1);
    }

    parity_x = keyauth_dataset_summary(&parity_data);
    keyauth_random_init(&parity_random, 42, 0);

    for (i = 0; i < (size_t) parity_data.rows * KEYAUTH_SUMMARY; i++) {
        f = i % KEYAUTH_SUMMARY;

        if (i < KEYAUTH_SUMMARY || parity_x[i] < parity_low[f]) {
            parity_low[f] = parity_x[i];
        }

        if (i < KEYAUTH_SUMMARY || parity_x[i] > parity_high[f]) {
            parity_high[f] = parity_x[i];
        }
    }
}


/* the real data where there is any, else the synthetic set */
static inline void
parity_read(void)
{
    const char  *path;

    path = getenv("KEYAUTH_REAL_DATA");
    path = path ? path : "../shared/data/Train_keystroke.csv";
    path = access(path, R_OK) == 0 ? path : "trainer/synthetic.csv";

    parity_read_file(path);
    printf("# trained on %s\n",
           strstr(path, "synthetic") ? "the synthetic set" : "the real data");
}


/*
 * Seeded rows of every kind: within the data's range, beyond it, close to a
 * row of the data, and of any magnitude up to the limit.
 */
static inline void
parity_row(double *x)
{
    int            f;
    double         range;
    uint32_t       kind;
    const double  *row;

    kind = keyauth_random_below(&parity_random, 4);
    row = parity_x + (size_t) keyauth_random_below(&parity_random,
                                                   parity_data.rows)
                     * KEYAUTH_SUMMARY;

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        range = parity_high[f] - parity_low[f];

        switch (kind) {

        case 0:
            x[f] = parity_low[f]
                   + range * keyauth_random_unit(&parity_random);
            break;

        case 1:
            x[f] = parity_low[f]
                   + range * (3 * keyauth_random_unit(&parity_random) - 1);
            break;

        case 2:
            x[f] = row[f] + 10 * keyauth_random_normal(&parity_random);
            break;

        default:
            x[f] = (keyauth_random_unit(&parity_random) - 0.5)
                   * pow(10, 6 * keyauth_random_unit(&parity_random));
        }
    }
}


/* a section's bytes, aligned as in a file; never freed */
static inline const void *
parity_section(const keyauth_writer_t *w, const char *name, size_t *size)
{
    void      *p;
    uint32_t   i;

    for (i = 0; i < w->sections; i++) {
        if (strcmp(w->table[i].name, name) == 0) {
            p = aligned_alloc(64, (w->table[i].size / 64 + 1) * 64);
            assert_non_null(p);
            memcpy(p, w->data[i], w->table[i].size);

            if (size != NULL) {
                *size = w->table[i].size;
            }

            return p;
        }
    }

    fail_msg("no section %s", name);

    return NULL;
}


static inline void *
parity_scratch(size_t size)
{
    void  *p;

    p = aligned_alloc(64, (size / 64 + 1) * 64);
    assert_non_null(p);
    memset(p, 0, (size / 64 + 1) * 64);

    return p;
}


#endif /* KEYAUTH_PARITY_H_INCLUDED */
