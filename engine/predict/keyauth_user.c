/*
 * UserIDs.
 */


#include <string.h>

#include "keyauth_user.h"


#define KEYAUTH_USER_DIGITS  16         /* of the largest integer */
#define KEYAUTH_USER_MAX     ((int64_t) 1 << 53)


static int keyauth_user_compare(const char *a, size_t alen, const char *b,
    size_t blen);


int
keyauth_user_integer(const char *user, size_t len, int64_t *value)
{
    int      minus;
    size_t   i;
    int64_t  v;

    minus = len > 0 && user[0] == '-';
    user += minus;
    len -= (size_t) minus;

    if (len == 0 || len > KEYAUTH_USER_DIGITS
        || (user[0] == '0' && (len > 1 || minus)))
    {
        return 0;
    }

    v = 0;

    for (i = 0; i < len; i++) {
        if (user[i] < '0' || user[i] > '9') {
            return 0;
        }

        v = 10 * v + (user[i] - '0');
    }

    *value = minus ? -v : v;

    return v < KEYAUTH_USER_MAX;
}


/* by halves: labels are in the order that keyauth_file.h gives */
uint32_t
keyauth_user_class(const keyauth_model_t *m, const char *user, size_t len)
{
    int          rc;
    size_t       n;
    uint32_t     first, last, middle;
    const char  *label;

    first = 0;
    last = m->classes;

    while (first < last) {

        middle = first + (last - first) / 2;
        label = keyauth_model_label(m, middle, &n);
        rc = keyauth_user_compare(user, len, label, n);

        if (rc == 0) {
            return middle;
        }

        if (rc < 0) {
            last = middle;

        } else {
            first = middle + 1;
        }
    }

    return KEYAUTH_NOBODY;
}


/* integers first by value, then the others by their bytes */
static int
keyauth_user_compare(const char *a, size_t alen, const char *b, size_t blen)
{
    int      ia, ib, rc;
    int64_t  va, vb;

    ia = keyauth_user_integer(a, alen, &va);
    ib = keyauth_user_integer(b, blen, &vb);

    if (ia && ib) {
        return (va > vb) - (va < vb);
    }

    if (ia || ib) {
        return ib - ia;
    }

    rc = memcmp(a, b, (alen < blen) ? alen : blen);

    return (rc != 0) ? rc : (alen > blen) - (alen < blen);
}
