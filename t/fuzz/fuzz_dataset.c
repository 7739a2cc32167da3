/*
 * Fuzzes the reading of files of timings, in all layouts: to train on, to
 * predict, and with options.
 */


#define _GNU_SOURCE                     /* memfd_create() */

#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "dataset.h"


static void fuzz_check(const keyauth_dataset_t *d);


static char  path[64];
static int   fd;


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc;
    (void) argv;

    fd = memfd_create("dataset", MFD_CLOEXEC);
    fuzz_assert(fd != -1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                rc, way;
    char               err[KEYAUTH_ERROR_MAX];
    uint32_t           c;
    keyauth_dataset_t  d;
    keyauth_sources_t  s;

    /* with all options: the string is one that seeds have */

    memset(&s, 0, sizeof(keyauth_sources_t));
    s.path[0] = path;
    s.paths = 1;
    s.reading.skip_bad = 1;
    s.reading.min_rows = 2;
    s.reading.string = "xy";
    s.reading.user = "u";
    s.reading.ignore[0] = "colour";
    s.reading.ignores = 1;

    fuzz_assert(ftruncate(fd, 0) == 0);
    fuzz_assert(pwrite(fd, data, size, 0) == (ssize_t) size);

    for (way = 0; way < 3; way++) {
        memset(err, 0x7f, sizeof(err));
        rc = way == 0 ? keyauth_dataset_read(&d, path, err)
             : way == 1 ? keyauth_dataset_read_rows(&d, path, NULL, err)
             : keyauth_dataset_read_sources(&d, &s, err);

        if (rc != 0) {
            fuzz_assert(rc == -1);
            fuzz_assert(memchr(err, '\0', sizeof(err)) != NULL);
            fuzz_assert(way == 2 || strstr(err, path) != NULL);
            continue;
        }

        fuzz_assert(d.rows >= 1);
        fuzz_check(&d);

        if (way != 1) {
            fuzz_assert(d.classes >= 2);

            for (c = 0; c < d.classes; c++) {
                fuzz_assert(d.start[c + 1] >= d.start[c] + 2);
                fuzz_assert(d.copy[d.start[c]].own == d.start[c]);
                fuzz_assert(c == 0 || keyauth_label_compare(d.labels[c - 1],
                                                            d.labels[c]) < 0);
            }

            fuzz_assert(d.start[d.classes] == d.rows);
        }

        keyauth_dataset_free(&d);
    }

    return 0;
}


static void
fuzz_check(const keyauth_dataset_t *d)
{
    double    *summary;
    size_t     i, n;

    fuzz_assert(d->keys >= KEYAUTH_KEYS_MIN && d->keys <= KEYAUTH_KEYS_MAX);
    n = (size_t) d->rows * d->keys;

    for (i = 0; i < n; i++) {
        fuzz_assert(fabs(d->press[i]) <= KEYAUTH_MS_MAX);
        fuzz_assert(fabs(d->release[i]) <= KEYAUTH_MS_MAX);
        fuzz_assert(d->release[i] >= d->press[i]);
        fuzz_assert(i % d->keys == 0 || d->press[i] >= d->press[i - 1]);
    }

    summary = keyauth_dataset_summary(d);

    for (i = 0; i < (size_t) d->rows * KEYAUTH_SUMMARY; i++) {
        fuzz_assert(isfinite(summary[i]));
    }

    free(summary);
}
