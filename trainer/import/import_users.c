/*
 * UserIDs of imported models: see import.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "labels.h"
#include "ubjson.h"


static int keyauth_users_add(keyauth_users_t *u, const char *user, size_t len,
    const char *what, unsigned number, char *err);
static int keyauth_users_check(keyauth_users_t *u, char *err);
static int keyauth_users_compare(const void *one, const void *two);


int
keyauth_import_users(keyauth_users_t *u, const char *data, size_t len,
    char *err)
{
    size_t       n;
    unsigned     line;
    const char  *end, *p;

    memset(u, 0, sizeof(*u));
    end = data + len;
    p = data;

    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
    }

    for (line = 1; p < end; line++) {
        n = strcspn(p, "\n");

        if (keyauth_users_add(u, p, n > 0 && p[n - 1] == '\r' ? n - 1 : n,
                              "line", line, err) != 0)
        {
            keyauth_users_free(u);
            return -1;
        }

        p += n + (p + n < end);
    }

    return keyauth_users_check(u, err);
}


int
keyauth_import_forest_users(keyauth_users_t *u, const cJSON *forest,
    char *err)
{
    const char   *user;
    const cJSON  *item;

    memset(u, 0, sizeof(*u));

    cJSON_ArrayForEach(item, keyauth_json_get(forest, "labels")) {
        user = cJSON_GetStringValue(item);
        user = user != NULL ? user : "";

        if (keyauth_users_add(u, user, strlen(user), "labels: user", u->n,
                              err) != 0)
        {
            keyauth_users_free(u);
            return -1;
        }
    }

    return keyauth_users_check(u, err);
}


static int
keyauth_users_add(keyauth_users_t *u, const char *user, size_t len,
    const char *what, unsigned number, char *err)
{
    char     copy[KEYAUTH_LABEL_MAX + 1], text[64];
    size_t   i, n;

    keyauth_quote(text, sizeof(text), user, len);

    for (i = 0; i < len && len <= KEYAUTH_LABEL_MAX; i += n) {
        n = keyauth_utf8(user + i, len - i);

        if (n == 0) {
            break;
        }
    }

    if (len == 0 || i != len) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%s %u: \"%s\": a UserID has 1 to %d "
                 "bytes of UTF-8 without control characters", what, number,
                 text, KEYAUTH_LABEL_MAX);
        return -1;
    }

    memcpy(copy, user, len);
    copy[len] = '\0';

    if (u->n == KEYAUTH_CLASSES_MAX) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%s %u: %d users are the most", what,
                 number, KEYAUTH_CLASSES_MAX);
        return -1;
    }

    /* room for 2, 4, 8, ... */

    if ((u->n & (u->n - 1)) == 0) {
        u->user = keyauth_realloc(u->user, 2 * (size_t) u->n + 1,
                                  sizeof(char *));
    }

    u->user[u->n++] = keyauth_strdup(copy);

    return 0;
}


static int
keyauth_users_check(keyauth_users_t *u, char *err)
{
    char           text[64];
    uint32_t       i;
    const char   **sorted;

    u->floats = keyauth_labels_whole(u->user, u->n) != 0;

    if (u->n < 2) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%u users, and two are the least",
                 (unsigned) u->n);
        keyauth_users_free(u);
        return -1;
    }

    sorted = keyauth_alloc(u->n, sizeof(*sorted));
    memcpy(sorted, u->user, u->n * sizeof(*sorted));
    qsort(sorted, u->n, sizeof(*sorted), keyauth_users_compare);

    for (i = 1; i < u->n && strcmp(sorted[i - 1], sorted[i]) != 0; i++) {
        /* void */
    }

    if (i < u->n) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%s\" is there twice, and UserIDs "
                 "should be there once", keyauth_quote(text, sizeof(text),
                                                       sorted[i],
                                                       strlen(sorted[i])));
        i = 0;
    }

    free(sorted);

    if (i == 0) {
        keyauth_users_free(u);
        return -1;
    }

    return 0;
}


static int
keyauth_users_compare(const void *one, const void *two)
{
    char  *const *a, *const *b;

    a = one;
    b = two;

    return strcmp(*a, *b);
}


void
keyauth_users_free(keyauth_users_t *u)
{
    uint32_t  i;

    for (i = 0; i < u->n; i++) {
        free(u->user[i]);
    }

    free(u->user);
    memset(u, 0, sizeof(*u));
}
