/*
 * What the tests of refused models share: a file with one thing changed, cut
 * or broken.
 */


#ifndef IMPORT_REFUSED_H_INCLUDED
#define IMPORT_REFUSED_H_INCLUDED


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "command.h"
#include "import.h"
#include "util.h"


#if defined(__SANITIZE_ADDRESS__)
#define BROKEN  400
#else
#define BROKEN  4000
#endif


typedef struct {
    const char  *from;                  /* what in the file becomes ... */
    const char  *to;
    const char  *says;                  /* and what is said of it */
} change_t;


typedef int (*read_pt)(const char *data, size_t len);


static char             err[KEYAUTH_ERROR_MAX];
static keyauth_users_t  users;


/* each change alone, made where `from` first is */
static inline void
refused(read_pt read, const char *file, const change_t *changes, size_t n)
{
    char    *at, *copy, *data;
    size_t   i, len, size, tail;

    data = keyauth_slurp(file, 1 << 26, &len, err);
    assert_non_null(data);

    if (read(data, len) != 0) {
        fail_msg("%s", err);
    }

    for (i = 0; i < n; i++) {
        copy = keyauth_alloc(len + strlen(changes[i].to) + 1, 1);
        memcpy(copy, data, len);
        at = strstr(copy, changes[i].from);

        if (at == NULL) {
            fail_msg("%s: no %s", file, changes[i].from);
        }

        size = strlen(changes[i].from);
        tail = len - (size_t) (at - copy) - size;
        memmove(at + strlen(changes[i].to), at + size, tail + 1);
        memcpy(at, changes[i].to, strlen(changes[i].to));

        if (read(copy, len - size + strlen(changes[i].to)) == 0) {
            fail_msg("%s with %s passes", file, changes[i].to);
        }

        if (strncmp(err, changes[i].says, strlen(changes[i].says)) != 0) {
            fail_msg("%s: %s", changes[i].to, err);
        }

        free(copy);
    }

    free(data);
}


/* cut anywhere it is refused; with other bytes in it, it may be another's */
static inline void
broken(read_pt read, const char *data, size_t len)
{
    char              *copy;
    size_t             i, k, n;
    keyauth_random_t   random;

    keyauth_random_init(&random, 7, 0);

    for (i = 0; i < BROKEN; i++) {
        n = keyauth_random_below(&random, (uint32_t) len - 1);
        copy = keyauth_alloc(n + 1, 1);
        memcpy(copy, data, n);

        if (read(copy, n) == 0) {
            fail_msg("the first %zu of %zu bytes pass", n, len);
        }

        free(copy);
    }

    copy = keyauth_alloc(len + 1, 1);

    for (i = 0; i < BROKEN; i++) {
        memcpy(copy, data, len);

        for (k = 0; k < 1 + i % 4; k++) {
            n = keyauth_random_below(&random, (uint32_t) len);
            copy[n] = i % 2 ? (char) keyauth_random_below(&random, 256)
                            : data[keyauth_random_below(&random,
                                                        (uint32_t) len)];
        }

        (void) read(copy, len);
    }

    free(copy);
}


static inline void
broken_file(read_pt read, const char *file)
{
    char    *data;
    size_t   len;

    data = keyauth_slurp(file, 1 << 26, &len, err);
    assert_non_null(data);

    /* white space at the end is no part of a file */

    broken(read, data, len - 3);
    free(data);
}


#define refuse(read, file, changes)                                           \
    refused(read, file, changes, sizeof(changes) / sizeof(changes[0]))


/* the users of the models that the tests read */
static inline void
refused_users(void)
{
    char  text[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";

    if (keyauth_import_users(&users, text, strlen(text), err) != 0) {
        printf("Bail out! %s\n", err);
        exit(1);
    }
}


#endif /* IMPORT_REFUSED_H_INCLUDED */
