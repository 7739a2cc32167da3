/*
 * The pass over a body before cJSON parses it.
 */


#include "keyauth_scan.h"


/* what a byte means between strings, in the low bits */
#define KEYAUTH_SCAN_BAD      0x00
#define KEYAUTH_SCAN_PASS     0x01      /* white space, literals; or junk */
#define KEYAUTH_SCAN_COMMA    0x02
#define KEYAUTH_SCAN_OPEN     0x03
#define KEYAUTH_SCAN_CLOSE    0x04
#define KEYAUTH_SCAN_QUOTE    0x05
#define KEYAUTH_SCAN_NUMBER   0x06
#define KEYAUTH_SCAN_TOKEN    0x0f

/* and within strings and numbers */
#define KEYAUTH_SCAN_TEXT     0x10      /* stands for itself in a string */
#define KEYAUTH_SCAN_DIGIT    0x20
#define KEYAUTH_SCAN_NUMERIC  0x40      /* cJSON takes it into a number */
#define KEYAUTH_SCAN_HEX      0x80


typedef unsigned char  keyauth_byte_t;


static const keyauth_byte_t *keyauth_scan_string(const keyauth_byte_t *p,
    const keyauth_byte_t *end, keyauth_scan_error_t *err);
static const keyauth_byte_t *keyauth_scan_escape(const keyauth_byte_t *p,
    const keyauth_byte_t *end, keyauth_scan_error_t *err);
static const keyauth_byte_t *keyauth_scan_utf8(const keyauth_byte_t *p,
    const keyauth_byte_t *end, keyauth_scan_error_t *err);
static const keyauth_byte_t *keyauth_scan_number(const keyauth_byte_t *p,
    const keyauth_byte_t *end, keyauth_scan_error_t *err);
static const keyauth_byte_t *keyauth_scan_decimal(const keyauth_byte_t *p,
    const keyauth_byte_t *end);
static const keyauth_byte_t *keyauth_scan_digits(const keyauth_byte_t *p,
    const keyauth_byte_t *end);
static const keyauth_byte_t *keyauth_scan_refuse(keyauth_scan_error_t *err,
    keyauth_scan_e kind, const keyauth_byte_t *at, const char *why);


#define B  KEYAUTH_SCAN_BAD
#define W  KEYAUTH_SCAN_PASS
#define P  (W | KEYAUTH_SCAN_TEXT)
#define N  (P | KEYAUTH_SCAN_NUMERIC)
#define H  (P | KEYAUTH_SCAN_HEX)
#define E  (N | KEYAUTH_SCAN_HEX)
#define C  (KEYAUTH_SCAN_COMMA | KEYAUTH_SCAN_TEXT)
#define O  (KEYAUTH_SCAN_OPEN | KEYAUTH_SCAN_TEXT)
#define X  (KEYAUTH_SCAN_CLOSE | KEYAUTH_SCAN_TEXT)
#define Q  KEYAUTH_SCAN_QUOTE
#define M  (KEYAUTH_SCAN_NUMBER | KEYAUTH_SCAN_TEXT | KEYAUTH_SCAN_NUMERIC)
#define D  (M | KEYAUTH_SCAN_DIGIT | KEYAUTH_SCAN_HEX)

/* bytes from 0x80 on are bad between strings, and apart within them */
static const keyauth_byte_t  keyauth_scan_class[256] = {
    B, B, B, B, B, B, B, B, B, W, W, B, B, W, B, B,     /* \t \n \r */
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
    P, P, Q, P, P, P, P, P, P, P, P, N, C, M, N, P,     /*  !"#$%&'()*+,-./ */
    D, D, D, D, D, D, D, D, D, D, P, P, P, P, P, P,     /* 0123456789:;<=>? */
    P, H, H, H, H, E, H, P, P, P, P, P, P, P, P, P,     /* @ABCDEFGHIJKLMNO */
    P, P, P, P, P, P, P, P, P, P, P, O, W, X, P, P,     /* PQRSTUVWXYZ[\]^_ */
    P, H, H, H, H, E, H, P, P, P, P, P, P, P, P, P,     /* `abcdefghijklmno */
    P, P, P, P, P, P, P, P, P, P, P, O, P, X, P, P      /* pqrstuvwxyz{|}~  */
};

