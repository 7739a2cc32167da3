/*
 * JSON's strings and numbers.
 */


#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth_scan.h"


#define KEYAUTH_SCAN_DIGITS  19         /* that 64 bits always hold */
#define KEYAUTH_SCAN_EXACT   (1ull << 53)
#define KEYAUTH_SCAN_TENS    22         /* 10^22 is a double */
#define KEYAUTH_SCAN_FAR     9999       /* exponents that are far enough */


static const char *keyauth_scan_escape(keyauth_scan_t *s, const char *p,
    char **to);
static const char *keyauth_scan_unicode(keyauth_scan_t *s, const char *p,
    char **to);
static int keyauth_scan_hex(const keyauth_scan_t *s, const char *p,
    unsigned *unit);
static char *keyauth_scan_encode(char *to, unsigned c);
static const char *keyauth_scan_utf8(keyauth_scan_t *s, const char *p,
    char **to);
static int keyauth_scan_in_number(char c);
static const char *keyauth_scan_digits(const keyauth_scan_t *s,
    const char *p, uint64_t *value, int *digits);
static const char *keyauth_scan_exponent(const keyauth_scan_t *s,
    const char *p, int *exponent);
static double keyauth_scan_double(const char *p, size_t len);


static const char  keyauth_scan_unclosed[] =
    "The text ends within a string";


const char *
keyauth_scan_string(keyauth_scan_t *s, const char *p, char **to)
{
    char           *q;
    unsigned char   c;

    q = *to;

    while (p != NULL && p < s->end) {

        c = (unsigned char) *p;

        if (c == '"') {
            *q++ = '\0';
            *to = q;
            return p + 1;
        }

        if (c < 0x20) {
            return keyauth_scan_refuse(s, KEYAUTH_SCAN_MALFORMED, p,
                                       "A string holds a control character");
        }

        if (c == '\\') {
            p = keyauth_scan_escape(s, p, &q);

        } else if (c >= 0x80) {
            p = keyauth_scan_utf8(s, p, &q);

        } else {
            *q++ = *p++;
        }
    }

    if (p == NULL) {
        return NULL;
    }

    return keyauth_scan_refuse(s, KEYAUTH_SCAN_MALFORMED, s->end,
                               keyauth_scan_unclosed);
}


/* p: at the backslash */
static const char *
keyauth_scan_escape(keyauth_scan_t *s, const char *p, char **to)
{
    const char         *found;
    static const char   letters[] = "\"\\/bfnrt";
    static const char   meant[] = "\"\\/\b\f\n\r\t";

    if (s->end - p < 2) {
        return keyauth_scan_refuse(s, KEYAUTH_SCAN_MALFORMED, s->end,
                                   keyauth_scan_unclosed);
    }

    if (p[1] == 'u') {
        return keyauth_scan_unicode(s, p, to);
    }

    found = memchr(letters, p[1], sizeof(letters) - 1);

    if (found == NULL) {
        return keyauth_scan_refuse(s, KEYAUTH_SCAN_MALFORMED, p,
                                   "A string holds an unknown escape");
    }

    *(*to)++ = meant[found - letters];

    return p + 2;
}


/* p: at the backslash of \uXXXX, or of two of these that are a pair */
static const char *
keyauth_scan_unicode(keyauth_scan_t *s, const char *p, char **to)
{
    unsigned  c, low;

    if (!keyauth_scan_hex(s, p, &c)) {
        return keyauth_scan_refuse(s, KEYAUTH_SCAN_MALFORMED, p,
                                   "A string holds \\u without four hex"
                                   " digits");
    }

    if (c == 0) {
        return keyauth_scan_refuse(s, KEYAUTH_SCAN_EXCESS, p,
                                   "A string holds the character U+0000");
    }

    if (c >= 0xd800 && c <= 0xdfff) {

        if (c > 0xdbff || !keyauth_scan_hex(s, p + 6, &low)
            || low < 0xdc00 || low > 0xdfff)
        {
            return keyauth_scan_refuse(s, KEYAUTH_SCAN_MALFORMED, p,
                                       "A string holds half a surrogate"
                                       " pair");
        }

        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }

    *to = keyauth_scan_encode(*to, c);

    return p + 6;
}


/* whether \uXXXX stands at p */
static int
keyauth_scan_hex(const keyauth_scan_t *s, const char *p, unsigned *unit)
{
    int       i;
    unsigned  c, digit;

    if (s->end - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return 0;
    }

    *unit = 0;

    for (i = 2; i < 6; i++) {
        c = (unsigned char) p[i];
        digit = (c >= '0' && c <= '9') ? c - '0'
                : (c >= 'a' && c <= 'f') ? c - 'a' + 10
                : (c >= 'A' && c <= 'F') ? c - 'A' + 10 : 16;

        if (digit == 16) {
            return 0;
        }

        *unit = *unit * 16 + digit;
    }

    return 1;
}


static char *
keyauth_scan_encode(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char) c;
        return to;
    }

    if (c < 0x800) {
        *to++ = (char) (0xc0 | c >> 6);

    } else {

        if (c < 0x10000) {
            *to++ = (char) (0xe0 | c >> 12);

        } else {
            *to++ = (char) (0xf0 | c >> 18);
            *to++ = (char) (0x80 | (c >> 12 & 0x3f));
        }

        *to++ = (char) (0x80 | (c >> 6 & 0x3f));
    }

    *to++ = (char) (0x80 | (c & 0x3f));

    return to;
}


