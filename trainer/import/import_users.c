#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "ubjson.h"


static int keyauth_users_add(keyauth_users_t *u, const char *user, size_t len,
    const char *what, unsigned number, char *err);
static int keyauth_users_enough(keyauth_users_t *u, char *err);


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

    return keyauth_users_enough(u, err);
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

    return keyauth_users_enough(u, err);
}


static int
keyauth_users_add(keyauth_users_t *u, const char *user, size_t len,
    const char *what, unsigned number, char *err)
{
    char     copy[KEYAUTH_LABEL_MAX + 1], text[64], last[64];
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

    if (u->n > 0 && keyauth_label_compare(u->user[u->n - 1], copy) >= 0) {
        keyauth_quote(last, sizeof(last), u->user[u->n - 1],
                      strlen(u->user[u->n - 1]));
        snprintf(err, KEYAUTH_ERROR_MAX, "%s %u: \"%s\" comes behind \"%s\": "
                 "UserIDs should ascend, whole numbers by their value, then "
                 "the others by their bytes, each once", what, number, text,
                 last);
        return -1;
    }

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
keyauth_users_enough(keyauth_users_t *u, char *err)
{
    if (u->n >= 2) {
        return 0;
    }

    snprintf(err, KEYAUTH_ERROR_MAX, "%u users, and two are the least",
             (unsigned) u->n);
    keyauth_users_free(u);

    return -1;
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