#undef B
#undef W
#undef P
#undef N
#undef H
#undef E
#undef C
#undef O
#undef X
#undef Q
#undef M
#undef D


int
keyauth_scan(const char *text, size_t len, size_t values_max,
    keyauth_scan_error_t *err)
{
    int                    depth;
    size_t                 values;
    const keyauth_byte_t  *p, *end;

    p = (const keyauth_byte_t *) text;
    end = p + len;
    depth = 0;
    values = 1;

    while (p != NULL && p < end) {

        switch (keyauth_scan_class[*p] & KEYAUTH_SCAN_TOKEN) {

        case KEYAUTH_SCAN_PASS:
            p++;
            break;

        case KEYAUTH_SCAN_QUOTE:
            p = keyauth_scan_string(p + 1, end, err);
            break;

        case KEYAUTH_SCAN_NUMBER:
            p = keyauth_scan_number(p, end, err);
            break;

        case KEYAUTH_SCAN_OPEN:
            depth++;

            /* fall through */

        case KEYAUTH_SCAN_COMMA:
            values++;
            p = (depth > KEYAUTH_SCAN_DEPTH_MAX || values > values_max)
                ? keyauth_scan_refuse(err, KEYAUTH_SCAN_EXCESS, p,
                                "It nests deeper or holds more values than"
                                " any request")
                : p + 1;
            break;

        case KEYAUTH_SCAN_CLOSE:
            depth--;
            p++;
            break;

        default:
            p = keyauth_scan_refuse(err, KEYAUTH_SCAN_MALFORMED, p,
                                    "A byte has no place between tokens");
        }
    }

    /* whether all brackets were closed, cJSON knows */

    return (p != NULL) ? 0 : -1;
}


/* these return what follows the token at p, or NULL with the error filled */


/* p: behind the opening quote */
static const keyauth_byte_t *
keyauth_scan_string(const keyauth_byte_t *p, const keyauth_byte_t *end,
    keyauth_scan_error_t *err)
{
    while (p != NULL) {

        while (p < end && (keyauth_scan_class[*p] & KEYAUTH_SCAN_TEXT)) {
            p++;
        }

        if (p == end) {
            break;
        }

        if (*p == '"') {
            return p + 1;
        }

        if (*p >= 0x80) {
            p = keyauth_scan_utf8(p, end, err);

        } else if (*p == '\\') {
            p = keyauth_scan_escape(p, end, err);

        } else {
            return keyauth_scan_refuse(err, KEYAUTH_SCAN_MALFORMED, p,
                                       "A string holds a control character");
        }
    }

    if (p == NULL) {
        return NULL;
    }

    return keyauth_scan_refuse(err, KEYAUTH_SCAN_MALFORMED, end,
                               "The text ends within a string");
}


/* which letters may follow a backslash, and how surrogates pair, cJSON knows */
static const keyauth_byte_t *
keyauth_scan_escape(const keyauth_byte_t *p, const keyauth_byte_t *end,
    keyauth_scan_error_t *err)
{
    int  i, zeros;

    if (end - p < 2) {
        return keyauth_scan_refuse(err, KEYAUTH_SCAN_MALFORMED, end,
                                   "The text ends within a string");
    }

    if (p[1] == '"' || p[1] == '\\') {
        return p + 2;
    }

    if (p[1] != 'u') {
        return p + 1;
    }

    if (end - p < 6) {
        return keyauth_scan_refuse(err, KEYAUTH_SCAN_MALFORMED, end,
                                   "The text ends within a string");
    }

    zeros = 0;

    for (i = 2; i < 6; i++) {
        if (!(keyauth_scan_class[p[i]] & KEYAUTH_SCAN_HEX)) {
            return keyauth_scan_refuse(err, KEYAUTH_SCAN_MALFORMED, p,
                                       "A string holds \\u without four hex"
                                       " digits");
        }

        zeros += (p[i] == '0');
    }

    /* cJSON's strings would end there, and "RF\u0000" be equal to "RF" */

    if (zeros == 4) {
        return keyauth_scan_refuse(err, KEYAUTH_SCAN_EXCESS, p,
                                   "A string holds the character U+0000");
    }

    return p + 6;
}