/* p: a byte that is not ASCII */
static const char *
keyauth_scan_utf8(keyauth_scan_t *s, const char *p, char **to)
{
    int                   i, n;
    unsigned              low, high;
    const unsigned char  *u;

    u = (const unsigned char *) p;

    /* bounds of the second byte: no overlong forms, no surrogates */

    low = (*u == 0xe0) ? 0xa0 : (*u == 0xf0) ? 0x90 : 0x80;
    high = (*u == 0xed) ? 0x9f : (*u == 0xf4) ? 0x8f : 0xbf;
    n = (*u < 0xe0) ? 2 : (*u < 0xf0) ? 3 : 4;

    if (*u < 0xc2 || *u > 0xf4 || s->end - p < n || u[1] < low
        || u[1] > high)
    {
        goto failed;
    }

    for (i = 2; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80) {
            goto failed;
        }
    }

    memcpy(*to, p, (size_t) n);
    *to += n;

    return p + n;

failed:

    return keyauth_scan_refuse(s, KEYAUTH_SCAN_MALFORMED, p,
                               "The text is not UTF-8");
}


/*
 * Digits that make an integer below 2^53, and a power of ten that is itself a
 * double, need a single rounding (Clinger, 1990); strtod() does the others.
 */
const char *
keyauth_scan_number(keyauth_scan_t *s, const char *p, double *value)
{
    int          digits, exponent;
    double       x;
    uint64_t     n;
    const char  *first, *point;

    static const double  tens[KEYAUTH_SCAN_TENS + 1] = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
    };

    first = p;
    n = 0;
    digits = 0;
    exponent = 0;

    p += (*p == '-');

    if (p < s->end && *p == '0') {
        p++;

    } else {
        p = keyauth_scan_digits(s, p, &n, &digits);
    }

    if (p != NULL && p < s->end && *p == '.') {
        point = ++p;
        p = keyauth_scan_digits(s, p, &n, &digits);
        exponent = (p != NULL) ? (int) (point - p) : 0;
    }

    if (p != NULL && p < s->end && (*p == 'e' || *p == 'E')) {
        p = keyauth_scan_exponent(s, p + 1, &exponent);
    }

    if (p == NULL || (p < s->end && keyauth_scan_in_number(*p))) {
        return keyauth_scan_refuse(s, KEYAUTH_SCAN_MALFORMED, first,
                                   "A number is not valid JSON");
    }

    if (p - first > KEYAUTH_SCAN_NUMBER_MAX) {
        return keyauth_scan_refuse(s, KEYAUTH_SCAN_EXCESS, first,
                                   "A number has more than 63"
                                   " characters");
    }

    if (digits > KEYAUTH_SCAN_DIGITS || n > KEYAUTH_SCAN_EXACT
        || exponent < -KEYAUTH_SCAN_TENS || exponent > KEYAUTH_SCAN_TENS)
    {
        *value = keyauth_scan_double(first, (size_t) (p - first));
        return p;
    }

    x = (exponent < 0) ? (double) n / tens[-exponent]
                       : (double) n * tens[exponent];
    *value = (*first == '-') ? -x : x;

    return p;
}


/* what would go on a number, so that the one before it is none */
static int
keyauth_scan_in_number(char c)
{
    switch (c) {

    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
    case '+': case '-': case '.': case 'e': case 'E':
        return 1;

    default:
        return 0;
    }
}


/* one digit or more; NULL if there is none */
static const char *
keyauth_scan_digits(const keyauth_scan_t *s, const char *p, uint64_t *value,
    int *digits)
{
    uint64_t     n;
    const char  *first;

    first = p;
    n = *value;

    while (p < s->end && *p >= '0' && *p <= '9') {
        n = n * 10 + (uint64_t) (*p++ - '0');
    }

    *value = n;
    *digits += (int) (p - first);

    return (p != first) ? p : NULL;
}


static const char *
keyauth_scan_exponent(const keyauth_scan_t *s, const char *p, int *exponent)
{
    int          minus, digits;
    uint64_t     n;
    const char  *end;

    minus = p < s->end && *p == '-';
    p += (p < s->end && (*p == '+' || *p == '-'));

    n = 0;
    digits = 0;
    end = keyauth_scan_digits(s, p, &n, &digits);

    if (digits > KEYAUTH_SCAN_DIGITS || n > KEYAUTH_SCAN_FAR) {
        n = KEYAUTH_SCAN_FAR;
    }

    *exponent += minus ? -(int) n : (int) n;

    return end;
}


/* len: at most KEYAUTH_SCAN_NUMBER_MAX */
static double
keyauth_scan_double(const char *p, size_t len)
{
    char  *point;
    char   number[KEYAUTH_SCAN_NUMBER_MAX + 1];

    memcpy(number, p, len);
    number[len] = '\0';

    /* somebody in the process may have called setlocale() */

    point = strchr(number, '.');

    if (point != NULL) {
        *point = localeconv()->decimal_point[0];
    }

    return strtod(number, NULL);
}


const char *
keyauth_scan_refuse(keyauth_scan_t *s, keyauth_scan_e kind, const char *at,
    const char *why)
{
    s->kind = kind;
    s->why = why;
    s->at = at;

    return NULL;
}
