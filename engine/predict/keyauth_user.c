/*
 * UserIDs.
 */


#include <string.h>

#include "keyauth_user.h"


#define KEYAUTH_USER_DIGITS  16         /* of the largest integer */
#define KEYAUTH_USER_MAX     ((int64_t) 1 << 53)


typedef struct {
    const char  *text;
    size_t       len;
    int64_t      value;
    int          integer;               /* value is filled */
} keyauth_user_t;


static void keyauth_user_of(keyauth_user_t *user, const char *text,
    size_t len);
static int keyauth_user_compare(const keyauth_user_t *a,
    const keyauth_user_t *b);


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


size_t
keyauth_user_number(double number, char text[KEYAUTH_USER_NUMBER])
{
    int       i, n;
    char      digits[KEYAUTH_USER_NUMBER];
    int64_t   value;
    uint64_t  rest;

    if (!(number > -(double) KEYAUTH_USER_MAX
          && number < (double) KEYAUTH_USER_MAX))
    {
        return 0;
    }

    value = (int64_t) number;

    if ((double) value != number) {
        return 0;
    }

    rest = (uint64_t) (value < 0 ? -value : value);
    n = 0;

    do {
        digits[n++] = (char) ('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);

    if (value < 0) {
        digits[n++] = '-';
    }

    for (i = 0; i < n; i++) {
        text[i] = digits[n - 1 - i];
    }

    text[n] = '\0';

    return (size_t) n;
}


int
keyauth_user_valid(const char *user, size_t len)
{
    size_t  i;

    if (len == 0 || len > KEYAUTH_LABEL_MAX || user[0] == ' '
        || user[len - 1] == ' ')
    {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if ((unsigned char) user[i] < 0x20 || user[i] == 0x7f) {
            return 0;
        }
    }

    return 1;
}


/* by halves: labels are in the order that keyauth_file.h gives */
uint32_t
keyauth_user_class(const keyauth_model_t *m, const char *user, size_t len)
{
    int              rc;
    size_t           n;
    uint32_t         first, last, middle;
    const char      *text;
    keyauth_user_t   wanted, label;

    keyauth_user_of(&wanted, user, len);
    first = 0;
    last = m->classes;

    while (first < last) {

        middle = first + (last - first) / 2;
        text = keyauth_model_label(m, middle, &n);
        keyauth_user_of(&label, text, n);
        rc = keyauth_user_compare(&wanted, &label);

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


static void
keyauth_user_of(keyauth_user_t *user, const char *text, size_t len)
{
    user->text = text;
    user->len = len;
    user->integer = keyauth_user_integer(text, len, &user->value);
}


/* integers first by value, then the others by their bytes */
static int
keyauth_user_compare(const keyauth_user_t *a, const keyauth_user_t *b)
{
    int  rc;

    if (a->integer && b->integer) {
        return (a->value > b->value) - (a->value < b->value);
    }

    if (a->integer || b->integer) {
        return b->integer - a->integer;
    }

    rc = memcmp(a->text, b->text, (a->len < b->len) ? a->len : b->len);

    return (rc != 0) ? rc : (a->len > b->len) - (a->len < b->len);
}