/* p: a byte that is not ASCII */
static const keyauth_byte_t *
keyauth_scan_utf8(const keyauth_byte_t *p, const keyauth_byte_t *end,
    keyauth_scan_error_t *err)
{
    int       i, n;
    unsigned  low, high;

    /* bounds of the second byte: no overlong forms, no surrogates */

    low = (*p == 0xe0) ? 0xa0 : (*p == 0xf0) ? 0x90 : 0x80;
    high = (*p == 0xed) ? 0x9f : (*p == 0xf4) ? 0x8f : 0xbf;
    n = (*p < 0xe0) ? 2 : (*p < 0xf0) ? 3 : 4;

    if (*p < 0xc2 || *p > 0xf4 || end - p < n || p[1] < low || p[1] > high) {
        goto failed;
    }

    for (i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            goto failed;
        }
    }

    return p + n;

failed:

    return keyauth_scan_refuse(err, KEYAUTH_SCAN_MALFORMED, p,
                               "The text is not UTF-8");
}


static const keyauth_byte_t *
keyauth_scan_number(const keyauth_byte_t *p, const keyauth_byte_t *end,
    keyauth_scan_error_t *err)
{
    const keyauth_byte_t  *last;

    last = keyauth_scan_decimal(p, end);

    if (last == NULL
        || (last < end && (keyauth_scan_class[*last] & KEYAUTH_SCAN_NUMERIC)))
    {
        return keyauth_scan_refuse(err, KEYAUTH_SCAN_MALFORMED, p,
                                   "A number is not spelt as JSON has it");
    }

    if (last - p > KEYAUTH_SCAN_NUMBER_MAX) {
        return keyauth_scan_refuse(err, KEYAUTH_SCAN_EXCESS, p,
                                   "A number is spelt with more than 63"
                                   " characters");
    }

    return last;
}


/* RFC 8259, section 6; NULL when there is no number */
static const keyauth_byte_t *
keyauth_scan_decimal(const keyauth_byte_t *p, const keyauth_byte_t *end)
{
    if (*p == '-') {
        p++;
    }

    if (p < end && *p == '0') {
        p++;

    } else {
        p = keyauth_scan_digits(p, end);
    }

    if (p != NULL && p < end && *p == '.') {
        p = keyauth_scan_digits(p + 1, end);
    }

    if (p != NULL && p < end && (*p == 'e' || *p == 'E')) {
        p++;

        if (p < end && (*p == '+' || *p == '-')) {
            p++;
        }

        p = keyauth_scan_digits(p, end);
    }

    return p;
}


static const keyauth_byte_t *
keyauth_scan_digits(const keyauth_byte_t *p, const keyauth_byte_t *end)
{
    const keyauth_byte_t  *start;

    start = p;

    while (p < end && (keyauth_scan_class[*p] & KEYAUTH_SCAN_DIGIT)) {
        p++;
    }

    return (p != start) ? p : NULL;
}


static const keyauth_byte_t *
keyauth_scan_refuse(keyauth_scan_error_t *err, keyauth_scan_e kind,
    const keyauth_byte_t *at, const char *why)
{
    err->kind = kind;
    err->why = why;
    err->at = (const char *) at;

    return NULL;
}
